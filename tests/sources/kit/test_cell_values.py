"""Cells and rows: text in any encoding, numbers and times as written, lines as an editor counts."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.sources.kit import cell_values

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Recovery score %", "recovery_score_pct"),
        ("recovery_score_%", "recovery_score_pct"),
        ("Recovery score%", "recovery_score_pct"),
        ("\ufeffDate", "date"),
        ("Zone FC 1\u00a0%", "zone_fc_1_pct"),
        ("Zone FC 1\u202f%", "zone_fc_1_pct"),
        ("Niveau d’oxygène %", "niveau_d_oxygene_pct"),  # noqa: RUF001
        ("Großer Fuß (ms)", "grosser_fuss_ms"),
        ("ＨＲＶ（ｍｓ）", "hrv_ms"),  # noqa: RUF001
        ("  % de oxigênio no sangue ", "pct_de_oxigenio_no_sangue"),
        ("7d Avg", "7d_avg"),
    ],
)
def test_header_cells_have_one_spelling(cell: str, name: str) -> None:
    """Case, accents, blanks and marks of every vendor fall away, digits and letters stay."""
    assert cell_values.normalise(cell) == name


@given(CELL)
@settings(max_examples=100, deadline=None)
def test_a_name_once_normalised_stays(cell: str) -> None:
    """Normalising is idempotent."""
    once = cell_values.normalise(cell)
    assert cell_values.normalise(once) == once


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("71", 71), ("71.0", 71), (" 71\u00a0", 71), ("+3", 3), ("-0.4", -0.4), (".5", 0.5),
        ("62 ms", 62), ("52bpm", 52), ("97 %", 97), ("36.5°", 36.5), ("1e2", 100),
        ("52,5", 52.5), ("52,25", 52.25), ("0,3333", 0.3333), ("-0,5", -0.5), ("７１", 71),  # noqa: RUF001
    ],
)  # fmt: skip
def test_numbers_are_read_as_a_person_reads_them(cell: str, value: float) -> None:
    """With a unit, a sign, or a decimal comma that cannot be anything else."""
    assert cell_values.number(cell) == value


@pytest.mark.parametrize(
    "cell", ["1,234", "1,234.5", "1,2,3", "inf", "nan", "1_000", "0x1f", "1e999", "five", "", "1 2"]
)
def test_what_may_be_two_numbers_is_none(cell: str) -> None:
    """A comma before three digits parts thousands as likely as decimals."""
    with pytest.raises(ValueError, match="not a number"):
        cell_values.number(cell)


@pytest.mark.parametrize("cell", ["true", "TRUE", "True", "1", "yes", "y", "ja", "oui", "sí", "si"])
def test_yes_in_every_language(cell: str) -> None:
    """In the languages exports come in, in any case."""
    assert cell_values.boolean(cell) is True
    assert cell_values.boolean(f" {cell.upper()} ") is True


@pytest.mark.parametrize("cell", ["false", "FALSE", "0", "no", "n", "nein", "non", "não"])
def test_no_in_every_language(cell: str) -> None:
    """No is no."""
    assert cell_values.boolean(cell) is False


@pytest.mark.parametrize("cell", ["", "maybe", "2", "-1"])
def test_neither_yes_nor_no_is_not_decided_for_the_person(cell: str) -> None:
    """Anything else is a fault for the caller to tell."""
    with pytest.raises(ValueError, match="neither"):
        cell_values.boolean(cell)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2025-05-03 23:41:07", datetime(2025, 5, 3, 23, 41, 7)),  # noqa: DTZ001
        ("2025-05-03T23:41", datetime(2025, 5, 3, 23, 41)),  # noqa: DTZ001
        ("2025-05-03 23:41:07.250", datetime(2025, 5, 3, 23, 41, 7, 250_000)),  # noqa: DTZ001
        ("2025-05-03t23:41:07z", datetime(2025, 5, 3, 23, 41, 7, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_written(cell: str, moment: datetime) -> None:
    """Naive stays naive, aware stays aware."""
    assert cell_values.stamp(cell) == moment


@pytest.mark.parametrize("half", ["AM", "am", "a.m.", "a. m.", "A.M.", "a.\u00a0m.", "a.\u202fm."])
@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f", ""])
def test_a_twelve_hour_clock_is_read_in_every_spelling(half: str, blank: str) -> None:
    """12 in the morning is midnight, 12 in the afternoon is noon."""
    other = half.replace("a", "p").replace("A", "P")
    for clock, hour in {
        f"6:05{blank}{half}": 6, f"12:05{blank}{half}": 0,
        f"12:05{blank}{other}": 12, f"7:05{blank}{other}": 19,
    }.items():  # fmt: skip
        assert cell_values.stamp(f"2025-05-03 {clock}") == datetime(2025, 5, 3, hour, 5)  # noqa: DTZ001
        aware = cell_values.stamp(f"2025-05-03 {clock} +0200")
        assert aware.utcoffset() == timedelta(hours=2)


def test_the_half_of_the_day_may_be_chinese_and_before_the_time() -> None:
    """As phones in China, Japan and Korea write it."""
    for text in ("2025-05-03 下午6:05", "2025-05-03 午後6:05", "2025-05-03 오후 6:05"):
        assert cell_values.stamp(text) == datetime(2025, 5, 3, 18, 5)  # noqa: DTZ001
    with pytest.raises(ValueError, match="not a date"):
        cell_values.stamp("2025-05-03 18:05 PM")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_its_mark(encoding: str) -> None:
    """Every other byte of its first line is 0."""
    text = "date,hrv_ms,Größe\n2025-05-03,58,é\n"
    assert cell_values.decode(text.encode(encoding)) == text
    assert cell_values.decode(b"\0" * 40) is None


def test_a_header_that_was_encoded_twice_is_understood() -> None:
    """UTF-8 that a program took for cp1252."""
    assert cell_values.normalise("FrÃ©quence") == "frequence"
    assert cell_values.normalise("CardÃ\xadaca") == "cardiaca"


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "\ufeffsep=;", "SEP=;,,"])
def test_a_line_that_names_the_delimiter_is_no_header(first: str) -> None:
    """Excel's own; the delimiter is the named one, and lines are still counted from the top."""
    (header, row) = cell_values.rows(f"{first}\r\na;b,c\r\n1;2\r\n")
    assert (header.cells, row) == (("a", "b,c"), cell_values.Row(3, ("1", "2")))


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [("7h 31min", 451), ("7 Std. 31 Min.", 451), ("45min", 45), ("7:31", 451), ("07:31:30", 451.5)],
)
def test_durations_are_read_in_minutes(cell: str, minutes: float) -> None:
    """As reports write them."""
    assert cell_values.minutes_or_nan(cell) == minutes


@pytest.mark.parametrize(
    ("offset_s", "hours"),
    [(-43_200, -12), (0, 0), (19_800, 5.5), (50_400, 14)]
    + [(second, None) for second in (-43_201, 50_401, 1e300, float("nan"))],
)
def test_an_offset_in_seconds_is_a_zone_within_the_bounds(offset_s: float, hours: float) -> None:
    """Time zones are between UTC-12 and UTC+14."""
    zone = cell_values.zone_at(offset_s)
    assert (zone and zone.utcoffset(None)) == (None if hours is None else timedelta(hours=hours))


@pytest.mark.parametrize("cell", ["+02:00", "+0200", " -10:00"])
def test_an_offset_beside_a_time_is_kept(cell: str) -> None:
    """The wall clock is not shifted by it."""
    moment = cell_values.stamp("2025-05-03 23:41:07" + cell)
    assert moment.replace(tzinfo=None).isoformat() == "2025-05-03T23:41:07"
    assert moment.utcoffset() == timedelta(hours=-10 if "-" in cell else 2)


@pytest.mark.parametrize(
    "cell",
    ["", "03.05.2025 23:41", "5/3/25 11:41 PM", "2025-05-03", "2025-06-31 10:00", "20250503"],
)
def test_times_in_another_order_are_refused(cell: str) -> None:
    """Whether 03.05. is March or May is not guessed."""
    with pytest.raises(ValueError, match=r"."):
        cell_values.stamp(cell)


@pytest.mark.parametrize(
    "cell", ["", "Europe/Berlin", "UTC+15:00", "UTC-13:00", "+99:00", "UTC+2:75"]
)
def test_no_zone_is_made_of_what_names_none(cell: str) -> None:
    """Outside UTC-12 to UTC+14 there is no clock."""
    assert cell_values.zone(cell) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_spreadsheets_write_is_text(encoding: str) -> None:
    """The same words whichever way they were saved."""
    text = "Datum;Höhe\r\n2025-05-03;é\r\n"
    assert cell_values.decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a,b\n1,\0\n", b"\xff\xfea", b"\x81"]
)
def test_binaries_are_not_text(data: bytes) -> None:
    """A NUL, or bytes that are no character anywhere, and it is not a table."""
    assert cell_values.decode(data) is None


@given(text=st.text("aé€\U0001f600,", min_size=1, max_size=9), n=st.integers(1, 30))
@settings(max_examples=100, deadline=None)
def test_a_head_cut_inside_a_character_is_still_text(text: str, n: int) -> None:
    """64 KiB end where they end."""
    head = text.encode()[:n]
    decoded = cell_values.decode(head, is_cut=True)
    assert decoded is not None
    assert text.startswith(decoded)


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [("a,b,c", ","), ("a;b;c", ";"), ("a\tb", "\t"), ('"x,y,z";b', ";"), ("a", ",")],
)
def test_the_delimiter_is_the_most_frequent_outside_quotes(header: str, delimiter: str) -> None:
    """A comma inside a quoted name parts nothing."""
    assert cell_values.sniff_delimiter(header + "\n1;2;3;4;5\n") == delimiter


@given(
    table=st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=100, deadline=None)
def test_a_written_table_reads_back_with_the_lines_an_editor_shows(
    table: list[list[str]], delimiter: str, end: str
) -> None:
    """For any cells, quotes, delimiters and line ends inside them."""
    header = [f"h{n}" for n in range(4)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    expected = []
    for cells in [header, *table]:
        line = stream.getvalue().count("\n") + 1
        writer.writerow(cells)
        if any(cell.strip() for cell in cells):
            expected.append(cell_values.Row(line, tuple(cells)))
    assert list(cell_values.rows(stream.getvalue())) == expected


@pytest.mark.parametrize("text", ['a,b\n1,"2\n3,4\n', 'a,b\n1,"2"x\n'])
def test_quotes_that_do_not_add_up_are_told_with_their_line(text: str) -> None:
    """A quote that never closes would swallow the nights after it."""
    with pytest.raises(cell_values.BrokenTable) as caught:
        list(cell_values.rows(text))
    assert caught.value.line == 2


def test_a_huge_cell_is_a_fault_and_not_a_crash() -> None:
    """The reader's own limit, 128 KiB a cell."""
    with pytest.raises(cell_values.BrokenTable, match="quotes"):
        list(cell_values.rows("a,b\n1," + "x" * 200_000))

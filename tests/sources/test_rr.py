"""Raw RR text: its layouts, its units, whose it is not, and the date of a recording."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from hrvctl.errors import DataError
from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.rr.source import Rr
from sources.exports import by_day, document_of, fixtures, open_one
from sources.heartbeats import USUAL, beating, rmssd_of, with_ectopic_beats

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 3)
NAME = "2025-05-03 06-41-08.txt"
BEATS = beating(USUAL, minutes=2, seed=4)
RMSSD = pytest.approx(rmssd_of(BEATS), abs=0.001)


def column(intervals: Sequence[float]) -> str:
    """One number a line."""
    return "".join(f"{interval}\n" for interval in intervals)


def table(header: str, stamps: Sequence[object]) -> str:
    """A time column and the beats."""
    rows = (f"{stamp},{beat}\n" for stamp, beat in zip(stamps, BEATS, strict=True))
    return f"{header}\n{''.join(rows)}"


def read(text: str, name: str = NAME, modified_on: date | None = None) -> Reading:
    """Read a text under a name."""
    document = replace(document_of(text, name), modified_on=modified_on)
    assert Rr().identify(document) == "rr"
    return Rr().read(document, today=TODAY)


def rmssd(reading: Reading) -> dict[date, float]:
    """What was measured, by day."""
    assert reading.problems == ()
    return dict(by_day(reading, Metric.HRV_RMSSD_MS))


@pytest.mark.parametrize(
    "text",
    [
        column(BEATS),
        column([beat / 1000 for beat in BEATS]),
        column([f"{beat / 1000:.3f}".replace(".", ",") for beat in BEATS]),
        column([f"{beat},0" for beat in BEATS]),
        "# strap 7\n// lying\n\n" + column(BEATS),
        "RR [ms]\n" + column(BEATS),
        "rr_interval_s\n" + column([beat / 1000 for beat in BEATS]),
        ", ".join(map(str, BEATS)),
        " ".join(map(str, BEATS)) + "\n",
        "".join(f"{sum(BEATS[:i])} {beat}\n" for i, beat in enumerate(BEATS)),
        "".join(f"{beat}\t{sum(BEATS[:i]) / 1000}\n" for i, beat in enumerate(BEATS)),
        "time_s;ibi_ms\n" + "".join(f"{i};{beat}\n" for i, beat in enumerate(BEATS)),
    ],
    ids=[
        "column", "seconds", "decimal comma", "decimal comma of ms", "comments",
        "header", "header of seconds",
        "one line", "one line with blanks", "time and interval", "interval and time", "semicolon",
    ],
)  # fmt: skip
def test_every_layout_is_the_same_recording(text: str) -> None:
    """Numbers in a column, in two, on one line; with header, comments or neither."""
    reading = read(text)
    assert rmssd(reading) == {DAY: RMSSD}
    assert reading.n_rows == len(BEATS)


def test_a_recording_gives_hrv_heart_rate_and_quality() -> None:
    """Five figures; the time of a name has no zone, so there is no instant."""
    reading = read(column(with_ectopic_beats(BEATS, [50])))
    metrics = {m.metric for m in reading.measurements}
    assert metrics == {
        Metric.HRV_RMSSD_MS,
        Metric.HRV_SDNN_MS,
        Metric.MORNING_HR_BPM,
        Metric.PNN50_PCT,
        Metric.ARTEFACT_PCT,
    }
    assert by_day(reading, Metric.ARTEFACT_PCT)[DAY] == pytest.approx(200 / len(BEATS))
    assert {m.start_at for m in reading.measurements} == {None}


def test_a_recording_that_cannot_be_measured_is_left_out_with_the_reason() -> None:
    """It is no fault of the file."""
    reading = read(column(BEATS[:40]))
    assert reading.measurements == reading.problems == ()
    assert "the recording of 2025-05-03 is left out: too short: 41 beats" in reading.warnings[0]
    assert reading.skipped == {"recording that cannot be measured": 1}


def test_a_word_among_the_intervals_refuses_the_file() -> None:
    """Its line is named; what is merely missing is not a fault."""
    reading = read(column([*BEATS[:60], "8O2", *BEATS[61:]]))
    assert [(problem.line, problem.value) for problem in reading.problems] == [(61, "8O2")]
    assert rmssd(read("rr\n" + column([*BEATS[:60], "-", *BEATS[61:]])))


def test_a_gap_in_the_time_column_parts_the_beats_on_its_two_sides() -> None:
    """Half a minute lost counts as one artefact; none is one where beats come in bursts."""
    start = datetime(2025, 5, 3, 6, 41, 8)  # noqa: DTZ001 - as the file has it
    ends = [start + timedelta(milliseconds=sum(BEATS[: i + 1])) for i in range(len(BEATS))]
    gap = [end + timedelta(seconds=30 if i > 50 else 0) for i, end in enumerate(ends)]
    bursts = [end.replace(second=end.second // 2 * 2, microsecond=0) for end in ends]
    shares = [
        by_day(read(table("timestamp,rr", stamps)), Metric.ARTEFACT_PCT)[DAY]
        for stamps in (ends, gap, bursts)
    ]
    assert shares == [0, pytest.approx(100 / (len(BEATS) + 1)), 0]


def test_the_date_is_that_of_the_first_row() -> None:
    """Local time as written, with its offset or without one."""
    for stamp in ("2025-05-03 06:41:08", "2025-05-03T06:41:08.310", "2025-05-03T23:41:08+09:00"):
        reading = read(table("timestamp,rr", [stamp] * len(BEATS)), name="morning.csv")
        assert rmssd(reading) == {DAY: RMSSD}
        assert reading.warnings == ()
    window = {(m.start_at, m.end_at) for m in reading.measurements}
    start = datetime.fromisoformat("2025-05-03T23:41:08+09:00")
    assert window == {(start, start + timedelta(milliseconds=sum(BEATS)))}


def test_milliseconds_since_1970_are_dated_by_utc_with_a_warning() -> None:
    """05:02 UTC is a morning of that date from New York to Tokyo."""
    stamps = [1746248531400 + sum(BEATS[:i]) for i in range(len(BEATS))]
    reading = read(table("timestamp_ms,rr_ms", stamps), name="morning.csv")
    assert rmssd(reading) == {DAY: RMSSD}
    assert "no time zone" in reading.warnings[0]


def test_an_evening_in_utc_is_left_out_unless_the_name_dates_it() -> None:
    """21:02 UTC may be the morning of the date after, in Sydney."""
    stamps = [1746219731400 + sum(BEATS[:i]) for i in range(len(BEATS))]
    text = table("timestamp_ms,rr_ms", stamps)
    reading = read(text, name="morning.csv")
    assert reading.measurements == reading.problems == ()
    assert reading.skipped == {"recording whose date is unknown": 1}
    (warning,) = reading.warnings  # and none that says that it was dated
    assert "of 2025-05-02 21:02 UTC is left out: its date depends on the time zone" in warning
    assert "rename the file like" in warning
    assert rmssd(read(text, name="2025-05-03.csv")) == {DAY: RMSSD}


@pytest.mark.parametrize(
    "name",
    [
        "2025-05-03 06-41-08.txt",
        "2025-05-03 06-41-08 (1).txt",
        "2025-05-03.csv",
        "20250503_064108_RR.txt",
        "export 2024-01-01/rr_2025.05.03.txt",
        "27-04-2025 is no date of this, 2025.txt",
    ],
)
def test_the_name_dates_what_has_no_date_in_it(name: str) -> None:
    """Year first, with or without the time; the folder's name does not count."""
    day = date(2025, 4, 27) if name.startswith("27") else DAY
    assert rmssd(read(column(BEATS), name)) == {day: RMSSD}


def test_without_any_date_the_files_own_is_taken_with_a_warning() -> None:
    """And the person is told how to mend it."""
    reading = read(column(BEATS), "morning.txt", modified_on=date(2025, 5, 4))
    assert rmssd(reading) == {date(2025, 5, 4): RMSSD}
    assert "taken to be of 2025-05-04, when the file was written" in reading.warnings[0]
    assert "rename the file like 2025-05-03 06-41-08.txt" in reading.warnings[0]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("morning.txt", "no date in the file or in its name"),
        ("03-05-2025.txt", "may mean 2025-03-05 or 2025-05-03"),
        ("2025-05-03 to 2025-05-04.txt", "may mean 2025-05-03 or 2025-05-04"),
        ("2026-05-03.txt", "after 2025-05-11"),
        ("2004-05-03.txt", "before 2005-01-01"),
    ],
)
def test_a_date_that_is_missing_doubtful_or_impossible_refuses_the_file(
    name: str, why: str
) -> None:
    """A measurement on a wrong day is worse than none."""
    reading = read(column(BEATS), name)
    assert reading.measurements == ()
    assert [problem.value for problem in reading.problems] == [name]
    assert why in reading.problems[0].why


def test_a_name_that_contradicts_the_first_row_refuses_the_file() -> None:
    """Which of the two is wrong, the person knows."""
    text = table("timestamp,rr", ["2025-05-04 06:41:08"] * len(BEATS))
    assert "its name of 2025-05-03" in read(text).problems[0].why


def test_of_several_recordings_of_a_day_the_first_that_can_be_measured_counts() -> None:
    """The aborted one before it does not, nor the later ones; a time unknown comes last."""
    named = {
        "2025-05-03 06-30-00.txt": column(BEATS[:30]),
        "2025-05-03.txt": column(BEATS),
        "2025-05-03 07-00-00.txt": column(BEATS),
        "2025-05-03 06-35-00.txt": column(BEATS),
        "2025-05-04 06-35-00.txt": column(BEATS),
    }
    documents = [document_of(text, name) for name, text in named.items()]
    readings = Rr().read_together(documents, today=TODAY)
    assert [list(rmssd(reading)) for reading in readings] == [
        [], [], [], [DAY], [date(2025, 5, 4)]
    ]  # fmt: skip
    assert readings[1].skipped == readings[2].skipped == {"recording after the first of its day": 1}
    assert "too short" in readings[0].warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "date,rr\n" + "".join(f"2025-05-{day:02},14.{day}\n" for day in range(1, 20)),
        "timestamp,rr\n" + "".join(f"2025-05-{day:02} 06:00:00,14.{day}\n" for day in range(1, 20)),
        "hr_bpm\n" + column([60, 61, 62] * 10),
        column([60, 61, 62] * 10),
        column(range(8000, 9000, 10)),
        column([800, 900]),
        "".join(f"{beat},62,14\n" for beat in BEATS),
        "[" + ", ".join(map(str, BEATS)) + "]",
        "time,rr,since_start\n" + "".join(f"{i},{beat},{i}\n" for i, beat in enumerate(BEATS)),
        "day,rr_ms\n" + "".join(f"2025-05-03,{beat}\n" for beat in BEATS),
        column(["steps", *BEATS[:5], *["many words"] * 5]),
    ],
)
def test_numbers_that_are_no_intervals_are_nobodys(text: str) -> None:
    """Breaths, heart rates, steps, JSON, a few numbers, and tables with another column."""
    with pytest.raises(DataError, match="not recognised"):
        registry.identify(document_of(text))


def test_no_table_of_another_is_taken_for_intervals() -> None:
    """Not one fixture of any other vendor, nor any of them without its header."""
    for path in fixtures():
        if path.parent.name == "rr":
            continue
        document = open_one(path)
        assert Rr().identify(document) is None, path
        rest = document.head.split(b"\n", 1)[-1]
        assert Rr().identify(Document(path.name, rest, lambda: b"")) is None, path


NIGHT = BEATS * 200


@pytest.mark.parametrize(
    "night",
    [
        column(NIGHT),
        column([f"{beat / 1000:.3f}".replace(".", ",") for beat in NIGHT]),
        "".join(f"{second},{beat}\n" for second, beat in enumerate(NIGHT)),
        "".join(f"{second} {beat}\n" for second, beat in enumerate(NIGHT)),
        "# the strap\n" + ",".join(map(str, NIGHT)),
        "# of a strap, lying\n" * 100 + column(NIGHT),
    ],
    ids=["column", "decimal comma", "comma", "blank", "one line", "many comments"],
)
def test_a_recording_longer_than_the_head_is_recognised_and_not_measured(night: str) -> None:
    """A night of beats: too long for a measurement awake, and said so, wherever the head ends."""
    assert len(night) > 64 * 1024
    for n_more in range(3):
        reading = read("# " + "-" * n_more + "\n" + night)
        assert "too long" in reading.warnings[0]


def test_a_long_table_of_another_is_turned_down_by_its_beginning() -> None:
    """An export may hold 30,000 of them: 50 are looked at in well under a second."""
    stamped = "".join(f"2025-05-03T06:00:{n % 60:02},{n % 90}\n" for n in range(3000))
    document = document_of("timestamp,beats per minute\n" + stamped)
    began = time.process_time()
    assert not any(Rr().identify(document) for _ in range(50))
    assert time.process_time() - began < 0.25


def test_a_correction_that_changes_much_is_told() -> None:
    """With the RMSSD as recorded and as corrected; one that changes less than a fifth is not."""
    (told,) = read(column(with_ectopic_beats(BEATS, [30, 60]))).warnings
    assert "of its intervals were corrected, which changes its RMSSD from" in told
    assert read(column(BEATS)).warnings == ()


EPOCH_S = 1_746_250_868  # 2025-05-03 05:41:08 UTC


def empatica(intervals: Sequence[float], *lost: int) -> str:
    """An E4's file without some of the beats."""
    rows, now = [f"{EPOCH_S}.000000, IBI"], 10.0
    for place, interval in enumerate(intervals):
        now += interval / 1000
        if place not in lost:
            rows.append(f"{now:.6f},{interval / 1000:.6f}")
    return "\n".join(rows)


def recorded(text: str, name: str = "recording.txt") -> Reading:
    """Read a recorder's file, whose kind its content says."""
    document = document_of(text, name)
    assert Rr().identify(document)
    return Rr().read(document, today=TODAY)


def test_an_empatica_says_when_it_began_and_which_beats_it_lost() -> None:
    """Beats with others lost between them are no neighbours, however few were lost."""
    assert rmssd(recorded(empatica(BEATS))) == {DAY: RMSSD}
    level = [900.0, 910.0] * 40
    stepped = [*level, 1000.0, *(x + 100 for x in level)]
    assert rmssd(recorded(empatica(stepped, 80))) == {DAY: pytest.approx(10)}


def hrm(interval: str, beats: Sequence[object]) -> str:
    """A file of Polar's older watches."""
    params = f"[Params]\nDate=20250503\nStartTime=06:30:00.0\nInterval={interval}\n"
    return params + "\n[HRData]\n" + "\n".join(map(str, beats))


def test_polars_hrm_is_read_beat_by_beat_alone() -> None:
    """An average every five seconds has no beats, and the file says which it is."""
    assert rmssd(recorded(hrm("238", BEATS))) == {DAY: RMSSD}
    reading = recorded(hrm("5", [62, 61, 63] * 40))
    assert reading.measurements == ()
    assert "an average every 5 s, not the beats" in reading.warnings[0]


def test_movesense_has_its_intervals_in_notifications() -> None:
    """One or several in each, as a list or a single number; the name of the file dates it."""
    lists = [{"Body": {"average": 60, "rrData": [beat]}} for beat in BEATS]
    logs = {"data": [{"heartRate": {"average": 60, "rrData": beat}} for beat in BEATS]}
    for content in ("\n".join(map(json.dumps, lists)), json.dumps(lists), json.dumps(logs)):
        assert rmssd(recorded(content, "2025-05-03 06-41-08.json")) == {DAY: RMSSD}


def heart_rates(rows: Sequence[tuple[object, object]]) -> Document:
    """A table of time, heart rate and RR."""
    lines = [f"{i},{hr},{rr}" for i, (hr, rr) in enumerate(rows)]
    return document_of("Time,HR,RR\n" + "\n".join(lines), NAME)


def test_rr_beside_a_heart_rate_is_an_interval_only_if_both_agree() -> None:
    """In most tables with the two it is the rate of breathing."""
    beats = heart_rates([(round(60_000 / beat), beat) for beat in BEATS])
    assert rmssd(Rr().read(beats, today=TODAY)) == {DAY: RMSSD}
    assert Rr().identify(beats) == "rr"
    breaths = heart_rates([(62 + i % 3, 14 + i % 2) for i in range(100)])
    assert Rr().identify(breaths) is None
    foreign = heart_rates([(140, 900 + i % 9) for i in range(100)])
    assert Rr().identify(foreign) is None


def test_a_letter_behind_an_interval_says_whether_it_is_normal() -> None:
    """One that is not counts as unknown."""
    marked = [f"{beat}\tN" for beat in BEATS]
    assert rmssd(read("\n".join(marked))) == {DAY: RMSSD}
    marked[50] = "300\tV"
    reading = read("\n".join(marked))
    assert by_day(reading, Metric.ARTEFACT_PCT) == {DAY: pytest.approx(100 / len(BEATS))}


def test_several_intervals_in_a_cell_are_those_of_a_moment() -> None:
    """Loggers of Bluetooth straps write them so, with a comma in quotes or a semicolon."""
    for between in (";", ","):
        rows = [
            f'{i},"{between.join(map(str, BEATS[i : i + 2]))}"' for i in range(0, len(BEATS), 2)
        ]
        assert rmssd(read("timestamp,rr\n" + "\n".join(rows))) == {DAY: RMSSD}


@pytest.mark.parametrize(
    "first",
    [
        "1746250868.000000\n4.000000\n",
        "Name,Kim\nClassification,Sinus Rhythm\nSample Rate,512 hertz\nUnit,µV\n\n",
    ],
)
def test_a_signal_that_looks_like_intervals_is_none(first: str) -> None:
    """The conductance of the skin is near 0.8 as intervals are, an ECG has numbers of any size."""
    for values in (BEATS, [beat / 1000 for beat in BEATS]):
        assert Rr().identify(document_of(first + column(values))) is None
    assert Rr().identify(document_of("# sampled at 1000 Hz\n" + column(BEATS))) == "rr"

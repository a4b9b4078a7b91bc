"""Our own export on its way back: every row as it was, with the name of who first said it."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.hrvctl_export.source import COLUMNS, SCHEMA, OwnExport, restored
from hrvctl.store.artifacts import export_csv
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.inspection import EXPORTED, load_tables
from hrvctl.usecases.export import EXPORT_SCHEMA
from sources.exports import DATA, document_of, open_one

TODAY = date(2025, 5, 10)
FOLDER = DATA / "hrvctl"


def read_csv(table: str, **cells: object) -> Reading:
    """Read one row of a table as the export writes it; cells not named stay empty."""
    columns = sorted(COLUMNS[table])
    row = ["" if cells.get(name) is None else str(cells[name]) for name in columns]
    document = document_of(f"{','.join(columns)}\n{','.join(row)}\n", f"{table}.csv")
    return OwnExport().read(document, today=TODAY)


def read_json(tables: object, **head: object) -> Reading:
    """Read a JSON export of these tables."""
    content = {"schema": 1, "artifact": "hrvctl_export", "subject": "me", "tables": tables, **head}
    return OwnExport().read(document_of(json.dumps(content), "x.json"), today=TODAY)


def measured(**cells: object) -> Reading:
    """Read one measurement."""
    sound = {"day": "2025-05-03", "metric": "hrv_rmssd_ms", "source": "whoop", "value": 60}
    return read_csv("measurements", **(sound | cells))


def answered(**cells: object) -> Reading:
    """Read one answer."""
    sound = {"day": "2025-05-03", "tag": "sick", "source": "whoop", "value": 1}
    return read_csv("journal", **(sound | cells))


def typed(**cells: object) -> Reading:
    """Read one note."""
    sound = {"id": 1, "day": "2025-05-03", "text": "x", "written_at": "2025-05-03T21:00Z"}
    return read_csv("notes", **(sound | {"batch": 1} | cells))


def trained(**cells: object) -> Reading:
    """Read one workout."""
    sound = {"start_at": "2025-05-03T18:00+02:00", "end_at": "2025-05-03T19:00+02:00"}
    return read_csv("workouts", **(sound | {"day": "2025-05-03", "source": "whoop"} | cells))


def test_every_table_of_the_export_is_recognised_by_its_header(home: Home, tmp_path: Path) -> None:
    """A table or a column that is added to the store is known here as well."""
    assert SCHEMA == EXPORT_SCHEMA
    assert set(COLUMNS) == set(EXPORTED)
    with open_store(home, write=True) as store:
        for table in load_tables(store, "me"):
            export_csv(tmp_path / "t.csv", table.columns, ())
            assert registry.identify(open_one(tmp_path / "t.csv"))[1] == table.name
            assert COLUMNS[table.name] == set(table.columns)


def test_csv_and_json_say_the_same() -> None:
    """Cell for cell: what the CSV had to write otherwise is undone."""
    whole = registry.read(open_one(FOLDER / "hrvctl_export.json"), today=TODAY)
    for table in ("measurements", "journal", "workouts", "notes"):
        part = registry.read(open_one(FOLDER / f"{table}.csv"), today=TODAY)
        assert getattr(part, table) == getattr(whole, table) != ()


def test_rows_keep_who_first_said_them() -> None:
    """Two devices on one night are two series, and stay so."""
    reading = registry.read(open_one(FOLDER / "measurements.csv"), today=TODAY)
    nights = {m.source: m.value for m in reading.measurements if m.metric is Metric.HRV_RMSSD_MS}
    assert (reading.source, set(nights)) == ("hrvctl", {"oura", "whoop"})


def test_moments_keep_their_zone() -> None:
    """The same instant in another zone would be another evening."""
    reading = registry.read(open_one(FOLDER / "measurements.csv"), today=TODAY)
    starts = {m.start_at.utcoffset() for m in reading.measurements if m.start_at}
    assert starts == {timedelta(hours=2), timedelta(hours=5, minutes=45)}


def test_answers_read_out_of_notes_come_back_with_the_notes() -> None:
    """They are counted and left to the notes; those of vendors and of a folder are rows."""
    reading = registry.read(open_one(FOLDER / "journal.csv"), today=TODAY)
    assert {entry.source for entry in reading.journal} == {"whoop", "folder"}
    assert sum(n for why, n in reading.skipped.items() if "note" in why) == 1


def test_a_withdrawn_note_stays_withdrawn() -> None:
    """What the person took back does not come back."""
    assert typed(withdrawn_at="2025-05-03T22:00Z", withdrawn_by=1).notes == ()
    assert typed(withdrawn_at="2025-05-03T22:00Z", withdrawn_by=1).skipped == {"withdrawn note": 1}
    assert len(typed().notes) == 1


def test_notes_are_in_the_order_typed_whatever_a_spreadsheet_did() -> None:
    """What is typed later may take back what was said before."""
    head, *_ = (FOLDER / "notes.csv").read_text().splitlines(keepends=True)
    rows = [f"{n},2025-05-03,note {n},2025-05-03T21:00Z,{n},,\n" for n in (10, 9, 1)]
    reading = OwnExport().read(document_of("".join([head, *rows]), "notes.csv"), today=TODAY)
    assert [note.text for note in reading.notes] == ["note 1", "note 9", "note 10"]


@pytest.mark.parametrize("table", ["ledger", "guesses", "outcomes", "preferences", "excluded_days"])
def test_what_moves_with_a_backup_alone_is_told(table: str) -> None:
    """Nothing sealed is taken from a file that anyone can edit."""
    row = {min(COLUMNS[table]): "x"}
    for reading in (read_csv(table, **row), read_json({table: [{"day": "2025-05-03"}]})):
        (warning,) = reading.warnings
        assert "hrvctl backup" in warning
        assert reading.skipped == {f"row of {table}": 1}
        assert (reading.measurements, reading.problems) == ((), ())


def test_the_history_of_imports_is_passed_over() -> None:
    """Each import writes its own; there is nothing to tell."""
    reading = read_csv("imports", kind="cycles")
    assert (reading.skipped, reading.warnings) == ({"row of imports": 1}, ())


def test_columns_and_tables_of_a_newer_hrvctl_are_told() -> None:
    """They are no fault, and no reason to refuse the rest."""
    notes = [{"id": 1, "day": "2025-05-03", "text": "x", "batch": 1, "mood": 2}]
    notes[0]["written_at"] = "2025-05-03T21:00Z"
    reading = read_json({"notes": notes, "moods": [{"day": "2025-05-03"}]})
    assert (reading.unknown_columns, len(reading.notes)) == (("mood",), 1)
    assert reading.skipped == {"row of a table unknown here": 1}
    assert "hrvctl backup" in reading.warnings[0]


@pytest.mark.parametrize(
    ("make", "cells", "column", "why"),
    [
        (measured, {"value": 900}, "value", "not within"),
        (measured, {"value": "sixty"}, "value", "not a number"),
        (measured, {"day": "2025-13-03"}, "day", "not a date"),
        (measured, {"day": "2001-01-01"}, "day", "before 2005"),
        (measured, {"day": "2025-05-12"}, "day", "after 2025-05-11"),
        (measured, {"source": " "}, "source", "it is empty"),
        (measured, {"start_at": "2025-05-02T23:00"}, "start_at", "with its zone"),
        (answered, {"tag": ""}, "tag", "it is empty"),
        (answered, {"value": ""}, "value", "not a number"),
        (answered, {"day": "2025-05-12"}, "day", "after 2025-05-11"),
        (typed, {"written_at": ""}, "written_at", "needs the moment"),
        (typed, {"id": "x"}, "id", "not a number"),
        (typed, {"batch": "1.5"}, "batch", "not a whole number"),
        (trained, {"end_at": ""}, "start_at", "needs a start and an end"),
        (trained, {"end_at": "2025-05-03 17:00"}, "end_at", "with its zone"),
    ],
)
def test_a_fault_is_told_with_its_place(
    make: Callable[..., Reading], cells: Mapping[str, object], column: str, why: str
) -> None:
    """The file is refused as a whole, with line, column, value and reason."""
    assert make().problems == ()
    told = [(p.column, p.line, p.value) for p in make(**cells).problems if why in p.why]
    assert told == [(column, 2, str(cells.get(column, "2025-05-03T18:00+02:00")))]


@pytest.mark.parametrize(
    ("tables", "schema", "why"),
    [
        ({}, 2, "newer hrvctl"),
        ([], 1, "not an export"),
        ({"notes": 3}, 1, "not a list of rows"),
        ({"notes": [3]}, 1, "not a list of rows"),
        ({"notes": [{"id": 1, "text": 5}]}, 1, "not a text"),
    ],
)
def test_a_json_that_was_edited_is_refused_with_a_reason(
    tables: object, schema: int, why: str
) -> None:
    """Whatever stands where the rows should be."""
    assert any(why in problem.why for problem in read_json(tables, schema=schema).problems)


def test_a_value_nobody_could_have_is_left_out_with_a_word() -> None:
    """As every source does; and a metric this hrvctl does not know yet."""
    for reading in (
        measured(metric="resting_hr_bpm", value=400),
        measured(metric="mood_pct", value=4),
    ):
        assert (reading.measurements, reading.problems) == ((), ())
        assert "left out" in reading.warnings[0]
    (kept,) = answered(at="half past").journal
    assert kept.at == ""
    backwards = measured(start_at="2025-05-03T07:00Z", end_at="2025-05-03T06:00Z")
    assert [(m.value, m.start_at, m.end_at) for m in backwards.measurements] == [(60, None, None)]


def test_two_rows_that_contradict_each_other_are_a_fault() -> None:
    """The same row twice is no harm; two values of one night are."""
    head, first, *_ = (FOLDER / "measurements.csv").read_text().splitlines()
    twice = OwnExport().read(document_of("\n".join([head, first, first])), today=TODAY)
    assert (len(twice.measurements), twice.skipped) == (1, {"repeated row": 1})
    other = first.replace("57.25", "75.5")
    against = OwnExport().read(document_of("\n".join([head, first, other])), today=TODAY)
    assert "another row has a different value" in against.problems[0].why


def test_a_day_before_there_were_wearables_can_have_a_note() -> None:
    """The journal takes any day that was lived; a measurement does not."""
    (note,) = typed(day="1999-12-31").notes
    assert note.day == date(1999, 12, 31)
    assert note.written_at == datetime(2025, 5, 3, 21, tzinfo=UTC)


@given(st.text(alphabet="=+-@\t\n'\"a ü,;", max_size=8))
def test_every_text_comes_back_from_a_spreadsheet_file(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Whatever signs it begins with, apostrophes of its own included."""
    path = tmp_path_factory.mktemp("csv") / "notes.csv"
    row = {"id": 1, "day": "2025-05-03", "text": text, "written_at": "2025-05-03T21:00Z"}
    cells = [row.get(name, 1 if name == "batch" else None) for name in sorted(COLUMNS["notes"])]
    export_csv(path, sorted(COLUMNS["notes"]), [cells])
    (note,) = OwnExport().read(open_one(path), today=TODAY).notes
    assert note.text == text


def test_a_plain_apostrophe_stays() -> None:
    """Only the one the export put there goes."""
    texts = ["'t was late", "''", "'", "5 o'clock"]
    assert [restored(text) for text in texts] == texts
    assert [restored(text) for text in ("'=1", "''=1", "'\n")] == ["=1", "'=1", "\n"]


def test_half_a_character_becomes_the_sign_for_an_unknown_one() -> None:
    """JSON can spell what no database holds; an emoji in two halves is one emoji."""
    sound = {"id": 1, "day": "2025-05-03", "written_at": "2025-05-03T21:00Z", "batch": 1}
    unknown = "\N{REPLACEMENT CHARACTER}"
    texts = {"\ud83e\uddc0": "\N{CHEESE WEDGE}", "a\ud800b": f"a{unknown}b", "\0": unknown}
    for written, expected in texts.items():
        (note,) = read_json({"notes": [sound | {"text": written}]}).notes
        assert note.text == expected

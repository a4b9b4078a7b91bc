"""Taking files in: from the inbox and by name, each wholly or not at all."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import TODAY
from hrvctl.pipeline.importing import take_in
from hrvctl.store.database import open_store
from hrvctl.store.home import create_home
from hrvctl.store.measurements import load_as_imported
from pipeline.made_up import nights, write_table

BAD = "date,hrv_ms\n2026-03-01,sixty\n"


def stored(home, subject="me"):
    with open_store(home, write=False) as store:
        return {m.day: m.value for m in load_as_imported(store, subject)}


@pytest.fixture
def inbox(home):
    create_home(home)
    return home.inbox


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_good_file_is_taken_in_and_moves_to_done(home, inbox, hrvctl):
    """Its nights are stored, its place is done/, and the run says what it held."""
    write_table(inbox / "good.csv", nights(TODAY, 10))
    result = hrvctl("--json", "daily")
    assert result.code == 0
    assert [(f["n_new"], f["n_rows"]) for f in result.data["imported"]] == [(10, 10)]
    assert (names(inbox), names(home.done)) == ([], ["good.csv"])
    assert stored(home) == nights(TODAY, 10)


def test_a_bad_file_stays_and_the_rest_is_done(home, inbox, hrvctl):
    """3: partly done. The bad one is named with line and value and waits to be mended."""
    write_table(inbox / "good.csv", nights(TODAY, 10))
    (inbox / "bad.csv").write_text(BAD)
    result = hrvctl("--json", "daily")
    assert result.code == 3
    (error,) = result.json["errors"]
    assert error["stage"] == "ingest_op"
    assert "line 2" in error["problems"][0]
    assert "'sixty'" in error["problems"][0]
    assert (names(inbox), names(home.done)) == (["bad.csv"], ["good.csv"])
    report = json.loads((home.artifacts("me") / "ingest_report.json").read_text())
    assert len(report["files"]) == len(report["failed"]) == 1


def test_a_bad_file_that_was_mended_is_taken_in_by_the_next_run(home, inbox, house):
    """Nothing remembers that it was bad."""
    (inbox / "mine.csv").write_text(BAD)
    assert len(take_in(house, house.evening("me"), []).failed) == 1
    (inbox / "mine.csv").write_text(BAD.replace("sixty", "60"))
    assert take_in(house, house.evening("me"), []).failed == ()
    assert list(stored(home).values()) == [60.0]


def test_files_of_one_name_do_not_collide_in_done(home, inbox, house):
    """Every export is called export.csv; all of them are kept, however quickly they come."""
    contents = set()
    for n in range(4):
        path = write_table(inbox / "export.csv", nights(TODAY - timedelta(days=n), 3))
        contents.add(path.read_text())
        take_in(house, house.evening("me"), [])
    assert names(inbox) == []
    assert {path.read_text() for path in home.done.iterdir()} == contents


def test_a_folder_in_the_inbox_is_one_export(home, inbox, house):
    """An unpacked export is taken in and moved whole."""
    write_table(inbox / "unpacked" / "a.csv", nights(TODAY, 3))
    report = take_in(house, house.evening("me"), [])
    assert report.failed == ()
    assert (home.done / "unpacked" / "a.csv").exists()


def test_hidden_files_are_left_alone(inbox, house):
    """What a program is still copying, and what the desktop leaves behind."""
    (inbox / ".DS_Store").write_bytes(b"\0")
    (inbox / ".half.csv").write_text("date,hr")
    report = take_in(house, house.evening("me"), [])
    assert (report.files, report.failed) == ((), ())
    assert names(inbox) == [".DS_Store", ".half.csv"]


def test_a_file_named_by_hand_stays_where_it_is(home, tmp_path, house):
    """Only the inbox is emptied."""
    table = write_table(tmp_path / "mine.csv", nights(TODAY, 3))
    take_in(house, house.evening("me"), [table])
    assert table.exists()
    assert len(stored(home)) == 3


def test_a_file_named_by_hand_that_lies_in_the_inbox_is_one_file(home, inbox, hrvctl):
    """Taken in once, moved once, nothing failed."""
    table = write_table(inbox / "mine.csv", nights(TODAY, 10))
    result = hrvctl("--json", "daily", "--import", table)
    assert (result.code, len(result.data["imported"])) == (0, 1)
    assert names(home.done) == ["mine.csv"]


def test_an_export_that_cannot_be_moved_is_told_and_the_rest_goes_on(home, inbox, hrvctl):
    """Its nights are in, the evening is done, and the person hears what to do: 3."""
    # No room for the time before a name that is taken: file systems end at 255 bytes.
    name = "n" * 250 + ".csv"
    (home.done / name).write_text("an older one")
    write_table(inbox / name, nights(TODAY, 10))
    result = hrvctl("--json", "daily")
    assert result.code == 3
    assert "could not be moved" in result.json["errors"][0]["message"]
    assert result.data["agent"]["forecast"] is not None
    assert stored(home) == nights(TODAY, 10)
    assert (home.done / name).read_text() == "an older one"


def test_a_missing_file_is_named(house, tmp_path):
    """A word wrong in the path is told, not passed over."""
    report = take_in(house, house.evening("me"), [tmp_path / "nowhere.csv"])
    assert "nowhere.csv" in report.failed[0].message


def test_an_export_is_taken_in_wholly_or_not_at_all(home, house, tmp_path):
    """One bad line of thirty: not a single night of that file is stored."""
    path = write_table(tmp_path / "mine.csv", nights(TODAY, 30))
    path.write_text(path.read_text() + "2026-03-11,-5\n")
    report = take_in(house, house.evening("me"), [path])
    assert len(report.failed) == 1
    assert stored(home) == {}


def test_the_same_export_again_changes_no_row(home, house, tmp_path):
    """Not a value, not a date of change, not a line in the history of imports."""
    path = write_table(tmp_path / "mine.csv", nights(TODAY, 10))
    take_in(house, house.evening("me"), [path])
    before = dump(home)
    report = take_in(house, house.evening("me"), [path])
    assert report.n_changed == 0
    assert report.files[0].n_unchanged == 10
    assert dump(home) == before


def test_a_newer_export_revises(home, house, tmp_path):
    """A night the vendor has re-scored is revised, the others are not touched."""
    known = nights(TODAY, 10)
    take_in(house, house.evening("me"), [write_table(tmp_path / "old.csv", known)])
    report = take_in(
        house, house.evening("me"), [write_table(tmp_path / "new.csv", {**known, TODAY: 51.5})]
    )
    assert (report.files[0].n_revised, report.files[0].n_unchanged) == (1, 9)
    assert stored(home) == {**known, TODAY: 51.5}


def test_subjects_are_kept_apart(home, hrvctl, tmp_path):
    """Two people in one home: nights, forecasts and files of one never reach the other."""
    mine, yours = nights(TODAY, 20), {day: hrv + 30 for day, hrv in nights(TODAY, 12).items()}
    for subject, known in (("me", mine), ("you", yours)):
        table = write_table(tmp_path / f"{subject}.csv", known)
        assert hrvctl("import", table, "--subject", subject).code == 0
    first = hrvctl("--json", "daily", "--subject", "me").data
    second = hrvctl("--json", "daily", "--subject", "you").data
    assert (stored(home, "me"), stored(home, "you")) == (mine, yours)
    assert second["agent"]["forecast"]["mean_ms"] > first["agent"]["forecast"]["mean_ms"] + 15
    assert Path(first["artifacts"]).name == "me"
    assert Path(second["artifacts"]).name == "you"
    registry = (home.artifacts("me") / "predictions_registry.csv").read_text()
    assert ",you," not in registry
    assert not any(line.startswith("you,") for line in registry.splitlines())
    assert hrvctl("ledger", "verify").code == 0


def dump(home):
    connection = sqlite3.connect(home.database)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()

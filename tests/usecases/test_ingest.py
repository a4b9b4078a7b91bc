"""Taking files in: from the inbox and by name, each wholly or not at all."""

import json
import sqlite3
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from conftest import TODAY
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.sources.whoop import journal as whoop_journal
from hrvctl.sources.whoop.questions import TAGS, Question, plain
from hrvctl.store.database import open_store
from hrvctl.store.home import create_home
from hrvctl.store.measurements import load_as_imported, load_journal
from hrvctl.usecases.export_files import ImportOptions
from hrvctl.usecases.ingest import import_files, import_new
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


def test_a_bad_file_that_was_mended_is_taken_in_by_the_next_run(home, inbox, workspace):
    """Nothing remembers that it was bad."""
    (inbox / "mine.csv").write_text(BAD)
    assert len(import_new(workspace, workspace.evening("me"), []).failed) == 1
    (inbox / "mine.csv").write_text(BAD.replace("sixty", "60"))
    assert import_new(workspace, workspace.evening("me"), []).failed == ()
    assert list(stored(home).values()) == [60.0]


def test_files_of_one_name_do_not_collide_in_done(home, inbox, workspace):
    """Every export is called export.csv; all of them are kept, however quickly they come."""
    contents = set()
    for n in range(4):
        path = write_table(inbox / "export.csv", nights(TODAY - timedelta(days=n), 3))
        contents.add(path.read_text())
        import_new(workspace, workspace.evening("me"), [])
    assert names(inbox) == []
    assert {path.read_text() for path in home.done.iterdir()} == contents


def test_a_folder_in_the_inbox_is_one_export(home, inbox, workspace):
    """An unpacked export is taken in and moved whole."""
    write_table(inbox / "unpacked" / "a.csv", nights(TODAY, 3))
    report = import_new(workspace, workspace.evening("me"), [])
    assert report.failed == ()
    assert (home.done / "unpacked" / "a.csv").exists()


def test_hidden_files_are_left_alone(inbox, workspace):
    """What a program is still copying, and what the desktop leaves behind."""
    (inbox / ".DS_Store").write_bytes(b"\0")
    (inbox / ".half.csv").write_text("date,hr")
    report = import_new(workspace, workspace.evening("me"), [])
    assert (report.files, report.failed) == ((), ())
    assert names(inbox) == [".DS_Store", ".half.csv"]


@pytest.mark.parametrize("place", ["letter.csv", "export/letter.csv"])
def test_a_link_in_the_inbox_is_not_followed(inbox, tmp_path, hrvctl, home, place):
    """Whoever may put files there does not learn what is in another: no line of it is quoted."""
    (tmp_path / "letter").write_text("dear diary\n")
    (inbox / place).parent.mkdir(exist_ok=True)
    (inbox / place).symlink_to(tmp_path / "letter")
    result = hrvctl("--json", "daily")
    (error,) = result.json["errors"]
    assert error["message"] == f"{place}: it is a link, which is not followed"
    assert "diary" not in result.out + result.err
    assert "diary" not in (home.artifacts("me") / "ingest_report.json").read_text()
    assert (inbox / place).is_symlink()


def test_a_file_named_by_hand_stays_where_it_is(home, tmp_path, workspace):
    """Only the inbox is emptied."""
    table = write_table(tmp_path / "mine.csv", nights(TODAY, 3))
    import_new(workspace, workspace.evening("me"), [table])
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


def test_a_missing_file_is_named(workspace, tmp_path):
    """A word wrong in the path is told, not passed over."""
    report = import_new(workspace, workspace.evening("me"), [tmp_path / "nowhere.csv"])
    assert "nowhere.csv" in report.failed[0].message


def test_an_export_is_taken_in_wholly_or_not_at_all(home, workspace, tmp_path):
    """One bad line of thirty: not a single night of that file is stored."""
    path = write_table(tmp_path / "mine.csv", nights(TODAY, 30))
    path.write_text(path.read_text() + "2026-03-11,-5\n")
    report = import_new(workspace, workspace.evening("me"), [path])
    assert len(report.failed) == 1
    assert stored(home) == {}


def test_the_same_export_again_changes_no_row(home, workspace, tmp_path):
    """Not a value, not a date of change, not a line in the history of imports."""
    path = write_table(tmp_path / "mine.csv", nights(TODAY, 10))
    import_new(workspace, workspace.evening("me"), [path])
    before = dump(home)
    report = import_new(workspace, workspace.evening("me"), [path])
    assert report.n_changed == 0
    assert report.files[0].n_unchanged == 10
    assert dump(home) == before


def test_a_newer_export_revises(home, workspace, tmp_path):
    """A night the vendor has re-scored is revised, the others are not touched."""
    known = nights(TODAY, 10)
    import_new(workspace, workspace.evening("me"), [write_table(tmp_path / "old.csv", known)])
    report = import_new(
        workspace,
        workspace.evening("me"),
        [write_table(tmp_path / "new.csv", {**known, TODAY: 51.5})],
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


# What a WHOOP export says of the day that follows the waking, and of the sleep before it.
OF_THE_DAY = ["Day Strain", "Energy burned (cal)", "Max HR (bpm)", "Average HR (bpm)"]
NOT_VALUES = ["Cycle start time", "Cycle end time", "Cycle timezone", "Sleep onset", "Wake onset"]


def counted(folder):
    """The rows an export holds, counted without any of our code: by pandas alone."""
    cycles = pd.read_csv(folder / "physiological_cycles.csv")
    sleeps = pd.read_csv(folder / "sleeps.csv")
    answers = pd.read_csv(folder / "journal_entries.csv")
    workouts = pd.read_csv(folder / "workouts.csv")
    asleep = cycles[cycles["Wake onset"].notna()]
    woken = pd.to_datetime(asleep["Wake onset"]).dt.date
    assert woken.is_unique  # one main sleep a day, so that every cell is a row of its own
    of_the_night = asleep.columns.difference([*OF_THE_DAY, *NOT_VALUES])
    n_lengths = cycles[["Cycle start time", "Cycle end time"]].notna().all(axis=1).sum()
    naps = sleeps[sleeps["Nap"].astype(str).str.lower() == "true"]
    return {
        "hrv": int(asleep["Heart rate variability (ms)"].notna().sum()),
        "measurements": int(
            asleep[of_the_night].notna().sum().sum()
            + cycles[OF_THE_DAY].notna().sum().sum()
            + n_lengths
            + pd.to_datetime(naps["Wake onset"]).dt.date.nunique()
        ),
        "journal": int(answers["Answered yes"].notna().sum()),
        "workouts": len(workouts),
    }


def held(home, subject):
    """The rows that are stored of one person."""
    query = "SELECT count(*) FROM {} WHERE subject = ?"
    tables = ("measurements", "journal", "workouts")
    with closing(sqlite3.connect(home.database)) as connection:
        found = {t: connection.execute(query.format(t), (subject,)).fetchone()[0] for t in tables}
        hrv = query.format("measurements") + " AND metric = 'hrv_rmssd_ms'"
        return {**found, "hrv": connection.execute(hrv, (subject,)).fetchone()[0]}


def test_nine_exports_at_once_are_nine_people(home, workspace, tmp_path):
    """Into one home at the same time: of each person as many rows as their files hold."""
    folders = {}
    for number, traits in enumerate(draw_people(9, seed=31), start=1):
        folders[f"p{number}"] = tmp_path / f"p{number}"
        person = simulate_until(traits, last_day=TODAY, n_days=45 + number, seed=number)
        write_export(person, folders[f"p{number}"])

    def take(subject):
        options = ImportOptions(vocabulary="")
        return import_files(
            workspace, workspace.evening(subject), [folders[subject]], options, dry_run=False
        )

    with ThreadPoolExecutor(len(folders)) as pool:
        reports = dict(zip(folders, pool.map(take, folders), strict=True))
    for subject, folder in folders.items():
        assert reports[subject].failed == ()
        assert len(reports[subject].files) == 4
        assert held(home, subject) == counted(folder)
    assert len({tuple(counted(folder).values()) for folder in folders.values()}) > 1


def test_of_files_nobody_knows_the_first_are_named_and_the_rest_counted(workspace, tmp_path):
    """A Takeout has thousands of them; a file of ours that is damaged is named all the same."""
    export = tmp_path / "takeout"
    write_table(export / "nights.csv", nights(TODAY, 3))
    for n in range(40):
        (export / f"photo-{n:02}.jpg").write_bytes(b"\xff\xd8\xff\0")
    (export / "zz-empty.csv").write_bytes(b"")
    report = import_new(workspace, workspace.evening("me"), [export])
    assert report.failed == ()
    (plan,) = report.files
    what = "not recognised; it is a picture (JPEG), not a text file"
    assert [warning for warning in plan.warnings if "photo" in warning] == [
        f"left out: takeout/photo-{n:02}.jpg: {what}" for n in range(3)
    ]
    assert "left out: 37 more files that are not recognised" in plan.warnings
    assert "left out: takeout/zz-empty.csv: the file is empty" in plan.warnings
    assert len(plan.warnings) == 5


@pytest.mark.parametrize("is_zipped", [False, True])
def test_one_damaged_zip_does_not_hold_back_the_files_beside_it(workspace, tmp_path, is_zipped):
    """It is named; the nights of the others are stored."""
    export = tmp_path / "takeout"
    write_table(export / "nights.csv", nights(TODAY, 3))
    (export / "a-part.zip").write_bytes(b"PK\x03\x04 cut off")
    path = export
    if is_zipped:
        path = tmp_path / "takeout.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(export.iterdir()):
                archive.write(file, file.name)
    report = import_files(workspace, workspace.evening("me"), [path], ImportOptions())
    assert report.failed == ()
    assert stored(workspace.home) == nights(TODAY, 3)
    (plan,) = report.files
    (warning,) = plan.warnings
    assert "a-part.zip: the zip is damaged" in warning


def test_of_a_folder_without_a_known_file_the_one_with_hrv_is_named(workspace, tmp_path):
    """The first in the alphabet is a list of steps."""
    export = tmp_path / "export"
    export.mkdir()
    (export / "activity.csv").write_text("Day,Walked\n1,2\n")
    (export / "vitals.csv").write_text("Day,Mean HRV\n1,2\n")
    report = import_files(workspace, workspace.evening("me"), [export], ImportOptions())
    (failed,) = report.failed
    assert "export/vitals.csv" in failed.message
    assert "RMSSD or SDNN?" in failed.message


def test_one_file_more_than_the_few_is_named_like_them(workspace, tmp_path):
    """Nobody is told of "1 more files"."""
    export = tmp_path / "takeout"
    write_table(export / "nights.csv", nights(TODAY, 3))
    for n in range(4):
        (export / f"photo-{n}.jpg").write_bytes(b"\xff\xd8\xff\0")
    (plan,) = import_new(workspace, workspace.evening("me"), [export]).files
    assert [warning.split(":")[1] for warning in plan.warnings] == [
        f" takeout/photo-{n}.jpg" for n in range(4)
    ]


def test_an_import_tells_of_each_file_what_became_of_it(hrvctl, tmp_path):
    """What it was taken for, days, first and last, new, revised, left out and why, unknown."""
    first, last = TODAY - timedelta(days=4), TODAY
    table = write_table(tmp_path / "export" / "a.csv", nights(TODAY, 5))
    hrvctl("import", table)
    lines = table.read_text().splitlines()
    lines[2] = lines[2].split(",")[0] + ",77"
    table.write_text(
        "\n".join([lines[0] + ",mood,resting_hr_bpm"] + [f"{x},x," for x in lines[1:]])
    )
    table.write_text(table.read_text() + f"\n{TODAY + timedelta(days=1)},50,x,999\n")
    write_table(tmp_path / "export" / "b.csv", nights(TODAY - timedelta(days=9), 1))
    out = hrvctl("import", tmp_path / "export").out
    assert (
        f"export/a.csv: table nights, 6 rows, 6 days {first} to {last + timedelta(days=1)}:"
        " 1 new, 1 revised, 4 unchanged" in out
    )
    assert "  unknown columns: mood" in out
    assert "resting_hr_bpm '999': not within 25 to 150; left out" in out
    day = TODAY - timedelta(days=9)
    assert f"export/b.csv: table nights, 1 row, 1 day {day}: 1 new, 0 revised, 0 unchanged" in out
    assert "3 values stored." in out


def journal_of(home):
    with open_store(home, write=False) as store:
        return {(e.day, e.tag): e.value for e in load_journal(store, "me")}


def test_the_same_export_under_a_new_rule_of_questions_leaves_exactly_the_new_tags(
    home, hrvctl, tmp_path, monkeypatch
):
    """Old tags are withdrawn, not kept beside the new ones; their history says until when."""
    (traits,) = draw_people(1, seed=3)
    person = simulate_until(traits, last_day=TODAY, n_days=30, seed=3)
    export = tmp_path / "whoop"
    write_export(person, export)
    with monkeypatch.context() as older:
        older.setattr(whoop_journal, "read_question", lambda text: Question(f"old_{plain(text)}"))
        assert hrvctl("import", str(export)).code == 0
    before = journal_of(home)
    result = hrvctl("--json", "import", str(export))
    after = journal_of(home)
    assert {tag for _, tag in after} <= set(TAGS.values())
    assert sum(file["n_withdrawn"] for file in result.data["files"]) == len(before)
    with open_store(home, write=False) as store:
        gone = store.connection.execute(
            "SELECT day, tag FROM journal_history WHERE ended_by = 'withdrawal'"
        ).fetchall()
    assert {(date.fromisoformat(row["day"]), row["tag"]) for row in gone} == set(before)
    again = hrvctl("--json", "import", str(export))
    assert {file["n_withdrawn"] for file in again.data["files"]} == {0}

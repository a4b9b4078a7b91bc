"""`hrvctl backup` and `hrvctl restore`: a copy of the whole database, and back."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from cli.homes import tree
from conftest import TODAY, Result
from hrvctl.store.home import Home
from hrvctl.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA

Hrvctl = Callable[..., Result]


def rows(database: Path) -> list[str]:
    """Everything in a database, as SQL."""
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_restored_home_has_the_same_rows_status_and_ledger(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Into a new home: the same rows, the same status, the same ledger."""
    saved = tmp_path / "saved.db"
    assert hrvctl("backup", saved).code == 0
    assert saved.stat().st_mode & 0o777 == 0o600
    assert rows(saved) == rows(home.database)
    second = Home(tmp_path / "second")
    # The later `--home` holds.
    done = hrvctl("--home", second.root, "restore", saved)
    assert done.code == 0
    assert rows(second.database) == rows(home.database)
    assert hrvctl("--home", second.root, "ledger", "verify").out == hrvctl("ledger", "verify").out
    again = hrvctl("--home", second.root, "daily")
    assert again.code in (0, 4)


@pytest.mark.usefixtures("home_with_two_runs")
def test_restoring_over_data_needs_force_and_keeps_what_was_there(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """What is written after the backup is not in it, and not lost either."""
    saved = tmp_path / "saved.db"
    hrvctl("backup", saved)
    hrvctl("data", "exclude", "2026-03-01", "--reason", "sick")
    later = rows(home.database)
    refused = hrvctl("restore", saved)
    assert refused.code == 2
    assert "--force" in refused.err
    assert rows(home.database) == later
    done = hrvctl("restore", saved, "--force", "--json")
    assert rows(home.database) == rows(saved)
    assert rows(Path(done.data["kept"])) == later


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_backup_made_during_a_write_is_consistent(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """An open transaction of another process is not in it, and does not hold it up."""
    before = rows(home.database)
    with closing(sqlite3.connect(home.database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE journal SET value = 99")
        writer.execute("UPDATE measurements SET value = 99")
        assert hrvctl("backup", tmp_path / "saved.db").code == 0
        writer.execute("ROLLBACK")
    assert rows(tmp_path / "saved.db") == before


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_tampered_backup_is_refused(home: Home, hrvctl: Hrvctl, tmp_path: Path) -> None:
    """A ledger that does not verify never takes the place of one that does."""
    saved = tmp_path / "saved.db"
    hrvctl("backup", saved)
    with closing(sqlite3.connect(saved)) as connection, connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute(
            "UPDATE entries SET payload = json_set(payload, '$.mean', 1) WHERE seq = 2"
        )
    before = tree(home.root)
    refused = hrvctl("restore", saved, "--force")
    assert refused.code == 1
    assert "row 2: its content was changed after it was sealed" in refused.err
    assert tree(home.root) == before


@pytest.mark.usefixtures("home_with_two_runs")
@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00 and then nonsense"])
def test_a_file_that_is_not_a_backup_is_refused(
    home: Home, hrvctl: Hrvctl, tmp_path: Path, content: bytes
) -> None:
    """By name, with the home untouched."""
    wrong = tmp_path / "wrong.db"
    wrong.write_bytes(content)
    before = tree(home.root)
    for file in (wrong, tmp_path / "gone.db"):
        refused = hrvctl("restore", file, "--force")
        assert refused.code == 1
        assert str(file) in refused.err
    assert tree(home.root) == before


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_damaged_database_is_replaced_by_its_backup(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """The one time a backup is really needed."""
    saved = tmp_path / "saved.db"
    hrvctl("backup", saved)
    content = home.database.read_bytes()
    home.database.write_bytes(b"\0" * 4096 + content[4096:])
    assert hrvctl("status").code == 10
    done = hrvctl("restore", saved, "--force", "--json")
    assert Path(done.data["kept"]).read_bytes().endswith(content[4096:])
    assert rows(home.database) == rows(saved)


@pytest.mark.usefixtures("home_with_two_runs")
def test_backups_never_write_over_a_file(hrvctl: Hrvctl, home: Home, tmp_path: Path) -> None:
    """Nor into a folder that is not there; the default place is in the home."""
    (tmp_path / "mine").write_text("mine")
    for place in (tmp_path / "mine", tmp_path / "no" / "such" / "folder.db"):
        assert hrvctl("backup", place).code == 1
    assert (tmp_path / "mine").read_text() == "mine"
    assert hrvctl("backup").code == 0
    assert len(list(home.backups.iterdir())) == 1


def make_old(home: Home, version: int) -> None:
    """A home of an older schema, with a guess."""
    home.root.mkdir()
    with closing(sqlite3.connect(home.database)) as old:
        for migration in MIGRATIONS[:version]:
            old.executescript(migration)
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute(f"PRAGMA user_version = {version}")
        old.execute("INSERT INTO guesses VALUES (1, 'me', '2026-03-11', 60, '2026-03-10T20:00:00')")
        old.commit()


def test_an_evening_by_cron_is_the_first_run_after_an_upgrade(home: Home, hrvctl: Hrvctl) -> None:
    """It migrates by itself, and does not ask for another command first."""
    make_old(home, SCHEMA - 1)
    assert hrvctl("daily").code == 4
    with closing(sqlite3.connect(home.database)) as now:
        assert now.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


@pytest.mark.parametrize("version", range(1, SCHEMA))
def test_an_older_schema_is_kept_before_it_is_migrated(
    home: Home, hrvctl: Hrvctl, version: int
) -> None:
    """From every older schema: the rows are migrated, and the old file is kept."""
    make_old(home, version)
    before = rows(home.database)
    assert hrvctl("data", "exclude", "2026-03-01", "--reason", "sick").code == 0
    assert rows(home.backups / f"before-schema-{version + 1}.db") == before
    with closing(sqlite3.connect(home.database)) as now:
        assert now.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
        assert now.execute("SELECT hrv_ms FROM guesses").fetchall() == [(60,)]


def test_a_killed_restore_leaves_one_of_the_two(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Whenever the process dies, the database is the old one or the new one, whole."""
    saved = tmp_path / "saved.db"
    hrvctl("backup", saved)
    hrvctl("data", "exclude", "2026-03-01", "--reason", "sick")
    old, new = rows(home_with_two_runs.database), rows(saved)
    words = [sys.executable, "-m", "hrvctl", "--home", str(home_with_two_runs.root), "restore"]
    words += [str(saved), "--force"]
    started = time.monotonic()
    subprocess.run([*words, "--dry-run"], stdout=subprocess.DEVNULL, check=True)
    usual_s = time.monotonic() - started
    # Verifying takes most of the time, so the later kills hit the restore itself.
    for share in (0.4, 0.8, 0.95, 1.05):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
            try:
                process.wait(share * usual_s)
            except subprocess.TimeoutExpired:
                process.kill()
        assert rows(home_with_two_runs.database) in (old, new)
        assert hrvctl("ledger", "verify").code == 0


def test_a_backup_without_data_of_the_subject_is_reported(
    home: Home, hrvctl: Hrvctl, export: Path, tmp_path: Path
) -> None:
    """Otherwise the person finds no nights after the restore, and no explanation."""
    saved, other = tmp_path / "saved.db", tmp_path / "other"
    hrvctl("--home", other, "--subject", "anna", "import", export)
    hrvctl("--home", other, "backup", saved)
    done = hrvctl("restore", saved)
    assert done.code == 0
    assert ", of anna." in done.out
    assert "It has no data of me" in done.err
    assert hrvctl("--subject", "anna", "restore", saved, "--force").err == ""
    assert home.exists()


@pytest.mark.usefixtures("home_with_two_runs")
def test_restores_within_a_second_keep_every_replaced_database(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """The test's clock stands still, so both replaced databases have the same time."""
    saved = tmp_path / "saved.db"
    hrvctl("backup", saved)
    replaced, kept = [], []
    for day in ("2026-03-01", "2026-03-02"):
        hrvctl("data", "exclude", day, "--reason", "sick")
        replaced.append(rows(home.database))
        kept.append(Path(hrvctl("restore", saved, "--force", "--json").data["kept"]))
    assert [rows(path) for path in kept] == replaced


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_sound_database_that_cannot_be_kept_is_not_replaced(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Failing to write the copy is no sign of damage."""
    saved = tmp_path / "saved.db"
    hrvctl("backup", saved)
    hrvctl("data", "exclude", "2026-03-01", "--reason", "sick")
    before = rows(home.database)
    home.backups.write_text("a file where the folder should be")
    refused = hrvctl("restore", saved, "--force")
    assert refused.code == 10
    assert "is as it was" in refused.err
    assert rows(home.database) == before


@pytest.mark.parametrize("is_empty", [False, True])
@pytest.mark.usefixtures("home_with_two_runs")
def test_a_home_whose_database_is_gone_is_not_begun_anew(
    home: Home, hrvctl: Hrvctl, export: Path, *, is_empty: bool
) -> None:
    """Each command ends with 10 and has the command that restores the newest backup."""
    hrvctl("backup")
    (saved,) = home.backups.iterdir()
    before = rows(home.database)
    home.database.unlink()
    if is_empty:
        home.database.touch()
    found = tree(home.root)
    for words in (
        ("status",),
        ("daily",),
        ("daily", "--dry-run"),
        ("import", export),
        ("guess", "60"),
        ("journal", "add", "alcohol=1"),
        ("data", "exclude", "2026-03-01", "--reason", "sick"),
        ("rebuild",),
        ("ledger", "verify"),
    ):
        refused = hrvctl(*words)
        assert (words, refused.code) == (words, 10)
        assert f"hrvctl restore {saved}" in refused.err
        assert "begin anew on purpose" in refused.err
    after = tree(home.root)
    assert {name: after.get(name) for name in found if "log" not in name} == {
        name: content for name, content in found.items() if "log" not in name
    }
    checked = hrvctl("doctor")
    assert checked.code == 1
    assert f"hrvctl restore {saved}" in checked.out
    assert hrvctl("restore", saved).code == 0
    assert rows(home.database) == before


@pytest.mark.usefixtures("home_with_two_runs")
def test_artifacts_alone_show_that_a_database_is_gone(home: Home, hrvctl: Hrvctl) -> None:
    """Without a backup there is none to name, and the artifacts are still not overwritten."""
    home.database.unlink()
    refused = hrvctl("daily")
    assert refused.code == 10
    assert "artifacts shows that there was one" in refused.err


def test_a_restore_counts_the_sealed_rows_that_it_takes_back(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """An older backup over a newer home: the rows sealed since are named, in a dry run too."""
    saved = tmp_path / "saved.db"
    hrvctl("backup", saved)
    with closing(sqlite3.connect(saved)) as older, older:
        older.execute("DROP TRIGGER entries_no_delete")
        older.execute("DELETE FROM entries")
        older.execute("DELETE FROM ledger_head")
    n = hrvctl("ledger", "verify", "--json").data["n_rows"]
    for words in (("--dry-run",), ()):
        done = hrvctl("restore", saved, "--force", *words)
        assert done.code == 0
        assert f"by {n} sealed rows" in done.err
    assert home_with_two_runs.exists()


GONE = "2 sealed rows seen before are no longer in the ledger (up to 2026-03-10)"


def seal_after_a_backup(hrvctl: Hrvctl, saved: Path) -> None:
    """Two guesses that the backup does not have."""
    assert hrvctl("backup", saved).code == 0
    for ms in ("70", "71"):
        assert hrvctl("guess", ms).code == 0


def test_rows_that_a_restore_took_back_stay_known(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """No alarm, for a person did it; the evening says it once, and verify and doctor always."""
    saved = tmp_path / "saved.db"
    seal_after_a_backup(hrvctl, saved)
    assert "by 2 sealed rows" in hrvctl("restore", saved, "--force").err
    for day, is_told in ((TODAY, True), (TODAY + timedelta(days=1), False)):
        verified, checked = hrvctl("ledger", "verify"), hrvctl("doctor", on=day)
        assert verified.code == 0
        assert f"Note: {GONE}: an older backup was restored on 2026-03-10." in verified.out
        assert f"unbroken; {GONE}: an older backup was restored" in checked.out
        evening = hrvctl("daily", "--guess", "72", on=day)
        assert (GONE in evening.err) is is_told
    assert home_with_two_runs.heads.stat().st_mode & 0o777 == 0o600


def test_an_older_database_put_in_place_by_hand_is_found(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """It verifies by itself. Evenings go on after one warning; a restore ends the alarm."""
    saved = tmp_path / "saved.db"
    seal_after_a_backup(hrvctl, saved)
    home_with_two_runs.database.with_name("hrvctl.db-wal").unlink(missing_ok=True)
    shutil.copy(saved, home_with_two_runs.database)
    for day, is_told in ((TODAY, True), (TODAY + timedelta(days=1), False)):
        verified, checked = hrvctl("ledger", "verify"), hrvctl("doctor", on=day)
        assert (verified.code, checked.code) == (1, 1)
        assert (
            f"{GONE}: they were rewritten or cut, or another database was put in place"
            in verified.err
        )
        assert f"FAIL ledger: the ledger does not verify; {GONE}" in checked.out
        evening = hrvctl("daily", "--guess", "72", on=day)
        assert evening.code in (0, 4, 5)
        assert (GONE in evening.err) is is_told
    hrvctl("backup", tmp_path / "kept.db")
    assert hrvctl("restore", tmp_path / "kept.db", "--force").code == 0
    verified = hrvctl("ledger", "verify")
    assert verified.code == 0
    assert f"Note: {GONE}" in verified.out


def test_a_restore_without_a_database_counts_what_was_seen(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """The rows of the lost database are known from beside it; its traces alone stop a new one."""
    saved = tmp_path / "saved.db"
    seal_after_a_backup(hrvctl, saved)
    for path in home_with_two_runs.root.iterdir():
        if path != home_with_two_runs.heads:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    refused = hrvctl("daily")
    assert refused.code == 10
    assert "ledger-heads.txt shows that there was one" in refused.err
    assert "by 2 sealed rows" in hrvctl("restore", saved).err


def test_a_damaged_file_of_heads_stops_no_evening(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The evening warns; doctor and verify say how to get out."""
    home_with_two_runs.heads.write_text("x\n")
    evening = hrvctl("daily", "--guess", "72")
    assert evening.code == 0
    assert "ledger-heads.txt, line 1: not a head of the ledger" in evening.err
    for words in (("ledger", "verify"), ("doctor",)):
        done = hrvctl(*words)
        assert done.code == 1
        assert "move it away" in done.out + done.err
    home_with_two_runs.heads.unlink()
    assert hrvctl("ledger", "verify").code == 0


def weekly(home: Home) -> list[str]:
    """The backups made by themselves."""
    return sorted(path.name for path in home.backups.glob("weekly-*"))


@pytest.mark.slow
def test_a_backup_is_made_every_week_and_the_last_three_stay(
    hrvctl: Hrvctl, home_with_two_runs: Home
) -> None:
    """The first a week after the first evening; backups of one's own are left alone."""
    home = home_with_two_runs
    hrvctl("backup")
    (own,) = home.backups.iterdir()
    hrvctl("daily", on=TODAY + timedelta(days=5))
    assert weekly(home) == []
    for days in (6, 7, 13, 20, 27, 34):
        hrvctl("daily", on=TODAY + timedelta(days=days))
    assert [name[7:15] for name in weekly(home)] == ["20260330", "20260406", "20260413"]
    assert own.exists()
    newest = home.backups / weekly(home)[-1]
    assert newest.stat().st_mode & 0o077 == 0
    home.database.unlink()
    assert str(newest) in hrvctl("status").err
    assert hrvctl("restore", str(newest)).code == 0


@pytest.mark.slow
def test_a_damaged_database_takes_no_place_of_a_sound_weekly_backup(
    hrvctl: Hrvctl, home_with_two_runs: Home
) -> None:
    """It is not copied at all."""
    hrvctl("daily", on=TODAY + timedelta(days=7))
    before = weekly(home_with_two_runs)
    assert len(before) == 1
    with closing(sqlite3.connect(home_with_two_runs.database)) as database:
        database.execute("UPDATE measurements SET start_at = 'at noon' WHERE rowid = 1")
        database.commit()
    hrvctl("daily", on=TODAY + timedelta(days=15))
    assert weekly(home_with_two_runs) == before


@pytest.mark.slow
def test_a_weekly_backup_that_cannot_be_made_stops_no_evening(
    hrvctl: Hrvctl, home_with_two_runs: Home
) -> None:
    """It is in the log."""
    home_with_two_runs.backups.write_text("a file where the folder should be")
    assert hrvctl("daily", on=TODAY + timedelta(days=7)).code == 5
    assert "no weekly backup" in home_with_two_runs.log.read_text()

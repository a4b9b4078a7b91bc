"""`hrvctl doctor`: each fault is found and says how to fix it, and no check stops the others."""

import json
import os
import shutil
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import filelock
import pytest

from cli.homes import tree
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
ALWAYS = ["python", "versions", "configuration", "home", "schedule", "disk", "job"]
CHECKS = [
    *("python", "versions", "configuration", "home", "schema", "database", "ledger", "clock"),
    *("data", "backups", "runs", "lock", "last run", "schedule", "disk", "job"),
]


def failed(result: Result) -> dict[str, dict[str, str]]:
    """The checks that failed, by name."""
    return {c["name"]: c for c in result.data["checks"] if not c["is_well"]}


def finding(result: Result, name: str) -> str:
    """What a check found."""
    (found,) = [c["finding"] for c in result.data["checks"] if c["name"] == name]
    return found


def test_all_checks_pass_without_a_home(home: Home, hrvctl: Hrvctl) -> None:
    """A newcomer's first command: the job ran, and no home was made for it."""
    done = hrvctl("doctor")
    assert (done.code, done.err) == (0, "")
    assert "greeting_job ran" in done.out
    assert "does not exist yet" in done.out
    assert not home.root.exists()
    assert [c["name"] for c in hrvctl("doctor", "--json").data["checks"]] == ALWAYS


def test_all_checks_pass_in_a_home_with_two_runs(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """Every check is made; the run of the smoke test is gone again, and only its log stays."""
    before, runs = tree(home_with_two_runs.root), hrvctl("runs", "--json").data
    done = hrvctl("doctor", "--json")
    assert (done.code, failed(done)) == (0, {})
    assert [c["name"] for c in done.data["checks"]] == CHECKS
    assert hrvctl("runs", "--json").data == runs
    after = tree(home_with_two_runs.root)
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    assert {path for path in changed if not path.startswith("dagster/history")} == {"hrvctl.log"}


def break_config(home: Home) -> None:
    """A key nobody knows."""
    (home.root / "config.toml").write_text('modle = "ses"\n')


def break_mode(home: Home) -> None:
    """A home that others can read."""
    home.root.chmod(0o755)


def break_database(home: Home) -> None:
    """A text in place of the database."""
    home.database.write_text("dear diary\n" * 100)


def break_folder(home: Home) -> None:
    """Daily notes in a folder that is gone."""
    (home.root / "config.toml").write_text('journal_folder = "/no/such/folder"\n')


def break_ledger(home: Home) -> None:
    """A row changed after it was sealed."""
    with closing(connect(home.database)) as database, database:
        (trigger,) = database.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'entries_no_update'"
        ).fetchone()
        database.execute("DROP TRIGGER entries_no_update")
        database.execute(
            "UPDATE entries SET payload = json_set(payload, '$.mean', 1) WHERE seq = 2"
        )
        database.execute(trigger)


def break_schema(home: Home) -> None:
    """The number of an hrvctl that is yet to come."""
    with closing(connect(home.database)) as database:
        database.execute("PRAGMA user_version = 99")


def break_clock(home: Home) -> None:
    """Something that was written tomorrow."""
    with closing(connect(home.database)) as database, database:
        database.execute("UPDATE imports SET imported_at = '2026-03-11T21:00:00+02:00'")


def break_zone(home: Home) -> None:
    """Nights slept half the world away."""
    with closing(connect(home.database)) as database, database:
        database.execute("UPDATE measurements SET end_at = substr(end_at, 1, 19) || '-08:00'")


def break_lock(home: Home) -> None:
    """A process of this machine that has held the home since yesterday."""
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": "2026-03-09T21:00:00+02:00",
    }
    home.lock_holder.write_text(json.dumps(holder))


def break_last_run(home: Home) -> None:
    """An evening that failed."""
    with home.log.open("a") as log:
        log.write("2026-03-10 20:30:00+02:00 INFO daily of me ended with 1 (failed)\n")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_is_not_writable_fails_its_check(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """With its own cure, before the job trips over it."""
    home_with_two_runs.root.chmod(0o500)
    try:
        done = hrvctl("--json", "doctor")
    finally:
        home_with_two_runs.root.chmod(0o700)
    (found,) = [check for check in done.data["checks"] if check["name"] == "home"]
    assert not found["is_well"]
    assert "not writable" in found["finding"]


def test_another_zone_is_doubtful_and_no_failure(
    home_with_two_runs: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who travels, or whose server runs in UTC, is told; a zone that is none is a fault."""
    break_zone(home_with_two_runs)
    done = hrvctl("doctor")
    assert done.code == 0
    assert "WARN clock: " in done.out
    assert "were slept at UTC-0800" in done.out
    monkeypatch.setenv("TZ", "Nope/Zone")
    done = hrvctl("doctor")
    assert (done.code, "FAIL clock: TZ='Nope/Zone' is no time zone" in done.out) == (1, True)


@pytest.mark.parametrize(
    ("damage", "name", "part"),
    [
        (break_config, "configuration", "did you mean 'model'?"),
        (break_folder, "configuration", "/no/such/folder does not exist"),
        (break_mode, "home", "can be read by others"),
        (break_database, "schema", "not a database"),
        (break_schema, "schema", "has schema 99"),
        (break_ledger, "ledger", "row 2: its content was changed after it was sealed"),
        (break_clock, "clock", "imports was written on 2026-03-11 21:00 +0200"),
        (break_lock, "lock", "process {pid} on"),
        (break_last_run, "last run", "2026-03-10 20:30, failed (1)"),
    ],
)
def test_each_fault_is_found_with_how_to_fix_it(
    home_with_two_runs: Home, hrvctl: Hrvctl, damage: Callable[[Home], None], name: str, part: str
) -> None:
    """Exit 1, one line a fault, and all other checks still made."""
    damage(home_with_two_runs)
    done = hrvctl("doctor", "--json")
    found = failed(done)
    assert (done.code, list(found)) == (1, [name])
    assert part.format(pid=os.getpid()) in found[name]["finding"]
    assert found[name]["cure"]
    assert [error["code"] for error in done.json["errors"]] == [f"doctor_{name}"]


@pytest.mark.usefixtures("home_with_two_runs")
def test_stale_data_fail_the_check(hrvctl: Hrvctl) -> None:
    """With where to put new ones."""
    done = hrvctl("doctor", "--json", on=TODAY + timedelta(days=4))
    assert list(failed(done)) == ["data"]
    assert "the last night is 2026-03-10, 4 days ago" in failed(done)["data"]["finding"]
    assert "inbox" in failed(done)["data"]["cure"]


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_schedule_that_does_not_run_fails_its_check(
    hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day's silence is not yet one: the machine may have slept."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    units = tmp_path / "systemd" / "user"
    units.mkdir(parents=True)
    written = hrvctl("schedule", "install", "--with", "systemd", "--dry-run", "--json").data
    for path, text in written["written"].items():
        assert Path(path).parent == units
        Path(path).write_text(text)
    for days, is_well in ((0, True), (1, True), (2, False)):
        done = hrvctl("doctor", "--json", on=TODAY + timedelta(days=days))
        assert ("schedule" not in failed(done)) == is_well
    assert "systemd at 21:30, but the last run was 2026-03-10 20:00" in finding(done, "schedule")


def test_a_run_of_a_dead_process_is_reported_and_closed(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Nobody has to do anything about it, so it is no fault."""
    with closing(connect(home_with_two_runs.dagster / "history" / "runs.db")) as history, history:
        history.execute("UPDATE runs SET status = 'STARTED' WHERE id = 2")
    done = hrvctl("doctor", "--json")
    assert done.code == 0
    assert "1 left by a process that died" in finding(done, "runs")
    assert "left by" not in finding(hrvctl("doctor", "--json"), "runs")
    assert "failure" in {run["status"] for run in hrvctl("runs", "--json").data["runs"]}


def test_a_file_in_place_of_the_home_fails_one_check(home: Home, hrvctl: Hrvctl) -> None:
    """Even where there can be no home the doctor looks at all the rest."""
    home.root.write_text("here")
    done = hrvctl("doctor", "--json")
    assert (done.code, list(failed(done))) == (1, ["home"])


def test_a_run_in_progress_fails_the_smoke_test(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The doctor does not wait for it."""
    with filelock.FileLock(home_with_two_runs.root / "lock"):
        assert "another run" in failed(hrvctl("doctor", "--json"))["job"]["finding"]


def test_secrets_are_not_shown(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """People paste this into bug reports: of an address the host, of a command that it is set."""
    hrvctl("config", "set", "ping_url", "https://me:hunter2@example.org/swordfish")
    hrvctl("config", "set", "on_failure", "mail swordfish")
    done = hrvctl("doctor")
    assert "ping_url example.org" in done.out
    assert "swordfish" not in done.out
    assert "hunter2" not in done.out
    assert home_with_two_runs.exists()


def test_quiet_prints_only_when_a_check_fails(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """Under cron: silent when all is well, the whole report when not."""
    assert hrvctl("--quiet", "doctor").out == ""
    break_mode(home_with_two_runs)
    assert "FAIL home" in hrvctl("--quiet", "doctor").out


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("DROP TABLE excluded_days", "table excluded_days is missing"),
        ("DROP TRIGGER entries_no_update", "trigger entries_no_update is missing"),
    ],
)
def test_a_missing_table_or_trigger_is_found(
    home_with_two_runs: Home, hrvctl: Callable[..., Result], statement: str, finding: str
) -> None:
    """SQLite's own check knows nothing of what should be there."""
    with closing(connect(home_with_two_runs.database)) as connection, connection:
        connection.execute(statement)
    done = hrvctl("doctor")
    assert done.code == 1
    assert finding in done.out


def test_the_newest_backup_is_named(home_with_two_runs, hrvctl):
    """Who has lost something is told what to restore; who has no backup, how to make one."""
    shutil.rmtree(home_with_two_runs.backups, ignore_errors=True)
    assert "hrvctl backup makes one" in finding(hrvctl("doctor", "--json"), "backups")
    made = hrvctl("backup", "--json").data["file"]
    assert finding(hrvctl("doctor", "--json"), "backups").endswith(made)

"""`--dry-run` writes nothing: every command that has it, found by asking the program."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer

from cli.homes import tree
from conftest import Result
from hrvctl.cli.app import app
from hrvctl.domain.forecast.learned_prior import MIN_PEOPLE
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile
from hrvctl.store.home import Home
from usecases.cohorts.made_up import table_of

Hrvctl = Callable[..., Result]

# What each is called with; `{other}` is a table with one more night, `{saved}` a backup of before,
# `{free}` and `{key}` paths where nothing is, `{cohort}` a cohort of the table `{nights}`. A
# command that is not here fails the test.
WORDS = {
    "daily": "--guess 60 --import {other} --catch-up",
    "report": "{free}",
    "reconcile": "--date 2026-03-10 --actual 63 --reason slipped",
    "import": "{other}",
    "export": "{free}",
    "pull": "",
    "receive": "",
    "guess": "60",
    "fork": "--branch dry:alcohol=0",
    "backup": "",
    "restore": "{saved} --force",
    "prune": "",
    "rebuild": "",
    "bug-report": "{free}",
    "ui": "--no-open",
    "journal add": "two beers --tag sick",
    "journal edit": "",
    "journal undo": "",
    "journal remove": "alcohol",
    "data prefer": "whoop",
    "data exclude": "2026-03-01 --reason sick",
    "data include": "2026-03-02",
    "data forget": "--source whoop",
    "ledger exclude": "2027-03-11 --reason ahead",
    "ledger include": "2027-03-10 --reason slip",
    "schedule install": "--with systemd",
    "schedule remove": "",
    "config set": "model ses",
    "config unset": "keep_runs",
    "config edit": "",
    "cohort import": "{nights} {free} --zone UTC",
    "cohort run": "{cohort}",
    "cohort withdraw": "{cohort} p001 --yes",
    "cohort learn-prior": "{cohort} --out {free}",
    "cohort export": "{cohort} {free} --pseudonymise --key {key}",
}


def dry_commands(group: typer.Typer, before: str = "") -> Iterator[str]:
    """Every command with ``--dry-run``, as it is typed."""
    for command in group.registered_commands:
        assert command.callback is not None
        if "dry_run" in inspect.signature(command.callback).parameters:
            yield f"{before}{command.name}"
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from dry_commands(inner.typer_instance, f"{before}{inner.name} ")


@pytest.fixture
def words(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The words of each command, in a home where each of them would have something to do."""
    monkeypatch.setenv("VISUAL", "sed -i -e s/beer/wine/ -e s/keep_runs/keep_days/")
    other, saved = tmp_path / "other.csv", tmp_path / "saved.db"
    other.write_text("date,hrv_ms\n2025-12-01,60\n")
    (home_with_two_runs.inbox / "waiting.csv").write_text("date,hrv_ms\n2025-12-02,61\n")
    file = ConnectionFile(home_with_two_runs, "me", Vendor.INTERVALS)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    file.save(Connection(vendor=file.vendor, connected_at=at, folder_id=0, secret=str(at)))
    hrvctl("backup", saved)
    hrvctl("journal", "add", "one beer")
    hrvctl("data", "exclude", "2026-03-02", "--reason", "sick")
    hrvctl("config", "set", "keep_runs", "1")
    hrvctl("guess", "60", on=date(2027, 3, 10))
    hrvctl("ledger", "exclude", "2027-03-10", "--reason", "ahead")
    hrvctl("guess", "60", on=date(2027, 3, 11))
    places = {name: tmp_path / name for name in ("free", "key", "cohort")}
    places |= {"other": other, "saved": saved, "nights": tmp_path / "nights.csv"}

    def of_command(name: str) -> list[str]:
        if name.startswith("cohort"):
            table_of(MIN_PEOPLE, 40).to_csv(places["nights"], index=False)
            found = hrvctl("cohort", "import", places["nights"], places["cohort"], "--zone", "UTC")
            assert not found.err
        return [*name.split(), *WORDS[name].format(**places).split()]

    return of_command


@pytest.mark.parametrize("name", sorted(dry_commands(app)))
def test_a_dry_run_leaves_every_byte_as_it_was(
    hrvctl: Hrvctl, tmp_path: Path, words: Callable[[str], list[str]], name: str
) -> None:
    """In the home, beside it, and where the system keeps schedules."""
    given = words(name)
    before = tree(tmp_path)
    done = hrvctl(*given, "--dry-run", "--json")
    assert done.code in (0, 4, 5), done
    assert done.data["is_dry_run"] is True
    assert tree(tmp_path) == before


def test_no_command_is_forgotten() -> None:
    """The list above is that of the program."""
    assert sorted(WORDS) == sorted(dry_commands(app))

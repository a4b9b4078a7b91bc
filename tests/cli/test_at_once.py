"""Several programs in one home at once: each waits its turn, or says whom it waited for."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import pytest

from cli.homes import make_export
from conftest import TODAY, Result
from hrvctl.store.home import Home

pytestmark = pytest.mark.slow

Hrvctl = Callable[..., Result]

WRITING = {
    "import": "{table}",
    "journal add": "two beers",
    "journal undo": "",
    "guess": "60",
    "data exclude": "2026-03-01 --reason sick",
    "data prefer": "whoop",
    "restore": "{saved} --force",
    "rebuild": "",
}
READING = ("status", "show forecast", "show ledger", "journal list", "ledger verify", "data list")


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.usefixtures("home_with_two_runs")
def test_a_short_write_waits_for_a_run_to_end(
    home: Home, hrvctl: Hrvctl, tmp_path: Path, name: str
) -> None:
    """It is done as soon as the home is free, and not before."""
    table, saved = tmp_path / "table.csv", tmp_path / "saved.db"
    table.write_text("date,hrv_ms\n2025-12-01,60\n")
    hrvctl("backup", saved)
    hrvctl("journal", "add", "one beer")
    at_work = filelock.FileLock(home.root / "lock", thread_local=False)
    at_work.acquire()
    is_free = threading.Event()

    def end() -> None:
        is_free.set()
        at_work.release()

    threading.Timer(0.4, end).start()
    words = WRITING[name].format(table=table, saved=saved).split()
    assert hrvctl(*name.split(), *words).code == 0
    assert is_free.is_set()


@pytest.mark.usefixtures("home_with_two_runs")
def test_readers_never_wait(home: Home, hrvctl: Hrvctl) -> None:
    """A command that only reads ends well while a run is at work; one that waits ends with 11."""
    with filelock.FileLock(home.root / "lock"):
        for name in READING:
            assert hrvctl(*name.split()).code == 0, name


def test_the_first_runs_in_a_new_home_may_come_at_once(home: Home, tmp_path: Path) -> None:
    """One does it all, the others are told; readers beside them see nothing or everything."""
    export = make_export(tmp_path / "export", last_day=TODAY)

    def call(words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hrvctl", "--home", str(home.root), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    calls = [["daily", "--import", str(export)]] * 3 + [["status"]] * 3
    with ThreadPoolExecutor(len(calls)) as pool:
        done = list(pool.map(call, calls))
    # By the real clock the export is old: 5 is an evening that was done.
    assert {d.returncode for d in done[:3]} <= {5, 11}
    assert 5 in {d.returncode for d in done[:3]}
    assert {d.returncode for d in done[3:]} <= {0, 4}
    assert "database is locked" not in "".join(d.stdout + d.stderr for d in done)

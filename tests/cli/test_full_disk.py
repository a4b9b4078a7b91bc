"""A disk that can take no more: said as such, nothing reported is lost, and it goes on after."""

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from conftest import Result
from hrvctl.errors import ExitCode
from hrvctl.store.disk import disk_error
from hrvctl.store.home import Home

pytestmark = pytest.mark.slow

Hrvctl = Callable[..., Result]

# The program in a process whose files can grow to so many bytes and no further.
SQUEEZED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv[1:2] = []
from hrvctl.cli.main import main
main()
"""


def squeezed(home: Home, n_bytes: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Give a command that can make no file longer than that."""
    return subprocess.run(
        [sys.executable, "-c", SQUEEZED, str(n_bytes), "--home", str(home.root), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("n_bytes", [0, 4_096, 150_000, 300_000])
def test_a_full_disk_is_told_and_the_next_run_goes_on(
    home_with_two_runs: Home, hrvctl: Hrvctl, n_bytes: int
) -> None:
    """Wherever it strikes: a clear word, exit 10, and what ended with 0 is there."""
    notes = []
    for words in (("journal", "add", "two beers"), ("daily",)):
        done = squeezed(home_with_two_runs, n_bytes, *words)
        assert done.returncode in (ExitCode.DONE, ExitCode.HOME, ExitCode.STALE), done
        assert "Traceback" not in done.stderr
        assert "a bug" not in done.stderr
        assert done.returncode == ExitCode.DONE or done.stderr or done.stdout
        notes += [words] if done.returncode == ExitCode.DONE and words[0] == "journal" else []
    with closing(sqlite3.connect(home_with_two_runs.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM notes").fetchone() == (len(notes),)
    assert hrvctl("ledger", "verify").code == 0
    assert hrvctl("daily").code in (0, 4)


@pytest.mark.parametrize(
    "words", ["restore {saved} --force", "ledger verify --against {saved}", "daily --dry-run"]
)
def test_a_full_temporary_folder_is_told_from_a_full_home(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path, words: str
) -> None:
    """A backup is looked at, and a dry run made, in a copy there: that is named, not the home."""
    saved = tmp_path / "saved.db"
    assert hrvctl("backup", saved).code == 0
    done = squeezed(home_with_two_runs, 100_000, *words.format(saved=saved).split())
    assert done.returncode == ExitCode.HOME
    assert "cannot copy the database to " in done.stderr
    assert "with TMPDIR" in done.stderr
    assert str(home_with_two_runs.root) not in done.stderr


def test_a_disk_without_room_for_a_run_is_told_before_it(
    home_with_two_runs: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how much there is, how much is needed, and what takes old runs away."""
    monkeypatch.setattr("hrvctl.store.disk.RUN_BYTES", 2**70)
    done = hrvctl("daily")
    assert done.code == ExitCode.HOME
    assert "the disk is full" in done.err
    assert "hrvctl prune" in done.err
    assert hrvctl("prune").code == 4
    assert home_with_two_runs.exists()


def test_a_home_that_is_closed_while_nobody_is_root(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Files that may not be written are no bug; opened again all is well."""
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere; benchmarks/faults.py does this without its powers")
    for place in (
        home_with_two_runs.dagster,
        home_with_two_runs.artifacts("me"),
        home_with_two_runs.root,
    ):
        place.chmod(0o500)
        for words in (("daily",), ("backup",)):
            done = hrvctl(*words)
            assert done.code in (0, 4, ExitCode.HOME), done
            assert "a bug" not in done.err
        place.chmod(0o700)
        assert hrvctl("daily").code in (0, 4)


def test_what_is_a_fault_of_the_disk_and_what_is_not(tmp_path: Path) -> None:
    """A full disk anywhere; a closed file within the home; the cause behind an error counts."""
    within, without = tmp_path / "hrvctl.db", Path("/elsewhere/export.csv")

    def fault(code: int, path: Path | None = None) -> OSError:
        return OSError(code, os.strerror(code), *([str(path)] if path else []))

    for error in (fault(errno.ENOSPC), fault(errno.ENOSPC, without), fault(errno.EACCES, within)):
        told = disk_error(tmp_path, error)
        assert told is not None
        assert told.exit_code == ExitCode.HOME
    for error in (fault(errno.EACCES, without), fault(errno.ENOENT, within), ValueError("no")):
        assert disk_error(tmp_path, error) is None
    wrapped = RuntimeError("a stage failed")
    wrapped.__cause__ = fault(errno.EDQUOT, within)
    assert disk_error(tmp_path, wrapped) is not None

"""Every exit code that is documented, each from a process of its own, on the real clock."""

import contextlib
import ctypes
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import filelock
import pytest

from cli.homes import make_export
from conftest import Result
from hrvctl.errors import ExitCode
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile
from hrvctl.store.home import Home, create_home

pytestmark = pytest.mark.slow

Program = Callable[..., Result]
IN_OPEN = 0x20  # inotify's event of an opened file
PAGE = Path(__file__).parents[2] / "docs" / "exit-codes-and-json.md"


@pytest.fixture
def fresh_export(tmp_path: Path, real_today: date) -> Path:
    """An export up to today's real date."""
    return make_export(tmp_path / "fresh", last_day=real_today)


def test_0_when_it_was_done(program: Program, fresh_export: Path) -> None:
    """An import that stored something ends well, with its result on stdout alone."""
    done = program("import", fresh_export)
    assert (done.code, done.err) == (ExitCode.DONE, "")
    assert "values stored" in done.out


def test_1_when_it_failed(program: Program, tmp_path: Path) -> None:
    """A file that is not there: what is wrong and what to do on stderr, nothing on stdout."""
    done = program("import", tmp_path / "gone.csv")
    assert (done.code, done.out) == (ExitCode.FAILED, "")
    assert "gone.csv" in done.err


def test_2_when_the_words_make_no_sense(program: Program) -> None:
    """An unknown option is named, with the command whose help to ask for."""
    done = program("status", "--colour")
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert "--colour" in done.err
    assert "hrvctl status --help" in done.err


def test_3_when_one_file_was_refused(program: Program, fresh_export: Path, tmp_path: Path) -> None:
    """All else was done; the one that was not is named on stderr."""
    empty = tmp_path / "empty.csv"
    empty.touch()
    done = program("import", empty, fresh_export)
    assert done.code == ExitCode.PARTIAL
    assert "values stored" in done.out
    assert "empty.csv: the file is empty" in done.err


def test_4_when_there_is_nothing_new(program: Program, fresh_export: Path) -> None:
    """Importing the same export again changes nothing, and says so."""
    program("import", fresh_export)
    again = program("import", fresh_export)
    assert again.code == ExitCode.NOTHING_NEW
    assert "Nothing new" in again.out


def test_5_when_the_data_is_stale(program: Program, tmp_path: Path, real_today: date) -> None:
    """Three nights missing: a forecast that looks further ahead, and a word on why."""
    last = real_today - timedelta(days=3)
    program("import", make_export(tmp_path / "old", last_day=last))
    done = program("daily")
    assert done.code == ExitCode.STALE
    assert str(last) in done.out


def test_6_when_a_vendor_wants_another_sign_in(program: Program, home: Home) -> None:
    """The connection has ended; the vendor is not asked, and the way back is named."""
    file = ConnectionFile(home, "me", Vendor.INTERVALS)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    secret, ended = "made up", "it was deleted"
    file.save(
        Connection(vendor=file.vendor, connected_at=at, folder_id=0, secret=secret, ended=ended)
    )
    done = program("pull")
    assert (done.code, done.out) == (ExitCode.SIGN_IN, "Nothing new.\n")
    assert "hrvctl: intervals: it was deleted\n  sign in: hrvctl connect intervals" in done.err


def test_10_when_the_home_cannot_be_used(program: Program, home: Home) -> None:
    """A home below a file can never be."""
    home.root.write_text("a file")
    done = program("status")
    assert done.code == ExitCode.HOME
    assert str(home.root) in done.err


def test_11_when_another_run_is_at_work(program: Program, home: Home) -> None:
    """The second run says so at once and changes nothing."""
    create_home(home)
    with filelock.FileLock(home.root / "lock"):
        done = program("reconcile")
    assert done.code == ExitCode.LOCKED
    assert "another run" in done.err
    assert not home.exists()


def test_12_when_the_configuration_has_faults(program: Program) -> None:
    """A misspelt variable is not silently without effect."""
    done = program("status", HRVCTL_MODLE="ses")
    assert done.code == ExitCode.CONFIG
    assert "did you mean 'HRVCTL_MODEL'?" in done.err


@pytest.mark.parametrize(
    ("sign", "code"),
    [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)],
)
def test_130_and_143_when_stopped_in_a_run(
    home: Home, fresh_export: Path, sign: signal.Signals, code: ExitCode
) -> None:
    """Stopped in the middle of the job: one clear line, no traceback, no stuck lock, cancelled."""
    words = [sys.executable, "-m", "hrvctl", "--home", str(home.root)]
    subprocess.run([*words, "import", str(fresh_export)], check=True, capture_output=True)
    with subprocess.Popen(
        [*words, "daily"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not home.lock_holder.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, sign)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert err.startswith("hrvctl: stopped")
    assert "Traceback" not in err
    with filelock.FileLock(home.root / "lock", timeout=0):
        pass
    listed = subprocess.run([*words, "runs", "--json"], check=True, capture_output=True, text=True)
    runs = json.loads(listed.stdout)["data"]["runs"]
    assert [run["status"] for run in runs if run["job"] == "hrv_daily_job"] in ([], ["canceled"])


@contextlib.contextmanager
def opening_of(path: Path) -> Iterator[Callable[[], None]]:
    """Watch a file by Linux's inotify; yields a function that waits until someone opens it."""
    libc = ctypes.CDLL(None)
    watch = libc.inotify_init()
    assert libc.inotify_add_watch(watch, os.fsencode(path), IN_OPEN) >= 0

    def wait() -> None:
        assert select.select([watch], [], [], 60)[0], f"nobody opened {path}"

    yield wait
    os.close(watch)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's inotify")
def test_143_when_stopped_by_the_system_outside_a_run(home: Home) -> None:
    """A command that waits for another one ends as cleanly, envelope and all."""
    create_home(home)
    words = [sys.executable, "-m", "hrvctl", "--home", str(home.root), "--json"]
    with (
        filelock.FileLock(home.root / "lock"),
        opening_of(home.root / "lock") as wait,
        subprocess.Popen(
            [*words, "data", "exclude", "2026-03-01", "--reason", "sick"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        wait()
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (ExitCode.TERMINATED, "")
    assert json.loads(out)["status"] == "terminated"


def test_every_code_is_documented() -> None:
    """The table in docs/ and the program's own list are the same."""
    documented = re.findall(r"^\| (\d+) \| \w", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(map(int, documented)) == sorted(ExitCode)

"""A FIFO, a device, a folder or a looped link where a file belongs: a sentence, and no wait."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import Result
from hrvctl.errors import HrvctlError
from hrvctl.store.home import Home, create_home
from hrvctl.store.memory import check_memory

Hrvctl = Callable[..., Result]

# Longest that a command may take before it counts as waiting for good, seconds.
PATIENCE_S = 120
# Every file that a command opens by itself, below the home.
PLACES = (
    "config.toml",
    "vocabulary.toml",
    "hrvctl.db",
    "hrvctl.log",
    "ledger-heads.txt",
    "lock",
    "lock.json",
    "backups",
    "inbox/export.csv",
    "dagster/dagster.yaml",
    "dagster/.opening.lock",
    "dagster/history",
    "dagster/artifacts/me/agent_forecast.json",
    "dagster/artifacts/me/intelligence_summary.json",
    "dagster/artifacts/me/predictions_registry.csv",
)
# Commands that load nothing heavy, and those that run a job.
LIGHT = ("status", "show forecast", "guess 60", "journal add tea", "config show", "config check")
HEAVY = ("daily", "runs", "doctor", "prune")


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """End a test that waits for good."""

    def stop(*_: object) -> None:
        raise RuntimeError("it waits for good")  # an OSError would pass for the file's own

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S, 1)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def put(kind: str, path: Path) -> None:
    """Something else in a file's place; what was there goes."""
    if path.is_dir():
        path.rename(path.with_name(f"was {path.name}"))
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else path)


def check(done: Result, words: str) -> None:
    """It ended with a code of ours, and in words."""
    assert done.code in {0, 1, 2, 3, 4, 5, 10, 11, 12}, words
    assert "a bug" not in done.err, (words, done.err)
    assert "Traceback" not in done.err, words


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "loop"])
@pytest.mark.parametrize("place", PLACES)
def test_light_commands_end_in_words(
    hrvctl: Hrvctl, home_with_two_runs: Home, place: str, kind: str
) -> None:
    """Whatever stands in a file's place."""
    put(kind, home_with_two_runs.root / place)
    for words in LIGHT:
        check(hrvctl(*words.split()), words)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "loop"])
@pytest.mark.parametrize("place", PLACES)
def test_jobs_end_in_words(hrvctl: Hrvctl, home_with_two_runs: Home, place: str, kind: str) -> None:
    """The run history is expendable: what is wrong in it stops no evening."""
    put(kind, home_with_two_runs.root / place)
    for words in HEAVY:
        done = hrvctl(*words.split())
        check(done, words)
        if words == "daily" and "artifacts" in place and kind == "folder":
            assert (done.code, "move " in done.err) == (10, True), done.err
        elif words == "daily" and place.startswith("dagster/"):
            assert done.code in {0, 4, 5}, done.err


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "loop"])
def test_files_named_on_the_command_line_end_in_words(
    hrvctl: Hrvctl, home: Home, tmp_path: Path, kind: str
) -> None:
    """Those that are read, and those that would be written."""
    create_home(home)
    there = tmp_path / "there"
    put(kind, there)
    for words in (
        "restore",
        "import",
        "backup",
        "export",
        "bug-report",
        "backtest --csv",
        "report",
    ):
        check(hrvctl(*words.split(), str(there)), words)
    check(hrvctl("config", "set", "vocabulary", str(there)), "config set")
    check(hrvctl("journal", "add", "tea"), "journal add")


def test_a_file_system_without_locks_is_named(
    hrvctl: Hrvctl, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a lock file that an earlier run left there is not taken for a run at work."""
    import errno
    import fcntl

    create_home(home)
    (home.root / "lock").write_text("left over")
    for number in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP):

        def refuse(*_: object, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(fcntl, "flock", refuse)
        done = hrvctl("data", "exclude", "2026-03-01", "--reason", "sick")
        assert (done.code, "a home on a local disk" in done.err) == (10, True), done.err
        assert "another run" not in done.err


@pytest.mark.parametrize(
    ("words", "limit_mb"),
    [
        ("daily", 510),
        ("backtest", 350),
        ("what-if alcohol=1", 350),
        ("reconcile", 300),
        ("runs", 290),
    ],
)
def test_too_little_memory_ends_in_a_sentence(imported: Home, words: str, limit_mb: int) -> None:
    """Before a run or a backtest that would wait for memory for good, and whatever else fails."""
    (imported.dagster / "history").mkdir(parents=True)
    limit = f"ulimit -v {limit_mb * 1024}; exec {sys.executable} -m hrvctl"
    done = subprocess.run(
        ["/bin/sh", "-c", f'{limit} --home "$0" {words}', imported.root],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 1
    assert "not enough memory" in done.stderr
    assert "a bug" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_with_too_little_memory_is_named(tmp_path: Path, version: int) -> None:
    """The system would end the run without a word; the tightest of the enclosing groups counts."""
    groups, root = tmp_path / "cgroup", tmp_path / "sys"
    if version == 1:
        groups.write_text("5:cpu:/pod\n4:memory:/pod/app\n0::/\n")
        top, file, unlimited = root / "memory", "memory.limit_in_bytes", 2**63 - 4096
    else:
        groups.write_text("0::/pod/app\n")
        top, file, unlimited = root, "memory.max", "max"
    (top / "pod" / "app").mkdir(parents=True)
    for folder, limit in ((top, unlimited), (top / "pod", 2**31), (top / "pod/app", unlimited)):
        (folder / file).write_text(f"{limit}\n")
    check_memory(groups, root)
    (top / "pod" / file).write_text(f"{200 * 2**20}\n")
    with pytest.raises(HrvctlError, match="the limit of this container is 200 MB"):
        check_memory(groups, root)
    check_memory(tmp_path / "none", root)


@pytest.mark.parametrize("kind", ["file", "loop"])
def test_a_file_in_place_of_the_backups_ends_in_words(
    hrvctl: Hrvctl, imported: Home, tmp_path: Path, kind: str
) -> None:
    """`hrvctl backup` without a name writes into that folder."""
    if kind == "file":
        imported.backups.write_text("")
    else:
        imported.backups.symlink_to("backups")
    saved = tmp_path / "saved.db"
    assert hrvctl("backup", saved).code == 0
    for words in (["backup"], ["restore", saved, "--force"]):
        done = hrvctl(*words)
        assert (done.code, f"move {imported.backups} away" in done.err) == (10, True), done.err


def test_a_file_in_place_of_the_artifacts_ends_in_words(
    hrvctl: Hrvctl, home_with_two_runs: Home
) -> None:
    """The folder that a person's files are written into."""
    folder = home_with_two_runs.artifacts("me")
    shutil.rmtree(folder)
    folder.write_text("")
    for words in ("daily", "rebuild"):
        done = hrvctl(words)
        assert (done.code, f"move {folder} away" in done.err) == (10, True), done.err


def test_a_time_zone_that_is_none_is_named(
    program: Callable[..., Result],
) -> None:
    """Beyond a day's hours no clock can be read."""
    done = program("status", TZ="UTC+25")
    assert (done.code, "is not a time zone" in done.err) == (12, True)
    assert "Traceback" not in done.err


@pytest.mark.parametrize("words", ["config set keep_runs", "config set llm_timeout_s"])
def test_a_number_of_five_thousand_digits_is_a_fault_of_the_settings(
    hrvctl: Hrvctl, home: Home, words: str
) -> None:
    """As a word and in the file."""
    digits = "9" * 5000
    done = hrvctl(*words.split(), digits)
    assert (done.code, "a bug" in done.err) == (12, False)
    create_home(home)
    (home.root / "config.toml").write_text(f"{words.split()[-1]} = {digits}\n")
    done = hrvctl("status")
    assert (done.code, "a bug" in done.err) == (12, False)

"""How the program speaks: results on stdout, all else on stderr, and no more than was asked for."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from cli.homes import make_export
from conftest import TODAY, Result
from hrvctl.store.home import Home

pytestmark = pytest.mark.slow

Hrvctl = Callable[..., Result]
BASH = ["bash", "-o", "pipefail", "-c"]


def shell(home: Home, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell, with `hrvctl` standing for the program in the test's home."""
    call = f'hrvctl() {{ "{sys.executable}" -m hrvctl --home "{home.root}" "$@"; }}\n'
    return subprocess.run(
        [*BASH, call + line],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=False,
        timeout=60,
    )


def test_quiet_says_nothing_when_all_is_well(imported: Home, hrvctl: Hrvctl) -> None:
    """Under cron a good evening is silent."""
    assert imported.exists()
    for words in (("status",), ("guess", "60"), ("daily",), ("daily",)):
        done = hrvctl("--quiet", *words)
        assert hrvctl(*words, "--quiet").out == ""  # it may stand after the command as well
        assert (done.out, done.err) == ("", "")
        assert done.code in (0, 4)


def test_quiet_still_says_what_needs_a_person(home: Home, hrvctl: Hrvctl, tmp_path: Path) -> None:
    """Stale data, refused files and errors are said all the same."""
    hrvctl("import", make_export(tmp_path / "old", last_day=TODAY - timedelta(days=4)))
    stale = hrvctl("--quiet", "daily")
    assert stale.code == 5
    assert "4 days" in stale.out or "5 days" in stale.out
    (home.inbox / "empty.csv").touch()
    partial = hrvctl("--quiet", "daily")
    assert partial.code == 3
    assert "empty.csv: the file is empty" in partial.err
    assert hrvctl("--quiet", "import", "gone.csv").err.startswith("hrvctl: ")


def test_pipe_that_closes_early_is_no_error(home_with_two_runs: Home, export: Path) -> None:
    """`| head` gets its line, and nobody complains."""
    assert export.is_dir()
    done = shell(
        home_with_two_runs,
        "hrvctl journal list --all | head -n 1; hrvctl --json journal list | true",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("day")
    assert shell(home_with_two_runs, "hrvctl --help | true").stderr == ""


@pytest.mark.parametrize("words", ["status", "--json status"])
def test_closed_streams_are_no_error(home_with_two_runs: Home, words: str) -> None:
    """Who closes stdout or stderr wants the exit code alone."""
    done = shell(
        home_with_two_runs, f"hrvctl {words} >&-; echo $?; hrvctl {words} 2>&- >/dev/null; echo $?"
    )
    assert (done.stdout, done.stderr) == ("0\n0\n", "")


@pytest.mark.parametrize("words", ["status", "--json status"])
def test_full_disk_behind_stdout_is_told(home_with_two_runs: Home, words: str) -> None:
    """A result that was lost is no success."""
    if not Path("/dev/full").exists():  # not on every system
        return
    done = shell(home_with_two_runs, f"hrvctl {words} > /dev/full")
    assert done.returncode == 1
    assert "could not be written to stdout" in done.stderr
    assert "Traceback" not in done.stderr


def test_terminal_of_another_encoding_gets_what_it_can_show(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """A sign that it has not is escaped, and nothing breaks."""
    hrvctl("journal", "add", "ö 🍺")
    line = "hrvctl journal undo --dry-run | iconv -f latin1 -t utf8"
    done = shell(home_with_two_runs, line, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ö \\U0001f37a" in done.stdout


def test_words_that_are_no_text_are_refused(home_with_two_runs: Home) -> None:
    """Bytes that are not UTF-8 could not be stored."""
    done = shell(home_with_two_runs, "hrvctl journal add $'\\xff'")
    assert (done.returncode, "is not UTF-8 text" in done.stderr) == (2, True)


def on_terminal(words: list[str], **variables: str) -> str:
    """What the program writes when stdout is a terminal."""
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | variables
    with subprocess.Popen(
        [sys.executable, "-m", "hrvctl", *words], stdout=theirs, env=environment
    ) as process:
        process.wait(timeout=60)
    said = os.read(ours, 65536).decode()
    os.close(theirs)
    os.close(ours)
    return said


def test_no_color_is_obeyed(
    home: Home, program: Callable[..., Result], tmp_path: Path, real_today: date
) -> None:
    """Colours on a terminal, none when its owner wants none, none in a pipe."""
    program("import", make_export(tmp_path / "fresh", last_day=real_today))
    words = ["--home", str(home.root), "status"]
    variables = {"TERM": "xterm-256color"}
    assert "\x1b[" in on_terminal(words, **variables)
    assert "\x1b[" not in on_terminal(words, NO_COLOR="1", **variables)
    assert "\x1b[" not in shell(home, "hrvctl status").stdout


def test_note_cannot_break_the_table_or_the_terminal(hrvctl: Hrvctl) -> None:
    """Line breaks in a note are shown as blanks, escapes as text; the data keeps them."""
    note = "one\ntwo\x1b[2J"
    hrvctl("journal", "add", note)
    assert hrvctl("journal", "undo", "--dry-run").out.splitlines() == [
        "Taken back: Tue 10 Mar 2026: one two\\x1b[2J",
        "Dry run: nothing was written.",
    ]
    assert hrvctl("journal", "list", "--json").data["notes"][0]["text"] == note


def test_no_words_at_all_show_the_help(hrvctl: Hrvctl) -> None:
    """A newcomer who types the name alone learns where to begin; it is no error."""
    done = subprocess.run(
        [sys.executable, "-m", "hrvctl"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "hrvctl daily --demo" in done.stdout
    assert hrvctl("--help").code == 0

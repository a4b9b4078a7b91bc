"""`hrvctl schedule`: our own lines, everybody else's untouched, and what systems can parse."""

import plistlib
import shlex
import shutil
import subprocess
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.homes import tree
from conftest import Result
from hrvctl.cli import schedules
from hrvctl.cli.schedules import Entry
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]

# Stands for Debian's crontab: lists and replaces a file, and says "no crontab" when there is none.
CRONTAB = """#!/bin/sh
table="$(dirname "$0")/table"
case "$1" in
-l) [ -f "$table" ] && cat "$table" || { echo "no crontab for me" >&2; exit 1; } ;;
-) cat > "$table" ;;
esac
"""
OTHERS = "MAILTO=me@example.org\n# backup\n5 4 * * sun  /usr/bin/backup --all  \n"


def entry(name: str = "me", **change: object) -> Entry:
    """The evening of a person with blanks and signs in their paths."""
    given = {
        "at": time(21, 30),
        "words": ("/opt/my tools/hrvctl", "--home", '/data/50 $ a "day"', "daily"),
        "path": "/usr/bin:/opt/my tools",
        "home": Path("/data"),
    }
    return Entry(name=name, **{**given, **change})  # type: ignore[arg-type]


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crontab program of the test's own, first on the PATH; gives its table's place."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "crontab").write_text(CRONTAB)
    (folder / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder / "table"


@given(
    before=st.text(
        st.characters(
            blacklist_categories=["Cs"],
            blacklist_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029",
        )
    ),
    times=st.lists(st.times(), min_size=1, max_size=3),
)
def test_foreign_lines_are_never_touched(before: str, times: list[time]) -> None:
    """However often ours are written and taken away, the others stay to the last character."""
    table = before
    for at in times:
        table = schedules.add_to_crontab(table, entry(at=at))
    assert table.count(schedules.BEGIN) == before.count(schedules.BEGIN) + 1
    ended = before if before.endswith("\n") or not before else before + "\n"
    assert schedules.remove_from_crontab(table, "me") == ended


def test_two_homes_have_a_schedule_each() -> None:
    """One is taken away, the other stays."""
    both = schedules.add_to_crontab(schedules.add_to_crontab(OTHERS, entry("me")), entry("ana"))
    left = schedules.remove_from_crontab(both, "me")
    assert left == schedules.add_to_crontab(OTHERS, entry("ana"))


def test_a_mark_without_its_end_takes_nothing_away() -> None:
    """Somebody deleted the last line by hand: better to leave all than to take too much."""
    broken = f"{schedules.BEGIN} me\n30 21 * * * x\n{OTHERS}"
    assert schedules.remove_from_crontab(broken, "me") == broken


def test_cron_runs_the_very_words() -> None:
    """The shell cron gives the line to sees each word as it was meant, per cent signs too."""
    one = entry(words=("/a b/hrvctl", "--home", "/c/100%/it's", "daily"))
    line = schedules.cron_lines(one)[1].removeprefix("30 21 * * * ")
    seen = shlex.split(line.replace(r"\%", "%"))  # cron itself takes the backslash away
    assert seen == ["env", f"PATH={one.path}", *one.words]


def test_installing_twice_leaves_one_line_and_removing_none(crontab: Path, hrvctl: Hrvctl) -> None:
    """The latest time holds; foreign lines and their order stay."""
    crontab.write_text(OTHERS)
    assert hrvctl("schedule", "show").code == 4
    for at in ("21:00", "22:15"):
        assert hrvctl("schedule", "install", "--with", "cron", "--at", at).code == 0
    lines = crontab.read_text().splitlines()
    assert crontab.read_text().startswith(OTHERS)
    (ours,) = [line for line in lines if "daily" in line and not line.startswith("#")]
    assert ours.startswith("15 22 * * * env ")
    assert ours.endswith("--subject me --quiet daily --catch-up")
    assert ours in hrvctl("schedule", "show").out
    assert hrvctl("schedule", "remove").code == 0
    assert crontab.read_text() == OTHERS
    assert hrvctl("schedule", "remove").code == 4


def test_a_dry_run_shows_the_lines_and_writes_none(
    crontab: Path, home: Home, hrvctl: Hrvctl
) -> None:
    """Neither to the crontab nor to the home."""
    shown = hrvctl("schedule", "install", "--with", "cron", "--dry-run")
    assert "30 21 * * * env " in shown.out
    assert str(home.root) in shown.out
    assert not crontab.exists()
    assert not home.root.exists()
    hrvctl("schedule", "install", "--with", "cron")
    before = crontab.read_text(), tree(home.root)
    assert hrvctl("schedule", "remove", "--dry-run").code == 0
    assert (crontab.read_text(), tree(home.root)) == before


@pytest.mark.usefixtures("crontab")
def test_the_scheduled_words_are_understood(hrvctl: Hrvctl, home: Home) -> None:
    """What is written into the crontab is a command this program knows."""
    words = schedules.words_of((), home.root, "me")
    assert hrvctl(*words[2:]).code == 4  # an empty home: nothing new


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    """Blanks, quotes, dollar and per cent signs included."""
    units = schedules.systemd_units(entry(words=("/bin/true", 'a "b"', "50%", "$c", "d\\e")))
    for name, text in units.items():
        (tmp_path / name).write_text(text)
    assert 'ExecStart=/bin/true "a \\"b\\"" 50%% $$c "d\\\\e"' in units["hrvctl-me.service"]
    assert "OnCalendar=*-*-* 21:30:00\nPersistent=true" in units["hrvctl-me.timer"]
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--user", *(str(tmp_path / name) for name in units)],
            capture_output=True,
            text=True,
            check=False,
            env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_launchd_can_read_the_agent() -> None:
    """The words, the hour and where its output goes."""
    name, content = schedules.launchd_plist(entry())
    agent = plistlib.loads(content)
    assert name == f"{agent['Label']}.plist"
    assert agent["ProgramArguments"] == list(entry().words)
    assert agent["StartCalendarInterval"] == {"Hour": 21, "Minute": 30}


@pytest.mark.parametrize(
    ("words", "said"), [(("--at", "25:00"), "not a time"), (("--with", "at"), "'at'")]
)
def test_what_cannot_be_is_a_usage_error(hrvctl: Hrvctl, words: tuple[str, ...], said: str) -> None:
    """A wrong time or system is named."""
    result = hrvctl("schedule", "install", *words)
    assert result.code == 2
    assert said in result.err


def test_a_machine_without_cron_is_told_so(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With what to do instead."""
    monkeypatch.setenv("PATH", str(tmp_path))
    result = hrvctl("schedule", "install", "--with", "cron")
    assert result.code == 1
    assert "there is no crontab" in result.err

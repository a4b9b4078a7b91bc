"""`hrvctl schedule`: our own lines, everybody else's untouched, and what systems can parse."""

import json
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.homes import tree
from conftest import Result
from hrvctl.store.home import Home
from hrvctl.usecases import schedule_files
from hrvctl.usecases.schedule_files import Entry

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
        table = schedule_files.add_to_crontab(table, entry(at=at))
    assert table.count(schedule_files.BEGIN) == before.count(schedule_files.BEGIN) + 1
    ended = before if before.endswith("\n") or not before else before + "\n"
    assert schedule_files.remove_from_crontab(table, "me") == ended


def test_two_homes_have_a_schedule_each() -> None:
    """One is taken away, the other stays."""
    both = schedule_files.add_to_crontab(
        schedule_files.add_to_crontab(OTHERS, entry("me")), entry("ana")
    )
    left = schedule_files.remove_from_crontab(both, "me")
    assert left == schedule_files.add_to_crontab(OTHERS, entry("ana"))


def test_a_mark_without_its_end_takes_nothing_away() -> None:
    """Somebody deleted the last line by hand: better to leave all than to take too much."""
    broken = f"{schedule_files.BEGIN} me\n30 21 * * * x\n{OTHERS}"
    assert schedule_files.remove_from_crontab(broken, "me") == broken


def test_cron_runs_the_very_words() -> None:
    """The shell cron gives the line to sees each word as it was meant, per cent signs too."""
    one = entry(words=("/a b/hrvctl", "--home", "/c/100%/it's", "daily"))
    line = schedule_files.cron_lines(one)[1].removeprefix("30 21 * * * ")
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


def test_the_time_is_that_of_the_settings(crontab: Path, hrvctl: Hrvctl) -> None:
    """An option given with the command wins."""
    hrvctl("config", "set", "schedule_at", "22:05")
    data = hrvctl("schedule", "install", "--with", "cron", "--json").data
    assert data["at"] == "22:05"
    assert "\n5 22 * * * env " in crontab.read_text()
    hrvctl("schedule", "install", "--with", "cron", "--at", "20:00")
    assert "\n0 20 * * * env " in crontab.read_text()


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
    words = schedule_files.words_of((), home.root, "me")
    assert hrvctl(*words[2:]).code == 4  # an empty home: nothing new


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    """Blanks, quotes, dollar and per cent signs included."""
    units = schedule_files.systemd_units(entry(words=("/bin/true", 'a "b"', "50%", "$c", "d\\e")))
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
        # It speaks of the machine's other units too.
        ours = [line for line in done.stderr.splitlines() if "hrvctl-me." in line]
        assert (done.returncode, ours) == (0, [])


def test_launchd_can_read_the_agent() -> None:
    """The words, the hour and where its output goes."""
    name, content = schedule_files.launchd_plist(entry())
    agent = plistlib.loads(content)
    assert name == f"{agent['Label']}.plist"
    assert agent["ProgramArguments"] == list(entry().words)
    assert agent["StartCalendarInterval"] == {"Hour": 21, "Minute": 30}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", "25:00"), "not a time"),
        (("--at", "21:30:45"), "not a time"),
        (("--at", "21:30+05:00"), "not a time"),
        (("--with", "at"), "'at'"),
    ],
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


@pytest.mark.parametrize("other", ["/data/H\u00f6use", "/data/h-use", "/data/H use", "/data/h/use"])
def test_homes_that_look_alike_have_a_schedule_each(other: str) -> None:
    """Blanks, capitals and umlauts are no letters of a name; its fingerprint tells them apart."""
    names = {
        schedule_files.entry_name("me", Path(home), is_default=False)
        for home in ("/data/H\u00e4use", other)
    }
    assert len(names) == 2
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)


def test_the_default_home_is_run_with_its_own_configuration(
    crontab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the scheduled words read is what `hrvctl config` writes, in cron's bare surroundings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    words = [sys.executable, "-m", "hrvctl"]
    subprocess.run([*words, "config", "set", "model", "ses"], check=True, capture_output=True)
    install = [*words, "schedule", "install", "--with", "cron"]
    subprocess.run(install, check=True, capture_output=True)
    (line,) = [one for one in crontab.read_text().splitlines() if not one.startswith("#")]
    scheduled = line.removeprefix("30 21 * * * ").removesuffix("--quiet daily --catch-up")
    shown = subprocess.run(
        ["/bin/sh", "-c", f"{scheduled} --json config show"],
        env={"HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(shown.stdout)["data"]["model"]["value"] == "ses"


def test_the_path_is_that_of_now_without_what_is_relative(
    crontab: Path, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each folder once; a relative one means another under every scheduler."""
    monkeypatch.setenv("PATH", f"{crontab.parent}:/usr/bin:bin::/bin:/usr/bin")
    hrvctl("schedule", "install", "--with", "cron")
    assert f"PATH={crontab.parent}:/usr/bin:/bin " in crontab.read_text()


@pytest.mark.parametrize("system", ["systemd", "launchd"])
def test_a_system_that_is_not_at_work_leaves_no_schedule_behind(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str
) -> None:
    """Else `show` and `status` would tell of evenings that never come."""
    for tool in ("systemctl", "launchctl"):
        (tmp_path / tool).write_text("#!/bin/sh\necho 'no bus' >&2\nexit 1\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME")
    refused = hrvctl("schedule", "install", "--with", system)
    assert refused.code == 1
    assert "no bus" in refused.err
    assert hrvctl("schedule", "show").code == 4
    assert hrvctl("--json", "status").data.get("next_run") is None


def test_launchd_lets_an_agent_go_before_it_takes_it_up_again(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It refuses one that it has already, so installing a second time would fail."""
    log = tmp_path / "asked"
    (tmp_path / "launchctl").write_text(f'#!/bin/sh\necho "$1" >> {log}\n')
    (tmp_path / "launchctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for at in ("21:30", "22:00"):
        assert hrvctl("schedule", "install", "--with", "launchd", "--at", at).code == 0
    assert log.read_text().split() == ["bootstrap", "bootout", "bootstrap"]
    assert hrvctl("schedule", "remove").code == 0
    assert hrvctl("schedule", "show").code == 4


def test_systemd_says_when_its_timers_run(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A user's timers end with the session: on a server that is every evening."""
    (tmp_path / "systemctl").write_text("#!/bin/sh\n")
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "loginctl enable-linger" in hrvctl("schedule", "install", "--with", "systemd").err


def test_what_a_dead_system_holds_can_be_taken_away(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The fault is told, and the files are gone all the same."""
    tool = tmp_path / "systemctl"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hrvctl("schedule", "install", "--with", "systemd").code == 0
    assert hrvctl("schedule", "install", "--with", "systemd", "--report", "sunday").code == 0
    tool.write_text("#!/bin/sh\nexit 1\n")
    assert hrvctl("schedule", "remove").code == 1
    assert hrvctl("schedule", "show").code == 4


def test_a_per_cent_sign_in_path_is_escaped(
    hrvctl: Hrvctl, crontab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare one would end the command there, and no evening would ever run."""
    monkeypatch.setenv("PATH", "/opt/50%", prepend=":")
    hrvctl("schedule", "install", "--with", "cron")
    (line,) = [line for line in crontab.read_text().splitlines() if " * * * " in line]
    assert r"/opt/50\%" in line
    assert not re.search(r"(?<!\\)%", line)


def test_a_line_end_in_path_becomes_no_line_of_a_schedule(
    hrvctl: Hrvctl, crontab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is left out; all others stay."""
    monkeypatch.setenv("PATH", "/evil\n* * * * * touch /tmp/x", prepend=":")
    monkeypatch.setenv("PATH", "/opt/good", prepend=":")
    hrvctl("schedule", "install", "--with", "cron")
    assert "touch" not in crontab.read_text()
    assert "/opt/good" in crontab.read_text()
    for system in ("systemd", "launchd"):
        assert "touch" not in hrvctl("schedule", "install", "--with", system, "--dry-run").out


@pytest.mark.parametrize("system", ["cron", "systemd", "launchd"])
def test_a_home_with_a_line_end_has_no_schedule(
    hrvctl: Hrvctl, tmp_path: Path, crontab: Path, system: str
) -> None:
    """It would begin a line of its own."""
    place = tmp_path / "a\n* * * * * touch x"
    done = hrvctl("--home", str(place), "schedule", "install", "--with", system)
    assert (done.code, "control character" in done.err) == (2, True)
    assert not crontab.exists()


def test_a_dollar_sign_in_path_is_one_in_a_unit_and_two_in_its_command() -> None:
    """Systemd expands variables in commands alone (systemd.exec(5))."""
    units = schedule_files.systemd_units(entry(path="/opt/$x"))
    service = next(text for name, text in units.items() if name.endswith(".service"))
    assert "Environment=PATH=/opt/$x\n" in service
    assert "50 $$ a" in service


def test_the_morning_is_looked_for_in_its_window_alone(crontab: Path, hrvctl: Hrvctl) -> None:
    """From the first minute to the last, every quarter of an hour; the evening stays beside it."""
    hrvctl("schedule", "install", "--with", "cron")
    words = ("schedule", "install", "--with", "cron", "--morning", "7:30", "--until", "11:10")
    assert hrvctl(*words).code == 0
    lines = [line for line in crontab.read_text().splitlines() if not line.startswith("#")]
    assert [line.partition(" env ")[0] for line in lines] == [
        "30 21 * * *",
        "30,45 7 * * *",
        "0,15,30,45 8-10 * * *",
        "0,10 11 * * *",
    ]
    assert all(line.endswith("--subject me morning --once") for line in lines[1:])
    assert list(hrvctl("schedule", "show", "--json").data["scheduled"]) == ["cron", "cron, morning"]
    assert hrvctl("schedule", "remove", "morning", "--json").data["removed"] == ["cron, morning"]
    assert crontab.read_text().count(schedule_files.BEGIN) == 1


def test_the_evening_of_everybody_takes_the_place_of_that_of_one(
    crontab: Path, hrvctl: Hrvctl
) -> None:
    """The words are understood, and name nobody."""
    hrvctl("schedule", "install", "--with", "cron")
    assert hrvctl("schedule", "install", "--with", "cron", "--all-subjects").code == 0
    (line,) = [one for one in crontab.read_text().splitlines() if not one.startswith("#")]
    assert line.endswith("--quiet daily --catch-up --all-subjects")
    assert "--subject" not in line
    words = shlex.split(line)
    assert hrvctl(*words[words.index("--quiet") :]).code == 4  # an empty home: nothing new
    assert hrvctl("schedule", "remove").code == 0


def test_a_report_is_written_every_week(crontab: Path, home: Home, hrvctl: Hrvctl) -> None:
    """On its day, into the home or a file of the person's choice; the words are understood."""
    hrvctl("schedule", "install", "--with", "cron", "--report", "sunday")
    (line,) = [one for one in crontab.read_text().splitlines() if not one.startswith("#")]
    assert line.startswith("0 8 * * 0 env ")
    words = shlex.split(line)
    assert words[-3:] == ["report", "--week", str(home.report)]
    assert hrvctl(*words[words.index("--subject") :]).code == 4  # an empty home: nothing to report
    units = hrvctl(
        "schedule", "install", "--with", "systemd", "--report", "monday", "--dry-run"
    ).out
    assert "OnCalendar=Mon *-*-* 08:00:00" in units


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--until 9:00", "--until belongs to --morning"),
        ("--morning 9:00 --until 8:00", "is before 9:00"),
        ("--morning 9:00 --report sunday", "stands alone"),
        ("--to x.html", "--to belongs to --report"),
        ("--report someday", "someday"),
        ("--report sunday --all-subjects", "--all-subjects belongs to the evening"),
        ("--all-subjects --subject ana", "leave out --subject"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(hrvctl: Hrvctl, words: str, said: str) -> None:
    """Before anything is written."""
    done = hrvctl("schedule", "install", "--with", "cron", *words.split())
    assert (done.code, said in done.err) == (2, True)


def test_launchd_and_systemd_know_every_time_of_a_morning() -> None:
    """Both list them; a missed one is not made up for."""
    one = entry(at=time(7, 30), until=time(8))
    agent = plistlib.loads(schedule_files.launchd_plist(one)[1])
    assert agent["StartCalendarInterval"] == [
        {"Hour": 7, "Minute": 30},
        {"Hour": 7, "Minute": 45},
        {"Hour": 8, "Minute": 0},
    ]
    timer = schedule_files.systemd_units(one)["hrvctl-me.timer"]
    assert timer.count("OnCalendar=") == 3
    assert "Persistent=false" in timer

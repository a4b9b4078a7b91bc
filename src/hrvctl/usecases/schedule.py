"""Install, find and remove what cron, systemd or launchd runs: evening, morning and report."""

import contextlib
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hrvctl.errors import HrvctlError, UsageError
from hrvctl.files import read_file
from hrvctl.records.choices import Job, System, Weekday
from hrvctl.safe_text import is_one_line
from hrvctl.settings import Settings
from hrvctl.store.artifacts import export_bytes
from hrvctl.store.home import Home, check_home, create_home
from hrvctl.usecases import schedule_files
from hrvctl.usecases.schedule_files import Entry

# How long a scheduler's own tool may take, seconds; they answer at once or hang.
TOOL_TIMEOUT_S = 30
# The same for a command that only reports the next run (own choice; `crontab -l` takes
# milliseconds).
LOOK_TIMEOUT_S = 1
# Where a person's shell finds programs when PATH is not set (POSIX default path).
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
# Runs a command with other variables (POSIX `env`; the same place on Linux and macOS).
ENV = "/usr/bin/env"


@dataclass(frozen=True, slots=True)
class Planned:
    """An installed schedule.

    Attributes:
        system: The scheduler.
        at: Local time of day.
    """

    system: System
    at: dt.time

    def after(self, now: dt.datetime) -> dt.datetime:
        """The next run after an instant, in that instant's own zone."""
        today = dt.datetime.combine(now.date(), self.at, tzinfo=now.tzinfo)
        return today if today > now else today + dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run and when.

    Attributes:
        job: What.
        at: Local time of day; ``None`` for that of the settings.
        until: Of a morning: how long it looks for the night.
        weekday: Of a report: the day of the week.
        file: Of a report: where it is written; ``None`` for a file in the home.
        all_subjects: Of an evening: whether it is that of everybody in the home.
    """

    job: Job = Job.DAILY
    at: dt.time | None = None
    until: dt.time | None = None
    weekday: Weekday | None = None
    file: Path | None = None
    all_subjects: bool = False


@dataclass(frozen=True, slots=True)
class Installed:
    """A schedule that was written, or would be.

    Attributes:
        system: The scheduler.
        at: Local time of day.
        written: Where, and the very text.
    """

    system: System
    at: dt.time
    written: Mapping[str, str]


def read_time(text: str) -> dt.time:
    """Read a time of day from the command line.

    Raises:
        UsageError: It is not one.
    """
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise UsageError(f"{text!r} is not a time", hint="write it as HH:MM, for example 21:30")
    return dt.time.fromisoformat(text.zfill(5))


def install(
    settings: Settings, plan: Plan = Plan(), *, system: System | None = None, dry_run: bool
) -> Installed:
    """Write a job of this home and subject into a scheduler.

    Args:
        settings: Whose home and subject; ``schedule_at`` is the time where none is given.
        plan: What to run and when.
        system: The scheduler; by default the one of this machine.
        dry_run: Write nothing.

    Raises:
        HrvctlError: The scheduler's tool is missing or failed; everything is as before.
        HomeError: The home cannot be made.
    """
    system = system or _system_here()
    at = plan.at or settings.schedule_at
    entry = _entry(settings, replace(plan, at=at))
    _check_words(entry)
    if not dry_run:
        create_home(Home(settings.home_path))
    if system is System.CRON:
        table = schedule_files.add_to_crontab(_read_crontab(), entry)
        if not dry_run:
            _run_tool(["crontab", "-"], table)
        lines = "\n".join(schedule_files.cron_lines(entry))
        return Installed(system, at, {"your crontab": lines})
    files = _files(system, entry)
    if not dry_run:
        _start(system, entry, files)
    return Installed(system, at, {str(path): text.decode() for path, text in files.items()})


def find(settings: Settings, jobs: Iterable[Job] = Job) -> dict[tuple[System, Job], str]:
    """Every schedule of this home and subject: the lines of the crontab, or the files."""
    entries = {job: _entry(settings, Plan(job=job)) for job in jobs}
    found = {
        (system, job): _find_in(system, entry)
        for system in System
        for job, entry in entries.items()
    }
    return {key: text for key, text in found.items() if text}


def remove(
    settings: Settings, jobs: Iterable[Job] = Job, *, dry_run: bool
) -> list[tuple[System, Job]]:
    """Remove what ``install`` wrote for this home and subject, and nothing else.

    Raises:
        HrvctlError: A scheduler's tool failed; the files are removed all the same.
    """
    found = list(find(settings, jobs))
    faults = []
    for system, job in [] if dry_run else found:
        try:
            _remove(system, _entry(settings, Plan(job=job)))
        except HrvctlError as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return found


def find_planned(settings: Settings) -> Planned | None:
    """The installed evening, for a command that reports the next run.

    Such a command does not wait long for a scheduler's tool, and does not fail with it.
    """
    entry = _entry(settings)
    for system in System:
        with contextlib.suppress(HrvctlError, OSError):
            if at := _time_of(system, entry):
                return Planned(system, at)
    return None


def _entry(settings: Settings, plan: Plan = Plan()) -> Entry:
    """What to run for this home and subject.

    Raises:
        HomeError: Something else is where the home should be.
    """
    subject, root = settings.subject, settings.home_path
    check_home(Home(root))
    is_default = settings.home.origin == "default"
    name = schedule_files.entry_name(subject, root, is_default=is_default)
    report = plan.file or Home(root).report
    what, command = {
        Job.DAILY: ("Forecast tomorrow's HRV", ("daily", "--catch-up")),
        Job.MORNING: ("Look for last night's HRV", ("morning", "--once")),
        Job.REPORT: ("Write the week's report", ("report", "--week", str(report))),
    }[plan.job]
    if plan.all_subjects:
        what, command = "Forecast everybody's HRV", (*command, "--all-subjects")
    home = None if is_default else root
    whose = "" if plan.all_subjects else subject
    return Entry(
        # No subject has a dot in it.
        name=name if plan.job is Job.DAILY else f"{name}.{plan.job}",
        at=plan.at or Settings.schedule_at,
        until=plan.until,
        weekday=plan.weekday,
        words=(
            *(_variables() if is_default else ()),
            *schedule_files.words_of(_program(), home, whose, command),
        ),
        path=_path(),
        home=root,
        what=what,
    )


def _path() -> str:
    """The PATH of now, for the person's own commands: each absolute folder once.

    A folder with a line end in its name is left out: no scheduler's file can have it.
    """
    folders = dict.fromkeys(os.environ.get("PATH", DEFAULT_PATH).split(os.pathsep))
    return os.pathsep.join(f for f in folders if Path(f).is_absolute() and is_one_line(f))


def _check_words(entry: Entry) -> None:
    """Check that a crontab or a unit file can hold the command: a line end would begin another.

    Raises:
        UsageError: It cannot.
    """
    for word in entry.words:
        if not is_one_line(word):
            raise UsageError(
                f"{word!r} has a control character, which no schedule can hold",
                hint="rename the folder, or name another home with --home",
            )


def _variables() -> tuple[str, ...]:
    """The variables that place the default home and its configuration; no scheduler has them."""
    names = [name for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME") if os.environ.get(name)]
    return (ENV, *(f"{name}={os.environ[name]}" for name in names)) if names else ()


def _program() -> tuple[str, ...]:
    """How to start this very program, wherever it is installed."""
    script = Path(sys.executable).parent / "hrvctl"
    return (str(script),) if script.exists() else (sys.executable, "-m", "hrvctl")


def _system_here() -> System:
    """The scheduler of this machine."""
    if sys.platform == "darwin":
        return System.LAUNCHD
    has_systemd = Path("/run/systemd/system").is_dir() and shutil.which("systemctl")
    return System.SYSTEMD if has_systemd else System.CRON


def _find_in(system: System, entry: Entry) -> str:
    if system is System.CRON:
        has_cron = shutil.which("crontab") is not None
        return schedule_files.find_in_crontab(_read_crontab(), entry.name) if has_cron else ""
    return ", ".join(str(path) for path in _paths(system, entry) if path.exists())


def _time_of(system: System, entry: Entry) -> dt.time | None:
    if system is System.CRON:
        if shutil.which("crontab") is None:
            return None
        table = _read_crontab(timeout_s=LOOK_TIMEOUT_S)
        return schedule_files.time_in_cron(schedule_files.find_in_crontab(table, entry.name))
    path = _paths(system, entry)[-1]  # the timer comes after its service
    if not path.exists():
        return None
    if system is System.SYSTEMD:
        return schedule_files.time_in_timer(read_file(path).decode("utf-8", "replace"))
    return schedule_files.time_in_plist(read_file(path))


def _files(system: System, entry: Entry) -> dict[Path, bytes]:
    """The files of a systemd timer or a launch agent, with their content."""
    if system is System.SYSTEMD:
        contents = [text.encode() for text in schedule_files.systemd_units(entry).values()]
    else:
        contents = [schedule_files.launchd_plist(entry)[1]]
    return dict(zip(_paths(system, entry), contents, strict=True))


def _paths(system: System, entry: Entry) -> list[Path]:
    """Where they are; nothing of their content is made."""
    if system is System.SYSTEMD:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return [config / "systemd" / "user" / name for name in schedule_files.unit_names(entry)]
    return [Path.home() / "Library" / "LaunchAgents" / schedule_files.agent_name(entry)]


def _remove(system: System, entry: Entry) -> None:
    if system is System.CRON:
        table = schedule_files.remove_from_crontab(_read_crontab(), entry.name)
        _run_tool(["crontab", "-"], table)
        return
    try:
        for words in _stopping(system, entry):
            _run_tool(words)
    finally:  # a system that does not run has nothing to stop, and would find the files later
        for path in _paths(system, entry):
            path.unlink(missing_ok=True)


def _start(system: System, entry: Entry, files: Mapping[Path, bytes]) -> None:
    """Write the files and have the system load them; where it does not, they are as before."""
    before = {path: read_file(path) for path in files if path.exists()}
    if before and system is System.LAUNCHD:  # it does not load an agent twice
        with contextlib.suppress(HrvctlError):
            for words in _stopping(system, entry):
                _run_tool(words)
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            export_bytes(path, content)
        for words in _starting(system, entry):
            _run_tool(words)
    except BaseException:
        for path in files:
            if path in before:
                export_bytes(path, before[path])
            else:
                path.unlink(missing_ok=True)
        raise


def _starting(system: System, entry: Entry) -> list[list[str]]:
    if system is System.SYSTEMD:
        timer = f"hrvctl-{entry.name}.timer"
        return [
            ["systemctl", "--user", "daemon-reload"],
            ["systemctl", "--user", "enable", "--now", timer],
        ]
    (path,) = _paths(system, entry)
    return [["launchctl", "bootstrap", f"gui/{os.getuid()}", str(path)]]


def _stopping(system: System, entry: Entry) -> list[list[str]]:
    if system is System.SYSTEMD:
        return [["systemctl", "--user", "disable", "--now", f"hrvctl-{entry.name}.timer"]]
    (path,) = _paths(system, entry)
    return [["launchctl", "bootout", f"gui/{os.getuid()}", str(path)]]


def _read_crontab(timeout_s: float = TOOL_TIMEOUT_S) -> str:
    """The person's crontab; empty when they have none."""
    words = ["crontab", "-l"]
    done = _run(words, timeout_s=timeout_s)
    # "no crontab for NAME", in the words of any cron, is an empty one; anything else is a fault.
    if done.returncode and "no crontab" not in done.stderr:
        raise _failed(words, done.stderr)
    return "" if done.returncode else done.stdout


def _run_tool(words: list[str], text: str | None = None) -> None:
    done = _run(words, text)
    if done.returncode:
        raise _failed(words, done.stderr)


def _run(
    words: list[str], text: str | None = None, *, timeout_s: float = TOOL_TIMEOUT_S
) -> "subprocess.CompletedProcess[str]":
    """Call a scheduler's own tool, with text on its stdin.

    Raises:
        HrvctlError: It is not installed, or does not answer.
    """
    try:
        return subprocess.run(  # noqa: S603 - fixed words and our own paths, no shell
            words, input=text, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except FileNotFoundError as error:
        raise HrvctlError(
            f"there is no {words[0]} on this machine",
            hint="install it, or choose another system: --with cron, systemd or launchd",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise _failed(words, f"no answer in {timeout_s} seconds") from error


def _failed(words: list[str], why: str) -> HrvctlError:
    return HrvctlError(
        f"`{' '.join(words)}` failed: {why.strip() or 'no reason given'}",
        hint="nothing else was changed; `--dry-run` shows the lines to write by hand",
    )

"""``hrvctl schedule``: let the system run the evening by itself."""

import contextlib
import datetime as dt
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli import schedules
from hrvctl.cli.command import DryRunOption
from hrvctl.cli.schedules import Entry
from hrvctl.cli.session import Outcome, Session
from hrvctl.errors import ExitCode, HrvctlError, UsageError
from hrvctl.store.artifacts import export_bytes
from hrvctl.store.home import create_home

# How long a system's own tool may take, seconds; they answer at once or hang.
TOOL_TIMEOUT_S = 30
# How long whoever only looks on waits, seconds (own choice; `crontab -l` takes milliseconds).
LOOK_TIMEOUT_S = 1
# What a person's shell finds programs by, where PATH does not say (POSIX default path).
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


class System(StrEnum):
    """Who runs the evening."""

    CRON = "cron"
    SYSTEMD = "systemd"
    LAUNCHD = "launchd"


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule that stands.

    Attributes:
        system: Who runs it.
        at: Local time of day.
    """

    system: System
    at: dt.time

    def after(self, now: dt.datetime) -> dt.datetime:
        """The next run after an instant, in that instant's own zone."""
        today = dt.datetime.combine(now.date(), self.at, tzinfo=now.tzinfo)
        return today if today > now else today + dt.timedelta(days=1)


AtOption = Annotated[
    str, typer.Option("--at", metavar="HH:MM", help="When, in local time: late, before midnight.")
]
WithOption = Annotated[
    System | None, typer.Option("--with", help="Which system (default: the one that is here).")
]


def install(
    session: Session,
    at: AtOption = "21:30",
    with_: WithOption = None,
    dry_run: DryRunOption = False,
) -> Outcome:
    """Run `hrvctl daily` every evening; prints exactly what is written, and where.

    Lines and files of others are left as they are. systemd and launchd make up for an evening the
    machine slept through; cron does not, and the next run says which evenings are missing.
    """
    system = with_ or _here()
    entry = _entry(session, at)
    if not dry_run:
        create_home(session.house().home)
    written = _write(system, entry, dry_run=dry_run)
    how = "Would write" if dry_run else "Written"
    lines = [f"{how} to {place}:\n\n{text.rstrip()}\n" for place, text in written.items()]
    return Outcome(
        data={"system": system, "written": written, "at": at, "is_dry_run": dry_run},
        text="\n".join(lines),
    )


def show(session: Session) -> Outcome:
    """Show what is scheduled for this home and subject."""
    entry = _entry(session, "21:30")
    found = {system.value: text for system in System if (text := _installed(system, entry))}
    return Outcome(
        data={"scheduled": found},
        text="\n".join(f"{system}: {text}" for system, text in found.items())
        or "Nothing is scheduled; `hrvctl schedule install` does it.",
        code=ExitCode.DONE if found else ExitCode.NOTHING_NEW,
    )


def remove(session: Session, dry_run: DryRunOption = False) -> Outcome:
    """Take away what `schedule install` wrote, and nothing else."""
    entry = _entry(session, "21:30")
    removed = [system.value for system in System if _installed(system, entry)]
    if not dry_run:
        for system in removed:
            _remove(System(system), entry)
    how = "would be taken away" if dry_run else "taken away"
    return Outcome(
        data={"removed": removed, "is_dry_run": dry_run},
        text=f"{', '.join(removed)}: {how}." if removed else "Nothing was scheduled.",
        code=ExitCode.DONE if removed else ExitCode.NOTHING_NEW,
    )


def find_planned(session: Session) -> Planned | None:
    """What is scheduled for this home and subject, where it can be told at once.

    Whoever looks on does not wait for a system's tool, and does not fail with it.
    """
    entry = _entry(session, "21:30")
    for system in System:
        with contextlib.suppress(HrvctlError, OSError):
            if at := _time_of(system, entry):
                return Planned(system, at)
    return None


def _time_of(system: System, entry: Entry) -> dt.time | None:
    if system is System.CRON:
        if shutil.which("crontab") is None:
            return None
        table = _crontab(timeout_s=LOOK_TIMEOUT_S)
        return schedules.time_in_cron(schedules.find_in_crontab(table, entry.name))
    path = max(_files(system, entry))  # the timer comes after its service
    if not path.exists():
        return None
    if system is System.SYSTEMD:
        return schedules.time_in_timer(path.read_text(encoding="utf-8"))
    return schedules.time_in_plist(path.read_bytes())


def _entry(session: Session, at: str) -> Entry:
    try:
        time = dt.time.fromisoformat(at)
    except ValueError as error:
        raise UsageError(f"{at!r} is not a time", hint="write it as HH:MM") from error
    settings, house = session.settings(), session.house()
    subject, root = settings["subject"], house.home.root
    is_default = settings.home.origin == "default"
    return Entry(
        name=schedules.entry_name(subject, root, is_default=is_default),
        at=time,
        words=schedules.words_of(_program(), root, subject),
        path=os.environ.get("PATH", DEFAULT_PATH),
        home=root,
    )


def _program() -> tuple[str, ...]:
    """How to start this very program, wherever and by whomever it is started."""
    beside = Path(sys.executable).parent / "hrvctl"
    return (str(beside),) if beside.exists() else (sys.executable, "-m", "hrvctl")


def _here() -> System:
    if sys.platform == "darwin":
        return System.LAUNCHD
    has_systemd = Path("/run/systemd/system").is_dir() and shutil.which("systemctl")
    return System.SYSTEMD if has_systemd else System.CRON


def _write(system: System, entry: Entry, *, dry_run: bool) -> dict[str, str]:
    if system is System.CRON:
        text = schedules.add_to_crontab(_crontab(), entry)
        if not dry_run:
            _run(["crontab", "-"], text)
        return {"your crontab": "\n".join(schedules.cron_lines(entry))}
    files = _files(system, entry)
    if not dry_run:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            export_bytes(path, content)
        for words in _starting(system, entry):
            _run(words)
    return {str(path): content.decode() for path, content in files.items()}


def _installed(system: System, entry: Entry) -> str:
    """Where a schedule stands; empty when there is none."""
    if system is System.CRON:
        has_cron = shutil.which("crontab") is not None
        return schedules.find_in_crontab(_crontab(), entry.name) if has_cron else ""
    return ", ".join(str(path) for path in _files(system, entry) if path.exists())


def _remove(system: System, entry: Entry) -> None:
    if system is System.CRON:
        _run(["crontab", "-"], schedules.remove_from_crontab(_crontab(), entry.name))
        return
    for words in _stopping(system, entry):
        _run(words)
    for path in _files(system, entry):
        path.unlink(missing_ok=True)


def _files(system: System, entry: Entry) -> dict[Path, bytes]:
    if system is System.SYSTEMD:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        folder = config / "systemd" / "user"
        units = schedules.systemd_units(entry)
        return {folder / name: text.encode() for name, text in units.items()}
    name, content = schedules.launchd_plist(entry)
    return {Path.home() / "Library" / "LaunchAgents" / name: content}


def _starting(system: System, entry: Entry) -> list[list[str]]:
    if system is System.SYSTEMD:
        timer = f"hrvctl-{entry.name}.timer"
        return [
            ["systemctl", "--user", "daemon-reload"],
            ["systemctl", "--user", "enable", "--now", timer],
        ]
    (path,) = _files(system, entry)
    return [["launchctl", "bootstrap", f"gui/{os.getuid()}", str(path)]]


def _stopping(system: System, entry: Entry) -> list[list[str]]:
    if system is System.SYSTEMD:
        return [["systemctl", "--user", "disable", "--now", f"hrvctl-{entry.name}.timer"]]
    (path,) = _files(system, entry)
    return [["launchctl", "bootout", f"gui/{os.getuid()}", str(path)]]


def _crontab(timeout_s: float = TOOL_TIMEOUT_S) -> str:
    """The person's crontab; empty when they have none."""
    done = _started(["crontab", "-l"], timeout_s=timeout_s)
    # "no crontab for NAME", however a cron says it, is an empty one; anything else is a fault.
    if done.returncode and "no crontab" not in done.stderr:
        raise _failed(["crontab", "-l"], done.stderr)
    return "" if done.returncode else done.stdout


def _run(words: list[str], text: str | None = None) -> None:
    done = _started(words, text)
    if done.returncode:
        raise _failed(words, done.stderr)


def _started(
    words: list[str], text: str | None = None, *, timeout_s: float = TOOL_TIMEOUT_S
) -> "subprocess.CompletedProcess[str]":
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

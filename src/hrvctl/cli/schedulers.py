"""Asking the systems that run the evening what they have, and telling them what to run."""

import contextlib
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hrvctl.cli import schedule_files
from hrvctl.cli.schedule_files import Entry
from hrvctl.cli.session import Session
from hrvctl.errors import HrvctlError, UsageError

# How long a system's own tool may take, seconds; they answer at once or hang.
TOOL_TIMEOUT_S = 30
# How long whoever only looks on waits, seconds (own choice; `crontab -l` takes milliseconds).
LOOK_TIMEOUT_S = 1
# What a person's shell finds programs by, where PATH does not say (POSIX default path).
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
# Runs a command in changed surroundings (POSIX `env`; the same place on Linux and macOS).
ENV = "/usr/bin/env"


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


def find_planned(session: Session) -> Planned | None:
    """What is scheduled for this home and subject, where it can be told at once.

    Whoever looks on does not wait for a system's tool, and does not fail with it.
    """
    entry = entry_of(session, "21:30")
    for system in System:
        with contextlib.suppress(HrvctlError, OSError):
            if at := _time_of(system, entry):
                return Planned(system, at)
    return None


def _time_of(system: System, entry: Entry) -> dt.time | None:
    if system is System.CRON:
        if shutil.which("crontab") is None:
            return None
        table = read_crontab(timeout_s=LOOK_TIMEOUT_S)
        return schedule_files.time_in_cron(schedule_files.find_in_crontab(table, entry.name))
    path = max(files_of(system, entry))  # the timer comes after its service
    if not path.exists():
        return None
    if system is System.SYSTEMD:
        return schedule_files.time_in_timer(path.read_text(encoding="utf-8"))
    return schedule_files.time_in_plist(path.read_bytes())


def entry_of(session: Session, at: str) -> Entry:
    """What is to run for this home and subject.

    Raises:
        UsageError: The time is none.
    """
    if not (found := re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", at, re.ASCII)):
        raise UsageError(f"{at!r} is not a time", hint="write it as HH:MM, for example 21:30")
    settings, workspace = session.settings(), session.workspace()
    subject, root = settings.subject, workspace.home.root
    is_default = settings.home.origin == "default"
    return Entry(
        name=schedule_files.entry_name(subject, root, is_default=is_default),
        at=dt.time(int(found[1]), int(found[2])),
        words=(
            *(_surroundings() if is_default else ()),
            *schedule_files.words_of(_program(), None if is_default else root, subject),
        ),
        path=_path(),
        home=root,
    )


def _path() -> str:
    """The PATH of now, for the person's own commands: each absolute folder once."""
    folders = dict.fromkeys(os.environ.get("PATH", DEFAULT_PATH).split(os.pathsep))
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())


def _surroundings() -> tuple[str, ...]:
    """What else says where the default home and its configuration are; no scheduler has it."""
    names = [name for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME") if os.environ.get(name)]
    return (ENV, *(f"{name}={os.environ[name]}" for name in names)) if names else ()


def _program() -> tuple[str, ...]:
    """How to start this very program, wherever and by whomever it is started."""
    beside = Path(sys.executable).parent / "hrvctl"
    return (str(beside),) if beside.exists() else (sys.executable, "-m", "hrvctl")


def system_here() -> System:
    """The system that runs things by itself on this machine."""
    if sys.platform == "darwin":
        return System.LAUNCHD
    has_systemd = Path("/run/systemd/system").is_dir() and shutil.which("systemctl")
    return System.SYSTEMD if has_systemd else System.CRON


def find_installed(system: System, entry: Entry) -> str:
    """Where a schedule stands; empty when there is none."""
    if system is System.CRON:
        has_cron = shutil.which("crontab") is not None
        return schedule_files.find_in_crontab(read_crontab(), entry.name) if has_cron else ""
    return ", ".join(str(path) for path in files_of(system, entry) if path.exists())


def files_of(system: System, entry: Entry) -> dict[Path, bytes]:
    """The files systemd or launchd want, with their content."""
    if system is System.SYSTEMD:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        folder = config / "systemd" / "user"
        units = schedule_files.systemd_units(entry)
        return {folder / name: text.encode() for name, text in units.items()}
    name, content = schedule_files.launchd_plist(entry)
    return {Path.home() / "Library" / "LaunchAgents" / name: content}


def read_crontab(timeout_s: float = TOOL_TIMEOUT_S) -> str:
    """The person's crontab; empty when they have none."""
    done = _started(["crontab", "-l"], timeout_s=timeout_s)
    # "no crontab for NAME", however a cron says it, is an empty one; anything else is a fault.
    if done.returncode and "no crontab" not in done.stderr:
        raise _failed(["crontab", "-l"], done.stderr)
    return "" if done.returncode else done.stdout


def run_tool(words: list[str], text: str | None = None) -> None:
    """Call a system's own tool, with text on its stdin.

    Raises:
        HrvctlError: It is not there, or it failed; says what it said.
    """
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

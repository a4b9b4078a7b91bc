"""``hrvctl schedule``: let the system run the evening by itself."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli import schedule_files, schedulers
from hrvctl.cli.registration import DryRunOption
from hrvctl.cli.schedule_files import Entry
from hrvctl.cli.schedulers import System
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, HrvctlError
from hrvctl.store.artifacts import export_bytes
from hrvctl.store.home import create_home

AtOption = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="HH:MM", help="When, in local time (default: the setting schedule_at)."
    ),
]
# A user's timers end with the last session (loginctl(1)).
LINGER = "hrvctl: it runs while you are logged in; `loginctl enable-linger` makes that always."
WithOption = Annotated[
    System | None, typer.Option("--with", help="Which system (default: the one that is here).")
]


def install(
    session: Session,
    at: AtOption = None,
    with_: WithOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Run `hrvctl daily` every evening; prints exactly what is written, and where.

    Lines and files of others are left as they are. systemd and launchd make up for an evening the
    machine slept through; cron does not, and the next run says which evenings are missing.
    """
    system = with_ or schedulers.system_here()
    at = session.settings().text("schedule_at") if at is None else at
    entry = schedulers.entry_of(session, at)
    if not dry_run:
        create_home(session.workspace().home)
    written = _write(system, entry, dry_run=dry_run)
    how = "Would write" if dry_run else "Written"
    lines = [f"{how} to {place}:\n\n{text.rstrip()}\n" for place, text in written.items()]
    return CommandResult(
        data={"system": system, "written": written, "at": at, "is_dry_run": dry_run},
        text="\n".join(lines),
        notes=(LINGER,) if system is System.SYSTEMD else (),
    )


def show(session: Session) -> CommandResult:
    """Show what is scheduled for this home and subject."""
    entry = schedulers.entry_of(session, "21:30")
    found = {
        system.value: text
        for system in System
        if (text := schedulers.find_installed(system, entry))
    }
    return CommandResult(
        data={"scheduled": found},
        text="\n".join(f"{system}: {text}" for system, text in found.items())
        or "Nothing is scheduled; `hrvctl schedule install` does it.",
        code=ExitCode.DONE if found else ExitCode.NOTHING_NEW,
    )


def remove(session: Session, dry_run: DryRunOption = False) -> CommandResult:
    """Take away what `schedule install` wrote, and nothing else."""
    entry = schedulers.entry_of(session, "21:30")
    removed = [system.value for system in System if schedulers.find_installed(system, entry)]
    if not dry_run:
        for system in removed:
            _remove(System(system), entry)
    how = "would be taken away" if dry_run else "taken away"
    return CommandResult(
        data={"removed": removed, "is_dry_run": dry_run},
        text=f"{', '.join(removed)}: {how}." if removed else "Nothing was scheduled.",
        code=ExitCode.DONE if removed else ExitCode.NOTHING_NEW,
    )


def _write(system: System, entry: Entry, *, dry_run: bool) -> dict[str, str]:
    if system is System.CRON:
        text = schedule_files.add_to_crontab(schedulers.read_crontab(), entry)
        if not dry_run:
            schedulers.run_tool(["crontab", "-"], text)
        return {"your crontab": "\n".join(schedule_files.cron_lines(entry))}
    files = schedulers.files_of(system, entry)
    if not dry_run:
        _start(system, entry, files)
    return {str(path): content.decode() for path, content in files.items()}


def _remove(system: System, entry: Entry) -> None:
    if system is System.CRON:
        schedulers.run_tool(
            ["crontab", "-"],
            schedule_files.remove_from_crontab(schedulers.read_crontab(), entry.name),
        )
        return
    try:
        for words in _stopping(system, entry):
            schedulers.run_tool(words)
    finally:  # a system that is not at work has nothing to stop, and would find them later
        for path in schedulers.files_of(system, entry):
            path.unlink(missing_ok=True)


def _start(system: System, entry: Entry, files: Mapping[Path, bytes]) -> None:
    """Write the files and have the system take them up; where it does not, they are as before."""
    before = {path: path.read_bytes() for path in files if path.exists()}
    if before and system is System.LAUNCHD:  # it takes up no agent twice
        with contextlib.suppress(HrvctlError):
            for words in _stopping(system, entry):
                schedulers.run_tool(words)
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            export_bytes(path, content)
        for words in _starting(system, entry):
            schedulers.run_tool(words)
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
    (path,) = schedulers.files_of(system, entry)
    return [["launchctl", "bootstrap", f"gui/{os.getuid()}", str(path)]]


def _stopping(system: System, entry: Entry) -> list[list[str]]:
    if system is System.SYSTEMD:
        return [["systemctl", "--user", "disable", "--now", f"hrvctl-{entry.name}.timer"]]
    (path,) = schedulers.files_of(system, entry)
    return [["launchctl", "bootout", f"gui/{os.getuid()}", str(path)]]

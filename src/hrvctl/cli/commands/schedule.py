"""``hrvctl schedule``: let cron, systemd or launchd run the evening."""

from typing import Annotated

import typer

from hrvctl.cli import output
from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode
from hrvctl.records.choices import System
from hrvctl.setting_values import as_text

AtOption = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="HH:MM", help="When, in local time (default: the setting schedule_at)."
    ),
]
# A user's timers end with the last session (loginctl(1)).
LINGER = "hrvctl: it runs while you are logged in; `loginctl enable-linger` makes that always."
WithOption = Annotated[
    System | None, typer.Option("--with", help="Which system (default: that of this machine).")
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
    from hrvctl.usecases import schedule

    done = schedule.install(
        session.settings(),
        system=with_,
        at=None if at is None else schedule.read_time(at),
        dry_run=dry_run,
    )
    how = "Would write" if dry_run else "Written"
    lines = [
        f"{how} to {place}:\n\n{output.verbatim(text.rstrip())}\n"
        for place, text in done.written.items()
    ]
    return CommandResult(
        data={
            "system": done.system,
            "written": done.written,
            "at": as_text(done.at),
            "is_dry_run": dry_run,
        },
        text="\n".join(lines),
        notes=(LINGER,) if done.system is System.SYSTEMD else (),
    )


def show(session: Session) -> CommandResult:
    """Show what is scheduled for this home and subject."""
    from hrvctl.usecases import schedule

    found = schedule.find(session.settings())
    return CommandResult(
        data={"scheduled": {system.value: text for system, text in found.items()}},
        text="\n".join(output.verbatim(f"{system}: {text}") for system, text in found.items())
        or "Nothing is scheduled; `hrvctl schedule install` does it.",
        code=ExitCode.DONE if found else ExitCode.NOTHING_NEW,
    )


def remove(session: Session, dry_run: DryRunOption = False) -> CommandResult:
    """Remove what `schedule install` wrote, and nothing else."""
    from hrvctl.usecases import schedule

    removed = schedule.remove(session.settings(), dry_run=dry_run)
    how = "would be removed" if dry_run else "removed"
    return CommandResult(
        data={"removed": removed, "is_dry_run": dry_run},
        text=f"{', '.join(removed)}: {how}." if removed else "Nothing was scheduled.",
        code=ExitCode.DONE if removed else ExitCode.NOTHING_NEW,
    )

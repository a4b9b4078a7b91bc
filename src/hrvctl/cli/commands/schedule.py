"""``hrvctl schedule``: let cron, systemd or launchd run the evening, the morning and the report."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import output
from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, UsageError
from hrvctl.records.choices import Job, System, Weekday
from hrvctl.setting_values import as_text

if TYPE_CHECKING:
    from hrvctl.usecases.schedule import Plan

AtOption = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="HH:MM", help="When, in local time (default: the setting schedule_at)."
    ),
]
MorningOption = Annotated[
    str | None,
    typer.Option("--morning", metavar="HH:MM", help="Look for last night from then on instead."),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="HH:MM", help="How long it looks, every 15 minutes."),
]
ReportOption = Annotated[
    Weekday | None, typer.Option("--report", help="Write the week's report on this day instead.")
]
AllSubjectsOption = Annotated[
    bool,
    typer.Option("--all-subjects", help="Run the evening of everybody in this home."),
]
ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", help="Where to (default: report.html in the home)."),
]
JobArgument = Annotated[
    Job | None, typer.Argument(metavar="JOB", help="daily, morning or report alone.")
]
# When a report is written unless --at says else (own choice: with the breakfast).
REPORT_AT = dt.time(8)
# How long a morning looks for the night unless --until says else, hours (own choice).
LOOK_H = 4
# A user's timers end with the last session (loginctl(1)).
LINGER = "hrvctl: it runs while you are logged in; `loginctl enable-linger` makes that always."
WithOption = Annotated[
    System | None, typer.Option("--with", help="Which system (default: that of this machine).")
]


def install(
    session: Session,
    at: AtOption = None,
    morning: MorningOption = None,
    until: UntilOption = None,
    report: ReportOption = None,
    to: ToOption = None,
    all_subjects: AllSubjectsOption = False,
    with_: WithOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Run `hrvctl daily` every evening; prints exactly what is written, and where.

    With --morning it looks for last night's HRV until it is there, and tells it once; with --report
    it writes the week's report. Each is installed and removed by itself. Lines and files of others
    are left as they are. systemd and launchd make up for an evening the machine slept through; cron
    does not, and the next run says which evenings are missing.
    """
    from hrvctl.usecases import schedule

    plan = _plan(at, morning, until, report, to)
    if all_subjects:
        if plan.job is not Job.DAILY:
            raise UsageError("--all-subjects belongs to the evening", hint="install it by itself")
        if session.subject is not None:
            raise UsageError("--all-subjects is of everybody", hint="leave out --subject")
        plan = replace(plan, all_subjects=True)
    done = schedule.install(
        session.settings(),
        plan,
        system=with_,
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
    named = {_name(*key): text for key, text in found.items()}
    return CommandResult(
        data={"scheduled": named},
        text="\n".join(output.verbatim(f"{name}: {text}") for name, text in named.items())
        or "Nothing is scheduled; `hrvctl schedule install` does it.",
        code=ExitCode.DONE if found else ExitCode.NOTHING_NEW,
    )


def remove(
    session: Session, job: JobArgument = None, dry_run: DryRunOption = False
) -> CommandResult:
    """Remove what `schedule install` wrote, and nothing else."""
    from hrvctl.usecases import schedule

    jobs = Job if job is None else [job]
    found = schedule.remove(session.settings(), jobs, dry_run=dry_run)
    removed = [_name(*key) for key in found]
    how = "would be removed" if dry_run else "removed"
    return CommandResult(
        data={"removed": removed, "is_dry_run": dry_run},
        text=f"{', '.join(removed)}: {how}." if removed else "Nothing was scheduled.",
        code=ExitCode.DONE if removed else ExitCode.NOTHING_NEW,
    )


def _plan(
    at: str | None,
    morning: str | None,
    until: str | None,
    report: Weekday | None,
    to: Path | None,
) -> "Plan":
    from hrvctl.usecases.schedule import Plan, read_time

    if morning is not None and (report is not None or at is not None):
        raise UsageError(
            "--morning has its own time, and stands alone", hint="install one after the other"
        )
    if until is not None and morning is None:
        raise UsageError("--until belongs to --morning", hint="--morning 7:30 --until 11:00")
    if to is not None and report is None:
        raise UsageError("--to belongs to --report", hint="--report sunday --to FILE")
    given = None if at is None else read_time(at)
    if report is not None:
        file = to.absolute() if to else None
        return Plan(job=Job.REPORT, at=given or REPORT_AT, weekday=report, file=file)
    if morning is None:
        return Plan(at=given)
    begin = read_time(morning)
    latest = dt.time(min(begin.hour + LOOK_H, 23), begin.minute)
    end = latest if until is None else read_time(until)
    if end < begin:
        raise UsageError(f"--until {until} is before {morning}", hint="give the later time")
    return Plan(job=Job.MORNING, at=begin, until=end)


def _name(system: System, job: Job) -> str:
    return system.value if job is Job.DAILY else f"{system}, {job}"

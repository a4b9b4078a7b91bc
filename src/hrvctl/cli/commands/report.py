"""``hrvctl report``: one person's period as a web page or a PDF, with charts."""

import webbrowser
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli.options import DryRunOption, day_option, dry_note
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, UsageError
from hrvctl.records.choices import Audience
from hrvctl.safe_text import one_line
from hrvctl.store.output_file import write_file

if TYPE_CHECKING:
    from hrvctl.usecases.report import Report

# Days of a report that names no first day.
WEEK, MONTH, YEAR = 7, 30, 365
# Days that a report can have (own choice: a leap year; more would not be told apart on a page).
MOST_DAYS = 366
INSTALL = "pip install 'hrvctl[report]'"

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE", help="Where to write it; a name in .pdf makes a PDF (default: here)."
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The same as FILE.")]
WeekOption = Annotated[bool, typer.Option("--week", help="The last 7 days.")]
MonthOption = Annotated[bool, typer.Option("--month", help="The last 30 days (the default).")]
YearOption = Annotated[bool, typer.Option("--year", help="The last 365 days.")]
FromOption = Annotated[date | None, day_option("--from", "First day.")]
ToOption = Annotated[date | None, day_option("--to", "Last day; nothing later is used.")]
ForOption = Annotated[Audience, typer.Option("--for", help="Whom it is for: chooses the sections.")]
ShareOption = Annotated[
    bool, typer.Option("--share", help="Leave out journal, names, notes and exact dates.")
]
PdfOption = Annotated[bool, typer.Option("--pdf", help="Write a PDF.")]
OpenOption = Annotated[bool, typer.Option("--open", help="Open it in your browser.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace a file of another origin.")]


def report(
    session: Session,
    file: FileArgument = None,
    out: OutOption = None,
    week: WeekOption = False,
    month: MonthOption = False,
    year: YearOption = False,
    first: FromOption = None,
    last: ToOption = None,
    audience: ForOption = Audience.ME,
    share: ShareOption = False,
    pdf: PdfOption = False,
    open_it: OpenOption = False,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Write a report with charts: one web page that loads nothing from elsewhere, or a PDF.

    It has your nights against the normal range, the sealed forecasts and how good they were, and
    the numbers of every chart as a table. The same data give the same bytes. A report made before
    is replaced, any other file is not.
    """
    if file is not None and out is not None and file != out:
        raise UsageError(f"{file} and --out {out} are two files", hint="name one")
    chosen = file or out
    first, last = _period(session, (week, month, year), first, last)
    settings, workspace = session.settings(), session.workspace()
    if not workspace.home.exists():
        return CommandResult(
            data={"file": None, "sections": ()},
            text=f"Nothing stored yet in {workspace.home.root}.\n"
            "Import an export: hrvctl import FILE (or look at `hrvctl daily --demo`).",
            code=ExitCode.NOTHING_NEW,
        )
    from hrvctl.report.content import compose
    from hrvctl.report.page import can_draw, web_page
    from hrvctl.usecases.report import load_report

    is_pdf = pdf or (chosen is not None and chosen.suffix.lower() == ".pdf")
    if is_pdf and not can_draw():
        raise UsageError("a PDF needs matplotlib, which is not installed", hint=INSTALL)
    target = chosen or _default_file(last, share=share, is_pdf=is_pdf)
    found = load_report(
        workspace,
        settings.subject,
        first=first,
        last=last,
        profile=settings.profile.value,
        # Any tag may be private: a shared report has no journal.
        with_journal=not share,
    )
    if not any(day.hrv_ms for day in found.days):
        return _nothing(found)
    content = compose(found, audience, is_shared=share)
    comment = ("% ", "") if is_pdf else ("<!-- ", " -->")
    if dry_run:  # drawing would write matplotlib's cache of fonts
        body = b""
    elif is_pdf:
        from hrvctl.report.pdf import pdf as write_pdf

        body = write_pdf(content)
    else:
        body = web_page(content).encode()
    n_bytes = write_file(target, body, comment=comment, force=force, dry_run=dry_run)
    if open_it and not dry_run:
        webbrowser.open(target.resolve().as_uri())
    done = "would be written" if dry_run else f"{n_bytes:,} bytes written"
    return CommandResult(
        data={
            "file": target,
            "n_bytes": None if dry_run else n_bytes,
            "first": first,
            "last": last,
            "baseline": found.baseline,
            "scores": found.scores,
            "answers": dict(content.answers),
            "sections": content.sections,
            "is_dry_run": dry_run,
        },
        text="\n".join([one_line(f"{target}: {done}."), *dry_note(dry_run)]),
        notes=()
        if can_draw()
        else (f"hrvctl: without charts, for matplotlib is not installed\n  {INSTALL}",),
    )


def _period(
    session: Session, spans: tuple[bool, bool, bool], first: date | None, last: date | None
) -> tuple[date, date]:
    today = session.today()
    if sum(spans) > 1 or (any(spans) and first is not None):
        raise UsageError(
            "--week, --month, --year and --from each say where the period begins", hint="give one"
        )
    end = last or today
    if end > today:
        raise UsageError(f"--to {end} is in the future; today is {today}", hint="choose a past day")
    chosen = zip(spans, (WEEK, MONTH, YEAR), strict=True)
    n_days = next((days for is_chosen, days in chosen if is_chosen), MONTH)
    begin = first or end - timedelta(days=n_days - 1)
    if begin > end:
        raise UsageError(f"--from {begin} is after {end}", hint="the first day comes first")
    if (end - begin).days >= MOST_DAYS:
        raise UsageError(
            f"{begin} to {end} is more than {MOST_DAYS} days", hint="make a report of each year"
        )
    return begin, end


def _nothing(found: "Report") -> CommandResult:
    hint = (
        f"The last one is of {found.last_night}: hrvctl report --to {found.last_night}"
        if found.last_night
        else "Import an export: hrvctl import FILE"
    )
    return CommandResult(
        data={"file": None, "first": found.first, "last": found.last, "sections": ()},
        text=f"{found.subject} has no night from {found.first} to {found.last}.\n{hint}",
        code=ExitCode.NOTHING_NEW,
    )


def _default_file(last: date, *, share: bool, is_pdf: bool) -> Path:
    """In the current folder; a shared one does not name the day."""
    return Path(f"hrvctl-report-{'shared' if share else last}.{'pdf' if is_pdf else 'html'}")

"""``hrvctl import``: import exports."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.completion import sources
from hrvctl.cli.daily_report import failed_line
from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import parse_path
from hrvctl.errors import DataError, ExitCode, UsageError, count
from hrvctl.safe_text import one_line
from hrvctl.store.json_values import plain

if TYPE_CHECKING:
    from hrvctl.domain.ingest import FilePlan
    from hrvctl.usecases.ingest import ImportReport

# Files of one kind that are listed one by one; more are summed up. Own choice: a screenful.
MAX_FILES_SHOWN = 20
# Columns of a file that are named; own choice: three lines of a terminal.
MAX_COLUMNS_SHOWN = 20
# Days of an own table that a dry run shows; own choice: enough to see day, month and unit.
MAX_DAYS_SHOWN = 3
OWN_TABLE = "table"

PathsArgument = Annotated[
    list[Path],
    typer.Argument(parser=parse_path, metavar="PATH", help="Export files, folders or zips."),
]
SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="NAME",
        autocompletion=sources,
        help="Read as this format only; `hrvctl sources list` lists them.",
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="OURS=THEIRS", help="The column names of a table of your own."
    ),
]


class DateOrder(StrEnum):
    """What comes first in a date."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


DatesOption = Annotated[
    DateOrder | None,
    typer.Option(
        "--dates",
        help="What comes first in dates like 3/5/2025, where the file leaves it open.",
    ),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Import an export that looks like another person's.")
]
SkipOption = Annotated[
    bool, typer.Option("--skip-faulty", help="Leave faulty rows out instead of refusing the file.")
]


def import_files(
    session: Session,
    paths: PathsArgument,
    source: SourceOption = "",
    column: ColumnOption = None,
    dates: DatesOption = None,
    force: ForceOption = False,
    skip_faulty: SkipOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Import exports; each file is imported as a whole or not at all.

    Importing the same export again changes nothing; a newer one revises.
    """
    from hrvctl.usecases.export_files import ImportOptions
    from hrvctl.usecases.ingest import import_files
    from hrvctl.usecases.vocabulary import own_vocabulary

    settings, workspace = session.settings(), session.workspace()
    options = ImportOptions(
        source=source,
        columns=columns_of(column),
        date_order=dates or "",
        force=force,
        skip_faulty=skip_faulty,
        vocabulary=own_vocabulary(settings),
    )
    evening = workspace.evening(settings.subject)
    with render.bytes_bar(is_quiet=session.quiet or session.json) as on_bytes:
        report = import_files(
            workspace, evening, paths, options, dry_run=dry_run, on_bytes=on_bytes
        )
    if report.failed and not report.files:
        _raise(report)
    return CommandResult(
        data={**plain(report.artifact()), "n_changed": report.n_changed, "is_dry_run": dry_run},
        text="\n".join([*_lines(report, is_dry=dry_run), _total(report, is_dry=dry_run)]),
        notes=tuple(map(failed_line, report.failed)),
        code=_code(report),
        errors=tuple(plain(f) for f in report.failed),
    )


def _code(report: "ImportReport") -> ExitCode:
    if report.failed:
        return ExitCode.PARTIAL
    return ExitCode.DONE if report.n_changed else ExitCode.NOTHING_NEW


def _raise(report: "ImportReport") -> None:
    first, *others = report.failed
    raise DataError(
        first.message,
        hint=first.hint,
        problems=(*first.problems, *(f"{f.file}: {f.message}" for f in others)),
    )


def _lines(report: "ImportReport", *, is_dry: bool) -> list[str]:
    alike: dict[tuple[str, str], list[FilePlan]] = {}
    for plan in report.files:
        alike.setdefault((plan.source, plan.kind), []).append(plan)
    lines = []
    for plans in alike.values():
        if len(plans) > MAX_FILES_SHOWN or (len(plans) > 1 and not any(map(_has_news, plans))):
            lines += _summary(plans)
            continue
        for plan in plans:
            lines.append(
                f"{plan.file}: {plan.source} {plan.kind}, {count(plan.n_rows, 'row')}{_days(plan)}:"
                f" {plan.n_new} new, {plan.n_revised} revised, {plan.n_unchanged} unchanged"
                + (f", {plan.n_withdrawn} withdrawn" if plan.n_withdrawn else "")
            )
            lines += [f"  left out: {reason} ({n})" for reason, n in sorted(plan.skipped.items())]
            lines += _unknown(plan.unknown_columns)
            lines += [f"  warning: {warning}" for warning in plan.warnings]
            lines += _first_days(plan) if is_dry and plan.source == OWN_TABLE else []
    return [one_line(line) for line in lines]


def _has_news(plan: "FilePlan") -> bool:
    """Whether a file is more than a part that another file refers to, such as Samsung's bins."""
    n_values = plan.n_new + plan.n_revised + plan.n_unchanged
    return bool(n_values or plan.skipped)


def _first_days(plan: "FilePlan") -> list[str]:
    """The first days of a table as they would be stored."""
    by_day: dict[dt.date, list[str]] = {}
    for m in plan.measurements:
        by_day.setdefault(m.day, []).append(f"{m.metric.value} {m.value:g}")
    first = list(by_day.items())[:MAX_DAYS_SHOWN]
    return [f"  read as: {day}: {', '.join(values)}" for day, values in first]


def _unknown(columns: Sequence[str]) -> list[str]:
    """The first columns that were not read, and how many more there are."""
    if not columns:
        return []
    shown = ", ".join(columns[:MAX_COLUMNS_SHOWN])
    more = len(columns) - MAX_COLUMNS_SHOWN
    return [f"  unknown columns: {shown}" + (f" and {more} more" if more > 0 else "")]


def _summary(plans: "list[FilePlan]") -> list[str]:
    """Sum up the files of one kind, of which a Takeout has one a day."""
    skipped: Counter[str] = Counter()
    for plan in plans:
        skipped.update(plan.skipped)
    n_rows, n_new, n_revised, n_unchanged = (
        sum(numbers)
        for numbers in zip(
            *((p.n_rows, p.n_new, p.n_revised, p.n_unchanged) for p in plans), strict=True
        )
    )
    columns = sorted({column for plan in plans for column in plan.unknown_columns})
    first = plans[0]
    return [
        f"{first.file} and {len(plans) - 1} more: {first.source} {first.kind},"
        f" {count(n_rows, 'row')}: {n_new} new, {n_revised} revised, {n_unchanged} unchanged",
        *(f"  left out: {reason} ({n})" for reason, n in sorted(skipped.items())),
        *_unknown(columns),
        *_alike_warnings(plans),
    ]


def _alike_warnings(plans: "list[FilePlan]") -> list[str]:
    """Every warning; one that several files have is shown once, with their number."""
    files: dict[str, list[str]] = {}
    for plan in plans:
        for warning in plan.warnings:
            files.setdefault(warning.removeprefix(f"{plan.file}: "), []).append(warning)
    return [
        f"  warning: {warnings[0]}"
        if len(warnings) == 1
        else f"  warning: of {len(warnings)} files: {text}"
        for text, warnings in files.items()
    ]


def _days(plan: "FilePlan") -> str:
    if plan.n_days < 2:
        return f", 1 day {plan.first_day}" if plan.n_days else ""
    return f", {plan.n_days} days {plan.first_day} to {plan.last_day}"


def _total(report: "ImportReport", *, is_dry: bool) -> str:
    if not report.n_changed:
        if any(plan.n_unchanged for plan in report.files):
            return "Nothing new: every value was already stored."
        return "Nothing new: the files hold no values."
    return f"{count(report.n_changed, 'value')} {'would be stored' if is_dry else 'stored'}."


def columns_of(given: list[str] | None) -> dict[str, str]:
    """Our names of columns to the table's, of the option ``--column``.

    Raises:
        UsageError: One is not of the form OURS=THEIRS.
    """
    columns = {}
    for pair in given or []:
        ours, sign, theirs = pair.partition("=")
        if not sign or not ours or not theirs:
            raise UsageError(
                f"--column {pair!r} is not of the form OURS=THEIRS",
                hint="for example --column hrv_rmssd_ms=HRV",
            )
        columns[ours.strip()] = theirs.strip()
    return columns

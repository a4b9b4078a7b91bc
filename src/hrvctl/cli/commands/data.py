"""``hrvctl data``: choose the HRV series, leave days out, and trace a value to its file."""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.completion import reasons, sources
from hrvctl.cli.options import DryRunOption, day_argument, day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode
from hrvctl.safe_text import one_line
from hrvctl.store.curation import REASONS, SENSOR, Excluded

if TYPE_CHECKING:
    from hrvctl.domain.series import SeriesSpan
    from hrvctl.usecases.curation import DayRow, Series

# Days listed unless the person asks for others: four weeks, the shortest normal range's window.
LISTED_DAYS = 28
# Mornings without a night that are listed one by one; more in a row take one line (own choice).
SHORT_GAP = 2

PreferArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        autocompletion=sources,
        help="For example oura; auto chooses by the nights.",
    ),
]
MetricOption = Annotated[
    str, typer.Option("--metric", metavar="rmssd|sdnn", help="The metric, where a source has both.")
]
DayArgument = Annotated[dt.date, day_argument("DATE", "The morning.")]
LastDayArgument = Annotated[dt.date | None, day_argument("LAST", "The last morning, for several.")]
ReasonOption = Annotated[
    str,
    typer.Option(
        "--reason", metavar="REASON", autocompletion=reasons, help=f"One of: {', '.join(REASONS)}."
    ),
]
NoteOption = Annotated[str, typer.Option("--note", metavar="TEXT", help="A note to keep with it.")]
FirstOption = Annotated[
    dt.date | None, day_option("--from", "First morning (default: 4 weeks ago).")
]
LastOption = Annotated[dt.date | None, day_option("--to", "Last morning (default: today).")]


def list_series(session: Session) -> CommandResult:
    """List every HRV series, and which one counts."""
    from hrvctl.usecases.curation import list_series, metric_name

    spans, preferred = list_series(session.workspace(), session.settings().subject)
    rows = [
        (
            metric_name(span.metric),
            span.measured_by,
            span.n_nights,
            span.first.isoformat(),
            span.last.isoformat(),
            _standing(place, span, preferred),
        )
        for place, span in enumerate(spans)
    ]
    header = ("HRV", "source", "nights", "first", "last", "")
    keys = ("metric", "source", "n_nights", "first", "last", "standing")
    return CommandResult(
        data={"series": [dict(zip(keys, row, strict=True)) for row in rows]},
        text=render.columns(rows, header=header) if rows else "There is no HRV yet.",
    )


def prefer(
    session: Session,
    source: PreferArgument,
    metric: MetricOption = "",
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Choose the source that counts where several measured the same nights."""
    from hrvctl.usecases.curation import metric_name, prefer_series

    subject = session.settings().subject
    series = prefer_series(session.workspace(), subject, source, metric, dry_run=dry_run)
    chosen = (
        f"{metric_name(series[0])} from {series[1]} counts"
        if series
        else "The series with the most recent nights counts"
    )
    return CommandResult(
        data={
            "metric": series[0] if series else None,
            "source": series[1] if series else None,
            "is_dry_run": dry_run,
        },
        text=f"{chosen} from now on; the others are kept and not mixed in.",
    )


def exclude(
    session: Session,
    first: DayArgument,
    reason: ReasonOption,
    last: LastDayArgument = None,
    note: NoteOption = "",
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Leave mornings out of your normal range: illness, travel, or a sensor fault.

    With a sensor fault the HRV is not used at all; otherwise the forecast still uses it.
    """
    from hrvctl.usecases.curation import exclude_days, past_days

    days = past_days(first, last or first, today=session.today())
    subject = session.settings().subject
    exclude_days(session.workspace(), subject, days, reason=reason, note=note, dry_run=dry_run)
    how = "not used at all" if reason == SENSOR else "left out of the normal range"
    return CommandResult(
        data={"days": days, "reason": reason, "note": note, "is_dry_run": dry_run},
        text=f"{_span(days)}: {how} ({reason}).",
    )


def include(
    session: Session,
    first: DayArgument,
    last: LastDayArgument = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Count mornings again that were left out."""
    from hrvctl.usecases.curation import include_days, past_days

    days = past_days(first, last or first, today=session.today())
    subject = session.settings().subject
    included = include_days(session.workspace(), subject, days, dry_run=dry_run)
    return CommandResult(
        data={"days": included, "is_dry_run": dry_run},
        text=f"{_span(included)}: counted again." if included else "None of them was left out.",
        code=ExitCode.DONE if included else ExitCode.NOTHING_NEW,
    )


def days(session: Session, first: FirstOption = None, last: LastOption = None) -> CommandResult:
    """List mornings: the HRV of each source, the one that counts, and what is left out."""
    from hrvctl.usecases.curation import list_days, metric_name

    to = last or session.today()
    start = first or to - dt.timedelta(days=LISTED_DAYS - 1)
    subject = session.settings().subject
    series, rows, last_night = list_days(session.workspace(), subject, first=start, last=to)
    names = [f"{metric_name(metric)} {source}" for metric, source in series]
    table = _day_rows(rows)
    data = [
        {
            "day": row.day.isoformat(),
            "hrv_ms": dict(zip(names, row.hrv_ms, strict=True)),
            "left_out": _why_out(row.excluded),
        }
        for row in rows
    ]
    note = f"\nThe first HRV column counts: {names[0]}." if len(names) > 1 else ""
    if last_night and last_night < start:
        begin = last_night - dt.timedelta(days=LISTED_DAYS - 1)
        note += (
            f"\nThe data end on {last_night}; see them with"
            f" `hrvctl data days --from {begin} --to {last_night}`."
        )
    return CommandResult(
        data={"days": data, "counts": names[0] if names else None},
        text=render.columns(table, header=("morning", *names, "left out")) + note,
    )


def _day_rows(rows: "Sequence[DayRow]") -> list[tuple[object, ...]]:
    """The rows of the table; mornings in a row with nothing to say are one."""
    table: list[tuple[object, ...]] = []
    for is_empty, group in groupby(rows, lambda row: not (any(row.hrv_ms) or row.excluded)):
        some = list(group)
        if is_empty and len(some) > SHORT_GAP:
            table.append((f"{some[0].day} to {some[-1].day}", *some[0].hrv_ms, "no night"))
            continue
        table += [(row.day.isoformat(), *row.hrv_ms, _why_out(row.excluded)) for row in some]
    return table


def why(session: Session, day: DayArgument) -> CommandResult:
    """Show where every value of a day came from."""
    from hrvctl.usecases.curation import trace_day

    trace = trace_day(session.workspace(), session.settings().subject, day)
    rows = [
        (v.metric, v.source, f"{v.value:g}", v.file, v.imported_at[:16], (v.revised_at or "")[:16])
        for v in trace.values
    ]
    header = ("metric", "source", "value", "file", "imported", "revised")
    table = render.columns(rows, header=header) if rows else f"Nothing was measured on {day}."
    lines = [
        f"Before: {r.name} of {r.source} was {'not kept' if r.value is None else f'{r.value:g}'},"
        f" stored {r.seen_at[:16]}, {'withdrawn' if r.ended_by == 'withdrawal' else 'revised'}"
        f" {r.ended_at[:16]}{f' ({r.file})' if r.file else ''}."
        for r in trace.revisions
    ]
    lines += [
        f"Corrected on {c.recorded_at[:16]}: {c.metric} of {c.source} is {c.value:g} ({c.reason})."
        for c in trace.corrections
    ]
    lines += [f"Left out: {_why_out(trace.excluded)}."] if trace.excluded else []
    return CommandResult(
        data={
            "day": day,
            "values": trace.values,
            "revisions": trace.revisions,
            "corrections": trace.corrections,
            "excluded": trace.excluded,
        },
        text="\n".join([table, *map(one_line, lines)]),
    )


def imports(session: Session) -> CommandResult:
    """List what was imported and when, oldest first, with the number that `data forget` takes.

    Files that were imported in one go are one import.
    """
    from hrvctl.usecases.erasure import import_history

    found = import_history(session.workspace(), session.settings().subject)
    rows = [
        (
            one.number,
            f"{one.at:%Y-%m-%d %H:%M}",
            ", ".join(one.sources),
            one.n_nights_new,
            one.n_nights_changed,
            one.files[0] + (f" and {len(one.files) - 1} more" if len(one.files) > 1 else ""),
        )
        for one in found
    ]
    header = ("import", "when", "source", "nights new", "changed", "file")
    return CommandResult(
        data={"imports": found},
        text=render.columns(rows, header=header) if rows else "Nothing was imported yet.",
    )


def _standing(place: int, span: "SeriesSpan", preferred: "Series | None") -> str:
    if place:
        return "kept, not mixed in"
    return "counts: chosen by you" if (span.metric, span.measured_by) == preferred else "counts"


def _why_out(excluded: Excluded | None) -> str:
    if excluded is None:
        return ""
    return f"{excluded.reason}: {excluded.note}" if excluded.note else excluded.reason


def _span(days: Sequence[dt.date]) -> str:
    return days[0].isoformat() if len(days) == 1 else f"{days[0]} to {days[-1]}"

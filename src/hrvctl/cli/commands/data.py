"""``hrvctl data``: which series counts, which days are left out, and where a value came from."""

import datetime as dt
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.registration import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.domain.series import SeriesSpan
from hrvctl.errors import ExitCode, UsageError
from hrvctl.records import HRV_METRICS, Metric
from hrvctl.store.curation import (
    REASONS,
    SENSOR,
    Excluded,
    load_excluded,
    load_preference,
    remove_excluded,
    save_excluded,
    save_preference,
)
from hrvctl.store.database import open_store
from hrvctl.store.measurements import load_measurements
from hrvctl.store.provenance import trace_corrections, trace_values
from hrvctl.usecases.workspace import load_spans, parse_day, writing

AUTO = "auto"
# Days listed unless the person asks for others: four weeks, the shortest normal range's window.
LISTED_DAYS = 28

PreferArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="For example oura; auto chooses by the nights.")
]
MetricOption = Annotated[
    str, typer.Option("--metric", metavar="rmssd|sdnn", help="The metric, where a source has both.")
]
DayArgument = Annotated[str, typer.Argument(metavar="DATE", help="The morning.")]
LastDayArgument = Annotated[
    str, typer.Argument(metavar="[LAST]", help="The last morning, for several.")
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="REASON", help=f"One of: {', '.join(REASONS)}.")
]
NoteOption = Annotated[str, typer.Option("--note", metavar="TEXT", help="A note to keep with it.")]
FirstOption = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="First morning (default: 4 weeks ago).")
]
LastOption = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help="Last morning (default: today).")
]


def list_series(session: Session) -> CommandResult:
    """List every HRV series, and which one counts."""
    settings, workspace = session.settings(), session.workspace()
    with open_store(workspace.home, write=False) as store:
        spans = load_spans(store, settings.subject)
        preferred = load_preference(store, settings.subject)
    rows = [
        (
            _short(span.metric),
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
    settings, workspace = session.settings(), session.workspace()
    with open_store(workspace.home, write=False) as store:
        spans = load_spans(store, settings.subject)
    series = None if source == AUTO else _choose(spans, source, metric)
    if not dry_run:
        with writing(workspace) as store, store.transaction():
            save_preference(store, settings.subject, series, at=workspace.clock())
    said = f"{_short(series[0])} from {series[1]} counts" if series else "The nights decide"
    return CommandResult(
        data={
            "metric": series[0] if series else None,
            "source": series[1] if series else None,
            "is_dry_run": dry_run,
        },
        text=f"{said} from now on; the others are kept and not mixed in.",
    )


def exclude(
    session: Session,
    first: DayArgument,
    reason: ReasonOption,
    last: LastDayArgument = "",
    note: NoteOption = "",
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Leave mornings out of your normal range: illness, travel, or a sensor fault.

    Of a sensor fault the HRV is not used at all; otherwise the forecast still sees it.
    """
    if reason not in REASONS:
        raise UsageError(f"no reason {reason!r}", hint=f"choose from: {', '.join(REASONS)}")
    days = _span(session, first, last)
    settings, workspace = session.settings(), session.workspace()
    at = workspace.clock()
    rows = [Excluded(day=day, reason=reason, note=note, marked_at=at) for day in days]
    if not dry_run:
        with writing(workspace) as store, store.transaction():
            save_excluded(store, settings.subject, rows)
    how = "not used at all" if reason == SENSOR else "left out of the normal range"
    return CommandResult(
        data={"days": days, "reason": reason, "note": note, "is_dry_run": dry_run},
        text=f"{_said(days)}: {how} ({reason}).",
    )


def include(
    session: Session, first: DayArgument, last: LastDayArgument = "", dry_run: DryRunOption = False
) -> CommandResult:
    """Count mornings again that were left out."""
    days = _span(session, first, last)
    settings, workspace = session.settings(), session.workspace()
    with open_store(workspace.home, write=False) as store:
        known = [day for day in load_excluded(store, settings.subject) if day in days]
    if known and not dry_run:
        with writing(workspace) as store, store.transaction():
            remove_excluded(store, settings.subject, known)
    return CommandResult(
        data={"days": known, "is_dry_run": dry_run},
        text=f"{_said(known)}: taken in again." if known else "None of them was left out.",
        code=ExitCode.DONE if known else ExitCode.NOTHING_NEW,
    )


def days(session: Session, first: FirstOption = None, last: LastOption = None) -> CommandResult:
    """List mornings: the HRV of each source, the one that counts, and what is left out."""
    today = session.today()
    to = today if last is None else parse_day(last)
    start = to - dt.timedelta(days=LISTED_DAYS - 1) if first is None else parse_day(first)
    if start > to:
        raise UsageError(f"{start} is after {to}", hint="--from must not lie after --to")
    settings, workspace = session.settings(), session.workspace()
    with open_store(workspace.home, write=False) as store:
        spans = load_spans(store, settings.subject)
        nights = load_measurements(store, settings.subject, until=to, metrics=HRV_METRICS)
        excluded = load_excluded(store, settings.subject)
    series = [(span.metric, span.measured_by) for span in spans]
    found = {(m.day, m.metric, m.source): m.value for m in nights if m.day >= start}
    listed = [start + dt.timedelta(days=n) for n in range((to - start).days + 1)]
    rows = [
        (day.isoformat(), *(found.get((day, *one)) for one in series), _why_out(excluded.get(day)))
        for day in listed
    ]
    names = [f"{_short(metric)} {source}" for metric, source in series]
    data = [
        {"day": row[0], "hrv_ms": dict(zip(names, row[1:-1], strict=True)), "left_out": row[-1]}
        for row in rows
    ]
    note = f"\nThe first column of HRV counts: {names[0]}." if len(names) > 1 else ""
    return CommandResult(
        data={"days": data, "counts": names[0] if names else None},
        text=render.columns(rows, header=("morning", *names, "left out")) + note,
    )


def why(session: Session, day: DayArgument) -> CommandResult:
    """Show where every value of a day came from."""
    asked = parse_day(day)
    settings, workspace = session.settings(), session.workspace()
    with open_store(workspace.home, write=False) as store:
        values = trace_values(store, settings.subject, asked)
        corrections = trace_corrections(store, settings.subject, asked)
        excluded = load_excluded(store, settings.subject).get(asked)
    rows = [
        (v.metric, v.source, f"{v.value:g}", v.file, v.imported_at[:16], (v.revised_at or "")[:16])
        for v in values
    ]
    header = ("metric", "source", "value", "file", "taken in", "revised")
    lines = [render.columns(rows, header=header)] if rows else [f"Nothing was measured on {asked}."]
    lines += [
        f"Corrected on {c.recorded_at[:16]}: {c.metric} of {c.source} is {c.value:g} ({c.reason})."
        for c in corrections
    ]
    lines += [f"Left out: {_why_out(excluded)}."] if excluded else []
    return CommandResult(
        data={
            "day": asked,
            "values": values,
            "corrections": corrections,
            "excluded": excluded,
        },
        text="\n".join(lines),
    )


def _choose(spans: tuple[SeriesSpan, ...], source: str, metric: str) -> tuple[Metric, str]:
    having = [span.metric for span in spans if span.measured_by == source]
    wanted = [m for m in having if metric in ("", _short(m).casefold())]
    if not having:
        known = ", ".join(sorted({span.measured_by for span in spans})) or "none yet"
        raise UsageError(f"no HRV from {source!r}", hint=f"there is HRV from: {known}")
    if len(wanted) != 1:
        names = " or ".join(_short(m).casefold() for m in having)
        raise UsageError(f"say which HRV of {source} counts", hint=f"--metric {names}")
    return wanted[0], source


def _span(session: Session, first: str, last: str) -> list[dt.date]:
    start = parse_day(first)
    end = parse_day(last) if last else start
    if not start <= end <= session.today():
        raise UsageError(
            f"{start} to {end} is no span of days that were", hint="give the earlier day first"
        )
    return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]


def _standing(place: int, span: SeriesSpan, preferred: tuple[Metric, str] | None) -> str:
    if place:
        return "kept, not mixed in"
    return "counts: chosen by you" if (span.metric, span.measured_by) == preferred else "counts"


def _why_out(excluded: Excluded | None) -> str:
    if excluded is None:
        return ""
    return f"{excluded.reason}: {excluded.note}" if excluded.note else excluded.reason


def _said(days: list[dt.date]) -> str:
    return days[0].isoformat() if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _short(metric: Metric) -> str:
    return "RMSSD" if metric is Metric.HRV_RMSSD_MS else "SDNN"

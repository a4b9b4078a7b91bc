"""Choose the HRV series, leave days out of the baseline, and trace values to their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hrvctl.domain.series import SeriesSpan
from hrvctl.errors import UsageError
from hrvctl.records import HRV_METRICS, Metric
from hrvctl.store.curation import (
    REASONS,
    Excluded,
    load_excluded,
    load_preference,
    remove_excluded,
    save_excluded,
    save_preference,
)
from hrvctl.store.database import open_store
from hrvctl.store.measurements import load_measurements
from hrvctl.store.provenance import (
    Correction,
    Origin,
    Revision,
    trace_corrections,
    trace_revisions,
    trace_values,
)
from hrvctl.usecases.history import load_spans
from hrvctl.usecases.workspace import Workspace, writing

# In place of a source: choose the series automatically.
AUTO = "auto"

Series = tuple[Metric, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One morning: the HRV of each series, ``None`` where missing, and why it is left out."""

    day: date
    hrv_ms: tuple[float | None, ...]
    excluded: Excluded | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTrace:
    """Every value of a day with its origin, what it was before, and why the day is left out."""

    values: list[Origin]
    revisions: list[Revision]
    corrections: list[Correction]
    excluded: Excluded | None


def list_series(workspace: Workspace, subject: str) -> tuple[tuple[SeriesSpan, ...], Series | None]:
    """Every HRV series, the one that counts first, and the series the person chose, if any."""
    with open_store(workspace.home, write=False) as store:
        return load_spans(store, subject), load_preference(store, subject)


def prefer_series(
    workspace: Workspace, subject: str, source: str, metric: str, *, dry_run: bool
) -> Series | None:
    """Choose the series that counts where several have the same nights.

    Returns:
        The series; ``None`` for ``AUTO``.

    Raises:
        UsageError: The source has no such series, or several.
    """
    spans, _ = list_series(workspace, subject)
    series = None if source == AUTO else _choose(spans, source, metric)
    if not dry_run:
        with writing(workspace) as store, store.transaction():
            save_preference(store, subject, series, at=workspace.clock())
    return series


def exclude_days(
    workspace: Workspace,
    subject: str,
    days: Sequence[date],
    *,
    reason: str,
    note: str,
    dry_run: bool,
) -> None:
    """Leave days out of the baseline.

    Raises:
        UsageError: The reason is not one of ``REASONS``.
    """
    if reason not in REASONS:
        raise UsageError(f"{reason!r} is not a reason", hint=f"choose from: {', '.join(REASONS)}")
    at = workspace.clock()
    rows = [Excluded(day=day, reason=reason, note=note, marked_at=at) for day in days]
    if not dry_run:
        with writing(workspace) as store, store.transaction():
            save_excluded(store, subject, rows)


def include_days(
    workspace: Workspace, subject: str, days: Sequence[date], *, dry_run: bool
) -> list[date]:
    """Put days back into the baseline; returns those that had been left out."""
    with open_store(workspace.home, write=False) as store:
        excluded = [day for day in load_excluded(store, subject) if day in days]
    if excluded and not dry_run:
        with writing(workspace) as store, store.transaction():
            remove_excluded(store, subject, excluded, at=workspace.clock())
    return excluded


def list_days(
    workspace: Workspace, subject: str, *, first: date, last: date
) -> tuple[list[Series], list[DayRow], date | None]:
    """Every series, the one that counts first, one row per calendar day, and the last night.

    Raises:
        UsageError: ``first`` is after ``last``.
    """
    if first > last:
        raise UsageError(f"{first} is after {last}", hint="--from must not be after --to")
    with open_store(workspace.home, write=False) as store:
        spans = load_spans(store, subject)
        nights = load_measurements(store, subject, until=last, metrics=HRV_METRICS)
        excluded = load_excluded(store, subject)
    series = [(span.metric, span.measured_by) for span in spans]
    values = {(m.day, m.metric, m.source): m.value for m in nights if m.day >= first}
    rows = [
        DayRow(
            day=day,
            hrv_ms=tuple(values.get((day, *one)) for one in series),
            excluded=excluded.get(day),
        )
        for day in day_range(first, last)
    ]
    return series, rows, max((span.last for span in spans), default=None)


def trace_day(workspace: Workspace, subject: str, day: date) -> DayTrace:
    """Trace every value of a day to its file, with its manual corrections."""
    with open_store(workspace.home, write=False) as store:
        return DayTrace(
            values=trace_values(store, subject, day),
            revisions=trace_revisions(store, subject, day),
            corrections=trace_corrections(store, subject, day),
            excluded=load_excluded(store, subject).get(day),
        )


def day_range(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def past_days(first: date, last: date, *, today: date) -> list[date]:
    """All days from the first to the last, both included.

    Raises:
        UsageError: The last day is before the first, or in the future.
    """
    if first > last:
        raise UsageError(f"{first} is after {last}", hint="give the earlier day first")
    if last > today:
        raise UsageError(f"{last} is in the future; today is {today}", hint="choose past days")
    return day_range(first, last)


def metric_name(metric: Metric) -> str:
    """``RMSSD`` or ``SDNN``."""
    return "RMSSD" if metric is Metric.HRV_RMSSD_MS else "SDNN"


def _choose(spans: Sequence[SeriesSpan], source: str, metric: str) -> Series:
    measured = [span.metric for span in spans if span.measured_by == source]
    if not measured:
        sources = ", ".join(sorted({span.measured_by for span in spans})) or "no source yet"
        raise UsageError(f"there is no HRV from {source!r}", hint=f"there is HRV from: {sources}")
    chosen = [m for m in measured if metric in ("", metric_name(m).casefold())]
    if len(chosen) != 1:
        names = " or ".join(metric_name(m).casefold() for m in measured)
        fault = (
            f"{source} has no {metric!r}" if metric else f"{source} has more than one HRV metric"
        )
        raise UsageError(fault, hint=f"choose with --metric {names}")
    return chosen[0], source

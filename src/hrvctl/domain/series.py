"""One person's past on a calendar-daily grid; missing days are NaN and stay NaN."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from hrvctl.records import HRV_METRICS, JournalEntry, Measurement, Metric

NAN = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything known on the evening of ``last``: HRV, what was measured, what was written.

    Attributes:
        first: Day of position 0.
        metric: Which HRV metric ``hrv`` is; RMSSD and SDNN never share a history.
        measured_by: The one source ``hrv`` comes from.
        hrv: ms, one value a calendar day, NaN where there was no night.
        measured: Other metrics on the same grid, each in its own unit, NaN where missing.
        journal: Tag to value on the same grid, NaN where nothing was said (never "no").
    """

    first: date
    metric: Metric
    measured_by: str
    hrv: tuple[float, ...]
    measured: Mapping[Metric, tuple[float, ...]]
    journal: Mapping[str, tuple[float, ...]]

    def __len__(self) -> int:
        return len(self.hrv)

    @property
    def last(self) -> date:
        """The evening this history stands on: the day of the last position."""
        return self.first + timedelta(days=len(self.hrv) - 1)

    @property
    def observed(self) -> tuple[date, ...]:
        """The days that have an HRV, oldest first."""
        return tuple(self.day(i) for i, value in enumerate(self.hrv) if not math.isnan(value))

    def day(self, position: int) -> date:
        """The calendar day of a position; positions past the end are the days to come."""
        return self.first + timedelta(days=position)

    def until(self, day: date) -> "History":
        """The same person on the evening of ``day``: nothing dated later is left in.

        A ``day`` after ``last`` gives the same past with missing days at its end.
        """
        n = max((day - self.first).days + 1, 0)
        return History(
            first=self.first,
            metric=self.metric,
            measured_by=self.measured_by,
            hrv=_fit(self.hrv, n),
            measured={metric: _fit(values, n) for metric, values in self.measured.items()},
            journal={tag: _fit(values, n) for tag, values in self.journal.items()},
        )


def primary_series(measurements: Iterable[Measurement]) -> tuple[Metric, str] | None:
    """The (metric, source) that has most nights; RMSSD before SDNN, then by name, at a tie."""
    nights = Counter((m.metric, m.source) for m in measurements if m.metric in HRV_METRICS)
    if not nights:
        return None
    return min(nights, key=lambda key: (-nights[key], HRV_METRICS.index(key[0]), key[1]))


def build_history(
    measurements: Iterable[Measurement],
    journal: Iterable[JournalEntry],
    *,
    metric: Metric,
    measured_by: str,
    as_of: date,
) -> History:
    """Lay one source's measurements and the journal on a daily grid ending at ``as_of``.

    Args:
        measurements: In any order; other sources, and days after ``as_of``, are left out.
        journal: In any order; of two answers to one tag on one day the larger counts, because a
            "yes" said anywhere that day is not undone by a "no" elsewhere.
        metric: The HRV metric.
        measured_by: The source.
        as_of: The evening it stands on.

    Returns:
        A history that starts on the first day with an HRV; empty when there is none.
    """
    known = [m for m in measurements if m.source == measured_by and m.day <= as_of]
    nights = [m.day for m in known if m.metric is metric]
    first = min(nights, default=as_of + timedelta(days=1))
    n = (as_of - first).days + 1
    grids: dict[Metric, list[float]] = {metric: [NAN] * n}
    for m in known:
        if m.day >= first and (m.metric is metric or m.metric not in HRV_METRICS):
            grids.setdefault(m.metric, [NAN] * n)[(m.day - first).days] = m.value
    tags: dict[str, list[float]] = {}
    for entry in journal:
        if first <= entry.day <= as_of:
            row = tags.setdefault(entry.tag, [NAN] * n)
            i = (entry.day - first).days
            row[i] = entry.value if math.isnan(row[i]) else max(row[i], entry.value)
    return History(
        first=first,
        metric=metric,
        measured_by=measured_by,
        hrv=tuple(grids.pop(metric)),
        measured={m: tuple(grids[m]) for m in sorted(grids)},
        journal={tag: tuple(tags[tag]) for tag in sorted(tags)},
    )


def _fit(values: tuple[float, ...], n: int) -> tuple[float, ...]:
    return values[:n] + (NAN,) * (n - len(values))

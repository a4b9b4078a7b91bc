"""One person's past on a calendar-daily grid; missing days are NaN and stay NaN."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hrvctl.records import (
    ASKED_AFTER_THE_NIGHT,
    HRV_METRICS,
    WHOLE_DAY,
    JournalEntry,
    Measurement,
    Metric,
)

NAN = math.nan

# How far back "now worn" looks, days; own choice: four weeks, the shortest window of a normal
# range in use (Javaloyes 2019), so that a change of device has settled when it takes over.
RECENT_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All data known on the evening of ``last``: HRV, other measurements, and the journal.

    Attributes:
        first: Day of position 0.
        metric: Which HRV metric ``hrv`` is; RMSSD and SDNN never share a history.
        measured_by: The one source ``hrv`` comes from.
        hrv: ms, one value a calendar day, NaN where there was no night.
        measured: Other metrics on the same grid, each in its own unit, NaN where missing.
        journal: Tag to value on the same grid, NaN where unanswered (never "no").
        set_aside: Days the person left out of the baseline, for example ill ones.
        answered_late: Tag to the days whose answer was given only after the evening.
    """

    first: date
    metric: Metric
    measured_by: str
    hrv: tuple[float, ...]
    measured: Mapping[Metric, tuple[float, ...]]
    journal: Mapping[str, tuple[float, ...]]
    set_aside: frozenset[date] = frozenset()
    answered_late: Mapping[str, frozenset[date]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.hrv)

    @property
    def last(self) -> date:
        """The evening of this history: the day of the last position."""
        return self.first + timedelta(days=len(self.hrv) - 1)

    @property
    def observed(self) -> tuple[date, ...]:
        """The days that have an HRV, oldest first."""
        return tuple(self.day(i) for i, value in enumerate(self.hrv) if not math.isnan(value))

    @property
    def ordinary(self) -> tuple[float, ...]:
        """``hrv`` without the days set aside, for the normal range."""
        return tuple(
            NAN if self.day(i) in self.set_aside else value for i, value in enumerate(self.hrv)
        )

    def day(self, position: int) -> date:
        """The calendar day of a position; positions past the end are the days to come."""
        return self.first + timedelta(days=position)

    def until(self, day: date) -> "History":
        """The same person on the evening of ``day``, without later days.

        A ``day`` after ``last`` gives the same past with missing days at its end.
        """
        n = max((day - self.first).days + 1, 0)
        return replace(
            self,
            hrv=_fit(self.hrv, n),
            measured={metric: _fit(values, n) for metric, values in self.measured.items()},
            journal={tag: _fit(values, n) for tag, values in self.journal.items()},
        )

    def with_open_day(self) -> "History":
        """The last day as its evening usually knows it, by the kinds of its values alone.

        Last night's values and what the person typed are known; what covers the whole day
        (``WHOLE_DAY``) or is asked after the night is not.
        """
        late = {tag for tag, days in self.answered_late.items() if self.last in days}
        return replace(
            self,
            measured={
                metric: (*values[:-1], NAN) if metric in WHOLE_DAY else values
                for metric, values in self.measured.items()
            },
            journal={
                tag: (*values[:-1], NAN) if tag in late else values
                for tag, values in self.journal.items()
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSpan:
    """One metric from one source: how many nights, from when to when."""

    metric: Metric
    measured_by: str
    n_nights: int
    first: date
    last: date


def series_spans(
    measurements: Iterable[Measurement], *, preferred: tuple[Metric, str] | None = None
) -> tuple[SeriesSpan, ...]:
    """Every HRV series there is, the one to forecast first.

    That is the one the person prefers; without a preference the one with most of the latest
    ``RECENT_DAYS`` nights, so that a new device takes over within weeks; at a tie the longer one,
    then RMSSD before SDNN, then by name.

    Args:
        measurements: In any order.
        preferred: The person's choice; ignored if it has no nights.
    """
    days: dict[tuple[Metric, str], list[int]] = {}
    for m in measurements:
        if m.metric in HRV_METRICS:
            days.setdefault((m.metric, m.source), []).append(m.day.toordinal())
    return tuple(
        SeriesSpan(
            metric=key[0],
            measured_by=key[1],
            n_nights=len(days[key]),
            first=date.fromordinal(min(days[key])),
            last=date.fromordinal(max(days[key])),
        )
        for key in rank_series(days, preferred=preferred)
    )


def rank_series(
    days: Mapping[tuple[Metric, str], Sequence[int]],
    *,
    preferred: tuple[Metric, str] | None = None,
) -> list[tuple[Metric, str]]:
    """Metric and source of every HRV series, in the order of ``series_spans``.

    Args:
        days: The numbers of its days, at least one, counted from any date.
        preferred: The person's choice.
    """
    recent = max((max(nights) for nights in days.values()), default=0) - RECENT_DAYS

    def rank(key: tuple[Metric, str]) -> tuple[bool, int, int, int, str]:
        n_recent = sum(day > recent for day in days[key])
        return key != preferred, -n_recent, -len(days[key]), HRV_METRICS.index(key[0]), key[1]

    return sorted(days, key=rank)


def build_history(
    measurements: Iterable[Measurement],
    journal: Iterable[JournalEntry],
    *,
    metric: Metric,
    measured_by: str,
    as_of: date,
    set_aside: Iterable[date] = (),
) -> History:
    """Lay one source's measurements and the journal on a daily grid ending at ``as_of``.

    Args:
        measurements: In any order; other sources, and days after ``as_of``, are left out.
        journal: In any order; of two answers to one tag on one day the larger counts, because a
            "yes" anywhere that day is not undone by a "no" elsewhere.
        metric: The HRV metric.
        measured_by: The source.
        as_of: The evening.
        set_aside: Days left out of the baseline.

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
    late: dict[str, set[date]] = {}
    in_time: dict[str, set[date]] = {}
    for entry in journal:
        if first <= entry.day <= as_of:
            row = tags.setdefault(entry.tag, [NAN] * n)
            i = (entry.day - first).days
            row[i] = entry.value if math.isnan(row[i]) else max(row[i], entry.value)
            when = late if entry.source in ASKED_AFTER_THE_NIGHT else in_time
            when.setdefault(entry.tag, set()).add(entry.day)
    return History(
        first=first,
        metric=metric,
        measured_by=measured_by,
        hrv=tuple(grids.pop(metric)),
        measured={m: tuple(grids[m]) for m in sorted(grids)},
        journal={tag: tuple(tags[tag]) for tag in sorted(tags)},
        set_aside=frozenset(day for day in set_aside if first <= day <= as_of),
        answered_late={tag: frozenset(late[tag] - in_time.get(tag, set())) for tag in sorted(late)},
    )


def _fit(values: tuple[float, ...], n: int) -> tuple[float, ...]:
    return values[:n] + (NAN,) * (n - len(values))

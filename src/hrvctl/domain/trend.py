"""The days of a picture: HRV, the weekly mean, and the normal range each day is held against.

Standard library only, because the light commands draw it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, quantiles

from hrvctl.domain.baseline import day_ranges, deviation
from hrvctl.domain.series import History

# Nights of each weekday that its figures need (own choice: fewer have no middle half).
MIN_OF_WEEKDAY = 4
# Share of a period's days with a night from which its mean is compared (own choice: with less a
# year would be compared with a month).
MIN_OF_PERIOD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendDay:
    """One day of a picture.

    Attributes:
        day: The day.
        hrv_ms: Its HRV, ms; ``None`` without a night.
        mean7_ms: Mean of the 7 days before, ms; see ``baseline``.
        low_ms: Lower end of the normal range, ms.
        high_ms: Upper end, ms.
        is_set_aside: Whether the person left it out of the normal range.
    """

    day: date
    hrv_ms: float | None
    mean7_ms: float | None
    low_ms: float | None
    high_ms: float | None
    is_set_aside: bool

    @property
    def deviation(self) -> float | None:
        """HRV in half widths of the normal range, on the log scale: -1 and 1 are its ends."""
        if self.hrv_ms is None or self.low_ms is None or self.high_ms is None:
            return None
        return deviation(self.hrv_ms, self.low_ms, self.high_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayFigures:
    """The nights that ended on one weekday.

    Attributes:
        weekday: 0 is Monday.
        n: Nights.
        median_ms: Their median, ms; ``None`` with too few of them, as the quartiles.
        low_ms: Lower quartile, ms.
        high_ms: Upper quartile, ms.
    """

    weekday: int
    n: int
    median_ms: float | None
    low_ms: float | None
    high_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFigures:
    """The nights of a period; the mean is taken on the log scale, ms, ``None`` with too few."""

    n: int
    mean_ms: float | None


def trend(history: History, *, first: date, last: date, profile: str) -> tuple[TrendDay, ...]:
    """Every day from ``first`` to ``last``, also those before the first night."""
    ranges = day_ranges((history.first, history.ordinary), first=first, last=last, profile=profile)
    return tuple(
        TrendDay(
            day=one.day,
            hrv_ms=_value(history, one.day),
            mean7_ms=one.mean7_ms,
            low_ms=one.low_ms,
            high_ms=one.high_ms,
            is_set_aside=one.day in history.set_aside,
        )
        for one in ranges
    )


def by_weekday(days: Sequence[TrendDay]) -> tuple[WeekdayFigures, ...]:
    """The nights of each weekday, from Monday on; days set aside are left out."""
    found = []
    for weekday in range(7):
        values = [v for day in days if day.day.weekday() == weekday if (v := _ordinary(day))]
        is_enough = len(values) >= MIN_OF_WEEKDAY
        low, median, high = quantiles(values, method="inclusive") if is_enough else (None,) * 3
        found.append(
            WeekdayFigures(
                weekday=weekday, n=len(values), median_ms=median, low_ms=low, high_ms=high
            )
        )
    return tuple(found)


def of_period(days: Sequence[TrendDay]) -> PeriodFigures:
    """The nights of a period; days set aside are left out."""
    logs = [math.log(v) for day in days if (v := _ordinary(day))]
    mean = math.exp(fmean(logs)) if logs and len(logs) >= MIN_OF_PERIOD * len(days) else None
    return PeriodFigures(n=len(logs), mean_ms=mean)


def _ordinary(day: TrendDay) -> float | None:
    return None if day.is_set_aside else day.hrv_ms


def _value(history: History, day: date) -> float | None:
    position = (day - history.first).days
    value = history.hrv[position] if 0 <= position < len(history) else math.nan
    return None if math.isnan(value) else value

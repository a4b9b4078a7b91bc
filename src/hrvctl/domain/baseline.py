"""The baseline of a person: weekly mean, normal range, variation, trend, and a light.

All of it on x = ln HRV (ln RMSSD where RMSSD is measured: Plews et al. 2012, because RMSSD is
skewed). Every window ends the day before the day in question: today is never in its own baseline.
Standard library only, because the light commands use it.

References:
    Plews et al. 2012, Eur J Appl Physiol 112: weekly mean and coefficient of variation of lnRMSSD.
    Plews et al. 2013, Sports Med 43: the smallest worthwhile change as a share of the SD.
    Plews et al. 2014, IJSPP 9: at least three valid nights make a weekly mean.
    Javaloyes et al. 2019, IJSPP 14: 7-day mean against mean +- .5 SD of four weeks.
    Altini & Plews 2021, Sensors 21: normal range from about 60 days, the HRV4Training practice.
    Sen 1968, JASA 63: slope as the median of all pairwise slopes.
    Rousseeuw & Croux 1993, JASA 88: 1.4826 MAD estimates the SD.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from statistics import fmean, median, stdev
from typing import Literal

from hrvctl.errors import UsageError

Light = Literal["green", "amber", "red", "unknown"]

WEEK_DAYS = 7
# Valid nights of a week that make a weekly mean (Plews et al. 2014).
MIN_WEEK_NIGHTS = 3
# Valid nights that make a normal range (own choice: two weeks, every weekday twice).
MIN_RANGE_NIGHTS = 14
# Window, days, to the valid nights a trend over it needs (own choice: half of the window; a slope
# over fewer is not one of so many days).
TREND_NIGHTS: Mapping[int, int] = {14: 7, 60: 30}
# MAD to SD of a normal distribution (Rousseeuw & Croux 1993).
MAD_TO_SD = 1.4826
# Smallest worthwhile changes below the median from which one night is acute (own choice).
ACUTE_CHANGES = 2
# Least half width of the robust range: 5 %, about a device's night-to-night noise (own choice).
ROBUST_FLOOR = math.log(1.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeMethod:
    """A published method for the normal range.

    Attributes:
        name: Its name in settings and files.
        window_days: Days before the day in question that it uses.
        k: Half width, in SDs: the smallest worthwhile change.
        is_robust: Median and MAD in place of mean and SD.
        source: Where it comes from.
    """

    name: str
    window_days: int
    k: float
    is_robust: bool
    source: str


PROFILES: Mapping[str, RangeMethod] = {
    profile.name: profile
    for profile in (
        RangeMethod(
            name="javaloyes",
            window_days=28,
            k=0.5,
            is_robust=False,
            source="Javaloyes et al. 2019",
        ),
        RangeMethod(
            name="plews", window_days=60, k=0.75, is_robust=False, source="Plews et al. 2013, 2014"
        ),
        RangeMethod(
            name="hrv4t-like",
            window_days=60,
            k=1.0,
            is_robust=False,
            source="after Altini & Plews 2021",
        ),
        RangeMethod(
            name="robust60",
            window_days=60,
            k=0.5,
            is_robust=True,
            source="Plews et al. 2013 with median and MAD",
        ),
    )
}
# One night's artefact moves a median least.
DEFAULT_PROFILE = "robust60"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The baseline of one day.

    Attributes:
        day: The day; no window includes it.
        profile: The method of the normal range.
        value_ms: HRV of the day itself, where there is one.
        mean7_ms: Mean of the 7 days before, taken on the log scale, ms.
        low_ms: Lower end of the normal range, ms.
        high_ms: Upper end, ms.
        cv_pct: Coefficient of variation of x over the 7 days, % (Plews et al. 2012).
        trend_14d_pct_week: Theil-Sen trend over 14 days, % a week.
        trend_60d_pct_week: The same over 60 days.
        acute: Whether the day itself lies more than two smallest worthwhile changes below the
            median; ``None`` without a normal range or a value.
        light: ``green`` inside, ``amber`` outside, ``red`` persistently below, or ``unknown``.
        reason: Why that light, a sentence.
        n_nights: Valid nights in the profile's window.
        missing: What has too few nights and why, for example ``range: have 3 nights, need 14``.
    """

    day: date
    profile: str
    value_ms: float | None
    mean7_ms: float | None
    low_ms: float | None
    high_ms: float | None
    cv_pct: float | None
    trend_14d_pct_week: float | None
    trend_60d_pct_week: float | None
    acute: bool | None
    light: Light
    reason: str
    n_nights: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """Normal range on the log scale."""

    middle: float
    half: float
    median: float

    @property
    def low(self) -> float:
        return self.middle - self.half

    @property
    def high(self) -> float:
        return self.middle + self.half


def baseline(
    series: Mapping[date, float] | tuple[date, Sequence[float]],
    *,
    day: date,
    profile: str = DEFAULT_PROFILE,
) -> Baseline:
    """Compute the baseline of a day from the days before it.

    Args:
        series: HRV in ms by day; or the first day and one value a calendar day, NaN where there
            was no night. Days after ``day`` are not used.
        day: The day in question.
        profile: One of ``PROFILES``.

    Raises:
        UsageError: There is no such profile; the hint lists the names.
    """
    if profile not in PROFILES:
        raise UsageError(
            f"no baseline is called {profile!r}", hint=f"choose one of: {', '.join(PROFILES)}"
        )
    x = _log(series)
    way = PROFILES[profile]
    week = list(_before(x, day, WEEK_DAYS).values())
    window = list(_before(x, day, way.window_days).values())
    normal = _range(window, way) if len(window) >= MIN_RANGE_NIGHTS else None
    has_week = len(week) >= MIN_WEEK_NIGHTS
    acute = None
    if normal and day in x:
        acute = x[day] < normal.median - ACUTE_CHANGES * normal.half
    light, reason = _light(week if has_week else [], normal, acute, _why_unknown(week, window))
    trends = {days: _trend(_before(x, day, days), need) for days, need in TREND_NIGHTS.items()}
    return Baseline(
        day=day,
        profile=profile,
        value_ms=math.exp(x[day]) if day in x else None,
        mean7_ms=math.exp(fmean(week)) if has_week else None,
        low_ms=math.exp(normal.low) if normal else None,
        high_ms=math.exp(normal.high) if normal else None,
        cv_pct=_variation(week) if has_week else None,
        trend_14d_pct_week=trends[14],
        trend_60d_pct_week=trends[60],
        acute=acute,
        light=light,
        reason=reason,
        n_nights=len(window),
        missing=_missing(x, day, week, window),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRange:
    """The weekly mean and the normal range a day is held against; both end the day before.

    Attributes:
        day: The day.
        mean7_ms: As in ``Baseline``; ``None`` with too few nights.
        low_ms: Likewise.
        high_ms: Likewise.
    """

    day: date
    mean7_ms: float | None
    low_ms: float | None
    high_ms: float | None


def day_ranges(
    series: Mapping[date, float] | tuple[date, Sequence[float]],
    *,
    first: date,
    last: date,
    profile: str = DEFAULT_PROFILE,
) -> tuple[DayRange, ...]:
    """Weekly mean and normal range of every day from ``first`` to ``last``, as in ``baseline``."""
    x, way = _log(series), PROFILES[profile]
    found = []
    for back in range((last - first).days, -1, -1):
        day = last - timedelta(days=back)
        week = list(_before(x, day, WEEK_DAYS).values())
        window = list(_before(x, day, way.window_days).values())
        normal = _range(window, way) if len(window) >= MIN_RANGE_NIGHTS else None
        found.append(
            DayRange(
                day=day,
                mean7_ms=math.exp(fmean(week)) if len(week) >= MIN_WEEK_NIGHTS else None,
                low_ms=math.exp(normal.low) if normal else None,
                high_ms=math.exp(normal.high) if normal else None,
            )
        )
    return tuple(found)


def deviation(value_ms: float, low_ms: float, high_ms: float) -> float | None:
    """Place of an HRV in a normal range, in half widths from its middle on the log scale.

    -1 and 1 are the ends; times ``k`` of the range's method it is in the person's own SDs.
    ``None`` where the range has no width.
    """
    low, high = math.log(low_ms), math.log(high_ms)
    return (2 * math.log(value_ms) - low - high) / (high - low) if high > low else None


def _log(series: Mapping[date, float] | tuple[date, Sequence[float]]) -> dict[date, float]:
    if isinstance(series, Mapping):
        days = series
    else:
        first, values = series
        days = {first + timedelta(days=i): value for i, value in enumerate(values)}
    return {day: math.log(value) for day, value in days.items() if value > 0}


def _before(x: Mapping[date, float], day: date, days: int) -> dict[date, float]:
    """The valid values of the given number of days that end the day before, oldest first."""
    window = (day - timedelta(days=back) for back in range(days, 0, -1))
    return {d: x[d] for d in window if d in x}


def _range(window: Sequence[float], way: RangeMethod) -> _Range:
    middle = median(window)
    if way.is_robust:
        spread = MAD_TO_SD * median(abs(value - middle) for value in window)
        return _Range(middle=middle, half=max(way.k * spread, ROBUST_FLOOR), median=middle)
    return _Range(middle=fmean(window), half=way.k * stdev(window), median=middle)


def _variation(week: Sequence[float]) -> float | None:
    """100 SD / mean of x (Plews et al. 2012); nothing where the mean of x is not above zero."""
    mean = fmean(week)
    return 100 * stdev(week) / mean if mean > 0 else None


def _trend(window: Mapping[date, float], need: int) -> float | None:
    """Theil-Sen slope of x (Sen 1968), as % a week."""
    if len(window) < need:
        return None
    pairs = combinations(window.items(), 2)
    slope = median((later - x) / (end - start).days for (start, x), (end, later) in pairs)
    return 100 * math.expm1(WEEK_DAYS * slope)


def _light(
    week: Sequence[float], normal: _Range | None, acute: bool | None, unknown: str
) -> tuple[Light, str]:
    """The light and why.

    Red needs more than one bad night: the mean of the week below the range, and its median too,
    or today far below as well (own choice, so that no single artefact turns it red).
    """
    if normal is None or not week:
        return "unknown", unknown
    mean = fmean(week)
    words = f"{math.exp(normal.low):.0f} to {math.exp(normal.high):.0f} ms"
    week_text = f"the 7-day mean of {math.exp(mean):.0f} ms is"
    # A tolerance, not a threshold: on a constant series mean and range differ by rounding only.
    if mean < normal.low - 1e-9:
        if median(week) < normal.low - 1e-9 or acute:
            return "red", f"{week_text} below the normal range of {words}"
        return "amber", f"{week_text} below the normal range of {words}, most nights are not"
    if mean > normal.high + 1e-9:
        return "amber", f"{week_text} above the normal range of {words}"
    if acute:
        return "amber", f"{week_text} inside the normal range of {words}, but today is far below it"
    return "green", f"{week_text} inside the normal range of {words}"


def _why_unknown(week: Sequence[float], window: Sequence[float]) -> str:
    if len(window) < MIN_RANGE_NIGHTS:
        return f"have {len(window)} nights, need {MIN_RANGE_NIGHTS} for a normal range"
    return f"have {len(week)} nights in the last 7 days, need {MIN_WEEK_NIGHTS}"


def _missing(
    x: Mapping[date, float], day: date, week: Sequence[float], window: Sequence[float]
) -> tuple[str, ...]:
    wanted = [("7-day mean", len(week), MIN_WEEK_NIGHTS), ("range", len(window), MIN_RANGE_NIGHTS)]
    wanted += [
        (f"{days}-day trend", len(_before(x, day, days)), need)
        for days, need in TREND_NIGHTS.items()
    ]
    return tuple(f"{what}: have {n} nights, need {need}" for what, n, need in wanted if n < need)

"""Error measures of forecasts: MAE, bias, RMSE, pinball loss, interval coverage.

Plain sequences of floats in, oldest first; a pair with a NaN in it is never scored. Standard
library only, so that the light commands may use it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from hrvctl.records import LEVELS

# Standard normal quantile of a two-sided 95 % interval.
Z_95 = 1.959964
_ALL_LEVELS = frozenset(LEVELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often an interval contained the outcome.

    Attributes:
        level: The nominal share, for example .8.
        n: Mornings scored.
        inside: Mornings with the outcome inside the interval, ends included.
        rate: ``inside / n``.
        low: Lower end of the 95 % confidence interval of the rate (Wilson).
        high: Upper end of it.
        width_ms: Mean width of the interval, ms.
    """

    level: float
    n: int
    inside: int
    rate: float
    low: float
    high: float
    width_ms: float


def mae(actual: Sequence[float], forecast: Sequence[float]) -> float | None:
    """Mean absolute error, in the unit of the values; ``None`` when no pair is complete."""
    return _mean([abs(f - a) for a, f in _complete(actual, forecast)])


def errors_text(own_ms: float, other_ms: float) -> str:
    """Two mean absolute errors, ms, as text for a person.

    With one decimal (own choice: a mean over some months is not more precise), and a second one
    only where the two would look equal.
    """
    digits = 1 if f"{own_ms:.1f}" != f"{other_ms:.1f}" else 2
    return f"{own_ms:.{digits}f} ms against {other_ms:.{digits}f} ms"


def bias(actual: Sequence[float], forecast: Sequence[float]) -> float | None:
    """Mean of forecast minus actual: above zero the forecasts were too high."""
    return _mean([f - a for a, f in _complete(actual, forecast)])


def rmse(actual: Sequence[float], forecast: Sequence[float]) -> float | None:
    """Root mean squared error, in the unit of the values; ``None`` when no pair is complete."""
    square = _mean([(f - a) ** 2 for a, f in _complete(actual, forecast)])
    return None if square is None else math.sqrt(square)


def relative_mae(
    actual: Sequence[float], forecast: Sequence[float], reference: Sequence[float]
) -> float | None:
    """MAE of a forecast over the MAE of a reference on the same days; below 1 is better.

    Hyndman & Koehler (2006), section 2.4 (relative measures). ``None`` when nothing can be
    compared, or the reference made no error at all.
    """
    rows = list(_complete(actual, forecast, reference))
    reference_error = math.fsum(abs(r - a) for a, _, r in rows)
    if reference_error == 0:
        return None
    return math.fsum(abs(f - a) for a, f, _ in rows) / reference_error


def relative_rmse(
    actual: Sequence[float], forecast: Sequence[float], reference: Sequence[float]
) -> float | None:
    """RMSE of a forecast over the RMSE of a reference on the same days; below 1 is better.

    With the last value as reference it is the RMSSE of these reports: Hyndman & Koehler (2006)
    scale by the naive forecast's error; here it is the one on the mornings scored. ``None`` when
    nothing can be compared, or the reference made no error at all.
    """
    rows = list(_complete(actual, forecast, reference))
    reference_error = math.fsum((r - a) ** 2 for a, _, r in rows)
    if reference_error == 0:
        return None
    return math.sqrt(math.fsum((f - a) ** 2 for a, f, _ in rows) / reference_error)


def pinball(actual: Sequence[float], quantiles: Sequence[Mapping[float, float]]) -> float | None:
    """Mean pinball loss over ``LEVELS`` and days (Koenker & Bassett 1978).

    Args:
        actual: One value a day.
        quantiles: Level to value, one mapping a day; a day that lacks a level is left out, so
            that no forecaster gains by omitting the levels that cost most.
    """
    losses = [
        pinball_loss(a, q[level], level)
        for a, q in zip(actual, quantiles, strict=True)
        if not math.isnan(a) and q.keys() >= _ALL_LEVELS
        for level in LEVELS
    ]
    return _mean(losses)


def pinball_loss(actual: float, quantile: float, level: float) -> float:
    """Pinball loss of one quantile on one day, in the unit of the values."""
    error = actual - quantile
    return max(level * error, (level - 1) * error)


def coverage(
    actual: Sequence[float], low: Sequence[float], high: Sequence[float], *, level: float
) -> Coverage | None:
    """How often ``low <= actual <= high``, with its uncertainty; ``None`` without a day."""
    rows = list(_complete(actual, low, high))
    inside = sum(lo <= a <= hi for a, lo, hi in rows)
    return share_inside(level, inside, [hi - lo for _, lo, hi in rows])


def share_inside(level: float, inside: int, widths_ms: Sequence[float]) -> Coverage | None:
    """The coverage of intervals from their count; ``None`` without one.

    Args:
        level: The nominal share, for example .8.
        inside: How many of them contained the outcome.
        widths_ms: The width of each.
    """
    n = len(widths_ms)
    if not n:
        return None
    low, high = wilson(inside, n)
    return Coverage(
        level=level,
        n=n,
        inside=inside,
        rate=inside / n,
        low=low,
        high=high,
        width_ms=fmean(widths_ms),
    )


def wilson(inside: int, n: int) -> tuple[float, float]:
    """95 % confidence interval of a proportion (Wilson 1927), for ``n`` of at least 1."""
    rate, z2 = inside / n, Z_95**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    # At 0 and n of n the ends are exact; arithmetic alone would leave 1e-17 more or less.
    return (0.0 if inside == 0 else centre - half, 1.0 if inside == n else centre + half)


def _complete(*columns: Sequence[float]) -> Iterator[tuple[float, ...]]:
    for row in zip(*columns, strict=True):
        if not any(map(math.isnan, row)):
            yield row


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None

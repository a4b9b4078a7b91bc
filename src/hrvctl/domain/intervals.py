"""Split-conformal intervals from a forecaster's own past errors.

Split conformal prediction (Vovk, Gammerman & Shafer 2005; Lei et al. 2018, "Distribution-free
predictive inference for regression", algorithm 2): the radius at a level is the
``ceil((n + 1) * level)``-th smallest of ``n`` past absolute errors. With fewer errors than that
the level cannot be stated, and is not. Errors are taken on the log scale, where those of HRV are
about equally large at every level of HRV, so that no interval reaches below zero.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.records import INTERVALS

MEDIAN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Radii:
    """Half widths of intervals on the log scale, for every lead.

    Attributes:
        n_errors: Most errors known at any one lead.
        by_percent: Interval, in percent, to half widths, shape (n_leads,), position 0 is lead 1;
            never shrinking with the lead; all NaN while the interval cannot be stated.
    """

    n_errors: int
    by_percent: Mapping[int, Floats]


def needed(level: float) -> int:
    """Errors needed to state a level: the least n with ``rank(n, level) <= n``; .8: 4, .95: 19."""
    return next(n for n in range(1, 10_000) if rank(n, level) <= n)


def rank(n: int, level: float) -> int:
    """Which of n sorted errors is the radius: ``ceil((n + 1) * level)`` (Lei et al. 2018)."""
    # 9 digits: (n + 1) * .95 must not become 19.000000000000004 and then 20.
    return math.ceil(round((n + 1) * level, 9))


def lead_errors(point: Floats, hrv: Floats) -> Floats:
    """Absolute log errors by the morning they became known and by effective lead.

    The effective lead is the target minus the last observed day, so only origins whose own
    evening was observed count.

    Args:
        point: ``RollingForecasts.point``, shape (n + 1, n_leads), ms.
        hrv: Shape (n,), ms, NaN where there was no night.

    Returns:
        Shape (n, n_leads); row p holds the errors of the forecasts for position p, so the rows
        up to p are what is known on the evening of p. NaN where there is none.
    """
    n, n_leads = len(hrv), point.shape[1]
    errors = np.full((n, n_leads), np.nan)
    with np.errstate(invalid="ignore"):
        log_point, log_hrv = np.log(point), np.log(hrv)
    for lead in range(1, min(n_leads, n - 1) + 1):
        # Target p was forecast at this lead on the evening of p - lead: row p - lead + 1.
        made = np.where(np.isnan(hrv[:-lead]), np.nan, log_point[1 : n - lead + 1, lead - 1])
        errors[lead:, lead - 1] = np.abs(log_hrv[lead:] - made)
    return errors


def radii(known: Floats) -> Radii:
    """Turn the errors known so far into half widths.

    Args:
        known: Rows of ``lead_errors`` up to the evening asked, shape (m, n_leads).
    """
    ordered = np.sort(known, axis=0)  # NaN go last
    counts = np.sum(~np.isnan(known), axis=0)
    by_percent: dict[int, Floats] = {}
    narrower = np.zeros(known.shape[1])
    for percent in sorted(INTERVALS):
        level = percent / 100
        own = np.array([_radius(ordered[:, j], int(c), level) for j, c in enumerate(counts)])
        # A wider interval widened from another lead must still hold the narrower one.
        by_percent[percent] = np.maximum(np.maximum.accumulate(_widen(own)), narrower)
        narrower = by_percent[percent]
    return Radii(n_errors=int(counts.max(initial=0)), by_percent=by_percent)


def state(point_ms: float, lead: int, known: Radii) -> tuple[dict[float, float], tuple[str, ...]]:
    """State the quantiles of a forecast, and why any are missing.

    Args:
        point_ms: The point forecast, ms; it is the median.
        lead: Target minus last observed day, from 1; a lead past the last known is taken as it.
        known: From ``radii``.

    Returns:
        Level to value in ms, rising with the level; and a text for each level not stated, for
        example ``80 %: have 2 errors, need 4``.
    """
    quantiles = {MEDIAN: point_ms}
    missing: list[str] = []
    for percent, (low, high) in INTERVALS.items():
        by_lead = known.by_percent[percent]
        radius = float(by_lead[min(lead, len(by_lead)) - 1])
        if math.isnan(radius):
            n_needed = needed(percent / 100)
            missing.append(f"{percent} %: have {known.n_errors} errors, need {n_needed}")
        else:
            quantiles[low] = point_ms * math.exp(-radius)
            quantiles[high] = point_ms * math.exp(radius)
    return dict(sorted(quantiles.items())), tuple(missing)


def _radius(ordered: Floats, n: int, level: float) -> float:
    k = rank(n, level)
    return float(ordered[k - 1]) if k <= n else math.nan


def _widen(own: Floats) -> Floats:
    """Fill the leads that have too few errors of their own; all NaN stays all NaN."""
    leads = np.arange(1, len(own) + 1)
    enough = leads[~np.isnan(own)]
    filled = own.copy()
    for lead in leads[np.isnan(own)] if len(enough) else ():
        shorter = enough[enough < lead]
        if len(shorter):
            # The error of a random walk grows as the root of the lead, and HRV, which returns
            # to its level, is never more than that: the bound is on the wide side.
            source = shorter[-1]
            filled[lead - 1] = own[source - 1] * math.sqrt(lead / source)
        else:
            # Only longer leads are known (nights worn every other day): theirs is wide enough.
            filled[lead - 1] = own[enough[0] - 1]
    return filled

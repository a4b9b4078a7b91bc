"""Split-conformal intervals from a forecaster's own past errors.

Split conformal prediction (Vovk, Gammerman & Shafer 2005; Lei et al. 2018, "Distribution-free
predictive inference for regression", algorithm 2): the radius at a level is the
``ceil((n + 1) * level)``-th smallest of ``n`` past absolute errors. With fewer errors than that
the level cannot be stated, and is not. Errors are taken on the log scale, where those of HRV are
about equally large at every level of HRV, so that no interval reaches below zero.
"""

import math
from functools import cache

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.loops import Loop
from hrvctl.records import INTERVALS, LEVELS

MEDIAN = 0.5


@cache
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


def radii(errors: Floats, evenings: Ints, leads: Ints, *, days: int) -> Floats:
    """Half widths of intervals on the log scale, from the errors known on each evening.

    Args:
        errors: From ``lead_errors``, shape (n, n_leads).
        evenings: Shape (k,); on evening p the rows below p are known.
        leads: Shape (k,), target minus last observed day, from 1; a lead beyond ``n_leads`` counts
            as ``n_leads``.
        days: How many of the newest rows count.

    Returns:
        Shape (k, len(INTERVALS)), rising from narrow to wide and never shrinking with the lead; NaN
        where the interval cannot be stated.
    """
    n_leads = errors.shape[1]
    leads = np.minimum(leads, n_leads)
    # Rows without errors before the first give every evening a window of full length.
    oldest = max(int(evenings.min(initial=len(errors))) - days, 0)
    padded = np.concatenate([np.full((days, n_leads), np.nan), errors[oldest:]])
    begin = evenings - oldest
    seen = np.concatenate([[0], np.cumsum(~np.isnan(padded[:, 0]))])
    # Only shorter leads matter, unless the shortest has too few errors: then any may lend its own.
    is_enough = seen[begin + days] - seen[begin] >= needed(max(INTERVALS) / 100)
    wanted = np.where(is_enough, leads, n_leads)
    row, column = np.nonzero(np.arange(wanted.max(initial=1)) < wanted[:, None])
    ranks = np.stack([_ranks(days, percent / 100) for percent in sorted(INTERVALS)])
    out = np.empty((len(evenings), len(INTERVALS)))
    narrower = np.zeros((len(evenings), wanted.max(initial=1)))
    for place, ranked in enumerate(_ranked_errors(padded, begin[row], column, ranks)):
        own = np.full(narrower.shape, np.nan)
        own[row, column] = ranked
        # A wider interval widened from another lead must still hold the narrower one.
        narrower = np.maximum(np.maximum.accumulate(_widen(own), axis=1), narrower)
        out[:, place] = narrower[np.arange(len(evenings)), leads - 1]
    return out


@Loop
def _ranked_errors(errors: Floats, begin: Ints, column: Ints, ranks: Ints) -> Floats:
    """The errors of given ranks in windows of a table.

    Args:
        errors: Shape (n, n_leads), NaN where there is none.
        begin: Shape (k,), first row of each window.
        column: Shape (k,), its column.
        ranks: Shape (levels, rows of a window + 1), the rank wanted by the number of errors.

    Returns:
        Shape (levels, k); NaN where the window has fewer errors than the rank.
    """
    days = ranks.shape[1] - 1
    ordered = np.sort(errors[begin[:, None] + np.arange(days), column[:, None]])  # NaN go last
    wanted = ranks[:, (~np.isnan(ordered)).sum(axis=1)]
    # Where the rank is above the number of errors, there is a NaN, or no row at all.
    found = ordered[np.arange(len(begin)), np.minimum(wanted, days) - 1]
    return np.where(wanted <= days, found, np.nan)


@_ranked_errors.compiled_from
def _ranked_in_loops(errors: Floats, begin: Ints, column: Ints, ranks: Ints) -> Floats:
    days, n_leads = ranks.shape[1] - 1, errors.shape[1]
    out = np.full((len(ranks), len(begin)), np.nan)
    # Of each column the errors of the newest window, ascending, how many, and where it begins.
    ordered, size = np.empty((n_leads, days + 1)), np.zeros(n_leads, np.int64)
    at = np.full(n_leads, -1)
    for k in range(len(begin)):
        lead, own = column[k], ordered[column[k]]
        if at[lead] < 0 or begin[k] < at[lead]:
            window = errors[begin[k] : begin[k] + days, lead]
            own[:days] = np.sort(window)
            size[lead], at[lead] = (~np.isnan(window)).sum(), begin[k]
        for row in range(at[lead] + days, begin[k] + days):
            n, error, oldest = size[lead], errors[row, lead], errors[row - days, lead]
            if oldest == oldest:
                n -= 1
                for place in range(np.searchsorted(own[: n + 1], oldest), n):
                    own[place] = own[place + 1]
            if error == error:
                first = np.searchsorted(own[:n], error)
                for place in range(n, first, -1):
                    own[place] = own[place - 1]
                own[first] = error
                n += 1
            size[lead] = n
        at[lead] = begin[k]
        for level in range(len(ranks)):
            rank = ranks[level, size[lead]]
            if rank <= size[lead]:
                out[level, k] = own[rank - 1]
    return out


def around(point: Floats, half_widths: Floats) -> Floats:
    """Quantiles of point forecasts, which are the medians.

    Args:
        point: Shape (k,), ms.
        half_widths: From ``radii``, shape (k, len(INTERVALS)).

    Returns:
        Shape (k, len(LEVELS)), ms, rising with the level; NaN where it cannot be stated.
    """
    out = np.empty((len(point), len(LEVELS)))
    out[:, LEVELS.index(MEDIAN)] = point
    for place, percent in enumerate(sorted(INTERVALS)):
        low, high = map(LEVELS.index, INTERVALS[percent])
        out[:, low] = point * np.exp(-half_widths[:, place])
        out[:, high] = point * np.exp(half_widths[:, place])
    return out


@cache
def _ranks(most: int, level: float) -> Ints:
    return np.array([rank(n, level) for n in range(most + 1)])


def _widen(own: Floats) -> Floats:
    """Fill the leads that have too few errors of their own; all NaN stays all NaN.

    Args:
        own: Shape (k, leads), the half widths of each lead's own errors.
    """
    known, lead = ~np.isnan(own), np.arange(own.shape[1])
    shorter = np.maximum.accumulate(np.where(known, lead, -1), axis=1)
    # Where only longer leads are known (nights worn every other day), theirs is wide enough.
    source = np.where(shorter >= 0, shorter, known.argmax(axis=1)[:, None])
    # The error of a random walk grows as the root of the lead, and HRV, which returns to its
    # level, is never more than that: the bound is on the wide side.
    growth = np.where(shorter >= 0, np.sqrt((lead + 1) / (source + 1)), 1.0)
    filled: Floats = own[np.arange(len(own))[:, None], source] * growth
    return filled

"""Forecasts beyond tomorrow: recursive multi-step roll-out, and forecasts carried over a gap."""

from typing import NamedTuple

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.forecast.features import HALF_LIVES, PAST_NIGHTS, WEEKDAYS
from hrvctl.domain.forecast.protocol import MAX_LEAD
from hrvctl.domain.forecast.recursions import CLIP_Z, clip
from hrvctl.domain.loops import Loop

HISTORY_FEATURES = (*PAST_NIGHTS, *WEEKDAYS)


class RollTerms(NamedTuple):
    """What the forecast of a further day is made of, on n evenings.

    Attributes:
        usual: Shape (7, n), the intercept and the weekday's effect; row d is for the mornings d,
            d + 7, ... days after tomorrow.
        slopes: Shape (6, n), of ``LAST_NIGHT`` and of the fast levels.
        levels: Shape (3, n), the fast levels, standardised.
        gains: Shape (3, n), how much of a new night each takes on.
    """

    usual: Floats
    slopes: Floats
    levels: Floats
    gains: Floats


@Loop
def roll_terms(
    coefficients: Floats,
    columns: Ints,
    weekday: Ints,
    recent: Floats,
    centre: Floats,
    scale: Floats,
    nights: Floats,
) -> RollTerms:
    """Collect what ``roll_forward`` needs on n evenings.

    Args:
        coefficients: Shape (n, p), of the history pattern, which uses past nights alone.
        columns: Where ``HISTORY_FEATURES`` are among its inputs.
        weekday: Shape (n,), of the day after, Monday 0.
        recent: As of ``Frame``, like the rest.
        centre: The slow level.
        scale: The spread.
        nights: Nights so far.
    """
    n = len(weekday)
    slopes = np.ascontiguousarray(coefficients[:, columns].T)
    weekdays = slopes[7:]
    effects = (weekdays - weekdays.sum(axis=0) / 7).ravel()
    usual, gains = np.empty((7, n)), np.empty((len(HALF_LIVES), n))
    for days in range(7):
        usual[days] = slopes[0] + effects[(weekday + days) % 7 * n + np.arange(n)]
    for number, half_life in enumerate(HALF_LIVES):
        gains[number] = np.maximum(1.0 / (nights + 1.0), 1.0 - 2.0 ** (-1.0 / half_life))
    return RollTerms(usual, slopes[1:7], (recent - centre) / scale, gains)


@Loop
def roll_forward(terms: RollTerms, tomorrow: Floats) -> Floats:
    """Forecast each further day from the forecast of the day before it.

    Args:
        terms: From ``roll_terms``, of n evenings.
        tomorrow: Shape (n,), standardised deviations forecast for lead 1.

    Returns:
        Shape (MAX_LEAD, n), standardised deviations; the centre is held constant.
    """
    levels = terms.levels
    out = np.empty((MAX_LEAD, len(tomorrow)))
    out[0] = tomorrow
    for lead in range(1, MAX_LEAD):
        levels = levels + terms.gains * (out[lead - 1] - levels)
        near = clip(out[lead - 1])
        bent = np.stack([near, np.minimum(near + 1, 0), np.maximum(near - 1, 0), *clip(levels)])
        out[lead] = terms.usual[lead % 7] + (terms.slopes * bent).sum(axis=0)
    return out


@roll_forward.compiled_from
def _roll_in_loops(terms: RollTerms, tomorrow: Floats) -> Floats:
    usual, slopes, levels, gains = terms
    out = np.empty((MAX_LEAD, len(tomorrow)))
    out[0] = tomorrow
    fast = levels.copy()
    # Short loops over evenings, of few arrays each, so that vector instructions take several.
    for lead in range(1, MAX_LEAD):
        last, total, constant = out[lead - 1], out[lead], usual[lead % 7]
        slope, slope_low, slope_high = slopes[0], slopes[1], slopes[2]
        for t in range(len(tomorrow)):
            near = CLIP_Z if last[t] > CLIP_Z else last[t]
            near = -CLIP_Z if near < -CLIP_Z else near
            low = 0.0 if near > -1.0 else near + 1.0
            high = 0.0 if near < 1.0 else near - 1.0
            total[t] = constant[t] + slope[t] * near + slope_low[t] * low + slope_high[t] * high
        for j in range(3):
            level, gain, slope = fast[j], gains[j], slopes[3 + j]
            for t in range(len(tomorrow)):
                level[t] += gain[t] * (last[t] - level[t])
                near = CLIP_Z if level[t] > CLIP_Z else level[t]
                near = -CLIP_Z if near < -CLIP_Z else near
                total[t] += slope[t] * near
    return out


def carry_over_gap(ahead: Floats, since: Ints) -> Floats:
    """Carry the forecasts made after the last night over to evenings without a night since.

    Args:
        ahead: Shape (k, MAX_LEAD), the forecasts made after each evening's last night, by lead.
        since: Shape (k,), days since that night.

    Returns:
        Shape (k, MAX_LEAD), the values at leads so much longer. Past MAX_LEAD the last week
        repeats, so that weekdays stay right.
    """
    column = np.arange(MAX_LEAD) + since[:, None]
    beyond = np.maximum(column - (MAX_LEAD - 1), 0)
    return np.take_along_axis(ahead, column - 7 * ((beyond + 6) // 7), axis=1)


def effective_lead(since: Ints) -> Ints:
    """Column of each lead counted from the last night; shape (n, MAX_LEAD), capped at the last.

    Args:
        since: Shape (n,), days since the last night.
    """
    column: Ints = np.minimum(np.arange(MAX_LEAD) + since[:, None], MAX_LEAD - 1)
    return column

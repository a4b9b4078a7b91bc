"""Forecasts beyond tomorrow: recursive multi-step roll-out, and forecasts carried over a gap."""

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.forecast.features import LAST_NIGHT, RECENT_HALF_LIVES, WEEKDAYS, Frame
from hrvctl.domain.forecast.loops import Loop
from hrvctl.domain.forecast.protocol import MAX_LEAD
from hrvctl.domain.forecast.recursions import CLIP_Z, clip


def roll_forward(
    frame: Frame, tomorrow: Floats, features: tuple[str, ...], coefficients: Floats
) -> Floats:
    """Forecast each further day from the forecast of the day before it.

    Args:
        frame: n evenings.
        tomorrow: Shape (rows, n), standardised deviations forecast for lead 1.
        features: Inputs of the history pattern, which uses past nights alone.
        coefficients: Shape (n, p), that pattern's coefficients on each evening.

    Returns:
        Shape (rows, n, MAX_LEAD), standardised deviations; the centre is held constant.
    """
    column = {name: coefficients[:, j] for j, name in enumerate(features)}
    weekdays = np.stack([column[name] for name in WEEKDAYS])
    day, lead = np.arange(len(frame.w)), np.arange(MAX_LEAD)[:, None]
    effect = (weekdays - weekdays.mean(axis=0))[(frame.tomorrow.astype(int) + lead) % 7, day]
    slopes = np.stack([column[name] for name in (*LAST_NIGHT, *RECENT_HALF_LIVES)])
    levels = np.stack([(v - frame.centre) / frame.scale for v in frame.recent.values()])
    learned = 1.0 - 2.0 ** (-1.0 / np.array([*RECENT_HALF_LIVES.values()]))
    gains = np.maximum(1.0 / (frame.nights + 1.0), learned[:, None])
    out = np.empty((len(tomorrow), len(frame.w), MAX_LEAD))
    for row, first in enumerate(tomorrow):
        out[row] = _roll(first, column["one"] + effect, slopes, levels, gains)
    return out


@Loop
def _roll(tomorrow: Floats, usual: Floats, slopes: Floats, levels: Floats, gains: Floats) -> Floats:
    """One row of ``roll_forward``.

    Args:
        tomorrow: Shape (n,).
        usual: Shape (MAX_LEAD, n), what does not depend on the nights.
        slopes: Shape (6, n), of ``LAST_NIGHT`` and of the fast levels.
        levels: Shape (3, n), the fast levels, standardised.
        gains: Shape (3, n), how much of a new night each takes on.
    """
    out = np.empty((len(tomorrow), MAX_LEAD))
    out[:, 0] = last = tomorrow
    for lead in range(1, MAX_LEAD):
        levels = levels + gains * (last - levels)
        near = clip(last)
        bent = np.stack([near, np.minimum(near + 1, 0), np.maximum(near - 1, 0), *clip(levels)])
        out[:, lead] = last = usual[lead] + (slopes * bent).sum(axis=0)
    return out


@_roll.compiled_from
def _roll_in_loops(
    tomorrow: Floats, usual: Floats, slopes: Floats, levels: Floats, gains: Floats
) -> Floats:
    n = len(tomorrow)
    out = np.empty((n, MAX_LEAD))
    out[:, 0] = tomorrow
    levels = levels.copy()
    last = tomorrow.copy()
    # Evenings inside, so that vector instructions take several at once.
    for lead in range(1, MAX_LEAD):
        for t in range(n):
            near = CLIP_Z if last[t] > CLIP_Z else last[t]
            near = -CLIP_Z if near < -CLIP_Z else near
            low = 0.0 if near > -1.0 else near + 1.0
            high = 0.0 if near < 1.0 else near - 1.0
            total = usual[lead, t] + slopes[0, t] * near + slopes[1, t] * low + slopes[2, t] * high
            for j in range(3):
                level = levels[j, t] + gains[j, t] * (last[t] - levels[j, t])
                levels[j, t] = level
                level = CLIP_Z if level > CLIP_Z else level
                level = -CLIP_Z if level < -CLIP_Z else level
                total += slopes[3 + j, t] * level
            last[t] = total
        out[:, lead] = last
    return out


def carry_over_gap(ahead: Floats, since: Floats) -> Floats:
    """Carry the forecasts made after the last night over to evenings without a night since.

    Args:
        ahead: Shape (n, MAX_LEAD), by evening and lead.
        since: Shape (n,), days since the last night.

    Returns:
        Shape (n, MAX_LEAD); row t holds the values of row ``t - since[t]`` at leads so much
        longer. Past MAX_LEAD the last week repeats, so that weekdays stay right.
    """
    days = since.astype(int)[:, None]
    row = np.maximum(np.arange(len(ahead))[:, None] - days, 0)
    column = np.arange(MAX_LEAD)[None, :] + days
    beyond = np.maximum(column - (MAX_LEAD - 1), 0)
    out: Floats = ahead[row, column - 7 * ((beyond + 6) // 7)]
    return out


def effective_lead(since: Floats) -> Ints:
    """Column of each lead counted from the last night; shape (n, MAX_LEAD), capped at the last.

    Args:
        since: Shape (n,), days since the last night.
    """
    lead = np.arange(MAX_LEAD)[None, :] + since.astype(int)[:, None]
    column: Ints = np.minimum(lead, MAX_LEAD - 1)
    return column

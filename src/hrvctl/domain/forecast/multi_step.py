"""Forecasts beyond tomorrow: recursive multi-step roll-out, and forecasts carried over a gap."""

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.forecast.features import (
    RECENT_HALF_LIVES,
    Frame,
    deviations,
    weekday_inputs,
)
from hrvctl.domain.forecast.protocol import MAX_LEAD


def roll_forward(
    frame: Frame, tomorrow: Floats, features: tuple[str, ...], coefficients: Floats
) -> Floats:
    """Forecast each further day from the forecast of the day before it.

    Args:
        frame: n evenings.
        tomorrow: Shape (n,), the standardised deviation forecast for lead 1.
        features: Inputs of the history pattern, which uses past nights alone.
        coefficients: Shape (n, p), that pattern's coefficients on each evening.

    Returns:
        Shape (n, MAX_LEAD), standardised deviations; the centre is held constant.
    """
    n = len(tomorrow)
    out = np.empty((n, MAX_LEAD))
    out[:, 0] = tomorrow
    zero, one = np.zeros(n), np.ones(n)
    with_level = {name: (v - frame.centre) / frame.scale for name, v in frame.recent.items()}
    gain = {
        name: np.maximum(1.0 / (frame.nights + 1.0), 1.0 - 2.0 ** (-1.0 / life))
        for name, life in RECENT_HALF_LIVES.items()
    }
    for lead in range(1, MAX_LEAD):
        last = out[:, lead - 1]
        with_level = {name: v + gain[name] * (last - v) for name, v in with_level.items()}
        inputs = deviations(last, last, with_level, zero, one)
        inputs |= weekday_inputs((frame.tomorrow + lead) % 7)
        out[:, lead] = sum(inputs[name] * coefficients[:, j] for j, name in enumerate(features))
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

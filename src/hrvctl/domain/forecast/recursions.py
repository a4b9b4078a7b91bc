"""Causal recursions over a daily series: each output uses its own day and earlier ones alone."""

import math

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.loops import Loop

# Own choices, measured on nine people, in the order they appear.
FORGET_SD = 0.97  # share of yesterday's squared error spread that is kept
CLIP_SD = 3.0  # an error counts for at most three spreads in the spread
CLIP_STEP = 1.2  # and moves the level by at most this many spreads
LEAST_VARIANCE = 1e-4  # squared units of the series; keeps a constant series alive
START_NIGHTS = 5  # nights whose median starts the level: one wild first night used to cost weeks
START_VARIANCE_NIGHTS = 4.0  # the starting spread weighs as much as four of them
SCALE_HALF_LIFE_DAYS = 180.0
SCALE_PRIOR_DAYS = 10.0  # the starting scale weighs as much as ten observed days
SCALE_CLIP = 12.0  # times the starting scale: the most one day adds to it
CENTRE_MEMORY_DAYS = 60  # longest memory of an input's running mean
ANSWER_MEMORY_DAYS = 120  # longest memory of the running mean of a journal answer
SHRINK_DAYS = 5.0  # an input counts half after this many observed days
CLIP_Z = 3.5  # standardised inputs and deviations stay within this


@Loop
def robust_level(values: Floats, half_life_days: float, start_sd: Floats) -> Floats:
    """Follow the level of a series, hardly moved by a single wild value.

    An exponentially weighted mean whose innovation is clipped by its own running spread, after
    the robust Holt-Winters filter of Gelper, Fried and Croux (2010). For the first
    ``START_NIGHTS`` values the level is their median so far.

    Args:
        values: Shape (n,), NaN where missing.
        half_life_days: Observed days after which an old value weighs half.
        start_sd: Shape (n,), the spread to start with, as known on each day.

    Returns:
        Shape (n,), the level after each day; NaN before the first value.
    """
    gain = 1.0 - 2.0 ** (-1.0 / half_life_days)
    out = np.full(len(values), np.nan)
    level = variance = math.nan
    n = 0
    first = [0.0] * START_NIGHTS  # ascending
    for i, value in enumerate(values.tolist()):
        if value == value:
            n += 1
            if n <= START_NIGHTS:
                place = n - 1
                while place > 0 and first[place - 1] > value:
                    first[place] = first[place - 1]
                    place -= 1
                first[place] = value
                level = (first[(n - 1) // 2] + first[n // 2]) / 2
                start = float(start_sd[i]) ** 2
                squares = 0.0
                for v in first[:n]:
                    squares += min((v - level) ** 2, CLIP_SD**2 * start)
                variance = (squares + START_VARIANCE_NIGHTS * start) / (n + START_VARIANCE_NIGHTS)
                variance = max(variance, LEAST_VARIANCE)
            else:
                error = value - level
                share = min(error * error, CLIP_SD**2 * variance)
                variance = max(FORGET_SD * variance + (1 - FORGET_SD) * share, LEAST_VARIANCE)
                step = CLIP_STEP * math.sqrt(variance)
                level += max(1.0 / n, gain) * min(max(error, -step), step)
        out[i] = level
    return out


@Loop
def running_scale(distances: Floats, start: Floats) -> Floats:
    """Root mean square of distances, shrunk towards a starting scale.

    Args:
        distances: Shape (n,), each day's distance from the level of the day before; NaN where
            there was none.
        start: Shape (n,), the starting scale as known on each day; same unit.

    Returns:
        Shape (n,), positive; the scale known after each day.
    """
    out = np.empty(len(distances))
    keep = 2.0 ** (-1.0 / SCALE_HALF_LIFE_DAYS)
    total = weight = 0.0
    starts = start.tolist()
    for i, distance in enumerate(distances.tolist()):
        first = starts[i]
        total *= keep
        weight *= keep
        if distance == distance:
            total += min(abs(distance), SCALE_CLIP * first) ** 2
            weight += 1.0
        out[i] = math.sqrt((total + SCALE_PRIOR_DAYS * first**2) / (weight + SCALE_PRIOR_DAYS))
    return out


@Loop
def standardise(values: Floats, prior_scale: float) -> Floats:
    """Say how unusual each day's value is for this person, in spreads, from the past alone.

    Args:
        values: Shape (n,), NaN where missing.
        prior_scale: Spread to start with, in the unit of ``values``.

    Returns:
        Shape (n,), within +-3.5, shrunk towards 0 while few days are known; NaN where missing.
    """
    centre = np.full(len(values), np.nan)
    seen = np.zeros(len(values))
    level, n = math.nan, 0
    for i, value in enumerate(values.tolist()):
        centre[i], seen[i] = level, n
        if value == value:
            n += 1
            gain = max(1.0 / n, 1.0 / CENTRE_MEMORY_DAYS)
            level = value if n == 1 else level + gain * (value - level)
    distance = values - centre
    scale = running_scale(distance, np.full(len(values), prior_scale))
    z = clip(distance / scale) * (seen / (seen + SHRINK_DAYS))
    return np.where((seen == 0) & ~np.isnan(values), 0.0, z)  # the first is neither high nor low


def centred_answers(answers: Floats) -> Floats:
    """Set each answer of a person against what they usually answer.

    Args:
        answers: Shape (n,), 1 yes, 0 no or an amount; NaN where nothing was said.

    Returns:
        Shape (n,), the answer in units of the usual amount minus its running mean, within +-3.5;
        0 where nothing was said, because silence must neither raise nor lower a forecast. A plain
        yes does not say how much: the usual amount starts anew with the first amount named, which
        therefore counts as a yes.
    """
    first = first_amount(answers)
    return _centred(answers, -1 if first is None else first)


@Loop
def _centred(answers: Floats, first: int) -> Floats:
    """``centred_answers``, given the position of the first amount; -1 where there is none."""
    out = np.zeros(len(answers))
    mean = amount = 0.0
    n = n_amounts = 0
    for i, answer in enumerate(answers.tolist()):
        if answer != answer:
            continue
        if answer != 0:
            n_amounts = 1 if i == first else n_amounts + 1
            amount += (abs(answer) - amount) / n_amounts
        value = answer / amount if amount else 0.0
        n += 1
        mean += max(1.0 / n, 1.0 / ANSWER_MEMORY_DAYS) * (value - mean)
        out[i] = value - mean
    return clip(out)


def first_amount(answers: Floats) -> int | None:
    """Where a journal of plain yes and no first names an amount; ``None`` where it never does.

    Args:
        answers: Shape (n,), 1 yes, 0 no or an amount; NaN where nothing was said.
    """
    said = np.flatnonzero(~np.isnan(answers) & (answers != 0))
    amounts = said[answers[said] != 1.0]
    return int(amounts[0]) if len(amounts) and amounts[0] != said[0] else None


@Loop
def mean_of_last(values: Floats, days: int, least: int = 1) -> Floats:
    """Mean of the values present among the last calendar days, today included.

    Args:
        values: Shape (n,), NaN where missing.
        days: Width of the window, calendar days.
        least: Values the window must hold.

    Returns:
        Shape (n,); NaN where the window holds fewer values.
    """
    padded = np.concatenate([np.full(days - 1, np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, days)
    present = (~np.isnan(windows)).sum(axis=1)
    total = np.nansum(windows, axis=1)
    return np.where(present >= least, total / np.maximum(present, 1), np.nan)


@mean_of_last.compiled_from
def _mean_of_last_in_loops(values: Floats, days: int, least: int = 1) -> Floats:
    out = np.full(len(values), np.nan)
    for i in range(len(values)):
        total, present = 0.0, 0
        for value in values[max(i - days + 1, 0) : i + 1]:
            if value == value:
                total += value
                present += 1
        if present >= least:
            out[i] = total / max(present, 1)
    return out


@Loop
def clip(values: Floats) -> Floats:
    """Hold standardised values within +-3.5 (own choice: no single day may dominate)."""
    return np.clip(values, -CLIP_Z, CLIP_Z)

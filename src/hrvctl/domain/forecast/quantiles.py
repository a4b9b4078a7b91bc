"""Forecast quantiles: width by the day's inputs and recent errors, shape by past errors."""

from collections.abc import Sequence

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.forecast.features import Frame, nan_as_zero, weekday_inputs
from hrvctl.domain.forecast.prior import Pattern
from hrvctl.domain.forecast.protocol import MAX_LEAD
from hrvctl.domain.loops import Loop
from hrvctl.records import LEVELS

# Own choices, measured on nine people.
LOG_WIDTH = (-0.5, 0.6)  # the day's inputs change the width by -39 % to +82 % at most
USUAL_ERROR = 0.75  # mean square error of z to start with, as a standard deviation
CLIP_ERROR = 1.875  # 2.5 usual errors: the most one night adds to the recent width
PRIOR_ERRORS = 30.0  # the start weighs as much as 30 errors
WIDTH_HALF_LIFE_DAYS = 30.0
SHAPE_HALF_LIFE_DAYS = 365.0
ATOMS_WEIGHT = 60.0  # the shipped errors weigh as much as 60 of the person's own
MEDIAN = LEVELS.index(0.5)
UNCERTAIN_DAYS = ("d4", "d5", "d6")
# Their inputs on each weekday, Monday first.
UNCERTAIN = np.column_stack([weekday_inputs(np.arange(7.0))[name] for name in UNCERTAIN_DAYS])
# Few nights make every width uncertain: by 30 % at first, 4 % after two months (own choice).
FEW_NIGHTS, FEW_NIGHTS_AT = 3.0, 10.0
# After alcohol tomorrow is less certain (80 % intervals held .68 without it, on nine people).
ALCOHOL_WIDTH = 1.2
# Patterns with inputs of the day are learned on few people: wider by 8 %, halved every 180 nights.
DAY_INPUTS_WIDTH, DAY_INPUTS_HALF_LIFE_NIGHTS = 0.08, 180.0


def width_factors(frame: Frame, patterns: Sequence[Pattern]) -> tuple[Floats, Floats]:
    """How much wider or narrower than usual the errors are expected: tomorrow's, and later ones.

    Beyond tomorrow only the weekday is known; every other input counts as average.

    Returns:
        Shape (patterns, n), of tomorrow; and shape (patterns, 7), of later days by weekday, Monday
        first.
    """
    inputs = _width_inputs(frame)
    weekdays = slice(3, 3 + len(UNCERTAIN_DAYS))
    tomorrow, later = [], []
    for pattern in patterns:
        centre, coefficients = pattern.spread_centre, pattern.spread_coefficients
        tomorrow.append((inputs * _has(pattern) - centre) @ coefficients)
        later.append((UNCERTAIN - centre[weekdays]) @ coefficients[weekdays])
    return (np.exp(np.clip(tomorrow, *LOG_WIDTH)), np.exp(np.clip(later, *LOG_WIDTH)))


def few_nights(nights: Floats) -> Floats:
    """The factor by which a width is uncertain after so many nights; shape of ``nights``."""
    return 1.0 + FEW_NIGHTS / (nights + FEW_NIGHTS_AT)


def width_inputs(frame: Frame, pattern: Pattern) -> Floats:
    """The inputs of the width: what makes tomorrow more or less certain; shape (n, 8).

    An unusual last night, a high and a low waking heart rate, Friday, Saturday, Sunday, strain
    and resting heart rate; an input the pattern does not have counts as average.
    """
    return _width_inputs(frame) * _has(pattern)


def _width_inputs(frame: Frame) -> Floats:
    """``width_inputs`` of a pattern that has every input."""
    waking = nan_as_zero(frame.inputs["x:wakehr"])
    columns = (
        np.abs(frame.inputs["l0"]),
        np.maximum(waking, 0.0),
        np.maximum(-waking, 0.0),
        *(frame.inputs[name] for name in UNCERTAIN_DAYS),
        nan_as_zero(frame.inputs["x:strain"]),
        nan_as_zero(frame.inputs["x:rhr"]),
    )
    out = np.empty((len(frame.w), len(columns)))
    for place, column in enumerate(columns):
        out[:, place] = column
    return out


def _has(pattern: Pattern) -> Floats:
    """1 for each input of the width that the pattern has, else 0."""
    waking, strain, resting = (
        float(name in pattern.features) for name in ("x:wakehr", "x:strain", "x:rhr")
    )
    return np.array([1.0, waking, waking, 1.0, 1.0, 1.0, strain, resting])


def step_errors(w: Floats, mean: Floats, unit: Floats) -> Floats:
    """Standardised errors by the day they became known, of forecasts made after a night.

    Args:
        w: Shape (n,), the target.
        mean: Shape (n, MAX_LEAD), the forecasts of each evening.
        unit: Shape (n, MAX_LEAD), the spread of each.

    Returns:
        Shape (n, MAX_LEAD); ``[t, h - 1]`` is the error on day t of the forecast made h days
        earlier; NaN where there was none.
    """
    n = len(w)
    out = np.full((n, MAX_LEAD), np.nan)
    made = np.where(np.isnan(w)[:, None], np.nan, mean)
    for lead in range(1, min(MAX_LEAD, n - 1) + 1):
        column = lead - 1
        out[lead:, column] = (w[lead:] - made[:-lead, column]) / unit[:-lead, column]
    return out


def recent_widths(errors: Floats, growth: Floats) -> Floats:
    """Root mean square of the person's recent errors at each lead, shrunk to what is usual.

    Args:
        errors: Shape (patterns, n, MAX_LEAD), from ``step_errors``.
        growth: Shape (patterns, MAX_LEAD), usual width of each lead relative to lead 1.

    Returns:
        Shape (patterns, n, MAX_LEAD), known on each evening; never falling from one lead to the
        next.
    """
    usual = USUAL_ERROR * growth
    keep = 2.0 ** (-1.0 / WIDTH_HALF_LIFE_DAYS)
    known = ~np.isnan(errors)
    most = (CLIP_ERROR * growth)[:, None]
    squares = np.where(known, np.minimum(np.abs(errors), most), 0.0) ** 2
    total = PRIOR_ERRORS * usual**2
    out = np.empty_like(errors)
    sums, counts = np.zeros_like(growth), np.zeros_like(growth)
    for t in range(errors.shape[1]):
        now = known[:, t]
        sums = np.where(now, keep * sums + squares[:, t], sums)
        counts = np.where(now, keep * counts + 1.0, counts)
        out[:, t] = (sums + total) / (counts + PRIOR_ERRORS)
    return np.maximum.accumulate(np.sqrt(out), axis=2)


def shape_quantiles(
    errors: Floats, chosen: Ints, patterns: Sequence[Pattern], nights: Floats, first: int
) -> Floats:
    """Quantiles of the standardised error: the shipped atoms and the pattern's own errors.

    The median is 0: half of all mornings come out above the centre of the forecast.

    Args:
        errors: Shape (patterns, n - 1), each pattern's one-step errors in units of the width
            stated; column t - 1 became known on day t; NaN where none.
        chosen: Shape (n,), number of the pattern used on each evening, -1 for none.
        patterns: The patterns, for their atoms.
        nights: Shape (n,), nights so far.
        first: Evenings below it are left NaN.

    Returns:
        Shape (n, len(LEVELS)), ascending in each row.
    """
    out = np.full((len(chosen), len(LEVELS)), np.nan)
    tails = [place for place in range(len(LEVELS)) if place != MEDIAN]
    for number, (pattern, own) in enumerate(zip(patterns, errors, strict=True)):
        used = chosen == number
        used[:first] = False
        if used.any():
            known = np.append(np.nan, own)
            rows, levels = np.flatnonzero(used), np.array(LEVELS)[tails]
            out[rows[:, None], tails] = _own_shapes(pattern.atoms, known, rows, levels)
        if number:
            age = DAY_INPUTS_WIDTH * 2.0 ** (-nights[used] / DAY_INPUTS_HALF_LIFE_NIGHTS)
            out[used] *= 1.0 + age[:, None]
    out[first:, :MEDIAN] = np.minimum(out[first:, :MEDIAN], 0.0)
    out[first:, MEDIAN] = np.where(chosen[first:] < 0, np.nan, 0.0)
    out[first:, MEDIAN + 1 :] = np.maximum(out[first:, MEDIAN + 1 :], 0.0)
    return out


@Loop
def _own_shapes(atoms: Floats, errors: Floats, evenings: Ints, levels: Floats) -> Floats:
    """Quantiles of one pattern's atoms and its own errors so far.

    New errors weigh more than old ones, so that the weights of the old ones need no decay.

    Args:
        atoms: Ascending.
        errors: Shape (n,), by the day on which they became known; NaN where none.
        evenings: Ascending, those whose quantiles are wanted; at least one.
        levels: The levels.

    Returns:
        Shape (len(evenings), len(levels)).
    """
    # What the first evening knows is sorted at once; what comes later is put in its place.
    before = np.flatnonzero(~np.isnan(errors[: evenings[0] + 1]))
    room = np.full(len(errors), np.inf)
    values = np.concatenate((atoms, errors[before]))
    atom = np.concatenate((np.full(len(atoms), ATOMS_WEIGHT / len(atoms)), np.zeros(len(before))))
    own = np.concatenate((np.zeros(len(atoms)), 2.0 ** (before / SHAPE_HALF_LIFE_DAYS)))
    order = np.argsort(values, kind="mergesort")  # a stable one: of equals the older stay first
    size = len(order)
    values = np.concatenate((values[order], room))
    atom = np.concatenate((atom[order], room))
    own = np.concatenate((own[order], room))
    out = np.empty((len(evenings), len(levels)))
    known = evenings[0]
    for row, evening in enumerate(evenings):
        for t in range(known + 1, evening + 1):
            if not np.isnan(errors[t]):
                place = np.searchsorted(values[:size], errors[t], side="right")
                values[place + 1 : size + 1] = values[place:size]
                atom[place + 1 : size + 1] = atom[place:size]
                own[place + 1 : size + 1] = own[place:size]
                values[place] = errors[t]
                atom[place] = 0.0
                own[place] = 2.0 ** (t / SHAPE_HALF_LIFE_DAYS)
                size += 1
        known = evening
        weights = own[:size] + 2.0 ** (evening / SHAPE_HALF_LIFE_DAYS) * atom[:size]
        upto = np.cumsum(weights)
        middle = (upto - 0.5 * weights) / upto[-1]
        out[row] = np.interp(levels, middle, values[:size])
    return out


@_own_shapes.compiled_from
def _own_shapes_in_loops(atoms: Floats, errors: Floats, evenings: Ints, levels: Floats) -> Floats:
    before = np.flatnonzero(~np.isnan(errors[: evenings[0] + 1]))
    found = np.concatenate((atoms, errors[before]))
    order = np.argsort(found, kind="mergesort")
    size = len(order)
    room = size + len(errors)
    values, atom, own = np.empty(room), np.zeros(room), np.zeros(room)
    for place in range(size):
        number = order[place]
        values[place] = found[number]
        if number < len(atoms):
            atom[place] = ATOMS_WEIGHT / len(atoms)
        else:
            own[place] = 2.0 ** (before[number - len(atoms)] / SHAPE_HALF_LIFE_DAYS)
    sum_own = own.sum()
    out = np.empty((len(evenings), len(levels)))
    known = evenings[0]
    for row in range(len(evenings)):
        for t in range(known + 1, evenings[row] + 1):
            value = errors[t]
            if value == value:
                place = np.searchsorted(values[:size], value, side="right")
                for k in range(size, place, -1):
                    values[k] = values[k - 1]
                    atom[k] = atom[k - 1]
                    own[k] = own[k - 1]
                values[place], atom[place] = value, 0.0
                own[place] = 2.0 ** (t / SHAPE_HALF_LIFE_DAYS)
                sum_own += own[place]
                size += 1
        known = evenings[row]
        now = 2.0 ** (known / SHAPE_HALF_LIFE_DAYS)
        for column in range(len(levels)):
            # From the nearer end, as far as the level.
            level, start, step = levels[column], 0, 1
            if level > 0.5:
                level, start, step = 1.0 - level, size - 1, -1
            goal = level * (sum_own + now * ATOMS_WEIGHT)
            upto = last = 0.0
            out[row, column] = values[start + step * (size - 1)]
            for k in range(size):
                place = start + step * k
                weight = own[place] + now * atom[place]
                middle = upto + 0.5 * weight
                if middle > goal:
                    out[row, column] = values[place]
                    if k:
                        share = (middle - goal) / (middle - last)
                        out[row, column] += share * (values[place - step] - values[place])
                    break
                last = middle
                upto += weight
    return out

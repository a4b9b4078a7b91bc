"""Forecast quantiles: width by the day's inputs and recent errors, shape by past errors."""

from collections.abc import Sequence

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.forecast.features import Frame, weekday_inputs
from hrvctl.domain.forecast.prior import Pattern
from hrvctl.domain.forecast.protocol import MAX_LEAD
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
# Few nights make every width uncertain: by 30 % at first, 4 % after two months (own choice).
FEW_NIGHTS, FEW_NIGHTS_AT = 3.0, 10.0
# After alcohol tomorrow is less certain (80 % intervals held .68 without it, on nine people).
ALCOHOL_WIDTH = 1.2
# Patterns with inputs of the day are learned on few people: wider by 8 %, halved every 180 nights.
DAY_INPUTS_WIDTH, DAY_INPUTS_HALF_LIFE_NIGHTS = 0.08, 180.0


def width_factors(frame: Frame, pattern: Pattern) -> Floats:
    """How much wider or narrower than usual the errors are expected; shape (n, MAX_LEAD).

    Beyond tomorrow only the weekday is known; every other input counts as average.
    """
    lead_one = (width_inputs(frame, pattern) - pattern.spread_centre) @ pattern.spread_coefficients
    out = np.empty((len(frame.w), MAX_LEAD))
    out[:, 0] = lead_one
    # Fri, Sat and Sun are the inputs 3 to 5; only seven weekdays exist, so compute each once.
    days = weekday_inputs(np.arange(7.0))
    by_day = sum(
        (days[name] - pattern.spread_centre[3 + k]) * pattern.spread_coefficients[3 + k]
        for k, name in enumerate(UNCERTAIN_DAYS)
    )
    weekday = (frame.tomorrow[:, None].astype(int) + np.arange(1, MAX_LEAD)) % 7
    out[:, 1:] = np.asarray(by_day)[weekday]
    return np.exp(np.clip(out, *LOG_WIDTH))


def few_nights(nights: Floats) -> Floats:
    """The factor by which a width is uncertain after so many nights; shape of ``nights``."""
    return 1.0 + FEW_NIGHTS / (nights + FEW_NIGHTS_AT)


def width_inputs(frame: Frame, pattern: Pattern) -> Floats:
    """The inputs of the width: what makes tomorrow more or less certain; shape (n, 8).

    An unusual last night, a high and a low waking heart rate, Friday, Saturday, Sunday, strain
    and resting heart rate; an input the pattern does not have counts as average.
    """

    def known(name: str) -> Floats:
        if name not in pattern.features:
            return np.zeros(len(frame.w))
        return np.nan_to_num(frame.inputs[name])

    waking = known("x:wakehr")
    return np.column_stack(
        [
            np.abs(frame.inputs["l0"]),
            np.maximum(waking, 0.0),
            np.maximum(-waking, 0.0),
            *(frame.inputs[name] for name in UNCERTAIN_DAYS),
            known("x:strain"),
            known("x:rhr"),
        ]
    )


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
            stated, by the day after the first on which they became known; NaN where none.
        chosen: Shape (n,), number of the pattern used on each evening, -1 for none.
        patterns: The patterns, for their atoms.
        nights: Shape (n,), nights so far.
        first: Evenings below it are left NaN.

    Returns:
        Shape (n, len(LEVELS)), ascending in each row.
    """
    n = len(chosen)
    out = np.full((n, len(LEVELS)), np.nan)
    for number, (pattern, own) in enumerate(zip(patterns, errors, strict=True)):
        sample = _WeightedSample(pattern.atoms, n)
        used = chosen == number
        for t, error in enumerate([np.nan, *own.tolist()][:n]):
            if error == error:
                sample.add(error, 2.0 ** (t / SHAPE_HALF_LIFE_DAYS))
            if t >= first and used[t]:
                out[t] = sample.quantiles(2.0 ** (t / SHAPE_HALF_LIFE_DAYS))
        if number:
            age = DAY_INPUTS_WIDTH * 2.0 ** (-nights / DAY_INPUTS_HALF_LIFE_NIGHTS)
            out[used] *= 1.0 + age[used, None]
    out[:, :MEDIAN] = np.minimum(out[:, :MEDIAN], 0.0)
    out[:, MEDIAN] = np.where(np.isnan(out[:, MEDIAN]), np.nan, 0.0)
    out[:, MEDIAN + 1 :] = np.maximum(out[:, MEDIAN + 1 :], 0.0)
    return out


class _WeightedSample:
    """Atoms and own errors, ascending; new weights grow so that old ones need no decay."""

    def __init__(self, atoms: Floats, n_errors: int) -> None:
        self.size = len(atoms)
        room = np.zeros(n_errors)
        self.values = np.concatenate([atoms, room])
        self.own = np.zeros(self.size + n_errors)
        self.atom = np.concatenate([np.full(self.size, ATOMS_WEIGHT / self.size), room])

    def add(self, value: float, weight: float) -> None:
        place = int(self.values[: self.size].searchsorted(value, side="right"))
        for row, new in ((self.values, value), (self.own, weight), (self.atom, 0.0)):
            row[place + 1 : self.size + 1] = row[place : self.size]
            row[place] = new
        self.size += 1

    def quantiles(self, now: float) -> Floats:
        weights = self.own[: self.size] + now * self.atom[: self.size]
        upto = np.cumsum(weights)
        middle = (upto - 0.5 * weights) / upto[-1]
        out: Floats = np.interp(LEVELS, middle, self.values[: self.size])
        return out

"""Series whose best one-step forecast is known, one difficulty for a forecaster each.

Each is ln HRV around a level of 65 ms, from one row of uniforms per day, so a longer series
begins with a shorter one. All shapes and sizes are own choice, in the range of people's exports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, log, pi

import numpy as np

from hrvctl.samples.behaviour import autoregress
from hrvctl.samples.draws import Draw, Draws, Floats, draw_uniforms

LN_LEVEL = log(65.0)
# Sd of ln HRV from night to night, of a random walk's daily step, and of the levels between shifts.
NOISE_SD = 0.14
WALK_STEP_SD = 0.02
LEVELS_SD = 0.25
AR1_PHI = 0.6
WEEKLY_AMPLITUDE = 0.15
# A new level every so many days in the mean.
SHIFT_EVERY_DAYS = 90.0
# Student's t with 3 degrees of freedom: a variance, but no kurtosis.
TAIL_COLUMNS = (Draw.STRAIN, Draw.BEDTIME, Draw.IN_BED)
# Share of single nights missing; long gaps a year and their length, days.
GAP_SHARE = 0.15
LONG_GAP_CHANCE = 1 / 120
LONG_GAP_DAYS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A series and its best possible forecast.

    Attributes:
        hrv_ms: Shape (n,), ms; NaN where a night is missing.
        expected_ms: Shape (n,), ms: median of each morning given the state the evening before,
            also where the night is missing; the point forecast no other beats in absolute error.
    """

    hrv_ms: Floats
    expected_ms: Floats


def simulate_regime(name: str, *, n_days: int, seed: int) -> Regime:
    """Make one of REGIMES.

    ``ar1``: noise that half survives the night. ``random_walk``: every step stays. ``level_shift``:
    a new level every three months or so. ``heavy_tails``: wild nights, Student's t with 3 degrees
    of freedom. ``weekly``: a seven-day cosine with its top on position 0. ``gaps``: ``ar1`` with
    single nights and fortnights missing.

    Args:
        name: Which.
        n_days: How many days.
        seed: The same seed gives the same series for ever.

    Returns:
        The series with its truth.

    Raises:
        KeyError: The name is not one of REGIMES.
    """
    ln_hrv, ln_expected = _MAKERS[name](draw_uniforms(n_days, seed))
    return Regime(hrv_ms=np.exp(ln_hrv), expected_ms=np.exp(ln_expected))


Series = tuple[Floats, Floats]


def _ar1(draws: Draws) -> Series:
    deviation = NOISE_SD * autoregress(draws.normal(Draw.NIGHT_NOISE), AR1_PHI)
    expected = np.concatenate(([0.0], AR1_PHI * deviation[:-1]))
    return LN_LEVEL + deviation, LN_LEVEL + expected


def _random_walk(draws: Draws) -> Series:
    walk = np.cumsum(WALK_STEP_SD * draws.normal(Draw.DRIFT))
    return LN_LEVEL + walk, LN_LEVEL + np.concatenate(([0.0], walk[:-1]))


def _level_shift(draws: Draws) -> Series:
    shifts = draws.uniform(Draw.ILLNESS_START) < 1 / SHIFT_EVERY_DAYS
    levels = LEVELS_SD * draws.normal(Draw.DRIFT)
    levels[0] = 0.0
    since = np.maximum.accumulate(np.where(shifts, np.arange(len(shifts)), 0))
    expected = LN_LEVEL + levels[since]
    return expected + NOISE_SD * draws.normal(Draw.NIGHT_NOISE), expected


def _heavy_tails(draws: Draws) -> Series:
    squares = np.array([draws.normal(column) ** 2 for column in TAIL_COLUMNS])
    student = draws.normal(Draw.NIGHT_NOISE) / np.sqrt(squares.mean(axis=0))
    expected = np.full(len(student), LN_LEVEL)
    # Half the usual scale, and no further than a strap would show (4 to 1000 ms of 65).
    return expected + np.clip(NOISE_SD / 2 * student, -log(16), log(6)), expected


def _weekly(draws: Draws) -> Series:
    n = len(draws.table)
    week = np.array([WEEKLY_AMPLITUDE * cos(2 * pi * d / 7) for d in range(7)])
    expected = LN_LEVEL + week[np.arange(n) % 7]
    return expected + NOISE_SD * draws.normal(Draw.NIGHT_NOISE), expected


def _gaps(draws: Draws) -> Series:
    ln_hrv, expected = _ar1(draws)
    begins = draws.uniform(Draw.LONG_GAP_START) < LONG_GAP_CHANCE
    last = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), -LONG_GAP_DAYS))
    away = np.arange(len(begins)) - last < LONG_GAP_DAYS
    missing = away | (draws.uniform(Draw.GAP) < GAP_SHARE)
    return np.where(missing, np.nan, ln_hrv), expected


_MAKERS: Mapping[str, Callable[[Draws], Series]] = {
    "ar1": _ar1,
    "random_walk": _random_walk,
    "level_shift": _level_shift,
    "heavy_tails": _heavy_tails,
    "weekly": _weekly,
    "gaps": _gaps,
}
REGIMES = tuple(_MAKERS)

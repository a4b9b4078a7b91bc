"""Is one forecaster better than another, or was it luck: skill with its interval, and who won.

References:
    Politis & Romano 1992, "A circular block-resampling procedure for stationary data" (in LePage &
        Billard, Exploring the Limits of Bootstrap): bootstrap of errors that hang together.
    Dixon & Mood 1946, JASA 41: the sign test; Diebold & Mariano 1995, JBES 13: the sign test for
        two forecasters.
"""

from dataclasses import dataclass

import numpy as np
from statsmodels.stats.descriptivestats import sign_test

from hrvctl.domain.arrays import Floats

# Mornings that differ from which a sign test is made (own choice: two weeks, every weekday
# twice; the test itself is exact at any number).
MIN_DECIDED_MORNINGS = 14
# Mornings a resampled block holds (own choice: two weeks, longer than a bad spell commonly is).
BLOCK_MORNINGS = 14
# Mornings from which the skill's interval is stated (own choice: three blocks; with a single one
# every draw is the same mornings in another order, and the interval would have no width).
MIN_BOOTSTRAP_MORNINGS = 3 * BLOCK_MORNINGS
# Draws of the bootstrap, and the seed that makes them the same every time (own choice: with
# another seed the ends move by a fortieth of the width, one standard deviation; measured).
DRAWS = 2000
SEED = 7
# Errors closer than this, ms, are a tie: arithmetic, not skill.
TIE_MS = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """How much smaller the error is than that of the last value, on the mornings both spoke of.

    Attributes:
        n: Those mornings.
        value: 1 - MAE / MAE(naive); above zero is better, 1 is without error.
        low: Lower end of its 95 % interval (circular block bootstrap); ``None`` while too few.
        high: Upper end.
    """

    n: int
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadToHead:
    """Who was nearer, morning by morning, this forecaster or the last value.

    Attributes:
        wins: Mornings this one was nearer.
        losses: Mornings the last value was nearer.
        ties: Mornings both were equally far off; they do not count in the test.
        p_value: Two-sided exact sign test; ``None`` while too few.
    """

    wins: int
    losses: int
    ties: int
    p_value: float | None


def measure_skill(errors: Floats, naive: Floats) -> Skill | None:
    """Skill with its interval from absolute errors, shape (n,), ms, in order of days.

    ``None`` without a morning, or when the reference made no error at all.
    """
    n = len(errors)
    if not naive.sum() > 0:
        return None
    low, high = block_bootstrap(errors, naive) if n >= MIN_BOOTSTRAP_MORNINGS else (None, None)
    return Skill(n=n, value=1 - float(errors.sum() / naive.sum()), low=low, high=high)


def lacking(skill: Skill | None, duel: HeadToHead | None) -> tuple[str, ...]:
    """What cannot be stated of the two yet, and why."""
    if duel is None:
        return (f"skill: have 0 mornings beside naive, need {MIN_BOOTSTRAP_MORNINGS}",)
    told = []
    if skill is None:
        told.append("skill: the last value made no error to compare with")
    elif skill.low is None:
        told.append(
            f"skill interval: have {skill.n} mornings beside naive, need {MIN_BOOTSTRAP_MORNINGS}"
        )
    if duel.p_value is None:
        told.append(
            f"sign test: have {duel.wins + duel.losses} mornings decided,"
            f" need {MIN_DECIDED_MORNINGS}"
        )
    return tuple(told)


def block_bootstrap(errors: Floats, naive: Floats) -> tuple[float, float]:
    """95 % percentile interval of ``1 - sum(errors) / sum(naive)`` (Politis & Romano 1992).

    Blocks of ``BLOCK_MORNINGS`` neighbouring mornings are drawn with the circle closed, both
    forecasters' errors together, as many as fill n mornings.

    Args:
        errors: Absolute errors in order of days, shape (n,), n of at least one, ms.
        naive: The reference's on the same mornings, with a sum above zero.
    """
    n = len(errors)
    n_blocks = -(-n // BLOCK_MORNINGS)
    starts = np.random.default_rng(SEED).integers(0, n, (DRAWS, n_blocks, 1))
    picked = (starts + np.arange(BLOCK_MORNINGS)).reshape(DRAWS, -1)[:, :n] % n
    reference = naive[picked].sum(axis=1)
    # A draw in which the reference made no error has no skill to speak of.
    defined = reference > 0
    skills = 1 - errors[picked].sum(axis=1)[defined] / reference[defined]
    low, high = np.percentile(skills, [2.5, 97.5])
    return float(low), float(high)


def head_to_head(errors: Floats, naive: Floats) -> HeadToHead | None:
    """Count wins from absolute errors, shape (n,), and test them (Dixon & Mood 1946)."""
    if not len(errors):
        return None
    nearer = np.where(np.abs(naive - errors) < TIE_MS, 0.0, naive - errors)
    wins, losses = int((nearer > 0).sum()), int((nearer < 0).sum())
    p_value = float(sign_test(nearer)[1]) if wins + losses >= MIN_DECIDED_MORNINGS else None
    return HeadToHead(wins=wins, losses=losses, ties=len(nearer) - wins - losses, p_value=p_value)

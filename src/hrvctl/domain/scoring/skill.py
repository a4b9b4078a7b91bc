"""Skill against the last value with its bootstrap interval, and the sign test.

References:
    Politis & Romano 1992, "A circular block-resampling procedure for stationary data" (in LePage &
        Billard, Exploring the Limits of Bootstrap): bootstrap of autocorrelated errors.
    Dixon & Mood 1946, JASA 41: the sign test; Diebold & Mariano 1995, JBES 13: the sign test for
        two forecasters.
"""

import math

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.scoring.scores import SignTest, Skill

# Mornings that differ from which a sign test is made (own choice: two weeks, every weekday
# twice; the test itself is exact at any number).
MIN_DECIDED_MORNINGS = 14
# Mornings in a resampled block (own choice: two weeks, longer than a bad spell commonly is).
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


def measure_skill(errors: Floats, naive: Floats) -> Skill | None:
    """Skill with its interval from absolute errors, shape (n,), ms, in order of days.

    ``None`` without a morning, or when the reference made no error at all.
    """
    n = len(errors)
    if not naive.sum() > 0:
        return None
    low, high = block_bootstrap(errors, naive) if n >= MIN_BOOTSTRAP_MORNINGS else (None, None)
    return Skill(n=n, value=1 - float(errors.sum() / naive.sum()), low=low, high=high)


def missing_comparisons(skill: Skill | None, signs: SignTest | None) -> tuple[str, ...]:
    """What cannot be stated yet of a comparison with the last value, and why."""
    if signs is None:
        return (f"skill: have 0 mornings beside naive, need {MIN_BOOTSTRAP_MORNINGS}",)
    missing = []
    if skill is None:
        missing.append("skill: the last value made no error to compare with")
    elif skill.low is None:
        missing.append(
            f"skill interval: have {skill.n} mornings beside naive, need {MIN_BOOTSTRAP_MORNINGS}"
        )
    if signs.p_value is None:
        missing.append(
            f"sign test: have {signs.wins + signs.losses} mornings decided,"
            f" need {MIN_DECIDED_MORNINGS}"
        )
    return tuple(missing)


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
    # The skill of a draw in which the reference made no error is undefined.
    defined = reference > 0
    skills = 1 - errors[picked].sum(axis=1)[defined] / reference[defined]
    low, high = np.percentile(skills, [2.5, 97.5])
    return float(low), float(high)


def sign_test(errors: Floats, naive: Floats) -> SignTest | None:
    """Count wins from absolute errors, shape (n,), and test them (Dixon & Mood 1946)."""
    if not len(errors):
        return None
    nearer = np.where(np.abs(naive - errors) < TIE_MS, 0.0, naive - errors)
    wins, losses = int((nearer > 0).sum()), int((nearer < 0).sum())
    decided = wins + losses
    p_value = None
    if decided >= MIN_DECIDED_MORNINGS:
        # Both tails of the binomial distribution at a half, which are equal.
        tail = sum(math.comb(decided, k) for k in range(min(wins, losses) + 1))
        p_value = min(2 * tail / 2**decided, 1.0)
    return SignTest(wins=wins, losses=losses, ties=len(nearer) - decided, p_value=p_value)

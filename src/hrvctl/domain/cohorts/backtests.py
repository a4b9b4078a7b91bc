"""The backtests of many people, pooled model by model.

Every morning has the same weight. The people are a sample of many that could have taken part, so
the interval of a skill is that of a ratio of totals over people (Cochran 1977, Sampling
Techniques, section 6).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from hrvctl.domain.arrays import Floats
from hrvctl.domain.artifacts.training import Backtest
from hrvctl.domain.scoring.measures import Coverage
from hrvctl.domain.scoring.scores import MIN_MORNINGS
from hrvctl.records import MA7, NAIVE

# People from which a skill has an interval: Cochran's bound for the ratio's large-sample variance.
MIN_PEOPLE = 30
UPPER = 0.975


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledSkill:
    """How much smaller a model's errors are than a reference's, on the same people's mornings.

    Attributes:
        value: 1 - sum of absolute errors / sum of the reference's; above zero is better.
        low: Lower end of its 95 % interval over people; ``None`` below ``MIN_PEOPLE``.
        high: Upper end.
    """

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledBacktest:
    """How good one model was over everybody.

    Attributes:
        source: The model.
        n: Mornings scored.
        n_people: People they are of.
        mae_ms: Mean absolute error, ms.
        bias_ms: Mean of forecast minus actual, ms.
        coverage_80: Share of the mornings with an 80 % interval that were inside it.
        coverage_95: Likewise.
        skill: Against the last value; ``None`` where that made no error.
        skill_ma7: Against the 7-day mean.
        n_better: People with a smaller error than the last value's.
        n_compared: People with ``MIN_MORNINGS`` mornings, of whom that is counted.
    """

    source: str
    n: int
    n_people: int
    mae_ms: float
    bias_ms: float
    coverage_80: float | None
    coverage_95: float | None
    skill: PooledSkill | None
    skill_ma7: PooledSkill | None
    n_better: int
    n_compared: int


def pool_backtests(people: Sequence[Mapping[str, Backtest]]) -> tuple[PooledBacktest, ...]:
    """Pool each model's record over the people who have one, in the order of the models.

    Args:
        people: Model to its record, of each person; the last value and the 7-day mean, on the same
            mornings, among them.
    """
    names = dict.fromkeys(name for person in people for name in person)
    return tuple(_pool(name, [person for person in people if name in person]) for name in names)


def _pool(name: str, people: Sequence[Mapping[str, Backtest]]) -> PooledBacktest:
    own = [person[name] for person in people]
    n = sum(one.n for one in own)
    compared = [person for person in people if person[name].n >= MIN_MORNINGS and NAIVE in person]
    return PooledBacktest(
        source=name,
        n=n,
        n_people=len(own),
        mae_ms=math.fsum(one.mae_ms * one.n for one in own) / n,
        bias_ms=math.fsum(one.bias_ms * one.n for one in own) / n,
        coverage_80=_held([one.coverage_80 for one in own]),
        coverage_95=_held([one.coverage_95 for one in own]),
        skill=None if name == NAIVE else _skill(name, NAIVE, people),
        skill_ma7=None if name == MA7 else _skill(name, MA7, people),
        n_better=sum(person[name].mae_ms < person[NAIVE].mae_ms for person in compared),
        n_compared=len(compared),
    )


def _held(coverages: Sequence[Coverage | None]) -> float | None:
    known = [one for one in coverages if one is not None]
    return sum(one.inside for one in known) / sum(one.n for one in known) if known else None


def _skill(
    name: str, reference: str, people: Sequence[Mapping[str, Backtest]]
) -> PooledSkill | None:
    both = [(person[name], person[reference]) for person in people if reference in person]
    own = np.array([one.mae_ms * one.n for one, _ in both])
    other = np.array([one.mae_ms * one.n for _, one in both])
    return ratio_skill(own, other)


def ratio_skill(own: Floats, other: Floats) -> PooledSkill | None:
    """Skill and its interval from each person's sums of absolute errors, shape (people,), ms.

    ``None`` when the reference made no error.
    """
    n, total = len(own), other.sum()
    if not total > 0:
        return None
    ratio = own.sum() / total
    if n < MIN_PEOPLE:
        return PooledSkill(value=float(1 - ratio), low=None, high=None)
    error = math.sqrt(n / (n - 1) * float(((own - ratio * other) ** 2).sum())) / total
    half = float(stdtrit(n - 1, UPPER)) * error
    return PooledSkill(value=1 - ratio, low=1 - ratio - half, high=1 - ratio + half)

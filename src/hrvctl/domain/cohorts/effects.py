"""What one journal question does to the next morning's HRV, person by person and over all people.

Each person's effect is the one of ``effects``, on the log scale; ``random_effects`` pools them. A
single question is looked at, chosen beforehand, so nothing is corrected for others. People differ,
and are volunteers who keep a journal: the mean is of people like them.
"""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hrvctl.domain.artifacts.effects import HrvChange
from hrvctl.domain.effects import estimate_effect
from hrvctl.domain.random_effects import PooledEffect, pool
from hrvctl.domain.series import History


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEffect:
    """One person's effect of a question.

    Attributes:
        subject: The person.
        n_yes: Evenings with a yes.
        n_no: Evenings with a no.
        b: Difference of log HRV of the next morning after a yes.
        error: Its standard error.
        change: The same in per cent and ms, with its 95 % confidence interval.
        usual_ms: Median HRV, ms, of the mornings used.
    """

    subject: str
    n_yes: int
    n_no: int
    b: float
    error: float
    change: HrvChange
    usual_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortEffect:
    """The effect of a question in a cohort.

    Attributes:
        tag: The question.
        people: Those whose effect could be estimated, by subject.
        left_out: The others, each with what is missing.
        pooled: The mean over people, log scale; ``None`` of nobody.
        lost: Those who could not be looked at, each with the reason.
    """

    tag: str
    people: tuple[PersonEffect, ...]
    left_out: Mapping[str, str]
    pooled: PooledEffect | None
    lost: Mapping[str, str] = field(default_factory=dict)

    @property
    def usual_ms(self) -> float | None:
        """The HRV, ms, at which half of the people usually are; ``None`` of nobody."""
        return statistics.median(one.usual_ms for one in self.people) if self.people else None

    def best_known(self, most: int) -> tuple[PersonEffect, ...]:
        """At most so many people, those with the smallest errors, from the lowest effect up."""
        known = sorted(self.people, key=lambda one: one.error)[:most]
        return tuple(sorted(known, key=lambda one: one.b))


def percent(b: float) -> float:
    """A difference of logarithms as a change in per cent."""
    return 100 * math.expm1(b)


def measure_person(subject: str, history: History, tag: str) -> PersonEffect | str:
    """Estimate one person's effect, or say what is missing for it.

    Args:
        subject: The person.
        history: As known on the evening in question.
        tag: The question.
    """
    question, estimate, usual_ms = estimate_effect(history, tag)
    if estimate is None or question.effect is None:
        return question.missing
    if not (math.isfinite(estimate.b) and 0 < estimate.error < math.inf):
        return "the mornings show no scatter, so no standard error"
    return PersonEffect(
        subject=subject,
        n_yes=question.n_yes,
        n_no=question.n_no,
        b=estimate.b,
        error=estimate.error,
        change=question.effect,
        usual_ms=usual_ms,
    )


def pool_people(tag: str, found: Iterable[tuple[str, PersonEffect | str]]) -> CohortEffect:
    """Pool what ``measure_person`` found of each subject, wherever that was done."""
    people, left_out = [], {}
    for subject, one in sorted(found, key=lambda pair: pair[0]):
        if isinstance(one, str):
            left_out[subject] = one
        else:
            people.append(one)
    pooled = pool([one.b for one in people], [one.error for one in people])
    return CohortEffect(tag=tag, people=tuple(people), left_out=left_out, pooled=pooled)

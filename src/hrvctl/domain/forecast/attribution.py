"""Why the forecast of tomorrow is what it is, in parts that add up, and what would change it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.protocol import Contribution
from hrvctl.domain.forecast.quantiles import MEDIAN
from hrvctl.domain.forecast.recursions import first_amount
from hrvctl.domain.forecast.targets import Target
from hrvctl.domain.forecast.walk_forward import WalkForward
from hrvctl.domain.series import History
from hrvctl.records import Metric

RECENT_NIGHTS = "recent nights"
WEEKDAY = "weekday"
# What a person calls each input; all that comes from past nights alone is one thing to them.
WORDS = {
    "x:rhr": "resting heart rate",
    "x5:rhr": "resting heart rate of five days",
    "x:strain": "strain",
    "x5:strain": "strain of five days",
    "x:wakehr": "waking heart rate",
    "x:kcal_h": "energy per hour",
    "x:hrv": "HRV",
    "x:temp": "skin temperature",
    "x:cyc_h": "hours until bed",
    "x:asleep": "sleep",
} | {f"d{day}": WEEKDAY for day in range(7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One summand of the forecast.

    Attributes:
        feature: The model's name of the input.
        words: The person's name of it.
        on_scale: What it adds on the target's scale (square root of ms for HRV).
        effect: What it adds in the target's unit.
        value: The input in the person's unit, where there is one.
    """

    feature: str
    words: str
    on_scale: float
    effect: float
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A forecast taken apart: ``level`` plus the effects of all terms is ``point``.

    Attributes:
        level: The person's slow level, in the target's unit.
        point: The forecast, in the target's unit.
        level_on_scale: The level on the target's scale.
        point_on_scale: The forecast on the target's scale: the level plus all ``on_scale``.
        terms: In the model's order.
    """

    level: float
    point: float
    level_on_scale: float
    point_on_scale: float
    terms: tuple[Term, ...]

    def contributions(self) -> tuple[Contribution, ...]:
        """One entry for each thing a person knows by name, largest effect first."""
        effects: dict[str, float] = {}
        values: dict[str, float | None] = {}
        for term in self.terms:
            effects[term.words] = effects.get(term.words, 0.0) + term.effect
            values.setdefault(term.words, term.value)
        order = sorted(effects, key=lambda words: -abs(effects[words]))
        return tuple(Contribution(name=w, effect_ms=effects[w], value=values[w]) for w in order)


def attribute_forecast(done: WalkForward, target: Target) -> Explanation | None:
    """Take the forecast of the last evening apart; ``None`` when there is none.

    Effects in the unit share out the curved step from level to forecast in proportion to the
    steps on the scale (for a square: a^2 - b^2 = (a - b)(a + b)), so they add up exactly.
    """
    level = float(done.frame.centre[-1])
    if np.isnan(level):
        return None
    point = float(done.quantiles()[-1, 0, MEDIAN])
    parts = _parts(done, level, point)
    unit_level, unit_point = (float(target.back(np.array(v))) for v in (level, point))
    slope = _slope(level, point, unit_level, unit_point, target)
    terms = tuple(
        Term(
            feature=name,
            words=_words(name, done),
            on_scale=part,
            effect=part * slope,
            value=_value(name, done),
        )
        for name, part in parts.items()
    )
    return Explanation(
        level=unit_level,
        point=unit_point,
        level_on_scale=level,
        point_on_scale=point,
        terms=terms,
    )


def _parts(done: WalkForward, level: float, point: float) -> dict[str, float]:
    """Each input's summand on the scale; what is left is the lean on the week and the median."""
    number = int(done.chosen[-1])
    features = done.patterns[number].features
    row: Floats = done.frame.matrix(features)[-1] * done.coefficients[number][-1]
    step = float(done.frame.scale[-1] * done.trust[-1])
    names = (*features, *done.frame.answers)
    parts = {name: step * float(x) for name, x in zip(names, row, strict=True)}
    if done.carried[-1]:
        # After nights without data the last forecast fades on; only the answers are today's.
        parts = {name: part for name, part in parts.items() if name in done.frame.answers}
    return parts | {"rest": point - level - sum(parts.values())}


def _slope(level: float, point: float, low: float, high: float, target: Target) -> float:
    if abs(point - level) > np.finfo(float).eps * max(abs(level), 1.0):
        return (high - low) / (point - level)
    return low if target.log_scale is not None else 2.0 * level


def _words(feature: str, done: WalkForward) -> str:
    if feature in done.frame.answers:
        return feature
    return WORDS.get(feature, RECENT_NIGHTS)


def _value(feature: str, done: WalkForward) -> float | None:
    known = {**done.frame.raw, **done.frame.said}.get(feature)
    if known is None or np.isnan(known[-1]):
        return None
    return float(known[-1])


def with_changes(
    history: History, *, measured: Mapping[Metric, float], journal: Mapping[str, float]
) -> History:
    """The same past with other values on its last day; what the model learned stays the same.

    Args:
        history: At least one day.
        measured: Metric to its value on the last day, in the metric's unit.
        journal: Tag to the answer of the last day.
    """
    empty = (np.nan,) * len(history)

    def put(column: tuple[float, ...] | None, value: float) -> tuple[float, ...]:
        return (*(column or empty)[:-1], value)

    new_measured = {m: put(history.measured.get(m), v) for m, v in measured.items()}
    new_journal = {tag: put(history.journal.get(tag), v) for tag, v in journal.items()}
    return replace(
        history,
        measured={**history.measured, **new_measured},
        journal={**history.journal, **new_journal},
    )


def counts_as_yes(history: History, tag: str) -> bool:
    """Whether the last day's answer is an amount that no earlier one makes sense of.

    Args:
        history: At least one day.
        tag: The answer's tag.
    """
    answers = np.array(history.journal.get(tag, ()), float)
    return first_amount(answers) == len(history) - 1

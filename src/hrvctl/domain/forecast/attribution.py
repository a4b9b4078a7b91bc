"""Attribute the forecast of tomorrow to its inputs, in additive parts; change inputs of a day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.artifacts.training import Contribution
from hrvctl.domain.forecast.features import LABELS, RECENT_NIGHTS
from hrvctl.domain.forecast.quantiles import MEDIAN
from hrvctl.domain.forecast.recursions import first_amount
from hrvctl.domain.forecast.targets import Target
from hrvctl.domain.forecast.walk_forward import WalkForward
from hrvctl.domain.series import History
from hrvctl.records import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One summand of the forecast.

    Attributes:
        feature: The model's name of the input.
        label: What a person reads for it; several features may share one.
        on_scale: What it adds on the target's scale (square root of ms for HRV).
        effect: What it adds in the target's unit.
        value: The input in its own unit, where there is one.
    """

    feature: str
    label: str
    on_scale: float
    effect: float
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An additive attribution: ``level`` plus the effects of all terms is ``point``.

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
        """The effects summed by label, largest first."""
        effects: dict[str, float] = {}
        values: dict[str, float | None] = {}
        for term in self.terms:
            effects[term.label] = effects.get(term.label, 0.0) + term.effect
            values.setdefault(term.label, term.value)
        order = sorted(effects, key=lambda label: -abs(effects[label]))
        return tuple(
            Contribution(name=label, effect=effects[label], value=values[label]) for label in order
        )


def attribute_forecast(fitted: WalkForward, target: Target) -> Explanation | None:
    """Attribute the forecast of the last evening to its inputs; ``None`` when there is none.

    Effects in the unit divide the curved step from level to forecast in proportion to the steps
    on the scale (for a square: a^2 - b^2 = (a - b)(a + b)), so they add up exactly.
    """
    level = float(fitted.frame.centre[-1])
    if np.isnan(level):
        return None
    point = float(fitted.quantiles(len(fitted.mean) - 1)[-1, 0, MEDIAN])
    parts = _parts(fitted, level, point)
    unit_level, unit_point = (float(target.from_scale(np.array(v))) for v in (level, point))
    slope = _slope(level, point, unit_level, unit_point, target)
    terms = tuple(
        Term(
            feature=name,
            label=_label(name, fitted),
            on_scale=part,
            effect=part * slope,
            value=_value(name, fitted),
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


def _parts(fitted: WalkForward, level: float, point: float) -> dict[str, float]:
    """Each input's summand on the scale.

    The rest is the shrinkage towards the last week's mean, and the median of the error shape.
    """
    number = int(fitted.chosen[-1])
    features = fitted.patterns[number].features
    inputs = np.array([column[-1] for column in fitted.frame.columns(features)])
    row: Floats = inputs * fitted.coefficients[number][-1]
    step = float(fitted.frame.scale[-1] * fitted.trust[-1])
    names = (*features, *fitted.frame.answers)
    parts = {name: step * float(x) for name, x in zip(names, row, strict=True)}
    if fitted.carried[-1]:
        # After nights without data the last forecast is carried on; only the answers are today's.
        parts = {name: part for name, part in parts.items() if name in fitted.frame.answers}
    return parts | {"rest": point - level - sum(parts.values())}


def _slope(level: float, point: float, low: float, high: float, target: Target) -> float:
    if abs(point - level) > np.finfo(float).eps * max(abs(level), 1.0):
        return (high - low) / (point - level)
    return low if target.log_scale is not None else 2.0 * level


def _label(feature: str, fitted: WalkForward) -> str:
    if feature in fitted.frame.answers:
        return feature
    return LABELS.get(feature, RECENT_NIGHTS)


def _value(feature: str, fitted: WalkForward) -> float | None:
    values = {**fitted.frame.shared.raw, **fitted.frame.shared.raw_answers}.get(feature)
    if values is None or np.isnan(values[-1]):
        return None
    return float(values[-1])


def with_changes(
    history: History, *, measured: Mapping[Metric, float], journal: Mapping[str, float]
) -> History:
    """Return the history with other values on its last day; earlier days stay as they are.

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
    """Whether the last day's answer is the first amount after plain answers, so counts as a yes.

    Args:
        history: At least one day.
        tag: The answer's tag.
    """
    answers = np.array(history.journal.get(tag, ()), float)
    return first_amount(answers) == len(history) - 1

"""Learn the interval width of a pattern from its walk-forward errors on people."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.prior import Pattern
from hrvctl.domain.forecast.protocol import MAX_LEAD
from hrvctl.domain.forecast.quantiles import step_errors, width_inputs
from hrvctl.domain.forecast.targets import Target
from hrvctl.domain.forecast.walk_forward import WalkForward
from hrvctl.domain.series import History

SKIP_NIGHTS = 15  # a person's level is uncertain before
N_ATOMS = 200
CONDITION_NAMES = ("|l0|", "wakehr+", "wakehr-", "d4(Fri)", "d5(Sat)", "d6(Sun)", "strain", "rhr")
N_CONDITIONS = len(CONDITION_NAMES)
REPORTED = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
LEAST_ERROR = 0.2  # spreads; the log of a tiny error carries no information on the width
MOST_ERROR = 4.0  # spreads; one outlier carries no information on the growth


def learn_spread(
    people: Sequence[History], target: Target, pattern: Pattern, history_only: Pattern
) -> dict[str, Any]:
    """Learn the width inputs, the shape of the errors, and their growth with the lead.

    People have equal weight; their first nights are left out.
    """
    plain = walk_all(people, target, pattern, history_only)
    inputs, absolute = zip(*(unscaled_errors(fitted, pattern) for fitted in plain), strict=True)
    weight = same_weight(absolute)
    x = np.concatenate(inputs)
    centre = np.average(x, axis=0, weights=weight)
    coefficients = log_width(x - centre, np.concatenate(absolute), weight)
    scaled = replace(pattern, spread_centre=centre, spread_coefficients=coefficients)
    final = walk_all(people, target, scaled, history_only)
    shapes = [shape_errors(fitted) for fitted in final]
    shape, weight = np.concatenate(shapes), same_weight(shapes)
    atoms = weighted_quantiles(shape, weight, (np.arange(N_ATOMS) + 0.5) / N_ATOMS)
    reported = weighted_quantiles(shape, weight, np.array(REPORTED))
    return {
        "het_features": list(CONDITION_NAMES),
        "het_center": rounded(centre),
        "het_coef": rounded(coefficients),
        "atoms_200": rounded(atoms),
        "quantiles": dict(zip(map(str, REPORTED), rounded(reported), strict=True)),
        "lead_growth": rounded(lead_growth(final)),
    }


def walk_all(
    people: Sequence[History], target: Target, pattern: Pattern, history_only: Pattern
) -> list[WalkForward]:
    """Fit every person walk-forward with a pattern, or the history pattern without its inputs."""
    prior = {"history": history_only, "this": pattern}
    model = Hierarchical(target, prior=prior, patterns=tuple(prior), journal=False)
    return [model.walk_forward(person) for person in people]


def unscaled_errors(fitted: WalkForward, pattern: Pattern) -> tuple[Floats, Floats]:
    """Width inputs, shape (k, 8), and absolute one-step errors, shape (k,), in spreads."""
    unit = np.repeat(fitted.frame.scale[:, None], MAX_LEAD, axis=1)
    error = np.append(step_errors(fitted.frame.w, fitted.mean, unit)[1:, 0], np.nan)
    rows = (fitted.frame.nights > SKIP_NIGHTS) & ~np.isnan(error)
    return np.nan_to_num(width_inputs(fitted.frame, pattern))[rows], np.abs(error[rows])


def shape_errors(fitted: WalkForward) -> Floats:
    """One-step errors in units of the stated width, shape (k,)."""
    error = step_errors(fitted.frame.w, fitted.mean, fitted.unit)[1:, 0] / fitted.width[:-1, 0]
    return error[(fitted.frame.nights[:-1] > SKIP_NIGHTS) & ~np.isnan(error)]


def lead_growth(walks: Sequence[WalkForward]) -> Floats:
    """Mean absolute error at each lead relative to lead 1, shape (MAX_LEAD,), never falling."""
    ratios = []
    for fitted in walks:
        error = np.abs(step_errors(fitted.frame.w, fitted.mean, fitted.unit))
        late = np.minimum(error[fitted.frame.nights > SKIP_NIGHTS + MAX_LEAD], MOST_ERROR)
        if len(late) > MAX_LEAD:
            size = np.nanmean(late, axis=0)
            ratios.append(size / size[0])
    if not ratios:
        return np.ones(MAX_LEAD)
    return np.maximum.accumulate(np.maximum(np.mean(ratios, axis=0), 1.0))


def log_width(x: Floats, size: Floats, weight: Floats) -> Floats:
    """Weighted least squares of log |error| on the conditions, shape (8,).

    Harvey (1976) for multiplicative heteroscedasticity; a condition that never varies gets 0.
    """
    y = np.log(np.maximum(size, LEAST_ERROR))
    design = np.column_stack([np.ones(len(y)), x]) * np.sqrt(weight)[:, None]
    return np.asarray(np.linalg.lstsq(design, y * np.sqrt(weight), rcond=None)[0][1:])


def weighted_quantiles(values: Floats, weight: Floats, levels: Floats) -> Floats:
    """Quantiles of a weighted sample, between the midpoints of the weights; shape of levels."""
    order = np.argsort(values)
    upto = np.cumsum(weight[order])
    return np.interp(levels, (upto - 0.5 * weight[order]) / upto[-1], values[order])


def same_weight(groups: Sequence[Floats]) -> Floats:
    """Weights that give every person equal weight, however many nights they have."""
    return np.concatenate([np.full(len(group), 1.0 / max(len(group), 1)) for group in groups])


def rounded(values: Floats) -> list[float]:
    """Round to three decimals: more would be false precision, and less private."""
    return [round(float(value), 3) for value in values]

"""The pooled prior: coefficients and error shapes learned from other people, per pattern."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Self

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.protocol import MAX_LEAD

# Prior precision of every coefficient: noise variance .55 over between-person variance .01
# (measured on nine people).
PRECISION = 0.55 / 0.01
# Journal answers: variance .003 around 0; alcohol, whose effect is known, .04 around -.3.
ANSWER_PRECISION = 0.55 / 0.003
# A target without a learned prior: between-person variance .05, five times the usual one (own
# choice: about ten nights then weigh as much as the prior).
WEAK_PRECISION = 0.55 / 0.05
# The learned patterns that use nothing but the target's own past nights.
HISTORY_PATTERNS = ("hrvonly", "rhr_history", "resp_history")
ALCOHOL = "alcohol"
ALCOHOL_PRECISION = 0.55 / 0.04
ALCOHOL_MEAN = -0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The coefficients for evenings on which these inputs are known, and the shape of their errors.

    Attributes:
        features: Names of the inputs, in order; p of them.
        coefficients: Shape (p,), standardised deviation per unit of input.
        spread_centre: Shape (8,), mean of the inputs of the interval's width.
        spread_coefficients: Shape (8,), log width per unit of those inputs.
        atoms: Shape (200,), pooled standardised errors at equal probability steps, ascending.
        growth: Shape (MAX_LEAD,), how much wider errors are at each lead than at lead 1.
        precision: Prior precision of each coefficient, above 0.
    """

    features: tuple[str, ...]
    coefficients: Floats
    spread_centre: Floats
    spread_coefficients: Floats
    atoms: Floats
    growth: Floats
    precision: float = PRECISION

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Self:
        """Read a pattern from its entry in the prior file."""
        return cls(
            features=tuple(entry["b0"]),
            coefficients=np.array(list(entry["b0"].values()), float),
            spread_centre=np.array(entry["het_center"], float),
            spread_coefficients=np.array(entry["het_coef"], float),
            atoms=np.sort(np.array(entry["atoms_200"], float)),
            growth=np.array(entry.get("lead_growth", [1.0] * MAX_LEAD), float),
        )


Prior = Mapping[str, Pattern]


def parse_prior(document: Mapping[str, Any]) -> Prior:
    """Read the patterns of a prior document, which ``learned_prior.document`` makes."""
    return {name: Pattern.parse(entry) for name, entry in document["patterns"].items()}


@cache
def shipped_prior() -> Prior:
    """The prior in the package; its file states from how many people and days it was learned."""
    text = files("hrvctl.domain.forecast").joinpath("prior.json").read_text(encoding="utf-8")
    return parse_prior(json.loads(text))


@cache
def weak_pattern() -> Pattern:
    """The pattern of a target without a learned prior: the mean of the learned history patterns.

    Coefficients, error quantiles and growth with the lead are averaged over ``HISTORY_PATTERNS``;
    the prior precision is ``WEAK_PRECISION`` and the width does not depend on the day.
    """
    learned = [shipped_prior()[name] for name in HISTORY_PATTERNS]
    first = learned[0]
    return Pattern(
        features=first.features,
        coefficients=np.mean([pattern.coefficients for pattern in learned], axis=0),
        spread_centre=np.zeros_like(first.spread_centre),
        spread_coefficients=np.zeros_like(first.spread_coefficients),
        atoms=np.mean([pattern.atoms for pattern in learned], axis=0),
        growth=np.mean([pattern.growth for pattern in learned], axis=0),
        precision=WEAK_PRECISION,
    )

"""Pool one effect measured in several people, who may truly differ, by a random-effects model.

The spread between people, tau², is estimated by restricted maximum likelihood (Viechtbauer 2005, J
Educ Behav Stat 30); the interval of the mean is Hartung and Knapp's (2001, Stat Med 20), never
narrower than the ordinary one (their correction of 2003, Stat Med 22: few people who happen to
agree do not make it certain). The prediction interval, for one more person like them, is that of
Higgins, Thompson and Spiegelhalter (2009, J R Stat Soc A 172); I² that of Higgins and Thompson
(2002, Stat Med 21), from tau².
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, stdtrit

from hrvctl.domain.arrays import Floats

# Level of the upper end of a two-sided 95 % interval.
UPPER = 0.975
# People from which a mean has an interval, and from which there is a prediction interval, whose
# Student's t has two degrees of freedom less than there are people.
MIN_PEOPLE, MIN_PREDICTED = 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledEffect:
    """A mean effect over people, on the scale on which it was measured.

    Attributes:
        n: People.
        mean: Estimate of the mean over all people like them.
        error: Standard error of the mean, Hartung and Knapp's; of one person their own.
        low: Lower end of the mean's 95 % confidence interval; ``None`` for one person.
        high: Upper end.
        predicted_low: Lower end of the 95 % prediction interval for one more person; ``None`` with
            fewer than ``MIN_PREDICTED``.
        predicted_high: Upper end.
        tau2: Variance between people of the true effect; ``None`` for one person.
        q: Cochran's Q, the weighted squares of the deviations from the fixed-effect mean.
        q_p: Its p-value if all true effects were equal, from chi-squared.
        i2: Share of the variance of the measured effects that is between people, 0 to 1.
        missing: What cannot be stated, and why.
    """

    n: int
    mean: float
    error: float
    low: float | None = None
    high: float | None = None
    predicted_low: float | None = None
    predicted_high: float | None = None
    tau2: float | None = None
    q: float | None = None
    q_p: float | None = None
    i2: float | None = None
    missing: tuple[str, ...] = ()


def pool(effects: Sequence[float], errors: Sequence[float]) -> PooledEffect | None:
    """Pool effects of people; ``None`` of nobody.

    Args:
        effects: One a person.
        errors: Their standard errors, above 0.

    Raises:
        ValueError: An effect is not finite, or an error not above 0.
    """
    y, v = np.array(effects, float), np.array(errors, float) ** 2
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise ValueError("every effect needs a finite value and a standard error above 0")
    n = len(y)
    if n == 0:
        return None
    if n < MIN_PEOPLE:
        missing = tuple(
            f"{what}: have {n} person, need {need}"
            for what, need in (("interval", MIN_PEOPLE), ("prediction interval", MIN_PREDICTED))
        )
        return PooledEffect(n=n, mean=float(y[0]), error=math.sqrt(v[0]), missing=missing)
    tau2 = _between(y, v)
    w = 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    # Both errors of the mean: the ordinary one, and Hartung and Knapp's from the scatter.
    ordinary = 1 / w.sum()
    scattered = w @ (y - mean) ** 2 / (n - 1) / w.sum()
    error = math.sqrt(max(ordinary, scattered))
    half = error * float(stdtrit(n - 1, UPPER))
    fixed = 1 / v
    q = float(fixed @ (y - fixed @ y / fixed.sum()) ** 2)
    # The variance of a typical measured effect, from which I² is the share of tau².
    typical = (n - 1) * fixed.sum() / (fixed.sum() ** 2 - fixed @ fixed)
    low = high = None
    if n >= MIN_PREDICTED:
        reach = float(stdtrit(n - 2, UPPER)) * math.sqrt(tau2 + ordinary)
        low, high = mean - reach, mean + reach
    return PooledEffect(
        n=n,
        mean=mean,
        error=error,
        low=mean - half,
        high=mean + half,
        predicted_low=low,
        predicted_high=high,
        tau2=tau2,
        q=q,
        q_p=float(chdtrc(n - 1, q)),
        i2=float(tau2 / (tau2 + typical)),
        missing=()
        if n >= MIN_PREDICTED
        else (f"prediction interval: have {n} people, need {MIN_PREDICTED}",),
    )


def _between(y: Floats, v: Floats) -> float:
    """The variance between people at which the restricted likelihood is largest; 0 or above."""

    def slope(tau2: float) -> float:
        """Of the restricted log-likelihood, times two."""
        w = 1 / (v + tau2)
        sum_w = w.sum()
        residual = y - w @ y / sum_w
        return float(w**2 @ residual**2 - sum_w + w @ w / sum_w)

    if slope(0.0) <= 0:
        return 0.0
    # Beyond the plain variance of the measured effects it falls, soon or at once.
    upper = float(np.var(y, ddof=1))
    while slope(upper) > 0:
        upper *= 2
    return float(brentq(slope, 0.0, upper, xtol=upper * 1e-12))

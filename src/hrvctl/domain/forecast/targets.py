"""The quantities that can be forecast, each on its own scale; ``TARGETS`` lists them all.

A new target is one entry: without a learned prior it starts from ``prior.weak_pattern``.
"""

from dataclasses import dataclass

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.prior import ALCOHOL_MEAN
from hrvctl.domain.series import History
from hrvctl.records import PLAUSIBLE, Metric, Range

FIRST_NIGHTS = 5
# sd of the square root of RMSSD when sd/mean is .25: half of it (delta method).
START_SHARE = 0.125


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A quantity to forecast.

    Attributes:
        name: Its key in ``TARGETS``.
        metric: The metric to forecast; ``None`` for the history's own HRV.
        label: What a person reads for it, for example ``resting heart rate``.
        unit: Its unit.
        digits: Decimals shown to a person.
        patterns: Names in the prior, the richest last; the richest one whose inputs are known is
            used. Empty without a learned prior.
        with_bedtime: Names of further patterns that use the planned bedtime.
        log_scale: Spread on the log scale to start with; ``None`` for the square-root scale.
        alcohol_mean: Expected effect of alcohol, spreads.

    Raises:
        ValueError: On the log scale, and the metric may be 0 or below.
    """

    name: str
    metric: Metric | None
    label: str
    unit: str
    digits: int = 0
    patterns: tuple[str, ...] = ()
    with_bedtime: tuple[str, ...] = ()
    log_scale: float | None = None
    alcohol_mean: float = 0.0

    def __post_init__(self) -> None:
        if self.log_scale is not None and self.bounds.low <= 0:
            raise ValueError(f"{self.name}: values of 0 or below have no logarithm")

    @property
    def bounds(self) -> Range:
        """The plausible values, in the target's unit."""
        return PLAUSIBLE[self.metric or Metric.HRV_RMSSD_MS]

    def values(self, history: History) -> Floats:
        """The target's column, shape (n,), in its own unit; NaN where missing."""
        if self.metric is None:
            return np.array(history.hrv, float)
        values = history.measured.get(self.metric)
        return np.array(values, float) if values else np.full(len(history), np.nan)

    def to_scale(self, values: Floats) -> Floats:
        """Transform values in the unit to the scale on which their variance is stable."""
        w: Floats = np.sqrt(values) if self.log_scale is None else np.log(values)
        return w

    def from_scale(self, w: Floats) -> Floats:
        """Transform back to the unit, clipped to the plausible values."""
        low, high = self.bounds
        square = self.log_scale is None
        values = np.maximum(w, 0.0) ** 2 if square else np.exp(np.minimum(w, np.log(high)))
        within: Floats = np.clip(values, low, high)
        return within

    def start_scale(self, values: Floats) -> Floats:
        """The spread to start with, shape (n,), as known on each day; NaN before the first."""
        present = ~np.isnan(values)
        seen = np.cumsum(present)
        if self.log_scale is not None:
            return np.where(seen > 0, self.log_scale, np.nan)
        total = np.cumsum(np.where(present & (seen <= FIRST_NIGHTS), values, 0.0))
        mean = total / np.clip(seen, 1, FIRST_NIGHTS)
        return np.where(seen > 0, START_SHARE * np.sqrt(mean), np.nan)


HRV = Target(
    name="hrv",
    metric=None,
    label="HRV",
    unit="ms",
    patterns=("hrvonly", "evening_strain", "evening_hr", "evening"),
    with_bedtime=("bedtime",),
    alcohol_mean=ALCOHOL_MEAN,
)
# Spreads of the log: about 5.5 % of resting HR and 3.8 % of respiratory rate between nights
# (measured on nine people).
RESTING_HR = Target(
    name="rhr",
    metric=Metric.RESTING_HR_BPM,
    label="resting heart rate",
    unit="bpm",
    patterns=("rhr_history", "rhr_evening"),
    log_scale=0.055,
)
RESPIRATORY_RATE = Target(
    name="resp",
    metric=Metric.RESPIRATORY_RATE_RPM,
    label="respiratory rate",
    unit="rpm",
    digits=1,
    patterns=("resp_history", "resp_evening"),
    log_scale=0.038,
)
TARGETS = {target.name: target for target in (HRV, RESTING_HR, RESPIRATORY_RATE)}

"""What can be forecast: HRV, resting heart rate and respiratory rate, each on its own scale."""

from dataclasses import dataclass

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.prior import ALCOHOL_MEAN
from hrvctl.domain.series import History
from hrvctl.records import PLAUSIBLE, Metric

FIRST_NIGHTS = 5
# sd of the square root of RMSSD when sd/mean is .25: half of it (delta method).
START_SHARE = 0.125


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A quantity to forecast.

    Attributes:
        name: Prefix of its patterns in the prior; empty for HRV.
        metric: Where its values stand; ``None`` for the history's own HRV.
        unit: Its unit, for a person.
        patterns: Names in the prior, the richest last; the richest known one is used.
        with_bedtime: One more, for those who want it.
        log_scale: Spread on the log scale to start with; ``None`` for the square-root scale.
        alcohol_mean: Expected effect of alcohol, spreads.
    """

    name: str
    metric: Metric | None
    unit: str
    patterns: tuple[str, ...]
    with_bedtime: tuple[str, ...] = ()
    log_scale: float | None = None
    alcohol_mean: float = 0.0

    def values(self, history: History) -> Floats:
        """The target's column, shape (n,), in its own unit; NaN where missing."""
        if self.metric is None:
            return np.array(history.hrv, float)
        values = history.measured.get(self.metric)
        return np.array(values, float) if values else np.full(len(history), np.nan)

    def forward(self, values: Floats) -> Floats:
        """From the unit to the scale on which errors are alike."""
        w: Floats = np.sqrt(values) if self.log_scale is None else np.log(values)
        return w

    def back(self, w: Floats) -> Floats:
        """From that scale to the unit, within what a person can have."""
        low, high = PLAUSIBLE[self.metric or Metric.HRV_RMSSD_MS]
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
    unit="ms",
    patterns=("hrvonly", "evening_strain", "evening"),
    with_bedtime=("bedtime",),
    alcohol_mean=ALCOHOL_MEAN,
)
# Spreads of the log: about 5.5 % of resting HR and 3.8 % of respiratory rate between nights
# (measured on nine people).
RESTING_HR = Target(
    name="rhr",
    metric=Metric.RESTING_HR_BPM,
    unit="bpm",
    patterns=("rhr_history", "rhr_evening"),
    log_scale=0.055,
)
RESPIRATORY_RATE = Target(
    name="resp",
    metric=Metric.RESPIRATORY_RATE_RPM,
    unit="rpm",
    patterns=("resp_history", "resp_evening"),
    log_scale=0.038,
)
TARGETS = {target.name: target for target in (HRV, RESTING_HR, RESPIRATORY_RATE)}

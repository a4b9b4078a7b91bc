"""The state of a walk-forward fit: every coefficient, forecast and width of every evening."""

from collections.abc import Mapping
from dataclasses import dataclass

from hrvctl.domain.arrays import Bools, Floats, Ints
from hrvctl.domain.forecast.features import Frame
from hrvctl.domain.forecast.prior import Pattern
from hrvctl.domain.forecast.protocol import RollingForecasts


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForward:
    """A fit over a whole history, refitted each evening; row t is the evening of day t.

    Attributes:
        frame: The features of each evening.
        patterns: The patterns tried, the richest last.
        chosen: Shape (n,), index of the pattern used, -1 before the first night.
        carried: Shape (n,), whether the forecast is that of the last night, carried over a gap.
        coefficients: Index of the pattern to shape (n, p + tags).
        mean: Shape (n, MAX_LEAD), centre of the forecast on the target's scale.
        unit: Shape (n, MAX_LEAD), the spread expected from the day's inputs.
        width: Shape (n, MAX_LEAD), a factor on it, from recent errors.
        allowance: Shape (n, MAX_LEAD), the factor for few nights and for alcohol; the errors that
            make ``width`` and ``shape`` are measured without it.
        shape: Shape (n, len(LEVELS)), quantiles of the standardised error.
        trust: Shape (n,), weight of the model against the last week's mean, 0 to 1.
    """

    frame: Frame
    patterns: tuple[Pattern, ...]
    chosen: Ints
    carried: Bools
    coefficients: Mapping[int, Floats]
    mean: Floats
    unit: Floats
    width: Floats
    allowance: Floats
    shape: Floats
    trust: Floats

    def quantiles(self, first: int = 0) -> Floats:
        """The quantiles of the evenings from ``first`` on, on the target's scale.

        Shape (n - first, MAX_LEAD, len(LEVELS)), ascending in the last axis.
        """
        spread = self.unit[first:] * self.width[first:] * self.allowance[first:]
        return self.mean[first:, :, None] + spread[:, :, None] * self.shape[first:, None, :]


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedForecasts(RollingForecasts):
    """Forecasts with the fits that made them, which explain them; ``None`` without a day."""

    walk: WalkForward | None

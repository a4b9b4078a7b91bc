"""What one walk over a history leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass

from hrvctl.domain.arrays import Bools, Floats, Ints
from hrvctl.domain.forecast.features import Frame
from hrvctl.domain.forecast.prior import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForward:
    """Everything one walk over a history gives; row t stands on the evening of day t.

    Attributes:
        frame: The history in standard units.
        patterns: The patterns tried, the richest last.
        chosen: Shape (n,), number of the pattern used, -1 before the first night.
        carried: Shape (n,), whether the forecast is the one of the last night, faded.
        coefficients: Number of the pattern to shape (n, p + tags).
        mean: Shape (n, MAX_LEAD), centre of the forecast on the target's scale.
        unit: Shape (n, MAX_LEAD), the spread today's conditions suggest.
        width: Shape (n, MAX_LEAD), the factor from recent errors.
        shape: Shape (n, len(LEVELS)), quantiles of the standardised error.
        trust: Shape (n,), share of the model against that mean, 0 to 1.
    """

    frame: Frame
    patterns: tuple[Pattern, ...]
    chosen: Ints
    carried: Bools
    coefficients: Mapping[int, Floats]
    mean: Floats
    unit: Floats
    width: Floats
    shape: Floats
    trust: Floats

    def quantiles(self) -> Floats:
        """Shape (n, MAX_LEAD, len(LEVELS)), on the target's scale, ascending in the last axis."""
        spread = (self.unit * self.width)[:, :, None]
        return self.mean[:, :, None] + spread * self.shape[:, None, :]

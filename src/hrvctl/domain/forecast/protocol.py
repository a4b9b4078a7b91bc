"""The interface of a forecasting model, and the arrays it returns."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hrvctl.domain.arrays import Floats
from hrvctl.domain.artifacts.training import Contribution
from hrvctl.domain.series import History

# Days ahead that are shown to the person.
SHOWN_HORIZONS = 7
# Days without data after which no forecast is made (own choice: two weeks).
MAX_STALE_DAYS = 14
# Columns of a replay: a week ahead from data that may be two weeks old.
MAX_LEAD = MAX_STALE_DAYS + SHOWN_HORIZONS


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingForecasts:
    """Rolling-origin forecasts (Tashman 2000): one row per evening of a history, the last included.

    Attributes:
        point: Shape (n + 1, MAX_LEAD), in the target's unit, ms for HRV. ``point[i, h - 1]`` is
            the forecast of position
            ``i - 1 + h`` made on the evening of position ``i - 1``, from positions below ``i``
            alone; row n is the live forecast. NaN where the model makes no forecast.
        quantiles: Shape (n + 1, MAX_LEAD, len(LEVELS)), same unit, when the model computes its
            own; ``None`` when intervals come from its past errors.
    """

    point: Floats
    quantiles: Floats | None = None


class Forecaster(Protocol):
    """A model that forecasts the coming mornings from a history.

    Attributes:
        name: Its name in files and on the command line.
        title: What a person reads for it.
        min_nights: Nights with HRV it needs before its first forecast.
    """

    name: str
    title: str
    min_nights: int

    def rolling_forecasts(self, history: History, *, first_origin: int) -> RollingForecasts:
        """Forecast on every evening from position ``first_origin - 1`` on, and on the last.

        Args:
            history: n calendar days; NaN marks a missing night.
            first_origin: Rows below it may be left NaN (they cost time and are not used).
        """
        ...


@runtime_checkable
class ExplainableForecaster(Protocol):
    """A model that also attributes its live forecast to its inputs."""

    def explain(self, rolling: RollingForecasts) -> tuple[Contribution, ...]:
        """Effects of the inputs on the forecast of tomorrow, largest first."""
        ...

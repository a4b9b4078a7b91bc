"""The one small interface behind which every forecaster stands."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hrvctl.domain.arrays import Floats
from hrvctl.domain.series import History

# Days ahead that are shown to the person.
SHOWN_HORIZONS = 7
# Days without data after which no forecast is made (own choice: two weeks).
MAX_STALE_DAYS = 14
# Columns of a replay: a week ahead from data that may be two weeks old.
MAX_LEAD = MAX_STALE_DAYS + SHOWN_HORIZONS


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingForecasts:
    """What a forecaster would have said on every evening of a history, the last one included.

    Attributes:
        point: Shape (n + 1, MAX_LEAD), ms. ``point[i, h - 1]`` is the forecast of position
            ``i - 1 + h`` made on the evening of position ``i - 1``, from positions below ``i``
            alone; row n is the live forecast. NaN where the forecaster has nothing to say.
        quantiles: Shape (n + 1, MAX_LEAD, len(LEVELS)), ms, when the forecaster states its own;
            ``None`` when intervals come from its past errors.
    """

    point: Floats
    quantiles: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one input did to a forecast.

    Attributes:
        name: The input in the person's words, for example ``waking heart rate``.
        effect_ms: By how much it moves the forecast, ms; below zero it lowers it.
        value: The input itself, in its own unit, where there is one.
    """

    name: str
    effect_ms: float
    value: float | None = None


class Forecaster(Protocol):
    """A way to forecast the coming mornings from a history.

    Attributes:
        name: What it is called in files and on the command line.
        title: What it is called before a person.
        min_nights: Nights with HRV it needs before it says anything.
    """

    name: str
    title: str
    min_nights: int

    def rolling_forecasts(self, history: History, *, first_origin: int) -> RollingForecasts:
        """Forecast on every evening from position ``first_origin - 1`` on, and on the last.

        Args:
            history: n calendar days; NaN marks a missing night.
            first_origin: Rows below it may be left NaN (they cost time and nobody asks).
        """
        ...


@runtime_checkable
class ExplainableForecaster(Protocol):
    """A forecaster that can also say which inputs drive its live forecast."""

    def explain(self, history: History) -> tuple[Contribution, ...]:
        """What drives the forecast of tomorrow, largest effect first; see ``Contribution``."""
        ...

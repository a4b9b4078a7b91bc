"""The one small interface behind which every forecaster stands."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hrvctl.domain.series import History

Floats = NDArray[np.float64]

# Days ahead that are shown to the person.
SHOWN_HORIZONS = 7
# Days without data after which no forecast is made (own choice: two weeks, FORECAST design).
MAX_STALE_DAYS = 14
# Columns of a replay: a week ahead from data that may be two weeks old.
MAX_LEAD = MAX_STALE_DAYS + SHOWN_HORIZONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
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


class Forecaster(Protocol):
    """A way to forecast the coming mornings from a history."""

    name: str
    title: str

    def replay(self, history: History, *, first_origin: int) -> Replay:
        """Forecast on every evening from position ``first_origin - 1`` on, and on the last.

        Args:
            history: n calendar days; NaN marks a missing night.
            first_origin: Rows below it may be left NaN (they cost time and nobody asks).
        """
        ...

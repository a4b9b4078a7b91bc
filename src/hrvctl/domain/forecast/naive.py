"""Two benchmark forecasts: the last value, and the mean of the last seven days."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.protocol import MAX_LEAD, RollingForecasts
from hrvctl.domain.series import History
from hrvctl.records import MA7, NAIVE

# Calendar days of the moving average (Plews et al. 2012: weekly means of ln RMSSD).
WINDOW_DAYS = 7


class Naive:
    """The last observed value, however old (random walk): the benchmark every model must beat."""

    name = NAIVE
    title = "last value"
    min_nights = 1

    def rolling_forecasts(self, history: History, *, first_origin: int) -> RollingForecasts:
        """Forecast on every evening; see ``Forecaster``. Flat over the horizon."""
        return flat_forecasts(last_value(np.asarray(history.hrv)), first_origin)


class MovingAverage:
    """The mean of the observed days among the last 7, else the last value."""

    name = MA7
    title = "7-day mean"
    min_nights = 1

    def rolling_forecasts(self, history: History, *, first_origin: int) -> RollingForecasts:
        """Forecast on every evening; see ``Forecaster``. Flat over the horizon."""
        hrv = np.asarray(history.hrv, dtype=np.float64)
        # Window i holds positions i - 7 to i - 1: what the evening before position i knows.
        windows = sliding_window_view(
            np.concatenate([np.full(WINDOW_DAYS, np.nan), hrv]), WINDOW_DAYS
        )
        seen = ~np.isnan(windows)
        n_seen = seen.sum(axis=1)
        mean = np.where(seen, windows, 0).sum(axis=1) / np.maximum(n_seen, 1)
        return flat_forecasts(np.where(n_seen > 0, mean, last_value(hrv)), first_origin)


def last_value(hrv: Floats) -> Floats:
    """The last observed value below each position, NaN before the first.

    Args:
        hrv: Shape (n,), ms.

    Returns:
        Shape (n + 1,), ms.
    """
    positions = np.where(np.isnan(hrv), -1, np.arange(len(hrv)))
    newest: NDArray[np.intp] = np.concatenate([[-1], np.maximum.accumulate(positions)])
    values: Floats = np.concatenate([hrv, [np.nan]])
    return values[newest]


def flat_forecasts(level: Floats, first_origin: int) -> RollingForecasts:
    """Forecast the same level for every lead.

    Args:
        level: Shape (n + 1,), ms; position i is known on the evening before position i.
        first_origin: Rows below it are left NaN.
    """
    point = np.repeat(level[:, np.newaxis], MAX_LEAD, axis=1)
    point[:first_origin] = np.nan
    return RollingForecasts(point=point)

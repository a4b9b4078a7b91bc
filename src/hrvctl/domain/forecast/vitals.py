"""Forecast tomorrow's vital signs, every target but HRV, with the hierarchical ridge."""

import numpy as np

from hrvctl.domain.artifacts.training import VitalForecast
from hrvctl.domain.forecast.features import DayInputs
from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.protocol import MAX_STALE_DAYS
from hrvctl.domain.forecast.quantiles import MEDIAN
from hrvctl.domain.forecast.targets import TARGETS, Target
from hrvctl.domain.series import History
from hrvctl.records import LEVELS


def forecast_vitals(history: History, shared: DayInputs | None = None) -> tuple[VitalForecast, ...]:
    """Forecast every vital sign of ``TARGETS`` measured within ``MAX_STALE_DAYS``.

    Args:
        history: n calendar days.
        shared: The ``day_inputs`` of the history, where they are known already.
    """
    found = (_forecast(history, target, shared) for target in TARGETS.values())
    return tuple(forecast for forecast in found if forecast is not None)


def _forecast(history: History, target: Target, shared: DayInputs | None) -> VitalForecast | None:
    values = target.values(history)
    seen = np.flatnonzero(~np.isnan(values)).tolist()
    if target.metric is None or not seen:
        return None
    n = len(history)
    if n - 1 - seen[-1] > MAX_STALE_DAYS:
        return None
    model = Hierarchical(target)
    tomorrow = model.forecast_tomorrow(history, shared=shared)
    return VitalForecast(
        metric=target.metric,
        unit=target.unit,
        target=history.day(n),
        horizon_days=n - seen[-1],
        value=float(tomorrow[MEDIAN]),
        last_value=float(values[seen[-1]]),
        quantiles=dict(zip(LEVELS, tomorrow.tolist(), strict=True)),
        source=model.name,
    )

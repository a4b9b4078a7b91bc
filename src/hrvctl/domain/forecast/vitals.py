"""Forecast tomorrow's vital signs, every target but HRV, with the hierarchical ridge."""

import math
from dataclasses import dataclass
from datetime import date

from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.protocol import MAX_STALE_DAYS
from hrvctl.domain.forecast.quantiles import MEDIAN
from hrvctl.domain.forecast.targets import TARGETS, Target
from hrvctl.domain.series import History
from hrvctl.records import LEVELS, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalForecast:
    """The forecast of one vital sign for one morning.

    Attributes:
        metric: The vital sign.
        unit: Its unit.
        target: The morning.
        horizon_days: ``target`` minus the last day it was measured.
        value: The median, in that unit.
        quantiles: Level to value, same unit.
    """

    metric: Metric
    unit: str
    target: date
    horizon_days: int
    value: float
    quantiles: dict[float, float]


def forecast_vitals(history: History) -> tuple[VitalForecast, ...]:
    """Forecast every vital sign of ``TARGETS`` measured within ``MAX_STALE_DAYS``."""
    found = (_forecast(history, target) for target in TARGETS.values())
    return tuple(forecast for forecast in found if forecast is not None)


def _forecast(history: History, target: Target) -> VitalForecast | None:
    values = target.values(history)
    seen = [i for i, value in enumerate(values) if not math.isnan(value)]
    if target.metric is None or not seen:
        return None
    n = len(history)
    if n - 1 - seen[-1] > MAX_STALE_DAYS:
        return None
    tomorrow = Hierarchical(target).forecast_quantiles(history, first_origin=n)[n, 0]
    return VitalForecast(
        metric=target.metric,
        unit=target.unit,
        target=history.day(n),
        horizon_days=n - seen[-1],
        value=float(tomorrow[MEDIAN]),
        quantiles=dict(zip(LEVELS, tomorrow.tolist(), strict=True)),
    )

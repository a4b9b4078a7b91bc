"""What forecasters said before each past morning, and how good it was, on the same mornings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.protocol import (
    MAX_LEAD,
    MAX_STALE_DAYS,
    SHOWN_HORIZONS,
    Forecaster,
    RollingForecasts,
)
from hrvctl.domain.intervals import Radii, lead_errors, radii, state
from hrvctl.domain.scoring.measures import (
    Coverage,
    bias,
    coverage,
    mae,
    pinball,
    relative_mae,
    rmse,
)
from hrvctl.domain.series import History
from hrvctl.records import INTERVALS, LEVELS, MA7, NAIVE, Forecast

# Days of errors an interval is made from (own choice: eight months; the scored half year and
# two months before it, so that the first scored mornings have intervals as well).
CALIBRATION_DAYS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """Errors on mornings forecast the evening before; all candidates on the same mornings.

    Attributes:
        first_day: First morning scored.
        last_day: Last morning scored.
        n: Mornings scored.
        mae_ms: Mean absolute error, ms.
        bias_ms: Mean of forecast minus actual, ms.
        rmse_ms: Root mean squared error, ms.
        n_pinball: Mornings on which all candidates stated all quantiles.
        pinball_ms: Mean pinball loss over ``LEVELS`` on those, ms.
        coverage_80: How often the 80 % interval held; on mornings all candidates stated it.
        coverage_95: The same at 95 %.
        relative_to_ma7: MAE over that of the 7-day mean; below 1 is better.
        relative_to_naive: MAE over that of the last value.
    """

    first_day: date
    last_day: date
    n: int
    mae_ms: float
    bias_ms: float
    rmse_ms: float
    n_pinball: int
    pinball_ms: float | None
    coverage_80: Coverage | None
    coverage_95: Coverage | None
    relative_to_ma7: float | None
    relative_to_naive: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What one forecaster said of each day on the evening before it.

    Attributes:
        point: Shape (n,), ms, by target; NaN where nothing was said or could be scored.
        quantiles: Level to ms for each target; empty where ``point`` is NaN.
    """

    point: Floats
    quantiles: tuple[Mapping[float, float], ...]


def walk(history: History, replay: RollingForecasts, *, first: int) -> Walk:
    """Line up what was said with the mornings it was said of, intervals included.

    Mornings before ``first``, without a night, or after more than ``MAX_STALE_DAYS`` without data
    (when no forecast is made) are left out. Intervals use only errors known by the evening.
    """
    hrv, ages = np.asarray(history.hrv), _ages(history)
    n = len(hrv)
    asked = (np.arange(n) >= first) & ~np.isnan(hrv) & (ages[:n] <= MAX_STALE_DAYS + 1)
    point = np.where(asked, replay.point[:n, 0], np.nan)
    errors = lead_errors(replay.point, hrv)
    said: list[Mapping[float, float]] = [{} for _ in range(n)]
    for p in np.flatnonzero(~np.isnan(point)).tolist():
        if replay.quantiles is None:
            said[p] = state(float(point[p]), int(ages[p]), _known(errors, p))[0]
        else:
            said[p] = _own(replay.quantiles[p, 0])[0]
    return Walk(point=point, quantiles=tuple(said))


def rehearse(history: History, forecaster: Forecaster, *, first: int) -> dict[date, Forecast]:
    """What a forecaster would have said of each morning from ``first`` on, the evening before.

    The same whatever ``first`` is: earlier evenings are replayed as far as intervals need them.

    Args:
        history: Mornings without a night, and those that follow more than ``MAX_STALE_DAYS``
            without data, are left out.
        forecaster: Who is asked.
        first: Position of the first morning.

    Returns:
        Its forecast of each morning it can speak of, oldest first.
    """
    # An error of the longest lead was made that much before the oldest one that is looked at.
    first_origin = max(first - CALIBRATION_DAYS - MAX_LEAD, 0)
    said = walk(
        history, forecaster.rolling_forecasts(history, first_origin=first_origin), first=first
    )
    ages = _ages(history)
    return {
        history.day(p): Forecast(
            target=history.day(p),
            horizon_days=int(ages[p]),
            source=forecaster.name,
            mean_ms=float(said.point[p]),
            quantiles_ms=said.quantiles[p],
        )
        for p in np.flatnonzero(~np.isnan(said.point)).tolist()
    }


def live(history: History, replay: RollingForecasts, *, source: str) -> tuple[Forecast, ...]:
    """The forecasts of tomorrow and the six days after; empty when the forecaster has none."""
    n = len(history)
    lead = int(_ages(history)[n])
    if np.isnan(replay.point[n, 0]) or lead + SHOWN_HORIZONS - 1 > MAX_LEAD:
        return ()
    known = _known(lead_errors(replay.point, np.asarray(history.hrv)), n)
    forecasts = []
    for h in range(1, SHOWN_HORIZONS + 1):
        mean_ms = float(replay.point[n, h - 1])
        if replay.quantiles is None:
            quantiles, missing = state(mean_ms, lead + h - 1, known)
        else:
            quantiles, missing = _own(replay.quantiles[n, h - 1])
        forecasts.append(
            Forecast(
                target=history.day(n - 1 + h),
                horizon_days=lead + h - 1,
                source=source,
                mean_ms=mean_ms,
                quantiles_ms=quantiles,
                missing=missing,
            )
        )
    return tuple(forecasts)


def compare(history: History, walks: Mapping[str, Walk]) -> dict[str, Backtest]:
    """Score forecasters on the mornings all of them spoke of; empty when there are none.

    Args:
        history: With the actuals.
        walks: Forecaster's name to what it said; the naive and the 7-day mean among them.
    """
    common = np.all([~np.isnan(w.point) for w in walks.values()], axis=0) if walks else []
    days = np.flatnonzero(common)
    if not len(days):
        return {}
    return {name: _backtest(history, walks, name, days.tolist()) for name in walks}


def _backtest(
    history: History, walks: Mapping[str, Walk], name: str, days: Sequence[int]
) -> Backtest:
    hrv = np.asarray(history.hrv)
    actual = hrv[days].tolist()
    said = {key: w.point[days].tolist() for key, w in walks.items()}
    quantiles = walks[name].quantiles

    def stated(levels: Sequence[float]) -> list[int]:
        return [d for d in days if all(q in w.quantiles[d] for w in walks.values() for q in levels)]

    def held(percent: int) -> Coverage | None:
        on = stated(INTERVALS[percent])
        low, high = ([quantiles[d][end] for d in on] for end in INTERVALS[percent])
        return coverage(hrv[on].tolist(), low, high, level=percent / 100)

    full = stated(LEVELS)
    return Backtest(
        first_day=history.day(days[0]),
        last_day=history.day(days[-1]),
        n=len(days),
        mae_ms=mae(actual, said[name]) or 0.0,
        bias_ms=bias(actual, said[name]) or 0.0,
        rmse_ms=rmse(actual, said[name]) or 0.0,
        n_pinball=len(full),
        pinball_ms=pinball(hrv[full].tolist(), [quantiles[d] for d in full]),
        coverage_80=held(80),
        coverage_95=held(95),
        relative_to_ma7=relative_mae(actual, said[name], said[MA7]) if MA7 in said else None,
        relative_to_naive=relative_mae(actual, said[name], said[NAIVE]) if NAIVE in said else None,
    )


def _ages(history: History) -> NDArray[np.int64]:
    """Days from the last night below each position to it; n + 1 and more when there is none."""
    n = len(history)
    positions = np.where(np.isnan(history.hrv), -n - 1, np.arange(n))
    newest = np.concatenate([[-n - 1], np.maximum.accumulate(positions)])
    return np.asarray(np.arange(n + 1) - newest, dtype=np.int64)


def _known(errors: Floats, position: int) -> Radii:
    return radii(errors[max(position - CALIBRATION_DAYS, 0) : position])


def _own(quantiles: Floats) -> tuple[dict[float, float], tuple[str, ...]]:
    """The quantiles a forecaster states itself; what it leaves NaN is missing."""
    values = dict(zip(LEVELS, quantiles.tolist(), strict=True))
    said = {level: value for level, value in values.items() if not np.isnan(value)}
    missing = [
        f"{percent} %: the model does not state it yet"
        for percent, ends in INTERVALS.items()
        if any(end not in said for end in ends)
    ]
    return said, tuple(missing)

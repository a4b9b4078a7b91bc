"""Rebuild the forecasts of past evenings, and score all forecasters on the same mornings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.artifacts.training import Backtest
from hrvctl.domain.forecast.protocol import (
    MAX_LEAD,
    MAX_STALE_DAYS,
    SHOWN_HORIZONS,
    Forecaster,
    RollingForecasts,
)
from hrvctl.domain.intervals import Radii, lead_errors, radii, state
from hrvctl.domain.scoring.scores import Forecasts, on_same_mornings, score
from hrvctl.domain.series import History
from hrvctl.records import INTERVALS, LEVELS, Forecast

# Days of errors an interval is made from (own choice: eight months; the scored half year and
# two months before it, so that the first scored mornings have intervals as well).
CALIBRATION_DAYS = 240


def past_forecasts(
    history: History,
    rolling: RollingForecasts,
    *,
    source: str,
    first: int,
    leads: Sequence[int] = (1,),
) -> tuple[dict[date, Forecast], ...]:
    """The forecasts made so many evenings before each morning, with intervals, oldest first.

    Mornings before ``first``, without a night, or after more than ``MAX_STALE_DAYS`` without data
    (when no forecast is made) are left out. Intervals use only errors known by the evening.

    Args:
        history: n calendar days.
        rolling: A forecaster's rolling forecasts over them.
        source: The forecaster's name.
        first: Position of the first morning.
        leads: Each from 1 for tomorrow to ``SHOWN_HORIZONS``.

    Returns:
        For each lead the forecast of each morning.
    """
    hrv, ages = np.asarray(history.hrv), _ages(history).tolist()
    errors = lead_errors(rolling.point, hrv)
    found: tuple[dict[date, Forecast], ...] = tuple({} for _ in leads)
    # Row i was forecast on the evening before position i, for the morning at i + lead - 1.
    for i in range(max(first - max(leads) + 1, 0), len(hrv)):
        wanted = [
            (lead, forecasts)
            for lead, forecasts in zip(leads, found, strict=True)
            if first <= i + lead - 1 < len(hrv)
            and not np.isnan(hrv[i + lead - 1])
            and not np.isnan(rolling.point[i, lead - 1])
        ]
        if not wanted or ages[i] > MAX_STALE_DAYS + 1:
            continue
        # The slowest part: once for every lead, and not at all for who states its own quantiles.
        known = cache(partial(_known_radii, errors, i))
        for lead, forecasts in wanted:
            target = history.day(i + lead - 1)
            forecasts[target] = _forecast(
                rolling, i, lead, target=target, age=ages[i], known=known, source=source
            )
    return found


def backtest(
    history: History, forecaster: Forecaster, *, first: int, leads: Sequence[int]
) -> tuple[dict[date, Forecast], ...]:
    """Run a forecaster on every past evening that has a forecast of a morning from ``first`` on.

    The same whatever ``first`` is: earlier evenings are run as far as intervals need them.

    Args:
        history: n calendar days.
        forecaster: The one to run.
        first: Position of the first morning.
        leads: As in ``past_forecasts``, which is returned.
    """
    # The first morning is forecast up to MAX_LEAD earlier, from errors of CALIBRATION_DAYS before,
    # whose forecasts were made up to MAX_LEAD before they became known.
    first_origin = max(first - CALIBRATION_DAYS - 2 * MAX_LEAD, 0)
    rolling = forecaster.rolling_forecasts(history, first_origin=first_origin)
    return past_forecasts(history, rolling, source=forecaster.name, first=first, leads=leads)


def upcoming_forecasts(
    history: History, rolling: RollingForecasts, *, source: str
) -> tuple[Forecast, ...]:
    """The forecasts of tomorrow and the six days after; empty when the forecaster has none."""
    n = len(history)
    age = int(_ages(history)[n])
    if np.isnan(rolling.point[n, 0]) or age + SHOWN_HORIZONS - 1 > MAX_LEAD:
        return ()
    errors = lead_errors(rolling.point, np.asarray(history.hrv))
    known = cache(partial(_known_radii, errors, n))
    return tuple(
        _forecast(
            rolling, n, lead, target=history.day(n + lead - 1), age=age, known=known, source=source
        )
        for lead in range(1, SHOWN_HORIZONS + 1)
    )


def _forecast(
    rolling: RollingForecasts,
    row: int,
    lead: int,
    *,
    target: date,
    age: int,
    known: Callable[[], Radii],
    source: str,
) -> Forecast:
    """The forecast of a row for a lead.

    Args:
        rolling: A forecaster's rolling forecasts.
        row: Of them.
        lead: 1 for the row's own morning.
        target: The morning.
        age: Days from the last night to the row's own morning.
        known: Returns the half widths for a forecaster that does not state its own quantiles.
        source: The forecaster's name.
    """
    mean_ms, horizon = float(rolling.point[row, lead - 1]), age + lead - 1
    if rolling.quantiles is not None:
        quantiles, missing = _own_quantiles(rolling.quantiles[row, lead - 1])
    else:
        quantiles, missing = state(mean_ms, horizon, known())
    return Forecast(
        target=target,
        horizon_days=horizon,
        source=source,
        mean_ms=mean_ms,
        quantiles_ms=quantiles,
        missing=missing,
    )


def compare(history: History, forecasts: Forecasts) -> dict[str, Backtest]:
    """Score forecasters on the mornings all of them have; empty when there are none.

    Those with too few mornings to compare are left out (see ``on_same_mornings``).

    Args:
        history: With the outcomes.
        forecasts: Of each forecaster, from ``past_forecasts``; the last value and the 7-day mean
            among them.
    """
    same = _with_shared_levels(on_same_mornings(forecasts))
    days = list(next(iter(same.values()), {}))
    actual = {day: history.hrv[(day - history.first).days] for day in days}
    return {name: _backtest(name, same, actual) for name in same} if days else {}


def _backtest(name: str, forecasts: Forecasts, actual: Mapping[date, float]) -> Backtest:
    scores = score(name, forecasts, actual)
    return Backtest(
        first_day=min(actual),
        last_day=max(actual),
        n=scores.n,
        # With a morning to score these are stated.
        mae_ms=scores.mae_ms or 0.0,
        bias_ms=scores.bias_ms or 0.0,
        rmse_ms=scores.rmse_ms or 0.0,
        n_pinball=scores.n_pinball,
        pinball_ms=scores.pinball_ms,
        coverage_80=scores.coverage_80,
        coverage_95=scores.coverage_95,
        relative_to_ma7=scores.relative_to_ma7,
        relative_to_naive=scores.relative_to_naive,
    )


def _with_shared_levels(forecasts: Forecasts) -> Forecasts:
    """Leave only the quantile levels that every forecaster states for the morning."""
    days = next(iter(forecasts.values()), {})
    levels = {
        day: set.intersection(*(set(own[day].quantiles_ms) for own in forecasts.values()))
        for day in days
    }
    return {
        name: {
            day: replace(
                f, quantiles_ms={q: ms for q, ms in f.quantiles_ms.items() if q in levels[day]}
            )
            for day, f in own.items()
        }
        for name, own in forecasts.items()
    }


def _ages(history: History) -> Ints:
    """Days from the last night below each position to it; n + 1 and more when there is none."""
    n = len(history)
    positions = np.where(np.isnan(history.hrv), -n - 1, np.arange(n))
    newest = np.concatenate([[-n - 1], np.maximum.accumulate(positions)])
    return np.asarray(np.arange(n + 1) - newest, dtype=np.int64)


def _known_radii(errors: Floats, position: int) -> Radii:
    return radii(errors[max(position - CALIBRATION_DAYS, 0) : position])


def _own_quantiles(quantiles: Floats) -> tuple[dict[float, float], tuple[str, ...]]:
    """The quantiles of a forecaster that states its own; NaN is missing."""
    values = dict(zip(LEVELS, quantiles.tolist(), strict=True))
    stated = {level: value for level, value in values.items() if not np.isnan(value)}
    missing = [
        f"{percent} %: the model does not state it yet"
        for percent, ends in INTERVALS.items()
        if any(end not in stated for end in ends)
    ]
    return stated, tuple(missing)

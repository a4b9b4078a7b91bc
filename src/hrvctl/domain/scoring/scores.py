"""Score forecasts against outcomes: the one scorer of backtests, ledger, guess and agents.

``forecast.backtest.compare`` states the same figures from arrays, for training; a test holds both
equal.

Standard library only, so that the light commands may use it.

References:
    Hyndman & Koehler 2006, Int J Forecasting 22: MAE and RMSE relative to those of a plain method.
    Koenker & Bassett 1978, Econometrica 46: pinball loss.
    Wilson 1927, JASA 22: interval of a proportion, here of the coverage.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hrvctl.domain.scoring.measures import (
    Coverage,
    bias,
    coverage,
    mae,
    pinball,
    relative_mae,
    relative_rmse,
    rmse,
)
from hrvctl.records import INTERVALS, LEVELS, MA7, NAIVE, Forecast, SealedForecast

# Mornings from which a forecaster is compared with the others on the same mornings (own choice:
# two weeks, every weekday twice).
MIN_MORNINGS = 14

# Source to its forecast of each morning.
Forecasts = Mapping[str, Mapping[date, Forecast]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """How much smaller the error is than that of the last value, on the mornings both forecast.

    Attributes:
        n: Those mornings.
        value: 1 - MAE / MAE(naive); above zero is better, 1 is without error.
        low: Lower end of its 95 % interval (circular block bootstrap); ``None`` while too few.
        high: Upper end.
    """

    n: int
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignTest:
    """Which forecast was nearer, morning by morning: this forecaster's or the last value.

    Attributes:
        wins: Mornings this forecaster was nearer.
        losses: Mornings the last value was nearer.
        ties: Mornings both were equally far off; they do not count in the test.
        p_value: Two-sided exact sign test; ``None`` while too few.
    """

    wins: int
    losses: int
    ties: int
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How good the forecasts of one source were.

    Attributes:
        source: The forecaster.
        n: Mornings scored.
        first_day: The first of them.
        last_day: The last.
        mae_ms: Mean absolute error, ms.
        bias_ms: Mean of forecast minus actual, ms.
        rmse_ms: Root mean squared error, ms.
        n_beside_ma7: Mornings shared with the 7-day mean.
        relative_to_ma7: MAE over that of the 7-day mean on those; below 1 is better.
        n_beside_naive: Mornings shared with the last value.
        relative_to_naive: MAE over that of the last value on those.
        rmsse: RMSE over that of the last value on those.
        skill: 1 minus ``relative_to_naive``, with its interval; ``None`` where not computed.
        against_naive: Wins and losses; ``None`` where not computed.
        n_pinball: Mornings with a quantile at each of ``LEVELS``.
        pinball_ms: Mean pinball loss over ``LEVELS`` on those, ms.
        coverage_80: Coverage of the 80 % interval, on the mornings with one.
        coverage_95: Coverage of the 95 % interval, likewise.
        missing: What cannot be stated and why, for example
            ``skill interval: have 20 mornings beside naive, need 42``.
    """

    source: str
    n: int
    first_day: date | None = None
    last_day: date | None = None
    mae_ms: float | None = None
    bias_ms: float | None = None
    rmse_ms: float | None = None
    n_beside_ma7: int = 0
    relative_to_ma7: float | None = None
    n_beside_naive: int = 0
    relative_to_naive: float | None = None
    rmsse: float | None = None
    skill: Skill | None = None
    against_naive: SignTest | None = None
    n_pinball: int = 0
    pinball_ms: float | None = None
    coverage_80: Coverage | None = None
    coverage_95: Coverage | None = None
    missing: tuple[str, ...] = ()


def score(source: str, forecasts: Forecasts, actual: Mapping[date, float]) -> Scores:
    """Score one source; its comparisons are on the mornings it shares with the reference.

    Args:
        source: The forecaster to score; without a forecast it has no morning.
        forecasts: Its forecasts, and those of the 7-day mean and the last value to compare with.
        actual: Outcomes, ms; a morning without one, or with NaN, is not scored.

    Returns:
        Everything but skill and sign test (see ``scoring.scoreboard``).
    """
    own = forecasts.get(source, {})
    days = scored_mornings(own, actual)
    outcomes = [actual[day] for day in days]
    means = [own[day].mean_ms for day in days]
    quantiles = [own[day].quantiles_ms for day in days]
    with_ma7 = paired_with(MA7, source, forecasts, actual)
    with_naive = paired_with(NAIVE, source, forecasts, actual)
    return Scores(
        source=source,
        n=len(days),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        mae_ms=mae(outcomes, means),
        bias_ms=bias(outcomes, means),
        rmse_ms=rmse(outcomes, means),
        n_beside_ma7=len(with_ma7[0]),
        relative_to_ma7=relative_mae(*with_ma7),
        n_beside_naive=len(with_naive[0]),
        relative_to_naive=relative_mae(*with_naive),
        rmsse=relative_rmse(*with_naive),
        n_pinball=sum(all(level in stated for level in LEVELS) for stated in quantiles),
        pinball_ms=pinball(outcomes, quantiles),
        coverage_80=_coverage(outcomes, quantiles, 80),
        coverage_95=_coverage(outcomes, quantiles, 95),
    )


def by_source(rows: Iterable[SealedForecast]) -> dict[str, dict[date, Forecast]]:
    """The forecasts of each source by morning; of two for one morning the last counts."""
    found: dict[str, dict[date, Forecast]] = {}
    for row in rows:
        found.setdefault(row.forecast.source, {})[row.forecast.target] = row.forecast
    return found


def scored_mornings(own: Mapping[date, Forecast], actual: Mapping[date, float]) -> list[date]:
    """The mornings with a forecast and an outcome, oldest first."""
    return sorted(day for day in own.keys() & actual.keys() if not math.isnan(actual[day]))


def with_outcome(
    forecasts: Forecasts, actual: Mapping[date, float]
) -> dict[str, dict[date, Forecast]]:
    """Of each forecaster the forecasts whose morning has an outcome, oldest first."""
    return {
        name: {day: own[day] for day in scored_mornings(own, actual)}
        for name, own in forecasts.items()
    }


def paired_with(
    reference: str, source: str, forecasts: Forecasts, actual: Mapping[date, float]
) -> tuple[list[float], list[float], list[float]]:
    """Outcome, forecast and the reference's forecast on the shared mornings, oldest first, ms."""
    own, other = forecasts.get(source, {}), forecasts.get(reference, {})
    days = [day for day in scored_mornings(own, actual) if day in other]
    return (
        [actual[day] for day in days],
        [own[day].mean_ms for day in days],
        [other[day].mean_ms for day in days],
    )


def on_same_mornings(
    forecasts: Forecasts, *, min_mornings: int = MIN_MORNINGS
) -> dict[str, dict[date, Forecast]]:
    """Leave only the mornings that every source has forecast, oldest first.

    A source with fewer than ``min_mornings`` is left out, so that a newcomer with three mornings
    does not shrink the record of all others to its three. While no source has as many, those with
    most are kept.
    """
    enough = min(min_mornings, max(map(len, forecasts.values()), default=0))
    kept = {name: own for name, own in forecasts.items() if len(own) >= enough}
    shared = sorted(set.intersection(*map(set, kept.values()))) if kept else []
    return {name: {day: own[day] for day in shared} for name, own in kept.items()}


def _coverage(
    outcomes: Sequence[float], quantiles: Sequence[Mapping[float, float]], percent: int
) -> Coverage | None:
    ends = ([q.get(level, math.nan) for q in quantiles] for level in INTERVALS[percent])
    return coverage(outcomes, *ends, level=percent / 100)

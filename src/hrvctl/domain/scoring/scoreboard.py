"""The figures of a score table: every forecaster beside the plain ones, and what is missing.

The same figures serve a backtest (all forecasters on the same mornings) and the sealed ledger
(each on its own mornings, compared on those it shares with a reference).

References:
    Hyndman & Koehler 2006, Int J Forecasting 22: MAE and RMSE relative to those of a plain method.
    Koenker & Bassett 1978, Econometrica 46: pinball loss.
    Wilson 1927, JASA 22: interval of a proportion, here of the coverage.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hrvctl.domain.scoring.measures import (
    Coverage,
    bias,
    coverage,
    mae,
    pinball,
    relative_mae,
    relative_rmse,
)
from hrvctl.domain.scoring.skill import HeadToHead, Skill, head_to_head, lacking, measure_skill
from hrvctl.records import (
    AGENT,
    AGENT_LLM,
    GUESS,
    INTERVALS,
    LEVELS,
    MA7,
    NAIVE,
    Forecast,
    Metric,
    Outcome,
    SealedForecast,
)

# Mornings from which a newcomer shares the table of a backtest (own choice: two weeks, every
# weekday twice).
MIN_MORNINGS = 14
# Forecasters that are no models, in the order they stand below them.
NO_MODELS = (AGENT, AGENT_LLM, GUESS)

Said = Mapping[str, Mapping[date, Forecast]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How good one forecaster was.

    Attributes:
        source: The forecaster.
        n: Mornings scored.
        first_day: The first of them.
        last_day: The last.
        mae_ms: Mean absolute error, ms.
        bias_ms: Mean of forecast minus actual, ms.
        n_beside_ma7: Mornings shared with the 7-day mean.
        relative_to_ma7: MAE over that of the 7-day mean on those; below 1 is better.
        n_beside_naive: Mornings shared with the last value.
        relative_to_naive: MAE over that of the last value on those.
        rmsse: RMSE over that of the last value on those.
        skill: 1 minus ``relative_to_naive``, with its interval; ``None`` for the last value.
        against_naive: Wins and losses; ``None`` for the last value.
        n_pinball: Mornings with all five levels.
        pinball_ms: Mean pinball loss over ``LEVELS`` on those, ms.
        coverage_80: How often the 80 % interval held, and its mean width.
        coverage_95: The same at 95 %.
        missing: What cannot be stated and why, for example
            ``skill interval: have 20 mornings beside naive, need 42``.
    """

    source: str
    n: int
    first_day: date | None = None
    last_day: date | None = None
    mae_ms: float | None = None
    bias_ms: float | None = None
    n_beside_ma7: int = 0
    relative_to_ma7: float | None = None
    n_beside_naive: int = 0
    relative_to_naive: float | None = None
    rmsse: float | None = None
    skill: Skill | None = None
    against_naive: HeadToHead | None = None
    n_pinball: int = 0
    pinball_ms: float | None = None
    coverage_80: Coverage | None = None
    coverage_95: Coverage | None = None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesScore:
    """The score of one series: one metric from one device, never mixed with another.

    Attributes:
        metric: The HRV metric.
        measured_by: Whose measurement counted.
        first_day: First morning scored.
        last_day: Last morning scored.
        n_mornings: Mornings scored.
        n_waiting: Mornings sealed whose outcome is not known.
        figures: Every forecaster: models first, then the agents and the guess.
    """

    metric: Metric
    measured_by: str
    first_day: date
    last_day: date
    n_mornings: int
    n_waiting: int
    figures: tuple[Figures, ...]


def score_on_own_mornings(said: Said, actual: Mapping[date, float]) -> tuple[Figures, ...]:
    """Score each forecaster on the mornings it spoke of; a comparison is on the shared ones.

    Args:
        said: Forecaster to its forecast of each morning.
        actual: What came true, ms; a morning that is not in it is not scored.
    """
    known = {name: _on(days, actual.keys()) for name, days in said.items()}
    return tuple(_figures(name, known, known[name], actual) for name in known)


def score_on_same_mornings(said: Said, actual: Mapping[date, float]) -> tuple[Figures, ...]:
    """Score all on the mornings all of them spoke of, so that every column can be compared.

    Pinball loss and coverage are on the mornings all stated every level. A newcomer with few
    mornings does not shrink everybody's record to its own: it is named with what it lacks.

    Args:
        said: Forecaster to its forecast of each morning.
        actual: What came true, ms; a morning that is not in it is not scored.
    """
    known = {name: _on(days, actual.keys()) for name, days in said.items()}
    mornings = _shared(known)
    same = {name: _on(days, mornings) for name, days in known.items() if mornings <= days.keys()}
    stated = {name: _complete(days) for name, days in same.items()}
    complete = _shared(stated)
    held = {n: _on(days, complete) for n, days in stated.items() if complete <= days.keys()}
    return tuple(
        _figures(name, same, held.get(name), actual)
        if name in same
        else Figures(
            source=name,
            n=len(days),
            missing=(f"everything: have {len(days)} mornings, need {MIN_MORNINGS}",),
        )
        for name, days in known.items()
    )


def score_ledger(
    counting: Iterable[SealedForecast], newest: Mapping[tuple[date, Metric, str], Outcome]
) -> tuple[SeriesScore, ...]:
    """Score the forecasts that count against what came true, the latest series first.

    Args:
        counting: The last sealed forecast of each source for each morning.
        newest: The newest revision of each outcome, by morning, metric and device.

    Returns:
        A score for each series that has an outcome; none while nothing has come true.
    """
    by_series: dict[tuple[Metric, str], list[SealedForecast]] = {}
    for row in counting:
        by_series.setdefault((row.metric, row.measured_by), []).append(row)
    scores = [_series(key, rows, newest) for key, rows in by_series.items()]
    return tuple(sorted((s for s in scores if s), key=lambda s: s.last_day, reverse=True))


def _series(
    key: tuple[Metric, str],
    rows: Sequence[SealedForecast],
    newest: Mapping[tuple[date, Metric, str], Outcome],
) -> SeriesScore | None:
    targets = {row.forecast.target for row in rows}
    actual = {day: newest[day, *key].value_ms for day in targets if (day, *key) in newest}
    if not actual:
        return None
    said: dict[str, dict[date, Forecast]] = {}
    for row in rows:
        said.setdefault(row.forecast.source, {})[row.forecast.target] = row.forecast
    models = [name for name in said if name not in NO_MODELS]
    others = [name for name in NO_MODELS if name in said]
    return SeriesScore(
        metric=key[0],
        measured_by=key[1],
        first_day=min(actual),
        last_day=max(actual),
        n_mornings=len(actual),
        n_waiting=len(targets) - len(actual),
        figures=score_on_own_mornings({name: said[name] for name in models + others}, actual),
    )


def _figures(
    name: str,
    said: Said,
    interval_days: Mapping[date, Forecast] | None,
    actual: Mapping[date, float],
) -> Figures:
    """The figures of one forecaster.

    Args:
        name: Which.
        said: Everybody's forecasts of scored mornings.
        interval_days: The forecasts whose intervals are scored; ``None`` when there are too few
            to stand beside the others'.
        actual: What came true, ms.
    """
    days = sorted(said[name])
    truth, mean = [actual[d] for d in days], [said[name][d].mean_ms for d in days]
    beside_ma7 = _beside(name, MA7, said, actual)
    beside_naive = _beside(name, NAIVE, said, actual)
    errors = np.abs(beside_naive[1:] - beside_naive[0])
    skill, duel = (None, None) if name == NAIVE else (measure_skill(*errors), head_to_head(*errors))
    complete = _complete(interval_days or {})
    held = {percent: _held(interval_days or {}, actual, percent) for percent in INTERVALS}
    return Figures(
        source=name,
        n=len(days),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        mae_ms=mae(truth, mean),
        bias_ms=bias(truth, mean),
        n_beside_ma7=beside_ma7.shape[1],
        relative_to_ma7=relative_mae(*beside_ma7.tolist()),
        n_beside_naive=beside_naive.shape[1],
        relative_to_naive=relative_mae(*beside_naive.tolist()),
        rmsse=relative_rmse(*beside_naive.tolist()),
        skill=skill,
        against_naive=duel,
        n_pinball=len(complete),
        pinball_ms=pinball(
            [actual[d] for d in complete], [f.quantiles_ms for f in complete.values()]
        ),
        coverage_80=held[80],
        coverage_95=held[95],
        missing=(
            *(() if name == NAIVE else lacking(skill, duel)),
            *_missing_intervals(len(_complete(said[name])), interval_days is None, held),
        )
        if days
        else ("everything: have 0 mornings, need 1",),
    )


def _on(said: Mapping[date, Forecast], days: Iterable[date]) -> dict[date, Forecast]:
    """The forecasts of those days, oldest first."""
    return {day: said[day] for day in sorted(set(days) & said.keys())}


def _complete(said: Mapping[date, Forecast]) -> dict[date, Forecast]:
    return {d: f for d, f in said.items() if all(level in f.quantiles_ms for level in LEVELS)}


def _shared(said: Said) -> set[date]:
    """The days everybody spoke of who spoke of enough; while nobody did, those who said most."""
    enough = min(MIN_MORNINGS, max((len(days) for days in said.values()), default=0))
    sets = [set(days) for days in said.values() if len(days) >= enough]
    return set.intersection(*sets) if sets else set()


def _beside(
    name: str, reference: str, said: Said, actual: Mapping[date, float]
) -> NDArray[np.float64]:
    """Actual, forecast and reference on the shared mornings, oldest first; shape (3, n), ms."""
    others = said.get(reference, {})
    days = sorted(said[name].keys() & others.keys())
    rows = [
        [actual[d] for d in days],
        *([by[d].mean_ms for d in days] for by in (said[name], others)),
    ]
    return np.array(rows, dtype=np.float64).reshape(3, len(days))


def _held(
    said: Mapping[date, Forecast], actual: Mapping[date, float], percent: int
) -> Coverage | None:
    days = [d for d, f in said.items() if f.interval(percent)]
    low, high = ([said[d].quantiles_ms[end] for d in days] for end in INTERVALS[percent])
    return coverage([actual[d] for d in days], low, high, level=percent / 100)


def _missing_intervals(
    n_complete: int, is_newcomer: bool, held: Mapping[int, Coverage | None]
) -> tuple[str, ...]:
    if is_newcomer:
        return (f"intervals: have {n_complete} mornings with both, need {MIN_MORNINGS}",)
    return tuple(
        f"{percent} %: have 0 mornings with an interval, need 1"
        for percent, found in held.items()
        if found is None
    )

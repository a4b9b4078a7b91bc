"""Score tables: every forecaster on its own mornings, or all on the same ones, and what is missing.

A backtest compares all forecasters on the same mornings. In the sealed ledger each is scored on its
own mornings and compared with a reference on those both have.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from hrvctl.domain.scoring.scores import (
    MIN_MORNINGS,
    Forecasts,
    Scores,
    on_same_mornings,
    paired_with,
    score,
    scored_mornings,
)
from hrvctl.domain.scoring.skill import measure_skill, missing_comparisons, sign_test
from hrvctl.records import (
    AGENT,
    AGENT_LLM,
    GUESS,
    INTERVALS,
    LEVELS,
    MANUAL,
    NAIVE,
    Forecast,
    Metric,
    Morning,
    Outcome,
    SealedForecast,
)

# Forecasters that are not models, in their order below the models.
NOT_MODELS = (AGENT, AGENT_LLM, GUESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadScores:
    """How good forecasts made so many evenings before their mornings were.

    Attributes:
        lead: 1 for tomorrow.
        scores: One row per forecaster, all on the same mornings.
    """

    lead: int
    scores: tuple[Scores, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesScores:
    """The scores of one series: one metric from one device, never mixed with another.

    Attributes:
        metric: The HRV metric.
        measured_by: The source whose measurements are the outcomes.
        first_day: First morning scored.
        last_day: Last morning scored.
        n_mornings: Mornings scored.
        n_waiting: Mornings with a sealed forecast and no outcome yet.
        n_by_hand: Mornings whose outcome was corrected or entered by hand.
        figures: Every forecaster: models first, then the agents and the guess.
        first_seen: The same against the outcomes as they were first seen; empty where none was
            corrected by hand.
    """

    metric: Metric
    measured_by: str
    first_day: date
    last_day: date
    n_mornings: int
    n_waiting: int
    n_by_hand: int
    figures: tuple[Scores, ...]
    first_seen: tuple[Scores, ...]


def score_own_mornings(forecasts: Forecasts, actual: Mapping[date, float]) -> tuple[Scores, ...]:
    """Score each forecaster on all its mornings.

    Args:
        forecasts: Forecaster to its forecast of each morning.
        actual: Outcomes, ms; a morning without one is not scored.
    """
    return tuple(_row(name, forecasts, actual) for name in forecasts)


def score_by_lead(
    ahead: Mapping[str, Sequence[Mapping[date, Forecast]]],
    actual: Mapping[date, float],
    names: Collection[str],
) -> tuple[LeadScores, ...]:
    """Score forecasts of the week ahead, each lead on the mornings all forecasters have at it.

    Args:
        ahead: Of each forecaster, for lead 1, 2 and so on, its forecast of each morning.
        actual: The outcomes.
        names: The forecasters to list; the others are references.
    """
    found = []
    for position in range(min(map(len, ahead.values()), default=0)):
        same = on_same_mornings({name: leads[position] for name, leads in ahead.items()})
        scores = tuple(score(name, same, actual) for name in same if name in names)
        found.append(LeadScores(lead=position + 1, scores=scores))
    return tuple(found)


def score_same_mornings(forecasts: Forecasts, actual: Mapping[date, float]) -> tuple[Scores, ...]:
    """Score all forecasters on the mornings all of them have, so that every column compares.

    Pinball loss and coverage are on the mornings with every quantile from all of them. A newcomer
    with few mornings is left out of the comparison; its ``missing`` says what it needs.

    Args:
        forecasts: Forecaster to its forecast of each morning.
        actual: Outcomes, ms; a morning without one is not scored.
    """
    with_outcome = {
        name: {day: own[day] for day in scored_mornings(own, actual)}
        for name, own in forecasts.items()
    }
    same = on_same_mornings(with_outcome)
    complete = {name: _complete(own) for name, own in same.items()}
    with_intervals = on_same_mornings(complete)
    scored = {
        name: _without_quantiles(own, except_on=with_intervals.get(name, {}))
        for name, own in same.items()
    }
    return tuple(
        _row(
            name,
            scored,
            actual,
            n_short_of_intervals=None if name in with_intervals else len(complete[name]),
        )
        if name in same
        else Scores(
            source=name,
            n=len(own),
            missing=(f"everything: have {len(own)} mornings, need {MIN_MORNINGS}",),
        )
        for name, own in with_outcome.items()
    )


def score_ledger(
    counting: Iterable[SealedForecast],
    newest: Mapping[Morning, Outcome],
    first: Mapping[Morning, Outcome],
) -> tuple[SeriesScores, ...]:
    """Score the forecasts that count against their outcomes, the latest series first.

    Args:
        counting: The last sealed forecast of each source for each morning.
        newest: The newest revision of each outcome, by morning, metric and device.
        first: The first revision of each.

    Returns:
        The scores of each series that has an outcome.
    """
    by_series: dict[tuple[Metric, str], list[SealedForecast]] = {}
    for row in counting:
        by_series.setdefault((row.metric, row.measured_by), []).append(row)
    scores = [_series(key, rows, newest, first) for key, rows in by_series.items()]
    return tuple(sorted((s for s in scores if s), key=lambda s: s.last_day, reverse=True))


def _series(
    key: tuple[Metric, str],
    rows: Sequence[SealedForecast],
    newest: Mapping[Morning, Outcome],
    first: Mapping[Morning, Outcome],
) -> SeriesScores | None:
    targets = {row.forecast.target for row in rows}
    actual = {day: newest[day, *key].value_ms for day in targets if (day, *key) in newest}
    if not actual:
        return None
    forecasts: dict[str, dict[date, Forecast]] = {}
    for row in rows:
        forecasts.setdefault(row.forecast.source, {})[row.forecast.target] = row.forecast
    models = [name for name in forecasts if name not in NOT_MODELS]
    others = [name for name in NOT_MODELS if name in forecasts]
    ordered = {name: forecasts[name] for name in models + others}
    n_by_hand = sum(newest[day, *key].origin == MANUAL for day in actual)
    seen = {day: first[day, *key].value_ms for day in actual}
    return SeriesScores(
        metric=key[0],
        measured_by=key[1],
        first_day=min(actual),
        last_day=max(actual),
        n_mornings=len(actual),
        n_waiting=len(targets) - len(actual),
        n_by_hand=n_by_hand,
        figures=score_own_mornings(ordered, actual),
        first_seen=score_own_mornings(ordered, seen) if seen != actual and n_by_hand else (),
    )


def _row(
    name: str,
    forecasts: Forecasts,
    actual: Mapping[date, float],
    *,
    n_short_of_intervals: int | None = None,
) -> Scores:
    """The scores of one forecaster with skill, sign test, and what is missing."""
    scores = score(name, forecasts, actual)
    if not scores.n:
        return replace(scores, missing=("everything: have 0 mornings, need 1",))
    if n_short_of_intervals is not None:
        missing = [
            f"intervals: have {n_short_of_intervals} mornings with both, need {MIN_MORNINGS}"
        ]
    else:
        found = zip(INTERVALS, (scores.coverage_80, scores.coverage_95), strict=True)
        missing = [
            f"{percent} %: have 0 mornings with an interval, need 1"
            for percent, coverage in found
            if coverage is None
        ]
    if name == NAIVE:
        return replace(scores, missing=tuple(missing))
    outcome, own, naive = map(np.array, paired_with(NAIVE, name, forecasts, actual))
    errors = np.abs(own - outcome), np.abs(naive - outcome)
    skill, signs = measure_skill(*errors), sign_test(*errors)
    return replace(
        scores,
        skill=skill,
        against_naive=signs,
        missing=(*missing_comparisons(skill, signs), *missing),
    )


def _complete(own: Mapping[date, Forecast]) -> dict[date, Forecast]:
    return {d: f for d, f in own.items() if all(level in f.quantiles_ms for level in LEVELS)}


def _without_quantiles(
    own: Mapping[date, Forecast], *, except_on: Mapping[date, Forecast]
) -> dict[date, Forecast]:
    return {d: f if d in except_on else replace(f, quantiles_ms={}) for d, f in own.items()}

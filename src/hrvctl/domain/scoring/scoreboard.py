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
    by_source,
    on_same_mornings,
    paired_with,
    score,
    with_outcome,
)
from hrvctl.domain.scoring.skill import measure_skill, missing_comparisons, sign_test
from hrvctl.records import (
    AGENT,
    AGENT_LLM,
    GUESS,
    HRV_METRICS,
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

# What the model that was served is called where it was not the same on every evening.
SERVED = "served"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalScores:
    """How good the sealed forecasts of one vital sign were.

    Attributes:
        metric: Which.
        unit: Of its errors.
        n: Mornings scored.
        mae: Mean absolute error of the model.
        bias: Mean of forecast minus actual.
        relative_to_naive: MAE over that of the last value on the same mornings.
        held_80: Share of the 80 % intervals that contained the outcome.
        held_95: The same at 95 %.
    """

    metric: Metric
    unit: str
    n: int
    mae: float | None
    bias: float | None
    relative_to_naive: float | None
    held_80: float | None
    held_95: float | None


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
    scorable = with_outcome(forecasts, actual)
    same = on_same_mornings(scorable)
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
        for name, own in scorable.items()
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


def score_later(
    counting: Iterable[SealedForecast],
    newest: Mapping[Morning, Outcome],
    series: tuple[Metric, str],
) -> tuple[LeadScores, ...]:
    """Score the sealed forecasts of later mornings by lead: the served model's and the last value.

    Args:
        counting: The forecasts that count of leads from 2 on; others are left out.
        newest: The newest revision of each outcome.
        series: Metric and device.
    """
    by_lead: dict[int, dict[str, dict[date, Forecast]]] = {}
    for row in counting:
        if (row.metric, row.measured_by) == series and row.morning in newest:
            of_lead = by_lead.setdefault(row.lead, {SERVED: {}, NAIVE: {}})
            own = row.forecast
            if own.source == NAIVE:
                of_lead[NAIVE][own.target] = own
                # Where the last value itself was served.
                of_lead[SERVED].setdefault(own.target, own)
            else:
                of_lead[SERVED][own.target] = own
    actual = {day: newest[day, *series].value_ms for day, *of in newest if (*of,) == series}
    return tuple(
        LeadScores(lead=lead, scores=tuple(score(name, of_lead, actual) for name in of_lead))
        for lead, of_lead in sorted(by_lead.items())
    )


def score_vitals(
    counting: Iterable[SealedForecast],
    newest: Mapping[Morning, Outcome],
    *,
    measured_by: str,
) -> tuple[VitalScores, ...]:
    """Score the sealed forecasts of resting heart rate and respiratory rate, in their units.

    Args:
        counting: The forecasts that count; those of HRV are left out.
        newest: The newest revision of each outcome.
        measured_by: The device.
    """
    by_metric: dict[Metric, list[SealedForecast]] = {}
    for row in counting:
        if row.metric not in HRV_METRICS and row.measured_by == measured_by:
            by_metric.setdefault(row.metric, []).append(row)
    found = []
    for metric, rows in by_metric.items():
        forecasts: dict[str, dict[date, Forecast]] = {SERVED: {}, NAIVE: {}}
        for row in rows:
            name = NAIVE if row.forecast.source == NAIVE else SERVED
            forecasts[name][row.forecast.target] = row.forecast
        actual = {
            row.forecast.target: newest[row.morning].value_ms
            for row in rows
            if row.morning in newest
        }
        scores = score(SERVED, forecasts, actual)
        if scores.n:
            found.append(
                VitalScores(
                    metric=metric,
                    unit=metric.unit,
                    n=scores.n,
                    mae=scores.mae_ms,
                    bias=scores.bias_ms,
                    relative_to_naive=scores.relative_to_naive,
                    held_80=scores.coverage_80.rate if scores.coverage_80 else None,
                    held_95=scores.coverage_95.rate if scores.coverage_95 else None,
                )
            )
    return tuple(found)


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
    forecasts = by_source(rows)
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

"""Compare the branches of an evening to its base: differences in ms, their drivers, and remarks."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.fork import (
    BranchFailure,
    BranchPredictions,
    BranchResult,
    Difference,
    DriverDifference,
    Evidence,
    ForkComparison,
    ModelChoice,
    NormalRange,
)
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.forecast.attribution import counts_as_yes
from hrvctl.domain.forecast.protocol import ExplainableForecaster, Forecaster
from hrvctl.domain.scenarios.branches import BASE, HRV, METRICS, Branch, changed
from hrvctl.domain.series import History
from hrvctl.errors import HrvctlError
from hrvctl.records import Metric

# Two forecasts nearer than this are one, ms: round-off, not an effect.
SAME_MS = 1e-6
# Part of every comparison: a person chooses what to drink, no lot does.
ASSOCIATION = "What a model learned from the past is association, not cause"


def remarks(
    forecaster: Forecaster, known: History, planned: History, branch: Branch
) -> tuple[str, ...]:
    """List the changes that leave the forecast as it was, and why; each is found by leaving it out.

    And those that move it although the person's own past has no evidence of them.

    Args:
        forecaster: The one that is served.
        known: The past as it was.
        planned: The same with the branch's bedtime.
        branch: The changes.
    """
    history = changed(planned, branch)
    forecast = _tomorrow(forecaster, history)
    notes = []
    if branch.window_days is not None and branch.window_days >= len(known):
        notes.append(f"window={branch.window_days} keeps all of the past: {len(known)} days")
    if branch.profile:
        notes.append(f"profile={branch.profile} sets the normal range; no forecast uses it")
    cycle = _column(known, Metric.CYCLE_MIN)
    if branch.bedtime and cycle and not math.isnan(cycle[-1]):
        notes.append("that night's sleep is already recorded: its start counts, not the plan")
    elif branch.bedtime and _is_same(forecast, _tomorrow(forecaster, changed(known, branch))):
        notes.append(f"the {forecaster.title} does not use the bedtime, or not on this evening")
    for key, value in branch.values.items():
        if _is_same(forecast, _tomorrow(forecaster, changed(planned, branch.without(key)))):
            is_yes = len(history) > 0 and counts_as_yes(history, key)
            notes.append(_why(forecaster, known, branch, key, value, is_yes=is_yes))
        elif key in branch.journal and (side := _never(known, key, value)):
            notes.append(f"no evening {side} {key} so far: its effect is that of other people")
        elif key in branch.journal and len(history) and counts_as_yes(history, key):
            notes.append(_as_yes(key, value))
    return tuple(notes)


def learned_from(history: History, branch: Branch) -> tuple[Evidence, ...]:
    """Count, per value changed, the evenings before the last one that a model could learn from."""
    has_night = [not math.isnan(value) for value in history.hrv[1:]]
    rows = []
    for key in branch.values:
        values = [
            v
            for v, is_known in zip(_column(history, key), has_night, strict=False)
            if is_known and not math.isnan(v)
        ]
        n_with = sum(v > 0 for v in values) if key in branch.journal else None
        n_without = None if n_with is None else len(values) - n_with
        rows.append(Evidence(name=key, evenings=len(values), n_with=n_with, n_without=n_without))
    return tuple(rows)


def result(
    branch: Branch,
    *,
    predictions: BranchPredictions,
    summary: IntelligenceSummary,
    decided: AgentForecast,
) -> BranchResult:
    """Gather the result of one branch from its artifacts."""
    baseline = summary.baseline
    return BranchResult(
        name=branch.name,
        changes=branch.changes,
        forecast=decided.forecast,
        withheld=decided.withheld,
        agent=decided.agent,
        confidence=decided.confidence,
        sentences=decided.sentences,
        model=ModelChoice(name=summary.model.name, reason=summary.model.reason),
        label=summary.label,
        stale_days=summary.stale_days,
        drivers=summary.drivers,
        normal_range=NormalRange(
            profile=baseline.profile,
            low_ms=baseline.low_ms,
            high_ms=baseline.high_ms,
            light=baseline.light,
        ),
        learned_from=predictions.branch.learned_from,
        notes=(*predictions.branch.notes, *decided.notes),
    )


def failure(branch: Branch, error: HrvctlError, *, stage: str) -> BranchFailure:
    """Describe why a branch has no result."""
    return BranchFailure(
        branch=branch.name,
        changes=branch.changes,
        stage=stage,
        code=error.code,
        message=error.message,
        hint=error.hint,
        problems=error.problems,
    )


def compare(
    results: Sequence[BranchResult], failed: Sequence[BranchFailure] = ()
) -> ForkComparison:
    """Compare every branch to the base.

    Args:
        results: Of the branches that have one, in order.
        failed: Of those that have none, in order.
    """
    base = next((result for result in results if result.name == BASE), None)
    return ForkComparison(
        branches=tuple(replace(one, difference=_difference(one, base)) for one in results),
        failed=tuple(failed),
        note=ASSOCIATION,
    )


def _difference(result: BranchResult, base: BranchResult | None) -> Difference | None:
    if base is None or result.forecast is None or base.forecast is None:
        return None
    total = result.forecast.mean_ms - base.forecast.mean_ms
    drivers = _driver_differences(result, base)
    return Difference(
        total_ms=total,
        drivers=drivers,
        other_ms=total - sum(driver.difference_ms for driver in drivers),
    )


def _driver_differences(result: BranchResult, base: BranchResult) -> tuple[DriverDifference, ...]:
    """Driver by driver; none when one of the two forecasts cannot be explained."""
    ours, theirs = ({d.name: d.effect for d in side.drivers} for side in (result, base))
    if not ours or not theirs:
        return ()
    rows = [
        DriverDifference(
            name=name,
            base_ms=theirs.get(name, 0.0),
            effect_ms=ours.get(name, 0.0),
            difference_ms=ours.get(name, 0.0) - theirs.get(name, 0.0),
        )
        for name in {**ours, **theirs}
    ]
    moved = [row for row in rows if abs(row.difference_ms) > SAME_MS]
    return tuple(sorted(moved, key=lambda row: -abs(row.difference_ms)))


def _tomorrow(forecaster: Forecaster, history: History) -> Floats:
    """Its point and quantiles of tomorrow, ms; empty without a past."""
    if not len(history):
        return np.array([])
    replay = forecaster.rolling_forecasts(history, first_origin=len(history))
    own = [] if replay.quantiles is None else replay.quantiles[-1, 0]
    return np.array([replay.point[-1, 0], *own])


def _is_same(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and np.allclose(
        one, other, rtol=0.0, atol=SAME_MS, equal_nan=True
    )


def _as_yes(key: str, value: float) -> str:
    return f"{key} was yes or no so far: {value:g} counts as a yes, not as an amount"


def _why(
    forecaster: Forecaster,
    known: History,
    branch: Branch,
    key: str,
    value: float,
    *,
    is_yes: bool,
) -> str:
    """Why a value leaves the forecast as it was, as far as can be determined."""
    column = _column(known, key)
    text = "unanswered" if math.isnan(value) else f"{value:g}"
    before = column[-1] if column else math.nan
    if before == value or (math.isnan(before) and math.isnan(value)):
        return f"{key} is {text} without the change too"
    if not isinstance(forecaster, ExplainableForecaster):
        return f"the {forecaster.title} uses past HRV alone: {key} does not move it"
    if key in branch.measured:
        return f"the {forecaster.title} does not use {key}, or not on this evening"
    if all(math.isnan(v) for v in column[:-1]):
        return f"{key} was never answered before: its effect on you is not known yet"
    if is_yes:
        return _as_yes(key, value)  # the evening has an amount of it already
    return f"the effect of {key} on you is not known yet: all earlier answers were alike"


def _never(known: History, key: str, value: float) -> str:
    """Which kind of answer this is, if it was never given before; else empty."""
    before = [v for v in _column(known, key)[:-1] if not math.isnan(v)]
    if math.isnan(value) or any((v > 0) == (value > 0) for v in before):
        return ""
    return "with" if value > 0 else "without"


def _column(history: History, key: str) -> tuple[float, ...]:
    if key in history.journal:
        return history.journal[key]
    if key in (HRV, history.metric):
        return history.hrv
    return history.measured.get(Metric(key), ()) if key in METRICS else ()

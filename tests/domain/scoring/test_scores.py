"""One scorer: what it leaves out, which mornings it compares on, and that its users agree."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.domain import reconcile
from hrvctl.domain.forecast.backtest import PastForecasts, compare
from hrvctl.domain.scoring.scoreboard import score_own_mornings, score_same_mornings
from hrvctl.domain.scoring.scores import MIN_MORNINGS, on_same_mornings, score
from hrvctl.domain.series import History
from hrvctl.domain.track_record import track_records
from hrvctl.records import AGENT, LEVELS, Forecast, Metric, Outcome, SealedForecast

FIRST = date(2026, 1, 1)
SERIES = (Metric.HRV_RMSSD_MS, "whoop")


def forecasts(source, values, *, start=0, spread=5.0):
    """A forecast with all quantiles on each morning from position ``start`` on."""
    days = [FIRST + timedelta(days=start + i) for i in range(len(values))]
    return {
        day: Forecast(
            target=day,
            horizon_days=1,
            source=source,
            mean_ms=value,
            quantiles_ms={q: value + spread * k for q, k in zip(LEVELS, range(-2, 3), strict=True)},
        )
        for day, value in zip(days, values, strict=True)
    }


def test_a_morning_without_an_outcome_is_not_scored():
    """No outcome and an outcome of NaN are left out alike."""
    own = {"ses": forecasts("ses", [60.0, 61.0, 62.0])}
    actual = {FIRST: 58.0, FIRST + timedelta(days=1): math.nan}
    found = score("ses", own, actual)
    assert (found.n, found.mae_ms, found.first_day, found.last_day) == (1, 2.0, FIRST, FIRST)


def test_a_source_without_a_forecast_has_no_scores():
    """Nothing to average: every measure is missing, none is zero."""
    found = score("guess", {}, {FIRST: 60.0})
    assert (found.n, found.mae_ms, found.pinball_ms, found.coverage_80) == (0, None, None, None)


def test_coverage_counts_mornings_with_that_interval():
    """A forecast with the 80 % interval alone counts at 80 %, not at 95 %, not for pinball."""
    whole = forecasts("ses", [60.0, 60.0])
    day = FIRST + timedelta(days=1)
    narrow = {q: ms for q, ms in whole[day].quantiles_ms.items() if q in (0.1, 0.5, 0.9)}
    whole[day] = replace(whole[day], quantiles_ms=narrow)
    found = score("ses", {"ses": whole}, dict.fromkeys(whole, 60.0))
    assert (found.coverage_80.n, found.coverage_95.n, found.n_pinball) == (2, 1, 1)


def test_same_mornings_leave_a_newcomer_out():
    """Those with two weeks are compared on the mornings they share; three mornings are too few."""
    made = {
        "naive": forecasts("naive", [60.0] * 30),
        "ses": forecasts("ses", [60.0] * 20, start=10),
        "new": forecasts("new", [60.0] * 3, start=27),
    }
    same = on_same_mornings(made)
    assert {name: len(own) for name, own in same.items()} == {"naive": 20, "ses": 20}
    assert list(on_same_mornings(made, min_mornings=0)["new"]) == sorted(made["new"])
    assert on_same_mornings({"new": made["new"]}) == {"new": made["new"]}
    assert on_same_mornings({}) == {}


values = st.lists(
    st.tuples(*[st.floats(20, 120)] * 4), min_size=MIN_MORNINGS, max_size=3 * MIN_MORNINGS
)


@settings(max_examples=25, deadline=None)
@given(values)
def test_backtest_ledger_agents_and_reconciliation_give_the_same_scores(rows):
    """The same forecasts and outcomes have one MAE, one bias and one coverage, to the last bit."""
    actual_ms, naive, ma7, own = (list(column) for column in zip(*rows, strict=True))
    made = {
        name: forecasts(name, column)
        for name, column in (("naive", naive), ("ma7", ma7), (AGENT, own))
    }
    actual = dict(zip(made[AGENT], actual_ms, strict=True))
    history = History(
        first=FIRST,
        metric=SERIES[0],
        measured_by=SERIES[1],
        hrv=tuple(actual_ms),
        measured={},
        journal={},
    )
    backtest = compare(history, {name: as_arrays(own) for name, own in made.items()})[AGENT]
    (*_, ledger) = score_own_mornings(made, actual)
    (*_, table) = score_same_mornings(made, actual)
    (record,) = reconciled(made[AGENT], actual).records
    agent = track_records(made, actual, model="naive").agents[0]
    for found in (backtest, table, record):
        assert (found.n, found.mae_ms, found.bias_ms) == (ledger.n, ledger.mae_ms, ledger.bias_ms)
        assert found.pinball_ms == ledger.pinball_ms
        assert (found.coverage_80, found.coverage_95) == (ledger.coverage_80, ledger.coverage_95)
    assert (agent.n, agent.mae_ms) == (ledger.n, ledger.mae_ms)
    assert backtest.relative_to_naive == table.relative_to_naive == ledger.relative_to_naive


def as_arrays(own):
    return PastForecasts(
        first=0,
        mean=np.array([f.mean_ms for f in own.values()]),
        quantiles=np.array([list(f.quantiles_ms.values()) for f in own.values()]),
        horizon=np.array([f.horizon_days for f in own.values()]),
    )


def reconciled(own, actual):
    at = datetime(2026, 1, 1, 21, tzinfo=UTC)
    rows = [
        SealedForecast(
            seq=1,
            subject="me",
            forecast=forecast,
            metric=SERIES[0],
            measured_by=SERIES[1],
            as_of=at.date(),
            created_at=at,
            run_id="r",
            inputs_sha256="",
            prev_hash="",
        )
        for forecast in own.values()
    ]
    outcomes = [
        Outcome(
            day=day,
            metric=SERIES[0],
            measured_by=SERIES[1],
            revision=1,
            value_ms=value,
            recorded_at=at,
            origin="import",
            reason="",
        )
        for day, value in actual.items()
    ]
    return reconcile.reconcile(rows, outcomes, first=FIRST, last=FIRST, today=FIRST)

"""Backtests pooled over people: the same figures as of one person, and an honest interval."""

from datetime import timedelta

import numpy as np
import pytest

from hrvctl.domain.cohorts.backtests import MIN_PEOPLE, pool_backtests, ratio_skill
from hrvctl.domain.forecast.backtest import backtest
from hrvctl.domain.scoring.scoreboard import score_same_mornings
from hrvctl.domain.series import History
from hrvctl.records import Metric
from hrvctl.usecases.backtest import runs_of
from hrvctl.usecases.cohorts.backtest import backtest_person
from usecases.cohorts.made_up import AS_OF

N_DAYS = 60
MODELS = ("ses", "hierarchical")


@pytest.fixture(scope="module")
def history():
    rng = np.random.default_rng(3)
    hrv = np.exp(rng.normal(4.1, 0.15, N_DAYS))
    hrv[rng.random(N_DAYS) < 0.1] = np.nan
    return History(
        first=AS_OF - timedelta(days=N_DAYS - 1),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=tuple(hrv.tolist()),
        measured={},
        journal={},
        answered_late={},
    )


def test_a_person_of_a_cohort_has_the_figures_of_a_personal_backtest(history) -> None:
    found = backtest_person(history, MODELS, None)
    forecasts = {
        name: backtest(own, model, first=0, leads=[1])[0]
        for name, (_, model, own) in runs_of(history, MODELS).items()
    }
    actual = {history.day(i): value for i, value in enumerate(history.hrv)}
    for scores in score_same_mornings(forecasts, actual):
        own = found[scores.source]
        assert (own.n, own.first_day, own.last_day) == (
            *(scores.n, scores.first_day, scores.last_day),
        )
        for name in ("mae_ms", "bias_ms", "rmse_ms", "relative_to_naive", "relative_to_ma7"):
            assert getattr(own, name) == pytest.approx(getattr(scores, name), rel=1e-12)


def test_pooled_over_one_person_it_is_that_persons(history) -> None:
    found = backtest_person(history, MODELS, 40)
    for pooled in pool_backtests([found]):
        own = found[pooled.source]
        assert (pooled.n, pooled.n_people) == (own.n, 1)
        assert pooled.mae_ms == pytest.approx(own.mae_ms, rel=1e-12)
        assert pooled.coverage_80 == own.coverage_80.rate
        if pooled.source != "naive":
            assert pooled.skill.value == pytest.approx(1 - own.relative_to_naive, rel=1e-9)


def test_the_interval_of_a_skill_holds_the_true_one_as_often_as_it_says() -> None:
    """Of people whose errors vary with how long they were measured."""
    rng, true, held = np.random.default_rng(5), 0.2, 0
    n_draws = 1000
    for _ in range(n_draws):
        other = rng.gamma(2.0, 300.0, 60)
        own = other * (1 - true) * rng.normal(1, 0.1, 60)
        skill = ratio_skill(own, other)
        held += skill.low <= true <= skill.high
    # Three standard errors of a share of 95 % in 1,000 draws are 2.1 %.
    assert held / n_draws == pytest.approx(0.95, abs=0.021)


def test_few_people_have_no_interval_and_no_error_no_skill() -> None:
    few = np.ones(MIN_PEOPLE - 1)
    assert ratio_skill(few, 2 * few).low is None
    assert ratio_skill(np.ones(MIN_PEOPLE), np.full(MIN_PEOPLE, 2.0)).low == pytest.approx(0.5)
    assert ratio_skill(few, 0 * few) is None

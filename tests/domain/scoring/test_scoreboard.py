"""Score tables against plain computations of every number in them."""

import json
import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.domain.scoring import skill
from hrvctl.domain.scoring.scoreboard import (
    score_ledger,
    score_own_mornings,
    score_same_mornings,
)
from hrvctl.domain.scoring.scores import MIN_MORNINGS, Scores
from hrvctl.domain.scoring.skill import BLOCK_MORNINGS, DRAWS, MIN_BOOTSTRAP_MORNINGS, SEED
from hrvctl.records import LEVELS, NO_HASH, Forecast, Metric, Outcome, SealedForecast
from hrvctl.store.json_values import plain

FIRST = date(2026, 1, 1)
MORNINGS = [FIRST + timedelta(days=i) for i in range(400)]


def forecasts(values, *, source, start=0, spread=None):
    """A forecast a morning from position ``start`` on; with intervals when given a spread."""
    made = {}
    for day, value in zip(MORNINGS[start:], map(float, values), strict=False):
        quantiles = {0.5: value}
        if spread is not None:
            factors = zip(LEVELS, (-2, -1, 0, 1, 2), strict=True)
            quantiles = {level: value + k * spread for level, k in factors}
        made[day] = Forecast(
            target=day,
            horizon_days=1,
            source=source,
            mean_ms=value,
            quantiles_ms=quantiles,
        )
    return made


def by_source(figures) -> dict[str, Scores]:
    return {f.source: f for f in figures}


def made_up_person(n=100, seed=3):
    """Outcomes, and three forecasters of them: one good, one fair, and the last value."""
    rng = np.random.default_rng(seed)
    truth = 60 + rng.normal(0, 8, n)
    model = truth + rng.normal(0, 4, n)
    week = truth + rng.normal(1, 6, n)
    naive = truth + rng.normal(0, 9, n)
    return dict(zip(MORNINGS, truth.tolist(), strict=False)), truth, model, week, naive


def test_scores_equal_those_computed_by_hand():
    """MAE, bias, ratios, RMSSE, pinball, coverage and width, each from its definition."""
    actual, truth, model, week, naive = made_up_person()
    found = by_source(
        score_own_mornings(
            {
                "model": forecasts(model, source="model", spread=5),
                "ma7": forecasts(week, source="ma7"),
                "naive": forecasts(naive, source="naive"),
            },
            actual,
        )
    )["model"]
    error = np.abs(model - truth)
    assert found.n == 100
    assert found.mae_ms == pytest.approx(error.mean())
    assert found.bias_ms == pytest.approx((model - truth).mean())
    assert found.relative_to_ma7 == pytest.approx(error.sum() / np.abs(week - truth).sum())
    assert found.relative_to_naive == pytest.approx(error.sum() / np.abs(naive - truth).sum())
    assert found.skill.value == pytest.approx(1 - found.relative_to_naive)
    assert found.rmsse == pytest.approx(
        math.sqrt(((model - truth) ** 2).sum() / ((naive - truth) ** 2).sum())
    )
    e = truth[:, None] - (model[:, None] + 5 * np.arange(-2, 3))
    loss = np.maximum(np.array(LEVELS) * e, (np.array(LEVELS) - 1) * e)
    assert (found.n_pinball, found.pinball_ms) == (100, pytest.approx(loss.mean()))
    assert found.coverage_80.inside == (error <= 5).sum()
    assert found.coverage_95.inside == (error <= 10).sum()
    assert (found.coverage_80.width_ms, found.coverage_95.width_ms) == (10, 20)
    assert found.missing == ()


def test_ratios_are_on_shared_mornings_alone():
    """A source with easy mornings alone gains nothing: the reference is scored on those too."""
    actual, truth, model, _, naive = made_up_person()
    found = by_source(
        score_own_mornings(
            {
                "guess": forecasts(model[60:], source="guess", start=60),
                "naive": forecasts(naive[:90], source="naive"),
            },
            actual,
        )
    )["guess"]
    both = slice(60, 90)
    ratio = np.abs(model - truth)[both].sum() / np.abs(naive - truth)[both].sum()
    assert (found.n, found.n_beside_naive) == (40, 30)
    assert found.relative_to_naive == pytest.approx(ratio)
    assert (found.n_beside_ma7, found.relative_to_ma7) == (0, None)


def test_missing_numbers_say_have_and_need():
    """With few mornings the values are stated and their uncertainty is missing, with the reason."""
    actual, _, model, _, naive = made_up_person(n=9)
    found = by_source(
        score_own_mornings(
            {
                "guess": forecasts(model, source="guess"),
                "naive": forecasts(naive, source="naive"),
                "agent": forecasts([], source="agent"),
            },
            actual,
        )
    )
    assert found["guess"].missing == (
        f"skill interval: have 9 mornings beside naive, need {MIN_BOOTSTRAP_MORNINGS}",
        "sign test: have 9 mornings decided, need 14",
        "80 %: have 0 mornings with an interval, need 1",
        "95 %: have 0 mornings with an interval, need 1",
    )
    assert found["guess"].mae_ms is not None
    assert (found["guess"].skill.low, found["guess"].against_naive.p_value) == (None, None)
    assert found["agent"].missing == ("everything: have 0 mornings, need 1",)
    assert found["naive"].skill is None


def test_same_mornings_are_the_same_for_all():
    """Every forecaster has the same number, and the same mornings with intervals."""
    actual, _, model, week, naive = made_up_person()
    found = score_same_mornings(
        {
            "naive": forecasts(naive, source="naive", spread=9),
            "ma7": forecasts(week, source="ma7", spread=9),
            "late": forecasts(model[30:], source="late", start=30)
            | forecasts(model[50:], source="late", start=50, spread=5),
        },
        actual,
    )
    assert {f.n for f in found} == {70}
    assert {f.n_pinball for f in found} == {f.coverage_80.n for f in found} == {50}
    assert {(f.first_day, f.last_day) for f in found} == {(MORNINGS[30], MORNINGS[99])}


def test_newcomer_does_not_reduce_the_mornings_of_all():
    """A model with three mornings leaves the others scored on all of theirs."""
    actual, _, model, week, naive = made_up_person()
    found = by_source(
        score_same_mornings(
            {
                "naive": forecasts(naive, source="naive", spread=9),
                "ma7": forecasts(week, source="ma7", spread=9),
                "new": forecasts(model[97:], source="new", start=97),
                "shy": forecasts(model, source="shy")
                | forecasts(model[95:], source="shy", start=95, spread=5),
            },
            actual,
        )
    )
    assert (found["naive"].n, found["naive"].n_pinball) == (100, 100)
    assert found["new"].mae_ms is None
    assert found["new"].missing == (f"everything: have 3 mornings, need {MIN_MORNINGS}",)
    assert found["shy"].missing == (f"intervals: have 5 mornings with both, need {MIN_MORNINGS}",)


def test_last_value_without_an_error_leaves_no_skill():
    """A constant series: nothing can be better than perfect, and nothing is divided by zero."""
    actual = dict.fromkeys(MORNINGS[:50], 60.0)
    found = by_source(
        score_own_mornings(
            {
                "model": forecasts([61] * 50, source="model"),
                "naive": forecasts([60] * 50, source="naive"),
            },
            actual,
        )
    )["model"]
    assert (found.skill, found.relative_to_naive, found.rmsse) == (None, None, None)
    assert found.missing[0] == "skill: the last value made no error to compare with"
    assert (found.against_naive.wins, found.against_naive.losses) == (0, 50)


def test_bootstrap_equals_its_loop():
    """Draw by draw and block by block, with the circle closed, the same interval."""
    rng = np.random.default_rng(11)
    errors, naive = np.abs(rng.normal(size=(2, 75)))
    starts = np.random.default_rng(SEED).integers(0, 75, (DRAWS, 6, 1))
    skills = []
    for draw in starts[:, :, 0]:
        days = [(start + i) % 75 for start in draw for i in range(BLOCK_MORNINGS)][:75]
        skills.append(1 - errors[days].sum() / naive[days].sum())
    assert skill.block_bootstrap(errors, naive) == pytest.approx(np.percentile(skills, [2.5, 97.5]))


def test_bootstrap_covers_the_true_skill_about_as_often_as_stated():
    """On 120 made-up records with correlated errors, coverage is close to 95 %."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(120):
        shock = rng.normal(size=(2, 210))
        # Moving sums: an error resembles those of the mornings around it.
        noise = np.array([np.convolve(row, np.ones(4) / 2, "valid")[:200] for row in shock])
        # Both absolute normal with the same spread, the first scaled: the true skill is .2.
        low, high = skill.block_bootstrap(0.8 * np.abs(noise[0]), np.abs(noise[1]))
        held += low <= 0.2 <= high
    # Block bootstraps of short records are known to be a little narrow.
    assert 0.86 <= held / 120 <= 1


def test_even_advantage_has_an_interval_without_width():
    """Half the error on every single morning is a skill of one half, beyond doubt."""
    naive = np.abs(np.random.default_rng(2).normal(size=60)) + 0.1
    found = skill.measure_skill(naive / 2, naive)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=60))
def test_sign_test_is_the_exact_binomial_without_ties(better):
    """Wins, losses and ties add up; p is the two-sided tail of fair coin tosses."""
    naive = np.full(len(better), 5.0)
    found = skill.sign_test(naive - np.array(better), naive)
    wins, losses = better.count(1.0), better.count(-1.0)
    assert (found.wins, found.losses, found.ties) == (wins, losses, better.count(0.0))
    n, least = wins + losses, min(wins, losses)
    if n < skill.MIN_DECIDED_MORNINGS:
        assert found.p_value is None
    else:
        tail = 2 * sum(math.comb(n, k) for k in range(least + 1)) / 2**n
        assert found.p_value == pytest.approx(min(tail, 1))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_relative_scores_do_not_depend_on_the_unit(seed, factor):
    """In another unit errors scale with it, and every ratio stays."""
    actual, _, model, week, naive = made_up_person(n=50, seed=seed)

    def scored(by):
        return score_same_mornings(
            {
                "naive": forecasts(by * naive, source="naive", spread=9 * by),
                "ma7": forecasts(by * week, source="ma7", spread=6 * by),
                "model": forecasts(by * model, source="model", spread=4 * by),
            },
            {day: by * value for day, value in actual.items()},
        )

    for one, other in zip(scored(1.0), scored(factor), strict=True):
        assert other.mae_ms == pytest.approx(factor * one.mae_ms)
        assert other.pinball_ms == pytest.approx(factor * one.pinball_ms)
        assert other.relative_to_ma7 == pytest.approx(one.relative_to_ma7)
        assert other.rmsse == pytest.approx(one.rmsse)
        if one.skill:
            assert other.skill.low == pytest.approx(one.skill.low)


def sealed(day, source, mean_ms, *, metric=Metric.HRV_RMSSD_MS, by="whoop"):
    at = datetime(2026, 1, 1, 21, tzinfo=UTC)
    return SealedForecast(
        seq=1,
        subject="me",
        forecast=Forecast(target=day, horizon_days=1, source=source, mean_ms=mean_ms),
        metric=metric,
        measured_by=by,
        as_of=at.date(),
        created_at=at,
        run_id="r",
        inputs_sha256="",
        prev_hash=NO_HASH,
    )


def outcome(day, value_ms, *, metric=Metric.HRV_RMSSD_MS, by="whoop"):
    return Outcome(
        day=day,
        metric=metric,
        measured_by=by,
        revision=1,
        value_ms=value_ms,
        recorded_at=datetime(2026, 1, 2, tzinfo=UTC),
        origin="import",
        reason="",
    )


def test_series_are_scored_apart():
    """RMSSD of one device and SDNN of another never meet in one figure; the latest leads."""
    sdnn = {"metric": Metric.HRV_SDNN_MS, "by": "apple"}
    rows = [
        sealed(MORNINGS[0], "guess", 50.0),
        sealed(MORNINGS[0], "agent", 60.0),
        sealed(MORNINGS[0], "naive", 66.0),
        sealed(MORNINGS[1], "naive", 40.0, **sdnn),
        sealed(MORNINGS[2], "naive", 40.0, **sdnn),
    ]
    outcomes = [outcome(MORNINGS[0], 61.0), outcome(MORNINGS[1], 44.0, **sdnn)]
    newest = {(o.day, o.metric, o.measured_by): o for o in outcomes}
    later, earlier = score_ledger(rows, newest, newest)
    assert (later.metric, later.n_mornings, later.n_waiting) == (Metric.HRV_SDNN_MS, 1, 1)
    assert [f.mae_ms for f in later.figures] == [4.0]
    assert [(f.source, f.mae_ms) for f in earlier.figures] == [
        ("naive", 5.0),
        ("agent", 1.0),
        ("guess", 11.0),
    ]


def test_nothing_is_scored_before_it_came_true():
    """Sealed forecasts alone make no score."""
    assert score_ledger([sealed(MORNINGS[0], "naive", 66.0)], {}, {}) == ()


def test_figures_are_plain_json():
    """All of it can be written to a file and read back."""
    actual, _, model, _, naive = made_up_person()
    found = score_same_mornings(
        {
            "naive": forecasts(naive, source="naive", spread=9),
            "model": forecasts(model, source="model", spread=5),
        },
        actual,
    )
    back = json.loads(json.dumps(plain({"figures": found}), allow_nan=False))["figures"]
    assert back[1]["skill"]["n"] == 100
    assert back[1]["coverage_80"]["n"] == 100
    assert back[0]["skill"] is None

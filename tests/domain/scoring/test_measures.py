"""Every score equals a twin that can be read at one sight."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from hrvctl.domain.scoring import measures
from hrvctl.records import LEVELS

NAN = math.nan

values = st.floats(min_value=1, max_value=400)
maybe = st.one_of(st.just(NAN), values)
days = st.lists(st.tuples(maybe, maybe, maybe), min_size=1, max_size=40)


def columns(rows):
    """Actual, forecast and reference, and which days are complete in the first two."""
    actual, forecast, reference = (np.array(c) for c in zip(*rows, strict=True))
    return actual, forecast, reference, ~np.isnan(actual) & ~np.isnan(forecast)


def test_two_errors_are_told_with_no_more_digits_than_are_known():
    """One decimal; a second one only where the first would make them look the same."""
    assert measures.errors_text(8.964, 14.137) == "9.0 ms against 14.1 ms"
    assert measures.errors_text(9.012, 9.038) == "9.01 ms against 9.04 ms"


@settings(max_examples=50, deadline=None)
@given(days)
def test_errors_equal_their_twins_and_skip_missing_days(rows):
    """MAE, bias and RMSE on the days that have both values; None when there is no such day."""
    actual, forecast, _, both = columns(rows)
    if not both.any():
        assert measures.mae(actual, forecast) is None
        assert measures.bias(actual, forecast) is None
        assert measures.rmse(actual, forecast) is None
        return
    error = (forecast - actual)[both]
    assert measures.mae(actual, forecast) == pytest.approx(np.abs(error).mean())
    assert measures.bias(actual, forecast) == pytest.approx(error.mean(), abs=1e-9)
    assert measures.rmse(actual, forecast) == pytest.approx(np.sqrt((error**2).mean()))


@settings(max_examples=50, deadline=None)
@given(days)
def test_relative_error_compares_the_same_days(rows):
    """A day the reference lacks counts for neither."""
    actual, forecast, reference, both = columns(rows)
    same = both & ~np.isnan(reference)
    against = np.abs(reference - actual)[same].sum()
    said = measures.relative_mae(actual, forecast, reference)
    if against == 0:
        assert said is None
    else:
        assert said == pytest.approx(np.abs(forecast - actual)[same].sum() / against)


def test_bias_above_zero_means_too_high():
    """Forecast 60, came 50: plus ten."""
    assert measures.bias([50.0], [60.0]) == 10


@settings(max_examples=50, deadline=None)
@given(actual=values, quantiles=st.lists(values, min_size=5, max_size=5))
def test_pinball_equals_its_twin(actual, quantiles):
    """Mean over the levels of max(l e, (l - 1) e)."""
    said = dict(zip(LEVELS, sorted(quantiles), strict=True))
    twin = np.mean(
        [np.maximum(lv * (actual - q), (lv - 1) * (actual - q)) for lv, q in said.items()]
    )
    assert measures.pinball([actual], [said]) == pytest.approx(twin)


def test_the_true_quantile_has_the_least_pinball_loss():
    """Pinball is proper: no other value does better than the distribution's own quantile."""
    draws = np.random.default_rng(1).normal(60, 10, size=4000)
    grid = np.linspace(30, 90, 121)
    for level in LEVELS:
        losses = [np.mean([measures.pinball_loss(d, q, level) for d in draws[:800]]) for q in grid]
        assert grid[int(np.argmin(losses))] == pytest.approx(
            np.quantile(draws[:800], level), abs=0.6
        )


def test_a_day_that_lacks_a_level_is_not_scored_by_pinball():
    """Silence at the costly levels wins nothing."""
    full = dict.fromkeys(LEVELS, 50.0)
    assert measures.pinball([60.0, 50.0], [full, {0.5: 50.0}]) == measures.pinball([60.0], [full])
    assert measures.pinball([60.0], [{0.5: 60.0}]) is None
    assert measures.pinball([NAN], [full]) is None


def test_coverage_counts_the_ends_as_inside():
    """Inside, on the end, outside, missing: two of three."""
    found = measures.coverage([50, 60, 61, NAN], [40, 40, 40, 40], [60, 60, 60, 60], level=0.8)
    assert found is not None
    assert (found.n, found.inside, found.width_ms, found.level) == (3, 2, 20, 0.8)
    assert found.low < found.rate < found.high
    assert measures.coverage([NAN], [1], [2], level=0.8) is None


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 500), share=st.floats(0, 1))
def test_wilson_equals_the_one_of_statsmodels(n, share):
    """And stays within 0 and 1, with the rate in it."""
    inside = round(share * n)
    low, high = measures.wilson(inside, n)
    twin = proportion_confint(inside, n, method="wilson")
    assert (low, high) == pytest.approx(twin, abs=1e-6)
    assert 0 <= low <= inside / n <= high <= 1

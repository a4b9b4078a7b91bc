"""Intervals come from past errors, hold as often as they say, and never pretend."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hrvctl.domain.intervals import lead_errors, needed, radii, rank, state
from hrvctl.records import INTERVALS, LEVELS

NAN = math.nan
N_LEADS = 5

errors = arrays(
    np.float64,
    st.tuples(st.integers(0, 40), st.just(N_LEADS)),
    elements=st.one_of(st.just(NAN), st.floats(min_value=0, max_value=2)),
)


def column(values) -> np.ndarray:
    """Known errors at lead 1 only."""
    table = np.full((len(values), N_LEADS), NAN)
    table[:, 0] = values
    return table


def test_80_needs_4_errors_and_95_needs_19():
    """The finite-sample rule: ceil((n + 1) level) must not pass n."""
    assert (needed(0.8), needed(0.95)) == (4, 19)


def test_the_rank_is_exact_where_floats_are_not():
    """(n + 1) .95 is a whole number for n = 19, 39, ...: never one rank too far."""
    assert [rank(n, 0.95) for n in (19, 39, 59, 99, 199)] == [19, 38, 57, 95, 190]
    assert [rank(n, 0.8) for n in (4, 9, 14, 99)] == [4, 8, 12, 80]


def test_with_too_few_errors_the_level_is_missing_and_says_so():
    """Two errors make no interval, three do not either, four make the 80 % one."""
    quantiles, missing = state(50, 1, radii(column([0.1, 0.2])))
    assert quantiles == {0.5: 50}
    assert missing == ("80 %: have 2 errors, need 4", "95 %: have 2 errors, need 19")
    quantiles, missing = state(50, 1, radii(column([0.1, 0.2, 0.3, 0.4])))
    assert quantiles == pytest.approx({0.1: 50 * math.exp(-0.4), 0.5: 50, 0.9: 50 * math.exp(0.4)})
    assert missing == ("95 %: have 4 errors, need 19",)


@settings(max_examples=60, deadline=None)
@given(known=errors)
def test_the_radius_is_the_ranked_error(known):
    """At the first lead, against a twin that sorts by hand."""
    own = sorted(e for e in known[:, 0].tolist() if not math.isnan(e))
    for percent, by_lead in radii(known).by_percent.items():
        k = math.ceil(round((len(own) + 1) * percent / 100, 9))
        if k <= len(own) and percent == min(INTERVALS):
            assert by_lead[0] == own[k - 1]
        elif k <= len(own):
            assert by_lead[0] >= own[k - 1]


@settings(max_examples=80, deadline=None)
@given(known=errors, point=st.floats(min_value=1, max_value=400))
def test_quantiles_rise_with_the_level_and_widen_with_the_lead(known, point):
    """Whatever the errors: 95 holds 80 holds the median, and a longer lead is never narrower."""
    known_radii = radii(known)
    before: dict[float, float] = {}
    for lead in range(1, N_LEADS + 2):
        quantiles, missing = state(point, lead, known_radii)
        assert list(quantiles) == sorted(quantiles)
        assert list(quantiles.values()) == sorted(quantiles.values())
        assert len(quantiles) + 2 * len(missing) == len(LEVELS)
        assert quantiles[0.5] == point
        assert min(quantiles.values()) > 0
        for level, ms in before.items():
            assert ms >= quantiles[level] if level < 0.5 else ms <= quantiles[level]
        before = quantiles


def test_a_lead_without_errors_widens_the_longest_that_has_enough():
    """As a random walk would: by the root of the ratio of the leads."""
    known = np.full((10, N_LEADS), NAN)
    known[:, 0], known[:, 1] = 0.1, 0.2
    at = radii(known).by_percent[80]
    assert at == pytest.approx([0.1, 0.2, 0.2 * math.sqrt(3 / 2), 0.2 * math.sqrt(2),
                                0.2 * math.sqrt(5 / 2)])  # fmt: skip


def test_a_shorter_lead_without_errors_takes_the_wider_one():
    """Worn every other night, lead 1 has no errors; those of lead 2 are on the safe side."""
    known = np.full((10, N_LEADS), NAN)
    known[:, 1] = 0.3
    assert radii(known).by_percent[80][:2].tolist() == [0.3, 0.3]


def test_errors_belong_to_the_morning_they_became_known():
    """Row p has the forecasts of p; origins on an evening without a night tell of no lead."""
    hrv = np.array([40.0, NAN, 60.0, 80.0])
    point = np.full((5, 3), 50.0)
    found = lead_errors(point, hrv)
    gap = NAN  # position 1 was not observed, as an evening or as a morning
    expected = [
        [NAN, NAN, NAN],
        [NAN, NAN, NAN],
        [gap, math.log(60 / 50), NAN],
        [math.log(80 / 50), gap, math.log(80 / 50)],
    ]
    np.testing.assert_allclose(found, expected)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), cut=st.integers(1, 60))
def test_what_is_known_on_an_evening_does_not_change_later(seed, cut):
    """Rows up to an evening are the same when the history ends there."""
    rng = np.random.default_rng(seed)
    hrv = np.exp(4 + 0.2 * rng.normal(size=60))
    hrv[rng.random(60) < 0.2] = NAN
    point = np.exp(4 + 0.1 * rng.normal(size=(61, N_LEADS)))
    np.testing.assert_array_equal(
        lead_errors(point, hrv)[:cut], lead_errors(point[: cut + 1], hrv[:cut])
    )


@pytest.mark.parametrize(("percent", "low", "high"), [(80, 0.78, 0.83), (95, 0.935, 0.965)])
def test_intervals_hold_as_often_as_they_say(percent, low, high):
    """Over 4,000 draws from 30 past errors each, coverage is at the level (Lei et al. 2018)."""
    draws = np.abs(np.random.default_rng(0).standard_t(4, size=(4000, 31)))
    held = [d[30] <= radii(column(d[:30])).by_percent[percent][0] for d in draws]
    assert low <= np.mean(held) <= high

"""Intervals come from past errors, hold as often as they say, and never pretend."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hrvctl.domain.intervals import around, lead_errors, needed, radii, rank
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


def half_widths(known: np.ndarray) -> dict[int, np.ndarray]:
    """Interval, in percent, to its half width at each lead, from all that is known."""
    leads = np.arange(1, known.shape[1] + 1)
    evenings = np.full(len(leads), len(known))
    found = radii(known, evenings, leads, days=max(len(known), 1))
    return dict(zip(sorted(INTERVALS), found.T, strict=True))


def quantiles(point: float, known: np.ndarray, lead: int = 1) -> dict[float, float]:
    """The quantiles that can be stated, by level."""
    found = radii(known, np.array([len(known)]), np.array([lead]), days=max(len(known), 1))
    (values,) = around(np.array([point]), found).tolist()
    return {q: ms for q, ms in zip(LEVELS, values, strict=True) if not math.isnan(ms)}


def test_80_needs_4_errors_and_95_needs_19():
    """The finite-sample rule: ceil((n + 1) level) must not pass n."""
    assert (needed(0.8), needed(0.95)) == (4, 19)


def test_the_rank_is_exact_where_floats_are_not():
    """(n + 1) .95 is a whole number for n = 19, 39, ...: never one rank too far."""
    assert [rank(n, 0.95) for n in (19, 39, 59, 99, 199)] == [19, 38, 57, 95, 190]
    assert [rank(n, 0.8) for n in (4, 9, 14, 99)] == [4, 8, 12, 80]


def test_with_too_few_errors_the_level_is_missing():
    """Two errors make no interval, three do not either, four make the 80 % one."""
    assert quantiles(50, column([0.1, 0.2])) == {0.5: 50}
    assert quantiles(50, column([0.1, 0.2, 0.3, 0.4])) == pytest.approx(
        {0.1: 50 * math.exp(-0.4), 0.5: 50, 0.9: 50 * math.exp(0.4)}
    )


def test_only_the_newest_days_count():
    """Errors older than the window are forgotten, and so are later ones on an evening before."""
    known = column([0.9] * 10 + [0.1] * 10 + [0.5] * 10)
    at = radii(known, np.array([10, 20, 25, 30]), np.array([1, 1, 1, 1]), days=10)
    assert at[:, 0].tolist() == [0.9, 0.1, 0.5, 0.5]
    assert np.isnan(at[:, 1]).all()


@settings(max_examples=60, deadline=None)
@given(known=errors)
def test_the_radius_is_the_ranked_error(known):
    """At the first lead, against a twin that sorts by hand."""
    own = sorted(e for e in known[:, 0].tolist() if not math.isnan(e))
    for percent, by_lead in half_widths(known).items():
        k = math.ceil(round((len(own) + 1) * percent / 100, 9))
        if k <= len(own) and percent == min(INTERVALS):
            assert by_lead[0] == own[k - 1]
        elif k <= len(own):
            assert by_lead[0] >= own[k - 1]


@settings(max_examples=80, deadline=None)
@given(known=errors, point=st.floats(min_value=1, max_value=400))
def test_quantiles_rise_with_the_level_and_widen_with_the_lead(known, point):
    """Whatever the errors: 95 holds 80 holds the median, and a longer lead is never narrower."""
    before: dict[float, float] = {}
    for lead in range(1, N_LEADS + 2):
        stated = quantiles(point, known, lead)
        assert list(stated.values()) == sorted(stated.values())
        assert len(stated) % 2 == 1
        assert stated[0.5] == point
        assert min(stated.values()) > 0
        for level, ms in before.items():
            assert ms >= stated[level] if level < 0.5 else ms <= stated[level]
        before = stated


@settings(max_examples=40, deadline=None)
@given(known=errors, days=st.integers(1, 30), data=st.data())
def test_many_evenings_at_once_are_each_evening_alone(known, days, data):
    """Every evening has the half widths that the rows below it alone would give."""
    evening = st.tuples(st.integers(0, len(known)), st.integers(1, N_LEADS + 1))
    asked = np.array(data.draw(st.lists(evening, min_size=1, max_size=30)))
    together = radii(known, asked[:, 0], asked[:, 1], days=days)
    for (day, lead), found in zip(asked.tolist(), together, strict=True):
        window = known[max(day - days, 0) : day]
        alone = [by_lead[min(lead, N_LEADS) - 1] for by_lead in half_widths(window).values()]
        np.testing.assert_array_equal(found, alone)


def test_a_lead_without_errors_widens_the_longest_that_has_enough():
    """As a random walk would: by the root of the ratio of the leads."""
    known = np.full((10, N_LEADS), NAN)
    known[:, 0], known[:, 1] = 0.1, 0.2
    at = half_widths(known)[80]
    assert at == pytest.approx([0.1, 0.2, 0.2 * math.sqrt(3 / 2), 0.2 * math.sqrt(2),
                                0.2 * math.sqrt(5 / 2)])  # fmt: skip


def test_a_shorter_lead_without_errors_takes_the_wider_one():
    """Worn every other night, lead 1 has no errors; those of lead 2 are on the safe side."""
    known = np.full((10, N_LEADS), NAN)
    known[:, 1] = 0.3
    assert half_widths(known)[80][:2].tolist() == [0.3, 0.3]


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
    held = [d[30] <= half_widths(column(d[:30]))[percent][0] for d in draws]
    assert low <= np.mean(held) <= high

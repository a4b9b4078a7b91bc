"""Every forecaster looks back only, survives any past, and does what its name says."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.domain.forecast.local_level import LocalLevel
from hrvctl.domain.forecast.naive import MovingAverage, Naive
from hrvctl.domain.forecast.protocol import MAX_LEAD, Forecaster
from hrvctl.domain.forecast.registry import CANDIDATES, find_forecaster
from hrvctl.domain.forecast.ses import ALPHA_RANGE, REFIT_DAYS, Ses
from hrvctl.domain.series import History
from hrvctl.errors import UsageError
from hrvctl.records import Metric

NAN = math.nan
MONDAY = date(2026, 3, 2)
CLASSICAL = (Naive(), MovingAverage(), Ses(), LocalLevel())

every_candidate = pytest.mark.parametrize("forecaster", CANDIDATES, ids=lambda f: f.name)
every_classical = pytest.mark.parametrize("forecaster", CLASSICAL, ids=lambda f: f.name)

nights = st.one_of(
    st.just(NAN), st.sampled_from([1.0, 400.0]), st.floats(min_value=1, max_value=400)
)


def past(values) -> History:
    """A history from the first Monday of March on."""
    return History(
        first=MONDAY,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=tuple(float(v) for v in values),
        measured={},
        journal={},
    )


def person(n: int, seed: int, *, missing: float = 0.1) -> list[float]:
    """A level that wanders around 60 ms with noise, some nights not worn."""
    rng = np.random.default_rng(seed)
    level = math.log(60) + np.cumsum(0.03 * rng.normal(size=n))
    hrv = np.exp(level + 0.15 * rng.normal(size=n))
    hrv[rng.random(n) < missing] = NAN
    return hrv.tolist()


def points(forecaster: Forecaster, values, first_origin: int = 0):
    """The replay's points."""
    return forecaster.rolling_forecasts(past(values), first_origin=first_origin).point


@every_candidate
@settings(max_examples=12, deadline=None)
@given(n=st.integers(40, 160), seed=st.integers(0, 99), cut=st.floats(0, 1))
def test_no_forecast_knows_what_came_after_it(forecaster, n, seed, cut):
    """Cut the history at any evening: what was said on it stays the same."""
    values = person(n, seed)
    origin = round(cut * n)
    whole = forecaster.rolling_forecasts(past(values), first_origin=0)
    then = forecaster.rolling_forecasts(past(values[:origin]), first_origin=0)
    np.testing.assert_allclose(then.point, whole.point[: origin + 1], rtol=1e-9)
    if whole.quantiles is not None and then.quantiles is not None:
        np.testing.assert_allclose(then.quantiles, whole.quantiles[: origin + 1], rtol=1e-9)


@every_candidate
def test_the_first_row_asked_changes_no_row(forecaster):
    """Asking for the last rows only gives the rows of the whole replay."""
    values = person(200, 3)
    whole, part = points(forecaster, values), points(forecaster, values, 150)
    np.testing.assert_allclose(part[150:], whole[150:], rtol=1e-9)


@every_candidate
@settings(max_examples=25, deadline=None)
@given(
    st.one_of(
        st.lists(nights, max_size=20),
        st.lists(nights, min_size=45, max_size=90),
        st.lists(st.sampled_from([1.0, 400.0]), min_size=28, max_size=40),
    )
)
def test_any_past_gives_positive_values_or_silence(forecaster, values):
    """1 and 400 ms, gaps, nothing at all: no warning, no error, nothing below zero or infinite."""
    point = points(forecaster, values)
    assert point.shape == (len(values) + 1, MAX_LEAD)
    said = point[~np.isnan(point)]
    assert (said > 0).all()
    assert np.isfinite(said).all()


@every_candidate
def test_nothing_is_said_before_enough_nights_and_always_after(forecaster):
    """Silence until ``min_nights`` were seen, then a forecast on every evening."""
    values = [NAN, *person(80, 5)]
    seen = np.concatenate([[0], np.cumsum(~np.isnan(values))])
    speaks = ~np.isnan(points(forecaster, values)[:, 0])
    np.testing.assert_array_equal(speaks, seen >= forecaster.min_nights)


@every_classical
@pytest.mark.parametrize("value", [1.0, 63.0, 400.0])
def test_a_constant_past_continues(forecaster, value):
    """Who always had 63 ms is forecast 63 ms, a week ahead too."""
    np.testing.assert_allclose(points(forecaster, [value] * 90)[-1], value, rtol=1e-6)


@every_classical
def test_a_gap_of_400_days_is_survived(forecaster):
    """After a gap longer than any window, forecasts go on and come to the new level."""
    values = person(60, 1, missing=0) + [NAN] * 400 + [30 + (i % 3) for i in range(60)]
    point = points(forecaster, values)
    assert np.isfinite(point[60:]).all()
    assert point[-1, 0] == pytest.approx(31, rel=0.05)


@every_classical
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 99), factor=st.sampled_from([0.5, 2.0]))
def test_the_unit_does_not_matter(forecaster, seed, factor):
    """A person with twice the HRV gets twice the forecast."""
    values = person(120, seed)
    doubled = points(forecaster, [factor * v for v in values])
    np.testing.assert_allclose(doubled, factor * points(forecaster, values), rtol=1e-3)


def test_naive_says_the_last_value_whatever_its_age():
    """50, then two nights off: still 50."""
    assert points(Naive(), [40, 50, NAN, NAN])[:, 0].tolist()[1:] == [40, 50, 50, 50]


@settings(max_examples=30, deadline=None)
@given(st.lists(nights, min_size=1, max_size=40))
def test_moving_average_is_the_mean_of_the_nights_among_the_last_seven_days(values):
    """Against a twin written as a loop."""
    for i, said in enumerate(points(MovingAverage(), values)[:, 0].tolist()):
        week = [v for v in values[max(i - 7, 0) : i] if not math.isnan(v)]
        before = [v for v in values[:i] if not math.isnan(v)]
        twin = sum(week) / len(week) if week else before[-1] if before else NAN
        assert said == pytest.approx(twin, nan_ok=True)


def test_smoothing_moves_by_the_same_share_of_each_surprise_between_fits():
    """The level moves by alpha (value - level) on the log scale; a missing night moves nothing."""
    values = person(14 + REFIT_DAYS - 1, 8, missing=0)
    values[20] = NAN
    level = np.log(points(Ses(), values)[:, 0])
    x = np.log(values)
    shares = [(level[i + 1] - level[i]) / (x[i] - level[i]) for i in range(14, len(x)) if i != 20]
    assert level[21] == level[20]
    assert shares == pytest.approx([shares[0]] * len(shares))
    assert ALPHA_RANGE[0] - 1e-9 <= shares[0] <= ALPHA_RANGE[1] + 1e-9


def test_local_level_finds_a_weekday_that_differs():
    """Low Sundays for twenty weeks: the Sunday ahead is forecast lower than the days around it."""
    rng = np.random.default_rng(2)
    sundays = [-0.4 if i % 7 == 6 else 0.0 for i in range(140)]
    values = [
        60 * math.exp(s + 0.05 * e) for s, e in zip(sundays, rng.normal(size=140), strict=True)
    ]
    week = points(LocalLevel(), values)[-1, :7]  # from the Monday after
    assert week.argmin() == 6
    assert week[6] == pytest.approx(60 * math.exp(-0.4), rel=0.1)
    assert week[2] == pytest.approx(60, rel=0.1)


@pytest.mark.parametrize("forecaster", [Ses(), LocalLevel()], ids=lambda f: f.name)
def test_models_beat_the_last_value_on_a_noisy_level(forecaster):
    """Where the truth is a level in noise, following the level is better than repeating noise."""
    values = np.array(person(300, 11, missing=0))
    model, naive = (points(f, values)[100:-1, 0] for f in (forecaster, Naive()))
    assert np.abs(model - values[100:]).mean() < 0.9 * np.abs(naive - values[100:]).mean()


def test_an_unknown_model_is_named_with_the_choices():
    """A typing error ends with the list to choose from."""
    assert find_forecaster("ses").name == "ses"
    with pytest.raises(UsageError, match="no model is called 'sse'") as caught:
        find_forecaster("sse")
    assert "local_level" in caught.value.hint

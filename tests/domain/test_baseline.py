"""Normal range, weekly mean, trend and light, as published, and calm in face of a glitch."""

import json
import math
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation, theilslopes

from hrvctl.domain.baseline import (
    MIN_RANGE_NIGHTS,
    MIN_WEEK_NIGHTS,
    PROFILES,
    ROBUST_FLOOR,
    baseline,
)
from hrvctl.errors import UsageError

NAN = math.nan
FIRST = date(2026, 1, 5)

every_profile = pytest.mark.parametrize("profile", PROFILES)

nights = st.one_of(st.just(NAN), st.floats(min_value=1, max_value=400))


def after(values, profile="robust60", today: float = NAN):
    """The baseline on the day after the values, today's value beside them."""
    day = FIRST + timedelta(days=len(values))
    return baseline((FIRST, [*values, today]), day=day, profile=profile)


def steady(n: int, seed: int, *, sd: float = 0.15) -> list[float]:
    """Around 60 ms, without a trend."""
    return (60 * np.exp(sd * np.random.default_rng(seed).normal(size=n))).tolist()


@every_profile
@settings(max_examples=25, deadline=None)
@given(values=st.lists(nights, max_size=70), today=nights, tomorrow=nights)
def test_neither_today_nor_tomorrow_is_in_todays_baseline(profile, values, today, tomorrow):
    """All but the day's own value and the acute flag, and the light with it, is from before."""
    day = FIRST + timedelta(days=len(values))
    found = baseline((FIRST, [*values, today, tomorrow]), day=day, profile=profile)
    without = after(values, profile)
    for name in ("mean7_ms", "low_ms", "high_ms", "cv_pct", "n_nights", "missing",
                 "trend_14d_pct_week", "trend_60d_pct_week"):  # fmt: skip
        assert getattr(found, name) == getattr(without, name)


@every_profile
@settings(max_examples=30, deadline=None)
@given(st.lists(nights, max_size=70))
def test_any_past_gives_an_ordered_range_or_says_what_is_missing(profile, values):
    """Edges and gaps: finite numbers in order, or a reason with have and need."""
    found = after(values, profile)
    if found.low_ms is None or found.high_ms is None:
        assert found.n_nights < MIN_RANGE_NIGHTS
        assert f"range: have {found.n_nights} nights, need 14" in found.missing
    else:
        assert 0 < found.low_ms <= found.high_ms < math.inf
    n_week = sum(not math.isnan(v) for v in values[-7:])
    assert (found.mean7_ms is None) == (n_week < MIN_WEEK_NIGHTS)
    is_unknown = found.mean7_ms is None or found.low_ms is None
    assert (found.light == "unknown") == is_unknown
    json.dumps(found.missing)


@pytest.mark.parametrize(
    ("profile", "window", "k"), [("javaloyes", 28, 0.5), ("plews", 60, 0.75), ("hrv4t-like", 60, 1)]
)
def test_the_published_ranges_are_mean_and_sd_of_ln(profile, window, k):
    """Against numpy, on the profile's own window."""
    values = steady(80, 4)
    x = np.log(values[-window:])
    found = after(values, profile)
    assert found.low_ms == pytest.approx(np.exp(x.mean() - k * x.std(ddof=1)))
    assert found.high_ms == pytest.approx(np.exp(x.mean() + k * x.std(ddof=1)))
    assert found.n_nights == window


def test_the_robust_range_is_median_and_mad():
    """Against SciPy; and never narrower than 5 % to each side."""
    values = steady(80, 4)
    x = np.log(values[-60:])
    half = 0.5 * 1.4826 * median_abs_deviation(x)
    assert half > ROBUST_FLOOR
    found = after(values)
    assert found.low_ms == pytest.approx(np.exp(np.median(x) - half))
    assert found.high_ms == pytest.approx(np.exp(np.median(x) + half))
    constant = after([60.0] * 60)
    assert (constant.low_ms, constant.high_ms) == pytest.approx((60 / 1.05, 60 * 1.05))


def test_weekly_mean_and_variation_are_on_the_log_scale():
    """The mean of ln over seven days, and 100 SD over mean of it (Plews 2012)."""
    x = np.log([40, 50, 60, 70, 80, 90, 100])
    found = after([10.0] * 20 + [40, 50, 60, 70, 80, 90, 100])
    assert found.mean7_ms == pytest.approx(np.exp(x.mean()))
    assert found.cv_pct == pytest.approx(100 * x.std(ddof=1) / x.mean())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), missing=st.floats(0, 0.4))
def test_the_trend_is_theil_sens(seed, missing):
    """Against SciPy over the valid days of 14 and 60; a few nights are too few."""
    rng = np.random.default_rng(seed)
    values = np.array(steady(70, seed))
    values[rng.random(70) < missing] = NAN
    found = after(values.tolist())
    for days, need, said in ((14, 7, found.trend_14d_pct_week), (60, 30, found.trend_60d_pct_week)):
        x = np.log(values[-days:])
        valid = np.flatnonzero(~np.isnan(x))
        if len(valid) < need:
            assert said is None
        else:
            slope = theilslopes(x[valid], valid).slope
            assert said == pytest.approx(100 * np.expm1(7 * slope))


def test_a_rise_of_two_percent_a_week_is_said_as_that():
    """The unit of the trend is % a week, whatever single nights do."""
    values = [60 * 1.02 ** (i / 7) for i in range(60)]
    values[50] = 255
    assert after(values).trend_60d_pct_week == pytest.approx(2, abs=0.05)
    assert after(values).trend_14d_pct_week == pytest.approx(2, abs=0.05)


@every_profile
def test_a_steady_person_is_mostly_green_and_a_bad_week_is_red(profile):
    """Steady: seldom red. A week at two thirds of the usual: red, and the sentence has numbers."""
    values = steady(200, 7)
    lights = [after(values[:n], profile).light for n in range(60, 200)]
    assert lights.count("green") > lights.count("red") + lights.count("amber")
    bad = after(values + [40.0] * 7, profile)
    assert bad.light == "red"
    assert "the 7-day mean of 40 ms is below the normal range of" in bad.reason


@every_profile
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), back=st.integers(1, 60), glitch=st.sampled_from([1.0, 255.0]))
def test_one_glitch_never_turns_a_steady_person_red(profile, seed, back, glitch):
    """A single 255 ms (or 1 ms) anywhere in the window: not red for it."""
    x = [60 + (i + seed) % 5 for i in range(60)]
    assert after(x, profile).light == "green"
    x[-back] = glitch
    assert after(x, profile).light != "red"
    assert after(x, profile, today=glitch).light != "red" or glitch < 60


@every_profile
def test_a_glitch_this_morning_is_not_an_alarm(profile):
    """Today's 255 ms changes nothing; today's 20 ms is acute and amber."""
    values = steady(60, 3)
    assert after(values, profile, today=255).light == after(values, profile).light
    low = after(values, profile, today=20)
    assert (low.acute, low.value_ms) == (True, pytest.approx(20))
    assert low.light in ("amber", "red")
    assert after(values, profile, today=60).acute is False
    assert after(values, profile).acute is None


def test_a_week_far_above_is_amber():
    """Unusually high is unusual too (Plews 2013), but no red."""
    found = after(steady(60, 3) + [110.0] * 7)
    assert found.light == "amber"
    assert "above" in found.reason


def test_a_short_past_says_what_it_has_and_needs():
    """Three nights: no range, no light, and why."""
    found = after([50, 60, 55])
    assert (found.light, found.low_ms, found.n_nights) == ("unknown", None, 3)
    assert found.reason == "have 3 nights, need 14 for a normal range"
    assert found.missing == (
        "range: have 3 nights, need 14",
        "14-day trend: have 3 nights, need 7",
        "60-day trend: have 3 nights, need 30",
    )
    assert found.mean7_ms == pytest.approx((50 * 60 * 55) ** (1 / 3))


def test_a_gap_in_the_last_week_leaves_the_range_and_no_light():
    """Five nights off: the range stands, the weekly mean does not."""
    found = after(steady(40, 1) + [NAN] * 5)
    assert found.low_ms is not None
    assert found.mean7_ms is None
    assert (found.light, found.reason) == ("unknown", "have 2 nights in the last 7 days, need 3")


def test_a_mapping_and_a_grid_say_the_same():
    """Two ways to hand over the same nights."""
    values = steady(40, 2)
    values[30] = NAN
    by_day = {FIRST + timedelta(days=i): v for i, v in enumerate(values) if not math.isnan(v)}
    assert baseline(by_day, day=FIRST + timedelta(days=40)) == after(values)


def test_an_unknown_profile_is_named_with_the_choices():
    """A typing error ends with the list to choose from."""
    with pytest.raises(UsageError, match="no baseline is called 'plew'") as caught:
        after([50.0], "plew")
    assert caught.value.hint == "choose one of: javaloyes, plews, hrv4t-like, robust60"


def test_baseline_and_scores_need_the_standard_library_only():
    """``hrvctl status`` starts fast: no numpy comes with them."""
    code = (
        "import sys, hrvctl.domain.baseline, hrvctl.domain.scoring.measures;"
        "print(sorted({'numpy', 'pandas', 'scipy', 'statsmodels'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

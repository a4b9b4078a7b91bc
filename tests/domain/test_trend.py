"""The days of a picture are those of the baseline, and periods too thin are not compared."""

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.baseline import PROFILES, baseline
from hrvctl.domain.series import NAN, History
from hrvctl.domain.trend import by_weekday, of_period, trend
from hrvctl.records import Metric

FIRST = date(2026, 1, 5)  # a Monday
VALUES = st.lists(st.just(NAN) | st.floats(20, 150), min_size=10, max_size=90)


def history(values: list[float], set_aside: frozenset[date] = frozenset()) -> History:
    """A person with these nights, one a day."""
    return History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=tuple(values),
        measured={},
        journal={},
        set_aside=set_aside,
    )


@given(values=VALUES, aside=st.sets(st.integers(0, 89)), profile=st.sampled_from(sorted(PROFILES)))
def test_each_day_has_the_range_of_its_own_baseline(values, aside, profile) -> None:
    """Mean, range and set-aside days as `status` would have said on that day."""
    person = history(values, frozenset(FIRST + timedelta(days=i) for i in aside if i < len(values)))
    for day in trend(person, first=person.day(-2), last=person.last, profile=profile)[::5]:
        base = baseline((person.first, person.ordinary), day=day.day, profile=profile)
        assert (day.mean7_ms, day.low_ms, day.high_ms) == (base.mean7_ms, base.low_ms, base.high_ms)
        if base.value_ms is not None:
            assert day.hrv_ms == pytest.approx(base.value_ms)


def test_the_ends_of_the_range_are_one_away_from_its_middle() -> None:
    """On the log scale, as the range itself."""
    (day,) = trend(
        history([50.0, 60.0] * 20),
        first=FIRST + timedelta(30),
        last=FIRST + timedelta(30),
        profile="robust60",
    )
    assert day.low_ms is not None
    assert day.high_ms is not None
    middle = math.sqrt(day.low_ms * day.high_ms)
    half = math.log(day.high_ms / day.low_ms) / 2
    assert day.deviation == pytest.approx(math.log(50 / middle) / half)


def test_a_weekday_has_the_middle_half_of_its_nights() -> None:
    """From four nights on; a day set aside is none of them."""
    days = history([float(50 + i // 7) for i in range(35)], frozenset({FIRST + timedelta(1)}))
    found = by_weekday(trend(days, first=FIRST, last=days.last, profile="robust60"))
    assert [one.n for one in found] == [5, 4, 5, 5, 5, 5, 5]
    assert (found[0].low_ms, found[0].median_ms, found[0].high_ms) == (51, 52, 53)
    short = by_weekday(trend(days, first=FIRST, last=FIRST + timedelta(20), profile="robust60"))
    assert [one.median_ms for one in short] == [None] * 7


def test_a_period_with_a_night_on_less_than_half_of_its_days_has_no_mean() -> None:
    """The mean is that of the logarithms."""
    person = history([40.0, 90.0, NAN, NAN])
    days = trend(person, first=FIRST, last=person.last, profile="robust60")
    assert of_period(days).mean_ms == pytest.approx(60)
    assert of_period(days[1:]).mean_ms is None


def test_a_day_in_a_range_without_width_has_no_place_in_it() -> None:
    """Four weeks of one value, by the mean and SD: nothing is divided by zero."""
    person = history([60.0] * 40)
    (day,) = trend(person, first=person.last, last=person.last, profile="javaloyes")
    assert (day.hrv_ms, day.deviation) == (60.0, None)

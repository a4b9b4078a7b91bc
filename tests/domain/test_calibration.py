"""Calibration counts every morning once, and the race ends at the score's own error."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.calibration import pit_histogram, race, reliability
from hrvctl.domain.scoring.scores import score
from hrvctl.records import LEVELS, Forecast

FIRST = date(2026, 1, 1)
PAIRS = st.lists(st.tuples(st.floats(20, 120), st.floats(20, 120)), min_size=1, max_size=40)


def forecast(day: date, mean_ms: float, *, has_levels: bool = True) -> Forecast:
    """A forecast whose levels are 5 ms apart."""
    steps = zip(LEVELS, (-10, -5, 0, 5, 10), strict=True)
    return Forecast(
        target=day,
        horizon_days=1,
        source="agent",
        mean_ms=mean_ms,
        quantiles_ms={level: mean_ms + step for level, step in steps} if has_levels else {},
    )


@given(pairs=PAIRS)
def test_every_morning_is_in_one_bin_and_below_the_levels_above_it(pairs) -> None:
    """The bins are the differences of the levels' counts; an end belongs to the bin below."""
    days = {FIRST + timedelta(days=i): pair for i, pair in enumerate(pairs)}
    own = {day: forecast(day, mean) for day, (mean, _) in days.items()}
    actual = {day: value for day, (_, value) in days.items()}
    bins, levels = pit_histogram(own, actual), reliability(own, actual)
    assert sum(one.n for one in bins) == len(pairs)
    assert sum(one.stated for one in bins) == pytest.approx(1)
    below = [sum(one.n for one in bins[: i + 1]) for i in range(len(LEVELS))]
    assert [one.n for one in levels] == below
    assert all(0 <= one.least <= one.rate <= one.most <= 1 for one in (*bins, *levels))


def test_a_forecast_without_its_levels_is_not_counted() -> None:
    """Nor a morning without an outcome; without any there is nothing to draw."""
    own = {FIRST: forecast(FIRST, 60, has_levels=False)}
    assert pit_histogram(own, {FIRST: 60.0}) == reliability(own, {FIRST: 60.0}) == ()
    assert reliability({FIRST: forecast(FIRST, 60)}, {}) == ()


@given(pairs=PAIRS)
def test_the_race_ends_at_the_score(pairs) -> None:
    """On the same mornings the last point is the mean absolute error."""
    own = {FIRST + timedelta(days=i): forecast(FIRST, mean) for i, (mean, _) in enumerate(pairs)}
    actual = {FIRST + timedelta(days=i): value for i, (_, value) in enumerate(pairs)}
    (runner,) = race({"agent": own}, actual)
    assert len(runner.days) == len(pairs)
    assert runner.mae_ms[-1] == pytest.approx(score("agent", {"agent": own}, actual).mae_ms)

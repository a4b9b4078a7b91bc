"""What the times of sealed rows say about the clock: which rows contradict all the others."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.seal_times import CLOCK_SLACK, oddities, rows_in_question
from hrvctl.records import NO_HASH, Forecast, Metric, SealedForecast

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def chain(hours):
    """Rows sealed at some hours."""
    return [
        SealedForecast(
            seq=n,
            subject="me",
            forecast=Forecast(
                target=date(2099, 1, 1), horizon_days=1, source="naive", mean_ms=60.0
            ),
            metric=Metric.HRV_RMSSD_MS,
            measured_by="whoop",
            as_of=date(2026, 1, 1),
            created_at=FIRST + timedelta(hours=hour),
            run_id="run",
            inputs_sha256=NO_HASH,
            prev_hash=NO_HASH,
        )
        for n, hour in enumerate(hours, 1)
    ]


def question(hours, now):
    """The places of the rows in question, from 0."""
    return [row.seq - 1 for row in rows_in_question(chain(hours), FIRST + timedelta(hours=now))]


def is_in_order(hours, now):
    """Whether time never runs back, nor ahead of now."""
    return all(a <= b for a, b in pairwise(hours)) and all(hour <= now for hour in hours)


@given(st.lists(st.integers(0, 6), max_size=8), st.integers(0, 6))
def test_the_fewest_rows_are_in_question(hours, now):
    """Without them all others agree with each other and with now; with fewer they would not."""
    asked = question(hours, now)
    rest = [hour for place, hour in enumerate(hours) if place not in asked]
    assert is_in_order(rest, now)
    fewer = combinations(range(len(hours)), len(hours) - len(asked) + 1)
    assert not any(is_in_order([hours[place] for place in kept], now) for kept in fewer)


def test_a_clock_ahead_for_two_evenings_is_told_from_the_right_ones():
    """Those that were sealed ahead of all that followed, not those that followed."""
    assert question([1, 2, 100, 101, 3], now=4) == [2, 3]
    assert question([1, 2, 100, 3], now=200) == [2]


def test_a_clock_behind_for_an_evening_is_told_from_the_right_ones():
    """The evening in 1970, not all those before it."""
    assert question([10, 11, 0, 12], now=13) == [2]


def test_seconds_between_two_processes_are_nothing():
    """Clocks that agree differ by less than the slack."""
    rows = chain([1, 1 - CLOCK_SLACK / timedelta(hours=2)])
    assert rows_in_question(rows, rows[0].created_at) == ()
    assert len(oddities(rows)) == 1

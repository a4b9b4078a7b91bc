"""Until when a morning may be sealed; which sealed rows' times contradict all the others."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.seal_times import (
    CLOCK_SLACK,
    check_morning,
    late_zones,
    may_be_sealed,
    oddities,
    rows_in_question,
)
from hrvctl.errors import SealRefused
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


AUCKLAND, LONDON, HONOLULU = "Pacific/Auckland", "Europe/London", "Pacific/Honolulu"
STARTS = time(4)


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (datetime(2026, 3, 10, 14, 59, tzinfo=UTC), set()),
        (datetime(2026, 3, 10, 15, 0, tzinfo=UTC), {AUCKLAND}),
        (datetime(2026, 3, 11, 3, 59, 59, tzinfo=UTC), {AUCKLAND}),
        (datetime(2026, 3, 11, 4, 0, tzinfo=UTC), {AUCKLAND, LONDON}),
        (datetime(2026, 3, 11, 14, 0, tzinfo=UTC), {AUCKLAND, LONDON, HONOLULU}),
    ],
)
def test_a_morning_begins_where_the_person_is(now, late) -> None:
    """The same instant is in time for one zone and too late for another."""
    target = date(2026, 3, 11)
    zones = [AUCKLAND, LONDON, HONOLULU, LONDON]
    assert late_zones(now, target, zones, STARTS) == late
    for zone in zones:
        assert may_be_sealed(now, target, ZoneInfo(zone), STARTS) == (zone not in late)


@given(
    st.integers(0, 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes)),
    st.integers(-2, 2),
    st.sampled_from([AUCKLAND, LONDON, HONOLULU]),
)
def test_a_cohort_is_sealed_by_the_rule_of_a_person(now, days, zone) -> None:
    """What a person's own ledger refuses is refused in a cohort, and nothing else."""
    local = now.astimezone(ZoneInfo(zone))
    target = local.date() + timedelta(days=days)
    try:
        check_morning(target, local, STARTS)
        is_open = True
    except SealRefused:
        is_open = False
    assert may_be_sealed(now, target, ZoneInfo(zone), STARTS) == is_open


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        late_zones(datetime(2026, 3, 10, tzinfo=UTC), date(2026, 3, 11), ["Mars/Base"], STARTS)

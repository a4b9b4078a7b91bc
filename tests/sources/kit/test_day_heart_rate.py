"""Waking and evening heart rate: what of the day counts, and when it is defined at all."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import Measurement, Metric
from hrvctl.sources.kit.day_heart_rate import HeartRates, measure_waking, waking_from_mean
from hrvctl.sources.kit.main_sleep import SleepPeriod

ZONE = timezone(timedelta(hours=2))
DAY = date(2025, 5, 4)
WOKE = datetime(2025, 5, 4, 7, 0, tzinfo=ZONE)
NIGHT = SleepPeriod(day=DAY, asleep_min=420, start_at=WOKE - timedelta(hours=8), end_at=WOKE)


def rates(*stretches: tuple[float, float, float], every_s: int = 60) -> HeartRates:
    """Samples of stretches: from hour, to hour (after waking), bpm."""
    found = HeartRates()
    for first_h, last_h, bpm in stretches:
        start_s = int(WOKE.timestamp() + first_h * 3600)
        for at_s in range(start_s, int(WOKE.timestamp() + last_h * 3600), every_s):
            found.add(at_s, bpm)
    return found


def measured(found: HeartRates, *sleeps: SleepPeriod) -> dict[Metric, Measurement]:
    """What is measured of the day."""
    measurements = measure_waking(found, [NIGHT, *sleeps], "fitbit")
    return {m.metric: m for m in measurements if m.day == DAY}


def test_the_day_is_from_waking_to_the_last_sample() -> None:
    """The night before does not count, and the window is that of the samples."""
    found = measured(rates((-8, 0, 50), (0, 9, 70), (9, 12, 90)))
    waking, evening = found[Metric.WAKING_HR_BPM], found[Metric.EVENING_HR_BPM]
    assert waking.value == pytest.approx((9 * 70 + 3 * 90) / 12)
    assert evening.value == pytest.approx(90)
    assert waking.start_at == WOKE
    assert evening.start_at == WOKE + timedelta(hours=9)
    assert waking.end_at == evening.end_at == WOKE + timedelta(hours=12)
    assert waking.end_at is not None
    assert waking.end_at.utcoffset() == timedelta(hours=2)


def test_the_next_sleep_ends_the_day_before_or_after_midnight() -> None:
    """Without it the day ends at midnight, so that a night not yet known does not count."""
    heart = rates((0, 14, 70), (14, 24, 50))
    for asleep_h in (14, 18):
        asleep_at = WOKE + timedelta(hours=asleep_h)
        night = SleepPeriod(
            day=DAY + timedelta(days=1),
            asleep_min=400,
            start_at=asleep_at,
            end_at=asleep_at + timedelta(hours=7),
        )
        waking = measured(heart, night)[Metric.WAKING_HR_BPM]
        assert waking.end_at == asleep_at
        assert waking.value == pytest.approx((14 * 70 + (asleep_h - 14) * 50) / asleep_h)
    assert measured(heart)[Metric.WAKING_HR_BPM].end_at == WOKE + timedelta(hours=17)


def test_a_workout_with_a_sample_a_second_counts_by_its_minutes() -> None:
    """An hour at 150 in eight at 70, though it has most of the samples."""
    found = rates((0, 7, 70), every_s=300)
    for at_s in range(int(WOKE.timestamp()) + 7 * 3600, int(WOKE.timestamp()) + 8 * 3600):
        found.add(at_s, 150)
    assert measured(found)[Metric.WAKING_HR_BPM].value == pytest.approx((7 * 70 + 150) / 8)


@pytest.mark.parametrize(
    ("stretches", "why"),
    [
        ([(0, 5.5, 70)], "less than 6 hours since waking"),
        ([(0, 1, 70), (8, 10, 70)], "less than 200 minutes covered"),
        ([(0, 12, 38)], "below 40 bpm"),
        ([(0, 12, 155)], "above 150 bpm"),
        ([(0, 12, 255)], "not a heart rate"),
        ([(-8, 0, 50)], "nothing after waking"),
    ],
)
def test_it_is_not_defined(stretches: list[tuple[float, float, float]], why: str) -> None:
    """Missing stays missing."""
    assert measured(rates(*stretches)) == {}, why


def test_a_sleep_without_its_window_defines_no_day() -> None:
    """When the person woke is not known."""
    found = rates((0, 12, 70))
    assert measure_waking(found, [SleepPeriod(day=DAY, asleep_min=400)], "fitbit") == []


@given(hours=st.lists(st.floats(6.5, 17), min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_a_later_export_says_the_same_of_an_earlier_hour(hours: list[float]) -> None:
    """What was read at an hour depends on nothing that came after it."""
    whole = rates(*((h / 2, h / 2 + 0.5, 60 + h) for h in range(34)))
    for hour in hours:
        until = WOKE.timestamp() + hour * 3600
        cut = HeartRates()
        for at_s, bpm in whole.means(WOKE.timestamp(), until):
            cut.add(at_s, bpm)
        value = measured(cut)[Metric.WAKING_HR_BPM].value
        means = [bpm for _, bpm in whole.means(WOKE.timestamp(), until)]
        assert value == pytest.approx(sum(means) / len(means))


def test_the_time_in_bed_is_taken_out_of_a_mean() -> None:
    """With the vendor's heart rate of the night, else 1.06 times the resting one."""
    night = {Metric.IN_BED_MIN: 480.0, Metric.NIGHT_HR_BPM: 52.0, Metric.RESTING_HR_BPM: 48.0}
    assert waking_from_mean(64, night) == pytest.approx((24 * 64 - 8 * 52) / 16)
    del night[Metric.NIGHT_HR_BPM]
    assert waking_from_mean(64, night) == pytest.approx((24 * 64 - 8 * 1.06 * 48) / 16)
    assert waking_from_mean(64, night, hours=20) == pytest.approx((20 * 64 - 8 * 1.06 * 48) / 12)
    assert waking_from_mean(64, night, hours=13.5) is None  # 5.5 hours awake
    assert waking_from_mean(64, {Metric.IN_BED_MIN: 480.0}) is None
    assert waking_from_mean(None, night) is None


def test_an_hourly_mean_covers_its_hour() -> None:
    """Twelve stretches of five minutes."""
    found = HeartRates()
    start_s = int(datetime(2025, 5, 4, 9, tzinfo=UTC).timestamp())
    found.add_mean(start_s, start_s + 3600, 70)
    assert found.means(start_s - 3600, start_s + 7200) == [
        (start_s + 300 * i, 70) for i in range(12)
    ]

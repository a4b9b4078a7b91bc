"""The waking heart rate of a running day, as against the final ones of the days before."""

from datetime import date, datetime, time, timedelta, timezone, tzinfo

import pytest

from hrvctl.domain.heart_rate import WakingReading, correct_for_hour
from hrvctl.domain.series import History
from hrvctl.records import Metric

ZONE = timezone(timedelta(hours=2))
FIRST = date(2026, 3, 2)
MORNING = time(4)
N = 15


def reading(n: int, bpm: float, hour: float, *, late_h: float = 0.5, zone: tzinfo = ZONE):
    """A reading of day n that ends at an hour and was stored a while later."""
    day = FIRST + timedelta(days=n)
    end_at = datetime.combine(day, time(), zone) + timedelta(hours=hour)
    return WakingReading(day, bpm, end_at, end_at + timedelta(hours=late_h))


def evenings(n_days: int, hour: float = 21, *, above: float = 2.0) -> list[WakingReading]:
    """Days read at an hour, ``above`` more than what the next day's export made of them."""
    early = [reading(n, 70 + n + above, hour) for n in range(n_days)]
    final = [reading(n, 70 + n, 23, late_h=22) for n in range(n_days)]
    return early + final


def last(readings: list[WakingReading], value: float = 75.0) -> float:
    """The last day's waking heart rate after the correction; the others do not change."""
    bpm = (*(70.0 + n for n in range(N)), value)
    history = History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="fitbit",
        hrv=(50.0,) * (N + 1),
        measured={Metric.WAKING_HR_BPM: bpm, Metric.EVENING_HR_BPM: bpm},
        journal={},
    )
    corrected = correct_for_hour(history, readings, morning=MORNING)
    assert corrected.measured[Metric.EVENING_HR_BPM] == bpm
    values = corrected.measured[Metric.WAKING_HR_BPM]
    assert values[:-1] == bpm[:-1]
    return values[-1]


def test_the_usual_difference_at_that_hour_is_subtracted() -> None:
    """Once ten evenings of it are known, to the nearest whole hour."""
    tonight = reading(N, 75, 21.3)
    assert last([*evenings(10), tonight]) == pytest.approx(73)
    assert last([*evenings(10)[::-1], tonight]) == pytest.approx(73)
    assert last([*evenings(9), tonight]) == 75


def test_evenings_of_another_hour_do_not_count() -> None:
    """What a day differs by depends on the hour."""
    assert last([*evenings(12, 19), reading(N, 75, 21)]) == 75
    assert last([*evenings(12, 20.6), reading(N, 75, 21.4)]) == pytest.approx(73)


def test_a_day_that_was_over_when_it_was_read_is_final() -> None:
    """Of an evening that is replayed from what was imported later."""
    assert last([*evenings(12), reading(N, 75, 21, late_h=12)]) == 75


def test_days_that_were_never_read_again_do_not_count() -> None:
    """Their final value is not known, and a day's own value is not compared with itself."""
    only_early = [r for r in evenings(12) if r.end_at.hour == 21]
    only_final = [r for r in evenings(12) if r.end_at.hour == 23]
    tonight = reading(N, 75, 21)
    assert last([*only_early, tonight]) == 75
    assert last([*only_final, tonight]) == 75
    assert last(evenings(12)) == 75


def test_the_last_reading_of_an_evening_counts() -> None:
    """Two imports on one evening within the same hour."""
    tonight = reading(N, 75, 21)
    again = [reading(n, 70 + n + 1, 21.2) for n in range(10)]
    assert last([*evenings(10), *again, tonight]) == pytest.approx(74)


def test_a_night_owl_s_hours_after_midnight_belong_to_the_day() -> None:
    """One o'clock is the 25th hour, and the day is over at four."""
    assert last([*evenings(10, 25), reading(N, 75, 25.1)]) == pytest.approx(73)
    assert last([*evenings(10, 1), reading(N, 75, 25.1)]) == 75

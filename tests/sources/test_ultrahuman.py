"""Ultrahuman: the mean of the sleep on the day of waking, in every shape of its answers."""

import json
from datetime import date
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.ultrahuman import Ultrahuman
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
NIGHT = {"bedtime_start": 1746307800, "bedtime_end": 1746335400}  # 3 May 21:30 to 4 May 05:10 UTC
ASLEEP, AWAKE = 1746320000, 1746370000
MEAN = {"type": "avg_sleep_hrv", "object": {"value": 45}}
SLEEP = {"type": "Sleep", "object": NIGHT}
SAMPLES = {
    "type": "hrv",
    "object": {
        "avg": 70,
        "day_start_timestamp": 1746316800,
        "values": [
            {"value": 44, "timestamp": ASLEEP},
            {"value": 48, "timestamp": ASLEEP + 300},
            {"value": 0, "timestamp": ASLEEP + 600},
            {"value": 99, "timestamp": AWAKE},
        ],
    },
}
ITEMS = [MEAN, SLEEP, SAMPLES]


def read(content: Any) -> Reading:
    """Read a JSON file of this."""
    return Ultrahuman().read(document_of(json.dumps(content), "day.json"), today=TODAY)


@pytest.mark.parametrize(
    "content",
    [
        {"data": {"metric_data": ITEMS}, "error": None, "status": 200},
        [{"data": {"metric_data": ITEMS}}],
        {"data": {"metrics": {"2025-05-04": ITEMS}}},
        {"data": {"items": ITEMS}},
        {"metric_data": ITEMS},
        ITEMS,
    ],
)
def test_every_shape_is_the_same_night(content: Any) -> None:
    """What lies around the items is not what they say."""
    assert Ultrahuman().identify(document_of(json.dumps(content))) == "days"
    reading = read(content)
    assert reading.problems == ()
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 45}


def test_without_a_mean_of_the_sleep_its_samples_are_averaged() -> None:
    """Neither the samples of the day nor empty ones nor the mean of all count."""
    reading = read([SLEEP, SAMPLES])
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 46}
    assert by_day(read([{**MEAN, "object": {"value": 0}}, SAMPLES]), Metric.HRV_RMSSD_MS) == {}


def test_a_day_without_a_sleep_is_dated_by_its_beginning() -> None:
    """Half a day after a midnight anywhere is on its date."""
    begun = {"type": "hr", "object": {"day_start_timestamp": 1746309600}}  # 3 May 22:00 UTC
    assert by_day(read([MEAN, begun]), Metric.HRV_RMSSD_MS) == {DAY: 45}


def test_items_of_two_days_are_two_days() -> None:
    """A type that comes again is another day's."""
    later = {k: v + 86_400 for k, v in NIGHT.items()}
    reading = read([MEAN, SLEEP, {**MEAN, "object": {"value": 50}}, {**SLEEP, "object": later}])
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 45, date(2025, 5, 5): 50}


def test_the_resting_heart_rate_is_the_nights_before_the_sleeps() -> None:
    """The first of several names counts; 0 is none."""
    night = {"type": "night_rhr", "object": {"avg": 51}}
    sleep = {"type": "sleep_rhr", "object": {"value": 48}}
    assert by_day(read([*ITEMS, sleep, night]), Metric.RESTING_HR_BPM) == {DAY: 51}
    assert by_day(read([*ITEMS, sleep]), Metric.RESTING_HR_BPM) == {DAY: 48}


@pytest.mark.parametrize("unit", [{"seconds": 25200}, {"minutes": 420}])
def test_the_unit_of_a_newer_sleep_is_its_own(unit: Any) -> None:
    """Seven hours either way."""
    sleep = {"type": "sleep", "object": {**NIGHT, "total_sleep": unit}}
    assert by_day(read([MEAN, sleep]), Metric.ASLEEP_MIN) == {DAY: 420}


def test_a_day_that_nothing_dates_is_a_fault() -> None:
    """A night on no day is none."""
    assert read([MEAN]).problems

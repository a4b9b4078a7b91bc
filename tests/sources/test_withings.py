"""Withings: the night's RMSSD is the mean of its beginning and its end, on the day of waking."""

import json
from datetime import date
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.withings import Withings
from sources.exports import by_day, document_of

TODAY = date(2026, 11, 22)
DAY = date(2026, 11, 21)
# 2026-11-20 23:41 to 2026-11-21 06:52 in Berlin.
ROW = {
    "id": 1,
    "timezone": "Europe/Berlin",
    "startdate": 1795214460,
    "enddate": 1795240320,
    "date": "2026-11-21",
    "completed": True,
    "data": {"total_sleep_time": 24000, "hr_min": 48, "rmssd_start_avg": 38, "rmssd_end_avg": 52},
}


def read(content: Any) -> Reading:
    """Read a JSON file of this."""
    return Withings().read(document_of(json.dumps(content), "sleep.json"), today=TODAY)


def hrv(data: dict[str, Any], **row: object) -> dict[date, float]:
    """The HRV of one sleep with these values."""
    return by_day(read([{**ROW, **row, "data": data}]), Metric.HRV_RMSSD_MS)


@pytest.mark.parametrize(
    "content",
    [
        {"status": 0, "body": {"series": [ROW], "more": False, "offset": 0}},
        [{"status": 0, "body": {"series": [ROW]}}, {"status": 0, "body": {"series": []}}],
        {"series": [ROW]},
        [ROW],
        ROW,
    ],
)
def test_the_mean_of_both_ends_is_the_nights(content: Any) -> None:
    """However the answer was saved; the lowest heart rate is no resting heart rate."""
    assert Withings().identify(document_of(json.dumps(content))) == "sleep_summary"
    reading = read(content)
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 45.0}
    assert by_day(reading, Metric.ASLEEP_MIN) == {DAY: 400}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}
    (window,) = {(m.start_at, m.end_at) for m in reading.measurements}
    assert [str(moment) for moment in window] == [
        "2026-11-20 23:41:00+01:00",
        "2026-11-21 06:52:00+01:00",
    ]


@pytest.mark.parametrize("one", ["rmssd_start_avg", "rmssd_end_avg"])
def test_one_end_alone_is_another_quantity(one: str) -> None:
    """The HRV rises over a night: half of it is not compared with the whole."""
    assert hrv({one: 44}) == {}
    assert hrv({"rmssd_start_avg": 0, "rmssd_end_avg": 44}) == {}
    assert read([{**ROW, "data": {one: 44}}]).skipped == {
        "sleep with the HRV of its beginning or its end alone": 1
    }


@pytest.mark.parametrize("data", [{}, {"rmssd_start_avg": None, "rmssd_end_avg": None}])
def test_a_device_without_hrv_gives_the_sleep_alone(data: dict[str, Any]) -> None:
    """Which plan and device give it is not known: its absence is no fault."""
    reading = read([{**ROW, "data": {"total_sleep_time": 24000, **data}}])
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {}
    assert by_day(reading, Metric.ASLEEP_MIN) == {DAY: 400}
    assert (reading.problems, reading.skipped) == ((), {})


def test_a_sleep_without_a_known_zone_has_the_day_that_withings_gives() -> None:
    """And no window, which would be a guess."""
    assert hrv(ROW["data"], timezone="Mars/Olympus", date="2026-11-20") == {date(2026, 11, 20): 45}


@pytest.mark.parametrize(
    "row",
    [
        {"completed": False},
        {"enddate": None},
        {"enddate": 1e300},
        {"enddate": 253402300799, "startdate": 253402271999, "timezone": "Etc/GMT-2"},
        {"startdate": 1795240320},
    ],
)
def test_a_sleep_that_has_not_ended_is_no_night(row: dict[str, Any]) -> None:
    """It comes with a later answer."""
    assert read([{**ROW, **row}]).measurements == ()


def test_the_longest_sleep_of_a_day_is_its_night() -> None:
    """A nap has no HRV of the night, whatever was measured in it."""
    nap = {
        **ROW,
        "id": 2,
        "startdate": 1795266000,
        "enddate": 1795269600,
        "data": {"total_sleep_time": 3000, "rmssd_start_avg": 90, "rmssd_end_avg": 90},
    }
    reading = read([nap, ROW])
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 45.0}
    assert by_day(reading, Metric.NAP_MIN) == {DAY: 50}

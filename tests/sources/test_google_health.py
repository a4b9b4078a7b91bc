"""Google Health: the average of the night, on the date that the point carries."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.google_health import GoogleHealth
from sources.exports import by_day, document_of
from sources.google_health_points import answer, daily, day_of, point, sample, sleep
from sources.nights_abroad import at

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
ZONE = "America/New_York"
RMSSD = Metric.HRV_RMSSD_MS
ONSET, WAKE = at("2025-05-03T23:40", ZONE), at("2025-05-04T07:40", ZONE)
HOUR = timedelta(hours=1)


def read(content: Any) -> Reading:
    """Read a JSON file of this."""
    return GoogleHealth().read(document_of(json.dumps(content), "points.json"), today=TODAY)


def wrapped(one: Any) -> Any:
    """Write a point as some clients do."""
    payload = dict(one["dailyHeartRateVariability"])
    return {"date": payload.pop("date"), "value": {"dailyHeartRateVariability": payload}}


@pytest.mark.parametrize(
    "content",
    [
        {"dataPoints": [daily(DAY, 41.5)], "nextPageToken": "x"},
        {"dataPoints": [daily(DAY, 41.5)]},
        [{"dataPoints": [daily(DAY, 41.5)], "nextPageToken": ""}, {}],
        [daily(DAY, 41.5)],
        daily(DAY, 41.5),
        {"daily-heart-rate-variability": [daily(DAY, 41.5)]},
        [wrapped(daily(DAY, 41.5))],
    ],
    ids=["page", "whole", "pages", "list", "point", "by type", "wrapped"],
)
def test_the_average_of_the_night_is_read_however_it_was_saved(content: Any) -> None:
    """Never the value of the deep sleep, which is another quantity."""
    document = document_of(json.dumps(content), "points.json")
    assert GoogleHealth().identify(document) == "points"
    assert by_day(GoogleHealth().read(document, today=TODAY), RMSSD) == {DAY: 41.5}


def test_the_nights_mean_is_taken_from_samples_where_the_day_has_no_value() -> None:
    """A sample of the evening belongs to no night; a value of the day comes first."""
    (other,) = answer([sleep(ONSET, WAKE)])
    samples = [sample(ONSET + n * HOUR, 40 + n) for n in (1, 3)]
    late = sample(WAKE + 12 * HOUR, 99)
    for points, hrv in (([], 42), ([daily(DAY, 50)], 50)):
        (own,) = answer([*samples, late, *points])
        readings = GoogleHealth().read_together([own, other], today=TODAY)
        assert [by_day(reading, RMSSD) for reading in readings] == [{DAY: hrv}, {}]
        assert readings[0].skipped[f"{RMSSD} sample outside the night"] == 1


def test_two_devices_are_never_mixed() -> None:
    """The one with most samples in the night is read."""
    samples = [sample(ONSET + n * HOUR, 40, device="Band") for n in (1, 2)]
    reading = read([sleep(ONSET, WAKE), *samples, sample(ONSET + 3 * HOUR, 90, device="Watch")])
    assert by_day(reading, RMSSD) == {DAY: 40}


@pytest.mark.parametrize("platform", ["HEALTH_KIT", "HEALTH_CONNECT"])
def test_what_was_copied_from_another_app_is_left_out(platform: str) -> None:
    """A mirrored value may be SDNN under another name."""
    reading = read([daily(DAY, 41, platform), daily(DAY + timedelta(days=1), 44)])
    assert by_day(reading, RMSSD) == {DAY + timedelta(days=1): 44}
    assert reading.skipped["point that was copied from another app"] == 1


def test_numbers_may_be_text_and_a_civil_time_wins_over_the_offset() -> None:
    """A zero is left out of a civil time: without hours it is midnight."""
    resting = {"date": day_of(DAY), "beatsPerMinute": "54"}
    one, two = sleep(ONSET, WAKE), sample(ONSET + HOUR, 40, zone=False)
    one["sleep"]["interval"] = {
        "startTime": "2025-05-03T12:00:00Z",
        "endTime": "2025-05-03T20:00:00Z",
        "endUtcOffset": "0s",
        "civilEndTime": {"date": day_of(DAY), "time": {"hours": 8}},
    }
    two["heartRateVariability"]["sampleTime"] = {
        "physicalTime": "2025-05-03T12:00:00Z",
        "civilTime": {"date": day_of(DAY), "time": {}},
    }
    reading = read([one, two, point({"dailyRestingHeartRate": resting})])
    assert by_day(reading, RMSSD) == {DAY: 40}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {DAY: 54}


def test_a_zero_is_missing_and_an_impossible_sample_is_left_out() -> None:
    """The others of its night count; so with an oxygen saturation of exactly 50."""
    samples = [sample(ONSET + n * HOUR, rmssd) for n, rmssd in enumerate((0, 900, 40, 44), 1)]
    when = samples[0]["heartRateVariability"]["sampleTime"]
    spo2 = point({"oxygenSaturation": {"sampleTime": when, "percentage": 50}})
    reading = read([sleep(ONSET, WAKE), *samples, spo2])
    assert by_day(reading, RMSSD) == {DAY: 42}
    assert by_day(reading, Metric.SPO2_PCT) == {}
    assert "900" in reading.warnings[0]


def test_a_nap_is_no_night_and_a_sleep_typed_in_by_hand_neither() -> None:
    """However long it was."""
    hand = sleep(ONSET - 20 * HOUR, WAKE - 20 * HOUR)
    hand["dataSource"]["recordingMethod"] = "MANUAL"
    nap = sleep(WAKE + 5 * HOUR, WAKE + 6 * HOUR, nap=True)
    reading = read([hand, nap, sample(WAKE + 5.5 * HOUR, 60)])
    assert by_day(reading, RMSSD) == {}
    assert by_day(reading, Metric.NAP_MIN) == {DAY: 60}


def test_a_point_without_a_date_is_a_fault() -> None:
    """A night on no day is none."""
    one = daily(DAY, 41)
    del one["dailyHeartRateVariability"]["date"]
    assert "must have a date" in read([one]).problems[0].why


@pytest.mark.parametrize("year", [10**30, 2026.5, "x", None, []])
def test_an_impossible_date_is_a_fault(year: object) -> None:
    """Nothing is raised; so with a platform that is not a name."""
    one = daily(DAY, 41)
    one["dataSource"]["platform"] = ["FITBIT"]
    one["dailyHeartRateVariability"]["date"]["year"] = year
    assert "not a date" in read([one]).problems[0].why


def test_data_points_of_another_program_are_not_googles() -> None:
    """The word is an everyday one."""
    content = json.dumps({"dataPoints": [{"x": 1, "hrv": 41}]})
    assert GoogleHealth().identify(document_of(content)) is None

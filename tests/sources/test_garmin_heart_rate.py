"""Garmin's heart rate of the day: a file of samples beside the sleep that says when one woke."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.kit.protocol import Document
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
WOKE = datetime.fromisoformat("2025-05-04T07:00:00+02:00")


def sleep() -> Document:
    """The night before DAY, eight hours."""
    start, end = (int(at.timestamp() * 1000) for at in (WOKE - timedelta(hours=8), WOKE))
    offset = 2 * 3_600_000
    night = {
        "calendarDate": str(DAY), "sleepTimeSeconds": 27000,
        "sleepStartTimestampGMT": start, "sleepEndTimestampGMT": end,
        "sleepStartTimestampLocal": start + offset, "sleepEndTimestampLocal": end + offset,
    }  # fmt: skip
    return document_of(json.dumps({"dailySleepDTO": night, "avgOvernightHrv": 50}), "sleep.json")


def rates(hours: float, *, is_turned: bool = False, **changes: Any) -> Document:
    """Heart rates of 50 in the night and of 70 after it, every two minutes."""
    start = WOKE - timedelta(hours=7)
    values: list[list[Any]] = []
    for i in range(int((7 + hours) * 30)):
        at = start + timedelta(minutes=2 * i)
        pair = [int(at.timestamp() * 1000), None if i % 9 == 4 else 50 if at < WOKE else 70]
        values.append(pair[::-1] if is_turned else pair)
    content = {
        "calendarDate": str(DAY),
        "restingHeartRate": 49,
        "heartRateValueDescriptors": [
            {"key": "timestamp", "index": int(is_turned)},
            {"key": "heartrate", "index": int(not is_turned)},
        ],
        "heartRateValues": values,
    }
    return document_of(json.dumps(content | changes), "heart.json")


def read(*documents: Document) -> tuple[Reading, ...]:
    """Read files of one import."""
    return registry.read_all(documents, today=TODAY).readings


@pytest.mark.parametrize("is_turned", [False, True])
def test_the_hours_awake_count(is_turned: bool) -> None:
    """Columns are those the descriptors name; a running day is read so far."""
    heart = rates(9, is_turned=is_turned)
    for documents in ([sleep(), heart], [heart, sleep()]):
        (reading,) = [r for r in read(*documents) if r.kind == "daily_heart_rate"]
        found = {m.metric: m for m in reading.measurements}
        assert found[Metric.WAKING_HR_BPM].value == pytest.approx(70)
        assert found[Metric.WAKING_HR_BPM].start_at == WOKE
        assert found[Metric.WAKING_HR_BPM].end_at == WOKE + timedelta(hours=9)
        assert found[Metric.RESTING_HR_BPM].value == 49


def test_without_the_sleep_a_warning_says_what_is_missing() -> None:
    """The resting heart rate is read all the same."""
    (reading,) = read(rates(9))
    assert [m.metric for m in reading.measurements] == [Metric.RESTING_HR_BPM]
    assert any("import the sleep files together" in warning for warning in reading.warnings)


@pytest.mark.parametrize(
    "values", [[[None, 70]], [[1746334800000]], ["x"], [["now", 70]], [{"a": 1}], [7]]
)
def test_a_damaged_sample_is_counted(values: list[Any]) -> None:
    """It refuses nothing."""
    (reading,) = read(rates(9, heartRateValues=values))
    assert reading.skipped == {"heart rate that cannot be read": 1}
    assert reading.problems == ()


def test_stress_is_stored_and_less_than_zero_is_none() -> None:
    """By the field of Connect's summary, or the list of the account's export."""
    day = {"calendarDate": "2025-05-04", "restingHeartRate": 50, "totalSteps": 5000}
    for level, expected in ((24, {DAY: 24}), (0, {DAY: 0}), (-1, {}), (-2, {}), (None, {})):
        total = {"aggregatorList": [{"type": "AWAKE", "averageStressLevel": 9},
                                    {"type": "TOTAL", "averageStressLevel": level}]}  # fmt: skip
        for content in (day | {"averageStressLevel": level}, day | {"allDayStress": total}):
            (reading,) = read(document_of(json.dumps(content), "day.json"))
            assert by_day(reading, Metric.STRESS_LEVEL) == expected
            assert reading.warnings == ()

"""COROS: the night's mean on the day of waking, never the vendor's own range."""

import json
from datetime import date
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.coros import Coros
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
RMSSD = Metric.HRV_RMSSD_MS
ROW = {"happenDay": 20250504, "avgSleepHrv": 48, "sleepHrvBase": 55, "rhr": 51}


def read(content: Any) -> Reading:
    """Read a JSON file of this."""
    return Coros().read(document_of(json.dumps(content), "coros.json"), today=TODAY)


@pytest.mark.parametrize(
    "content",
    [
        [ROW],
        {"dayList": [ROW]},
        {"result": "0000", "message": "OK", "data": {"dayList": [ROW]}},
        {"data": {"summaryInfo": {"rhr": 50, "sleepHrvData": {**ROW, "sleepHrvList": [ROW]}}}},
        [{**ROW, "happenDay": "20250504"}],
    ],
    ids=["rows", "list", "answer", "dashboard", "text"],
)
def test_a_day_is_found_however_deep_it_lies(content: Any) -> None:
    """The resting heart rate of a summary without a day is not read."""
    assert Coros().identify(document_of(json.dumps(content))) == "days"
    reading = read(content)
    assert by_day(reading, RMSSD) == {DAY: 48}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {DAY: 51}


@pytest.mark.parametrize("hrv", [None, 0, -1])
def test_a_night_without_hrv_is_missing(hrv: object) -> None:
    """However it is written."""
    assert by_day(read([{**ROW, "avgSleepHrv": hrv}]), RMSSD) == {}


@pytest.mark.parametrize("day", ["2025", 20251301, None, [], 10**30])
def test_an_impossible_day_is_a_fault(day: object) -> None:
    """With its value."""
    assert "not a date" in read([{**ROW, "happenDay": day}]).problems[0].why

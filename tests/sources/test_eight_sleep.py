"""Eight Sleep: the night's own RMSSD, on the day of waking that the answer names."""

import json
from datetime import date
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.eight_sleep import EightSleep
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
HRV = {"score": 88, "current": 46.2, "average": 44.0}
ROW = {"day": "2025-05-04", "sleepDuration": 25800, "sleepQualityScore": {"hrv": HRV}}


def read(content: Any) -> Reading:
    """Read a JSON file of this."""
    return EightSleep().read(document_of(json.dumps(content), "trends.json"), today=TODAY)


@pytest.mark.parametrize("content", [{"days": [ROW]}, {"days": [ROW], "avgScore": 80}, [ROW], ROW])
def test_the_current_value_is_the_nights(content: Any) -> None:
    """Its score and its average of weeks are other things; a heart rate asleep is no resting."""
    assert EightSleep().identify(document_of(json.dumps(content))) == "trends"
    reading = read(content)
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 46.2}
    assert by_day(reading, Metric.ASLEEP_MIN) == {DAY: 430}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}


def test_a_day_that_is_still_processed_is_left_out() -> None:
    """Its values change."""
    reading = read([{**ROW, "processing": True}])
    assert reading.measurements == ()
    assert reading.skipped["day that was still being processed"] == 1


@pytest.mark.parametrize("day", ["", None, "4 May", 1e9, []])
def test_a_day_without_a_date_is_a_fault(day: object) -> None:
    """A night on no day is none."""
    assert read([{**ROW, "day": day}]).problems

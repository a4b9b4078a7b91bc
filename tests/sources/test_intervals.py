"""Intervals.icu: a value of today is today's, and RMSSD is not SDNN."""

import json
from datetime import date
from itertools import permutations
from typing import Any

from hrvctl.records import Metric, Reading
from hrvctl.sources.intervals import Intervals
from sources.exports import DATA, by_day, document_of, open_one

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)


def record(day: str = "2025-05-04", **changes: Any) -> dict[str, Any]:
    """Write one day as the API has it."""
    plain = {"id": day, "restingHR": 50, "hrv": 57.0, "hrvSDNN": None, "tempRestingHR": False}
    return plain | changes


def read(*records: dict[str, Any]) -> Reading:
    """Read an answer of these days."""
    return Intervals().read(document_of(json.dumps(records)), today=TODAY)


def test_a_resting_heart_rate_carried_forward_is_not_todays() -> None:
    """It was measured on an earlier day, and belongs to that alone."""
    assert by_day(read(record(tempRestingHR=True)), Metric.RESTING_HR_BPM) == {}
    assert by_day(read(record()), Metric.RESTING_HR_BPM) == {DAY: 50}


def test_rmssd_and_sdnn_stay_apart() -> None:
    """Each under its own name; one is never made of the other."""
    only_sdnn = read(record(hrv=None, hrvSDNN=66.0))
    assert by_day(only_sdnn, Metric.HRV_SDNN_MS) == {DAY: 66}
    assert by_day(only_sdnn, Metric.HRV_RMSSD_MS) == {}


def test_of_two_records_of_a_day_the_one_updated_last_counts() -> None:
    """In whatever order they stand."""
    hours = {"06": 57.0, "09": 51.0, "08": 48.0}
    records = [record(hrv=v, updated=f"2025-05-04T{h}:00:00.000+00:00") for h, v in hours.items()]
    for order in permutations(records):
        assert by_day(read(*order), Metric.HRV_RMSSD_MS) == {DAY: 51}


def test_zero_is_missing_and_an_impossible_hrv_a_fault() -> None:
    """A day without HRV is a day; one of 4,000 ms is not."""
    assert by_day(read(record(hrv=0)), Metric.HRV_RMSSD_MS) == {}
    assert [p.column for p in read(record(hrv=4000)).problems] == ["hrv"]
    assert [p.column for p in read(record(day="2025-13-04")).problems] == ["id"]


def test_a_fault_in_an_object_names_the_object_and_no_line() -> None:
    """The second of a list is on whatever line it is on."""
    (problem,) = read(record(), record(day="2025-05-05", hrv=4000)).problems
    assert ", object 2: hrv '4000': not within" in str(problem)


def test_csv_and_json_say_the_same() -> None:
    """The same days in both forms."""
    found = [
        by_day(
            Intervals().read(open_one(DATA / "intervals" / name), today=TODAY), Metric.HRV_RMSSD_MS
        )
        for name in ("wellness.csv", "wellness.json")
    ]
    assert found[0] == found[1] == {DAY: 57, date(2025, 5, 6): 51}

"""Fitbit's Takeout: dates as written, new before old, and nothing of other devices."""

import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.errors import DataError
from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.fitbit.source import Fitbit
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.kit.protocol import Document
from sources.exports import DATA, by_day, document_of, fixtures

TODAY = date(2025, 5, 10)
HRV = Metric.HRV_RMSSD_MS
OLD = "timestamp,rmssd,nremhr,entropy\n"
NEW = (
    "timestamp,average heart rate variability milliseconds,non rem heart rate beats per minute,"
    "entropy,deep sleep root mean square of successive differences milliseconds,data source\n"
)
DETAILS = "timestamp,rmssd,coverage,low_frequency,high_frequency\n2025-05-04T01:05:00,38,0.98,9,8\n"


def old(*rows: tuple[date, float], name: str = "summary.csv") -> Document:
    """Write a file of the old folder."""
    lines = [f"{day}T00:00:00,{hrv},50.1,2.7\n" for day, hrv in rows]
    return document_of(OLD + "".join(lines), name)


def new(*rows: tuple[date, float], device: str = "Fitbit", hour: str = "00") -> Document:
    """Write a file of the new folder."""
    lines = [f"{day}T{hour}:00:00Z,{hrv},51.0,2.5,28.9,{device}\n" for day, hrv in rows]
    return document_of(NEW + "".join(lines), "daily.csv")


def night(log_id: int, day: str, asleep: int, **changes: Any) -> dict[str, Any]:
    """Write one sleep of the JSON files."""
    return {
        "logId": log_id, "dateOfSleep": day, "minutesAsleep": asleep, "minutesAwake": 40,
        "timeInBed": asleep + 40, "efficiency": 92, "type": "stages", "mainSleep": True,
        "levels": {"summary": {"deep": {"minutes": 70}, "rem": {"minutes": 90}}},
    } | changes  # fmt: skip


def read(*documents: Document) -> list[Reading]:
    """Read files of one Takeout."""
    return Fitbit().read_together(documents, today=TODAY)


def all_by_day(readings: list[Reading], metric: Metric) -> dict[date, float]:
    """Lay one metric of several readings by day; each day is told once."""
    told = [m for reading in readings for m in reading.measurements if m.metric is metric]
    found = {m.day: m.value for m in told}
    assert len(found) == len(told)
    return found


@pytest.mark.parametrize("hour", ["00", "12", "23"])
def test_the_date_is_taken_as_written(hour: str) -> None:
    """A Z behind a daily stamp is decoration: no zone moves the night to another day."""
    day = date(2025, 5, 4)
    assert all_by_day(read(new((day, 31.4), hour=hour)), HRV) == {day: 31.4}
    assert all_by_day(read(old((day, 31.4))), HRV) == {day: 31.4}


DAYS = st.integers(0, 40).map(lambda n: date(2025, 3, 1) + timedelta(days=n))
NIGHTS = st.dictionaries(DAYS, st.integers(20, 90).map(float), max_size=20)


@given(of_old=NIGHTS, of_new=NIGHTS, order=st.booleans())
@settings(max_examples=50, deadline=None)
def test_the_new_file_wins_and_no_day_counts_twice(
    of_old: dict[date, float], of_new: dict[date, float], order: bool
) -> None:
    """Whichever is opened first, and whatever days both hold."""
    documents = [old(*of_old.items()), new(*of_new.items())]
    readings = read(*(documents if order else documents[::-1]))
    assert all_by_day(readings, HRV) == of_old | of_new


def test_old_files_that_repeat_a_date_tell_it_once() -> None:
    """A month's file beside the day's, each with a day in its name that means nothing."""
    first = old((date(2025, 5, 3), 40), (date(2025, 5, 4), 37.5), name="x - 2024-07-.csv")
    second = old((date(2025, 5, 4), 37.5), name="x - 2024-07-(21).csv")
    readings = read(first, second)
    assert all_by_day(readings, HRV) == {date(2025, 5, 3): 40, date(2025, 5, 4): 37.5}
    assert readings[1].skipped == {"day that another file has": 1}


def test_zero_is_no_hrv() -> None:
    """In the new file and in the old one."""
    day = date(2025, 5, 4)
    for document in (new((day, 0)), old((day, 0.0))):
        (reading,) = read(document)
        assert reading.measurements == ()
        assert reading.problems == ()


@pytest.mark.parametrize(
    "device", ["Apple Watch", "Health Kit", "HealthKit", "Health Connect (Pixel)"]
)
def test_another_devices_hrv_is_left_out(device: str) -> None:
    """It may be SDNN, and is in no case Fitbit's."""
    (reading,) = read(new((date(2025, 5, 4), 88.2), device=device))
    assert reading.measurements == ()
    assert list(reading.skipped.values()) == [1]
    assert read(new((date(2025, 5, 4), 40), device="Fitbit Air"))[0].measurements


def test_the_hrv_of_deep_sleep_is_not_that_of_the_night() -> None:
    """Two columns of milliseconds stand side by side; the night's mean is taken."""
    assert all_by_day(read(new((date(2025, 5, 4), 31.4))), HRV) == {date(2025, 5, 4): 31.4}


@pytest.mark.parametrize("hrv", ["-5", "4000", "abc"])
def test_an_impossible_hrv_refuses_the_file(hrv: str) -> None:
    """With its line and value."""
    document = document_of(f"{OLD}2025-05-03T00:00:00,40,50,2\n2025-05-04T00:00:00,{hrv},50,2\n")
    (problem,) = read(document)[0].problems
    assert (problem.line, problem.column, problem.value) == (3, "rmssd", hrv)


def test_five_minute_values_make_no_night() -> None:
    """Where the daily file is there they are passed over; where it is not, that is said."""
    details = document_of(DETAILS, "details.csv")
    (alone,) = read(details)
    assert alone.measurements == ()
    assert "Daily Heart Rate Variability Summary" in alone.warnings[0]
    beside, _ = read(details, old((date(2025, 5, 4), 40)))
    assert beside.warnings == ()


def test_a_heart_rate_of_every_second_is_not_the_resting_one() -> None:
    """The two files have the very same header; only one of them has one row a day."""
    header = "timestamp,beats per minute,data source\n"
    second = header + "".join(f"2025-05-04T00:00:0{n}Z,6{n},Fitbit\n" for n in range(5))
    daily = header + "".join(f"2025-05-0{n}T00:00:00Z,5{n},Fitbit\n" for n in range(1, 5))
    assert Fitbit().identify(document_of(second)) == "heart_rate_samples"
    assert Fitbit().identify(document_of(daily)) == "resting_hr_daily"


def test_a_resting_heart_rate_has_a_us_date() -> None:
    """Month, day, year; and 0 with no date is none."""
    days = [
        {"dateTime": "05/04/25 00:00:00", "value": {"date": "05/04/25", "value": 58.2, "error": 6}},
        {"dateTime": "05/05/25 00:00:00", "value": {"date": None, "value": 0.0, "error": 0.0}},
    ]
    (reading,) = read(document_of(json.dumps(days), "resting_heart_rate-2025-05-01.json"))
    assert by_day(reading, Metric.RESTING_HR_BPM) == {date(2025, 5, 4): 58.2}
    (reading,) = read(document_of(json.dumps(days).replace("05/04/25", "25/13/99")))
    assert reading.problems


def test_sleeps_on_the_border_of_two_files_count_once() -> None:
    """The same log stands in both; a nap that does so is not slept twice."""
    rows = [night(1, "2025-05-04", 400), night(2, "2025-05-04", 50, mainSleep=False)]
    readings = read(*(document_of(json.dumps(rows), f"sleep-{n}.json") for n in range(2)))
    assert all_by_day(readings, Metric.ASLEEP_MIN) == {date(2025, 5, 4): 400}
    assert all_by_day(readings, Metric.NAP_MIN) == {date(2025, 5, 4): 50}


def test_the_main_sleep_is_the_one_fitbit_names() -> None:
    """Even where another sleep of the day lasted longer; a classic log has no stages."""
    rows = [
        night(1, "2025-05-04", 200, type="classic"),
        night(2, "2025-05-04", 300, mainSleep=False),
    ]
    (reading,) = read(document_of(json.dumps(rows)))
    assert by_day(reading, Metric.ASLEEP_MIN) == {date(2025, 5, 4): 200}
    assert by_day(reading, Metric.DEEP_MIN) == {}
    assert all(m.start_at is None for m in reading.measurements)


def test_a_saturation_of_exactly_fifty_is_none() -> None:
    """It is what Fitbit writes where it could not measure."""
    text = "timestamp,average_value,lower_bound,upper_bound\n2025-05-04T00:00:00Z,50.0,50,50\n"
    (reading,) = read(document_of(text))
    assert reading.measurements == ()


def test_a_whole_takeout_is_imported_past_its_other_files(tmp_path: Path) -> None:
    """Hundreds of files that speak of no night are nobody's, and nobody's fault."""
    path = tmp_path / "takeout-20250510T080000Z-001.zip"
    others = {
        "Takeout/Fitbit/Global Export Data/steps-2024-07-01.json":
            '[{"dateTime":"07/21/24 00:00:00","value":"12"}]',
        "Takeout/Fitbit/Biometrics/Biometrics Readme.txt": "Glucose values, if any.\n",
        "Takeout/Fitbit/Biometrics/Glucose 202407.csv": "no data\n",
        "Takeout/archive_browser.html": "<!DOCTYPE html>\n",
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in others.items():
            archive.writestr(name, content)
        for fixture in fixtures("fitbit"):
            if not fixture.name.startswith("web_api"):
                archive.write(fixture, f"Takeout/Fitbit/{fixture.name}")
    found = registry.read_all(open_documents(path), today=TODAY)
    assert {name.removeprefix(f"{path.name}/") for name in found.unread} == set(others)
    assert {reading.source for reading in found.readings} == {"fitbit"}
    days = all_by_day(list(found.readings), HRV)
    assert days[date(2024, 7, 24)] == 41.1
    assert len(days) == 5


def test_the_name_of_a_file_means_nothing() -> None:
    """Renamed, every file is still what it is."""
    for path in fixtures("fitbit"):
        renamed = document_of(path.read_bytes(), "2019-01-01 (3).txt")
        source, kind = registry.identify(renamed)
        assert (source.name, kind) == ("fitbit", Fitbit().identify(renamed))
    with pytest.raises(DataError):
        registry.identify(document_of("timestamp,bucket_values\n", str(DATA)))


def answer(*days: object) -> Document:
    """A saved answer of HRV by day."""
    return document_of(json.dumps({"hrv": list(days)}), "hrv.json")


def test_the_web_api_gives_the_whole_nights_hrv() -> None:
    """Not that of deep sleep; with many answers in a list, or under dates, as in one."""
    day = {"dateTime": "2025-05-03", "value": {"dailyRmssd": 37.9, "deepRmssd": 60}}
    (alone,) = Fitbit().read_together([answer(day)], today=TODAY)
    assert by_day(alone, HRV) == {date(2025, 5, 3): 37.9}
    for many in ([{"hrv": [day]}, {"hrv": [day]}], {"2025-05-03": {"hrv": [day]}}, [day]):
        reading = Fitbit().read(document_of(json.dumps(many)), today=TODAY)
        assert by_day(reading, HRV) == by_day(alone, HRV)


def test_five_minutes_of_the_web_api_count_where_no_day_does() -> None:
    """Their mean is another quantity than Fitbit's night, so that the two are never one series."""
    samples = [{"minute": "2025-05-02T23:55:00.000", "value": {"rmssd": x}} for x in (30, 50)]
    minutes = answer({"dateTime": "2025-05-03", "minutes": samples})
    (alone,) = Fitbit().read_together([minutes], today=TODAY)
    assert by_day(alone, HRV) == {date(2025, 5, 3): 40}
    assert "mean of the values of five minutes" in alone.warnings[0]
    day = answer({"dateTime": "2025-05-04", "value": {"dailyRmssd": 37.9}})
    together = Fitbit().read_together([minutes, day], today=TODAY)
    assert all_by_day(together, HRV) == {date(2025, 5, 4): 37.9}

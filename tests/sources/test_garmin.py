"""Garmin's JSON and GarminDB: the day is Garmin's, zeros are nothing, weeks are no nights."""

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.garmin.source import Garmin
from sources.exports import DATA, by_day, document_of, open_one

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
HRV = Metric.HRV_RMSSD_MS


def read(content: Any) -> Reading:
    """Read a JSON file of this."""
    return Garmin().read(document_of(json.dumps(content), "garmin.json"), today=TODAY)


def health(value: float | None, status: str = "IN_RANGE", **changes: Any) -> dict[str, Any]:
    """Write a day of the account's export with one metric."""
    metric = {"type": "HRV", "value": value, "status": status}
    return {"calendarDate": "2025-05-04", "metrics": [metric]} | changes


@pytest.mark.parametrize("status", ["UNKNOWN", "ONBOARDING", "IN_RANGE"])
@pytest.mark.parametrize("value", [0.0, None, -1.0])
def test_a_zero_or_less_than_nothing_is_no_hrv(value: float | None, status: str) -> None:
    """Whatever the status says beside it."""
    reading = read([health(value, status)])
    assert reading.measurements == ()
    assert reading.problems == ()


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_records_of_a_day_the_one_updated_last_counts(order: int) -> None:
    """Wherever it stands in the file."""
    records = [
        health(51.0, updateTimestampUTC="2025-05-04T05:31:00.0"),
        health(57.0, updateTimestampUTC="2025-05-04T09:31:00.0"),
    ]
    assert by_day(read(records[::order]), HRV) == {DAY: 57}


def test_minus_one_is_a_temperature_change_like_any_other() -> None:
    """Of what cannot be below zero it says that nothing was measured, and needs no word."""
    metrics = [
        {"type": "SKIN_TEMP_C", "value": -1.0, "status": "IN_RANGE"},
        {"type": "SPO2", "value": -1, "status": "UNKNOWN"},
    ]
    reading = read([health(None, metrics=metrics)])
    assert by_day(reading, Metric.SKIN_TEMP_DEVIATION_C) == {DAY: -1}
    assert len(reading.measurements) == 1
    assert reading.warnings == ()


def test_the_heart_rate_of_the_night_is_not_the_resting_one() -> None:
    """`HR` of healthStatusData is measured asleep; the resting one comes from the day's summary."""
    metric = {"type": "HR", "value": 50.0, "status": "IN_RANGE"}
    reading = read([health(None, metrics=[metric])])
    assert {m.metric for m in reading.measurements} == {Metric.NIGHT_HR_BPM}


def test_a_temperature_of_zero_is_a_deviation_unless_nothing_was_measured() -> None:
    """0.0 within range is a night like the others; 0.0 unknown is none."""
    for status, expected in (("IN_RANGE", {DAY: 0.0}), ("UNKNOWN", {})):
        metric = {"type": "SKIN_TEMP_C", "value": 0.0, "status": status}
        reading = read([health(None, metrics=[metric])])
        assert by_day(reading, Metric.SKIN_TEMP_DEVIATION_C) == expected


@pytest.mark.parametrize("shape", ["one", "list", "by day", "lines"])
def test_every_shape_of_garminconnects_answers_is_read(shape: str) -> None:
    """One day a file, a list, days by their date, a line a day; null where there is nothing."""
    answer = {"hrvSummary": {"calendarDate": "2025-05-04", "weeklyAvg": 55, "lastNightAvg": 57},
              "hrvReadings": []}  # fmt: skip
    text = {
        "one": json.dumps(answer),
        "list": json.dumps([None, answer]),
        "by day": json.dumps({"2025-05-04": answer, "2025-05-05": None}),
        "lines": f"{json.dumps(answer)}\n{json.dumps(answer)}\n",
    }[shape]
    assert by_day(Garmin().read(document_of(text), today=TODAY), HRV) == {DAY: 57}


def test_the_mean_of_seven_nights_is_never_a_night() -> None:
    """A night whose own mean is missing has none."""
    summary = {"calendarDate": "2025-05-04", "weeklyAvg": 55, "lastNightAvg": None}
    assert by_day(read({"hrvSummary": summary, "hrvReadings": []}), HRV) == {}


@pytest.mark.parametrize("nothing", [511, 511.0, 511.9921875])
def test_the_largest_number_a_watch_can_write_is_no_hrv(nothing: float) -> None:
    """65535 / 128 is how an invalid field comes out; it does not make the file faulty."""
    summary = {"calendarDate": "2025-05-04", "lastNightAvg": nothing}
    reading = read({"hrvSummary": summary, "hrvReadings": []})
    assert (reading.measurements, reading.problems) == ((), ())


@pytest.mark.parametrize(
    ("offset_h", "onset"), [(14, "2025-05-04 11:40:00+14:00"), (-10, "2025-05-03 11:40:00-10:00")]
)
def test_a_window_is_told_in_the_zone_the_person_was_in(offset_h: int, onset: str) -> None:
    """The difference of Garmin's two clocks is the zone; the day stays the one Garmin gives."""
    start, length = 1_746_308_400_000, 27_000_000
    dto = {
        "calendarDate": "2025-05-04", "sleepTimeSeconds": 25_200,
        "sleepStartTimestampGMT": start, "sleepEndTimestampGMT": start + length,
        "sleepStartTimestampLocal": start + offset_h * 3_600_000,
        "sleepEndTimestampLocal": start + length + offset_h * 3_600_000,
    }  # fmt: skip
    (asleep,) = read({"dailySleepDTO": dto}).measurements
    assert asleep.day == DAY
    assert str(asleep.start_at) == onset


def test_stamps_that_are_utc_alone_give_no_hours() -> None:
    """A file that says when in UTC, and not where: a bedtime of 21:40 would be wrong in Berlin."""
    reading = Garmin().read(open_one(DATA / "garmin" / "sleep_data.json"), today=TODAY)
    assert {(m.start_at, m.end_at) for m in reading.measurements} == {(None, None)}


@pytest.mark.parametrize(
    "raw", [1_746_316_800_000, {"date": "May 4, 2025 12:00:00 AM"}, "2025-05-04"]
)
def test_a_calendar_date_is_read_in_every_spelling(raw: object) -> None:
    """Text, an object with words, and milliseconds."""
    summary = {"calendarDate": raw, "restingHeartRate": 50, "totalSteps": 1}
    assert by_day(read([summary]), Metric.RESTING_HR_BPM) == {DAY: 50}


def database(path: Path, script: str) -> bytes:
    """Make a database and return its bytes."""
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
    connection.close()
    return path.read_bytes()


HRV_TABLE = (
    "CREATE TABLE hrv_status_summary (day DATETIME, weekly_average FLOAT, last_night FLOAT,"
    " last_night_average FLOAT);"
)


@pytest.mark.parametrize("night", ["57.0, 84.0", "84.0, 57.0", "57.0, NULL"])
def test_the_mean_of_a_night_is_never_its_highest_five_minutes(night: str, tmp_path: Path) -> None:
    """GarminDB 4 calls the highest `last_night_average`; a mean is the smaller of the two."""
    rows = "INSERT INTO hrv_status_summary VALUES ('2025-05-04 06:55:00.000000', 55, NIGHT);"
    content = database(tmp_path / "hrv.db", HRV_TABLE + rows.replace("NIGHT", night))
    assert by_day(Garmin().read(document_of(content), today=TODAY), HRV) == {DAY: 57}


def test_what_the_watch_noted_is_read_as_garmin_db_stores_it(tmp_path: Path) -> None:
    """Its monitoring database names the mean `last_night` and the highest `last_night_average`."""
    script = (
        "CREATE TABLE monitoring_hrv_status (timestamp DATETIME PRIMARY KEY, weekly_average FLOAT,"
        " last_night FLOAT, last_night_average FLOAT, baseline_low FLOAT, status INTEGER);"
        "INSERT INTO monitoring_hrv_status VALUES"
        " ('2025-05-04 06:55:00.000000', 55, 57, 84, 40, 4),"
        " ('2025-05-05 06:40:00.000000', 55, NULL, NULL, 40, 0);"
    )
    content = database(tmp_path / "monitoring.db", script)
    assert Garmin().identify(document_of(content)) == "database"
    assert by_day(Garmin().read(document_of(content), today=TODAY), HRV) == {DAY: 57}


def test_five_minutes_alone_make_a_night_as_long_as_one(tmp_path: Path) -> None:
    """Without the night's own value; where that is, it counts."""
    table = "CREATE TABLE monitoring_hrv_value (timestamp DATETIME PRIMARY KEY, hrv FLOAT);"
    row = "INSERT INTO monitoring_hrv_value VALUES ('2025-05-0{} {}:10:00.000000', {});"
    values = ((3, 23, 50), (4, "02", 60), (4, "05", 70), (4, 14, 99), (4, 15, 99))
    script = table + "".join(row.format(*value) for value in values)
    content = database(tmp_path / "values.db", script)
    assert by_day(Garmin().read(document_of(content), today=TODAY), HRV) == {DAY: 60}
    night = "INSERT INTO hrv_status_summary VALUES ('2025-05-04', 55, 57, 84);"
    both = database(tmp_path / "both.db", script + HRV_TABLE + night)
    assert by_day(Garmin().read(document_of(both), today=TODAY), HRV) == {DAY: 57}


def test_a_database_left_open_by_another_program_is_read(tmp_path: Path) -> None:
    """Its header asks for a file beside it (WAL); what stands in it is read all the same."""
    rows = "INSERT INTO hrv_status_summary VALUES ('2025-05-04', 55, 57, 84);"
    content = database(tmp_path / "hrv.db", f"PRAGMA journal_mode = WAL; {HRV_TABLE}{rows}")
    assert content[18:20] == b"\x02\x02"
    assert by_day(Garmin().read(document_of(content), today=TODAY), HRV) == {DAY: 57}


def test_reading_a_database_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    """No journal, no lock, no change of the file."""
    path = tmp_path / "garmin.db"
    path.write_bytes((DATA / "garmin" / "garmin_3.db").read_bytes())
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert Garmin().read(open_one(path), today=TODAY).measurements
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [child.name for child in tmp_path.iterdir()] == ["garmin.db"]


def test_a_database_of_somebody_else_is_not_garmins(tmp_path: Path) -> None:
    """SQLite is the format of half the world; the tables must be GarminDB's."""
    script = "CREATE TABLE sleep (day TEXT, hrv REAL); CREATE TABLE hrv (id INTEGER, value REAL);"
    assert Garmin().identify(document_of(database(tmp_path / "x.db", script))) is None


def test_a_damaged_database_is_told_and_not_half_read() -> None:
    """Half of the file: a fault, with SQLite's own words."""
    content = (DATA / "garmin" / "garmin_3.db").read_bytes()
    reading = Garmin().read(document_of(content[: len(content) // 2]), today=TODAY)
    assert "the database cannot be read" in reading.problems[0].why
    assert reading.measurements == ()


def behaviours(*logs: dict[str, object]) -> dict[tuple[date, str], tuple[float, str]]:
    """Answers of lifestyle logging: value and unit by day and tag."""
    plain = {"behaviourName": "Alcohol", "status": "YES", "calendarDate": [2025, 5, 4]}
    document = document_of(json.dumps([{"dailyLogList": [plain | log for log in logs]}]))
    assert Garmin().identify(document) == "lifestyle"
    reading = Garmin().read(document, today=TODAY)
    return {(e.day, e.tag): (e.value, e.unit) for e in reading.journal}


def test_lifestyle_logging_is_a_journal_of_its_own_day() -> None:
    """A yes with its drinks, a no, and nothing where nothing was answered."""
    drinks = {"dailyLogDetailDTOList": [{"subTypeId": 1, "amount": 2}, {"amount": 1}]}
    assert behaviours(drinks) == {(DAY, "alcohol"): (3, "drinks")}
    assert behaviours({}) == {(DAY, "alcohol"): (1, "")}
    assert behaviours({"status": "NO"}) == {(DAY, "alcohol"): (0, "")}
    assert behaviours({"status": None}) == {}
    both = ({"behaviourName": "Late Meals", "status": status} for status in ("YES", "NO"))
    assert behaviours(*both) == {(DAY, "late_meal"): (1, "")}


@pytest.mark.parametrize(
    "header",
    ["date,hrvSummary_lastNightAvg", "last_night_avg,calendar_date", "date,som_avgOvernightHrv"],
)
def test_a_flattened_answer_is_known_in_any_spelling_and_order(header: str) -> None:
    """Of a table without the status too; the week's mean is never read."""
    cells = ["2025-05-04" if "date" in name else "57" for name in header.split(",")]
    table = document_of(f"{header},weekly_avg\n{','.join(cells)},61\n")
    assert Garmin().identify(table) == "flat_table"
    assert by_day(Garmin().read(table, today=TODAY), HRV) == {DAY: 57}

"""Health Connect: the night's mean of one app, on the local date of waking."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.health_connect.source import HealthConnect
from sources.exports import by_day, document_of, open_one, saved
from sources.health_connect_rows import HRV, Rows, app, database, sleep, spot, stages
from sources.nights_abroad import at

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
ZONE = "America/New_York"
RMSSD = Metric.HRV_RMSSD_MS
ONSET, WAKE = at("2025-05-03T23:40", ZONE), at("2025-05-04T07:40", ZONE)
RING, WATCH = app(1, "com.example.ring", "Ring"), app(2, "com.example.watch", "Watch")
CATEGORY = "health_data_category_priority_table"


def read(rows: Rows) -> Reading:
    """Read a database of these rows."""
    return HealthConnect().read(document_of(database(rows), "export.db"), today=TODAY)


def hours(n: float) -> timedelta:
    """Return a span of hours."""
    return timedelta(hours=n)


def night(hrv: float, days: int = 0, app: int = 1) -> Rows:
    """Make a night some days after the first, with two samples around its mean."""
    start, end = ONSET + timedelta(days=days), WAKE + timedelta(days=days)
    yield sleep(start, end, app=app)
    yield spot(start + hours(1), hrv - 2, app=app)
    yield spot(start + hours(5), hrv + 2, app=app)


def test_the_night_is_the_mean_of_the_samples_inside_the_sleep() -> None:
    """Samples of the afternoon and of a nap belong to no night, and are counted."""
    nap = sleep(at("2025-05-04T14:00", ZONE), at("2025-05-04T15:00", ZONE))
    by_day_light = [spot(at(f"2025-05-04T{clock}", ZONE), 101) for clock in ("14:40", "18:00")]
    reading = read([RING, *night(41), nap, *by_day_light])
    assert by_day(reading, RMSSD) == {DAY: 41}
    assert by_day(reading, Metric.NAP_MIN) == {DAY: 60}
    assert reading.skipped["RMSSD sample outside the night"] == 2
    (hrv,) = [m for m in reading.measurements if m.metric is RMSSD]
    assert (hrv.start_at, hrv.end_at) == (ONSET, WAKE)


def test_two_apps_are_never_mixed() -> None:
    """The app with more nights is read; nights of the other do not fill its gaps."""
    rows = [RING, WATCH, *night(41), *night(44, 1), *night(60, 1, app=2), *night(70, 2, app=2)]
    reading = read([*rows, *night(80, 3, app=2)])
    assert by_day(reading, RMSSD) == {
        DAY + timedelta(days=days): hrv for days, hrv in ((1, 60), (2, 70), (3, 80))
    }
    assert "left out: Ring (nights: 2)" in reading.warnings[0]


def test_the_order_of_the_phones_settings_chooses_the_app() -> None:
    """An app that comes first but has no HRV does not count."""
    order = (CATEGORY, {"health_data_category": 5, "app_id_priority_order": "3,2,1"})
    third = [app(3, "com.example.phone"), sleep(ONSET, WAKE, app=3)]
    rows = [RING, WATCH, *third, order, *night(41), *night(44, 1), *night(60, 1, app=2)]
    assert by_day(read(rows), RMSSD) == {DAY + timedelta(days=1): 60}


def test_an_app_without_sleep_has_the_windows_of_another() -> None:
    """Its samples are its own, and none of the other app's values are read."""
    samples = [spot(ONSET + hours(n), 50 + n, app=2) for n in (1, 3)]
    rows = [RING, WATCH, sleep(ONSET, WAKE), *samples, spot(WAKE + hours(5), 90, app=2)]
    reading = read(rows)
    assert [(m.day, m.metric, m.value) for m in reading.measurements] == [(DAY, RMSSD, 52)]
    assert any("Watch has no sleep; the nights are those of Ring" in w for w in reading.warnings)


@pytest.mark.parametrize("clock", ["07:55", "12:00"])
def test_one_value_a_day_at_waking_or_noon_is_the_nights_with_a_word(clock: str) -> None:
    """Some apps write a single value for the night, after it."""
    samples = [spot(at(f"2025-05-0{day}T{clock}", ZONE), 40 + day) for day in (4, 5)]
    reading = read([RING, sleep(ONSET, WAKE), *samples])
    assert by_day(reading, RMSSD) == {DAY: 44, date(2025, 5, 5): 45}
    assert any("one RMSSD a day; on 2 days" in w for w in reading.warnings)


@pytest.mark.parametrize("clock", ["12:01", "21:30", "00:30"])
def test_one_value_in_the_evening_is_no_night(clock: str) -> None:
    """Neither with a sleep nor without one."""
    for sleeps in ([], [sleep(ONSET + hours(2), WAKE)]):
        sample = spot(at(f"2025-05-04T{clock}", ZONE), 99)
        assert by_day(read([RING, *sleeps, sample]), RMSSD) == {}


def test_sessions_with_a_short_gap_are_one_night() -> None:
    """Up in the night: the samples on both sides count."""
    middle = ONSET + hours(4)
    sleeps = [sleep(ONSET, middle), sleep(middle + hours(0.5), WAKE)]
    samples = [spot(ONSET + hours(1), 40), spot(WAKE - hours(1), 60)]
    assert by_day(read([RING, *sleeps, *samples]), RMSSD) == {DAY: 50}


def test_stages_are_minutes_and_a_sleep_without_them_is_time_in_bed() -> None:
    """Awake minutes are not asleep."""
    marks = [ONSET + hours(n) for n in (0, 4, 5, 6, 7)]
    spans = [(a, b, kind) for a, b, kind in zip(marks, marks[1:], (4, 5, 1, 6), strict=False)]
    reading = read([RING, sleep(ONSET, WAKE, row_id=7), *stages(7, *spans)])
    found = {m.metric: m.value for m in reading.measurements}
    assert found == {
        Metric.LIGHT_MIN: 240,
        Metric.DEEP_MIN: 60,
        Metric.AWAKE_MIN: 60,
        Metric.REM_MIN: 60,
        Metric.ASLEEP_MIN: 360,
    }
    bare = read([RING, sleep(ONSET, WAKE)])
    assert {m.metric: m.value for m in bare.measurements} == {Metric.IN_BED_MIN: 480}


def test_a_sleep_typed_in_by_hand_is_no_night() -> None:
    """The phone marks it."""
    reading = read([RING, sleep(ONSET, WAKE, recording_method=3), spot(ONSET + hours(1), 40)])
    assert by_day(reading, Metric.IN_BED_MIN) == {}
    assert reading.skipped["sleep typed in by hand"] == 1


def test_a_zone_is_taken_from_a_sample_where_the_sleep_has_none() -> None:
    """The wake date is local either way."""
    start, end = (
        at("2025-05-03T23:00", "Pacific/Auckland"),
        at("2025-05-04T06:00", "Pacific/Auckland"),
    )
    rows = [RING, sleep(start, end, zone=False), spot(start + hours(1), 40)]
    assert end.astimezone(UTC).date() != DAY
    assert by_day(read(rows), RMSSD) == {DAY: 40}


@pytest.mark.parametrize("hours_east", [-13, 15, 23, 10**9])
def test_an_offset_that_no_time_zone_has_is_unknown(hours_east: int) -> None:
    """The night is dated by UTC, with a warning, and not by a wrong clock."""
    offset = {"start_zone_offset": hours_east * 3600, "end_zone_offset": hours_east * 3600}
    reading = read([RING, sleep(ONSET, WAKE, **offset), spot(ONSET + hours(1), 40, zone=False)])
    assert by_day(reading, RMSSD) == {DAY: 40}
    assert any("ended in UTC" in warning for warning in reading.warnings)


def test_a_zero_is_missing_and_an_impossible_sample_is_left_out() -> None:
    """The others of its night count."""
    samples = [spot(ONSET + hours(n), value) for n, value in enumerate((0, 900, 40, 44), 1)]
    reading = read([RING, sleep(ONSET, WAKE), *samples])
    assert by_day(reading, RMSSD) == {DAY: 42}
    assert "900" in reading.warnings[0]


def test_the_resting_heart_rate_is_the_last_of_its_local_date() -> None:
    """It has no window."""
    place = {"table": "resting_heart_rate_record_table", "column": "beats_per_minute"}
    rows = [spot(WAKE, 52, **place), spot(WAKE + hours(3), 51, **place)]
    reading = read([RING, *night(41), *rows])
    assert by_day(reading, Metric.RESTING_HR_BPM) == {DAY: 51}


def test_an_older_version_without_a_table_is_read(tmp_path: Path) -> None:
    """Columns and tables come and go; what is there is read, and the folder stays as it was."""
    path = saved(tmp_path / "export.db", database([*night(41)]))
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE sleep_stages_table")
        db.execute("DROP TABLE application_info_table")
        db.execute(f"ALTER TABLE {HRV} DROP COLUMN recording_method")
        db.commit()
    before = path.read_bytes()
    document = open_one(path)
    assert HealthConnect().identify(document) == "database"
    assert by_day(HealthConnect().read(document, today=TODAY), RMSSD) == {DAY: 41}
    assert (path.read_bytes(), [p.name for p in tmp_path.iterdir()]) == (before, ["export.db"])


def test_an_impossible_date_refuses_the_file() -> None:
    """A clock that was wrong puts nights on wrong days."""
    reading = read(
        [RING, sleep(datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, 7, tzinfo=UTC))]
    )
    assert "in the future" in reading.problems[0].why

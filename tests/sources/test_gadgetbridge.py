"""Gadgetbridge: one device's nights, by the tables of its maker."""

import struct
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.gadgetbridge.source import Gadgetbridge
from hrvctl.sources.kit.documents import open_documents
from sources.exports import by_day, document_of, saved, zipped
from sources.gadgetbridge_rows import Row, database, device, row, sleep_events

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
HRV = Metric.HRV_RMSSD_MS
START = datetime(2025, 5, 3, 22, 0, tzinfo=UTC)
END = datetime(2025, 5, 4, 5, 0, tzinfo=UTC)
SUMMARY, VALUE = "GARMIN_HRV_SUMMARY_SAMPLE", "GARMIN_HRV_VALUE_SAMPLE"
HOUR = timedelta(hours=1)


def read(rows: Iterable[Row]) -> Reading:
    """Read a database."""
    document = document_of(database(rows))
    assert Gadgetbridge().identify(document) == "database"
    return Gadgetbridge().read(document, today=TODAY)


def summary(at: datetime, mean: int | None, key: int = 1) -> Row:
    """A Garmin's word on its night."""
    return row(SUMMARY, at, key=key, LAST_NIGHT_AVERAGE=mean, WEEKLY_AVERAGE=45)


def test_a_garmins_last_word_on_a_night_counts() -> None:
    """Never its week; a row without the mean comes before the night is evaluated."""
    rows = [summary(END, None), summary(END + HOUR, 47), *sleep_events(START, END)]
    reading = read(rows)
    assert by_day(reading, HRV) == {DAY: 47}
    (m,) = [m for m in reading.measurements if m.metric is HRV]
    assert (m.start_at, m.end_at) == (START, END)
    assert "dated by UTC" in reading.warnings[0]


def test_a_stage_of_a_garmin_is_written_at_its_end() -> None:
    """The first began with the sleep."""
    stages = [(1, 2), (3, 3), (5, 4), (5.25, 1), (7, 2)]
    rows = [
        row("GARMIN_SLEEP_STAGE_SAMPLE", START + HOUR * hours, STAGE=stage)
        for hours, stage in stages
    ]
    reading = read([*sleep_events(START, END), *rows])
    found = {m.metric: m.value for m in reading.measurements}
    assert found == {
        Metric.LIGHT_MIN: 60 + 105,
        Metric.DEEP_MIN: 120,
        Metric.REM_MIN: 120,
        Metric.AWAKE_MIN: 15,
        Metric.ASLEEP_MIN: 405,
    }


def test_values_of_minutes_count_inside_the_sleep() -> None:
    """A ring measures all day; without a sleep there is no night."""
    values = [(START + HOUR * h, x) for h, x in ((1, 40), (3, 50), (-4, 99), (12, 99), (2, -1))]
    spots = [row("COLMI_HRV_VALUE_SAMPLE", at, VALUE=x) for at, x in values]
    sleep = row("COLMI_SLEEP_STAGE_SAMPLE", START, DURATION=330, STAGE=2)
    reading = read([*spots, sleep])
    assert by_day(reading, HRV) == {DAY: 45}
    assert by_day(reading, Metric.LIGHT_MIN) == {DAY: 330}
    assert reading.skipped["HRV outside the night"] == 2
    assert by_day(read(spots), HRV) == {}


def test_two_devices_are_never_mixed() -> None:
    """The one with most nights of HRV counts, and the other is named as the person calls it."""
    rows = [device(1, "Watch"), device(2, "Ring", "my ring"), summary(END, 47, 2)]
    rows += [summary(END - n * 24 * HOUR, 60) for n in (0, 1)]
    reading = read(rows)
    assert by_day(reading, HRV) == {DAY: 60, DAY - timedelta(days=1): 60}
    assert "left out: my ring (nights: 1)" in reading.warnings[0]


def huami(east_h: int, start_min: int, end_min: int) -> bytes:
    """The binary record of a night, whose midnight is that of the zone."""
    midnight = datetime(2025, 5, 4, tzinfo=timezone(timedelta(hours=east_h)))
    data = bytearray(0x252)
    struct.pack_into("<I", data, 4, int(midnight.timestamp()))
    struct.pack_into("<HH", data, 10, start_min, end_min)
    struct.pack_into("<4H", data, 0x24A, 90, 200, 80, 10)
    return bytes(data)


@pytest.mark.parametrize("east_h", [-8, 2, 12])
def test_a_night_of_a_huami_has_its_zone_in_its_midnight(east_h: int) -> None:
    """The edges are minutes since the midnight a day before, by the person's clock."""
    blob = row("HUAMI_SLEEP_SESSION_SAMPLE", END, DATA=huami(east_h, 23 * 60, 31 * 60))
    zone = timezone(timedelta(hours=east_h))
    spot = row("GENERIC_HRV_VALUE_SAMPLE", datetime(2025, 5, 4, 3, tzinfo=zone), VALUE=44)
    reading = read([blob, spot])
    assert by_day(reading, HRV) == {DAY: 44}
    assert by_day(reading, Metric.ASLEEP_MIN) == {DAY: 370}
    (m,) = [m for m in reading.measurements if m.metric is HRV]
    assert m.end_at == datetime(2025, 5, 4, 7, tzinfo=zone)
    (told,) = reading.warnings
    assert "does not say which HRV it is" in told


def test_a_record_of_a_huami_that_is_too_short_is_no_night() -> None:
    """Never an error."""
    assert read([row("HUAMI_SLEEP_SESSION_SAMPLE", END, DATA=b"abc")]).measurements == ()


def test_provisional_rows_of_a_xiaomi_are_one_night() -> None:
    """It changes the bedtime of one waking; the longest counts. It has no HRV."""
    rows = [
        row("XIAOMI_SLEEP_TIME_SAMPLE", START + HOUR * h, WAKEUP_TIME=int(END.timestamp() * 1000),
            TOTAL_DURATION=n, DEEP_SLEEP_DURATION=60, LIGHT_SLEEP_DURATION=n - 60,
            REM_SLEEP_DURATION=0, AWAKE_DURATION=0)
        for h, n in ((1, 350), (0, 410), (2, 290))
    ]  # fmt: skip
    assert by_day(read(rows), Metric.ASLEEP_MIN) == {DAY: 410}


def test_a_huawei_has_the_mean_of_its_night() -> None:
    """A value of 0 is none."""
    values = {"AVG_HRV": 52, "AVG_HEART_RATE": 54, "AVG_BREATH_RATE": 0, "SLEEP_EFFICIENCY": 91}
    rows = [
        row("HUAWEI_SLEEP_STATS_SAMPLE", START, WAKEUP_TIME=int(END.timestamp() * 1000), **values)
    ]
    reading = read(rows)
    assert by_day(reading, HRV) == {DAY: 52}
    assert by_day(reading, Metric.NIGHT_HR_BPM) == {DAY: 54}
    assert by_day(reading, Metric.RESPIRATORY_RATE_RPM) == {}


def test_late_in_utcs_day_no_date_is_guessed() -> None:
    """Who wakes at 20 UTC is on the next date, or not."""
    reading = read([summary(END + 15 * HOUR, 47)])
    assert reading.measurements == ()
    assert reading.skipped["time whose date depends on the time zone"] == 1


def test_the_keys_in_a_backup_are_not_opened(tmp_path: Path) -> None:
    """A backup also holds the settings of each device, and in them its pairing key."""
    backup = {
        "gadgetbridge.json": b"{}",
        "database/Gadgetbridge": database([summary(END, 47)]),
        "preferences/device_00:00:00:00:00:01.json": b'{"authkey": "0x01"}',
    }
    found = list(open_documents(saved(tmp_path / "backup.zip", zipped(backup))))
    assert [d.name.split("backup.zip/")[1] for d in found] == list(backup)[1::-1]
    (reading,) = registry.read_all(found, today=TODAY).readings
    assert by_day(reading, HRV) == {DAY: 47}

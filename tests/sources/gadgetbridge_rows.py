"""Databases of made-up people, with tables of Gadgetbridge."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

from hrvctl.sources.kit.protocol import Document
from sources.exports import document_of
from sources.nights_abroad import Night, ms

SAMPLE = "TIMESTAMP INTEGER NOT NULL, DEVICE_ID INTEGER NOT NULL, USER_ID INTEGER NOT NULL"
SCHEMA: Mapping[str, str] = {
    "DEVICE": "_id INTEGER PRIMARY KEY, NAME TEXT NOT NULL, IDENTIFIER TEXT, ALIAS TEXT",
    "USER": "_id INTEGER PRIMARY KEY, NAME TEXT",
    "DEVICE_ATTRIBUTES": "_id INTEGER PRIMARY KEY, DEVICE_ID INTEGER",
    "GARMIN_ACTIVITY_SAMPLE": f"{SAMPLE}, HEART_RATE INTEGER",
    "GARMIN_HRV_SUMMARY_SAMPLE": f"{SAMPLE}, WEEKLY_AVERAGE INTEGER, LAST_NIGHT_AVERAGE INTEGER,"
    " LAST_NIGHT5_MIN_HIGH INTEGER, STATUS_NUM INTEGER",
    "GARMIN_HRV_VALUE_SAMPLE": f"{SAMPLE}, VALUE INTEGER",
    "GARMIN_HEART_RATE_RESTING_SAMPLE": f"{SAMPLE}, HEART_RATE INTEGER",
    "GARMIN_EVENT_SAMPLE": f"{SAMPLE}, EVENT INTEGER, EVENT_TYPE INTEGER, DATA INTEGER",
    "GARMIN_SLEEP_STAGE_SAMPLE": f"{SAMPLE}, STAGE INTEGER",
    "GENERIC_HRV_VALUE_SAMPLE": f"{SAMPLE}, VALUE INTEGER",
    "HUAMI_HEART_RATE_RESTING_SAMPLE": f"{SAMPLE}, UTC_OFFSET INTEGER, HEART_RATE INTEGER",
    "HUAMI_SLEEP_SESSION_SAMPLE": f"{SAMPLE}, DATA BLOB",
    "COLMI_HRV_VALUE_SAMPLE": f"{SAMPLE}, VALUE INTEGER",
    "COLMI_SLEEP_STAGE_SAMPLE": f"{SAMPLE}, DURATION INTEGER, STAGE INTEGER",
    "XIAOMI_SLEEP_TIME_SAMPLE": f"{SAMPLE}, WAKEUP_TIME INTEGER, IS_AWAKE INTEGER,"
    " TOTAL_DURATION INTEGER, DEEP_SLEEP_DURATION INTEGER, LIGHT_SLEEP_DURATION INTEGER,"
    " REM_SLEEP_DURATION INTEGER, AWAKE_DURATION INTEGER",
    "HUAWEI_SLEEP_STATS_SAMPLE": f"{SAMPLE}, WAKEUP_TIME INTEGER, SLEEP_EFFICIENCY INTEGER,"
    " AVG_HEART_RATE INTEGER, AVG_BREATH_RATE INTEGER, AVG_HRV INTEGER,"
    " AVG_OXYGEN_SATURATION INTEGER",
    "HUAWEI_SLEEP_STAGE_SAMPLE": f"{SAMPLE}, STAGE INTEGER",
}

Row = tuple[str, Mapping[str, object]]


def database(rows: Iterable[Row]) -> bytes:
    """Make a database of these rows, each with its table."""
    with closing(sqlite3.connect(":memory:")) as db:
        for table, columns in SCHEMA.items():
            db.execute(f"CREATE TABLE {table} ({columns})")
        for table, row in rows:
            places = ", ".join("?" * len(row))
            insert = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"  # noqa: S608 - ours
            db.execute(insert, tuple(row.values()))
        db.commit()
        return db.serialize()


def device(key: int, name: str, alias: str | None = None) -> Row:
    """Make the row of a device."""
    address = f"00:00:00:00:00:0{key}"
    return "DEVICE", {"_id": key, "NAME": name, "IDENTIFIER": address, "ALIAS": alias}


def row(table: str, at: datetime, *, key: int = 1, **values: object) -> Row:
    """Make a row of a device at an instant."""
    return table, {"TIMESTAMP": ms(at), "DEVICE_ID": key, "USER_ID": 1, **values}


def sleep_events(start: datetime, end: datetime, *, key: int = 1) -> list[Row]:
    """Make the two events of a Garmin's sleep."""
    edges = ((start, 0), (end, 1))
    return [row("GARMIN_EVENT_SAMPLE", at, key=key, EVENT=74, EVENT_TYPE=n) for at, n in edges]


def nights(slept: Sequence[Night]) -> list[Document]:
    """Write a Garmin's nights: its events, and the mean it has at waking."""
    rows = [device(1, "Forerunner")]
    for n in slept:
        mean = {"LAST_NIGHT_AVERAGE": n.hrv, "WEEKLY_AVERAGE": 55}
        rows += sleep_events(n.onset, n.wake)
        rows.append(row("GARMIN_HRV_SUMMARY_SAMPLE", n.wake, **mean))
    return [document_of(database(rows), "Gadgetbridge.db")]

"""Databases of made-up people, with the tables of Health Connect's export."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

from hrvctl.sources.kit.protocol import Document
from sources.exports import document_of
from sources.nights_abroad import Night, ms

COMMON = "row_id INTEGER PRIMARY KEY AUTOINCREMENT, uuid BLOB, app_info_id INTEGER, "
SPOT = COMMON + "recording_method INTEGER, time INTEGER, zone_offset INTEGER, local_date INTEGER"
SCHEMA: Mapping[str, str] = {
    "android_metadata": "locale TEXT",
    "application_info_table": "row_id INTEGER PRIMARY KEY, package_name TEXT, app_name TEXT,"
    " app_icon BLOB",
    "health_data_category_priority_table": "row_id INTEGER PRIMARY KEY,"
    " health_data_category INTEGER, app_id_priority_order TEXT",
    "sleep_session_record_table": COMMON + "recording_method INTEGER, start_time INTEGER,"
    " start_zone_offset INTEGER, end_time INTEGER, end_zone_offset INTEGER, local_date INTEGER,"
    " local_date_time_end_time INTEGER GENERATED ALWAYS AS (end_time + 1000 * end_zone_offset)",
    "sleep_stages_table": "parent_key INTEGER, stage_start_time INTEGER, stage_end_time INTEGER,"
    " stage_type INTEGER",
    "heart_rate_variability_rmssd_record_table": SPOT + ", heart_rate_variability_millis REAL",
    "resting_heart_rate_record_table": SPOT + ", beats_per_minute INTEGER",
    "respiratory_rate_record_table": SPOT + ", rate REAL",
    "oxygen_saturation_record_table": SPOT + ", percentage REAL",
    "steps_record_table": COMMON + "count INTEGER",
}
SLEEP = "sleep_session_record_table"
HRV = "heart_rate_variability_rmssd_record_table"

Rows = Iterable[tuple[str, Mapping[str, object]]]


def database(rows: Rows) -> bytes:
    """Make a database of these rows, each with its table."""
    with closing(sqlite3.connect(":memory:")) as db:
        for table, columns in SCHEMA.items():
            db.execute(f"CREATE TABLE {table} ({columns})")
        for table, row in rows:
            places = ", ".join("?" * len(row))
            names = ", ".join(row)
            insert = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - ours
            db.execute(insert, tuple(row.values()))
        db.commit()
        return db.serialize()


def app(row_id: int, package: str, name: str | None = None) -> tuple[str, Mapping[str, object]]:
    """Make the row of an app."""
    row = {"row_id": row_id, "package_name": package, "app_name": name}
    return "application_info_table", row


def seconds(moment: datetime) -> int:
    """Return the offset of a moment, seconds east of UTC."""
    offset = moment.utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def sleep(
    start: datetime, end: datetime, *, app: int = 1, zone: bool = True, **more: object
) -> tuple[str, Mapping[str, object]]:
    """Make a session of an app."""
    row = {
        "app_info_id": app,
        "start_time": ms(start),
        "start_zone_offset": seconds(start) if zone else None,
        "end_time": ms(end),
        "end_zone_offset": seconds(end) if zone else None,
        "local_date": start.date().toordinal() - 719163,
    }
    return SLEEP, row | more


def spot(
    at: datetime,
    value: object,
    *,
    app: int = 1,
    zone: bool = True,
    table: str = HRV,
    column: str = "heart_rate_variability_millis",
) -> tuple[str, Mapping[str, object]]:
    """Make a sample of an app."""
    offset = seconds(at) if zone else None
    return table, {"app_info_id": app, "time": ms(at), "zone_offset": offset, column: value}


def stages(parent: int, *spans: tuple[datetime, datetime, int]) -> Rows:
    """Make the stages of a session."""
    for start, end, kind in spans:
        row = {
            "parent_key": parent,
            "stage_start_time": ms(start),
            "stage_end_time": ms(end),
            "stage_type": kind,
        }
        yield "sleep_stages_table", row


def nights(zone: bool) -> Callable[[Sequence[Night]], list[Document]]:
    """Write nights with two samples each, with or without the zones."""

    def make(slept: Sequence[Night]) -> list[Document]:
        rows = [app(1, "com.example.ring", "Ring")]
        for n in slept:
            middle = n.onset + (n.wake - n.onset) / 2
            rows += [
                sleep(n.onset, n.wake, zone=zone),
                spot(n.onset, n.hrv - 5, zone=zone),
                spot(middle, n.hrv + 5, zone=zone),
            ]
        return [document_of(database(rows), "health_connect_export.db")]

    return make

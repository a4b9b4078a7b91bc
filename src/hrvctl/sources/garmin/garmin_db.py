"""GarminDB's SQLite files, read from a copy in memory: nothing is opened on disk or written."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

from hrvctl.records import PLAUSIBLE, Metric, Problem, Reading
from hrvctl.sources.garmin.json_export import is_invalid
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.main_sleep import Sleep, main_sleeps, measure_nights
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries

KIND = "database"
MAGIC = b"SQLite format 3\x00"
# Two bytes of the header say that changes may lie in a file beside it, which a copy in memory
# cannot have (SQLite file format 1.3): 1 means that all there is stands here.
WRITE_VERSION = slice(18, 20)
# The tables by which GarminDB is known, as its versions 1 to 4 create them: until 3 all in
# garmin.db, since 4 the sleep and the HRV in files of their own.
TABLE = re.compile(rb'CREATE TABLE "?(resting_hr|daily_summary|sleep_events|hrv\w*)"?\s*\(')
SIGNS = ({b"resting_hr", b"daily_summary"}, {b"sleep_events"}, {b"hrv_status_summary"})
LAST_NIGHT = re.compile(r"last_night(?:_(?:avg|average))?")
CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class _Table:
    """What the columns of a table mean; those of ``clocks`` hold times like 07:31:00."""

    numbers: Mapping[str, Metric]
    clocks: Mapping[str, Metric]


NO_CLOCKS: Mapping[str, Metric] = {}
TABLES: Mapping[str, _Table] = {
    "daily_summary": _Table({"rhr": Metric.RESTING_HR_BPM, "steps": Metric.STEPS}, NO_CLOCKS),
    "resting_hr": _Table({"resting_heart_rate": Metric.RESTING_HR_BPM}, NO_CLOCKS),
    "sleep": _Table(
        {"avg_spo2": Metric.SPO2_PCT, "avg_rr": Metric.RESPIRATORY_RATE_RPM},
        {
            "total_sleep": Metric.ASLEEP_MIN,
            "deep_sleep": Metric.DEEP_MIN,
            "light_sleep": Metric.LIGHT_MIN,
            "rem_sleep": Metric.REM_MIN,
            "awake": Metric.AWAKE_MIN,
        },
    ),
    "hrv": _Table({}, NO_CLOCKS),
    "hrv_status_summary": _Table({}, NO_CLOCKS),
}


def is_garmin_db(head: bytes) -> bool:
    """Whether a file begins as one of GarminDB's databases does."""
    if not head.startswith(MAGIC):
        return False
    tables = set(TABLE.findall(head))
    return any(signs <= tables for signs in SIGNS) or (b"hrv" in tables and b"last_night" in head)


def read_db(document: Document, source: str, *, today: date) -> Reading:
    """Read the days of a database; the date of each row is Garmin's."""
    rows: list[Entry] = []
    problems: list[Problem] = []
    try:
        rows = [
            Entry(number, table, content)
            for number, (table, content) in enumerate(_rows(document.load()), 1)
        ]
    except (sqlite3.Error, ValueError, OverflowError) as error:  # a broken name is a ValueError
        why = f"the database cannot be read: {error}"
        problems = [Problem(file=document.name, line=0, column="", value="", why=why)]
    file = Entries(document.name, rows, today=today, problems=problems, unit="row")
    found: dict[date, dict[Metric, float]] = {}
    for entry in rows:
        day = file.day(entry, "day")
        if day is None:
            file.skipped["no date"] += 1
        elif values := _values(file, entry):
            found.setdefault(day, {}).update(values)
        else:
            file.skipped["day without a value"] += 1
    nights = main_sleeps(Sleep(day=day, asleep_min=0.0, values=v) for day, v in found.items())
    return file.reading(source, KIND, measurements=tuple(measure_nights(nights, source)))


def _rows(data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of the tables we know that have a day, by column name."""
    if not data.startswith(MAGIC):
        return
    copy = bytearray(data)
    copy[WRITE_VERSION] = b"\x01\x01"
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.deserialize(bytes(copy))
        memory.text_factory = lambda raw: raw.decode("utf-8", "replace")
        memory.execute("PRAGMA query_only = ON")
        memory.execute("PRAGMA trusted_schema = OFF")
        memory.row_factory = sqlite3.Row
        named = memory.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        names = {str(row["name"]) for row in named}
        for table in TABLES:
            if table not in names:
                continue
            columns = {row["name"] for row in memory.execute(f"PRAGMA table_info({table})")}
            if "day" in columns:
                for row in memory.execute(f"SELECT * FROM {table} ORDER BY day"):  # noqa: S608 - ours
                    yield table, dict(row)


def _values(file: Entries, entry: Entry) -> dict[Metric, float]:
    table = TABLES[entry.group]
    found: dict[Metric, float] = {}
    for column, metric in table.numbers.items():
        if (value := file.value(entry, column, metric)) is not None:
            found[metric] = value
    for column, metric in table.clocks.items():
        if (minutes := _minutes(entry.content.get(column), metric)) is not None:
            found[metric] = minutes
    if table.clocks and not found.get(Metric.ASLEEP_MIN):
        return {}  # a day without a sleep has a row of zeros
    # Version 4 took its names from a reader that was one field off: there `last_night` is the
    # mean and `last_night_average` the highest five minutes. A mean is never above a maximum, so
    # the smaller of the two is the mean in every version.
    hrv = [
        value
        for column in entry.content
        if LAST_NIGHT.fullmatch(column) and entry.group.startswith("hrv")
        if not is_invalid(entry.content[column])
        if (value := file.value(entry, column, Metric.HRV_RMSSD_MS)) is not None
    ]
    if hrv:
        found[Metric.HRV_RMSSD_MS] = min(hrv)
    return found


def _minutes(raw: object, metric: Metric) -> float | None:
    """Minutes of ``07:31:00.000000``; ``None`` for what is no time."""
    clock = CLOCK.fullmatch(str(raw))
    if not clock:
        return None
    hours, minutes, seconds = (cell_values.number(part) for part in clock.groups())
    whole = hours * 60 + minutes + seconds / 60
    low, high = PLAUSIBLE[metric]
    return whole if low <= whole <= high else None

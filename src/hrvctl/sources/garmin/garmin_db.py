"""GarminDB's SQLite files, read from a copy in memory: no file is opened or written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean
from typing import Any

from hrvctl.records import PLAUSIBLE, Metric, Problem, Reading
from hrvctl.sources.garmin.json_export import is_invalid
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.databases import DATABASE_ERRORS, MAGIC, open_copy, unreadable
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_nights
from hrvctl.sources.kit.night_samples import SHORTEST_NIGHT
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader
from hrvctl.sources.kit.sleep_stretches import JOINED

KIND = "database"
# The tables by which GarminDB is recognised, as its versions 1 to 4 create them: until 3 all in
# garmin.db, since 4 the sleep and the HRV in files of their own; what a watch itself noted is in
# garmin_monitoring.db.
TABLE = re.compile(
    rb'CREATE TABLE "?(resting_hr|daily_summary|sleep_events|(?:monitoring_)?hrv\w*)"?\s*\('
)
SIGNS = (
    {b"resting_hr", b"daily_summary"},
    {b"sleep_events"},
    {b"hrv_status_summary"},
    {b"monitoring_hrv_status"},
    {b"monitoring_hrv_value"},
)
LAST_NIGHT = re.compile(r"last_night(?:_(?:avg|average))?")
CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a table; those of ``clocks`` hold times like 07:31:00."""

    numbers: tuple[Column, ...] = ()
    clocks: tuple[Column, ...] = ()


TABLES: Mapping[str, _Table] = {
    "daily_summary": _Table((Column("rhr", Metric.RESTING_HR_BPM), Column("steps", Metric.STEPS))),
    "resting_hr": _Table((Column("resting_heart_rate", Metric.RESTING_HR_BPM),)),
    "sleep": _Table(
        (Column("avg_spo2", Metric.SPO2_PCT), Column("avg_rr", Metric.RESPIRATORY_RATE_RPM)),
        (
            Column("total_sleep", Metric.ASLEEP_MIN),
            Column("deep_sleep", Metric.DEEP_MIN),
            Column("light_sleep", Metric.LIGHT_MIN),
            Column("rem_sleep", Metric.REM_MIN),
            Column("awake", Metric.AWAKE_MIN),
        ),
    ),
    "monitoring_hrv_status": _Table(),
    "hrv_status_summary": _Table(),
    "hrv": _Table(),
}
# The day of a row, in the first of these columns that it has; a status is written at waking.
DAYS = ("day", "timestamp")
# Values of five minutes, by the local clock and of the sleep alone; one of another night is hours
# later.
SAMPLES, SAMPLE = "monitoring_hrv_value", "hrv"


def is_garmin_db(head: bytes) -> bool:
    """Whether a file's head is that of a GarminDB database."""
    if not head.startswith(MAGIC):
        return False
    tables = set(TABLE.findall(head))
    return any(signs <= tables for signs in SIGNS) or (b"hrv" in tables and b"last_night" in head)


def read_db(document: Document, source: str, *, today: date) -> Reading:
    """Read the days of a database; the date of each row is Garmin's."""
    rows: list[Record] = []
    problems: list[Problem] = []
    try:
        rows = [
            Record(number, table, content)
            for number, (table, content) in enumerate(_rows(document.load()), 1)
        ]
    except DATABASE_ERRORS as error:
        problems = [unreadable(document, error)]
    file = RecordReader(document.name, rows, today=today, problems=problems, unit="row")
    found: dict[date, dict[Metric, float]] = {}
    for record in rows:
        if record.group == SAMPLES:
            continue
        day = file.day(record, next(name for name in DAYS if name in record.content))
        if day is None:
            file.skipped["row without a date"] += 1
        elif values := _values(file, record):
            found.setdefault(day, {}).update(values)
        else:
            file.skipped["day without a value"] += 1
    if not any(Metric.HRV_RMSSD_MS in values for values in found.values()):
        for day, mean in _means(file).items():
            found.setdefault(day, {})[Metric.HRV_RMSSD_MS] = mean
    nights = main_sleeps(SleepPeriod(day=day, asleep_min=0.0, values=v) for day, v in found.items())
    return file.reading(source, KIND, measurements=measure_nights(nights, source))


def _rows(data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every row of the known tables that have a day or a time, by column name."""
    if not data.startswith(MAGIC):
        return
    with open_copy(data) as memory:
        named = memory.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        names = {str(row["name"]) for row in named}
        for table in (*TABLES, SAMPLES):
            if table not in names:
                continue
            columns = {row["name"] for row in memory.execute(f"PRAGMA table_info({table})")}
            if day := next((name for name in DAYS if name in columns), None):
                for row in memory.execute(f"SELECT * FROM {table} ORDER BY {day}"):  # noqa: S608 - ours
                    yield table, dict(row)


def _means(file: RecordReader) -> dict[date, float]:
    """Average the values of five minutes of each night, on the date of its last one."""
    nights: list[list[tuple[datetime, float]]] = []
    for record in file.records:
        if record.group != SAMPLES:
            continue
        value = file.sample(record, SAMPLE, Metric.HRV_RMSSD_MS)
        at = file.moment(record, "timestamp")
        if value is None or at is None:
            continue
        if not nights or at - nights[-1][-1][0] > JOINED:
            nights.append([])
        nights[-1].append((at, value))
    long = [night for night in nights if night[-1][0] - night[0][0] >= SHORTEST_NIGHT]
    return {night[-1][0].date(): fmean(value for _, value in night) for night in long}


def _values(file: RecordReader, record: Record) -> dict[Metric, float]:
    table = TABLES[record.group]
    found = file.values(record, table.numbers)
    for path, metric, _ in table.clocks:
        if (minutes := _minutes(record.content.get(path), metric)) is not None:
            found[metric] = minutes
    if table.clocks and not found.get(Metric.ASLEEP_MIN):
        return {}  # a day without a sleep has a row of zeros
    # In version 4 the names are one field off: there `last_night` is the mean and
    # `last_night_average` the highest five minutes. A mean is never above a maximum, so
    # the smaller of the two is the mean in every version.
    hrv = [
        value
        for column in record.content
        if LAST_NIGHT.fullmatch(column) and "hrv" in record.group
        if not is_invalid(record.content[column])
        if (value := file.value(record, column, Metric.HRV_RMSSD_MS)) is not None
    ]
    if hrv:
        found[Metric.HRV_RMSSD_MS] = min(hrv)
    return found


def _minutes(raw: object, metric: Metric) -> float | None:
    """Minutes of ``07:31:00.000000``; ``None`` if it is not a time."""
    clock = CLOCK.fullmatch(str(raw))
    if not clock:
        return None
    hours, minutes, seconds = (cell_values.number(part) for part in clock.groups())
    whole = hours * 60 + minutes + seconds / 60
    low, high = PLAUSIBLE[metric]
    return whole if low <= whole <= high else None

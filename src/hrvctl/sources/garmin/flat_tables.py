"""Garmin's answers as tables: flattened by a client, or exported from garmin-grafana.

A flattened name joins those of the objects, ``hrvSummary_lastNightAvg``; underlines and case differ
between clients, and so does the order of the columns.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo

from hrvctl.records import Metric, Reading
from hrvctl.sources.garmin.json_export import MINUTES_PER_S, NOT_MEASURED
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.main_sleep import (
    SleepPeriod,
    main_sleeps,
    measure_nights,
    wake_day_in_utc,
)
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

FLAT, GRAFANA = "flat_table", "grafana_sleep"
HRV = frozenset({"hrvsummarylastnightavg", "lastnightavg", "avgovernighthrv"})
DAYS = ("hrvsummarycalendardate", "dailysleepdtocalendardate", "calendardate", "date")
MEASUREMENT, TIME = "measurement", "time"
VALUES: Mapping[str, tuple[Metric, float]] = {
    **dict.fromkeys(sorted(HRV), (Metric.HRV_RMSSD_MS, 1.0)),
    "restingheartrate": (Metric.RESTING_HR_BPM, 1.0),
    "sleeptimeseconds": (Metric.ASLEEP_MIN, MINUTES_PER_S),
    "deepsleepseconds": (Metric.DEEP_MIN, MINUTES_PER_S),
    "lightsleepseconds": (Metric.LIGHT_MIN, MINUTES_PER_S),
    "remsleepseconds": (Metric.REM_MIN, MINUTES_PER_S),
    "awakesleepseconds": (Metric.AWAKE_MIN, MINUTES_PER_S),
    "averagespo2value": (Metric.SPO2_PCT, 1.0),
    "averagerespirationvalue": (Metric.RESPIRATORY_RATE_RPM, 1.0),
    "avgskintempdeviationc": (Metric.SKIN_TEMP_DEVIATION_C, 1.0),
}
STATUS = ("hrvsummarystatus", "status")
EDGES = ("sleepstarttimestamp", "sleependtimestamp")


def kind_of(columns: Sequence[str]) -> str | None:
    """Name the kind of a table by its normalised header."""
    names = set(map(_bare, columns))
    if not names & HRV:
        return None
    if {MEASUREMENT, TIME} <= names:
        return GRAFANA
    return FLAT if names & set(DAYS) else None


def read_flat(document: Document, source: str, *, today: date) -> Reading:
    """Read each row as a night, on Garmin's own date or, from Grafana, that of the waking."""
    names = {_bare(column): column for column in head_columns(document)}
    kind = kind_of(tuple(names.values())) or FLAT
    columns = [Column(names[n], *VALUES[n]) for n in VALUES if n in names]
    file = open_csv(document, names.values(), today=today)
    nights = []
    for record in file.records:
        if any(file.text(record, names.get(name, "")) in NOT_MEASURED for name in STATUS):
            values = file.values(record, [c for c in columns if c.metric != Metric.HRV_RMSSD_MS])
        else:
            values = file.values(record, columns)
        start, end = _window(file, record, names)
        day = _wake_day(file, record) if kind == GRAFANA else _day(file, record, names)
        if day and values:
            nights.append(
                SleepPeriod(day=day, asleep_min=0.0, values=values, start_at=start, end_at=end)
            )
        elif day:
            file.skipped["day without a value"] += 1
    if kind == GRAFANA and nights:
        file.warn("its times are in UTC without a time zone, so nights were dated by UTC")
    return file.reading(source, kind, measurements=measure_nights(main_sleeps(nights), source))


def _bare(column: str) -> str:
    return column.replace("_", "").removeprefix("som")


def _day(file: RecordReader, record: Record, names: Mapping[str, str]) -> date | None:
    path = next(
        (names[n] for n in DAYS if n in names and record.content.get(names[n])),
        next(names[n] for n in DAYS if n in names),
    )
    return file.required_day(record, path)


def _wake_day(file: RecordReader, record: Record) -> date | None:
    """Date a night by its end, in UTC."""
    end = file.moment(record, TIME)
    if end is None:
        return None
    day = wake_day_in_utc(end if end.tzinfo else end.replace(tzinfo=UTC))
    if day is None:
        file.leave_out(record, TIME, "its date depends on the time zone; left out")
    return day if day and file.is_possible(record, TIME, day) else None


def _window(
    file: RecordReader, record: Record, names: Mapping[str, str]
) -> tuple[datetime | None, datetime | None]:
    """Return the edges of a sleep where the row has them by both clocks, which give the zone."""
    found: list[datetime | None] = []
    for edge in EDGES:
        clocks = [
            _stamp(file.text(record, names.get(f"{edge}{clock}", ""))) for clock in ("gmt", "local")
        ]
        gmt, local = clocks
        zone = _zone(gmt, local)
        found.append(gmt.replace(tzinfo=UTC).astimezone(zone) if gmt and zone else None)
    start, end = found
    return (start, end) if start and end and start < end else (None, None)


def _zone(gmt: datetime | None, local: datetime | None) -> tzinfo | None:
    return cell_values.zone_at((local - gmt).total_seconds()) if gmt and local else None


def _stamp(text: str) -> datetime | None:
    try:
        return cell_values.stamp(text).replace(tzinfo=None)
    except ValueError:
        return None

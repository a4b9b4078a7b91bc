"""The rows of Health Connect's tables, sorted by the app that wrote them.

The tables are those of AOSP (``com.android.server.healthconnect.storage.datatypehelpers``): times
in milliseconds since 1970, the local zone of each row in seconds east of UTC. The date that an
interval carries is that of its start, so it is never a wake date.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from math import isfinite
from typing import NamedTuple

from hrvctl.records import Metric
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.record_reader import Record, RecordReader

APPS, PRIORITY = "application_info_table", "health_data_category_priority_table"
SLEEP, STAGES = "sleep_session_record_table", "sleep_stages_table"
HRV = "heart_rate_variability_rmssd_record_table"


class _Spot(NamedTuple):
    """A table of moments: its column of values, and what they are."""

    column: str
    metric: Metric


SPOTS: Mapping[str, _Spot] = {
    HRV: _Spot("heart_rate_variability_millis", Metric.HRV_RMSSD_MS),
    "respiratory_rate_record_table": _Spot("rate", Metric.RESPIRATORY_RATE_RPM),
    "oxygen_saturation_record_table": _Spot("percentage", Metric.SPO2_PCT),
    "resting_heart_rate_record_table": _Spot("beats_per_minute", Metric.RESTING_HR_BPM),
}
TABLES: Mapping[str, Sequence[str]] = {
    APPS: ("row_id", "package_name", "app_name"),
    PRIORITY: ("health_data_category", "app_id_priority_order"),
    SLEEP: (
        "row_id", "app_info_id", "recording_method",
        "start_time", "start_zone_offset", "end_time", "end_zone_offset",
    ),
    STAGES: ("parent_key", "stage_start_time", "stage_end_time", "stage_type"),
    **{
        table: ("app_info_id", "recording_method", "time", "zone_offset", spot.column)
        for table, spot in SPOTS.items()
    },
}  # fmt: skip
# The category of sleep in the table of priorities, and a record typed in by hand.
SLEEP_CATEGORY, BY_HAND = 5, 3
# Type of a stage: awake in or out of bed, asleep without a stage, light, deep and REM.
AWAKE, ASLEEP, LIGHT, DEEP, REM = (1, 7), 2, 4, 5, 6
STAGE_METRICS: Mapping[int, Metric] = {
    **dict.fromkeys(AWAKE, Metric.AWAKE_MIN),
    ASLEEP: Metric.ASLEEP_MIN,
    LIGHT: Metric.LIGHT_MIN,
    DEEP: Metric.DEEP_MIN,
    REM: Metric.REM_MIN,
}
# A longer sleep is a mistake; own choice.
LONGEST = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NAME_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Sample:
    """A value and its instant; aware in UTC where the row has no zone."""

    at: datetime
    has_zone: bool
    value: float


@dataclass(frozen=True, slots=True)
class Session:
    """One session: its window, its zone where the row has one, and minutes by stage."""

    start: datetime
    end: datetime
    zone: tzinfo | None
    stages: Mapping[Metric, float]


@dataclass(slots=True)
class App:
    """What one app wrote."""

    name: str
    samples: defaultdict[Metric, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    sessions: list[Session] = field(default_factory=list)


def collect(file: RecordReader) -> tuple[dict[int, App], list[int]]:
    """Sort the rows by app; the second is the person's own order of sleep apps."""
    by_table: defaultdict[str, list[Record]] = defaultdict(list)
    for record in file.records:
        by_table[record.group].append(record)
    names = {
        _integer(r, "row_id"): file.text(r, "app_name") or file.text(r, "package_name")
        for r in by_table[APPS]
    }
    apps: defaultdict[int, App] = defaultdict(lambda: App(""))
    stages: defaultdict[int, list[Record]] = defaultdict(list)
    for record in by_table[STAGES]:
        if (parent := _integer(record, "parent_key")) is not None:
            stages[parent].append(record)
    for record in by_table[SLEEP]:
        session = _session(file, record, stages)
        if session:
            apps[_integer(record, "app_info_id") or 0].sessions.append(session)
    for table, spot in SPOTS.items():
        for record in by_table[table]:
            if sample := _sample(file, record, spot):
                own = apps[_integer(record, "app_info_id") or 0]
                own.samples[spot.metric].append(sample)
    for key, app in apps.items():
        app.name = _shown(names.get(key, "")) or f"app {key}"
    order = [
        int(part)
        for record in by_table[PRIORITY]
        if _integer(record, "health_data_category") == SLEEP_CATEGORY
        for part in re.findall(r"[0-9]{1,9}", file.text(record, "app_id_priority_order"))
    ]
    return dict(apps), order


def _session(
    file: RecordReader, record: Record, stages: Mapping[int, Sequence[Record]]
) -> Session | None:
    if _integer(record, "recording_method") == BY_HAND:
        file.skipped["sleep typed in by hand"] += 1
        return None
    start, end = _instant(record, "start_time"), _instant(record, "end_time")
    if start is None or end is None or not timedelta() < end - start <= LONGEST:
        file.skipped["sleep of no length, or of more than a day"] += 1
        return None
    if not file.is_possible(record, "end_time", end.date()):
        return None
    zone = _zone(record, "end_zone_offset") or _zone(record, "start_zone_offset")
    minutes: defaultdict[Metric, float] = defaultdict(float)
    for stage in stages.get(_integer(record, "row_id") or 0, ()):
        metric = STAGE_METRICS.get(_integer(stage, "stage_type") or 0)
        begin, stop = _instant(stage, "stage_start_time"), _instant(stage, "stage_end_time")
        if metric and begin and stop and start <= begin < stop <= end:
            minutes[metric] += (stop - begin) / MINUTE
    return Session(start, end, zone, minutes)


def _sample(file: RecordReader, record: Record, spot: _Spot) -> Sample | None:
    at, raw = _instant(record, "time"), record.content.get(spot.column)
    if at is None or not isinstance(raw, int | float) or not isfinite(raw):
        file.skipped["value without a number or a time"] += 1
        return None
    value = file.sample(record, spot.column, spot.metric)
    if value is None:
        return None
    zone = _zone(record, "zone_offset")
    local = at.astimezone(zone) if zone else at
    if not file.is_possible(record, "time", local.date()):
        return None
    return Sample(local, zone is not None, value)


def _integer(record: Record, path: str) -> int | None:
    value = record.content.get(path)
    if type(value) is int:  # nearly always
        return value
    return int(value) if isinstance(value, float) and isfinite(value) else None


def _instant(record: Record, path: str) -> datetime | None:
    ms = _integer(record, path)
    return None if ms is None else cell_values.instant(ms / 1000)


def _zone(record: Record, path: str) -> tzinfo | None:
    seconds = _integer(record, path)
    return None if seconds is None else cell_values.zone_at(seconds)


def _shown(name: str) -> str:
    # A name may hold anything, also control characters.
    return "".join(sign if sign.isprintable() else " " for sign in name[:NAME_SHOWN])

"""The tables of Gadgetbridge that hold nights, and their rows as sleeps and samples by device.

Every database has the tables of all makers, nearly all of them empty. A row's key is its time and
its device; the time is in UTC, milliseconds since 1970 but for a few old tables in seconds, and no
zone is stored but in two of Huami's (Gadgetbridge, GBDaoGenerator).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from hrvctl.records import PLAUSIBLE, Metric
from hrvctl.sources.gadgetbridge.huami_sleep import parse_session
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.main_sleep import SleepPeriod
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.sleep_stretches import Stretch, join_stretches

DEVICES = "device"
KEY = ("timestamp", "device_id")
# The night's HRV as the device computed it, and the values of minutes, all in ms.
NIGHTLY: Mapping[str, str] = {"garmin_hrv_summary_sample": "last_night_average"}
# Rings and Huami's watches do not say which HRV theirs is.
UNNAMED = ("generic_hrv_value_sample", "colmi_hrv_value_sample")
SAMPLED = ("garmin_hrv_value_sample", "huawei_hrv_value_sample", *UNNAMED)
RESTING: Mapping[str, str] = {
    "garmin_heart_rate_resting_sample": "heart_rate",
    "huami_heart_rate_resting_sample": "heart_rate",
}
OFFSETS = "huami_heart_rate_resting_sample"
# A Garmin's stage is written at its end; the event of the sleep says when the first one began.
GARMIN_STAGES, GARMIN_EVENTS = "garmin_sleep_stage_sample", "garmin_event_sample"
SLEEP_EVENT, BEGINS, ENDS = 74, 0, 1
COLMI_STAGES, HUAWEI_STAGES = "colmi_sleep_stage_sample", "huawei_sleep_stage_sample"
XIAOMI_SLEEPS, HUAWEI_SLEEPS = "xiaomi_sleep_time_sample", "huawei_sleep_stats_sample"
HUAMI_SLEEPS = "huami_sleep_session_sample"
AWAKE, LIGHT, DEEP, REM = Metric.AWAKE_MIN, Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN
# The number of a stage is another with each maker.
STAGES: Mapping[str, Mapping[int, Metric]] = {
    GARMIN_STAGES: {1: AWAKE, 2: LIGHT, 3: DEEP, 4: REM},
    COLMI_STAGES: {2: LIGHT, 3: DEEP, 4: REM, 5: AWAKE},
    HUAWEI_STAGES: {1: LIGHT, 2: REM, 3: DEEP, 4: AWAKE},
}
XIAOMI_MINUTES: Mapping[str, Metric] = {
    "deep_sleep_duration": DEEP,
    "light_sleep_duration": LIGHT,
    "rem_sleep_duration": REM,
    "awake_duration": AWAKE,
    "total_duration": Metric.ASLEEP_MIN,
}
HUAWEI_VALUES: Mapping[str, Metric] = {
    "avg_hrv": Metric.HRV_RMSSD_MS,
    "avg_heart_rate": Metric.NIGHT_HR_BPM,
    "avg_breath_rate": Metric.RESPIRATORY_RATE_RPM,
    "avg_oxygen_saturation": Metric.SPO2_PCT,
    "sleep_efficiency": Metric.SLEEP_EFFICIENCY_PCT,
}
TABLES: Mapping[str, Sequence[str]] = {
    DEVICES: ("_id", "name", "alias"),
    **{table: (*KEY, column) for table, column in [*NIGHTLY.items(), *RESTING.items()]},
    **dict.fromkeys(SAMPLED, (*KEY, "value")),
    OFFSETS: (*KEY, "heart_rate", "utc_offset"),
    GARMIN_EVENTS: (*KEY, "event", "event_type"),
    **dict.fromkeys(STAGES, (*KEY, "stage")),
    COLMI_STAGES: (*KEY, "stage", "duration"),
    XIAOMI_SLEEPS: (*KEY, "wakeup_time", *XIAOMI_MINUTES),
    HUAWEI_SLEEPS: (*KEY, "wakeup_time", *HUAWEI_VALUES),
    HUAMI_SLEEPS: (*KEY, "data"),
}
# A time below is in seconds: in milliseconds it would be before 1974.
SECONDS_BELOW = 1e11
MINUTE = timedelta(minutes=1)
# A stretch of a stage, or a sleep, that is longer is two with a gap between them; own choice.
LONGEST_STAGE, LONGEST_SLEEP = timedelta(hours=6), timedelta(hours=24)
NAME_SHOWN = 40


class Sample(NamedTuple):
    """A value and its instant, in the device's zone where one is known, else in UTC."""

    at: datetime
    value: float


@dataclass(slots=True)
class Device:
    """What one device measured.

    Attributes:
        name: As the person calls it.
        zone: Where the person is by the device; ``None`` where it does not say.
        nightly: HRV of nights, each at waking.
        samples: HRV of minutes.
        is_unnamed: Whether the device does not say which HRV these are.
        resting: Resting heart rates.
        sleeps: Windows and values of sleeps; their day is that of their zone, or of UTC.
    """

    name: str
    zone: tzinfo | None = None
    nightly: list[Sample] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    is_unnamed: bool = False
    resting: list[Sample] = field(default_factory=list)
    sleeps: list[SleepPeriod] = field(default_factory=list)

    @property
    def is_in_utc(self) -> bool:
        """Whether any of its nights is by UTC."""
        ends = [*(sleep.end_at for sleep in self.sleeps), *(one.at for one in self.nightly)]
        return any(at is not None and at.tzinfo is UTC for at in ends)


def collect(file: RecordReader) -> dict[int, Device]:
    """Sort a database's rows by device, those that measured an HRV or a sleep."""
    tables: defaultdict[int, defaultdict[str, list[Record]]] = defaultdict(
        lambda: defaultdict(list)
    )
    names: dict[int, str] = {}
    for record in file.records:
        if record.group == DEVICES:
            name = file.text(record, "alias") or file.text(record, "name")
            names[_integer(record, "_id")] = "".join(c if c.isprintable() else " " for c in name)
        elif _integer(record, "timestamp") > 0:
            tables[_integer(record, "device_id")][record.group].append(record)
    found: dict[int, Device] = {}
    for key, own in tables.items():
        for rows in own.values():
            rows.sort(key=lambda row: _integer(row, "timestamp"))
        device = Device(names.get(key, "")[:NAME_SHOWN] or f"device {key}", _zone(own[OFFSETS]))
        for table, column in NIGHTLY.items():
            device.nightly += _values(file, own[table], column, Metric.HRV_RMSSD_MS, device.zone)
        for table in SAMPLED:
            device.samples += _values(file, own[table], "value", Metric.HRV_RMSSD_MS, device.zone)
        device.is_unnamed = any(own[table] for table in UNNAMED)
        for table, column in RESTING.items():
            device.resting += _values(file, own[table], column, Metric.RESTING_HR_BPM, device.zone)
        device.sleeps = [s for s in _sleeps(own, device.zone) if file.why_impossible(s.day) == ""]
        found[key] = device
    return found


def _values(
    file: RecordReader, rows: Sequence[Record], column: str, metric: Metric, zone: tzinfo | None
) -> Iterator[Sample]:
    low, high = PLAUSIBLE[metric]
    for row in rows:
        value, at = row.content.get(column), _instant(row, "timestamp", zone)
        # Each maker has its own marks of what was not measured: 0, -1, 255.
        if isinstance(value, int | float) and low <= value <= high and at:
            if file.is_possible(row, "timestamp", at.date()):
                yield Sample(at, float(value))
        else:
            file.skipped["value that was not measured"] += 1


def _sleeps(tables: Mapping[str, Sequence[Record]], zone: tzinfo | None) -> list[SleepPeriod]:
    """Find a device's sleeps: of its table of sleeps if it has one, else of its stages."""
    stretches = [
        *_garmin(tables.get(GARMIN_STAGES, ()), tables.get(GARMIN_EVENTS, ()), zone),
        *_by_start(tables, zone),
    ]
    staged = join_stretches(stretches)
    told = [
        *_xiaomi(tables.get(XIAOMI_SLEEPS, ()), zone),
        *_huawei(tables.get(HUAWEI_SLEEPS, ()), zone),
        *_huami(tables.get(HUAMI_SLEEPS, ())),
    ]
    events = _event_windows(tables.get(GARMIN_EVENTS, ()), zone)
    if not staged and events:
        return [_window(*edges, {}) for edges in events]
    return told or staged


def _event_windows(rows: Sequence[Record], zone: tzinfo | None) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    began: datetime | None = None
    for row in rows:
        if _integer(row, "event") != SLEEP_EVENT:
            continue
        at = _instant(row, "timestamp", zone)
        if _integer(row, "event_type") == BEGINS:
            began = at
        elif _integer(row, "event_type") == ENDS and began and at:
            if timedelta() < at - began <= LONGEST_SLEEP:
                found.append((began, at))
            began = None
    return found


def _garmin(
    stages: Sequence[Record], events: Sequence[Record], zone: tzinfo | None
) -> Iterator[Stretch]:
    starts = sorted(start for start, _ in _event_windows(events, zone))
    before: datetime | None = None
    for row in stages:
        end = _instant(row, "timestamp", zone)
        stage = STAGES[GARMIN_STAGES].get(_integer(row, "stage"))
        if end is None:
            continue
        known = [at for at in (*starts, *([before] if before else [])) if at < end]
        start = max(known, default=None)
        before = end
        if stage and start and end - start <= LONGEST_STAGE:
            yield Stretch(start, end, stage)


def _by_start(tables: Mapping[str, Sequence[Record]], zone: tzinfo | None) -> Iterator[Stretch]:
    """Read stages written at their start: with their length, of a minute, or until the next."""
    for row in tables.get(COLMI_STAGES, ()):
        yield from _stretch(row, COLMI_STAGES, _integer(row, "duration") * MINUTE, zone)
    for row in tables.get(HUAWEI_STAGES, ()):
        yield from _stretch(row, HUAWEI_STAGES, MINUTE, zone)


def _stretch(row: Record, table: str, length: timedelta, zone: tzinfo | None) -> Iterator[Stretch]:
    start, stage = _instant(row, "timestamp", zone), STAGES[table].get(_integer(row, "stage"))
    if start and stage and timedelta() < length <= LONGEST_STAGE:
        yield Stretch(start, start + length, stage)


def _xiaomi(rows: Sequence[Record], zone: tzinfo | None) -> Iterator[SleepPeriod]:
    """Of the rows that a band wrote of one sleep, its bedtime changing, the longest counts."""
    longest: dict[int, Record] = {}
    for row in rows:
        woke = _integer(row, "wakeup_time")
        rival = longest.get(woke)
        if rival is None or _integer(row, "total_duration") > _integer(rival, "total_duration"):
            longest[woke] = row
    for row in longest.values():
        yield from _told(row, zone, XIAOMI_MINUTES)


def _huawei(rows: Sequence[Record], zone: tzinfo | None) -> Iterator[SleepPeriod]:
    for row in rows:
        yield from _told(row, zone, HUAWEI_VALUES)


def _told(row: Record, zone: tzinfo | None, columns: Mapping[str, Metric]) -> Iterator[SleepPeriod]:
    start, end = (_instant(row, path, zone) for path in ("timestamp", "wakeup_time"))
    values = {m: float(v) for c, m in columns.items() if (v := _integer(row, c)) > 0}
    if start and end and timedelta() < end - start <= LONGEST_SLEEP:
        yield _window(start, end, values)


def _huami(rows: Sequence[Record]) -> Iterator[SleepPeriod]:
    for row in rows:
        data = row.content.get("data")
        session = parse_session(data) if isinstance(data, bytes) else None
        if session and timedelta() < session.end - session.start <= LONGEST_SLEEP:
            yield _window(session.start, session.end, session.minutes)


def _window(start: datetime, end: datetime, values: Mapping[Metric, float]) -> SleepPeriod:
    plausible = {m: v for m, v in values.items() if PLAUSIBLE[m].low <= v <= PLAUSIBLE[m].high}
    return SleepPeriod(
        day=end.date(),
        asleep_min=plausible.get(Metric.ASLEEP_MIN, (end - start) / MINUTE),
        values=plausible,
        start_at=start,
        end_at=end,
    )


def _zone(rows: Sequence[Record]) -> tzinfo | None:
    """Return the one zone of a device's rows; a traveller's differ, and none is sure."""
    offsets = {_integer(row, "utc_offset") // 1000 for row in rows if "utc_offset" in row.content}
    return cell_values.zone_at(offsets.pop()) if len(offsets) == 1 else None


def _integer(record: Record, path: str) -> int:
    value = record.content.get(path)
    return int(value) if isinstance(value, int | float) and abs(value) < 1e18 else 0


def _instant(record: Record, path: str, zone: tzinfo | None) -> datetime | None:
    raw = _integer(record, path)
    seconds = raw if raw < SECONDS_BELOW else raw / 1000
    try:
        moment = datetime.fromtimestamp(seconds, UTC) if raw > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
    if moment is None or moment.year >= 9999:
        return None
    return moment.astimezone(zone) if zone else moment

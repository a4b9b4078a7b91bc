"""WHOOP's API: the day of each sleep, recovery, cycle and workout, and its values."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from hrvctl.records import PLAUSIBLE, Metric, Workout
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.main_sleep import SleepPeriod, wake_day_in_utc
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader
from hrvctl.sources.whoop_api.dump import identity, is_scored, moment_in, zone_of

MINUTES_PER_MS = 1 / 60_000
KCAL_PER_KJ = 1 / 4.184  # the thermochemical calorie (ISO 31-4, 1992)
# A sleep of more than a day has a wrong start or end, as in the app export.
LONGEST_SLEEP = timedelta(hours=24)

RECOVERY_COLUMNS = (
    Column("score.hrv_rmssd_milli", Metric.HRV_RMSSD_MS),  # ms, in spite of its name
    Column("score.resting_heart_rate", Metric.RESTING_HR_BPM),
    Column("score.recovery_score", Metric.RECOVERY_PCT),
    Column("score.spo2_percentage", Metric.SPO2_PCT),
    Column("score.skin_temp_celsius", Metric.SKIN_TEMP_C),
)
STAGES = "score.stage_summary."
SLEEP_COLUMNS = (
    Column(f"{STAGES}total_in_bed_time_milli", Metric.IN_BED_MIN, MINUTES_PER_MS),
    Column(f"{STAGES}total_awake_time_milli", Metric.AWAKE_MIN, MINUTES_PER_MS),
    Column(f"{STAGES}total_light_sleep_time_milli", Metric.LIGHT_MIN, MINUTES_PER_MS),
    Column(f"{STAGES}total_slow_wave_sleep_time_milli", Metric.DEEP_MIN, MINUTES_PER_MS),
    Column(f"{STAGES}total_rem_sleep_time_milli", Metric.REM_MIN, MINUTES_PER_MS),
    Column("score.respiratory_rate", Metric.RESPIRATORY_RATE_RPM),
    Column("score.sleep_performance_percentage", Metric.SLEEP_PERFORMANCE_PCT),
    Column("score.sleep_consistency_percentage", Metric.SLEEP_CONSISTENCY_PCT),
    Column("score.sleep_efficiency_percentage", Metric.SLEEP_EFFICIENCY_PCT),
)
NEED = "score.sleep_needed."
# The four parts are added; that of a nap is negative in the file.
NEED_PARTS = (
    f"{NEED}baseline_milli",
    f"{NEED}need_from_sleep_debt_milli",
    f"{NEED}need_from_recent_strain_milli",
    f"{NEED}need_from_recent_nap_milli",
)
DAY_COLUMNS = (
    Column("score.strain", Metric.STRAIN),
    Column("score.kilojoule", Metric.ENERGY_KCAL, KCAL_PER_KJ),
    Column("score.average_heart_rate", Metric.AVERAGE_HR_BPM),
    Column("score.max_heart_rate", Metric.MAX_HR_BPM),
)


@dataclass(slots=True)
class Wakings:
    """Sleeps and zones by which recoveries are dated, which have no date of their own.

    Attributes:
        by_sleep: Sleeps by their ids, of either version of the API.
        by_cycle: The longest sleep that is not a nap, by the id of its cycle.
        zones: The zone of each cycle, by its id.
    """

    by_sleep: dict[str, SleepPeriod] = field(default_factory=dict)
    by_cycle: dict[str, SleepPeriod] = field(default_factory=dict)
    zones: dict[str, tzinfo] = field(default_factory=dict)

    def add(self, record: Record, sleep: SleepPeriod) -> None:
        """Add a sleep under each of its ids."""
        for name in ("id", "v1_id"):
            if key := identity(record.content.get(name)):
                self.by_sleep[key] = sleep
        self.add_to_cycle(identity(record.content.get("cycle_id")), sleep)

    def add_to_cycle(self, cycle: str, sleep: SleepPeriod) -> None:
        """Add a sleep to its cycle."""
        rival = self.by_cycle.get(cycle)
        if cycle and not sleep.is_nap and (not rival or sleep.asleep_min >= rival.asleep_min):
            self.by_cycle[cycle] = sleep


def read_sleep(dump: RecordReader, record: Record) -> SleepPeriod | None:
    """Read a sleep; it belongs to the local date it ended on, in the zone it was recorded in."""
    zone = zone_of(record)
    if zone is None:
        dump.leave_out(record, "timezone_offset", "without it the sleep has no date; left out")
        return None
    start, end = (moment_in(dump, record, path, zone) for path in ("start", "end"))
    if not start or not end:
        dump.skipped["sleep without start and end"] += 1
        return None
    if not timedelta(0) < end - start <= LONGEST_SLEEP:
        dump.problem(record, "end", f"not within 24 hours after the start {start}")
        return None
    values = _sleep_values(dump, record) if is_scored(dump, record) else {}
    return SleepPeriod(
        day=end.date(),
        asleep_min=values.get(Metric.ASLEEP_MIN, 0.0),
        values=values,
        start_at=start,
        end_at=end,
        is_nap=is_true(record.content.get("nap")),
        key=start.astimezone(UTC).isoformat(),  # the ids of versions 1 and 2 differ
    )


def link_cycles(records: Iterable[Record], wakings: Wakings) -> None:
    """Add sleeps of version 1 to their cycles, which only the recoveries name."""
    for record in records:
        if sleep := wakings.by_sleep.get(identity(record.content.get("sleep_id"))):
            wakings.add_to_cycle(identity(record.content.get("cycle_id")), sleep)


def read_recoveries(
    dump: RecordReader, records: Iterable[Record], wakings: Wakings
) -> list[SleepPeriod]:
    """Read the recoveries, each on the day of the sleep it was computed from."""
    found, unsure, calibrating = [], 0, 0
    for record in records:
        if not is_scored(dump, record):
            continue
        values = dump.values(record, RECOVERY_COLUMNS)
        if not values.get(Metric.RECOVERY_PCT):  # WHOOP's scale begins at 1; 0 means none
            values.pop(Metric.RECOVERY_PCT, None)
        night, is_sure = _night(dump, record, wakings) if values else (None, True)
        if night is None:
            continue
        unsure += not is_sure
        calibrating += is_true(dump.get(record, "score.user_calibrating"))
        found.append(replace(night, values=values, is_nap=False))
    if unsure:
        dump.warn(
            f"recoveries without a time zone, dated by UTC: {unsure}; to be certain, import "
            "the sleeps or the cycles together with them"
        )
    if calibrating:
        dump.warn(f"recoveries of WHOOP's first nights, while it was calibrating: {calibrating}")
    return found


def read_cycles(
    dump: RecordReader, records: Iterable[Record], wakings: Wakings
) -> dict[date, SleepPeriod]:
    """Read the days' strain and energy, each on the date of the waking it began with.

    A cycle without a sleep belongs to the date its middle falls on, unless that day has another.
    An open one is left out: its strain is not what it will be.
    """
    woken: dict[date, SleepPeriod] = {}
    sleepless: dict[date, SleepPeriod] = {}
    for record in records:
        if (cycle := _read_cycle(dump, record, wakings)) is None:
            continue
        days = woken if cycle.is_main else sleepless
        rival = days.get(cycle.day)
        if rival:
            dump.skipped["second cycle of a day"] += 1
        if not rival or cycle.values[Metric.CYCLE_MIN] > rival.values[Metric.CYCLE_MIN]:
            days[cycle.day] = cycle
    if both := sleepless.keys() & woken.keys():
        dump.skipped["second cycle of a day"] += len(both)
    return sleepless | woken


@dataclass(frozen=True, slots=True)
class OpenCycle:
    """The mean heart rate of a cycle that has not ended, from its start to when it was fetched."""

    day: date
    mean_bpm: float
    start_at: datetime
    woke_at: datetime
    fetched_at: datetime


def read_open_cycles(
    dump: RecordReader, records: Iterable[Record], wakings: Wakings
) -> Iterator[OpenCycle]:
    """Read the heart rate of cycles without an end, on the date of the waking.

    Their strain and energy grow until the next sleep and are never read.
    """
    for record in records:
        zone = zone_of(record)
        night = wakings.by_cycle.get(identity(record.content.get("id")))
        if zone is None or night is None or night.end_at is None or record.content.get("end"):
            continue
        start, fetched = (moment_in(dump, record, path, zone) for path in ("start", "updated_at"))
        if start and fetched and start < night.end_at < fetched and is_scored(dump, record):
            path = "score.average_heart_rate"
            mean = dump.value(record, path, Metric.AVERAGE_HR_BPM)
            if mean is not None:
                yield OpenCycle(night.day, mean, start, night.end_at, fetched)


def read_workouts(
    dump: RecordReader, records: Iterable[Record], source: str
) -> tuple[Workout, ...]:
    """Read the workouts, dated by the local date they started on; in order of start."""
    found: dict[datetime, Workout] = {}
    for record in records:
        zone = zone_of(record)
        if zone is None:
            dump.leave_out(
                record, "timezone_offset", "without it the workout has no date; left out"
            )
            continue
        start, end = (moment_in(dump, record, path, zone) for path in ("start", "end"))
        if not start or not end or end < start:
            dump.skipped["workout without start and end"] += 1
            continue
        values = dump.values(record, DAY_COLUMNS)
        found[start] = Workout(
            day=start.date(),
            start_at=start,
            end_at=end,
            name=_activity(record),
            source=source,
            strain=values.get(Metric.STRAIN),
            energy_kcal=values.get(Metric.ENERGY_KCAL),
            average_hr_bpm=values.get(Metric.AVERAGE_HR_BPM),
            max_hr_bpm=values.get(Metric.MAX_HR_BPM),
        )
    return tuple(found[start] for start in sorted(found))


def is_true(raw: object) -> bool:
    """Whether a value is JSON's ``true``, or a table's word for it."""
    return str(raw).strip().casefold() in cell_values.TRUE


def _night(dump: RecordReader, record: Record, wakings: Wakings) -> tuple[SleepPeriod | None, bool]:
    """Find the night of a recovery; returns also whether its date is certain."""
    cycle = identity(record.content.get("cycle_id"))
    sleep = wakings.by_sleep.get(identity(record.content.get("sleep_id")))
    if night := sleep or wakings.by_cycle.get(cycle):
        return night, True
    # A recovery is written at or shortly after waking; scored again, only updated_at changes.
    zone = wakings.zones.get(cycle)
    created = moment_in(dump, record, "created_at", zone or UTC)
    if created is None:
        dump.leave_out(record, "created_at", "no sleep and no time to date it by; left out")
        return None, False
    day = created.date() if zone else wake_day_in_utc(created)
    if day is None:
        why = "its date depends on the time zone, which only the sleeps or cycles have; left out"
        dump.leave_out(record, "created_at", why)
        return None, False
    return SleepPeriod(day=day, asleep_min=0.0), zone is not None


def _read_cycle(dump: RecordReader, record: Record, wakings: Wakings) -> SleepPeriod | None:
    zone = zone_of(record)
    if zone is None:
        dump.leave_out(record, "timezone_offset", "without it the cycle has no date; left out")
        return None
    start, end = (moment_in(dump, record, path, zone) for path in ("start", "end"))
    if not start or not end:
        dump.skipped["open cycle"] += 1
        return None
    minutes = (end - start) / timedelta(minutes=1)
    low, high = PLAUSIBLE[Metric.CYCLE_MIN]
    if not low <= minutes <= high:
        dump.leave_out(record, "end", f"a cycle of {minutes:g} minutes; left out")
        return None
    if not is_scored(dump, record):
        return None
    values = dump.values(record, DAY_COLUMNS) | {Metric.CYCLE_MIN: minutes}
    night = wakings.by_cycle.get(identity(record.content.get("id")))
    woke = night.end_at if night and night.end_at and night.end_at < end else None
    return SleepPeriod(
        day=night.day if night else (start + (end - start) / 2).date(),
        asleep_min=0.0,
        values=values,
        start_at=woke or start,
        end_at=end,
        is_main=night is not None,
    )


def _sleep_values(dump: RecordReader, record: Record) -> dict[Metric, float]:
    values = dump.values(record, SLEEP_COLUMNS)
    stages = [values.get(m) for m in (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)]
    if known := [minutes for minutes in stages if minutes is not None]:
        values[Metric.ASLEEP_MIN] = sum(known)
    debt = _minutes(dump, record, NEED_PARTS[1])
    parts = [_minutes(dump, record, path) for path in NEED_PARTS]
    needed = [minutes for minutes in parts if minutes is not None]
    for metric, minutes in (
        (Metric.SLEEP_DEBT_MIN, debt),
        (Metric.SLEEP_NEED_MIN, sum(needed) if parts[0] is not None else None),
    ):
        if minutes is not None and PLAUSIBLE[metric].low <= minutes <= PLAUSIBLE[metric].high:
            values[metric] = minutes
    return values


def _minutes(dump: RecordReader, record: Record, path: str) -> float | None:
    """Read a duration that may be negative, such as a nap's part of the need; min."""
    try:
        return cell_values.number(str(dump.get(record, path))) * MINUTES_PER_MS
    except ValueError:
        return None


def _activity(record: Record) -> str:
    name = record.content.get("sport_name")
    sport = identity(record.content.get("sport_id"))
    # JSON can hold half a surrogate pair, which no file and no database can.
    text = str(name or (f"sport {sport}" if sport else "activity"))
    return text.encode("utf-8", "replace").decode()

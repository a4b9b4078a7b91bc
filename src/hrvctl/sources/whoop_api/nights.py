"""WHOOP's API: which day each sleep, cycle and workout belongs to."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from hrvctl.records import PLAUSIBLE, Metric, Workout
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.main_sleep import Sleep
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.whoop_api.objects import identity, is_scored, moment_in, zone_of
from hrvctl.sources.whoop_api.recoveries import Wakings, is_true, read_values

MINUTES_PER_MS = 1 / 60_000
KCAL_PER_KJ = 1 / 4.184  # the thermochemical calorie (ISO 31-4, 1992)
# A sleep of a whole day is a broken clock, as in the app export.
LONGEST_SLEEP = timedelta(hours=24)

STAGES: Mapping[Metric, str] = {
    Metric.IN_BED_MIN: "score.stage_summary.total_in_bed_time_milli",
    Metric.AWAKE_MIN: "score.stage_summary.total_awake_time_milli",
    Metric.LIGHT_MIN: "score.stage_summary.total_light_sleep_time_milli",
    Metric.DEEP_MIN: "score.stage_summary.total_slow_wave_sleep_time_milli",
    Metric.REM_MIN: "score.stage_summary.total_rem_sleep_time_milli",
}
SLEEP_PATHS: Mapping[Metric, str] = {
    Metric.RESPIRATORY_RATE_RPM: "score.respiratory_rate",
    Metric.SLEEP_PERFORMANCE_PCT: "score.sleep_performance_percentage",
    Metric.SLEEP_CONSISTENCY_PCT: "score.sleep_consistency_percentage",
    Metric.SLEEP_EFFICIENCY_PCT: "score.sleep_efficiency_percentage",
}
NEED = "score.sleep_needed."
# A nap lessens the need; its part is negative in the file, so that the four add up.
NEED_PARTS = (
    f"{NEED}baseline_milli",
    f"{NEED}need_from_sleep_debt_milli",
    f"{NEED}need_from_recent_strain_milli",
    f"{NEED}need_from_recent_nap_milli",
)
DAY_PATHS: Mapping[Metric, str] = {
    Metric.STRAIN: "score.strain",
    Metric.ENERGY_KCAL: "score.kilojoule",
    Metric.AVERAGE_HR_BPM: "score.average_heart_rate",
    Metric.MAX_HR_BPM: "score.max_heart_rate",
}
DAY_SCALES = {Metric.ENERGY_KCAL: KCAL_PER_KJ}


def read_sleep(dump: Entries, entry: Entry) -> Sleep | None:
    """Read a sleep; it belongs to the local date it ended on, in the zone it was recorded in."""
    zone = zone_of(entry)
    if zone is None:
        dump.leave_out(entry, "timezone_offset", "without it the sleep has no date; left out")
        return None
    start, end = (moment_in(dump, entry, path, zone) for path in ("start", "end"))
    if not start or not end:
        dump.skipped["sleep without start and end"] += 1
        return None
    if not timedelta(0) < end - start <= LONGEST_SLEEP:
        dump.problem(entry, "end", f"not within 24 hours after the start {start}")
        return None
    values = _sleep_values(dump, entry) if is_scored(dump, entry) else {}
    return Sleep(
        day=end.date(),
        asleep_min=values.get(Metric.ASLEEP_MIN, 0.0),
        values=values,
        start_at=start,
        end_at=end,
        is_nap=is_true(entry.content.get("nap")),
        key=start.astimezone(UTC).isoformat(),  # the ids of versions 1 and 2 differ
    )


def read_cycles(dump: Entries, entries: Iterable[Entry], wakings: Wakings) -> dict[date, Sleep]:
    """Read the days' strain and energy, each on the date of the waking it began with.

    A cycle without a sleep belongs to the date its middle falls on, unless that day has another.
    An open one is left out: its strain is not what it will be.
    """
    woken: dict[date, Sleep] = {}
    sleepless: dict[date, Sleep] = {}
    for entry in entries:
        if (cycle := _read_cycle(dump, entry, wakings)) is None:
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


def read_workouts(dump: Entries, entries: Iterable[Entry], source: str) -> tuple[Workout, ...]:
    """Read the workouts, dated by the local date they started on; in order of start."""
    found: dict[datetime, Workout] = {}
    for entry in entries:
        zone = zone_of(entry)
        if zone is None:
            dump.leave_out(entry, "timezone_offset", "without it the workout has no date; left out")
            continue
        start, end = (moment_in(dump, entry, path, zone) for path in ("start", "end"))
        if not start or not end or end < start:
            dump.skipped["workout without start and end"] += 1
            continue
        values = read_values(dump, entry, DAY_PATHS, DAY_SCALES)
        found[start] = Workout(
            day=start.date(),
            start_at=start,
            end_at=end,
            name=_activity(entry),
            source=source,
            strain=values.get(Metric.STRAIN),
            energy_kcal=values.get(Metric.ENERGY_KCAL),
            average_hr_bpm=values.get(Metric.AVERAGE_HR_BPM),
            max_hr_bpm=values.get(Metric.MAX_HR_BPM),
        )
    return tuple(found[start] for start in sorted(found))


def _read_cycle(dump: Entries, entry: Entry, wakings: Wakings) -> Sleep | None:
    zone = zone_of(entry)
    if zone is None:
        dump.leave_out(entry, "timezone_offset", "without it the cycle has no date; left out")
        return None
    start, end = (moment_in(dump, entry, path, zone) for path in ("start", "end"))
    if not start or not end:
        dump.skipped["open cycle"] += 1
        return None
    minutes = (end - start) / timedelta(minutes=1)
    low, high = PLAUSIBLE[Metric.CYCLE_MIN]
    if not low <= minutes <= high:
        dump.leave_out(entry, "end", f"a cycle of {minutes:g} minutes; left out")
        return None
    if not is_scored(dump, entry):
        return None
    values = read_values(dump, entry, DAY_PATHS, DAY_SCALES) | {Metric.CYCLE_MIN: minutes}
    night = wakings.by_cycle.get(identity(entry.content.get("id")))
    woke = night.end_at if night and night.end_at and night.end_at < end else None
    return Sleep(
        day=night.day if night else (start + (end - start) / 2).date(),
        asleep_min=0.0,
        values=values,
        start_at=woke or start,
        end_at=end,
        is_main=night is not None,
    )


def _sleep_values(dump: Entries, entry: Entry) -> dict[Metric, float]:
    scales = dict.fromkeys(STAGES, MINUTES_PER_MS)
    values = read_values(dump, entry, STAGES, scales) | read_values(dump, entry, SLEEP_PATHS)
    stages = [values.get(m) for m in (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)]
    known = [minutes for minutes in stages if minutes is not None]
    if known:
        values[Metric.ASLEEP_MIN] = sum(known)
    debt = _minutes(dump, entry, NEED_PARTS[1])
    parts = [_minutes(dump, entry, path) for path in NEED_PARTS]
    needed = [minutes for minutes in parts if minutes is not None]
    for metric, minutes in (
        (Metric.SLEEP_DEBT_MIN, debt),
        (Metric.SLEEP_NEED_MIN, sum(needed) if parts[0] is not None else None),
    ):
        if minutes is not None and PLAUSIBLE[metric].low <= minutes <= PLAUSIBLE[metric].high:
            values[metric] = minutes
    return values


def _minutes(dump: Entries, entry: Entry, path: str) -> float | None:
    """A duration that may be negative, such as what a nap takes off the need; min."""
    try:
        return cell_values.number(str(dump.get(entry, path))) * MINUTES_PER_MS
    except ValueError:
        return None


def _activity(entry: Entry) -> str:
    name = entry.content.get("sport_name")
    sport = identity(entry.content.get("sport_id"))
    # JSON can hold half a character, which no file and no database can.
    text = str(name or (f"sport {sport}" if sport else "activity"))
    return text.encode("utf-8", "replace").decode()

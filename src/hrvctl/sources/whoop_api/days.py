"""WHOOP's private API of before 2022: one object a day, with the HRV in seconds."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo

from hrvctl.records import Metric
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.main_sleep import Sleep, wake_day_in_utc
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.whoop_api.nights import KCAL_PER_KJ, MINUTES_PER_MS
from hrvctl.sources.whoop_api.objects import moment_in

HRV = "recovery.heartRateVariabilityRmssd"
MS_PER_S = 1000.0
# Nobody's RMSSD is under 1 ms, so a file of nothing but smaller numbers is in seconds.
LARGEST_IN_SECONDS = 1.0
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

PATHS: Mapping[Metric, tuple[str, float]] = {
    Metric.RESTING_HR_BPM: ("recovery.restingHeartRate", 1.0),
    Metric.RECOVERY_PCT: ("recovery.score", 1.0),
    Metric.STRAIN: ("strain.score", 1.0),
    Metric.ENERGY_KCAL: ("strain.kilojoules", KCAL_PER_KJ),
    Metric.AVERAGE_HR_BPM: ("strain.averageHeartRate", 1.0),
    Metric.MAX_HR_BPM: ("strain.maxHeartRate", 1.0),
    Metric.ASLEEP_MIN: ("sleep.qualityDuration", MINUTES_PER_MS),
    Metric.SLEEP_PERFORMANCE_PCT: ("sleep.score", 1.0),
}
OF_DAY = (Metric.STRAIN, Metric.ENERGY_KCAL, Metric.AVERAGE_HR_BPM, Metric.MAX_HR_BPM)


def read_days(dump: Entries) -> list[Sleep]:
    """Read each day's recovery, sleep and strain, on the local date the sleep ended.

    A day that is still open has no strain that counts.
    """
    scale = _scale(dump)
    found = []
    for entry in dump.entries:
        hrv = dump.value(entry, HRV, Metric.HRV_RMSSD_MS, scale=scale)
        is_open = not dump.get(entry, "during.upper")
        values = {} if hrv is None else {Metric.HRV_RMSSD_MS: hrv}
        for metric, (path, factor) in PATHS.items():
            if metric in OF_DAY and is_open:
                continue
            if (value := dump.value(entry, path, metric, scale=factor)) is not None:
                values[metric] = value
        day = _day(dump, entry) if values else None
        if day:
            asleep = values.get(Metric.ASLEEP_MIN, 0.0)
            found.append(Sleep(day=day, asleep_min=asleep, values=values))
        else:
            dump.skipped["day without a value or a date"] += 1
    return found


def _scale(dump: Entries) -> float:
    """Factor to ms: the API spoke in seconds, but a tool may have saved milliseconds."""
    numbers = []
    for entry in dump.entries:
        try:
            numbers.append(cell_values.number(str(dump.get(entry, HRV))))
        except ValueError:
            continue
    return MS_PER_S if numbers and max(numbers) < LARGEST_IN_SECONDS else 1.0


def _day(dump: Entries, entry: Entry) -> date | None:
    """The date of the main sleep's end; else WHOOP's own; else of when the recovery was made."""
    if ends := [end for end in _sleep_ends(dump, entry) if end]:
        return max(ends).date()
    said = dump.get(entry, "days") or dump.get(entry, "day")
    if text := DAY.search(str(said)):
        try:
            day = date.fromisoformat(text[0])
        except ValueError:
            dump.problem(entry, "days", "not a date like 2020-05-04")
            return None
        return day if dump.is_possible(entry, "days", day) else None
    made = moment_in(dump, entry, "recovery.timestamp", UTC)
    return wake_day_in_utc(made) if made else None


def _sleep_ends(dump: Entries, entry: Entry) -> list[datetime | None]:
    sleeps = dump.get(entry, "sleep.sleeps")
    if not isinstance(sleeps, list):
        return []
    found = []
    for sleep in sleeps:
        if isinstance(sleep, Mapping) and not sleep.get("isNap"):
            inner = Entry(entry.number, entry.group, sleep)
            if zone := _zone(sleep):
                found.append(moment_in(dump, inner, "during.upper", zone))
    return found


def _zone(sleep: Mapping[str, object]) -> tzinfo | None:
    return cell_values.zone(str(sleep.get("timezoneOffset") or ""))

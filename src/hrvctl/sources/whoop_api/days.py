"""WHOOP's private API of before 2022: one object a day, with the HRV in seconds."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo

from hrvctl.records import Metric
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.main_sleep import SleepPeriod, wake_day_in_utc
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader
from hrvctl.sources.whoop_api.dump import moment_in
from hrvctl.sources.whoop_api.nights import KCAL_PER_KJ, MINUTES_PER_MS

HRV = "recovery.heartRateVariabilityRmssd"
MS_PER_S = 1000.0
# No RMSSD is under 1 ms, so a file with only smaller numbers is in seconds.
LARGEST_IN_SECONDS = 1.0
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

COLUMNS = (
    Column("recovery.restingHeartRate", Metric.RESTING_HR_BPM),
    Column("recovery.score", Metric.RECOVERY_PCT),
    Column("sleep.qualityDuration", Metric.ASLEEP_MIN, MINUTES_PER_MS),
    Column("sleep.score", Metric.SLEEP_PERFORMANCE_PCT),
)
DAY_COLUMNS = (
    Column("strain.score", Metric.STRAIN),
    Column("strain.kilojoules", Metric.ENERGY_KCAL, KCAL_PER_KJ),
    Column("strain.averageHeartRate", Metric.AVERAGE_HR_BPM),
    Column("strain.maxHeartRate", Metric.MAX_HR_BPM),
)


def read_days(dump: RecordReader) -> list[SleepPeriod]:
    """Read each day's recovery, sleep and strain, on the local date the sleep ended.

    The strain of a day that is still open is not read.
    """
    hrv = Column(HRV, Metric.HRV_RMSSD_MS, _scale(dump))
    found = []
    for record in dump.records:
        is_open = not dump.get(record, "during.upper")
        columns = (hrv, *COLUMNS) if is_open else (hrv, *COLUMNS, *DAY_COLUMNS)
        values = dump.values(record, columns)
        day = _day(dump, record) if values else None
        if day:
            asleep = values.get(Metric.ASLEEP_MIN, 0.0)
            found.append(SleepPeriod(day=day, asleep_min=asleep, values=values))
        else:
            dump.skipped["day without a value or a date"] += 1
    return found


def _scale(dump: RecordReader) -> float:
    """Return the factor to ms: the API gave seconds, but a tool may have saved milliseconds."""
    numbers = [
        number
        for record in dump.records
        if math.isfinite(number := cell_values.number_or_nan(str(dump.get(record, HRV))))
    ]
    return MS_PER_S if numbers and max(numbers) < LARGEST_IN_SECONDS else 1.0


def _day(dump: RecordReader, record: Record) -> date | None:
    """Return the date of the main sleep's end; else WHOOP's own; else that of the recovery."""
    if ends := [end for end in _sleep_ends(dump, record) if end]:
        return max(ends).date()
    raw = dump.get(record, "days") or dump.get(record, "day")
    if text := DAY.search(str(raw)):
        try:
            day = date.fromisoformat(text[0])
        except ValueError:
            dump.problem(record, "days", "not a date like 2020-05-04")
            return None
        return day if dump.is_possible(record, "days", day) else None
    computed_at = moment_in(dump, record, "recovery.timestamp", UTC)
    return wake_day_in_utc(computed_at) if computed_at else None


def _sleep_ends(dump: RecordReader, record: Record) -> list[datetime | None]:
    sleeps = dump.get(record, "sleep.sleeps")
    if not isinstance(sleeps, list):
        return []
    found = []
    for sleep in sleeps:
        if isinstance(sleep, Mapping) and not sleep.get("isNap"):
            inner = Record(record.number, record.group, sleep)
            if zone := _zone(sleep):
                found.append(moment_in(dump, inner, "during.upper", zone))
    return found


def _zone(sleep: Mapping[str, object]) -> tzinfo | None:
    return cell_values.zone(str(sleep.get("timezoneOffset") or ""))

"""Withings: saved answers of its sleep summaries, of which each is a night or a nap."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, measure_files
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

KIND = "sleep_summary"
WINDOW = frozenset({"startdate", "enddate"})
SECOND = 1 / 60
# RMSSD of the first and the last ninety minutes of the sleep (Withings' support, "Nighttime heart
# rate variability"): there is none of the whole night.
ENDS = ("data.rmssd_start_avg", "data.rmssd_end_avg")
COLUMNS = (
    Column("data.hr_average", Metric.NIGHT_HR_BPM),
    Column("data.rr_average", Metric.RESPIRATORY_RATE_RPM),
    Column("data.total_sleep_time", Metric.ASLEEP_MIN, SECOND),
    Column("data.total_timeinbed", Metric.IN_BED_MIN, SECOND),
    Column("data.lightsleepduration", Metric.LIGHT_MIN, SECOND),
    Column("data.deepsleepduration", Metric.DEEP_MIN, SECOND),
    Column("data.remsleepduration", Metric.REM_MIN, SECOND),
    Column("data.wakeupduration", Metric.AWAKE_MIN, SECOND),
)
LONGEST = timedelta(days=1)


class Withings:
    """Reads the sleep summaries of Withings' interface, version 2.

    The HRV of a night is the mean of its first and its last ninety minutes; a night that has only
    one of the two has none, since the two differ.
    """

    name: str = "withings"
    title: str = "Withings sleep summaries"
    steps: tuple[str, ...] = (
        "hrvctl connect withings asks Withings for the nights; nothing need be saved by hand.",
        "Or save the answers of v2/sleep, action getsummary, as JSON.",
        "hrvctl import FILE",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``sleep_summary``, of JSON with sleeps and their summed-up values."""
        keys = head_keys(document)
        values = {column.path.removeprefix("data.") for column in COLUMNS}
        values |= {path.removeprefix("data.") for path in ENDS}
        return KIND if keys >= WINDOW and "data" in keys and keys & values else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each sleep; the night of a day is its longest one."""
        loaded, problems = load_json(document)
        found = [sleep for record in loaded for sleep in _series(record.content)]
        records = [Record(number, "", content) for number, content in enumerate(found, 1)]
        file = RecordReader(document.name, records, today=today, problems=problems)
        sleeps = [sleep for record in records if (sleep := _sleep(file, record))]
        (measured,) = measure_files([sleeps], self.name)
        return file.reading(self.name, KIND, measurements=measured)


def _series(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    body = content.get("body", content)
    inner = body.get("series") if isinstance(body, Mapping) else None
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        yield from (one for one in inner if isinstance(one, Mapping))
    elif WINDOW & content.keys():  # not the frame of an empty answer
        yield content


def _sleep(file: RecordReader, record: Record) -> SleepPeriod | None:
    if record.content.get("completed") is False:
        file.skipped["sleep that was still going on"] += 1
        return None
    start, end = (_moment(file, record, name) for name in ("startdate", "enddate"))
    if start is None or end is None or not timedelta() < end - start <= LONGEST:
        file.skipped["sleep without its two times"] += 1
        return None
    zone = _zone(file.text(record, "timezone"))
    # Without a zone the day is the one that Withings gives, which is that of the waking.
    day = end.astimezone(zone).date() if zone else file.required_day(record, "date")
    if day is None or not file.is_possible(record, "enddate", day):
        return None
    values = file.values(record, COLUMNS)
    ends = [file.value(record, path, Metric.HRV_RMSSD_MS) for path in ENDS]
    known = [value for value in ends if value is not None]
    if len(known) == len(ENDS):
        values[Metric.HRV_RMSSD_MS] = sum(known) / len(known)
    elif known:
        file.skipped["sleep with the HRV of its beginning or its end alone"] += 1
    return SleepPeriod(
        day=day,
        asleep_min=values.get(Metric.ASLEEP_MIN, (end - start) / timedelta(minutes=1)),
        values=values,
        start_at=_local(start, zone) if zone else None,
        end_at=_local(end, zone) if zone else None,
        key=file.text(record, "id"),
    )


def _moment(file: RecordReader, record: Record, name: str) -> datetime | None:
    return cell_values.instant(cell_values.number_or_nan(file.text(record, name)))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """An instant with the zone's distance from UTC at that time."""
    there = moment.astimezone(zone)
    return there.replace(
        tzinfo=cell_values.zone_at((there.utcoffset() or timedelta()).total_seconds())
    )

"""Ultrahuman: saved answers of its partner interface, one list of items a day."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import (
    SleepPeriod,
    main_sleeps,
    measure_nights,
    wake_day_in_utc,
)
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader
from hrvctl.sources.kit.recording_date import moment_of

KIND = "days"
ITEM = frozenset({"type", "object"})
MARKS = ("avg_sleep_hrv", "night_rhr", "sleep_rhr", "recovery_index", "movement_index")
SECOND, MINUTE = 1 / 60, 1.0
HALF_A_DAY = timedelta(hours=12)
LONGEST = timedelta(days=1)
HRV, RHR, START, END = "hrv", "rhr", "bedtime_start", "bedtime_end"
DAY, DAY_START = "day", "day_start_timestamp"
COLUMNS = (Column(HRV, Metric.HRV_RMSSD_MS), Column(RHR, Metric.RESTING_HR_BPM))
# Where the resting heart rate is, the first that is there: item and key.
RHR_PLACES = (
    ("night_rhr", "avg"),
    ("night_rhr", "value"),
    ("sleep_rhr", "value"),
    ("avg_rhr", "value"),
)
# What a sleep has by name; older answers give seconds without saying so, newer ones the unit.
SLEEP = {
    "time_in_bed": Metric.IN_BED_MIN,
    "total_sleep": Metric.ASLEEP_MIN,
    "deep_sleep": Metric.DEEP_MIN,
    "light_sleep": Metric.LIGHT_MIN,
    "rem_sleep": Metric.REM_MIN,
    "awake": Metric.AWAKE_MIN,
}
UNITS = {"seconds": SECOND, "minutes": MINUTE}
STAGES = (Metric.DEEP_MIN, Metric.LIGHT_MIN, Metric.REM_MIN)


class _Answer(NamedTuple):
    """The items of one day by type, in lower case, and the day where the file names it."""

    day: str
    items: Mapping[str, Mapping[str, Any]]


class Ultrahuman:
    """Reads the days of saved answers."""

    name: str = "ultrahuman"
    title: str = "Ultrahuman answers"
    steps: tuple[str, ...] = (
        "A client of Ultrahuman's partner interface saves the answers, one a day.",
        "Save them as JSON, each answer whole; a list of answers is read too.",
        "hrvctl import FILE",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``days``, of JSON whose items have a type of Ultrahuman's."""
        if not head_keys(document) >= ITEM:
            return None
        return KIND if any(f'"{mark}"'.encode() in document.head for mark in MARKS) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each day as the night that ended on it."""
        loaded, problems = load_json(document)
        records = [
            Record(number, "", _values(answer))
            for number, answer in enumerate(_answers([r.content for r in loaded]), 1)
        ]
        file = RecordReader(document.name, records, today=today, problems=problems)
        nights = main_sleeps(night for r in records if (night := _night(file, r)))
        if any(not r.content[DAY] and r.content[END] for r in records):
            file.warn("its times are in UTC without a time zone, so nights were dated by UTC")
        if any(Metric.HRV_RMSSD_MS in night.values for night in nights.values()):
            file.warn("Ultrahuman calls its HRV RMSSD; its answers do not say so")
        return file.reading(self.name, KIND, measurements=measure_nights(nights, self.name))


def _answers(contents: Sequence[Mapping[str, Any]]) -> Iterator[_Answer]:
    """Find the items of each day; items that no answer holds are those of one day.

    A type that comes twice among them begins another day.
    """
    loose: dict[str, Mapping[str, Any]] = {}
    for content in contents:
        if content.keys() >= ITEM:
            for kind, item in _by_type([content]).items():
                if kind in loose:
                    yield _Answer("", loose)
                    loose = {}
                loose[kind] = item
            continue
        data = content.get("data", content)
        if not isinstance(data, Mapping):
            continue
        by_day = data.get("metrics")
        if isinstance(by_day, Mapping):
            for day, items in by_day.items():
                yield _Answer(day, _by_type(items))
        else:
            yield _Answer("", _by_type(data.get("metric_data") or data.get("items")))
    if loose:
        yield _Answer("", loose)


def _by_type(items: object) -> dict[str, Mapping[str, Any]]:
    if not isinstance(items, list):
        return {}
    return {
        str(item["type"]).lower(): item["object"]
        for item in items
        if isinstance(item, Mapping) and item.keys() >= ITEM and isinstance(item["object"], Mapping)
    }


def _values(answer: _Answer) -> dict[str, Any]:
    """Lay out a day's values by name; minutes by the name of their metric."""
    items, sleep = answer.items, answer.items.get("sleep", {})
    day_start = next((o[DAY_START] for o in items.values() if DAY_START in o), None)
    found: dict[str, Any] = {
        DAY: answer.day,
        DAY_START: day_start,
        START: sleep.get(START),
        END: sleep.get(END),
        **_minutes(sleep),
    }
    found[RHR] = next((v for item, key in RHR_PLACES if (v := items.get(item, {}).get(key))), None)
    found[HRV] = items.get("avg_sleep_hrv", {}).get("value") or _mean_asleep(
        items.get("hrv", {}).get("values"), sleep
    )
    return found


def _mean_asleep(samples: object, sleep: Mapping[str, Any]) -> float | None:
    """Average the samples of a sleep; those of the day around it are not its HRV."""
    start, end = _number(sleep.get(START)), _number(sleep.get(END))
    pairs = [s for s in samples if isinstance(s, Mapping)] if isinstance(samples, list) else []
    inside = [
        value
        for s in pairs
        if (value := _number(s.get("value"))) > 0 and start <= _number(s.get("timestamp")) <= end
    ]
    return math.fsum(inside) / len(inside) if inside else None


def _minutes(sleep: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for list_name, key in (("quick_metrics", "value"), ("sleep_stages", "stage_time")):
        for part in sleep.get(list_name) or ():
            if isinstance(part, Mapping) and (metric := SLEEP.get(str(part.get("type")))):
                found[metric] = _number(part.get(key)) * SECOND
    for name, metric in SLEEP.items():
        inner = sleep.get(name)
        for unit, scale in UNITS.items():
            if isinstance(inner, Mapping) and unit in inner:
                found[metric] = _number(inner[unit]) * scale
    asleep = math.fsum(found.get(stage, 0.0) for stage in STAGES)
    if asleep and Metric.ASLEEP_MIN not in found:
        found[Metric.ASLEEP_MIN] = asleep
    return {metric: value for metric, value in found.items() if math.isfinite(value)}


def _number(raw: object) -> float:
    return cell_values.number_or_nan(str(raw))


def _night(file: RecordReader, record: Record) -> SleepPeriod | None:
    values = file.values(record, (*COLUMNS, *(Column(m, m) for m in SLEEP.values())))
    if not values:
        file.skipped["day without a value"] += 1
        return None
    start, end = (_instant(record, path) for path in (START, END))
    day = file.required_day(record, DAY) if record.content[DAY] else _day(file, record, end)
    if day is None:
        return None
    is_window = start and end and timedelta() < end - start <= LONGEST
    return SleepPeriod(
        day=day,
        asleep_min=values.get(Metric.ASLEEP_MIN, 0.0),
        values=values,
        start_at=start if is_window else None,
        end_at=end if is_window else None,
    )


def _day(file: RecordReader, record: Record, woke_at: datetime | None) -> date | None:
    if woke_at:
        day = wake_day_in_utc(woke_at)
        if day is None:
            file.skipped["night whose date depends on the time zone"] += 1
        return day if day and file.is_possible(record, END, day) else None
    begun = _instant(record, DAY_START)
    if begun is None:
        file.problem(record, DAY, "a day must have a date, a sleep or the time it began")
        return None
    day = (begun + HALF_A_DAY).date()
    return day if file.is_possible(record, DAY_START, day) else None


def _instant(record: Record, path: str) -> datetime | None:
    """Read seconds since 1970, or a time with its offset."""
    moment = moment_of(str(record.content.get(path)))
    return moment.astimezone(UTC) if moment and moment.tzinfo else None

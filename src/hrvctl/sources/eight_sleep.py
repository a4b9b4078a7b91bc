"""Eight Sleep: saved trends, of which each day has the RMSSD of the night that ended on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_nights
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

KIND = "trends"
MARK = "sleepQualityScore"
SECOND = 1 / 60
# ``score`` beside a ``current`` is a rating, and ``average`` is that of weeks.
COLUMNS = (
    Column("sleepQualityScore.hrv.current", Metric.HRV_RMSSD_MS),
    Column("sleepQualityScore.respiratoryRate.current", Metric.RESPIRATORY_RATE_RPM),
    Column("sleepQualityScore.heartRate.current", Metric.NIGHT_HR_BPM),
    Column("sleepDuration", Metric.ASLEEP_MIN, SECOND),
    Column("presenceDuration", Metric.IN_BED_MIN, SECOND),
    Column("lightDuration", Metric.LIGHT_MIN, SECOND),
    Column("deepDuration", Metric.DEEP_MIN, SECOND),
    Column("remDuration", Metric.REM_MIN, SECOND),
)
LONGEST = timedelta(days=1)


class EightSleep:
    """Reads the trends of Eight Sleep's app interface."""

    name: str = "eight_sleep"
    title: str = "Eight Sleep trends"
    steps: tuple[str, ...] = (
        "Eight Sleep has no export; a client of its app's interface saves the answers.",
        "Save the answer of users/ID/trends, model version v2, as JSON.",
        "hrvctl import FILE",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``trends``, of JSON whose days have a sleep quality."""
        return KIND if {"day", MARK} <= head_keys(document) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each day as the night that ended on it; of two of one day the longer counts."""
        loaded, problems = load_json(document)
        days = [day for record in loaded for day in _days(record.content)]
        records = [Record(number, "", content) for number, content in enumerate(days, 1)]
        file = RecordReader(document.name, records, today=today, problems=problems)
        nights = main_sleeps(night for r in records if (night := _night(file, r)))
        return file.reading(self.name, KIND, measurements=measure_nights(nights, self.name))


def _days(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = content.get("days")
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        yield from (day for day in inner if isinstance(day, Mapping))
    else:
        yield content


def _night(file: RecordReader, record: Record) -> SleepPeriod | None:
    day = file.required_day(record, "day")
    if day is None:
        return None
    if record.content.get("processing") is True:
        file.skipped["day that was still being processed"] += 1
        return None
    if not isinstance(record.content.get(MARK), Mapping):
        file.skipped["day without a night"] += 1
        return None
    values = file.values(record, COLUMNS)
    night = SleepPeriod(day=day, asleep_min=values.get(Metric.ASLEEP_MIN, 0.0), values=values)
    start, end = file.moment(record, "sleepStart"), file.moment(record, "sleepEnd")
    if start and end and start.tzinfo and end.tzinfo and timedelta() < end - start <= LONGEST:
        return replace(night, start_at=start, end_at=end)
    return night

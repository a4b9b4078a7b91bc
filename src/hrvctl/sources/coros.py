"""COROS: saved answers of the Training Hub, of which each day has the night's mean RMSSD."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import measure_days
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

KIND = "days"
# The day of waking, as 20261110. The band and the base beside these are the vendor's own range.
DAY = "happenDay"
COLUMNS = (Column("avgSleepHrv", Metric.HRV_RMSSD_MS), Column("rhr", Metric.RESTING_HR_BPM))
MARKS = frozenset({"avgSleepHrv", "sleepHrvBase", "testRhr"})
# Levels of objects in an answer; the deepest has five.
DEEPEST = 8


class Coros:
    """Reads the days of the dashboard and of the analysis."""

    name: str = "coros"
    title: str = "COROS Training Hub answers"
    steps: tuple[str, ...] = (
        "COROS has no export of nights; a client of its Training Hub saves the answers.",
        "Save the answer of analyse/dayDetail/query, or of dashboard/query, as JSON.",
        "hrvctl import FILE",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``days``, of JSON with COROS's name of a day and one of its values."""
        keys = head_keys(document)
        return KIND if DAY in keys and keys & MARKS else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each day; of two of one day the later in the file counts."""
        loaded, problems = load_json(document)
        days = [found for record in loaded for found in _days(record.content)]
        records = [Record(number, "", content) for number, content in enumerate(days, 1)]
        file = RecordReader(document.name, records, today=today, problems=problems)
        values: dict[tuple[date, Metric], float] = {}
        for record in records:
            found = file.values(record, COLUMNS)
            if day := _day(file, record):
                values |= {(day, metric): value for metric, value in found.items()}
        return file.reading(self.name, KIND, measurements=measure_days(values, self.name))


def _days(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - any JSON
    """Find the objects that have a day, however deep; an inner one comes after its outer."""
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        if DAY in value:
            yield value
        for inner in value.values():
            yield from _days(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _days(inner, depth + 1)


def _day(file: RecordReader, record: Record) -> date | None:
    raw = str(record.content.get(DAY))
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        file.problem(record, DAY, "not a date like 20261110")
        return None
    return day if file.is_possible(record, DAY, day) else None

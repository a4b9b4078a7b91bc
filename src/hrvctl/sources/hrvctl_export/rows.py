"""Turn the rows of our own export back into records, each with its original source."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from hrvctl.records import (
    FIRST_PLAUSIBLE_DAY,
    JournalEntry,
    Measurement,
    Metric,
    TypedNote,
    Workout,
)
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.record_reader import Record, RecordReader

# The source of answers extracted from notes, which are extracted again instead of imported.
TYPED = "user"
TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


METRICS = frozenset(metric.value for metric in Metric)

Row = TypeVar("Row")


def _measurements(reader: RecordReader) -> tuple[Measurement, ...]:
    return _unique(reader, _measurement, lambda m: (m.day, m.metric.value, m.source))


def _journal(reader: RecordReader) -> tuple[JournalEntry, ...]:
    return _unique(reader, _answer, lambda e: (e.day, e.tag, e.source))


def _workouts(reader: RecordReader) -> tuple[Workout, ...]:
    return _unique(reader, _workout, lambda w: (w.start_at, w.source))


def _notes(reader: RecordReader) -> tuple[TypedNote, ...]:
    """Read the notes in the order typed, in whichever order the file has them."""
    found = [
        (number, note)
        for record in reader.records
        if (note := _note(reader, record)) and (number := _whole(reader, record, "id")) is not None
    ]
    return tuple(note for _, note in sorted(found, key=lambda pair: pair[0]))


# The imported tables; the records of each are the field of that name in ``Reading``.
READERS: Mapping[str, Callable[[RecordReader], tuple[Any, ...]]] = {
    "measurements": _measurements,
    "journal": _journal,
    "workouts": _workouts,
    "notes": _notes,
}


def _unique(
    reader: RecordReader,
    make: Callable[[RecordReader, Record], Row | None],
    key_of: Callable[[Row], tuple[Any, ...]],
) -> tuple[Row, ...]:
    """Return every row once, in order; two different rows with one key are a problem."""
    found: dict[tuple[Any, ...], Row] = {}
    for record in reader.records:
        row = make(reader, record)
        if row is None:
            continue
        before = found.setdefault(key_of(row), row)
        if before is not row and before != row:
            reader.problem(record, "day", "another row has a different value for the same")
        elif before is not row:
            reader.skipped["repeated row"] += 1
    return tuple(found[key] for key in sorted(found))


def _measurement(reader: RecordReader, record: Record) -> Measurement | None:
    day, source = _measured_day(reader, record), _name(reader, record, "source")
    name = _text(reader, record, "metric")
    if name not in METRICS:
        reader.leave_out(record, "metric", "a metric this hrvctl does not know; left out")
        return None
    value = reader.value(record, "value", Metric(name))
    if not day or not source or value is None:
        return None
    start, end = (_instant(reader, record, path) for path in ("start_at", "end_at"))
    if start and end and start >= end:
        reader.leave_out(record, "end_at", f"not after {start}; both are left out")
        start = end = None
    return Measurement(
        day=day, metric=Metric(name), value=value, source=source, start_at=start, end_at=end
    )


def _answer(reader: RecordReader, record: Record) -> JournalEntry | None:
    day = _day(reader, record)
    tag, source = (_name(reader, record, path) for path in ("tag", "source"))
    if source == TYPED:
        reader.skipped["answer from a note, which is read with the note itself"] += 1
        return None
    value = _number(reader, record, "value")
    at = _text(reader, record, "at")
    if at and not TIME_OF_DAY.fullmatch(at):
        reader.leave_out(record, "at", "not a time of day like 21:30; left out")
        at = ""
    if not day or not tag or not source or value is None:
        return None
    return JournalEntry(
        day=day,
        tag=tag,
        value=value,
        text=_text(reader, record, "text"),
        source=source,
        note=_text(reader, record, "note"),
        unit=_text(reader, record, "unit"),
        at=at,
    )


def _workout(reader: RecordReader, record: Record) -> Workout | None:
    day, source = _measured_day(reader, record), _name(reader, record, "source")
    start, end = (_instant(reader, record, path) for path in ("start_at", "end_at"))
    if not start or not end:
        reader.problem(record, "start_at", "a workout needs a start and an end")
    if not day or not source or not start or not end:
        return None
    return Workout(
        day=day,
        start_at=start,
        end_at=end,
        name=_text(reader, record, "name"),
        source=source,
        strain=reader.value(record, "strain", Metric.STRAIN),
        energy_kcal=reader.value(record, "energy_kcal", Metric.ENERGY_KCAL),
        average_hr_bpm=reader.value(record, "average_hr_bpm", Metric.AVERAGE_HR_BPM),
        max_hr_bpm=reader.value(record, "max_hr_bpm", Metric.MAX_HR_BPM),
    )


def _note(reader: RecordReader, record: Record) -> TypedNote | None:
    if _text(reader, record, "withdrawn_at"):
        reader.skipped["withdrawn note"] += 1
        return None
    day, batch = _day(reader, record), _whole(reader, record, "batch")
    text = _text(reader, record, "text")
    written_at = _instant(reader, record, "written_at")
    if not written_at:
        reader.problem(record, "written_at", "a note needs the moment it was written")
    if not day or not written_at or batch is None:
        return None
    return TypedNote(day=day, text=text, written_at=written_at, batch=batch)


def _text(reader: RecordReader, record: Record, path: str) -> str:
    raw = reader.get(record, path)
    if raw is not None and not isinstance(raw, str):
        reader.problem(record, path, "not a text")
        return ""
    return raw or ""


def _name(reader: RecordReader, record: Record, path: str) -> str:
    """Read a text that cannot be empty."""
    text = _text(reader, record, path)
    if not text.strip():
        reader.problem(record, path, "it is empty")
    return text.strip()


def _number(reader: RecordReader, record: Record, path: str) -> float | None:
    try:
        return cell_values.number(str(reader.get(record, path)))
    except ValueError as error:
        reader.problem(record, path, str(error))
        return None


def _whole(reader: RecordReader, record: Record, path: str) -> int | None:
    number = _number(reader, record, path)
    if number is None:
        return None
    if number != math.floor(number):
        reader.problem(record, path, "not a whole number")
        return None
    return int(number)


def _instant(reader: RecordReader, record: Record, path: str) -> datetime | None:
    """Read an aware moment; one without a zone is a problem: the export always writes it."""
    raw = reader.get(record, path)
    if raw is None or raw == "":
        return None
    try:
        moment = datetime.fromisoformat(str(raw))
        if moment.utcoffset() is None:
            raise ValueError(moment)
    except ValueError:
        reader.problem(record, path, "not a moment with its zone like 2025-05-03T23:41:07+02:00")
        return None
    return moment


def _day(reader: RecordReader, record: Record) -> date | None:
    """Read a day; one of the journal may be from before there were wearables."""
    raw = str(reader.get(record, "day") or "")
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        reader.problem(record, "day", "not a date like 2025-05-03")
        return None
    is_early = day < FIRST_PLAUSIBLE_DAY
    return day if is_early or reader.is_possible(record, "day", day) else None


def _measured_day(reader: RecordReader, record: Record) -> date | None:
    day = _day(reader, record)
    return day if day and reader.is_possible(record, "day", day) else None

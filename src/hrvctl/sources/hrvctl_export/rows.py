"""The rows of our own export as records again, each with the source it came from."""

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
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.record_reader import Entries

# Whose answers are read out of the notes, and come back with those alone.
TYPED = "user"
TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


METRICS = frozenset(metric.value for metric in Metric)

Row = TypeVar("Row")


def _measurements(entries: Entries) -> tuple[Measurement, ...]:
    return _unique(entries, _measurement, lambda m: (m.day, m.metric.value, m.source))


def _journal(entries: Entries) -> tuple[JournalEntry, ...]:
    return _unique(entries, _answer, lambda e: (e.day, e.tag, e.source))


def _workouts(entries: Entries) -> tuple[Workout, ...]:
    return _unique(entries, _workout, lambda w: (w.start_at, w.source))


def _notes(entries: Entries) -> tuple[TypedNote, ...]:
    """In the order typed, whatever order a spreadsheet has left them in."""
    found = [
        (number, note)
        for entry in entries.entries
        if (note := _note(entries, entry)) and (number := _whole(entries, entry, "id")) is not None
    ]
    return tuple(note for _, note in sorted(found, key=lambda pair: pair[0]))


# Each table that is taken in; its records are the field of that name in ``Reading``.
READERS: Mapping[str, Callable[[Entries], tuple[Any, ...]]] = {
    "measurements": _measurements,
    "journal": _journal,
    "workouts": _workouts,
    "notes": _notes,
}


def _unique(
    entries: Entries,
    make: Callable[[Entries, Entry], Row | None],
    key_of: Callable[[Row], tuple[Any, ...]],
) -> tuple[Row, ...]:
    """Every row once, in order; two rows that differ and speak of the same are a fault."""
    found: dict[tuple[Any, ...], Row] = {}
    for entry in entries.entries:
        row = make(entries, entry)
        if row is None:
            continue
        before = found.setdefault(key_of(row), row)
        if before is not row and before != row:
            entries.problem(entry, "day", "another row says otherwise of the same")
        elif before is not row:
            entries.skipped["repeated row"] += 1
    return tuple(found[key] for key in sorted(found))


def _measurement(entries: Entries, entry: Entry) -> Measurement | None:
    day, source = _measured_day(entries, entry), _name(entries, entry, "source")
    name = _text(entries, entry, "metric")
    if name not in METRICS:
        entries.leave_out(entry, "metric", "a metric this hrvctl does not know; left out")
        return None
    value = entries.value(entry, "value", Metric(name))
    if not day or not source or value is None:
        return None
    start, end = (_instant(entries, entry, path) for path in ("start_at", "end_at"))
    if start and end and start >= end:
        entries.leave_out(entry, "end_at", f"not after {start}; both are left out")
        start = end = None
    return Measurement(
        day=day, metric=Metric(name), value=value, source=source, start_at=start, end_at=end
    )


def _answer(entries: Entries, entry: Entry) -> JournalEntry | None:
    day = _day(entries, entry)
    tag, source = (_name(entries, entry, path) for path in ("tag", "source"))
    if source == TYPED:
        entries.skipped["answer read out of a note, with which it comes back"] += 1
        return None
    value = _number(entries, entry, "value")
    at = _text(entries, entry, "at")
    if at and not TIME_OF_DAY.fullmatch(at):
        entries.leave_out(entry, "at", "not a time of day like 21:30; left out")
        at = ""
    if not day or not tag or not source or value is None:
        return None
    return JournalEntry(
        day=day,
        tag=tag,
        value=value,
        text=_text(entries, entry, "text"),
        source=source,
        note=_text(entries, entry, "note"),
        unit=_text(entries, entry, "unit"),
        at=at,
    )


def _workout(entries: Entries, entry: Entry) -> Workout | None:
    day, source = _measured_day(entries, entry), _name(entries, entry, "source")
    start, end = (_instant(entries, entry, path) for path in ("start_at", "end_at"))
    if not start or not end:
        entries.problem(entry, "start_at", "a workout needs a start and an end")
    if not day or not source or not start or not end:
        return None
    return Workout(
        day=day,
        start_at=start,
        end_at=end,
        name=_text(entries, entry, "name"),
        source=source,
        strain=entries.value(entry, "strain", Metric.STRAIN),
        energy_kcal=entries.value(entry, "energy_kcal", Metric.ENERGY_KCAL),
        average_hr_bpm=entries.value(entry, "average_hr_bpm", Metric.AVERAGE_HR_BPM),
        max_hr_bpm=entries.value(entry, "max_hr_bpm", Metric.MAX_HR_BPM),
    )


def _note(entries: Entries, entry: Entry) -> TypedNote | None:
    if _text(entries, entry, "withdrawn_at"):
        entries.skipped["withdrawn note"] += 1
        return None
    day, batch = _day(entries, entry), _whole(entries, entry, "batch")
    text = _text(entries, entry, "text")
    written_at = _instant(entries, entry, "written_at")
    if not written_at:
        entries.problem(entry, "written_at", "a note needs the moment it was written")
    if not day or not written_at or batch is None:
        return None
    return TypedNote(day=day, text=text, written_at=written_at, batch=batch)


def _text(entries: Entries, entry: Entry, path: str) -> str:
    raw = entries.get(entry, path)
    if raw is not None and not isinstance(raw, str):
        entries.problem(entry, path, "not a text")
        return ""
    return raw or ""


def _name(entries: Entries, entry: Entry, path: str) -> str:
    """A text that cannot be empty."""
    text = _text(entries, entry, path)
    if not text.strip():
        entries.problem(entry, path, "nothing stands here")
    return text.strip()


def _number(entries: Entries, entry: Entry, path: str) -> float | None:
    try:
        return cell_values.number(str(entries.get(entry, path)))
    except ValueError as error:
        entries.problem(entry, path, str(error))
        return None


def _whole(entries: Entries, entry: Entry, path: str) -> int | None:
    number = _number(entries, entry, path)
    if number is None:
        return None
    if number != math.floor(number):
        entries.problem(entry, path, "not a whole number")
        return None
    return int(number)


def _instant(entries: Entries, entry: Entry, path: str) -> datetime | None:
    """An aware moment; one without a zone is a fault, since the export always writes it."""
    raw = entries.get(entry, path)
    if raw is None or raw == "":
        return None
    try:
        moment = datetime.fromisoformat(str(raw))
        if moment.utcoffset() is None:
            raise ValueError(moment)
    except ValueError:
        entries.problem(entry, path, "not a moment with its zone like 2025-05-03T23:41:07+02:00")
        return None
    return moment


def _day(entries: Entries, entry: Entry) -> date | None:
    """A day that was lived: the journal may speak of one before there were wearables."""
    raw = str(entries.get(entry, "day") or "")
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        entries.problem(entry, "day", "not a date like 2025-05-03")
        return None
    is_early = day < FIRST_PLAUSIBLE_DAY
    return day if is_early or entries.is_possible(entry, "day", day) else None


def _measured_day(entries: Entries, entry: Entry) -> date | None:
    day = _day(entries, entry)
    return day if day and entries.is_possible(entry, "day", day) else None

"""Garmin's lifestyle logging as answers of a journal: each behaviour of a day, yes or no."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from hrvctl.records import JournalEntry, Reading
from hrvctl.sources.kit.cell_values import normalise
from hrvctl.sources.kit.journal_answers import NO, YES, one_a_day
from hrvctl.sources.kit.json_records import load_json
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record, RecordReader

KIND = "lifestyle"
MARKS = frozenset({"behaviourName", "status", "calendarDate"})
DAYS, NAME, STATUS, DAY = "dailyLogList", "behaviourName", "status", "calendarDate"
DETAILS = "dailyLogDetailDTOList"
ANSWERS: Mapping[str, float] = {
    **dict.fromkeys(("yes", "true", "done"), YES),
    **dict.fromkeys(("no", "false", "not_done"), NO),
}
# Our tag of Garmin's name, where the two differ; a person's own behaviour keeps its name.
ALIASES: Mapping[str, str] = {
    "late_meals": "late_meal",
    "heavy_meals": "big_meal",
    "heavy_meal": "big_meal",
    "illness": "sick",
    "sickness": "sick",
    "naps": "nap",
    "reading_before_bed": "read_in_bed",
    "screen_time_before_bed": "screen_in_bed",
    "alkohol": "alcohol",
    "koffein": "caffeine",
}
# Garmin counts the drinks of an alcohol by their kind; of other amounts the unit is not named.
ALCOHOL, DRINKS = "alcohol", "drinks"


def read_lifestyle(document: Document, source: str, *, today: date) -> Reading:
    """Read each behaviour that was answered; of a day's several answers a yes, or the sum."""
    loaded, problems = load_json(document)
    items = [item for record in loaded for item in _items(record.content)]
    records = [Record(number, "", item) for number, item in enumerate(items, 1)]
    file = RecordReader(document.name, records, today=today, problems=problems)
    found: list[JournalEntry] = []
    amounts: dict[date, float] = {}
    for record in records:
        name, answer = file.text(record, NAME), ANSWERS.get(file.text(record, STATUS).casefold())
        day = _day(file, record)
        if day is None or answer is None or not name:
            file.skipped["behaviour without an answer"] += 1
            continue
        words = normalise(name)
        tag = ALIASES.get(words, words)
        if tag == ALCOHOL and answer == YES and (amount := _amount(record)):
            amounts[day] = amounts.get(day, 0.0) + amount
        found.append(JournalEntry(day=day, tag=tag, value=answer, text=name, source=source))
    answers = [
        JournalEntry(
            day=e.day, tag=e.tag, value=amounts[e.day], text=e.text, source=source, unit=DRINKS
        )
        if e.tag == ALCOHOL and e.value == YES and e.day in amounts
        else e
        for e in one_a_day(found)
    ]
    return file.reading(source, KIND, journal=tuple(answers))


def _items(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    days = content.get(DAYS)
    if isinstance(days, list):
        yield from (item for item in days if isinstance(item, Mapping))
    elif NAME in content:
        yield content


def _day(file: RecordReader, record: Record) -> date | None:
    raw = record.content.get(DAY)
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        return file.required_day(record, DAY)
    try:
        day = date(*(int(str(part)) for part in raw[:3]))
    except (TypeError, ValueError, OverflowError):
        file.problem(record, DAY, "not a date in year, month and day")
        return None
    return day if file.is_possible(record, DAY, day) else None


def _amount(record: Record) -> float:
    details = record.content.get(DETAILS)
    amounts = [
        one.get("amount")
        for one in (details if isinstance(details, list) else ())
        if isinstance(one, Mapping)
    ]
    return float(sum(n for n in amounts if isinstance(n, int | float) and 0 < n < 100))

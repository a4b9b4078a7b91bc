"""WHOOP's journal: the day of each answer."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from hrvctl.records import JournalEntry
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row
from hrvctl.sources.kit.table_reader import TableReader
from hrvctl.sources.whoop.columns import ANSWER, CYCLE_START, NOTE, QUESTION
from hrvctl.sources.whoop.questions import read_question

DAY = timedelta(days=1)
NOON = 12  # hour; a sleep begun before noon ends the same day, one begun later the next


def read_journal(
    sheet: TableReader, source: str, days: Mapping[datetime, date]
) -> tuple[tuple[JournalEntry, ...], frozenset[tuple[date, str]]]:
    """Read each answer, dated by the day before the waking of its cycle.

    Args:
        sheet: The journal file.
        source: The source's name.
        days: Wake date by cycle start (local wall clock), from the cycles and sleeps files. For
            other cycles the hour of the cycle's start decides.

    Returns:
        One entry for each (day, tag); a "yes" wins over a "no". In order of day, then tag. And day
        and question of every answer.
    """
    found: dict[tuple[date, str], JournalEntry] = {}
    answered: set[tuple[date, str]] = set()
    n_guessed = 0
    for row in sheet.rows:
        start = sheet.moment(row, CYCLE_START)
        answer = _answer(sheet, row)
        text = sheet.get(row, QUESTION)
        question = read_question(text)
        if not start or answer is None or not question.tag:
            sheet.skipped["no answer"] += 1
            continue
        n_guessed += start not in days
        entry = JournalEntry(
            day=(days.get(start) or likely_wake_date(start)) - DAY,
            tag=question.tag,
            value=float(answer != question.is_inverted),
            text=text,
            source=source,
            note=sheet.get(row, NOTE),
        )
        answered.add((entry.day, text))
        rival = found.setdefault((entry.day, entry.tag), entry)
        if rival is not entry:
            sheet.skipped["repeated answer"] += 1
            if entry.value > rival.value:
                found[entry.day, entry.tag] = entry
    if n_guessed:
        sheet.warn(
            f"wake date inferred from the hour the cycle starts for {n_guessed} of "
            f"{sheet.n_rows} answers; import the cycles file with the journal to have it exactly"
        )
    return tuple(found[key] for key in sorted(found)), frozenset(answered)


def likely_wake_date(start: datetime) -> date:
    """Infer the wake date of a cycle from the local time its sleep begins.

    Own rule: nights begin in the evening or after midnight, so noon separates them.
    """
    return start.date() if start.hour < NOON else start.date() + DAY


def _answer(sheet: TableReader, row: Row) -> bool | None:
    text = sheet.get(row, ANSWER)
    try:
        return cell_values.boolean(text)
    except ValueError as error:
        if cell_values.is_missing(text):
            return None
        sheet.problem(row, ANSWER, str(error))
        return None

"""Dates of a column in any usual style: the column itself says which number is the day.

``11/12/2026`` is read only where another row, a date that cannot have been yet, or the person says
whether the day or the month is first; a date is never guessed.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from hrvctl.records import FIRST_PLAUSIBLE_DAY
from hrvctl.sources.kit import written_dates

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
ORDERS = (DAY_FIRST, MONTH_FIRST)
OPEN = (
    "day first or month first? Nothing in the file says which; import it with --dates day-first or"
    " --dates month-first, or write year, month and day (2025-05-03)"
)
CONTRADICTORY = (
    "some dates of this column have the day first and some the month; write year, month and day"
    " (2025-05-03)"
)
NO_DATE = "not a date like 2025-05-03"

# A time after a date, with its half of the day and its zone: `, 6:45:12 a. m. +0000`.
CLOCK = re.compile(
    r"(?:,\s*|\s+|(?<=[0-9])T)(?:at\s+|um\s+|a las\s+|\u00e0\s+)?"
    r"(?P<half>[^\W\d]{1,2}\s*)?(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)"
    r"(?P<rest>\s*[^\d:,/]*(?:[+-][0-9]{2}:?[0-9]{2})?)$"
)
NUMBERS = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?([0-9]{1,4})[./ -]\s*([0-9]{1,2})[./ -]\s*([0-9]{1,4})\.?"
)
COMPACT = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})")
CENTURY = 2000  # of a year in two digits: no device measured an HRV at home before
MONTHS_A_YEAR = 12


class ColumnDates:
    """Rewrites the dates of one column as ISO 8601.

    Args:
        cells: Every cell of the column.
        last_day: The last day that can have been.
        order: Which number is first, one of ``ORDERS``; empty lets the column decide.

    Attributes:
        is_eliminated: Whether the order is known only because the other one gives dates that
            cannot have been.
    """

    def __init__(self, cells: Iterable[str], last_day: date, order: str = "") -> None:
        self.is_eliminated = False
        self.order, self._why = order, ""
        cells = list(cells)
        self._is_croatian = bool(written_dates.is_croatian(cells))
        if not order:
            triples = {triple for cell in cells if (triple := _year_last(_split(cell)[0]))}
            self._decide(triples, last_day)

    def iso(self, cell: str) -> str:
        """Rewrite a date, and the time after it, year first.

        Raises:
            ValueError: It is not a date, or which number is the day is open.
        """
        text, clock = _split(cell)
        return f"{self._day(text).isoformat()}{clock}"

    def _day(self, text: str) -> date:
        if triple := _year_last(text):
            first, second, year, _ = triple
            if self._why:
                raise ValueError(self._why)
            month, day = (second, first) if self.order == DAY_FIRST else (first, second)
        elif compact := COMPACT.fullmatch(text):
            year, month, day = map(int, compact.groups())
        else:
            written = written_dates.parse(text, is_croatian=self._is_croatian)
            if written is None or not written.year:
                raise ValueError(NO_DATE)
            year, month, day = written.year, written.month, written.day
        try:
            return date(year, month, day)
        except ValueError as error:
            raise ValueError("there is no such day") from error

    def _decide(self, triples: set[tuple[int, int, int, bool]], last_day: date) -> None:
        is_day_first = any(first > MONTHS_A_YEAR >= second for first, second, *_ in triples)
        is_month_first = any(second > MONTHS_A_YEAR >= first for first, second, *_ in triples)
        if is_day_first and is_month_first:
            self._why = CONTRADICTORY
        elif _may_have_year_first(triples):
            self._why = OPEN
        elif is_day_first or is_month_first:
            self.order = DAY_FIRST if is_day_first else MONTH_FIRST
        elif all(first == second for first, second, *_ in triples):
            self.order = DAY_FIRST
        else:
            can_be = [
                order
                for order in ORDERS
                if all(_has_been(triple, order, last_day) for triple in triples)
            ]
            self.is_eliminated = len(can_be) == 1
            self.order, self._why = (can_be[0], "") if self.is_eliminated else ("", OPEN)


def _split(cell: str) -> tuple[str, str]:
    """Part a date from the time after it, which is returned as `` 06:45:12 a. m. +0000``."""
    text = unicodedata.normalize("NFKC", cell).strip()
    found = CLOCK.search(text)
    if not found:
        return text, ""
    half, clock = (found["half"] or "").strip(), found["clock"]
    padded = f"0{clock}" if clock[1] == ":" else clock
    return text[: found.start()].strip(" ,"), f" {half}{padded}{found['rest']}".rstrip()


def _year_last(text: str) -> tuple[int, int, int, bool] | None:
    """Three numbers of which the last is the year, and whether it has two digits."""
    found = NUMBERS.fullmatch(text)
    if not found or len(found[1]) > 2 or len(found[3]) not in (2, 4):
        return None
    is_short = len(found[3]) == 2
    return int(found[1]), int(found[2]), int(found[3]) + (CENTURY if is_short else 0), is_short


def _may_have_year_first(triples: set[tuple[int, int, int, bool]]) -> bool:
    """Whether years in two digits may be first: the first number stays and the last changes."""
    short = [triple for triple in triples if triple[3]]
    return len({t[2] for t in short}) > 1 and len({t[0] for t in short}) == 1


def _has_been(triple: tuple[int, int, int, bool], order: str, last_day: date) -> bool:
    first, second, year, _ = triple
    month, day = (second, first) if order == DAY_FIRST else (first, second)
    try:
        return FIRST_PLAUSIBLE_DAY <= date(year, month, day) <= last_day
    except ValueError:
        return False

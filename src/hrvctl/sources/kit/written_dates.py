"""Dates in words or numbers: by name or by number, in either order, and mostly without a year."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from hrvctl.sources.kit.cell_values import normalise

# Beginnings of month names, without accents: en de es fr it pt nl sv da nb pl, hu ro tr cs fi.
# Four letters where three name two months (juin and juil, Finnish marras and March).
MONTHS = {
    1: "jan ene gen sty ian oca led tam", 2: "feb fev lut sub uno hel",
    3: "mar mrz mrt maa mae bre", 4: "apr abr avr kwi nis dub huh",
    5: "may mai mei mag maj kve tou", 6: "jun juin giu cze iun haz cvn kes",
    7: "jul juil lug lip iul tem cvc hei", 8: "aug ago aou sie agu srp elo",
    9: "sep set wrz sze eyl zar syy", 10: "oct okt out ott paz eki rij lok",
    11: "nov lis kas marr", 12: "dec dez dic gru des ara pro jou",
}  # fmt: skip
# The same in Russian and Ukrainian, from January on.
CYRILLIC = (
    "янв січ", "фев лют", "мар бер", "апр кві", "мая маи тра", "июн чер",  # noqa: RUF001
    "июл лип", "авг сер", "сен вер", "окт жов", "ноя лис", "дек гру",  # noqa: RUF001
)  # fmt: skip
MONTH_BY_NAME = {
    name: month
    for month, names in [*MONTHS.items(), *enumerate(CYRILLIC, 1)]
    for name in names.split()
}
# Chinese, Japanese and Korean write the number of the month before this sign, the day after it.
MONTH_SIGNS = {"月", "월"}
TOKEN = re.compile(r"[0-9]+|[月월]|[^\W\d_月월]+")
LEAP_YEAR = 2024  # any; only so that 29 February can be placed
HALF_YEAR = 183  # days; a step that is longer goes the other way round the year
YEARS_BACK = 9  # 29 February comes every four years, and once in eight (1900, 2100)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as written in a cell; ``year`` is 0 where there is none.

    Attributes:
        is_ordered: False where the month and the day are numbers that may be the other way round.
    """

    year: int
    month: int
    day: int
    is_ordered: bool = True

    @property
    def swapped(self) -> "PartialDate":
        """The same numbers with month and day swapped."""
        return PartialDate(self.year, self.day, self.month, self.is_ordered)


def parse(cell: str) -> PartialDate | None:
    """Read a date that may lack its year; ``None`` if it is not a date."""
    tokens = TOKEN.findall(normalise(cell))
    numbers = [token for token in tokens if token.isascii() and token.isdigit()]
    words = [token for token in tokens if not token[0].isdigit()]
    named = [month for word in words if (month := _month(word))]
    if not 1 <= len(numbers) <= 3 or any(len(number) > 4 for number in numbers):
        return None
    years = [int(number) for number in numbers if len(number) == 4]
    rest = [int(number) for number in numbers if len(number) < 4]
    if len(years) > 1:
        return None
    year = years[0] if years else 0
    if len(named) == 1 and len(rest) == 1:
        return PartialDate(year, named[0], rest[0])
    if named or len(rest) != 2:
        return None
    is_ordered = bool(MONTH_SIGNS & set(words)) or len(numbers[0]) == 4
    month, day = rest
    return PartialDate(year, month, day, is_ordered)


def resolve(cells: Sequence[str], until: date) -> list[date | str]:
    """Read a column of dates, in their order.

    Without years, the newest row is the latest day not after ``until``, and every other row is
    within half a year of its neighbour.

    Args:
        cells: One a row.
        until: The last day the newest row can be of.

    Returns:
        For each cell its date, or why there is none.
    """
    written = [parse(cell) for cell in cells]
    found: list[date | str] = ["not a date, or in an unknown language"] * len(cells)
    places = [i for i, one in enumerate(written) if one]
    dates = [one for one in written if one]
    ordered = _in_order(dates)
    if ordered is None:
        why = "day first or month first? The file leaves it open; export a span with a day past 12"
        return [why if written[i] else found[i] for i in range(len(cells))]
    has_years = any(one.year for one in ordered)
    for place, one in zip(places, ordered, strict=True):
        found[place] = _date(one.year if has_years else LEAP_YEAR, one) or "there is no such day"
    if has_years:
        return found
    real = [(i, one) for i, one in zip(places, ordered, strict=True) if _date(LEAP_YEAR, one)]
    days = _with_years([one for _, one in real], until)
    for n, (place, _) in enumerate(real):
        found[place] = (
            days[n] if days else "there is no such day in a year that fits the other rows"
        )
    return found


def _month(word: str) -> int | None:
    return MONTH_BY_NAME.get(word[:4]) or MONTH_BY_NAME.get(word[:3])


def _in_order(dates: Sequence[PartialDate]) -> Sequence[PartialDate] | None:
    """Return the dates with their months first; ``None`` where that is unclear."""
    unsure = [one for one in dates if not one.is_ordered]
    if not unsure:
        return dates
    swapped = [one if one.is_ordered else one.swapped for one in dates]
    can_be = [order for order in (dates, swapped) if all(_date(LEAP_YEAR, one) for one in order)]
    if len(can_be) != 1:
        # Rows are usually a day apart, so the order with the shorter total distance is right.
        ways = [_way(order) for order in can_be]
        if len(ways) != 2 or ways[0] == ways[1]:
            same = bool(can_be) and list(can_be[0]) == list(can_be[-1])
            return can_be[0] if same else None
        can_be = [can_be[ways.index(min(ways))]]
    return can_be[0]


def _way(dates: Sequence[PartialDate]) -> int:
    return sum(abs(_step(a, b)) for a, b in pairwise(dates))


def _step(a: PartialDate, b: PartialDate) -> int:
    """Count the days from one to the next, by the shorter way round the year."""
    ordinals = [date(LEAP_YEAR, one.month, one.day).toordinal() for one in (a, b)]
    step = (ordinals[1] - ordinals[0] + HALF_YEAR) % 366 - HALF_YEAR
    return step + 366 * (b.year - a.year) if a.year and b.year and a.year != b.year else step


def _with_years(dates: Sequence[PartialDate], until: date) -> list[date] | None:
    """Give each date its year, from the newest back."""
    steps = [_step(a, b) for a, b in pairwise(dates)]
    is_newest_first = sum(step < 0 for step in steps) >= sum(step > 0 for step in steps)
    backwards = list(dates) if is_newest_first else list(reversed(dates))
    for year in range(until.year, until.year - YEARS_BACK, -1):
        found = _from_newest(backwards, year, until)
        if found:
            return found if is_newest_first else found[::-1]
    return None


def _from_newest(backwards: Sequence[PartialDate], year: int, until: date) -> list[date] | None:
    found: list[date] = []
    for one in backwards:
        neighbour = found[-1] if found else None
        years = (year,) if neighbour is None else range(neighbour.year - 1, neighbour.year + 2)
        can_be = [day for y in years if (day := _date(y, one)) and day <= until]
        if neighbour is not None:
            can_be = [day for day in can_be if abs(day - neighbour) <= timedelta(days=HALF_YEAR)]
        if not can_be:
            return None
        found.append(can_be[0])
    return found


def _date(year: int, one: PartialDate) -> date | None:
    try:
        return date(year, one.month, one.day)
    except ValueError:
        return None

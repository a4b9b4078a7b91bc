"""Dates in words or numbers: by name or by number, in either order, and mostly without a year."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from hrvctl.sources.kit.cell_values import normalise

# Beginnings of month names; the longest that a word begins with counts (Unicode CLDR, formats of
# months). Those of ca cs da de en es et fi fr hr hu id is it lt lv ms nb nl pl pt ro sk sl sv tr.
LATIN = (
    "jan ene gen sty ian oca led tam sau sij jaa", "feb fev lut sub uno hel vee vas vel",
    "mar mrz mrt maa mae bre mac kov ozu", "apr abr avr kwi nis dub huh bal tra",
    "may mai mei mag maj kve tou geg svi",
    "jun juin giu cze iun haz cvn kes bir cerven cervna juun",
    "jul juil lug lip iul tem cvc hei lie cervenec cervence juul",
    "aug ago aou sie agu srp elo avg ag ogo rugp kol", "sep set wrz sze eyl zar syy rugs ruj",
    "oct okt out ott paz eki rij lok spa", "nov lis kas marr noi lap stu",
    "dec dez dic gru des ara pro jou det dis",
)  # fmt: skip
# The same of bg ru sr uk, of Greek, of Hebrew (also after the ב of "in"), and of Arabic.
OTHERS = (
    "янв січ яну јан сту ιαν ינו בינו يناير", "фев лют феб φεβ פבר בפבר فبراير",  # noqa: RUF001
    "мар бер μαρ מרץ במרץ مارس", "апр кві απρ אפר באפר أبريل ابريل",  # noqa: RUF001
    "мая маи тра мај μαι מאי במאי مايو", "июн чер юни јун ιουν יוני ביוני يونيو",  # noqa: RUF001
    "июл лип юли јул ιουλ יולי ביולי يوليو", "авг сер αυγ אוג באוג أغسطس اغسطس",  # noqa: RUF001
    "сен вер сеп σεπ ספט בספט سبتمبر", "окт жов οκτ אוק באוק أكتوبر اكتوبر",
    "ноя лис нов ное νοε נוב בנוב نوفمبر", "дек гру дец δεκ דצמ בדצמ ديسمبر",  # noqa: RUF001
)  # fmt: skip
MONTH_BY_NAME = {
    normalise(name): month
    for table in (LATIN, OTHERS)
    for month, names in enumerate(table, 1)
    for name in names.split()
} | {"vasarn": 0, "kolmap": 0}  # Hungarian Sunday, Estonian Wednesday
LONGEST = max(map(len, MONTH_BY_NAME))
# Polish and Czech months that are others in Croatian: lipanj, srpanj, listopad.
CROATIAN = {"lip": 6, "srp": 7, "lis": 10}
# Beginnings that only Croatian names have, and those that only Polish and Czech ones have.
ONLY_CROATIAN = (
    "sij",
    "velj",
    "ozu",
    "tra",
    "svi",
    "kol",
    "ruj",
    "stu",
    "lipn",
    "lipa",
    "srpnj",
    "srpa",
)
NOT_CROATIAN = (
    "sty", "lut", "kwi", "maj", "cze", "sie", "wrz", "paz", "gru", "lipi", "lipc", "srpe", "srpna",
    "led", "uno", "bre", "dub", "kve", "cvn", "cvc", "cerv", "zar", "rij",
)  # fmt: skip
# Vietnamese writes the number of the month after one of these: "28 thg 11".
MONTH_WORDS = {"thg", "thang"}
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


def parse(cell: str, *, is_croatian: bool = False) -> PartialDate | None:
    """Read a date that may lack its year; ``None`` if it is not a date.

    Args:
        cell: As written.
        is_croatian: Whether months that are others in Polish are the Croatian ones.
    """
    tokens = TOKEN.findall(normalise(cell))
    numbers = [token for token in tokens if token.isascii() and token.isdigit()]
    words = [token for token in tokens if not token[0].isdigit()]
    named = [month for word in words if (month := _month(word, is_croatian=is_croatian))]
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
    month, day = rest
    if MONTH_WORDS & set(words):
        sign = next(i for i, token in enumerate(tokens) if token in MONTH_WORDS)
        is_day_first = any(token.isdigit() for token in tokens[:sign])
        return PartialDate(year, *((day, month) if is_day_first else (month, day)))
    is_ordered = bool(MONTH_SIGNS & set(words)) or len(numbers[0]) == 4
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
    language = is_croatian(cells)
    if language is None:  # of two readings without a year, the newer is that of a fresh export
        polish, croatian = (
            _newest([parse(c, is_croatian=w) for c in cells], until) for w in (False, True)
        )
        language = croatian is not None and (polish is None or croatian > polish)
    written = [parse(cell, is_croatian=language) for cell in cells]
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


def is_croatian(cells: Iterable[str]) -> bool | None:
    """Whether a column is in Croatian rather than Polish or Czech; ``None`` if that is open.

    Three months have names that are other months there: lip, srp and lis.
    """
    words = {word for cell in cells for word in TOKEN.findall(normalise(cell))}
    if not any(word[:3] in CROATIAN for word in words):
        return False
    is_only, is_not = (
        any(word.startswith(names) for word in words) for names in (ONLY_CROATIAN, NOT_CROATIAN)
    )
    return None if is_only == is_not else is_only


def _newest(written: Sequence[PartialDate | None], until: date) -> date | None:
    """The newest day of a column without years; ``None`` with years, or where none fits."""
    dates = [one for one in written if one]
    if not dates or any(one.year for one in dates):
        return None
    return max(_with_years(dates, until) or (), default=None)


def _month(word: str, *, is_croatian: bool) -> int:
    """The month of the longest beginning of a name that a word has; 0 if it is none."""
    if is_croatian and word[:3] in CROATIAN:
        return CROATIAN[word[:3]]
    beginnings = (word[:length] for length in range(min(len(word), LONGEST), 1, -1))
    return next((MONTH_BY_NAME[one] for one in beginnings if one in MONTH_BY_NAME), 0)


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

"""Understand a date as a person types it: ISO, ``yesterday``, ``friday``, ``26 Nov``, ``-1``."""

import calendar
import re
from datetime import date, timedelta
from functools import cache
from typing import Literal

from hrvctl.errors import UsageError
from hrvctl.records import FIRST_PLAUSIBLE_DAY

# Which way a date without a year or week is meant: ``friday`` of a correction is the last one, of a
# guess the next one.
Lean = Literal["past", "future"]
WORDS = {"today": 0, "tonight": 0, "now": 0, "yesterday": -1, "tomorrow": 1}
HINT = (
    "write YYYY-MM-DD, yesterday, today, tomorrow, a weekday, 26 Nov, 26.11.2026,"
    " or days from today: -1"
)
DAY = timedelta(days=1)
WEEK = 7
FEBRUARY, DECEMBER = 2, 12
LEAP_DAY = 29
# Years until 29 February comes again, at most.
LEAP_YEARS = 8
# Two-digit years are of this century.
CENTURY = 2000

_ISO = re.compile(r"(\d{4})-?(\d{1,2})-?(\d{1,2})", re.ASCII)
_DAYS_AWAY = re.compile(r"([+-]\d{1,5})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\.? ?(\d{2}|\d{4})?", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{2}|\d{4}))?", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)? ([a-z]{3,9})\.?,?(?: (\d{4}))?", re.ASCII)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?", re.ASCII)


def parse_date(text: str, *, today: date, lean: Lean) -> date:
    """Read a date.

    Args:
        text: As typed; case and extra blanks do not matter.
        today: The person's today.
        lean: Which way a weekday, and a day without a year, is meant. In the past today counts, in
            the future it does not.

    Raises:
        UsageError: It is not a date, is ambiguous, or is before any wearable.
    """
    day = _read(" ".join(text.lower().split()), text, today, lean)
    if day < FIRST_PLAUSIBLE_DAY:
        raise UsageError(f"{day} is before the first wearables", hint="check the year")
    return day


def _read(word: str, text: str, today: date, lean: Lean) -> date:
    if word in WORDS:
        return today + WORDS[word] * DAY
    if (found := _DAYS_AWAY.fullmatch(word)) is not None:
        return _shifted(today, int(found[1]), text)
    weekday = _weekdays().get(word.removeprefix("last ").removeprefix("next "))
    if weekday is not None:
        return _weekday(word, weekday, today, lean)
    if (found := _ISO.fullmatch(word)) is not None:
        return _date(int(found[1]), int(found[2]), int(found[3]), text)
    if (found := _DOTTED.fullmatch(word)) is not None:
        return _in_year(found[3], int(found[2]), int(found[1]), text, today, lean)
    if (found := _SLASHED.fullmatch(word)) is not None:
        return _slashed(found, text, today, lean)
    for pattern, day_at, month_at in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        found = pattern.fullmatch(word)
        if found is not None and found[month_at] in _months():
            month = _months()[found[month_at]]
            return _in_year(found[3], month, int(found[day_at]), text, today, lean)
    raise UsageError(f"{text!r} is not a date", hint=HINT)


def _weekday(word: str, weekday: int, today: date, lean: Lean) -> date:
    away = (weekday - today.weekday()) % WEEK
    if word.startswith("last "):
        return today + (away - WEEK) * DAY
    if word.startswith("next ") or lean == "future":
        return today + (away or WEEK) * DAY
    return today + (away - WEEK if away else 0) * DAY


def _slashed(found: re.Match[str], text: str, today: date, lean: Lean) -> date:
    """``26/11`` and ``11/26`` say themselves which is the day; ``3/4`` does not."""
    first, second = int(found[1]), int(found[2])
    if first <= DECEMBER and second <= DECEMBER and first != second:
        one, other = (
            f"{number} {calendar.month_abbr[month]}"
            for number, month in ((first, second), (second, first))
        )
        raise UsageError(
            f"{text!r} may be {one} or {other}", hint=f"write {one}, {other}, or YYYY-MM-DD"
        )
    day, month = (first, second) if first > DECEMBER else (second, first)
    return _in_year(found[3], month, day, text, today, lean)


def _in_year(year: str | None, month: int, day: int, text: str, today: date, lean: Lean) -> date:
    if year is not None:
        full = int(year) if len(year) > len("26") else CENTURY + int(year)
        return _date(full, month, day, text)
    step = 1 if lean == "future" else -1
    for candidate in range(today.year, today.year + step * (LEAP_YEARS + 1), step):
        if (month, day) == (FEBRUARY, LEAP_DAY) and not calendar.isleap(candidate):
            continue
        found = _date(candidate, month, day, text)
        if found > today if lean == "future" else found <= today:
            return found
    return _date(today.year, month, day, text)


def _date(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        if 1 <= month <= DECEMBER and date.min.year <= year <= date.max.year:
            name, n = calendar.month_name[month], calendar.monthrange(year, month)[1]
            raise UsageError(
                f"{text!r}: {name} {year} has {n} days", hint="check the day"
            ) from error
        raise UsageError(f"{text!r} is not a date", hint=HINT) from error


def _shifted(today: date, days: int, text: str) -> date:
    try:
        return today + days * DAY
    except OverflowError as error:
        raise UsageError(f"{text!r} is not a date", hint=HINT) from error


@cache
def _weekdays() -> dict[str, int]:
    return {
        spelling: number
        for number, name in enumerate(calendar.day_name)
        for spelling in (name.lower(), name.lower()[:3])
    }


@cache
def _months() -> dict[str, int]:
    spellings = {
        spelling: number
        for number, name in enumerate(calendar.month_name)
        for spelling in (name.lower(), name.lower()[:3])
        if name
    }
    return spellings | {"sept": 9}

"""Dates as a person types them: one meaning, or a refusal that says what to write."""

import calendar
import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.cli.dates import parse_date
from hrvctl.errors import UsageError

FRIDAY = date(2026, 11, 27)
DAY = timedelta(days=1)
days = st.dates(date(2011, 1, 1), date(2100, 12, 31))


def past(text: str, today: date = FRIDAY) -> date:
    return parse_date(text, today=today, lean="past")


def future(text: str, today: date = FRIDAY) -> date:
    return parse_date(text, today=today, lean="future")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", FRIDAY),
        ("Yesterday", FRIDAY - DAY),
        ("tomorrow", FRIDAY + DAY),
        ("-1", FRIDAY - DAY),
        ("+2", FRIDAY + 2 * DAY),
        ("friday", FRIDAY),
        ("Thu", FRIDAY - DAY),
        ("saturday", FRIDAY - 6 * DAY),
        ("last friday", FRIDAY - 7 * DAY),
        ("last monday", FRIDAY - 4 * DAY),
        ("26 Nov", FRIDAY - DAY),
        ("Nov 26", FRIDAY - DAY),
        ("26th november 2025", date(2025, 11, 26)),
        ("November 26, 2025", date(2025, 11, 26)),
        ("28 Nov", date(2025, 11, 28)),
        ("29 Feb", date(2024, 2, 29)),
        ("26.11.2026", FRIDAY - DAY),
        ("26.11.", FRIDAY - DAY),
        ("3.4.26", date(2026, 4, 3)),
        ("26/11", FRIDAY - DAY),
        ("11/26/2026", FRIDAY - DAY),
        ("5/5/2026", date(2026, 5, 5)),
        ("2026-11-26", FRIDAY - DAY),
        ("20261126", FRIDAY - DAY),
        ("2026-3-9", date(2026, 3, 9)),
    ],
)
def test_a_date_of_the_past(text: str, day: date) -> None:
    """What a correction, a replay or a line of journal is about."""
    assert past(text) == day
    assert past(f"  {text.upper()} ") == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("friday", FRIDAY + 7 * DAY),
        ("sat", FRIDAY + DAY),
        ("next friday", FRIDAY + 7 * DAY),
        ("28 Nov", FRIDAY + DAY),
        ("26 Nov", date(2027, 11, 26)),
        ("29 Feb", date(2028, 2, 29)),
    ],
)
def test_a_date_to_come(text: str, day: date) -> None:
    """What a guess is for."""
    assert future(text) == day


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3/4/2026", "may be 3 Apr or 4 Mar"),
        ("2026-11-31", "November 2026 has 30 days"),
        ("31 Nov", "November 2026 has 30 days"),
        ("30 Feb", "February 2026 has 28 days"),
        ("2026-13-01", "is not a date"),
        ("fri day", "is not a date"),
        ("-99999", "is before the first wearables"),
        ("", "is not a date"),
        ("1999-01-01", "is before the first wearables"),
        ("٣ Nov", "is not a date"),
    ],
)
def test_what_is_ambiguous_or_no_date_is_refused(text: str, words: str) -> None:
    """With what to write instead."""
    with pytest.raises(UsageError, match=words) as refused:
        past(text)
    assert refused.value.hint


@given(day=days, today=days)
def test_every_full_spelling_of_a_day_is_that_day(day: date, today: date) -> None:
    """Whatever today is, and whichever way it is meant."""
    month = calendar.month_name[day.month]
    for text in (
        day.isoformat(),
        f"{day.day}.{day.month}.{day.year}",
        f"{day.day} {month} {day.year}",
        f"{month[:3]} {day.day} {day.year}",
        f"{(day - today).days:+d}" if abs((day - today).days) < 99999 else day.isoformat(),
    ):
        assert past(text, today) == future(text, today) == day


@given(today=days, back=st.integers(0, 360))
def test_without_a_year_it_is_the_nearest_on_its_side(today: date, back: int) -> None:
    """At most a year away; a weekday at most a week."""
    day = today - timedelta(days=back)
    if (day.month, day.day) != (2, 29):
        assert past(f"{day.day} {calendar.month_abbr[day.month]}", today) == day
    weekday = calendar.day_name[day.weekday()]
    assert past(weekday, today) == today - timedelta(days=back % 7)
    assert timedelta(0) < future(weekday, today) - today <= timedelta(days=7)


@given(text=st.text(max_size=20))
def test_any_other_text_is_refused_and_never_breaks(text: str) -> None:
    """Whatever is typed is a date or a usage error."""
    with contextlib.suppress(UsageError):
        assert isinstance(past(text), date)

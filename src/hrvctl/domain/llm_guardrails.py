"""Guardrail: accept LLM text only if it is short, plain, and has no number that was not given."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

# No sentence to a person needs one of these; markup, links and escapes do.
MARKUP = frozenset("<>`*#[]{}|\\~^")
# The error that binary arithmetic leaves of a number with few decimals.
ROUND_OFF = 1e-9

_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBER_WORDS: Mapping[str, int] = {
    **{word: n for n, word in enumerate((*_UNITS, *_TEENS))},
    **{word: 10 * n for n, word in enumerate(_TENS, start=2)},
    "hundred": 100,
    "thousand": 1000,
}
# Seven days in a row, whichever.
WEEKDAYS = frozenset(f"{date(2024, 1, day):%A}".lower() for day in range(1, 8))

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")
_WORD = re.compile(r"[a-z]+")
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})[- ]({'|'.join(_UNITS[1:])})\b")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The numbers and weekdays that a text may contain.

    Attributes:
        numbers: Every number given, those inside texts and dates as well.
        weekdays: Every weekday given, in lower case.
    """

    numbers: tuple[float, ...]
    weekdays: frozenset[str]


def allowed_from(given: Mapping[str, object], *more: float) -> Allowed:
    """Gather the numbers and weekdays of everything given, and some more numbers."""
    texts = " ".join(str(leaf) for leaf in _leaves(given)).lower()
    numbers = (float(number) for number in re.findall(r"\d+(?:\.\d+)?", texts))
    return Allowed((*numbers, *more), WEEKDAYS.intersection(_WORD.findall(texts)))


def fault(text: str, allowed: Allowed, *, max_chars: int) -> str:
    """Return why a text may not be shown; an empty string if it may.

    A number may be rounded to no or one decimal and lose its sign. Number words count as numbers.
    """
    if len(text) > max_chars:
        return f"is longer than {max_chars} characters"
    if not text.isprintable() or MARKUP.intersection(text) or "://" in text:
        return "is not plain text on one line"
    if unknown := next(_unknown(text, allowed), ""):
        return f"says {unknown}, which is not among the facts"
    return ""


def _unknown(text: str, allowed: Allowed) -> Iterator[str]:
    """Numbers and weekdays that were not given."""
    # Fractions, superscripts and the like are numbers that no rule below reads.
    yield from (sign for sign in text if sign.isnumeric() and not sign.isdecimal())
    lower = _COMPOUND.sub(lambda m: str(NUMBER_WORDS[m[1]] + NUMBER_WORDS[m[2]]), text.lower())
    yield from (n for n in _NUMBER.findall(lower) if not _is_known(n, allowed.numbers))
    for word in _WORD.findall(lower):
        if word in NUMBER_WORDS and not _is_known(str(NUMBER_WORDS[word]), allowed.numbers):
            yield word
        if word in WEEKDAYS and word not in allowed.weekdays:
            yield word


def _is_known(token: str, numbers: Iterable[float]) -> bool:
    """Whether a number as written is one of those given, as it is or rounded."""
    whole, *rest = re.split(r"[.,]", token)
    if len(rest) > 1:  # a date with dots: part by part
        return all(_is_known(part, numbers) for part in (whole, *rest))
    try:
        readings = {float(token.replace(",", ".")), float(token.replace(",", ""))}
    except ValueError:
        return False
    decimals = len(rest[0]) if rest else 0
    # A tie may be rounded either way; with more decimals it must be the number itself.
    within = ROUND_OFF + (0.5 * 10.0**-decimals if decimals <= 1 else 0.0)
    return any(abs(reading - abs(n)) <= within for reading in readings for n in numbers)


def _leaves(value: Any) -> Iterator[object]:  # noqa: ANN401 - walks any nesting
    """Every key and value, however deep."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value

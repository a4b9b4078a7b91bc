"""Guardrail: accept LLM text only if it is short, plain English, and every number in it was given.

Text with an address or with medical advice is refused as well, and so is text in doubt; the rules
agent's sentences take its place.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

# No sentence to a person needs one of these; markup, links, addresses and escapes do.
MARKUP = frozenset("<>`*#[]{}|\\~^@")
# Besides ASCII, the signs that typesetting adds; no letter of another script, which may be a number
# or look like a letter of this one.
TYPOGRAPHY = frozenset("\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u00b0\u00b1\u00b7\u2248\u2212")
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
# Number words that no rule below reads, and those of other languages in Latin letters that are not
# English words as well.
_OTHERS = """
    million millions billion billions trillion dozen dozens double doubles doubled doubling
    triple tripled quadruple twice thrice half halves halve halved quarter quarters thirds
    fourth fifth twofold threefold tenfold hundreds thousands eins zwei drei vier sechs sieben
    acht neun zehn elf zwanzig dreissig vierzig sechzig siebzig achtzig neunzig hundert
    tausend deux trois quatre cinq sept huit neuf onze douze vingt trente quarante cinquante
    soixante septante octante nonante cent mille uno dos tres cuatro cinco seis siete ocho
    nueve diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento
    mil tre quattro cinque sette otto nove dieci venti trenta quaranta cinquanta sessanta
    settanta ottanta novanta cento quatro sete oito dez vinte trinta quarenta cinquenta
    oitenta twee drie vijf zes zeven negen tien twintig dertig veertig vijftig zestig zeventig
    tachtig negentig honderd duizend
"""
OTHER_NUMBER_WORDS = frozenset(_OTHERS.split())
# Words written with capitals; others may be numbers (XC) or digits (lOO).
ABBREVIATIONS = frozenset({"HRV", "RMSSD", "REM", "RHR", "OK"})
# Beginnings of words of medical advice or of a diagnosis (own choice).
MEDICAL = re.compile(
    r"\b(?:medic|drug|pill|tablet|dos(?:e|age)|aspirin|ibuprofen|paracetamol|statin|insulin|steroid"
    r"|beta.?block|antibiotic|antidepress|vaccin|prescri|diagnos|disease|disorder|syndrome|symptom"
    r"|fibrillation|arr?h?ythmia|infarct|heart attack|cardia|stroke|cancer|tumou?r|infect|covid"
    r"|diabet|hypertens|hypotens|blood pressure|pregnan|doctor|physician|hospital|emergency|therap"
    r"|treatment|surgery|apno?ea|depress|burnout|overtrain|stop taking"
    r"|take \d|mg\b|fast(?:ing)? for)",
)

# Seven days in a row, whichever.
WEEKDAYS = frozenset(f"{date(2024, 1, day):%A}".lower() for day in range(1, 8))

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")
_WORD = re.compile(r"[a-z]+")
_CASED_WORD = re.compile(r"[A-Za-z]+")
# Letters one by one: "n i n e t y".
_SPELLED = re.compile(r"(?<![a-z'])[a-z](?:[\s.,_/-]+[a-z](?![a-z'])){2,}")
# A number and its unit, whose kind decides which numbers are meant.
_WITH_UNIT = re.compile(r"(\d+(?:[.,]\d+)*|[a-z]+)[\s-]*(ms\b|milliseconds?|msec|%|per ?cent)")
_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
NOT_ROMAN = frozenset({"", "i", "d", "c", "m", "l", "v", "x", "mm", "cm", "ml", "mix"})
# A name with a dot in it, or one that is spelled out.
_ADDRESS = re.compile(r"[a-z0-9-]{2,}\.[a-z]{2,}|\bwww\b|\bdot (?:com|org|net|io|de)\b|://")
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})[- ]({'|'.join(_UNITS[1:])})\b")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The numbers and weekdays that a text may contain.

    Attributes:
        numbers: Every number given, those inside texts and dates as well.
        ms: The numbers given in ms.
        percent: The numbers given in percent.
        weekdays: Every weekday given, in lower case.
    """

    numbers: tuple[float, ...]
    ms: tuple[float, ...]
    percent: tuple[float, ...]
    weekdays: frozenset[str]


def allowed_from(given: Mapping[str, object], *ms: float) -> Allowed:
    """Gather the numbers and weekdays of everything given, and some more numbers in ms."""
    texts = " ".join(str(leaf) for leaf in _leaves(given)).lower()
    numbers = (float(number) for number in re.findall(r"\d+(?:\.\d+)?", texts))
    named = tuple(_named_numbers(given))
    return Allowed(
        numbers=(*numbers, *ms),
        ms=(*ms, *(n for name, n in named if name.endswith("ms"))),
        percent=tuple(n for name, n in named if "percent" in name or "pct" in name),
        weekdays=WEEKDAYS.intersection(_WORD.findall(texts)),
    )


def fault(text: str, allowed: Allowed, *, max_chars: int) -> str:
    """Return why a text may not be shown; an empty string if it may.

    A number may be rounded to no or one decimal and lose its sign. Number words count as numbers.
    """
    if len(text) > max_chars:
        return f"is longer than {max_chars} characters"
    lower = text.lower()
    if not text.isprintable() or MARKUP.intersection(text) or _ADDRESS.search(lower):
        return "is not plain text on one line"
    if unknown := next(_unknown(text, allowed), ""):
        return f"says {unknown}, which is not among the facts"
    if not all(sign.isascii() or sign in TYPOGRAPHY for sign in text):
        return "is not plain English"
    if found := MEDICAL.search(lower):
        return f"says {found[0]}, which is medical"
    return ""


def _unknown(text: str, allowed: Allowed) -> Iterator[str]:
    """Numbers and weekdays that were not given."""
    # Fractions, superscripts and the like are numbers that no rule below reads.
    yield from (sign for sign in text if sign.isnumeric() and not sign.isdecimal())
    for word in _CASED_WORD.findall(text):
        if not word[1:].islower() and len(word) > 1 and word not in ABBREVIATIONS:
            yield word
    lower = _COMPOUND.sub(lambda m: str(NUMBER_WORDS[m[1]] + NUMBER_WORDS[m[2]]), text.lower())
    yield from (found[0] for found in _SPELLED.finditer(lower))
    yield from (n for n in _NUMBER.findall(lower) if not _is_known(n, allowed.numbers))
    for word in _WORD.findall(lower):
        if word in NUMBER_WORDS:
            if not _is_known(str(NUMBER_WORDS[word]), allowed.numbers):
                yield word
        elif word in OTHER_NUMBER_WORDS or any(ten in word for ten in _TENS) or _is_roman(word):
            yield word
        if word in WEEKDAYS and word not in allowed.weekdays:
            yield word
    for number, unit in _WITH_UNIT.findall(lower):
        digits = str(NUMBER_WORDS[number]) if number in NUMBER_WORDS else number
        if digits[0].isdecimal() and not _is_known(
            digits, allowed.ms if unit.startswith("m") else allowed.percent
        ):
            yield f"{number} {unit}"


def _is_roman(word: str) -> bool:
    return word not in NOT_ROMAN and _ROMAN.fullmatch(word) is not None


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


def _named_numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:  # noqa: ANN401 - walks any nesting
    """Every number with the key it is given under."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named_numbers(item, str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _named_numbers(item, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, float(value)

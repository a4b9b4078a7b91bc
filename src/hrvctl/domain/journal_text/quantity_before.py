"""The value before a thing: "2 beers", "a glass of wine", "very stressed"."""

from hrvctl.domain.journal_text.assertion_scope import is_stop
from hrvctl.domain.journal_text.lexemes import Item
from hrvctl.domain.journal_text.phrases import Use
from hrvctl.domain.journal_text.quantity_context import (
    AMOUNT,
    FRACTIONS,
    REACH,
    SHARE,
    YES,
    Beside,
    Value,
)
from hrvctl.domain.journal_text.vocabulary import TagWords

_STATEMENTS = ("act", "alone")


def value_before(beside: Beside, at: int, use: Use, tag: TagWords) -> Value | None:
    """Read the value that stands before a thing; ``None`` where there is none."""
    unit, n_unknown = "", 0
    for i in range(at - 1, max(at - REACH, 0) - 1, -1):
        item = beside.items[i]
        if item.is_used or is_stop(item):
            break
        degree = beside.degree(item, tag) if tag.kind == "scale" else None
        if degree is not None:
            return Value(SHARE, degree, "", i, at, has_number=True)
        if item.kind in ("number", "share", "percent"):
            return _counted(beside, i, at, unit, use, tag)
        if "unit" in item.roles and not unit:
            unit = item.word
        elif not item.roles.isdisjoint(("articles", "vague", "definite")):
            return _one(beside, i, at, unit, use, tag)
        elif "between" not in item.roles:
            n_unknown += 1  # "2 Belgian beers"
            if item.kind != "unknown" or use.each is None or n_unknown > 1:
                break
    if unit in tag.units and use.each is not None:
        return Value(AMOUNT, tag.units[unit], tag.unit, at, at)
    return None


def number_before(beside: Beside, at: int) -> int | None:
    """Index of a number right before a thing, to be taken with it though it counts nothing."""
    for i in range(at - 1, max(at - REACH // 2, 0) - 1, -1):
        if beside.items[i].kind == "number":
            return i
        if "between" not in beside.items[i].roles:
            return None
    return None


def _one(beside: Beside, first: int, at: int, unit: str, use: Use, tag: TagWords) -> Value | None:
    """Count articles: "a beer" is one, "some beer" and "the beer" are nobody knows how many."""
    if tag.kind == "scale" or not use.is_bare or use.kind in _STATEMENTS:
        return None
    if beside.has_role(first, "vague", "definite"):
        return Value(YES, 1, "", first, at)
    if unit and unit not in tag.units:
        return beside.measured(first, at, 1, unit, use, tag)
    if use.each is None:
        return None
    return Value(AMOUNT, tag.units[unit] if unit else use.each, tag.unit, first, at)


def _counted(
    beside: Beside, first: int, at: int, unit: str, use: Use, tag: TagWords
) -> Value | None:
    item = beside.items[first]
    if tag.kind == "scale":
        is_share = item.kind in ("share", "percent") and item.value <= 1
        return Value(SHARE, item.value, "", first, at, has_number=True) if is_share else None
    if item.kind == "percent":
        return _strong(beside, first, at, use, tag)
    if item.kind == "share" and (item.bottom not in FRACTIONS or item.value >= 1):
        return None
    if unit:
        return beside.measured(first, at, item.value, unit, use, tag)
    if use.each is not None and tag.kind == "amount":
        return _amount(item, first, at, use, tag)
    if use.kind in _STATEMENTS or not use.is_bare:
        return None
    return Value(YES, 1, "", first, at)


def _strong(beside: Beside, first: int, at: int, use: Use, tag: TagWords) -> Value | None:
    """Strength is no amount: "one 5% beer" is one, a "0.0% beer" is none."""
    if use.each is None:
        return None
    if beside.items[first].value == 0:
        return Value(AMOUNT, 0, tag.unit, first, at, has_number=True)
    if first and beside.items[first - 1].kind == "number":
        return _amount(beside.items[first - 1], first - 1, at, use, tag)
    return None


def _amount(item: Item, first: int, at: int, use: Use, tag: TagWords) -> Value:
    each = 1.0 if use.each is None else use.each
    return Value(AMOUNT, item.value * each, tag.unit, first, at, has_number=True)

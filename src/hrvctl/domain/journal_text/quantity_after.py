"""The value behind a thing: "stress: 7/10", "sauna for 30 min", "alcohol no"."""

from dataclasses import dataclass

from hrvctl.domain.journal_text.phrases import Use
from hrvctl.domain.journal_text.quantity_context import (
    AMOUNT,
    FRACTIONS,
    NO,
    SHARE,
    YES,
    Beside,
    Value,
)
from hrvctl.domain.journal_text.vocabulary import TagWords

# Marks over which a bare number still counts a thing: "beer (2)", "| beers | 2 |".
_COUNTING = frozenset("(|-\u2014~")


@dataclass(frozen=True, slots=True)
class Named:
    """A thing in a line: where, which tag, and the notation it stands in."""

    at: int
    use: Use
    tag: TagWords
    is_explicit: bool
    is_label: bool


def value_behind(beside: Beside, named: Named) -> Value | None:
    """Read the value that stands behind a thing; ``None`` where there is none."""
    at, use, tag = named.at, named.use, named.tag
    if not beside.is_end(at + 1) and beside.has_role(at + 1, "negators_after"):
        return Value(NO, 0, "", at, at + 1, is_answered=True)
    after = beside.behind_links(at)
    if after >= len(beside.items) or beside.items[after].is_used:
        return None
    item = beside.items[after]
    if item.meaning and any(u.kind == "none" and u.tag == use.tag for u in item.meaning.uses):
        return Value(NO, 0, "", at, after, is_answered=True)  # "beer (alcohol free)"
    answer = _answer(beside, named, after)
    if answer is not None:
        return answer
    if item.kind == "time":
        is_said = named.is_label and use.is_bare
        return Value(YES, 1, "", at, after) if is_said else None
    if item.kind == "number":
        return _number(beside, named, after)
    return _share(beside, named, after) if tag.kind == "scale" else _fraction(beside, named, after)


def is_form(beside: Beside, at: int) -> bool:
    """Find "magnesium yes/no": a form nobody filled in."""
    after = beside.behind_links(at)
    is_pair = beside.has_role(after, "yes", "no") and beside.has_role(after + 2, "yes", "no")
    return is_pair and beside.mark(after + 1) in ("/", "|")


def _answer(beside: Beside, named: Named, after: int) -> Value | None:
    if not beside.has_role(after, "yes", "no") or beside.is_thing(after):
        return None
    is_word = beside.mark(after)[0].isalpha()
    is_last = beside.is_end(after + 1)
    is_next = beside.mark(after + 2) in ("=", ":")  # alcohol=no stress=3
    is_free = named.is_label and (is_next or not beside.is_thing(after + 1))
    if is_word and not is_last and not is_free:
        return None
    said = YES if beside.has_role(after, "yes") else NO
    return Value(said, float(said == YES), "", named.at, after, is_answered=True)


def _number(beside: Beside, named: Named, after: int) -> Value | None:
    number, unit = beside.items[after].value, after + 1
    if _is_list(beside, after):
        return None
    if beside.has_role(unit, "unit"):
        if beside.is_thing(unit + 1) and not named.is_explicit:
            return None  # "coffee 30 min sauna"
        word = beside.mark(unit)
        return beside.measured(named.at, unit, number, word, named.use, named.tag)
    is_free = beside.is_end(unit) or beside.items[unit].kind != "unknown"
    if not named.is_explicit and (beside.is_thing(unit) or not is_free):
        return None  # "coffee 2 beers", "coffee 62 emails"
    if named.tag.kind == "scale":
        share = _on_scale(number, named)
        return None if share is None else _said(SHARE, share, named, after)
    if named.tag.kind == "amount":
        return _amount(beside, named, after)
    if named.is_explicit:
        return _said(AMOUNT, number, named, after)
    said = YES if number else NO
    return Value(said, float(bool(number)), "", named.at, after) if named.is_label else None


def _is_list(beside: Beside, at: int) -> bool:
    """Find "coffee 8, 11, 15": nobody knows of what."""
    if beside.mark(at + 1) != "," or not beside.is_end(at + 3) or at + 2 >= len(beside.items):
        return False
    return beside.items[at + 2].kind == "number"


def _amount(beside: Beside, named: Named, after: int) -> Value | None:
    each = named.use.each
    passed = {beside.mark(i) for i in range(named.at + 1, after)}
    if not named.is_label and (each is None or not passed <= _COUNTING):
        return None
    factor = 1.0 if each is None or named.is_label else each
    return _said(AMOUNT, beside.items[after].value * factor, named, after)


def _on_scale(number: float, named: Named) -> float | None:
    """A bare number on a scale, where only one scale can be meant."""
    if named.is_explicit and number <= 1:
        return number
    fitting = [scale for scale in named.tag.out_of if number <= scale]
    if number == 0:
        return 0.0  # on every scale
    return number / fitting[0] if len(fitting) == 1 else None


def _share(beside: Beside, named: Named, after: int) -> Value | None:
    if not named.is_explicit and beside.is_thing(after + 1) and not _has_own(beside, after + 1):
        return None
    item = beside.items[after]
    if item.kind in ("share", "percent"):
        return _said(SHARE, item.value, named, after) if item.value <= 1 else None
    degree = beside.degree(item, named.tag)
    return None if degree is None else _said(SHARE, degree, named, after)


def _has_own(beside: Beside, at: int) -> bool:
    """Whether a thing has a number of its own behind it: "stress 7/10 mood 4/5"."""
    after = beside.behind_links(at)
    return after < len(beside.items) and beside.items[after].kind in ("share", "percent")


def _fraction(beside: Beside, named: Named, after: int) -> Value | None:
    """``alcohol=1/2``."""
    item = beside.items[after]
    if named.is_label and named.tag.kind == "amount" and item.bottom in FRACTIONS:
        return _said(AMOUNT, item.value, named, after)
    return None


def _said(kind: str, number: float, named: Named, after: int) -> Value:
    unit = named.tag.unit if kind == AMOUNT else ""
    return Value(kind, number, unit, named.at, after, has_number=True)

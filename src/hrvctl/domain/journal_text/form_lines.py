"""Lines of a form: "Stress (1-5): 2", "Alcohol (drinks): 0", "Sick (y/n): n".

What stands in such brackets belongs to the question and not to the answer: it says on which scale
or in which unit the answer is meant. It is taken out before a line is read.
"""

from collections.abc import Sequence

from hrvctl.domain.journal_text.assertion_scope import is_stop
from hrvctl.domain.journal_text.lexemes import Item
from hrvctl.domain.journal_text.vocabulary import Vocabulary

# How much a bracket may hold, items (own choice: what is longer is a remark of its own).
LONGEST = 8
# Where scales begin, and the highest number one may end with (own choice: as forms have them).
LOWEST, HIGHEST = (0.0, 1.0), 100.0
# How far before a bracket the thing asked for may stand, items: "Mood today (1-10)".
NEAR = 3
_CLOSES = {"(": ")", "[": "]"}
_BEHIND = frozenset((":", "=", "|", "-", "\u2014"))
_LABELS = frozenset((":", "=", "|"))
# Brackets that hold one of these say that it was not so, or not on this day.
_OTHERWISE = frozenset(("elsewhen", "last_night", "not_done", "others"))


def without_brackets(items: Sequence[Item], vocabulary: Vocabulary) -> list[Item]:
    """Take the brackets of a form out of a line, and tell its numbers their scale or unit."""
    if not any(item.word in _CLOSES for item in items):
        return list(items)
    kept: list[Item] = []
    unit: Item | None = None
    at = 0
    while at < len(items):
        item = items[at]
        kept.append(item)
        if unit is not None and item.kind == "number":
            kept.append(_behind(unit, item))
        if item.word not in _BEHIND:
            unit = None
        at += 1
        close = _close(items, at)
        thing = _thing(kept) if close else None
        if thing is None:
            continue
        inside, rest = items[at + 1 : close], items[close + 1 : close + 1 + NEAR]
        top = _top(inside) if _is_scale(thing, vocabulary) else 0.0
        if top:
            answer = item if item.kind == "number" else _answer(rest)
            if answer is None:
                thing.is_used = True  # a question nobody answered
            elif answer.kind == "number":
                _put_on_scale(answer, top)
        elif not _is_label(item, inside, rest):
            continue
        elif any(one.kind == "time" or not one.roles.isdisjoint(_OTHERWISE) for one in inside):
            thing.is_used = True  # "caffeine (after 14:00): no" says nothing of the morning
        elif len(inside) == 1 and "unit" in inside[0].roles:
            unit = inside[0]
        at = close + 1
    return kept


def _close(items: Sequence[Item], at: int) -> int:
    """Where a bracket that opens here closes; 0 when none opens, or none closes near."""
    closing = _CLOSES.get(items[at].word) if at < len(items) else None
    for i in range(at + 1, min(at + 2 + LONGEST, len(items))):
        if items[i].word == closing:
            return i
    return 0


def _thing(before: Sequence[Item]) -> Item | None:
    """What is asked for: right before the bracket, or with a word or its number in between."""
    for item in reversed(before[-NEAR:]):
        if item.meaning is not None and item.meaning.uses:
            return item
        if item.kind != "number" and item.word not in _BEHIND and "links" not in item.roles:
            return None
    return None


def _is_scale(thing: Item, vocabulary: Vocabulary) -> bool:
    uses = thing.meaning.uses if thing.meaning else ()
    return any(vocabulary.tags[use.tag].kind == "scale" for use in uses)


def _is_label(last: Item, inside: Sequence[Item], rest: Sequence[Item]) -> bool:
    """Whether what stands before a bracket is a question, and the bracket no answer to it."""
    if last.kind == "number" or not rest or rest[0].word not in _LABELS:
        return False
    if inside and inside[0].kind in ("number", "time"):
        return False  # "beer (2)", "coffee (16:30)"
    uses = [use for item in inside if item.meaning for use in item.meaning.uses]
    return not any(use.kind == "none" for use in uses)  # "beer (alcohol free)"


def _top(inside: Sequence[Item]) -> float:
    """The highest number of the scale a bracket tells: "1-5", "out of 5"; 0 when it tells none."""
    numbers = [item for item in inside if item.kind == "number"]
    if not numbers:
        return 0.0
    low = min(item.bottom if item.top else item.value for item in numbers)
    high = max(item.top or item.value for item in numbers)
    is_out_of = inside[0].word == "/" or "out_of" in inside[0].roles
    return high if (low in LOWEST or is_out_of) and 1 < high <= HIGHEST else 0.0


def _answer(rest: Sequence[Item]) -> Item | None:
    """The answer behind a bracket, with nothing but marks between."""
    for item in rest:
        if item.word not in _BEHIND:
            return None if is_stop(item) else item
    return None


def _put_on_scale(number: Item, top: float) -> None:
    if number.value <= top:
        number.kind, number.top, number.bottom = "share", number.value, top
        number.value /= top
    else:
        number.kind = "murky"


def _behind(unit: Item, number: Item) -> Item:
    """The same unit as if it stood behind the number."""
    return Item("phrase", unit.word, number.end, number.end, is_glued=True, meaning=unit.meaning)

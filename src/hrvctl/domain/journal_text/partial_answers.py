"""Find mentions that only repeat a part of another, and answers about a part of the day."""

from collections.abc import Iterator, Sequence

from hrvctl.domain.journal_text.clock_times import Mention
from hrvctl.domain.journal_text.lexer import Lexeme
from hrvctl.domain.journal_text.quantities import AMOUNT, YES

# Largest distance between a term and the answer to its question, lexemes (own choice: further is
# another topic).
REACH = 8
_CLOSES = {"(": ")", "[": "]"}
_DASHES = frozenset("-\u2014")
_BEFORE_ANSWERS = frozenset(":=?-\u2014")


def without_parts(lexemes: Sequence[Lexeme], mentions: Sequence[Mention]) -> Iterator[Mention]:
    """Leave out what a total before it already counts: "alcohol: 3 (2 beers, 1 wine)".

    Args:
        lexemes: The line.
        mentions: In order, with their quantities.
    """
    ends: dict[str, int] = {}
    for mention in mentions:
        tag, quantity = mention.sense.tag, mention.quantity
        if quantity is None or quantity.kind not in (AMOUNT, YES):
            yield mention
        elif mention.at >= ends.get(tag, 0):
            yield mention
            if quantity.kind == AMOUNT:
                ends[tag] = _end_of_parts(lexemes, mention, max(mention.at, quantity.last) + 1)


def _end_of_parts(lexemes: Sequence[Lexeme], total: Mention, at: int) -> int:
    """Index after the parts of a total that start at a mark; 0 if none do."""
    mark = lexemes[at].word if at < len(lexemes) else ""
    inside = range(at + 1, len(lexemes))
    if mark in _CLOSES:
        if inside and lexemes[at + 1].has_role("and"):
            return 0  # "2 beers (and a wine)"
        return next((i for i in inside if lexemes[i].word == _CLOSES[mark]), len(lexemes))
    is_after = total.quantity is not None and total.quantity.last > total.at
    if mark == ":" and not is_after and total.sense.kind in ("word", "each"):
        return len(lexemes)  # "3 drinks: 2 beers and a wine"
    if mark in _DASHES and is_after and inside and lexemes[at + 1].kind != "number":
        return next((i for i in inside if lexemes[i].ends_clause), len(lexemes))
    return 0


def is_denied_later(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether a term is denied for a part of the day: "tea after 14:00: no", "Late tea: no"."""
    is_partial = at > 0 and lexemes[at - 1].has_late_role
    for i in range(at + 1, min(at + REACH, len(lexemes) - 1)):
        lexeme = lexemes[i]
        if lexeme.word in _BEFORE_ANSWERS and lexemes[i + 1].has_role("no"):
            is_last = i + 2 == len(lexemes) or lexemes[i + 2].ends_clause
            return is_partial and is_last
        if lexeme.senses or lexeme.ends_clause:
            return False
        is_partial |= lexeme.kind == "time" or lexeme.has_role("partly", "after")
        is_partial |= lexeme.has_late_role
    return False

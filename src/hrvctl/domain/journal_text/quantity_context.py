"""What stands beside a thing: the marks, words and measures its value is read from."""

from collections.abc import Sequence
from dataclasses import dataclass

from hrvctl.domain.journal_text.assertion_scope import is_stop
from hrvctl.domain.journal_text.lexemes import Item
from hrvctl.domain.journal_text.phrases import Use
from hrvctl.domain.journal_text.vocabulary import TagWords, Vocabulary

# How far from a thing its value may stand, items (own choice: what is longer says something else).
REACH = 6
# Parts that are said as a fraction: "1/2 beer".
FRACTIONS = (2.0, 3.0, 4.0)
_LINKS = frozenset(":=(|-\u2014\u2192?~")
_BRACKETS = frozenset("()[]/\\|")

YES, NO, AMOUNT, SHARE = "yes", "no", "amount", "share"


@dataclass(slots=True)
class Value:
    """What was said of one tag.

    Attributes:
        kind: ``yes``, ``no``, ``amount`` or ``share``.
        number: The amount in the tag's unit, or the share.
        unit: Of an amount.
        first, last: The items it was read from.
        has_number: It was said with a number or degree, not just named.
        is_explicit: In our own notation, ``name=value``, ``name:: value`` or ``#tag``.
        is_answered: It said yes or no by itself; no word before it turns that round.
    """

    kind: str
    number: float
    unit: str
    first: int
    last: int
    has_number: bool = False
    is_explicit: bool = False
    is_answered: bool = False


class Beside:
    """Looks around in one line of items."""

    def __init__(self, items: Sequence[Item], vocabulary: Vocabulary) -> None:
        self.items = items
        self.vocabulary = vocabulary

    def mark(self, at: int) -> str:
        """The word of an item; empty behind the end."""
        return self.items[at].word if at < len(self.items) else ""

    def is_end(self, at: int) -> bool:
        """Whether nothing follows in the clause."""
        return at >= len(self.items) or is_stop(self.items[at])

    def is_thing(self, at: int) -> bool:
        """Whether an item names something known."""
        if at >= len(self.items):
            return False
        meaning = self.items[at].meaning
        return meaning is not None and any(use.kind != "name" for use in meaning.uses)

    def has_role(self, at: int, *roles: str) -> bool:
        """Whether an item stands in one of the vocabulary's lists."""
        return at < len(self.items) and not self.items[at].roles.isdisjoint(roles)

    def is_label(self, at: int) -> bool:
        """Whether a colon after a thing makes it a label, and no smiley: "2 beers :)"."""
        if self.mark(at + 1) != ":":
            return False
        after = self.items[at + 2] if at + 2 < len(self.items) else None
        return after is None or not (after.is_glued and after.word in _BRACKETS)

    def is_explicit(self, at: int) -> bool:
        """``name=value`` and ``name:: value``."""
        return self.mark(at + 1) == "=" or (self.mark(at + 1) == self.mark(at + 2) == ":")

    def behind_links(self, at: int) -> int:
        """Index of the first item behind a thing that may be its value."""
        after = at + 1
        while after < min(at + REACH, len(self.items)):
            item = self.items[after]
            is_value = "degree" in item.roles or item.kind in ("number", "time")
            if item.is_used or is_value or not (item.word in _LINKS or "links" in item.roles):
                break
            after += 1
        return after

    def degree(self, item: Item, tag: TagWords) -> float | None:
        """The share of a scale a degree word means for a tag."""
        if "degree" not in item.roles:
            return None
        return tag.degrees.get(item.word, self.vocabulary.degrees.get(item.word))

    def measured(
        self, first: int, last: int, number: float, unit: str, use: Use, tag: TagWords
    ) -> Value | None:
        """An amount in a unit: the tag's own or one of the same measure; else it counts nothing."""
        measures = self.vocabulary.measures
        own, other = measures.get(tag.unit), measures.get(unit)
        factor = tag.units.get(unit)
        if factor is None and own and other and own[0] == other[0]:
            factor = other[1] / own[1]
        if tag.kind == "amount" and factor is not None:
            amount = round(number * factor, 6)
            return Value(AMOUNT, amount, tag.unit, first, last, has_number=True)
        if tag.kind == "scale" or not use.is_bare:
            return None
        return Value(YES, 1, "", first, last)

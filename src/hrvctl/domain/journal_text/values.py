"""The value a thing is said with: the number, share, degree or answer beside it."""

from collections.abc import Sequence

from hrvctl.domain.journal_text.assertion_scope import is_stop
from hrvctl.domain.journal_text.lexemes import Item
from hrvctl.domain.journal_text.phrases import Use
from hrvctl.domain.journal_text.quantity_after import Named, is_form, value_behind
from hrvctl.domain.journal_text.quantity_before import number_before, value_before
from hrvctl.domain.journal_text.quantity_context import AMOUNT, NO, YES, Beside, Value
from hrvctl.domain.journal_text.vocabulary import Vocabulary

_COMPARED = ("<", ">", "\u2264", "\u2265")


class ValueReader:
    """Finds the values of the things of one line."""

    def __init__(self, items: Sequence[Item], vocabulary: Vocabulary, *, is_heading: bool) -> None:
        self._items = items
        self._beside = Beside(items, vocabulary)
        self._is_heading = is_heading

    def read(self, at: int, use: Use) -> Value | None:
        """The value of a thing; ``None`` when nothing was said of it.

        Args:
            at: Index of the item that names it.
            use: What that item says of a tag.
        """
        if use.kind == "none":
            first = number_before(self._beside, at)
            return Value(NO, 0, "", at if first is None else first, at)
        if use.kind == "alone" and not self._stands_alone(at):
            return None
        if is_form(self._beside, at) or self._is_void(at):
            return None
        is_explicit = self._beside.is_explicit(at)
        is_label = is_explicit or self._beside.is_label(at)
        tag = self._beside.vocabulary.tags[use.tag]
        named = Named(at, use, tag, is_explicit, is_label)
        found = self._with_number(named)
        if found is None and not (is_label or self._is_heading or self._is_denied(at)):
            is_thing = use.kind not in ("name", "thing") or self._items[at].is_tag
            found = self._bare(named) if use.is_bare and is_thing else None
        elif found is not None and use.kind in ("name", "thing") and not is_label:
            return None
        if found is not None:
            found.is_explicit = is_explicit or self._items[at].is_tag
        return found

    def take(self, value: Value, at: int) -> None:
        """Mark the items a value was read from, so that nothing else is read from them."""
        for i in range(value.first, value.last + 1):
            self._items[i].is_used = self._items[i].is_used or i != at

    def _with_number(self, named: Named) -> Value | None:
        """What stands before it wins, but behind a label: "alcohol: 2", "2 beers: both small"."""
        before = None
        if not named.is_explicit:
            before = value_before(self._beside, named.at, named.use, named.tag)
        if before is not None and (named.is_label or before.kind == AMOUNT):
            if named.is_label and not before.has_number:
                before = None
            elif not before.has_number and self._is_nought(named.at + 1):
                before = None  # "a beer 0.0"
        if named.is_label:
            return value_behind(self._beside, named) or before
        if before is None or before.kind != YES:
            return before or value_behind(self._beside, named)
        behind = value_behind(self._beside, named)  # "20 min beer x2"
        return behind if behind is not None and behind.kind == AMOUNT else before

    def _is_nought(self, at: int) -> bool:
        item = self._items[at] if at < len(self._items) else None
        return item is not None and item.kind == "number" and item.value == 0

    def _is_void(self, at: int) -> bool:
        """Find "sauna is closed", "massage booked": named, but it was not had."""
        return self._beside.has_role(self._beside.behind_links(at), "void_after")

    def _is_denied(self, at: int) -> bool:
        """Find "sauna not today", "stress not high": said, but nobody can tell what."""
        if at and self._beside.has_role(at - 1, "negators"):
            return False  # "no alcohol no ketchup"
        after = self._beside.behind_links(at)
        if self._beside.is_end(after) or after > at + 3:
            return False
        is_negator = self._beside.has_role(after, "negators")
        return is_negator and not self._beside.is_thing(after + 1)

    def _bare(self, named: Named) -> Value | None:
        """Just named."""
        at, use, tag = named.at, named.use, named.tag
        if use.kind == "each" and use.each is not None:
            return Value(AMOUNT, use.each, tag.unit, at, at)
        if tag.kind == "scale" and not self._beside.is_end(at + 1):
            if self._beside.mark(at + 1) in _COMPARED:
                return None
            after = self._beside.behind_links(at)
            if not self._beside.is_end(after) and self._items[after].kind in ("number", "murky"):
                return None  # a number nobody can tell the scale of
        return Value(YES, 1, "", at, at)

    def _stands_alone(self, at: int) -> bool:
        """Whether no thing follows in the clause, known or unknown: "I drank", "drank a lot"."""
        for i in range(at + 1, len(self._items)):
            item = self._items[i]
            if is_stop(item) or not item.roles.isdisjoint(("and", "borders")):
                return True
            if item.kind == "unknown" or self._beside.is_thing(i):
                return False
        return True

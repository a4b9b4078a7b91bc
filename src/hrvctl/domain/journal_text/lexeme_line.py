"""Look at the lexemes around a term: whether one is there, what it is, and what a term links to."""

from collections.abc import Sequence

from hrvctl.domain.journal_text.lexer import Lexeme
from hrvctl.domain.journal_text.phrases import TagSense

# Largest distance between a term and its quantity, lexemes (own choice: further is another topic).
REACH = 6
_LINKS = frozenset(":=(|-\u2014\u2192?~")
_BRACKETS = frozenset("()[]/\\|")


class LexemeLine:
    """The lexemes of a line; what is asked of an index after its end is false or empty."""

    def __init__(self, lexemes: Sequence[Lexeme]) -> None:
        self._lexemes = lexemes

    def word(self, at: int) -> str:
        """The word of a lexeme; empty after the end of the line."""
        return self._lexemes[at].word if at < len(self._lexemes) else ""

    def is_end(self, at: int) -> bool:
        """Whether the line or a clause ends there."""
        return at >= len(self._lexemes) or self._lexemes[at].ends_clause

    def is_kind(self, at: int, *kinds: str) -> bool:
        """Whether a lexeme is of one of these kinds."""
        return at < len(self._lexemes) and self._lexemes[at].kind in kinds

    def is_term(self, at: int) -> bool:
        """Whether a lexeme is a term for a tag in running text."""
        if at >= len(self._lexemes):
            return False
        return any(sense.kind != "name" for sense in self._lexemes[at].senses)

    def is_none(self, at: int, tag: str) -> bool:
        """Whether a lexeme says that there is none of a tag: "alcohol free"."""
        senses = self._lexemes[at].senses
        return any(sense.kind == "none" and sense.tag == tag for sense in senses)

    def is_void(self, at: int, sense: TagSense) -> bool:
        """Whether a term states nothing of its tag: "a pint of milk", "sauna was closed"."""
        is_container = self.has_role(at, "unit") and self.has_role(at + 1, "contents")
        is_other = self.is_of_other(at, sense.tag) or self.is_actor(at) or self.is_for_other(at + 1)
        is_other = is_other or self.is_of_unknown(at)
        is_denied = at > 0 and self.is_none(at - 1, sense.tag)  # "alc-free beer"
        is_denied |= self.is_without(self.after_links(at), sense.tag)
        is_changed = self.is_change(at + 1)
        after = self.after_links(at)
        # A tasting that was called off says nothing of other drinks.
        is_called_off = sense.each is not None and self.has_role(after, "called_off")
        is_undone = is_called_off or self.has_role(after, "void_after")
        is_undone |= sense.each is not None and self._is_of_another_day(at)
        return is_container or is_other or is_denied or is_changed or is_undone

    def _is_of_another_day(self, at: int) -> bool:
        """Find "the wine from last night"; a hangover from it is of today."""
        return self.has_role(at + 1, "about") and self.has_role(at + 2, "last_night", "elsewhen")

    def is_counted(self, at: int) -> bool:
        """Whether a number stands before a term: in "2 cups tea = 5" the 5 is a sum."""
        before = at - 1
        while before > 0 and self.has_role(before, "unit", "between"):
            before -= 1
        return before >= 0 and self.is_kind(before, "number") and not self.is_end(before)

    def is_without(self, at: int, tag: str) -> bool:
        """Whether a negation of a tag's own word stands there: "la cerveza era sin alcohol"."""
        if not self.has_role(at, "negators") or not self.is_term(at + 1):
            return False
        return all(sense.tag == tag for sense in self._lexemes[at + 1].senses)

    def is_of_other(self, at: int, tag: str) -> bool:
        """Whether the term contains what another tag means: "a six pack of water"."""
        if not self.has_role(at + 1, "contents") or not self.is_term(at + 2):
            return False
        return all(sense.tag != tag for sense in self._lexemes[at + 2].senses)

    def is_actor(self, at: int) -> bool:
        """Whether a term is what acts: "the party won the election"."""
        if at == 0 or not self.has_role(at - 1, "definite"):
            return False
        return self.has_role(at + 1, "verbs") and not self.has_role(at + 1, "links")

    def is_other_noun(self, at: int) -> bool:
        """Whether a word stands there that no journal is about: unknown, or "app"."""
        if self.is_kind(at, "unknown"):
            return True
        roles = self._lexemes[at].roles if at < len(self._lexemes) else ()
        is_none = at < len(self._lexemes) and not self._lexemes[at].senses
        return is_none and bool(roles) and all(role.startswith("guess.") for role in roles)

    def has_role(self, at: int, *roles: str) -> bool:
        """Whether a lexeme is in one of these lists of the vocabulary."""
        return at < len(self._lexemes) and self._lexemes[at].has_role(*roles)

    def is_label(self, at: int) -> bool:
        """Whether a colon follows that is not part of a smiley: "2 beers :)"."""
        if self.word(at + 1) != ":":
            return False
        after = self._lexemes[at + 2] if at + 2 < len(self._lexemes) else None
        return after is None or not (after.is_glued and after.word in _BRACKETS)

    def after_links(self, at: int) -> int:
        """Index of the first lexeme after a term that may be its quantity: "stress level was 7"."""
        after = at + 1
        while after < min(at + REACH, len(self._lexemes)):
            lexeme = self._lexemes[after]
            is_value = "degree" in lexeme.roles or lexeme.kind in ("number", "time")
            is_link = lexeme.word in _LINKS or "links" in lexeme.roles
            if lexeme.is_consumed or is_value or not is_link:
                break
            after += 1
        return after

    def is_alone(self, at: int) -> bool:
        """Whether no other term or unknown word follows in the clause: "drank a lot"."""
        for i in range(at + 1, len(self._lexemes)):
            if self.is_end(i) or self.has_role(i, "and", "borders"):
                return True
            if self.is_kind(i, "unknown") or self.is_term(i):
                return False
        return True

    def is_denied_later(self, at: int) -> bool:
        """Find "Sauna habe ich heute nicht gemacht", up to the next term that is not in its list.

        A list is one where it starts a clause: "yoga and sauna were cancelled".
        """
        start = self._start(at)
        is_list = self._starts_clause(start) and all(map(self._is_listed, range(start, at + 1)))
        for i in range(at + 1, len(self._lexemes)):
            if self.word(i) == "," and " " in self.word(i + 1):
                continue  # "le sauna, je ne l'ai pas fait"
            if is_list and i < at + REACH and self._is_listed(i) and self._is_listed(i - 1):
                continue
            if self.is_end(i) or self.is_term(i) or self.has_role(i, "and"):
                return False
            if self.has_role(i, "negators_late"):
                return True
        return False

    def _start(self, at: int) -> int:
        """Index of the first lexeme of the clause of a lexeme, if it is near."""
        first = at
        while first > max(at - REACH, 0) and not self._starts_clause(first):
            first -= 1
        return first

    def _starts_clause(self, at: int) -> bool:
        return at == 0 or self._lexemes[at - 1].ends_clause

    def _is_listed(self, at: int) -> bool:
        return self.is_term(at) or self.has_role(at, "and")

    def is_of_unknown(self, at: int) -> bool:
        """Whether "of" and an unknown word follow the term: "corrida de táxi"."""
        is_head = self.has_role(at, "heads") and self.has_role(at + 1, "contents")
        return is_head and self.is_kind(at + 2, "unknown")

    def is_for_other(self, at: int) -> bool:
        """Whether "for Ben" stands there."""
        if not self.has_role(at, "recipients"):
            return False
        name = at + 1 + self.has_role(at + 1, "definite", "articles")
        return self.is_kind(name, "unknown") and self._lexemes[name].is_capital

    def is_change(self, at: int) -> bool:
        """Whether an amount that was follows: "cut my coffee from 4 to 2 cups"."""
        if not self.has_role(at, "changes_from") or not self.is_kind(at + 1, "number"):
            return False
        return self.has_role(at + 2, "ranges")

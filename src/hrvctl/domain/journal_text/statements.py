"""Build the statements of a line: mentions with quantity and time, under their assertion status."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hrvctl.domain.journal_text.assertion_scope import Clause
from hrvctl.domain.journal_text.clock_times import (
    Lateness,
    Mention,
    attach_times,
    find_lateness,
    words_after,
)
from hrvctl.domain.journal_text.further_amounts import settle_amounts, with_containers
from hrvctl.domain.journal_text.lexer import Lexeme, Polarity, Status
from hrvctl.domain.journal_text.partial_answers import is_denied_later, without_parts
from hrvctl.domain.journal_text.quantities import AMOUNT, NO, YES, Quantity, QuantityReader
from hrvctl.domain.journal_text.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Statement:
    """A quantity stated for a tag.

    Attributes:
        tag: Name of the tag.
        kind, number, unit: As in ``Quantity``.
        at: Minutes after midnight, if a time was given.
        start, end: Offsets of its words in the original text.
    """

    tag: str
    kind: str
    number: float
    unit: str
    at: int | None
    start: int
    end: int


class StatementReader:
    """Reads the statements of one line."""

    def __init__(
        self, lexemes: Sequence[Lexeme], vocabulary: Vocabulary, *, is_heading: bool
    ) -> None:
        self._lexemes = lexemes
        self._vocabulary = vocabulary
        self._mentions: list[Mention] = []
        quantities = QuantityReader(lexemes, vocabulary, is_heading=is_heading)
        for at, lexeme in enumerate(lexemes):
            if lexeme.is_consumed:
                continue
            is_denied = is_denied_later(lexemes, at)
            found = [
                Mention(at, sense, None if is_denied else quantities.read(at, sense))
                for sense in lexeme.senses
            ]
            for mention in found:
                mention.is_denied = is_denied
                if mention.quantity:
                    quantities.consume(mention.quantity, at)
            self._mentions += found
        self._share_answers()
        self._mentions = with_containers(lexemes, self._mentions, vocabulary.tags)
        self._mentions = list(without_parts(lexemes, self._mentions))
        clear = settle_amounts(lexemes, self._mentions, vocabulary.tags)
        tags = {mention.sense.tag for mention in clear}
        # Terms whose amount is unclear: "2 beers, then 3". They are told as not understood.
        self.unclear = [m.at for m in self._mentions if m.quantity and m.sense.tag not in tags]
        self._mentions = clear
        self._drop_emoji_duplicates()

    def read(self, clauses: Sequence[Clause]) -> Iterator[Statement]:
        """All statements of the line, in order; its lexemes must have their assertion status."""
        clause_of = {i: clause for clause in clauses for i in clause.span}
        times = attach_times(self._lexemes, [mention.at for mention in self._mentions], clause_of)
        for n, mention in enumerate(self._mentions):
            clause = clause_of.get(mention.at)
            if clause is None or not self._is_about_today(mention, clause):
                continue
            before = self._mentions[n - 1].at if n else -1
            after = self._mentions[n + 1].at if n + 1 < len(self._mentions) else clause.end
            mention.start = clause.start if before < clause.start else mention.at
            mention.end = min(after, clause.end)
            mention.time = times.get(mention.at)
            yield from self._statements(mention, clause)

    def _share_answers(self) -> None:
        """Apply one answer to both mentions of "alcohol/caffeine: no"."""
        for mention, after in reversed(list(pairwise(self._mentions))):
            own, answer = mention.quantity, after.quantity
            if own is None or answer is None or own.has_number or own.is_answer:
                continue
            if after.at != mention.at + 2:
                continue
            link = self._lexemes[mention.at + 1]
            is_joined = link.word in ("/", "&", "+") or "and" in link.roles
            if is_joined and answer.is_answer and answer.first == after.at:
                mention.quantity = replace(answer, first=own.first)

    def _drop_emoji_duplicates(self) -> None:
        """Drop emoji next to the word or emoji for the same tag: "2 beers 🍺🍺"."""
        kept: list[Mention] = []
        last_at: dict[str, int] = {}
        words = {(m.sense.tag, m.at) for m in self._mentions if not self._is_emoji(m.at)}
        for mention in self._mentions:
            tag, at = mention.sense.tag, mention.at
            is_emoji = self._is_emoji(at)
            is_duplicate = is_emoji and (last_at.get(tag) == at - 1 or (tag, at + 1) in words)
            if is_duplicate or not is_emoji:
                last_at[tag] = at
            if not is_duplicate:
                kept.append(mention)
        self._mentions = kept

    def _is_emoji(self, at: int) -> bool:
        return not self._lexemes[at].word[0].isalnum() and not self._lexemes[at].is_hashtag

    def _is_about_today(self, mention: Mention, clause: Clause) -> bool:
        """Whether a mention is about the person and the day, or its night; ``tag=value`` always."""
        if mention.quantity is not None and mention.quantity.is_explicit:
            return True
        if self._lexemes[mention.at].status is not Status.ACTUAL:
            return False
        return not clause.is_last_night or self._vocabulary.tags[mention.sense.tag].is_of_night

    def _statements(self, mention: Mention, clause: Clause) -> Iterator[Statement]:
        first, last = self._span(mention)
        quantity, trigger = self._asserted(mention, clause)
        mention.is_affirmed = self._is_affirmed(mention, quantity)
        late = list(find_lateness(self._lexemes, mention, clause, self._vocabulary))
        if quantity is not None:
            first, last = min(first, quantity.first), max(last, quantity.last)
        if trigger >= 0:
            first = min(first, trigger)
            if late or self._is_partial(mention):
                quantity = None
            else:
                late = []
        at = None
        if mention.time is not None and mention.is_affirmed is not False:
            at = int(self._lexemes[mention.time].value)
        if quantity is not None:
            yield self._statement(mention.sense.tag, quantity, at, first, last)
            for other in self._vocabulary.tags[mention.sense.tag].implies:
                if quantity.number and other in self._vocabulary.tags:
                    yes = Quantity(YES, 1, "", first, last)
                    yield self._statement(other, yes, at, first, last)
        for one in late:
            yield self._late_statement(one, mention, at, first)

    def _late_statement(
        self, late: Lateness, mention: Mention, at: int | None, first: int
    ) -> Statement:
        kind, last = (YES if late.is_late else NO), max(late.last, mention.at)
        answer = Quantity(kind, float(late.is_late), "", first, last)
        return self._statement(late.tag, answer, at, first, last)

    def _statement(
        self, tag: str, quantity: Quantity, at: int | None, first: int, last: int
    ) -> Statement:
        start, end = self._lexemes[first].start, self._lexemes[last].end
        return Statement(tag, quantity.kind, quantity.number, quantity.unit, at, start, end)

    def _span(self, mention: Mention) -> tuple[int, int]:
        """First and last lexeme of a mention and its time."""
        time = mention.at if mention.time is None else mention.time
        return min(mention.at, time), max(mention.at, time)

    def _is_affirmed(self, mention: Mention, quantity: Quantity | None) -> bool | None:
        """Whether what is mentioned happened, to decide about its lateness."""
        polarity = self._lexemes[mention.at].polarity
        if mention.is_denied:
            return False
        if quantity is not None and quantity.number:
            return True
        if mention.sense.kind == "timed" and polarity is Polarity.AFFIRMED:
            return True
        return False if polarity is Polarity.NEGATED else None

    def _asserted(self, mention: Mention, clause: Clause) -> tuple[Quantity | None, int]:
        """The quantity under the polarity of its term, and the trigger that negates it (or -1)."""
        quantity, lexeme = mention.quantity, self._lexemes[mention.at]
        polarity = lexeme.polarity
        if quantity is None:
            return None, -1
        if clause.is_shared and quantity.kind == AMOUNT and quantity.number:
            quantity = replace(quantity, kind=YES, number=1, unit="")  # "we split a bottle"
        if quantity.is_explicit or quantity.is_answer:
            return quantity, -1
        is_complete = quantity.has_number or mention.sense.kind in ("act", "alone")
        if polarity is Polarity.AFFIRMED or (polarity is Polarity.OPEN and is_complete):
            return quantity, -1
        if polarity is Polarity.NEGATED and self._has_exception(clause):
            return None, -1  # "no sugar except a cookie"
        if polarity is Polarity.NEGATED and not quantity.has_number and quantity.kind != NO:
            between = self._lexemes[lexeme.negated_by + 1 : mention.at]
            if any(one.kind == "ambiguous" or one.has_role("ordinals") for one in between):
                return None, -1  # "skipped my second coffee"
            return replace(quantity, kind=NO, number=0, unit=""), lexeme.negated_by
        return None, -1

    def _has_exception(self, clause: Clause) -> bool:
        after = self._lexemes[clause.end : clause.end + 1]
        return any("exceptions" in lexeme.roles for lexeme in after)

    def _is_partial(self, mention: Mention) -> bool:
        """Find "no coffee in the morning", which leaves the rest of the day open."""
        if mention.at and "partly" in self._lexemes[mention.at - 1].roles:
            return True
        border = self._lexemes[mention.end : mention.end + 2]
        if [one.kind == "time" or "after" in one.roles for one in border] == [True, True]:
            return True  # "no coffee since 11am"
        words = words_after(self._lexemes, mention)
        return any(lexeme.kind == "time" or "partly" in lexeme.roles for lexeme in words)


def tone_words(
    lexemes: Sequence[Lexeme], clauses: Sequence[Clause]
) -> Iterator[tuple[float, int, int]]:
    """Words of good (1) and bad (0) tone, each with its start and end in the original text."""
    for i in (i for clause in clauses for i in clause.span):
        lexeme = lexemes[i]
        is_good, is_bad = "tone.good" in lexeme.roles, "tone.bad" in lexeme.roles
        if not (is_good or is_bad) or lexeme.is_consumed or lexeme.senses:
            continue
        is_negated = lexeme.polarity is Polarity.NEGATED
        is_clear = is_negated or lexeme.polarity is Polarity.AFFIRMED
        if is_clear and lexeme.status is Status.ACTUAL:
            start = lexemes[lexeme.negated_by].start if is_negated else lexeme.start
            yield float(is_good != is_negated), start, lexeme.end

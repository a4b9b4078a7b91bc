"""What a line says: the things in it with their values, held against what was so, and when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hrvctl.domain.journal_text.assertion_scope import FALSE, OPEN, TRUE, Clause
from hrvctl.domain.journal_text.lexemes import Item
from hrvctl.domain.journal_text.phrases import Use
from hrvctl.domain.journal_text.quantity_context import AMOUNT, NO, YES, Value
from hrvctl.domain.journal_text.times import Lateness, Thing, attach, lateness, own_words
from hrvctl.domain.journal_text.values import ValueReader
from hrvctl.domain.journal_text.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said of one tag: ``kind`` and ``number`` as in ``Value``, ``at`` in minutes."""

    tag: str
    kind: str
    number: float
    unit: str
    at: int | None
    start: int
    end: int


@dataclass(slots=True)
class _Mention:
    at: int
    use: Use
    value: Value | None


class LineReader:
    """Reads what one line says."""

    def __init__(self, items: Sequence[Item], vocabulary: Vocabulary, *, is_heading: bool) -> None:
        self._items = items
        self._vocabulary = vocabulary
        self._mentions: list[_Mention] = []
        self._times: Mapping[int, int] = {}
        values = ValueReader(items, vocabulary, is_heading=is_heading)
        for at, item in enumerate(items):
            if item.meaning and item.meaning.uses and not item.is_used:
                found = [_Mention(at, use, values.read(at, use)) for use in item.meaning.uses]
                for mention in found:
                    if mention.value:
                        values.take(mention.value, at)
                self._mentions += found
        self._share_answers()
        self._drop_pictures()

    def read(self, clauses: Sequence[Clause]) -> Iterator[Said]:
        """Everything said, in order.

        Args:
            clauses: Of the line, with what holds in them.
        """
        where = {i: clause for clause in clauses for i in range(clause.start, clause.end)}
        self._times = attach(self._items, [mention.at for mention in self._mentions], where)
        for n, mention in enumerate(self._mentions):
            clause = where.get(mention.at)
            if clause is None or self._is_muted(clause, mention):
                continue
            following = self._mentions[n + 1].at if n + 1 < len(self._mentions) else clause.end
            before = self._mentions[n - 1].at if n else -1
            since = clause.start if before < clause.start else mention.at
            yield from self._say(mention, clause, since, min(following, clause.end))

    def _share_answers(self) -> None:
        """Let one answer hold for both: "alcohol/caffeine: no"."""
        for mention, after in reversed(list(pairwise(self._mentions))):
            value, answer = mention.value, after.value
            if value is None or answer is None or value.has_number or value.is_answered:
                continue
            is_joined = after.at == mention.at + 2 and (
                self._items[mention.at + 1].word in ("/", "&", "+")
                or "and" in self._items[mention.at + 1].roles
            )
            if is_joined and answer.is_answered and answer.first == after.at:
                mention.value = replace(answer, first=value.first)

    def _drop_pictures(self) -> None:
        """A picture beside its word is no second one: "2 beers 🍺🍺"."""
        kept: list[_Mention] = []
        said_at: dict[str, int] = {}
        words = {(m.use.tag, m.at) for m in self._mentions if not self._is_picture(m.at)}
        for mention in self._mentions:
            tag, at = mention.use.tag, mention.at
            if self._is_picture(at) and (said_at.get(tag) == at - 1 or (tag, at + 1) in words):
                said_at[tag] = at
                continue
            if not self._is_picture(at):
                said_at[tag] = at
            kept.append(mention)
        self._mentions = kept

    def _is_picture(self, at: int) -> bool:
        return not self._items[at].word[0].isalnum() and not self._items[at].is_tag

    def _is_muted(self, clause: Clause, mention: _Mention) -> bool:
        if mention.value is not None and mention.value.is_explicit:
            return False
        if clause.is_muted[mention.at - clause.start]:
            return True
        tag = self._vocabulary.tags[mention.use.tag]
        return clause.is_other_night and not tag.is_of_night

    def _say(self, mention: _Mention, clause: Clause, since: int, until: int) -> Iterator[Said]:
        value, negator = self._resolve(mention, clause)
        is_so = self._is_so(mention, clause, value)
        time = self._times.get(mention.at)
        thing = Thing(mention.at, mention.use, time, clause, since, until, is_so)
        late = list(lateness(self._items, thing, self._vocabulary))
        first, last = self._span(mention, value, time)
        if negator >= 0:
            first = min(first, negator)
            if late or self._is_partly(mention, until):
                value = None
            else:
                late = []
        at = None if time is None or is_so is False else int(self._items[time].value)
        if value is not None:
            yield self._said(mention.use.tag, value, at, first, last)
            for other in self._vocabulary.tags[mention.use.tag].implies:
                if value.number and other in self._vocabulary.tags:
                    yield self._said(other, Value(YES, 1, "", first, last), at, first, last)
        for one in late:
            yield self._late(one, mention, at, first)

    def _late(self, late: Lateness, mention: _Mention, at: int | None, first: int) -> Said:
        kind = YES if late.is_late else NO
        value = Value(kind, float(late.is_late), "", first, max(late.last, mention.at))
        return self._said(late.tag, value, at, value.first, value.last)

    def _said(self, tag: str, value: Value, at: int | None, first: int, last: int) -> Said:
        start, end = self._items[first].start, self._items[last].end
        return Said(tag, value.kind, value.number, value.unit, at, start, end)

    def _span(self, mention: _Mention, value: Value | None, time: int | None) -> tuple[int, int]:
        first, last = (value.first, value.last) if value else (mention.at, mention.at)
        if time is not None:
            first, last = min(first, time), max(last, time)
        return first, last

    def _is_so(self, mention: _Mention, clause: Clause, value: Value | None) -> bool | None:
        """Whether a thing was so, for its lateness."""
        truth = clause.truth[mention.at - clause.start]
        if value is not None and value.number:
            return True
        if mention.use.kind == "thing" and truth == TRUE:
            return True
        return False if truth == FALSE else None

    def _resolve(self, mention: _Mention, clause: Clause) -> tuple[Value | None, int]:
        """The value, held against what the words before say of it, and the negator if one does."""
        value = mention.value
        if value is not None and value.kind == AMOUNT and value.number and clause.is_shared:
            value = replace(value, kind=YES, number=1, unit="")  # "we split a bottle of wine"
        truth = clause.truth[mention.at - clause.start]
        negator = clause.negator[mention.at - clause.start]
        if value is None or value.is_explicit or value.is_answered or truth == TRUE:
            return value, -1
        if truth == OPEN and (value.has_number or mention.use.kind in ("act", "alone")):
            return value, -1
        if truth == FALSE and not value.has_number and value.kind != NO:
            return replace(value, kind=NO, number=0, unit=""), negator
        return None, -1

    def _is_partly(self, mention: _Mention, until: int) -> bool:
        """Find "no coffee in the morning": of the rest of the day nothing is said."""
        if mention.at and "partly" in self._items[mention.at - 1].roles:
            return True
        for item in own_words(self._items, mention.at + 1, until):
            if item.kind == "time" or "partly" in item.roles:
                return True
        return False


def tone_of(items: Sequence[Item], clauses: Sequence[Clause]) -> Iterator[tuple[float, int, int]]:
    """The words of good and bad tone: 1 or 0, and where they stand."""
    for clause in clauses:
        for i in range(clause.start, clause.end):
            item, truth = items[i], clause.truth[i - clause.start]
            is_good, is_bad = "tone.good" in item.roles, "tone.bad" in item.roles
            if not (is_good or is_bad) or item.is_used or clause.is_muted[i - clause.start]:
                continue
            if (item.meaning and item.meaning.uses) or truth not in (TRUE, FALSE):
                continue
            negator = clause.negator[i - clause.start]
            start = items[negator].start if truth == FALSE and negator >= 0 else item.start
            yield float(is_good == (truth == TRUE)), start, item.end

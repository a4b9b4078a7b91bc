"""Read the quantity given for a mention of a tag: the amount, share, degree or answer around it.

A quantity is before the term ("2 beers", "very stressed") or after it ("stress: 7/10", "sauna for
30 min", "alcohol no").
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hrvctl.domain.journal_text.lexeme_line import REACH, LexemeLine
from hrvctl.domain.journal_text.lexer import Lexeme
from hrvctl.domain.journal_text.phrases import TagSense
from hrvctl.domain.journal_text.vocabulary import TagWords, Vocabulary

# Denominators of fractions used as amounts: "1/2 beer".
FRACTIONS = (2.0, 3.0, 4.0)
BARE_SHARE = 0.7  # of a scale, without a degree: between "quite" and "very" (own choice)
# Marks between a term and a number that still counts it: "beer (2)", "| beers | 2 |".
_COUNTING_LINKS = frozenset("(|-\u2014~")
_COMPARISONS = ("<", ">", "\u2264", "\u2265")

YES, NO, AMOUNT, SHARE = "yes", "no", "amount", "share"


@dataclass(slots=True)
class Quantity:
    """The amount, share or answer given for one tag.

    Attributes:
        kind: ``yes``, ``no``, ``amount`` or ``share``.
        number: The amount in the tag's unit, or the share; 1 for yes, 0 for no.
        unit: Of an amount.
        first, last: Range of lexemes it was read from, both included.
        has_number: Whether it was given as a number or degree.
        is_explicit: Whether it is in our notation, ``name=value``, ``name:: value`` or ``#tag``.
        is_answer: Whether it is a yes or no, which no negation before it reverses.
    """

    kind: str
    number: float
    unit: str
    first: int
    last: int
    has_number: bool = False
    is_explicit: bool = False
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class _Term:
    """The term of a mention: its index, sense and tag, and the notation it is in."""

    at: int
    sense: TagSense
    tag: TagWords
    is_explicit: bool
    is_label: bool


class QuantityReader:
    """Reads the quantities of one line."""

    def __init__(
        self, lexemes: Sequence[Lexeme], vocabulary: Vocabulary, *, is_heading: bool
    ) -> None:
        self._lexemes = lexemes
        self._line = LexemeLine(lexemes)
        self._vocabulary = vocabulary
        self._is_heading = is_heading

    def read(self, at: int, sense: TagSense) -> Quantity | None:
        """The quantity of a term in one of its senses; ``None`` if nothing is stated about it."""
        if sense.kind == "none":
            return Quantity(NO, 0, "", self._number_before(at), at)
        is_of_something = self._line.is_kind(at + 1, "number") or not self._line.is_alone(at)
        if sense.kind == "alone" and is_of_something:
            return None  # "drank tea", "drank 2 l"
        if self._line.is_void(at, sense) or self._is_unfilled_form(at):
            return None  # "a pint of milk", "sauna was closed", "magnesium yes/no"
        is_explicit = (
            self._line.word(at + 1) == "=" and not self._line.is_counted(at)
        ) or self._line.word(at + 1) == self._line.word(at + 2) == ":"
        tag, is_hashtag = self._vocabulary.tags[sense.tag], self._lexemes[at].is_hashtag
        term = _Term(at, sense, tag, is_explicit, is_explicit or self._line.is_label(at))
        is_restricted = sense.kind in ("name", "timed")
        found = self._numeric(term)
        if found is None:
            if term.is_label or self._is_heading or self._is_negated_after(at):
                return None
            if not sense.is_bare or (is_restricted and not is_hashtag):
                return None
            found = self._bare(term)
        elif is_restricted and not term.is_label:
            return None
        if found is not None:
            is_change = found.has_number and self._line.has_role(found.first - 1, "changes_from")
            if found.first and is_change:
                return None  # "from 4 beers to 1"
            if found.last == at and not found.has_number and self._is_compound(term):
                return None
            if not found.is_answer and self._line.is_denied_later(max(at, found.last)):
                return None
            found.is_explicit = is_explicit or is_hashtag
        return found

    def consume(self, quantity: Quantity, at: int) -> None:
        """Mark the lexemes of a quantity, so that nothing else is read from them."""
        for i in range(quantity.first, quantity.last + 1):
            self._lexemes[i].is_consumed |= i != at

    def _degree(self, lexeme: Lexeme, tag: TagWords) -> float | None:
        """The share of the tag's scale that a degree word means."""
        if "degree" not in lexeme.roles:
            return None
        return tag.degrees.get(lexeme.word, self._vocabulary.degrees.get(lexeme.word))

    def _is_convertible(self, at: int, tag: TagWords) -> bool:
        """Whether a measure of a tag's dimension ends a clause after a number there."""
        own, other = (self._vocabulary.measures.get(one) for one in (tag.unit, self._line.word(at)))
        is_same = own is not None and other is not None and own[0] == other[0]
        return is_same and self._line.is_kind(at - 1, "number") and self._line.is_end(at + 1)

    def _measured(
        self, first: int, last: int, number: float, unit: str, term: _Term
    ) -> Quantity | None:
        """Convert an amount to the tag's unit; in a unit of another dimension it is a plain yes."""
        measures = self._vocabulary.measures
        own, other = measures.get(term.tag.unit), measures.get(unit)
        factor = term.tag.units.get(unit)
        if factor is None and own and other and own[0] == other[0]:
            factor = other[1] / own[1]
        if term.tag.kind == "amount" and factor is not None:
            amount = round(number * factor, 6)
            return Quantity(AMOUNT, amount, term.tag.unit, first, last, has_number=True)
        if term.tag.kind == "scale" or not term.sense.is_bare:
            return None
        return Quantity(YES, 1, "", first, last)

    def _is_compound(self, term: _Term) -> bool:
        """Whether a noun only describes an unknown one: "swim trunks", "zapatillas de correr"."""
        is_head = term.at > 0 and self._line.has_role(term.at, "heads")
        if is_head and self._line.is_kind(term.at - 1, "unknown"):
            return True  # "Starbucks run"
        if term.sense.each is not None and self._line.word(term.at + 1) in term.tag.units:
            return True  # "whiskey glasses", "beer can chicken"
        is_content = self._line.has_role(term.at - 1, "contents") if term.at > 1 else False
        if is_content and self._line.is_kind(term.at - 2, "unknown"):
            return True
        after = term.at + 1
        is_noun = term.sense.kind in ("word", "each") and not self._lexemes[term.at].is_hashtag
        is_before = is_noun and self._vocabulary.has_compounds
        return is_before and self._line.is_other_noun(after)

    def _is_unfilled_form(self, at: int) -> bool:
        after = self._line.after_links(at)
        is_pair = self._line.has_role(after, "yes", "no") and self._line.has_role(
            after + 2, "yes", "no"
        )
        return is_pair and self._line.word(after + 1) in ("/", "|")

    def _is_negated_after(self, at: int) -> bool:
        """Find "sauna not today" and "stress not high", which are ambiguous."""
        if at and self._line.has_role(at - 1, "negators"):
            return False  # "no alcohol no ketchup"
        after = self._line.after_links(at)
        if self._line.is_end(after) or after > at + 3:
            return False
        return self._line.has_role(after, "negators") and not self._line.is_term(after + 1)

    # ------------------------------------------------------------ before or after the term

    def _numeric(self, term: _Term) -> Quantity | None:
        """The quantity before the term, or after it if it is a label: "alcohol: 2"."""
        before = None if term.is_explicit else self._before(term)
        if before is not None and not before.has_number:
            after = term.at + 1
            is_zero = self._line.is_kind(after, "number") and self._lexemes[after].value == 0
            if term.is_label or (before.kind == AMOUNT and is_zero):  # "a beer 0.0"
                before = None
        if term.is_label:
            return self._after(term) or before
        if before is None or before.kind != YES:
            return before or self._after(term)
        after_term = self._after(term)  # "20 min beer x2"
        return after_term if after_term is not None and after_term.kind == AMOUNT else before

    def _bare(self, term: _Term) -> Quantity | None:
        """The quantity of a term without any: one, or yes."""
        at, each = term.at, term.sense.each
        if at and term.tag.kind == "scale" and self._line.has_role(at - 1, "definite"):
            return None  # "the stress on the beam"
        if at and each is not None and self._line.has_role(at - 1, "ordinals"):
            return None  # "third beer went to the sink"
        if term.sense.kind == "each" and each is not None:
            return Quantity(AMOUNT, each, term.tag.unit, at, at)
        if term.tag.kind == "scale" and not self._line.is_end(at + 1):
            if self._line.word(at + 1) in _COMPARISONS:
                return None
            if self._line.is_kind(self._line.after_links(at), "number", "ambiguous"):
                return None  # a number on an unknown scale
        is_degree = term.tag.kind == "scale" and not self._lexemes[at].is_hashtag
        kind, number = (SHARE, BARE_SHARE) if is_degree else (YES, 1.0)
        return Quantity(kind, number, "", at, at)

    # ------------------------------------------------------------ before the term

    def _before(self, term: _Term) -> Quantity | None:
        """The quantity before a term: "2 beers", "a glass of wine", "very stressed"."""
        unit, n_unknown = "", 0
        at, sense, tag = term.at, term.sense, term.tag
        for i in range(at - 1, max(at - REACH, 0) - 1, -1):
            lexeme = self._lexemes[i]
            if lexeme.is_consumed or lexeme.ends_clause:
                break
            degree = self._degree(lexeme, tag) if tag.kind == "scale" else None
            if degree is not None:
                return Quantity(SHARE, degree, "", i, at, has_number=True)
            if lexeme.kind in ("number", "share", "percent"):
                return self._counted(i, unit, term)
            if "unit" in lexeme.roles and not unit:
                unit = lexeme.word
            elif lexeme.has_role("articles", "vague", "definite"):
                if (
                    i > 1
                    and self._line.has_role(i - 1, "out_of")
                    and self._line.is_kind(i - 2, "number")
                ):
                    return self._counted(i - 2, unit, term)  # "two of the bottles of beer"
                return self._with_article(i, unit, term)
            elif "between" not in lexeme.roles:
                n_unknown += 1  # "2 Belgian beers"
                if lexeme.kind != "unknown" or sense.each is None or n_unknown > 1:
                    break
        if unit in tag.units and sense.each is not None:
            return Quantity(AMOUNT, tag.units[unit], tag.unit, at, at)
        return None

    def _number_before(self, at: int) -> int:
        """Index of a number before a term of absence, which is quoted with it; else the term's."""
        for i in range(at - 1, max(at - REACH // 2, 0) - 1, -1):
            if self._line.is_kind(i, "number"):
                return i
            if "between" not in self._lexemes[i].roles:
                break
        return at

    def _with_article(self, first: int, unit: str, term: _Term) -> Quantity | None:
        """Count articles: "a beer" is one, "some beer" and "the beer" are an unknown amount."""
        sense, tag = term.sense, term.tag
        if tag.kind == "scale" or not sense.is_bare or sense.kind in ("act", "alone"):
            return None
        if self._line.has_role(first, "vague", "definite"):
            return Quantity(YES, 1, "", first, term.at)
        if unit and unit not in tag.units:
            return self._measured(first, term.at, 1, unit, term)
        if sense.each is None:
            return None
        amount = tag.units[unit] if unit else sense.each
        return Quantity(AMOUNT, amount, tag.unit, first, term.at)

    def _counted(self, first: int, unit: str, term: _Term) -> Quantity | None:
        lexeme, sense, tag, at = self._lexemes[first], term.sense, term.tag, term.at
        if tag.kind == "scale":
            if lexeme.kind == "number" or lexeme.value > 1:
                return None
            return Quantity(SHARE, lexeme.value, "", first, at, has_number=True)
        if lexeme.kind == "percent":
            return self._with_strength(first, term)
        if lexeme.kind == "share" and (lexeme.bottom not in FRACTIONS or lexeme.value >= 1):
            return None
        if unit:
            return self._measured(first, at, lexeme.value, unit, term)
        if sense.each is not None and tag.kind == "amount":
            return self._times(first, sense.each, term)
        if sense.kind in ("act", "alone") or not sense.is_bare:
            return None
        if not lexeme.value:
            return Quantity(NO, 0, "", first, at, has_number=True)  # "zero exercise"
        return Quantity(YES, 1, "", first, at)

    def _with_strength(self, first: int, term: _Term) -> Quantity | None:
        """A strength is not an amount: "one 5% beer" is one, a "0.0% beer" is none."""
        each = term.sense.each
        if each is None:
            return None
        if self._lexemes[first].value == 0:
            return self._times(first, 0, term)
        if first and self._line.is_kind(first - 1, "number"):
            return self._times(first - 1, each, term)
        return None

    def _times(self, first: int, each: float, term: _Term) -> Quantity:
        amount = self._lexemes[first].value * each
        return Quantity(AMOUNT, amount, term.tag.unit, first, term.at, has_number=True)

    # ------------------------------------------------------------ after the term

    def _after(self, term: _Term) -> Quantity | None:
        """The quantity after a term: "stress: 7/10", "sauna for 30 min", "alcohol no"."""
        at = term.at
        if not self._line.is_end(at + 1) and self._line.has_role(at + 1, "negators_after"):
            return Quantity(NO, 0, "", at, at + 1, is_answer=True)
        after = self._line.after_links(at)
        if self._line.word(at + 1) == "," and self._is_convertible(at + 3, term.tag):
            after = at + 2  # "CBD oil, 25 mg"
        if after >= len(self._lexemes) or self._lexemes[after].is_consumed:
            return None
        lexeme = self._lexemes[after]
        if self._line.is_none(after, term.tag.name):
            return Quantity(NO, 0, "", at, after, is_answer=True)  # "beer (alcohol free)"
        if (answer := self._answer(term, after)) is not None:
            return answer
        if lexeme.kind == "time":
            is_answer = term.is_label and term.sense.is_bare
            return Quantity(YES, 1, "", at, after) if is_answer else None
        if lexeme.kind == "number":
            return self._number_after(term, after)
        if term.tag.kind == "scale":
            return self._share_after(term, after)
        if term.is_label and term.tag.kind == "amount" and lexeme.bottom in FRACTIONS:
            return _given(AMOUNT, lexeme.value, term, after)  # "alcohol=1/2"
        return None

    def _answer(self, term: _Term, after: int) -> Quantity | None:
        if not self._line.has_role(after, "yes", "no") or self._line.is_term(after):
            return None
        is_next_label = self._line.word(after + 2) in ("=", ":")  # "alcohol=no stress=3"
        is_free = term.is_label and (is_next_label or not self._line.is_term(after + 1))
        if self._line.word(after)[0].isalpha() and not self._line.is_end(after + 1) and not is_free:
            return None
        is_yes = self._line.has_role(after, "yes")
        return Quantity(YES if is_yes else NO, float(is_yes), "", term.at, after, is_answer=True)

    def _number_after(self, term: _Term, after: int) -> Quantity | None:
        number, unit = self._lexemes[after].value, after + 1
        tag = term.tag
        if self._is_list(after):
            return None
        if self._line.has_role(unit, "unit"):
            if self._line.is_term(unit + 1) and not term.is_explicit:
                return None  # "coffee 30 min sauna"
            return self._measured(term.at, unit, number, self._line.word(unit), term)
        is_free = self._line.is_end(unit) or not self._line.is_kind(unit, "unknown")
        is_next_label = term.is_label and self._line.is_label(unit)  # "beers: 2 wine: 1"
        if self._line.is_term(unit) and is_next_label:
            is_free = True
        elif not term.is_explicit and (self._line.is_term(unit) or not is_free):
            return None  # "coffee 2 beers", "coffee 62 emails"
        if tag.kind == "scale":
            share = _on_scale(number, term)
            return None if share is None else _given(SHARE, share, term, after)
        if tag.kind == "amount":
            return self._amount_after(term, after)
        if term.is_explicit:
            return _given(AMOUNT, number, term, after)
        answer = Quantity(YES if number else NO, float(bool(number)), "", term.at, after)
        return answer if term.is_label else None

    def _is_list(self, at: int) -> bool:
        """Whether a number starts a list, as in "coffee 8, 11, 15", which is ambiguous."""
        if self._line.word(at + 1) != "," or not self._line.is_end(at + 3):
            return False
        return self._line.is_kind(at + 2, "number")

    def _amount_after(self, term: _Term, after: int) -> Quantity | None:
        each = term.sense.each
        links = {self._line.word(i) for i in range(term.at + 1, after)}
        if not term.is_label and (each is None or not links <= _COUNTING_LINKS):
            return None
        factor = 1.0 if each is None or term.is_label else each
        return _given(AMOUNT, self._lexemes[after].value * factor, term, after)

    def _share_after(self, term: _Term, after: int) -> Quantity | None:
        is_of_next = self._line.is_term(after + 1) and not self._line.is_kind(
            self._line.after_links(after + 1), "share", "percent"
        )
        if is_of_next and not term.is_explicit:
            return None  # "stress 7/10 mood", but "stress 7/10 mood 4/5"
        lexeme = self._lexemes[after]
        if lexeme.kind in ("share", "percent"):
            return _given(SHARE, lexeme.value, term, after) if lexeme.value <= 1 else None
        degree = self._degree(lexeme, term.tag)
        return None if degree is None else _given(SHARE, degree, term, after)


def _on_scale(number: float, term: _Term) -> float | None:
    """The share a bare number means, if it fits only one of the tag's scales."""
    if number == 0 or (term.is_explicit and number <= 1):
        return number
    fitting = [scale for scale in term.tag.out_of if number <= scale]
    return number / fitting[0] if len(fitting) == 1 else None


def _given(kind: str, number: float, term: _Term, last: int) -> Quantity:
    unit = term.tag.unit if kind == AMOUNT else ""
    return Quantity(kind, number, unit, term.at, last, has_number=True)

"""Attach clock times to mentions, and decide by time or words what was late in the day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hrvctl.domain.journal_text.assertion_scope import Clause
from hrvctl.domain.journal_text.lexer import Lexeme, Polarity
from hrvctl.domain.journal_text.phrases import TagSense
from hrvctl.domain.journal_text.quantities import Quantity
from hrvctl.domain.journal_text.vocabulary import LateRule, Vocabulary

# A day ends at four in the morning: "beer at 01:00" is not an early start (own choice).
DAY_START = 4 * 60
# Largest distance between a time in brackets and its mention, lexemes (own choice).
NEAR = 4


@dataclass(slots=True)
class Mention:
    """A term for a tag in a line, in one of its senses.

    Attributes:
        at: Index of the term.
        sense: The sense.
        quantity: The quantity given for it; ``None`` if nothing is stated about it.
        time: Index of its clock time, if it has one.
        start, end: Range of lexemes of its clause without other mentions, end excluded.
        is_denied: Whether it is denied for a part of the day: "coffee after 14:00: no".
        is_affirmed: Whether it happened; ``None`` if that is ambiguous.
    """

    at: int
    sense: TagSense
    quantity: Quantity | None
    time: int | None = None
    start: int = 0
    end: int = 0
    is_denied: bool = False
    is_affirmed: bool | None = None


@dataclass(frozen=True, slots=True)
class Lateness:
    """Whether something was late: the tag for it, and the last lexeme it was read from."""

    tag: str
    is_late: bool
    last: int


def attach_times(
    lexemes: Sequence[Lexeme], terms: Sequence[int], clause_of: Mapping[int, Clause]
) -> dict[int, int]:
    """Attach each clock time to the term before it in its clause, else to the one after it.

    Args:
        lexemes: The line.
        terms: Indices of the terms, in order.
        clause_of: The clause of each lexeme.

    Returns:
        Term to time, both as indices; the latest if a term has several.
    """
    found: dict[int, int] = {}
    at, waiting = 0, -1
    is_log = _is_log(lexemes)
    for i, lexeme in enumerate(lexemes):
        while at < len(terms) and terms[at] <= i:
            if waiting >= 0 and _is_before_term(lexemes, waiting, terms[at], clause_of):
                found[terms[at]] = waiting
            waiting = -1
            at += 1
        if lexeme.kind != "time" or (i and "until" in lexemes[i - 1].roles):
            continue
        last = terms[at - 1] if at else -1
        if last < 0 or is_log or not _is_after_term(lexemes, last, i, clause_of):
            waiting = i
        elif last not in found or lexemes[found[last]].value < lexeme.value:
            found[last] = i
    return found


def _is_log(lexemes: Sequence[Lexeme]) -> bool:
    """Whether a line starts with a time: "16:30 coffee 18:00 dinner"."""
    at = 1 if lexemes and "at" in lexemes[0].roles else 0
    return len(lexemes) > at and lexemes[at].kind == "time"


def _is_after_term(
    lexemes: Sequence[Lexeme], term: int, time: int, clause_of: Mapping[int, Clause]
) -> bool:
    clause = clause_of.get(time)
    if clause is None or clause_of.get(term) is clause:
        return clause is not None
    if clause.opener == ",":  # "coffee at 8am, 11am, 3pm"
        return len(clause.span) == 1 and time > 1 and lexemes[time - 2].kind == "time"
    return clause.opener == "(" and time - term <= NEAR  # "coffee (16:30)"


def _is_before_term(
    lexemes: Sequence[Lexeme], time: int, term: int, clause_of: Mapping[int, Clause]
) -> bool:
    """Whether a time is in the clause of the term after it, or alone before it: "16:30 - tea"."""
    clause = clause_of.get(time)
    if clause is None or clause_of.get(term) is clause:
        return clause is not None
    is_alone = all(i == time or lexemes[i].has_role("at", "around") for i in clause.span)
    return is_alone and term - time <= NEAR


def find_lateness(
    lexemes: Sequence[Lexeme], mention: Mention, clause: Clause, vocabulary: Vocabulary
) -> Iterator[Lateness]:
    """Find which lateness tags a mention answers, by its clock time or by words."""
    if mention.is_affirmed is None:
        return
    tag = vocabulary.tags[mention.sense.tag]
    for rule in vocabulary.late:
        is_ruled = not rule.tags.isdisjoint((tag.name, *tag.implies))
        is_timed = mention.sense.kind == "timed" and rule.tag == tag.name
        if rule.tag in vocabulary.tags and (is_ruled or is_timed):
            found = (
                _by_words(lexemes, rule, mention)
                if mention.time is None
                else _by_time(lexemes, rule, mention, mention.time, clause)
            )
            if found is not None:
                yield found


def _by_time(
    lexemes: Sequence[Lexeme], rule: LateRule, mention: Mention, at: int, clause: Clause
) -> Lateness | None:
    time = lexemes[at]
    if not mention.is_affirmed:  # "no coffee after 14:00"
        is_after = at > 0 and "after" in lexemes[at - 1].roles
        return Lateness(rule.tag, False, at) if is_after and time.value <= rule.after else None
    polarity = time.polarity if at in clause.span else Polarity.AFFIRMED
    is_term_affirmed = lexemes[mention.at].polarity is Polarity.AFFIRMED
    if polarity is not Polarity.AFFIRMED and is_term_affirmed:
        return None  # "ate nothing after 22:00"
    is_late = time.value >= rule.after or (time.value < DAY_START and time.is_exact)
    return Lateness(rule.tag, True, at) if is_late else None


def _by_words(lexemes: Sequence[Lexeme], rule: LateRule, mention: Mention) -> Lateness | None:
    role = f"late.{rule.tag}"
    is_late = bool(mention.is_affirmed)
    at = mention.at
    if at and role in lexemes[at - 1].roles:  # "late coffee"
        return Lateness(rule.tag, is_late, at)
    for i, lexeme in enumerate(words_after(lexemes, mention), start=at + 1):
        if role in lexeme.roles:
            is_distance = "unit" in lexemes[i - 1].roles  # "ate 3 hours before bed"
            return None if is_distance else Lateness(rule.tag, is_late, i)
    for lexeme in lexemes[mention.start : at]:  # "in the evening a coffee"
        if role in lexeme.roles and " " in lexeme.word:
            return Lateness(rule.tag, is_late, at)
    return None


def words_after(lexemes: Sequence[Lexeme], mention: Mention) -> Iterator[Lexeme]:
    """The lexemes after a term that describe it, up to an "and" or "or"."""
    for lexeme in lexemes[mention.at + 1 : mention.end]:
        if lexeme.has_role("and", "or") or lexeme.word in ("&", "+"):
            return
        yield lexeme

"""Read a text of the journal: run the pipeline, and merge its statements into one feature a tag."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from hrvctl.domain.journal_text.assertion_scope import (
    Clause,
    assert_clauses,
    is_plan_heading,
    names_plan,
)
from hrvctl.domain.journal_text.form_lines import apply_form_brackets
from hrvctl.domain.journal_text.guesses import find_guesses
from hrvctl.domain.journal_text.languages import (
    choose,
    is_of_another_language,
    is_of_another_script,
    split_elisions,
)
from hrvctl.domain.journal_text.lexer import Lexeme, Lexer, Status
from hrvctl.domain.journal_text.markdown_lines import Line, split_lines
from hrvctl.domain.journal_text.quantities import AMOUNT, NO, SHARE, YES
from hrvctl.domain.journal_text.statements import Statement, StatementReader, tone_words
from hrvctl.domain.journal_text.tokens import tokenize
from hrvctl.domain.journal_text.vocabulary import Vocabulary
from hrvctl.records import TAG, Feature

# The tag of a text's tone: the mean of its words of good (1) and bad (0) tone.
TONE = "tone"
# Marks that may be glued to a name: "(foo=2)", "foo=2,bar=3".
_AROUND = frozenset(",;([{|")
# Words of a guess are not names of tags.
_RESERVED = ("guess.hrv", "guess.guess", "guess.tomorrow", "elsewhen")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextGuess:
    """A guess of tomorrow's HRV, ms, with its words and their place in the text."""

    hrv_ms: float
    text: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalReading:
    """Everything read from a text.

    Attributes:
        features: In the order of their first word, one a tag.
        spans: For each tag the places of its words, as offsets into the text.
        guesses: Of tomorrow's HRV, in order; the last one counts.
        unknown: Words that are not in the vocabulary, casefolded, with their frequency.
        of_day_before: Words left out because they are of the day before, without those that say so.
        implausible: Amounts left out because nobody has as much in a day.
    """

    features: tuple[Feature, ...] = ()
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    guesses: tuple[TextGuess, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)
    of_day_before: tuple[str, ...] = ()
    implausible: tuple[Feature, ...] = ()

    @property
    def guess_ms(self) -> float | None:
        """The guess that counts, ms."""
        return self.guesses[-1].hrv_ms if self.guesses else None


@dataclass(slots=True)
class _Findings:
    statements: list[Statement] = field(default_factory=list)
    guesses: list[TextGuess] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    tone: list[tuple[float, int, int]] = field(default_factory=list)
    of_day_before: list[str] = field(default_factory=list)


def read_text(text: str, vocabulary: Vocabulary) -> JournalReading:
    """Read a text.

    Args:
        text: As typed, plain or Markdown; each line in one of the vocabulary's languages.
        vocabulary: The words and triggers.

    Returns:
        One feature a tag: separate amounts are added, shares are averaged, and a yes overrides a
        no. All guesses, and the unknown words.
    """
    found = _Findings()
    is_below_plan = False
    heading: Line | None = None
    lines = list(split_lines(tokenize(text)))
    for line, own in zip(lines, choose([line.tokens for line in lines], vocabulary), strict=True):
        tokens = split_elisions(line.tokens, own)
        lexemes = apply_form_brackets(Lexer(tokens, own).read(), own)
        if line.is_heading:
            is_below_plan = any(names_plan(lexeme) for lexeme in lexemes)
        if heading is None or not _is_below(line, heading):
            heading = line if is_plan_heading(lexemes) else None
        is_plan = is_below_plan or heading is not None
        _read_line(text, line, lexemes, own, found, is_plan=is_plan)
    return _merge(text, found, vocabulary)


def _is_below(line: Line, heading: Line) -> bool:
    """Whether a line is in the list below another one."""
    return line.indent > heading.indent or (line.is_bulleted and not heading.is_bulleted)


def _read_line(
    text: str,
    line: Line,
    lexemes: Sequence[Lexeme],
    vocabulary: Vocabulary,
    found: _Findings,
    *,
    is_plan: bool,
) -> None:
    own = set(_take_own_tags(lexemes, found))
    is_foreign = any(_is_foreign(lexeme) for lexeme in lexemes)
    statements = StatementReader(lexemes, vocabulary, is_heading=line.is_heading)
    clauses = assert_clauses(lexemes, is_plan=is_plan or is_foreign)
    found.statements += statements.read(clauses)
    found.unknown.update(lexemes[at].word for at in statements.unclear)
    found.of_day_before += [
        _words_of_day_before(text, lexemes[clause.start : clause.end])
        for clause in clauses
        if _is_of_day_before(lexemes, clause, vocabulary)
    ]
    if is_foreign:
        found.unknown.update(one.word for one in lexemes if _is_unread(one))
        return
    for guess in find_guesses(lexemes, clauses):
        span = (lexemes[guess.first].start, lexemes[guess.last].end)
        found.guesses.append(TextGuess(hrv_ms=guess.hrv_ms, text=text[slice(*span)], span=span))
    if not line.is_heading:
        found.tone += tone_words(lexemes, clauses)
        found.unknown.update(_unknown_words(lexemes, clauses, own))


def _is_of_day_before(lexemes: Sequence[Lexeme], clause: Clause, vocabulary: Vocabulary) -> bool:
    """Whether a clause says what the day before was like: "4 beers last night"."""
    words = lexemes[clause.start : clause.end]
    tags = [vocabulary.tags[sense.tag] for word in words for sense in word.senses]
    return any("day_before" in word.roles for word in words) and not all(
        tag.is_of_night for tag in tags
    )


def _words_of_day_before(text: str, lexemes: Sequence[Lexeme]) -> str:
    """A clause without the words for the day before: what to write down for that day."""
    kept = "".join(
        text[one.start : after.start if after else one.end]
        for one, after in zip_longest(lexemes, lexemes[1:])
        if "day_before" not in one.roles
    )
    return kept.strip(" ,;.:\n\t")


def _take_own_tags(lexemes: Sequence[Lexeme], found: _Findings) -> Iterator[int]:
    """Read ``name=value`` of a name that is not in the vocabulary; yields the lexemes used."""
    for i, lexeme in enumerate(lexemes):
        if lexeme.word != "=" or not 0 < i < len(lexemes) - 1 or lexemes[i - 1].kind == "mark":
            continue
        first = i - 1
        while first and lexemes[first].is_glued:
            before = lexemes[first - 1]
            if before.kind not in ("unknown", "phrase") or before.ends_clause:
                break
            if not before.word[-1].isalnum():
                break
            first -= 1
        words = lexemes[first:i]
        name = "_".join(word.word for word in words).replace(" ", "_")
        is_known = any(word.senses or word.has_role(*_RESERVED) for word in words)
        is_framed = first == 0 or not words[0].is_glued or lexemes[first - 1].word in _AROUND
        if is_known or not is_framed or not TAG.fullmatch(name):
            continue
        number = _own_value(lexemes, i + 1)
        if number is not None:
            span = words[0].start, lexemes[i + 1].end
            found.statements.append(Statement(name, AMOUNT, number, "", None, *span))
            lexemes[i + 1].is_consumed = True
            yield from range(first, i + 2)


def _own_value(lexemes: Sequence[Lexeme], at: int) -> float | None:
    lexeme = lexemes[at]
    after = lexemes[at + 1] if at + 1 < len(lexemes) else None
    if lexeme.kind in ("number", "share", "percent"):
        is_foreign = after is not None and after.is_glued and not after.ends_clause
        return None if is_foreign else lexeme.value
    return float("yes" in lexeme.roles) if lexeme.has_role("yes", "no") else None


def _is_foreign(lexeme: Lexeme) -> bool:
    """Whether a word shows that its line is in a language that is not read."""
    if lexeme.meaning is not None:
        return is_of_another_language(lexeme.meaning)
    return lexeme.kind == "unknown" and is_of_another_script(lexeme.word)


def _is_unread(lexeme: Lexeme) -> bool:
    """Whether a lexeme of a line in another language counts as an unknown word."""
    return lexeme.kind == "unknown" or _is_foreign(lexeme)


def _unknown_words(
    lexemes: Sequence[Lexeme], clauses: Iterable[Clause], own: set[int]
) -> Iterator[str]:
    for i in (i for clause in clauses for i in clause.span):
        is_actual = lexemes[i].status is Status.ACTUAL
        if lexemes[i].kind == "unknown" and is_actual and i not in own:
            yield lexemes[i].word


def _merge(text: str, found: _Findings, vocabulary: Vocabulary) -> JournalReading:
    """Merge the statements of each tag into a feature."""
    by_tag: dict[str, list[Statement]] = {}
    implausible: list[Feature] = []
    for statement in found.statements:
        if _is_implausible(vocabulary, statement.tag, statement.kind, statement.number):
            implausible.append(_feature(text, statement.tag, [statement])[0])
        else:
            by_tag.setdefault(statement.tag, []).append(statement)
    merged = []
    for tag, statements in by_tag.items():
        feature, spans = _feature(text, tag, statements)
        if _is_implausible(vocabulary, tag, AMOUNT if feature.unit else YES, feature.value):
            implausible.append(feature)  # together, though none by itself
        else:
            merged.append((feature, spans))
    if found.tone:
        value = sum(good for good, _, _ in found.tone) / len(found.tone)
        spans = _joined((start, end) for _, start, end in found.tone)
        merged.append((Feature(tag=TONE, value=value, text=_quoted(text, spans)), spans))
    merged.sort(key=lambda one: one[1][0][0])
    return JournalReading(
        features=tuple(feature for feature, _ in merged),
        spans={feature.tag: spans for feature, spans in merged},
        guesses=tuple(found.guesses),
        unknown=dict(found.unknown),
        of_day_before=tuple(found.of_day_before),
        implausible=tuple(implausible),
    )


def _is_implausible(vocabulary: Vocabulary, tag: str, kind: str, number: float) -> bool:
    """Whether an amount is more than anybody has in a day."""
    return kind == AMOUNT and tag in vocabulary.tags and number > vocabulary.tags[tag].most


def _feature(
    text: str, tag: str, statements: Sequence[Statement]
) -> tuple[Feature, tuple[Span, ...]]:
    of_kind = {
        kind: [one for one in statements if one.kind == kind] for kind in (AMOUNT, SHARE, YES, NO)
    }
    amounts, shares, yeses = of_kind[AMOUNT], of_kind[SHARE], of_kind[YES]
    total = sum(one.number for one in amounts)
    if total or (amounts and not yeses):
        chosen, value, unit = amounts, round(total, 6), amounts[0].unit
    elif shares:
        value = round(sum(one.number for one in shares) / len(shares), 6)
        chosen, unit = shares, ""
    else:
        chosen, value, unit = yeses or of_kind[NO], float(bool(yeses)), ""
    latest = max((one.at for one in statements if one.at is not None and one.number), default=None)
    at = "" if latest is None else f"{latest // 60:02}:{latest % 60:02}"
    spans = _joined((one.start, one.end) for one in chosen)
    quoted = _quoted(text, spans)
    return Feature(tag=tag, value=value, unit=unit, at=at, text=quoted), spans


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort spans and join those that touch or overlap."""
    joined: list[Span] = []
    for start, end in sorted(set(spans)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _quoted(text: str, spans: Iterable[Span]) -> str:
    return "; ".join(text[start:end] for start, end in spans)

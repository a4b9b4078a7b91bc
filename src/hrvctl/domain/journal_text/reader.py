"""Read a text of the journal as its writer meant it.

The rules are neutral; every word is the vocabulary's. A line is parted into clauses, and in each
it is known how far a no, a wish, another day or another person reaches. What nobody can tell is
left out: a missing answer is better than a wrong one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hrvctl.domain.journal_text.assertion_scope import Clause, announces, clauses, is_plan, is_stop
from hrvctl.domain.journal_text.form_lines import without_brackets
from hrvctl.domain.journal_text.guesses import find_guesses
from hrvctl.domain.journal_text.lexemes import Item
from hrvctl.domain.journal_text.lexer import ItemReader
from hrvctl.domain.journal_text.markdown_lines import Line, lines
from hrvctl.domain.journal_text.quantity_context import AMOUNT, NO, SHARE, YES
from hrvctl.domain.journal_text.results import Feature, SaidGuess, Told
from hrvctl.domain.journal_text.statements import LineReader, Said, tone_of
from hrvctl.domain.journal_text.tokens import tokenize
from hrvctl.domain.journal_text.vocabulary import Vocabulary
from hrvctl.domain.journal_text.vocabulary_merge import TAG

__all__ = ["Feature", "SaidGuess", "Told", "read_text"]

TONE = "tone"
# May stand grown together with a name: "(foo=2)", "foo=2,bar=3".
_AROUND = frozenset(",;([{|")
# Words of a guess are no names for what a day held.
_RESERVED = ("guess.hrv", "guess.guess", "guess.tomorrow", "elsewhen")


@dataclass(slots=True)
class _Heard:
    said: list[Said] = field(default_factory=list)
    guesses: list[SaidGuess] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    tone: list[tuple[float, int, int]] = field(default_factory=list)


def read_text(text: str, vocabulary: Vocabulary) -> Told:
    """Understand a text.

    Args:
        text: As typed, plain or Markdown; any language, but only the vocabulary's is understood.
        vocabulary: The words.

    Returns:
        One feature a tag, in the order of their first words: amounts of one tag said apart are
        added, shares averaged, and a yes outdoes a no. All guesses. The words nobody knows.
    """
    heard = _Heard()
    is_ahead = False
    label: Line | None = None
    for line in lines(tokenize(text)):
        items = without_brackets(ItemReader(line.tokens, vocabulary).read(), vocabulary)
        if line.is_heading:
            is_ahead = any(is_plan(item) for item in items)
        if label is None or not _is_below(line, label):
            label = line if announces(items) else None
        _hear(text, line, items, vocabulary, heard, is_ahead=is_ahead or label is not None)
    return Told(
        features=_features(text, heard),
        guesses=tuple(heard.guesses),
        unknown=dict(heard.unknown),
    )


def _is_below(line: Line, label: Line) -> bool:
    """Whether a line is of the list that another one announces."""
    return line.indent > label.indent or (line.is_bulleted and not label.is_bulleted)


def _hear(
    text: str,
    line: Line,
    items: Sequence[Item],
    vocabulary: Vocabulary,
    heard: _Heard,
    *,
    is_ahead: bool,
) -> None:
    own = set(_take_own(items, heard))
    reader = LineReader(items, vocabulary, is_heading=line.is_heading)
    found = clauses(items)
    if is_ahead:
        for clause in found:
            clause.is_muted = [True] * len(clause.is_muted)
    heard.said += reader.read(found)
    for guess in find_guesses(items, found):
        span = (items[guess.first].start, items[guess.last].end)
        heard.guesses.append(SaidGuess(hrv_ms=guess.hrv_ms, text=text[slice(*span)], span=span))
    if not line.is_heading:
        heard.tone += tone_of(items, found)
        heard.unknown.update(_unknown(items, found, own))


def _take_own(items: Sequence[Item], heard: _Heard) -> Iterator[int]:
    """``name=value`` for a name no vocabulary knows; yields the items it takes."""
    for i, item in enumerate(items):
        if item.word != "=" or not 0 < i < len(items) - 1 or items[i - 1].kind == "mark":
            continue
        first = i - 1
        while first and items[first].is_glued and items[first - 1].kind in ("unknown", "phrase"):
            if is_stop(items[first - 1]) or not items[first - 1].word[-1].isalnum():
                break
            first -= 1
        name = "_".join(item.word for item in items[first:i]).replace(" ", "_")
        meanings = [one.meaning for one in items[first:i] if one.meaning]
        is_known = any(meaning.uses for meaning in meanings)
        is_guess = any(not m.roles.isdisjoint(_RESERVED) for m in meanings)
        is_framed = first == 0 or not items[first].is_glued or items[first - 1].word in _AROUND
        if is_known or is_guess or not is_framed or not TAG.fullmatch(name):
            continue
        number = _own_value(items, i + 1)
        if number is not None:
            said = Said(name, AMOUNT, number, "", None, items[first].start, items[i + 1].end)
            heard.said.append(said)
            items[i + 1].is_used = True
            yield from range(first, i + 2)


def _own_value(items: Sequence[Item], at: int) -> float | None:
    item = items[at]
    after = items[at + 1] if at + 1 < len(items) else None
    if item.kind in ("number", "share", "percent"):
        is_foreign = after is not None and after.is_glued and not is_stop(after)
        return None if is_foreign else item.value
    if item.roles.isdisjoint(("yes", "no")):
        return None
    return float("yes" in item.roles)


def _unknown(items: Sequence[Item], found: Iterable[Clause], own: set[int]) -> Iterator[str]:
    for clause in found:
        for i in range(clause.start, clause.end):
            is_muted = clause.is_muted[i - clause.start]
            if items[i].kind == "unknown" and i not in own and not is_muted:
                yield items[i].word


def _features(text: str, heard: _Heard) -> tuple[Feature, ...]:
    by_tag: dict[str, list[Said]] = {}
    for said in heard.said:
        by_tag.setdefault(said.tag, []).append(said)
    found = [_feature(text, tag, said) for tag, said in by_tag.items()]
    if heard.tone:
        value = sum(good for good, _, _ in heard.tone) / len(heard.tone)
        spans = sorted({(start, end) for _, start, end in heard.tone})
        found.append(_with_spans(text, TONE, value, "", "", spans))
    return tuple(sorted(found, key=lambda feature: feature.spans[0][0]))


def _feature(text: str, tag: str, said: Sequence[Said]) -> Feature:
    """One tag's feature out of all that was said of it; a yes outdoes a no."""
    amounts = [one for one in said if one.kind == AMOUNT]
    shares = [one for one in said if one.kind == SHARE]
    total = sum(one.number for one in amounts)
    if total or (amounts and not any(one.kind == YES for one in said)):
        chosen, value, unit = amounts, round(total, 6), amounts[0].unit
    elif shares:
        chosen, unit = shares, ""
        value = round(sum(one.number for one in shares) / len(shares), 6)
    else:
        chosen = [one for one in said if one.kind == YES]
        value, unit = float(bool(chosen)), ""
    chosen = chosen or [one for one in said if one.kind == NO]
    latest = max((one.at for one in said if one.at is not None and one.number), default=None)
    at = "" if latest is None else f"{latest // 60:02}:{latest % 60:02}"
    spans = sorted({(one.start, one.end) for one in chosen})
    return _with_spans(text, tag, value, unit, at, spans)


def _with_spans(
    text: str, tag: str, value: float, unit: str, at: str, spans: Sequence[tuple[int, int]]
) -> Feature:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    words = "; ".join(text[start:end] for start, end in joined)
    return Feature(tag=tag, value=value, unit=unit, at=at, text=words, spans=tuple(joined))

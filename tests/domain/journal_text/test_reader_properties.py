"""Properties of the reader for every text: typography does not matter, and no text breaks it."""

import random
import sys
from collections.abc import Callable
from functools import cache
from time import perf_counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.journal_text.corpora import rows_of
from domain.journal_text.hard_sentences import HARD
from domain.journal_text.notation_sentences import GUESSES, NOTATION
from domain.journal_text.sentences import AMOUNTS, ANSWERS
from hrvctl.domain.journal_text.languages import LANGUAGES, with_languages
from hrvctl.domain.journal_text.lexer import Lexer
from hrvctl.domain.journal_text.reader import JournalReading, read_text
from hrvctl.domain.journal_text.tokens import fold, tokenize
from hrvctl.domain.journal_text.vocabulary import Vocabulary
from hrvctl.records import PLAUSIBLE, Metric

SENTENCES = [text for text, _ in (*ANSWERS, *AMOUNTS, *NOTATION, *GUESSES, *HARD)]
BLANKS = (" ", "  ", "\t", "\u00a0", "\u2009 ", "\u3000")
LINE_ENDS = ("\n", "\r\n", "\r")
# A list that starts with another day is about it up to its end, so after "yesterday 3 beers, " a
# bare "2 beers" is of yesterday as well. Only as the start of such a list does its place matter.
OTHER_DAY = "yesterday 3 beers"
# Statements that are independent of those beside them.
INDEPENDENT = (
    "2 beers", "a glass of wine at 21:30", "no caffeine", "stress 7/10", "mood 4/5", "didn't train",
    "slept badly", "sauna for 30 min", OTHER_DAY, "my wife had wine", "want a coffee",
    "late dinner", "kombucha=2", "#sick", "zanzibar", "a great day", "terrible weather",
    "coffee at 16:30", "no alcohol or sugar", "hrv was 62 this morning", "energy low", "nap 20 min",
)  # fmt: skip
# Repeated a thousand times and more, each would be slow if any pattern scanned a text twice.
SLOW = (
    "beer ", "no ", "drank ", "16:30 at ", "a=", "a-", "alcohol: ", "](", "~~a", "no a, or ", "1,",
    "hrv tomorrow guess 62 and ", "- [ ] ", "a cold shower ", "beer, coffee coffee ", "🍺",
    "```\n~~~\n",
)  # fmt: skip

ABROAD = [text for name in LANGUAGES for _, text, _ in rows_of(f"{name}_sentences.txt")]


def lines_of(sentences: list[str]) -> st.SearchStrategy[str]:
    """Up to four sentences."""
    return st.lists(st.sampled_from(sentences), max_size=4).map("\n".join)


def texts_with(lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Sentences, anything, and sentences followed by anything."""
    return st.one_of(lines, st.text(), st.tuples(lines, st.text()).map("".join))


sentences = lines_of([*SENTENCES, *ABROAD])
texts = texts_with(sentences)
# A name is told by its capital letter, so case matters beside one: these sentences have none.
nameless = texts_with(lines_of(SENTENCES))


@cache
def vocabulary() -> Vocabulary:
    """All shipped vocabularies."""
    return with_languages()


def meaning(reading: JournalReading) -> tuple[object, ...]:
    """Everything that must not depend on typography."""
    features = [(f.tag, f.value, f.unit, f.at) for f in reading.features]
    return features, [guess.hrv_ms for guess in reading.guesses], reading.unknown


def may_have_name(text: str) -> bool:
    """Whether a word may be someone's in one of the languages: "A0 é", "A0's"."""
    languages = (vocabulary(), *vocabulary().others())
    lexemes = (one for own in languages for one in Lexer(tokenize(text), own).read())
    return any(lexeme.is_subject or lexeme.is_owner for lexeme in lexemes)


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase, str.title])
@given(text=nameless)
def test_case_does_not_matter(change: Callable[[str], str], text: str) -> None:
    """Upper, lower and mixed case are read the same, in any script, where there is no name."""
    assume(not may_have_name(change(text)) and not may_have_name(text))
    changed = meaning(read_text(change(text), vocabulary()))
    assert changed == meaning(read_text(text, vocabulary()))


def test_folding_removes_the_case_of_every_character() -> None:
    """Every character of Unicode folds to the same text in each of its cases."""
    for char in map(chr, range(sys.maxunicode + 1)):
        cases = {char, char.upper(), char.lower(), char.title(), char.swapcase()}
        assert len(cases) == 1 or len({fold(case)[0] for case in cases}) == 1, hex(ord(char))


@given(text=sentences, draw=st.randoms(use_true_random=False))
def test_blanks_do_not_matter(text: str, draw: random.Random) -> None:
    """Single, repeated, tab, no-break and wide blanks, also at the ends of lines."""
    blank = "".join(draw.choice(BLANKS) if char == " " else char for char in text)
    blank = "\n".join(line + draw.choice(("", *BLANKS)) for line in blank.split("\n"))
    assert meaning(read_text(blank, vocabulary())) == meaning(read_text(text, vocabulary()))


@given(text=sentences, end=st.sampled_from(LINE_ENDS))
def test_line_ends_do_not_matter(text: str, end: str) -> None:
    """Line ends of every operating system are read the same."""
    changed = read_text(text.replace("\n", end), vocabulary())
    assert meaning(changed) == meaning(read_text(text, vocabulary()))


@given(text=texts)
def test_spans_quote_the_text(text: str) -> None:
    """Spans are in order, inside the text and apart, and quote the words of their feature."""
    reading = read_text(text, vocabulary())
    for feature in reading.features:
        spans = reading.spans[feature.tag]
        ends = [0, *(end for span in spans for end in span), len(text)]
        assert ends == sorted(ends)
        assert spans
        assert feature.text == "; ".join(text[start:end] for start, end in spans)
        assert feature.text.strip() == feature.text != ""
    assert len({feature.tag for feature in reading.features}) == len(reading.features)
    for guess in reading.guesses:
        assert guess.text == text[slice(*guess.span)] != ""


@given(text=texts)
def test_values_are_possible(text: str) -> None:
    """Shares are between 0 and 1, guesses are plausible HRVs, amounts are not negative."""
    reading = read_text(text, vocabulary())
    for feature in reading.features:
        tag = vocabulary().tags.get(feature.tag)
        assert feature.value >= 0
        assert feature.tag != "tone" or feature.value <= 1
        if tag is not None:
            assert tag.kind != "scale" or feature.value <= 1
            assert feature.unit in ("", tag.unit)
    low, high = PLAUSIBLE[Metric.HRV_RMSSD_MS]
    assert all(low <= guess.hrv_ms <= high for guess in reading.guesses)


@given(
    statements=st.lists(st.sampled_from(INDEPENDENT), min_size=1, max_size=8, unique=True),
    border=st.sampled_from((", ", ". ", "; ", "\n", " but ", "\n- ")),
    draw=st.randoms(use_true_random=False),
)
def test_order_of_independent_statements_does_not_matter(
    statements: list[str], border: str, draw: random.Random
) -> None:
    """A journal is a set of statements, but for a list of another day's."""
    said = [one for one in statements if (border, one) != (", ", OTHER_DAY)]
    shuffled = draw.sample(said, len(said))
    one, other = (read_text(border.join(each), vocabulary()) for each in (said, shuffled))
    assert sorted(meaning(one)[0]) == sorted(meaning(other)[0])
    assert one.unknown == other.unknown


@given(text=st.text(max_size=200))
def test_folding_keeps_the_original_offsets(text: str) -> None:
    """Folding may change the length; every character still has an offset in the original."""
    folded, starts = fold(text)
    starts = list(range(len(folded) + 1)) if starts is None else starts
    assert len(starts) == len(folded) + 1
    assert starts == sorted(starts)
    assert starts[-1] == len(text)


@pytest.mark.parametrize("piece", SLOW)
def test_no_text_is_slow(piece: str) -> None:
    """30 kB of the slowest texts take less than a second; quadratic time would be minutes."""
    text = piece * (30_000 // len(piece.encode()))
    start = perf_counter()
    read_text(text, vocabulary())
    assert perf_counter() - start < 5

"""What people write is understood as they mean it: a table of sentences, written by hand."""

import pytest

from domain.journal_text.more_sentences import GUESSES, NOTATION, UNKNOWN
from domain.journal_text.odd_sentences import ODD
from domain.journal_text.sentences import AMOUNTS, ANSWERS
from hrvctl.domain.journal_text.reader import JournalReading, read_text
from hrvctl.domain.journal_text.vocabulary import Vocabulary, build_vocabulary, shipped
from hrvctl.records import Feature

SENTENCES = (*ANSWERS, *AMOUNTS, *NOTATION, *GUESSES, *ODD)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The words that ship."""
    return build_vocabulary(shipped())


def written(told: JournalReading) -> list[str]:
    """What was understood, in the table's own notation."""

    def row(feature: Feature) -> str:
        unit = f" {feature.unit}" if feature.unit else ""
        at = f" @{feature.at}" if feature.at else ""
        return f"{feature.tag}={feature.value:g}{unit}{at}"

    return [*map(row, told.features), *(f"guess={guess.hrv_ms:g}" for guess in told.guesses)]


@pytest.mark.parametrize(("text", "meaning"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_sentence_means_what_a_person_means(
    text: str, meaning: str, vocabulary: Vocabulary
) -> None:
    """Exactly the answers and guesses of the table: none missing, none made up."""
    found = written(read_text(text, vocabulary))
    assert sorted(found) == sorted(filter(None, meaning.split("; ")))


@pytest.mark.parametrize(("text", "unknown"), UNKNOWN, ids=[text for text, _ in UNKNOWN])
def test_unknown_words_are_counted(
    text: str, unknown: dict[str, int], vocabulary: Vocabulary
) -> None:
    """What nobody knows is kept and can be taught; what is no fact is not asked for."""
    assert read_text(text, vocabulary).unknown == unknown


def test_table_is_long_and_says_nothing_twice() -> None:
    """Each sentence stands there once."""
    texts = [text for text, _ in SENTENCES]
    assert len(texts) == len(set(texts)) > 400


def test_features_come_in_the_order_they_were_said(vocabulary: Vocabulary) -> None:
    """By their first word, each with the very words it came from."""
    text = "2 beers, stress 7/10, slept badly, no  caffeine, my HRV tomorrow will be 62"
    told = read_text(text, vocabulary)
    assert [(feature.tag, feature.text) for feature in told.features] == [
        ("alcohol", "2 beers"),
        ("stress", "stress 7/10"),
        ("slept_badly", "slept badly"),
        ("caffeine", "no  caffeine"),
    ]
    assert told.guesses[0].text == "my HRV tomorrow will be 62"
    assert text[slice(*told.guesses[0].span)] == told.guesses[0].text


def test_amounts_said_apart_are_added_and_quoted_together(vocabulary: Vocabulary) -> None:
    """Their words are joined, and every span points at its own."""
    text = "2 beers at lunch.\nLater a Glass of Wine at 21:30."
    reading = read_text(text, vocabulary)
    (alcohol,) = reading.features
    assert (alcohol.value, alcohol.unit, alcohol.at) == (3, "drinks", "21:30")
    assert alcohol.text == "2 beers; a Glass of Wine at 21:30"
    assert [text[start:end] for start, end in reading.spans["alcohol"]] == alcohol.text.split("; ")


def test_tone_is_one_feature_of_its_own_words(vocabulary: Vocabulary) -> None:
    """The mean of what sounds good and what sounds bad, and nothing where neither was said."""
    (tone,) = read_text("A great day, not a good evening", vocabulary).features
    assert (tone.tag, tone.value, tone.text) == ("tone", 0.5, "great; not a good")
    assert read_text("A day", vocabulary).features == ()


def test_last_guess_counts(vocabulary: Vocabulary) -> None:
    """All of them are told, in order."""
    told = read_text("guess 60\nno, guess: 65", vocabulary)
    assert [guess.hrv_ms for guess in told.guesses] == [60, 65]
    assert told.guess_ms == 65
    assert read_text("2 beers", vocabulary).guess_ms is None

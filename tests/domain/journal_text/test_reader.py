"""The reader finds exactly the features of a table of sentences, written by hand."""

import pytest

from domain.journal_text.hard_sentences import HARD
from domain.journal_text.notation_sentences import GUESSES, NOTATION, UNKNOWN
from domain.journal_text.sentences import AMOUNTS, ANSWERS
from hrvctl.domain.journal_text.reader import JournalReading, read_text
from hrvctl.domain.journal_text.vocabulary import Vocabulary, build_vocabulary, shipped
from hrvctl.records import Feature

SENTENCES = (*ANSWERS, *AMOUNTS, *NOTATION, *GUESSES, *HARD)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    return build_vocabulary(shipped())


def as_row(reading: JournalReading) -> list[str]:
    """The features and guesses, in the notation of the table."""

    def row(feature: Feature) -> str:
        unit = f" {feature.unit}" if feature.unit else ""
        at = f" @{feature.at}" if feature.at else ""
        return f"{feature.tag}={feature.value:g}{unit}{at}"

    return [*map(row, reading.features), *(f"guess={guess.hrv_ms:g}" for guess in reading.guesses)]


@pytest.mark.parametrize(("text", "meaning"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_features_of_a_sentence(text: str, meaning: str, vocabulary: Vocabulary) -> None:
    """Exactly the features and guesses of the table: none missing, none in addition."""
    found = as_row(read_text(text, vocabulary))
    assert sorted(found) == sorted(filter(None, meaning.split("; ")))


@pytest.mark.parametrize(("text", "unknown"), UNKNOWN, ids=[text for text, _ in UNKNOWN])
def test_unknown_words_are_counted(
    text: str, unknown: dict[str, int], vocabulary: Vocabulary
) -> None:
    """Words outside the vocabulary are counted, except in plans and about other people."""
    assert read_text(text, vocabulary).unknown == unknown


def test_table_has_over_400_different_sentences() -> None:
    """Each sentence is in it once."""
    texts = [text for text, _ in SENTENCES]
    assert len(texts) == len(set(texts)) > 400


def test_features_are_in_the_order_of_the_text(vocabulary: Vocabulary) -> None:
    """Ordered by their first word, each with the words it was read from."""
    text = "2 beers, stress 7/10, slept badly, no  caffeine, my HRV tomorrow will be 62"
    reading = read_text(text, vocabulary)
    assert [(feature.tag, feature.text) for feature in reading.features] == [
        ("alcohol", "2 beers"),
        ("stress", "stress 7/10"),
        ("slept_badly", "slept badly"),
        ("caffeine", "no  caffeine"),
    ]
    assert reading.guesses[0].text == "my HRV tomorrow will be 62"
    assert text[slice(*reading.guesses[0].span)] == reading.guesses[0].text


def test_separate_amounts_are_added_and_quoted_together(vocabulary: Vocabulary) -> None:
    """Their words are joined, and every span quotes its own."""
    text = "2 beers at lunch.\nLater a Glass of Wine at 21:30."
    reading = read_text(text, vocabulary)
    (alcohol,) = reading.features
    assert (alcohol.value, alcohol.unit, alcohol.at) == (3, "drinks", "21:30")
    assert alcohol.text == "2 beers; a Glass of Wine at 21:30"
    assert [text[start:end] for start, end in reading.spans["alcohol"]] == alcohol.text.split("; ")


def test_tone_is_one_feature_of_its_own_words(vocabulary: Vocabulary) -> None:
    """It is the mean of good and bad words, and missing if there are none."""
    (tone,) = read_text("A great day, not a good evening", vocabulary).features
    assert (tone.tag, tone.value, tone.text) == ("tone", 0.5, "great; not a good")
    assert read_text("A day", vocabulary).features == ()


def test_last_guess_counts(vocabulary: Vocabulary) -> None:
    """All guesses are found, in order."""
    reading = read_text("guess 60\nno, guess: 65", vocabulary)
    assert [guess.hrv_ms for guess in reading.guesses] == [60, 65]
    assert reading.guess_ms == 65
    assert read_text("2 beers", vocabulary).guess_ms is None


def test_a_term_whose_amount_is_unclear_is_told_as_not_understood(vocabulary: Vocabulary) -> None:
    """Nothing is read of it, and nobody takes it for read."""
    reading = read_text("2 beers then 3, sauna", vocabulary)
    assert as_row(reading) == ["sauna=1"]
    assert reading.unknown == {"beers": 1}
    assert read_text("2 beers at lunch, 3 at dinner", vocabulary).unknown == {}

"""Journals in German, Spanish, French and Portuguese, and texts of no known language."""

from dataclasses import replace

import pytest

from domain.journal_text.corpora import faults, parts_of, read, rows_of
from hrvctl.domain.journal_text.languages import LANGUAGES, with_languages
from hrvctl.domain.journal_text.reader import read_text
from hrvctl.domain.journal_text.vocabulary import Vocabulary, build_vocabulary, shipped

CORPORA = [
    tuple(
        f"{language}_sentences{part}.txt"
        for part in ("", "_anew", "_everyday", "_evening", "_night")
    )
    for language in LANGUAGES
]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """All shipped vocabularies."""
    return with_languages()


@pytest.mark.parametrize("names", CORPORA, ids=LANGUAGES)
def test_no_sentence_of_a_language_is_read_wrongly(
    names: tuple[str, ...], vocabulary: Vocabulary
) -> None:
    """At least 100 sentences, half of them negative: denied, of others, or not of today."""
    rows = tuple(row for name in names for row in rows_of(name))
    labels = [parts_of(label) for *_, label in rows]
    is_negative = [all(part.endswith(("=0", "?")) for part in parts) for parts in labels]
    assert len(rows) >= 100
    assert 0.4 <= sum(is_negative) / len(rows) <= 0.65
    assert faults(rows, vocabulary) == {}


@pytest.mark.parametrize(
    "text",
    [
        "geen sauna vandaag", "ik heb geen alcohol gedronken", "niente yoga oggi", "senza stress",
        "ho fatto yoga ma non massage", "ingen massage i dag", "jag har inte druckit alcohol",
        "ikke yoga", "nie piłem cola", "bez alcohol", "ei saunaa, ei alcohol", "nem volt sauna",
        "bugün alcohol yok", "fără alcohol", "nisam bio na sauna", "нет, sauna", "χωρίς alcohol",
        "没有 sauna", "אין alcohol", "alkoholu nie, sauna nie",
    ],
)  # fmt: skip
def test_a_text_in_no_known_language_is_left_unread(text: str, vocabulary: Vocabulary) -> None:
    """Words that it shares with a known one are not read, and what it says is not understood."""
    reading = read_text(text, vocabulary)
    assert reading.features == ()
    assert reading.unknown


def test_each_line_is_read_in_its_own_language(vocabulary: Vocabulary) -> None:
    """Of words that several have the language is that of the rest of the text."""
    text = "kein Bier\n2 coffees\nsin estrés\npas de sauna\nnão treinei"
    found = {"alcohol=0", "caffeine=2", "stress=0", "sauna=0", "exercise=0"}
    assert read(text, vocabulary) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dos cafes", "caffeine=2"),
        ("nao bebi vinho", "alcohol=0"),
        ("2 Glaeser Wein", "alcohol=2"),
        ("mal dormi, tres fatigue", "slept_badly=1"),
        ("10.000 Schritte", "steps=10000"),
        ("10 000 Schritte", "steps=10000"),
        ("1,5 l agua", "water=1.5"),
        ("Sauna um halb vier nachmittags", "sauna=1"),
    ],
)
def test_what_people_type(text: str, found: str, vocabulary: Vocabulary) -> None:
    """Without accents, with the thousands and decimals of their language."""
    assert found in read(text, vocabulary)


def test_a_text_of_english_words_needs_no_other_vocabulary() -> None:
    """They take time to build."""

    def others() -> tuple[Vocabulary, ...]:
        pytest.fail("built in vain")

    english = replace(build_vocabulary(shipped()), others=others)
    assert read("2 beers, no coffee, slept badly", english)


def test_a_persons_own_words_are_read_in_every_language() -> None:
    """They are laid over each vocabulary."""
    own = with_languages({"tags": {"kombucha": {"words": ["kombucha"]}}})
    assert read("heute kein Kombucha", own) == {"kombucha=0"}
    assert read("hoy tomé kombucha", own) == {"kombucha=1"}


def test_languages_have_the_tags_of_english(vocabulary: Vocabulary) -> None:
    """None has a tag of its own; units and kinds are the same in all."""
    for other in vocabulary.others():
        assert other.tags.keys() == vocabulary.tags.keys()
        for name, tag in other.tags.items():
            assert (tag.unit, tag.kind) == (vocabulary.tags[name].unit, vocabulary.tags[name].kind)

"""The reader reads none of two corpora wrongly, by the kinds of misreading they invite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hrvctl.domain.journal_text.reader import TONE, read_text
from hrvctl.domain.journal_text.vocabulary import Vocabulary, build_vocabulary, shipped

FOLDER = Path(__file__).parent
CORPORA = ("kinds_of_sentences.txt", "kinds_of_sentences_anew.txt")


def _rows(name: str) -> Iterator[tuple[str, str, str]]:
    """The kind, sentence and right reading of each row of a corpus."""
    kind = ""
    for line in FOLDER.joinpath(name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            text, _, label = line.partition("|")
            yield kind, text.strip(), label.strip()


ROWS = tuple(row for name in CORPORA for row in _rows(name))


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    return build_vocabulary(shipped())


def _read(text: str, vocabulary: Vocabulary) -> set[str]:
    """The features and guesses of a sentence, in the corpus's notation."""
    reading = read_text(text, vocabulary)
    features = {f"{one.tag}={one.value:g}" for one in reading.features if one.tag != TONE}
    return features | {f"guess={guess.hrv_ms:g}" for guess in reading.guesses}


def _faults(found: set[str], label: str) -> str:
    """What was read wrongly and what was not read; empty if the reading is right."""
    parts = {part.strip() for part in label.split(";") if part.strip()}
    wrong = found - {part.removesuffix("?") for part in parts}
    missed = {part for part in parts if not part.endswith("?")} - found
    return "; ".join([*(f"wrong {one}" for one in wrong), *(f"missed {one}" for one in missed)])


def _is_negative(label: str) -> bool:
    return all(part.strip().endswith("?") for part in label.split(";") if part.strip())


def test_corpus_has_300_sentences_half_of_them_negative() -> None:
    """Each sentence is in it once; about half state nothing that must be read."""
    assert len(ROWS) == len({text for _, text, _ in ROWS}) >= 300
    assert 0.4 <= sum(_is_negative(label) for _, _, label in ROWS) / len(ROWS) <= 0.75


def test_no_sentence_of_the_corpus_is_read_wrongly(vocabulary: Vocabulary) -> None:
    """Nothing is read that is not stated, and what is clearly stated is read."""
    faults = {
        f"{kind}: {text}": fault
        for kind, text, label in ROWS
        if (fault := _faults(_read(text, vocabulary), label))
    }
    assert faults == {}

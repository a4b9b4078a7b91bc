"""Corpora of labelled sentences: how they are written, and what of a reading is a fault.

``sentence | right reading``: name=value for each feature (units and times are not compared), name
alone for any value above zero, "?" after it if it may be left unread. Nothing after the bar:
nothing may be read. The tone of a text is not compared.
"""

from collections.abc import Iterator
from pathlib import Path

from hrvctl.domain.journal_text.reader import TONE, read_text
from hrvctl.domain.journal_text.vocabulary import Vocabulary

FOLDER = Path(__file__).parent

Row = tuple[str, str, str]


def rows_of(name: str) -> Iterator[Row]:
    """The kind, sentence and right reading of each row of a corpus."""
    kind = ""
    for line in FOLDER.joinpath(name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            text, _, label = line.partition("|")
            yield kind, text.strip(), label.strip()


def read(text: str, vocabulary: Vocabulary) -> set[str]:
    """The features and guesses of a sentence, in the corpus's notation."""
    reading = read_text(text, vocabulary)
    features = {f"{one.tag}={one.value:g}" for one in reading.features if one.tag != TONE}
    return features | {f"guess={guess.hrv_ms:g}" for guess in reading.guesses}


def faults(rows: tuple[Row, ...], vocabulary: Vocabulary) -> dict[str, str]:
    """What was read wrongly and what was not read of each sentence that is not read rightly."""
    found = {}
    for kind, text, label in rows:
        parts = parts_of(label)
        features = read(text, vocabulary)
        named = features | {_above_zero(one) for one in features}
        right = {part.removesuffix("?") for part in parts}
        wrong = {one for one in features if not {one, _above_zero(one)} & right}
        missed = {part for part in parts if not part.endswith("?")} - named
        if wrong or missed:
            found[f"{kind}: {text}"] = f"wrong {sorted(wrong)}, missed {sorted(missed)}"
    return found


def _above_zero(feature: str) -> str:
    """The name alone of a feature above zero; the feature itself otherwise."""
    return feature if feature.endswith("=0") else feature.partition("=")[0]


def parts_of(label: str) -> list[str]:
    """The features of a label."""
    return [part.strip() for part in label.split(";") if part.strip()]

"""``journal_features.json``: the answers of one day."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from hrvctl.records import Feature, Guess


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownWord:
    """A word the reader does not know, and how often it was written in the month up to the day."""

    word: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """How often a tag was answered, and answered with more than none, in the days before."""

    tag: str
    n_answered: int
    n_yes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFeatures:
    """The journal's answers of one day.

    Attributes:
        day: The day of the answers.
        features: The answers, by tag.
        tone: Of the day's text, among ``features`` as well; ``None`` when it has none.
        unanswered: Tags answered in the ``USUAL_DAYS`` before but not on the day: missing, not no.
        usual: How often each tag was answered in those days.
        unknown: Words the reader does not know, the most frequent first.
        guess: The guess that counts for the morning after, if there is one.
        guess_from: Where it was written: ``note``, ``page`` (a daily note of the person's own
            folder), ``command``, or empty.
    """

    artifact: ClassVar[str] = "journal_features"

    day: date
    features: tuple[Feature, ...]
    tone: Feature | None
    unanswered: tuple[str, ...]
    usual: tuple[Usual, ...]
    unknown: tuple[UnknownWord, ...]
    guess: Guess | None
    guess_from: str

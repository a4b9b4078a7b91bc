"""Features of the day from the journal: what was done today can change tomorrow's HRV."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hrvctl.errors import DataError
from hrvctl.records import PLAUSIBLE, Guess, JournalEntry, Metric

# How far back "usually" looks, days: a month, so that a habit dropped is soon no longer expected.
USUAL_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One answer of the day, with the words it came from."""

    tag: str
    value: float
    text: str
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """How often a tag was answered, and answered with more than none, in the days before."""

    tag: str
    n_answered: int
    n_yes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFeatures:
    """What is known of one day's behaviour.

    Attributes:
        day: The day spoken of.
        features: Its answers, by tag.
        unanswered: Tags answered in the ``USUAL_DAYS`` before but not on the day: missing, not no.
        usual: Those tags' habits.
        guess: The guess that counts for the morning after, if there is one.
    """

    day: date
    features: tuple[Feature, ...]
    unanswered: tuple[str, ...]
    usual: tuple[Usual, ...]
    guess: Guess | None


def journal_features(
    entries: Iterable[JournalEntry], guesses: Sequence[Guess], *, day: date
) -> JournalFeatures:
    """Gather what the journal says of a day.

    Args:
        entries: Of any days; later ones are not looked at.
        guesses: In the order they were made; the last one for the morning after ``day`` counts.
        day: The day.
    """
    today: list[JournalEntry] = []
    before: dict[str, list[float]] = {}
    for entry in entries:
        if entry.day == day:
            today.append(entry)
        elif day - timedelta(days=USUAL_DAYS) <= entry.day < day:
            before.setdefault(entry.tag, []).append(entry.value)
    answered = {entry.tag for entry in today}
    return JournalFeatures(
        day=day,
        features=tuple(
            Feature(tag=e.tag, value=e.value, text=e.text, source=e.source, note=e.note)
            for e in sorted(today, key=lambda e: (e.tag, e.source))
        ),
        unanswered=tuple(sorted(set(before) - answered)),
        usual=tuple(
            Usual(tag=tag, n_answered=len(values), n_yes=sum(value > 0 for value in values))
            for tag, values in sorted(before.items())
        ),
        guess=counting_guess(guesses, day + timedelta(days=1)),
    )


def counting_guess(guesses: Sequence[Guess], target: date) -> Guess | None:
    """The last guess made for a morning."""
    return next((guess for guess in reversed(guesses) if guess.target == target), None)


def check_guess(hrv_ms: float) -> float:
    """Return a guess that a person could have.

    Raises:
        DataError: Outside the plausible range of HRV.
    """
    low, high = PLAUSIBLE[Metric.HRV_RMSSD_MS]
    if not low <= hrv_ms <= high:
        raise DataError(
            f"a guess of {hrv_ms:g} ms is not an HRV a person can have",
            hint=f"give ms between {low:g} and {high:g}",
        )
    return hrv_ms

"""Extract the features of a day from its journal: today's behaviour can change tomorrow's HRV."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from hrvctl.domain.artifacts.journal import JournalFeatures, UnknownWord, Usual
from hrvctl.domain.journal_text.reader import TONE, JournalReading, read_text
from hrvctl.domain.journal_text.vocabulary import Vocabulary
from hrvctl.errors import DataError
from hrvctl.records import PLAUSIBLE, TAG, Feature, Guess, JournalEntry, Metric

# How far back "usually" looks, days: a month, so that a habit dropped is soon no longer expected.
USUAL_DAYS = 28

# A line that is only ``tag=value``; a tag given with ``--tag`` is kept as one.
STATED = re.compile(rf"^[ \t]*(?P<tag>{TAG.pattern})=\S+[ \t]*$", re.MULTILINE)

# A line that takes back what the lines above it say of a tag: it is unanswered again.
UNANSWERED = re.compile(rf"^[ \t]*(?P<tag>{TAG.pattern})=\?[ \t]*$", re.MULTILINE)

# Most unknown words counted a day, the most frequent first, and their greatest length (own choice:
# a pasted page or a blob is not a journal).
KEPT_WORDS = 200
MAX_WORD = 40
# Most unknown words listed (own choice: as many as a person looks through at a sitting).
LISTED_WORDS = 20


def read_day(
    text: str, vocabulary: Vocabulary, *, stated: Sequence[tuple[int, int]] = ()
) -> JournalReading:
    """Read everything written about a day.

    ``tag=value`` on a line of its own, and a property of a page, is the person's total for the day:
    amounts elsewhere in the text are not added to it, and the last total of a tag counts. Only a
    total of none gives way to an amount elsewhere. ``tag=?`` on a line of its own makes the tag
    unanswered: statements about it on the lines above do not count.

    Args:
        text: Everything written about the day, in order.
        vocabulary: The words and triggers.
        stated: Spans of page properties in the text.
    """
    lines = list(UNANSWERED.finditer(text))
    if not lines:
        return _read_day(text, vocabulary, stated)
    text = _blank(text, but=_outside([line.span() for line in lines], len(text)))
    whole = _read_day(text, vocabulary, stated)
    features = {feature.tag: feature for feature in whole.features}
    spans = dict(whole.spans)
    for tag, end in {line["tag"]: line.end() for line in lines}.items():
        features.pop(tag, None)
        spans.pop(tag, None)
        below = [span for span in stated if span[0] >= end]
        later = _read_day(_blank(text, but=[(end, len(text))]), vocabulary, below)
        if tag in later.spans:
            features[tag] = next(one for one in later.features if one.tag == tag)
            spans[tag] = later.spans[tag]
    ordered = tuple(sorted(features.values(), key=lambda feature: spans[feature.tag]))
    return replace(whole, features=ordered, spans=spans)


def _read_day(
    text: str, vocabulary: Vocabulary, stated: Sequence[tuple[int, int]]
) -> JournalReading:
    """As of ``read_day``, of a text that takes nothing back."""
    lines = list(STATED.finditer(text))
    if not lines and not stated:
        return read_text(text, vocabulary)
    last = {line["tag"]: line.span() for line in lines}
    totals = read_text(_blank(text, but=[*stated, *last.values()]), vocabulary)
    others = _outside([*stated, *(line.span() for line in lines)], len(text))
    prose = read_text(_blank(text, but=others), vocabulary)
    features = {feature.tag: feature for feature in prose.features}
    spans = dict(prose.spans)
    for feature in totals.features:
        # "alcohol=no" of the afternoon does not deny the beer of the evening.
        if feature.value or feature.tag not in features or not features[feature.tag].value:
            features[feature.tag] = feature
            spans[feature.tag] = totals.spans[feature.tag]
    return JournalReading(
        features=tuple(sorted(features.values(), key=lambda feature: spans[feature.tag])),
        spans=spans,
        guesses=tuple(sorted((*totals.guesses, *prose.guesses), key=lambda guess: guess.span)),
        unknown=dict(Counter(totals.unknown) + Counter(prose.unknown)),
        of_day_before=prose.of_day_before,
        implausible=(*totals.implausible, *prose.implausible),
    )


def journal_entries(
    reading: JournalReading, *, day: date, source: str, pages: Sequence[tuple[int, str]] = ()
) -> list[JournalEntry]:
    """Turn the features of a day's text into rows of the journal.

    Args:
        reading: Of the text.
        day: The day it is about.
        source: ``user`` or ``folder``.
        pages: Start of each page in the text and its path, in order; the note of a row is the path
            of the page that has its first word.
    """
    return [
        JournalEntry(
            day=day,
            tag=feature.tag,
            value=feature.value,
            text=feature.text,
            source=source,
            note=page_at(reading.spans[feature.tag][0][0], pages),
            unit=feature.unit,
            at=feature.at,
        )
        for feature in reading.features
    ]


def with_noted_amount(entry: JournalEntry, vocabulary: Vocabulary) -> JournalEntry:
    """Give a vendor's yes the amount that its note names: "two glasses" are 2 drinks.

    A note without the word of the behaviour is read beside it; a bare number is then an amount only
    if it is all of the note.
    """
    tag = vocabulary.tags.get(entry.tag)
    note = " ".join(entry.note.split())
    if not note or tag is None or not tag.unit or entry.unit or entry.value != 1:
        return entry
    name = f"{entry.tag.replace('_', ' ')}:"
    for text in (note, f"{name} {note}"):
        features = read_text(text, vocabulary).features
        found = next((one for one in features if one.tag == entry.tag and one.unit), None)
        if found is None or found.value <= 0:
            continue
        amount = found.text.removeprefix(name).split()
        if text is note or len(amount) > 1 or len(note.split()) == 1:
            return replace(entry, value=found.value, unit=found.unit)
    return entry


def page_at(place: int, pages: Sequence[tuple[int, str]]) -> str:
    """The path of the page at an offset of the text; empty if there is none."""
    return next((path for start, path in reversed(pages) if start <= place), "")


def countable(unknown: Mapping[str, int]) -> dict[str, int]:
    """The unknown words of a day that are counted; see ``KEPT_WORDS``."""
    words = sorted(unknown, key=lambda word: (-unknown[word], word))
    kept = [word for word in words if word.strip() and len(word) <= MAX_WORD][:KEPT_WORDS]
    return {word: unknown[word] for word in kept}


def journal_features(
    entries: Iterable[JournalEntry],
    guesses: Sequence[Guess],
    *,
    day: date,
    unknown: Sequence[tuple[str, int]] = (),
    guess_from: str = "",
) -> JournalFeatures:
    """Collect the journal's features of a day.

    Args:
        entries: Of any days; later ones are not used.
        guesses: In the order they were made; the last one for the morning after ``day`` counts.
        day: The day.
        unknown: Unknown words with their frequency, the most frequent first.
        guess_from: Where the guess that counts was written.
    """
    today: list[JournalEntry] = []
    before: dict[str, list[float]] = {}
    for entry in entries:
        if entry.day == day:
            today.append(entry)
        elif day - timedelta(days=USUAL_DAYS) <= entry.day < day:
            before.setdefault(entry.tag, []).append(entry.value)
    answered = {entry.tag for entry in today}
    features = tuple(_feature(e) for e in sorted(today, key=lambda e: (e.tag, e.source)))
    return JournalFeatures(
        day=day,
        features=features,
        # "user" sorts after "folder": what was typed for hrvctl takes precedence.
        tone=next((f for f in reversed(features) if f.tag == TONE), None),
        unanswered=tuple(sorted(set(before) - answered)),
        usual=tuple(
            Usual(tag=tag, n_answered=len(values), n_yes=sum(value > 0 for value in values))
            for tag, values in sorted(before.items())
        ),
        unknown=tuple(UnknownWord(word=word, n=n) for word, n in unknown[:LISTED_WORDS]),
        guess=counting_guess(guesses, day + timedelta(days=1)),
        guess_from=guess_from,
    )


def counting_guess(guesses: Sequence[Guess], target: date) -> Guess | None:
    """The last guess made for a morning."""
    return next((guess for guess in reversed(guesses) if guess.target == target), None)


def check_guess(hrv_ms: float) -> float:
    """Return the guess if it is an HRV that a person can have.

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


def _feature(entry: JournalEntry) -> Feature:
    return Feature(
        tag=entry.tag,
        value=entry.value,
        unit=entry.unit,
        at=entry.at,
        text=entry.text,
        source=entry.source,
        note=entry.note,
    )


def _blank(text: str, *, but: Iterable[tuple[int, int]]) -> str:
    """Replace everything but some spans by blanks, so that offsets stay valid."""
    pieces, at = [], 0
    for start, end in sorted(but):
        pieces += [re.sub(r"[^\n]", " ", text[at:start]), text[start:end]]
        at = end
    return "".join([*pieces, re.sub(r"[^\n]", " ", text[at:])])


def _outside(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The gaps between spans that do not overlap."""
    ends = [0, *(at for span in sorted(spans) for at in span), length]
    return list(zip(ends[::2], ends[1::2], strict=True))

"""The journal at work: texts are kept as typed, and a day's answers are read out of them anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hrvctl.domain.artifacts.journal import JournalFeatures
from hrvctl.domain.journal import (
    USUAL_DAYS,
    check_guess,
    countable,
    counting_guess,
    journal_entries,
    journal_features,
    read_day,
)
from hrvctl.domain.journal_text.reader import JournalReading
from hrvctl.domain.journal_text.vocabulary import Vocabulary
from hrvctl.errors import DataError, SealRefused
from hrvctl.records import Guess, JournalEntry
from hrvctl.store.database import Store, open_store
from hrvctl.store.ledger import load_guesses, save_guess
from hrvctl.store.measurements import load_journal
from hrvctl.store.notes import (
    Note,
    Undoing,
    add_notes,
    last_batch,
    load_notes,
    load_pages,
    load_read_days,
    load_unknown,
    replace_notes,
    save_derived,
    save_read_day,
    undo,
)
from hrvctl.usecases.ledger import seal_guess
from hrvctl.usecases.workspace import Evening, Workspace

# Whose rows are whose: typed for hrvctl, or read in the person's own folder.
USER, FOLDER = "user", "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundGuess:
    """What became of a guess found in a text.

    Attributes:
        hrv_ms: The guess, ms.
        target: The morning it is for.
        is_taken: Whether it counts now because of this text.
        n_sealed: Rows added to the ledger.
        why: Why it was not taken; empty when it was.
    """

    hrv_ms: float
    target: date
    is_taken: bool
    n_sealed: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a day holds after something was written.

    Attributes:
        day: The day.
        entries: All that is understood of its notes now.
        unknown: Words of what was written just now that are not, with how often they stand there.
        is_understood: Whether anything in what was written just now was.
        guess: The guess in it.
    """

    day: date
    entries: tuple[JournalEntry, ...]
    unknown: dict[str, int]
    is_understood: bool
    guess: FoundGuess | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What was undone.

    Attributes:
        notes: Those taken back and those brought back.
        entries: All that is understood of the days' notes now.
        has_guess: Whether a guess stands in what was taken back; the guess itself stays.
    """

    notes: Undoing
    entries: tuple[JournalEntry, ...]
    has_guess: bool


def take_notes(
    store: Store,
    workspace: Workspace,
    subject: str,
    day: date,
    texts: Sequence[str],
    vocabulary: Vocabulary,
) -> Written:
    """Keep texts for a day as one batch, and read the day anew."""
    with store.transaction():
        add_notes(store, subject, day, texts, at=workspace.clock())
        _reread(store, workspace, subject, vocabulary, changed=[day])
    return _written(store, workspace, subject, day, read_day("\n".join(texts), vocabulary))


def day_notes(workspace: Workspace, subject: str, day: date) -> list[Note]:
    """What stands for a day; nothing in a home that is not there."""
    if not workspace.home.exists():
        return []
    with open_store(workspace.home, write=False) as store:
        return load_notes(store, subject, day=day)


def joined(notes: Iterable[Note]) -> str:
    """The text of several notes: it reads as if it had been typed at once."""
    return "\n".join(note.text for note in notes)


def rewrite_notes(
    store: Store,
    workspace: Workspace,
    subject: str,
    day: date,
    text: str,
    vocabulary: Vocabulary,
    *,
    instead_of: Sequence[Note],
) -> Written:
    """Put a text in the place of notes of a day, which are withdrawn; an empty one only withdraws.

    What was added since the person saw them stays. A guess that stood there before is not said
    anew.
    """
    with store.transaction():
        texts = [text] if text else []
        replace_notes(store, subject, day, texts, instead_of=instead_of, at=workspace.clock())
        _reread(store, workspace, subject, vocabulary, changed=[day])
    reading = read_day(text, vocabulary)
    if reading.guess_ms == read_day(joined(instead_of), vocabulary).guess_ms:
        reading = replace(reading, guesses=())
    return _written(store, workspace, subject, day, reading)


def undo_notes(
    store: Store, workspace: Workspace, subject: str, vocabulary: Vocabulary
) -> Undone | None:
    """Take back the last call that wrote notes; ``None`` when there is nothing left to undo."""
    with store.transaction():
        undoing = last_batch(store, subject)
        if undoing is None:
            return None
        undo(store, undoing, at=workspace.clock())
        _reread(store, workspace, subject, vocabulary, changed=undoing.days)
        return Undone(
            notes=undoing,
            entries=tuple(e for day in undoing.days for e in _entries(store, subject, day)),
            has_guess=read_day(joined(undoing.taken_back), vocabulary).guess_ms is not None,
        )


def take_guess(store: Store, workspace: Workspace, subject: str, guess: Guess) -> int:
    """Record a guess and seal it at once; returns the rows added to the ledger.

    Raises:
        SealRefused: Its morning had begun.
    """
    with store.transaction():
        save_guess(store, subject, guess)
        return seal_guess(store, workspace, workspace.evening(subject), guess.target)


def record_guess(store: Store, workspace: Workspace, evening: Evening, hrv_ms: float) -> None:
    """Record a guess for the morning after an evening; the run seals it beside the models.

    Raises:
        SealRefused: It is no live evening, or its morning has begun.
        DataError: It is no HRV a person can have.
    """
    if not evening.is_live:
        raise SealRefused("a guess belongs to a live evening, not to a replay")
    target = evening.as_of + timedelta(days=1)
    guess = Guess(target=target, hrv_ms=check_guess(hrv_ms), made_at=workspace.clock())
    save_guess(store, evening.subject, guess)


def reread_all(store: Store, workspace: Workspace, subject: str, vocabulary: Vocabulary) -> None:
    """Read every day anew that was read with other words than those of now."""
    with store.transaction():
        _reread(store, workspace, subject, vocabulary)


def load_features(store: Store, evening: Evening, vocabulary: Vocabulary) -> JournalFeatures:
    """What the journal says of an evening, as it is stored."""
    guesses = load_guesses(store, evening.subject)
    since = evening.as_of - timedelta(days=USUAL_DAYS - 1)
    return journal_features(
        load_journal(store, evening.subject, until=evening.as_of),
        guesses,
        day=evening.as_of,
        unknown=load_unknown(store, evening.subject, first=since, last=evening.as_of),
        guess_from=_guess_from(store, evening, guesses, vocabulary),
    )


def is_new_guess(store: Store, subject: str, target: date, hrv_ms: float) -> bool:
    """Whether another guess, or none, counts for a morning so far."""
    counting = counting_guess(load_guesses(store, subject), target)
    return counting is None or counting.hrv_ms != hrv_ms


def _guess_from(
    store: Store, evening: Evening, guesses: Sequence[Guess], vocabulary: Vocabulary
) -> str:
    counting = counting_guess(guesses, evening.as_of + timedelta(days=1))
    if counting is None:
        return ""
    notes = load_notes(store, evening.subject, day=evening.as_of)
    if read_day(joined(notes), vocabulary).guess_ms == counting.hrv_ms:
        return "note"
    pages = load_pages(store, evening.subject).values()
    is_of_page = any((p.day, p.guess_ms) == (evening.as_of, counting.hrv_ms) for p in pages)
    return "page" if is_of_page else "command"


def _reread(
    store: Store,
    workspace: Workspace,
    subject: str,
    vocabulary: Vocabulary,
    *,
    changed: Iterable[date] = (),
) -> None:
    read_with = load_read_days(store, subject)
    stale = {day for day, fingerprint in read_with.items() if fingerprint != vocabulary.fingerprint}
    for day in sorted(stale | set(changed)):
        reading = read_day(joined(load_notes(store, subject, day=day)), vocabulary)
        save_derived(
            store,
            subject,
            day,
            USER,
            entries=journal_entries(reading, day=day, source=USER),
            unknown=countable(reading.unknown),
            at=workspace.clock(),
        )
        save_read_day(store, subject, day, vocabulary.fingerprint)


def _written(
    store: Store, workspace: Workspace, subject: str, day: date, reading: JournalReading
) -> Written:
    guess = (
        None if reading.guess_ms is None else _say(store, workspace, subject, day, reading.guess_ms)
    )
    return Written(
        day=day,
        entries=_entries(store, subject, day),
        unknown=countable(reading.unknown),
        is_understood=bool(reading.features or reading.guesses),
        guess=guess,
    )


def _entries(store: Store, subject: str, day: date) -> tuple[JournalEntry, ...]:
    known = load_journal(store, subject, first=day, until=day)
    return tuple(entry for entry in known if entry.source == USER)


def _say(store: Store, workspace: Workspace, subject: str, day: date, hrv_ms: float) -> FoundGuess:
    target = day + timedelta(days=1)
    said = FoundGuess(hrv_ms=hrv_ms, target=target, is_taken=False)
    now = workspace.clock()
    if now.date() >= target:
        return replace(said, why=f"the morning of {target} has begun")
    if not is_new_guess(store, subject, target, hrv_ms):
        return replace(said, why="it is the one that counts already")
    try:
        guess = Guess(target=target, hrv_ms=check_guess(hrv_ms), made_at=now)
        n_sealed = take_guess(store, workspace, subject, guess)
    except (DataError, SealRefused) as error:
        return replace(said, why=error.message)
    return replace(said, is_taken=True, n_sealed=n_sealed)

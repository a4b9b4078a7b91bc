"""Keep the notes of the journal as typed, and read each day's answers from them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hrvctl.domain.artifacts.journal import JournalFeatures
from hrvctl.domain.journal import (
    STATED,
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
from hrvctl.records import Feature, Guess, JournalEntry
from hrvctl.settings import Settings
from hrvctl.store.database import Store, open_store
from hrvctl.store.ledger import load_guesses
from hrvctl.store.measurements import load_journal
from hrvctl.store.notes import (
    Note,
    UndoBatch,
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
from hrvctl.usecases.guesses import is_new_guess, save_and_seal_guess
from hrvctl.usecases.history import load_answers
from hrvctl.usecases.vocabulary import load_vocabulary, own_vocabulary
from hrvctl.usecases.workspace import Evening, Workspace, writing

# Sources of journal rows read from texts: notes typed for hrvctl, and the folder of daily notes.
USER, FOLDER = "user", "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextGuessResult:
    """A guess found in a text, and whether it was recorded.

    Attributes:
        hrv_ms: The guess, ms.
        target: The morning it is for.
        is_taken: Whether this text recorded it as the guess that counts.
        n_sealed: Rows added to the ledger.
        why: Why it was not recorded; empty if it was.
    """

    hrv_ms: float
    target: date
    is_taken: bool
    n_sealed: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesResult:
    """The journal of a day after a change of its notes.

    Attributes:
        day: The day.
        entries: All answers read from its notes.
        said: What the new text by itself says.
        before: The answers of the day before this change.
        unknown: Words of the new text that are not in the vocabulary, with their frequency.
        is_understood: Whether anything was read from the new text.
        of_day_before: Words of it that are of the day before, and were left out.
        implausible: Amounts in it that nobody has in a day, and were left out.
        guess: The guess in the new text.
    """

    day: date
    entries: tuple[JournalEntry, ...]
    said: tuple[Feature, ...]
    before: tuple[JournalEntry, ...]
    unknown: dict[str, int]
    is_understood: bool
    of_day_before: tuple[str, ...]
    implausible: tuple[Feature, ...]
    guess: TextGuessResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult:
    """The journal after an undo.

    Attributes:
        notes: The notes withdrawn and restored.
        entries: All answers read from the notes of those days.
        has_guess: Whether a guess is in the withdrawn notes; the guess itself stays.
    """

    notes: UndoBatch
    entries: tuple[JournalEntry, ...]
    has_guess: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalListing:
    """The journal of some days.

    Attributes:
        entries: The answers, by day.
        notes: The notes, in the order written.
        n_earlier_days: Days with answers or notes before them.
    """

    entries: tuple[JournalEntry, ...]
    notes: tuple[Note, ...]
    n_earlier_days: int


def write_notes(
    workspace: Workspace, settings: Settings, day: date, texts: Sequence[str]
) -> NotesResult:
    """Add texts to the journal of a day, and read the day again.

    Raises:
        ConfigError: The person's vocabulary is faulty; nothing is written.
        DataError: An answer given by name is more than anybody has in a day; nothing is written.
        Locked: A run is active for longer than a person should wait.
    """
    vocabulary = load_vocabulary(own_vocabulary(settings))
    for text in filter(STATED.fullmatch, texts):
        for amount in read_day(text, vocabulary).implausible:
            most = vocabulary.tags[amount.tag].most
            raise DataError(
                f"{text}: that is more than {most:g} {amount.unit}, the most that is taken for a"
                " day",
                hint=f"give the amount in {amount.unit}; your vocabulary.toml can raise the limit:"
                f" [tags.{amount.tag}] most = ...",
            )
    with writing(workspace) as store:
        return save_notes(store, workspace, settings.subject, day, texts, vocabulary)


def edit_notes(
    workspace: Workspace, settings: Settings, day: date, edit: Callable[[str], str]
) -> tuple[str, NotesResult] | None:
    """Let the person edit the notes of a day, and read the day again.

    Returns:
        The new text and the journal of the day; ``None`` if the text is unchanged.
    """
    vocabulary = load_vocabulary(own_vocabulary(settings))
    shown = day_notes(workspace, settings.subject, day)
    text = edit(joined(shown)).strip()
    if text == joined(shown).strip():
        return None
    with writing(workspace) as store:
        result = rewrite_notes(
            store, workspace, settings.subject, day, text, vocabulary, instead_of=shown
        )
    return text, result


def unanswer(
    workspace: Workspace, settings: Settings, day: date, tag: str
) -> tuple[JournalEntry | None, tuple[str, ...]]:
    """Make a question unanswered again, by a note of its own that can be undone.

    Returns:
        The answer that is taken back, ``None`` if the day's notes have none; and who else answered.
    """
    vocabulary = load_vocabulary(own_vocabulary(settings))
    answers = list_journal(workspace, settings.subject, first=day, last=day).entries
    others = tuple(one.source for one in answers if one.tag == tag and one.source != USER)
    before = next((one for one in answers if (one.tag, one.source) == (tag, USER)), None)
    if before:
        with writing(workspace) as store:
            save_notes(store, workspace, settings.subject, day, [f"{tag}=?"], vocabulary)
    return before, others


def undo_notes(workspace: Workspace, settings: Settings) -> UndoResult | None:
    """Undo the last change of the notes; ``None`` if there is nothing to undo."""
    vocabulary = load_vocabulary(own_vocabulary(settings))
    if not workspace.home.exists():
        return None
    with writing(workspace) as store:
        return undo_last_notes(store, workspace, settings.subject, vocabulary)


def list_journal(workspace: Workspace, subject: str, *, first: date, last: date) -> JournalListing:
    """Load the answers and notes of the days from ``first`` to ``last``."""
    with open_store(workspace.home, write=False) as store:
        entries = load_journal(store, subject, until=last)
        notes = load_notes(store, subject)
    days = {entry.day for entry in entries} | {note.day for note in notes}
    return JournalListing(
        entries=tuple(entry for entry in entries if entry.day >= first),
        notes=tuple(note for note in notes if first <= note.day <= last),
        n_earlier_days=sum(day < first for day in days),
    )


def unknown_words(
    workspace: Workspace, subject: str, *, first: date, last: date
) -> list[tuple[str, int]]:
    """Words outside the vocabulary with their frequency, the most frequent first."""
    with open_store(workspace.home, write=False) as store:
        return load_unknown(store, subject, first=first, last=last)


def save_notes(
    store: Store,
    workspace: Workspace,
    subject: str,
    day: date,
    texts: Sequence[str],
    vocabulary: Vocabulary,
) -> NotesResult:
    """Save texts for a day as one batch, and read the day again; see ``write_notes``."""
    reading = read_day("\n".join(texts), vocabulary)
    before = _entries(store, subject, day)
    with store.transaction():
        add_notes(store, subject, day, texts, at=workspace.clock())
        _reread(store, workspace, subject, vocabulary, changed=[day])
    return _result(store, workspace, subject, day, reading, before)


def day_notes(workspace: Workspace, subject: str, day: date) -> list[Note]:
    """Notes of a day; empty if the home does not exist."""
    if not workspace.home.exists():
        return []
    with open_store(workspace.home, write=False) as store:
        return load_notes(store, subject, day=day)


def joined(notes: Iterable[Note]) -> str:
    """The text of several notes, as if it had been typed at once."""
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
) -> NotesResult:
    """Replace notes of a day by a text, or only withdraw them if it is empty.

    Notes added since the person saw them stay. A guess that was in them already is not recorded
    again.
    """
    before = _entries(store, subject, day)
    with store.transaction():
        texts = [text] if text else []
        replace_notes(store, subject, day, texts, instead_of=instead_of, at=workspace.clock())
        _reread(store, workspace, subject, vocabulary, changed=[day])
    reading = read_day(text, vocabulary)
    if reading.guess_ms == read_day(joined(instead_of), vocabulary).guess_ms:
        reading = replace(reading, guesses=())
    return _result(store, workspace, subject, day, reading, before)


def undo_last_notes(
    store: Store, workspace: Workspace, subject: str, vocabulary: Vocabulary
) -> UndoResult | None:
    """Undo the last batch of notes; ``None`` if there is nothing to undo."""
    with store.transaction():
        batch = last_batch(store, subject)
        if batch is None:
            return None
        undo(store, batch, at=workspace.clock())
        _reread(store, workspace, subject, vocabulary, changed=batch.days)
        return UndoResult(
            notes=batch,
            entries=tuple(e for day in batch.days for e in _entries(store, subject, day)),
            has_guess=read_day(joined(batch.taken_back), vocabulary).guess_ms is not None,
        )


def reread_all(store: Store, workspace: Workspace, subject: str, vocabulary: Vocabulary) -> None:
    """Read all days again that were read with another vocabulary."""
    with store.transaction():
        _reread(store, workspace, subject, vocabulary)


def load_features(store: Store, evening: Evening, vocabulary: Vocabulary) -> JournalFeatures:
    """The journal's features of an evening, as stored."""
    guesses = load_guesses(store, evening.subject)
    since = evening.as_of - timedelta(days=USUAL_DAYS - 1)
    return journal_features(
        load_answers(store, evening),
        guesses,
        day=evening.as_of,
        unknown=load_unknown(store, evening.subject, first=since, last=evening.as_of),
        guess_from=_guess_from(store, evening, guesses, vocabulary),
    )


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


def _result(
    store: Store,
    workspace: Workspace,
    subject: str,
    day: date,
    reading: JournalReading,
    before: tuple[JournalEntry, ...],
) -> NotesResult:
    guess = (
        None
        if reading.guess_ms is None
        else _record_text_guess(store, workspace, subject, day, reading.guess_ms)
    )
    return NotesResult(
        day=day,
        entries=_entries(store, subject, day),
        said=reading.features,
        before=before,
        unknown=countable(reading.unknown),
        is_understood=bool(reading.features or reading.guesses),
        of_day_before=reading.of_day_before,
        implausible=reading.implausible,
        guess=guess,
    )


def _entries(store: Store, subject: str, day: date) -> tuple[JournalEntry, ...]:
    known = load_journal(store, subject, first=day, until=day)
    return tuple(entry for entry in known if entry.source == USER)


def _record_text_guess(
    store: Store, workspace: Workspace, subject: str, day: date, hrv_ms: float
) -> TextGuessResult:
    target = day + timedelta(days=1)
    found = TextGuessResult(hrv_ms=hrv_ms, target=target, is_taken=False)
    now = workspace.clock()
    if workspace.today() >= target:
        return replace(found, why=f"the morning of {target} has begun")
    if not is_new_guess(store, subject, target, hrv_ms):
        return replace(found, why="it is the one that counts already")
    try:
        guess = Guess(target=target, hrv_ms=check_guess(hrv_ms), made_at=now)
        n_sealed = save_and_seal_guess(store, workspace, subject, guess)
    except (DataError, SealRefused) as error:
        return replace(found, why=error.message)
    return replace(found, is_taken=True, n_sealed=n_sealed)

"""Store notes as typed, and the answers and unknown words derived from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from sqlite3 import Row

from hrvctl.records import JournalEntry
from hrvctl.store.database import Store
from hrvctl.store.measurements import load_journal, save_journal
from hrvctl.store.revisions import withdraw_answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text a person typed for a day.

    Attributes:
        id: In the order written.
        day: The day it is about.
        text: As it was typed.
        written_at: When, aware.
        batch: The call that wrote it; a batch is undone as one.
    """

    id: int
    day: date
    text: str
    written_at: datetime
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoBatch:
    """The changes that undo the last batch.

    Attributes:
        batch: Its number.
        taken_back: The notes it wrote.
        brought_back: The notes it had withdrawn.
    """

    batch: int
    taken_back: tuple[Note, ...]
    brought_back: tuple[Note, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The days whose text changes."""
        return tuple(sorted({note.day for note in (*self.taken_back, *self.brought_back)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A daily note of the person's folder as last read; its text is not stored.

    Attributes:
        path: Relative to the folder, with ``/``.
        day: The day it is about.
        sha256: Of its bytes.
        fingerprint: Of the vocabulary it was read with.
        guess_ms: The guess found in it, ms.
    """

    path: str
    day: date
    sha256: str
    fingerprint: str
    guess_ms: float | None


def load_notes(store: Store, subject: str, *, day: date | None = None) -> list[Note]:
    """Notes that are not withdrawn, of one day or all, in the order written."""
    rows = store.connection.execute(
        "SELECT * FROM notes WHERE subject = ?1 AND withdrawn_at IS NULL"
        " AND (?2 IS NULL OR day = ?2) ORDER BY id",
        (subject, day.isoformat() if day else None),
    )
    return [_note(row) for row in rows]


def add_notes(store: Store, subject: str, day: date, texts: Iterable[str], *, at: datetime) -> None:
    """Write texts as one batch, a note each; call it inside a transaction."""
    _insert(store, subject, day, texts, batch=_next_batch(store, subject), at=at)


def replace_notes(
    store: Store,
    subject: str,
    day: date,
    texts: Iterable[str],
    *,
    instead_of: Iterable[Note],
    at: datetime,
) -> None:
    """Withdraw notes and write texts in their place; one batch, undone as one.

    Call it inside a transaction.
    """
    batch = _next_batch(store, subject)
    _withdraw(store, instead_of, batch=batch, at=at)
    _insert(store, subject, day, texts, batch=batch, at=at)


def last_batch(store: Store, subject: str) -> UndoBatch | None:
    """The batch to undo next; ``None`` if there is none left."""
    (batch,) = store.connection.execute(
        "SELECT max(number) FROM ("
        " SELECT batch AS number FROM notes WHERE subject = ?1 AND withdrawn_at IS NULL"
        " UNION ALL"
        " SELECT withdrawn_by FROM notes WHERE subject = ?1 AND withdrawn_by <> batch)",
        (subject,),
    ).fetchone()
    if batch is None:
        return None
    written = store.connection.execute(
        "SELECT * FROM notes WHERE subject = ? AND batch = ? AND withdrawn_at IS NULL ORDER BY id",
        (subject, batch),
    )
    withdrawn = store.connection.execute(
        "SELECT * FROM notes WHERE subject = ? AND withdrawn_by = ? AND batch <> withdrawn_by"
        " ORDER BY id",
        (subject, batch),
    )
    return UndoBatch(
        batch=batch,
        taken_back=tuple(_note(row) for row in written),
        brought_back=tuple(_note(row) for row in withdrawn),
    )


def undo(store: Store, undoing: UndoBatch, *, at: datetime) -> None:
    """Withdraw the notes of a batch and restore those it withdrew; no row is deleted.

    Call it inside the transaction that asked for the ``last_batch``.
    """
    _withdraw(store, undoing.taken_back, batch=undoing.batch, at=at)
    store.connection.executemany(
        "UPDATE notes SET withdrawn_at = NULL, withdrawn_by = NULL WHERE id = ?",
        [(note.id,) for note in undoing.brought_back],
    )


def load_read_days(store: Store, subject: str) -> dict[date, str]:
    """Every day with notes, and the fingerprint of the vocabulary it was read with (or empty)."""
    rows = store.connection.execute(
        "SELECT n.day, coalesce(r.fingerprint, '') AS fingerprint"
        " FROM (SELECT DISTINCT subject, day FROM notes WHERE subject = ?) n"
        " LEFT JOIN notes_read r ON r.subject = n.subject AND r.day = n.day ORDER BY n.day",
        (subject,),
    )
    return {date.fromisoformat(row["day"]): row["fingerprint"] for row in rows}


def save_read_day(store: Store, subject: str, day: date, fingerprint: str) -> None:
    """Save the fingerprint of the vocabulary a day's notes were read with."""
    store.connection.execute(
        "INSERT INTO notes_read (subject, day, fingerprint) VALUES (?, ?, ?)"
        " ON CONFLICT (subject, day) DO UPDATE SET fingerprint = excluded.fingerprint",
        (subject, day.isoformat(), fingerprint),
    )


def save_derived(
    store: Store,
    subject: str,
    day: date,
    source: str,
    *,
    entries: Sequence[JournalEntry],
    unknown: Mapping[str, int],
    at: datetime,
) -> None:
    """Replace what was read from a day's texts before.

    An equal row is left as it is, with the time it was first seen. Call it inside a
    transaction.
    """
    known = load_journal(store, subject, first=day, until=day)
    before = {entry.tag: entry for entry in known if entry.source == source}
    gone = before.keys() - {entry.tag for entry in entries}
    where = (subject, day.isoformat(), source)
    withdraw_answers(store, subject, day, source, sorted(gone), at=at)
    save_journal(store, subject, [e for e in entries if before.get(e.tag) != e], at=at)
    store.connection.execute(
        "DELETE FROM unknown_words WHERE subject = ? AND day = ? AND source = ?", where
    )
    store.connection.executemany(
        "INSERT INTO unknown_words (subject, day, source, word, n) VALUES (?, ?, ?, ?, ?)",
        [(*where, word, n) for word, n in sorted(unknown.items())],
    )


def load_unknown(store: Store, subject: str, *, first: date, last: date) -> list[tuple[str, int]]:
    """Unknown words between two days with their frequency, the most frequent first."""
    rows = store.connection.execute(
        "SELECT word, sum(n) AS n FROM unknown_words"
        " WHERE subject = ? AND day BETWEEN ? AND ? GROUP BY word ORDER BY n DESC, word",
        (subject, first.isoformat(), last.isoformat()),
    )
    return [(row["word"], row["n"]) for row in rows]


def load_pages(store: Store, subject: str) -> dict[str, Page]:
    """Every page read so far, by its path."""
    rows = store.connection.execute(
        "SELECT path, day, sha256, fingerprint, guess_ms FROM pages WHERE subject = ?"
        " ORDER BY path",
        (subject,),
    )
    return {
        row["path"]: Page(
            path=row["path"],
            day=date.fromisoformat(row["day"]),
            sha256=row["sha256"],
            fingerprint=row["fingerprint"],
            guess_ms=row["guess_ms"],
        )
        for row in rows
    }


def save_page(store: Store, subject: str, page: Page, *, at: datetime) -> None:
    """Save how a page was last read."""
    store.connection.execute(
        "INSERT INTO pages (subject, path, day, sha256, fingerprint, guess_ms, read_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subject, path) DO UPDATE SET"
        " day = excluded.day, sha256 = excluded.sha256, fingerprint = excluded.fingerprint,"
        " guess_ms = excluded.guess_ms, read_at = excluded.read_at",
        (
            subject,
            page.path,
            page.day.isoformat(),
            page.sha256,
            page.fingerprint,
            page.guess_ms,
            at.isoformat(),
        ),
    )


def delete_pages(store: Store, subject: str, paths: Iterable[str]) -> None:
    """Delete pages that are no longer in the folder."""
    store.connection.executemany(
        "DELETE FROM pages WHERE subject = ? AND path = ?", [(subject, path) for path in paths]
    )


def _insert(
    store: Store, subject: str, day: date, texts: Iterable[str], *, batch: int, at: datetime
) -> None:
    store.connection.executemany(
        "INSERT INTO notes (subject, day, text, written_at, batch) VALUES (?, ?, ?, ?, ?)",
        [(subject, day.isoformat(), text, at.isoformat(), batch) for text in texts],
    )


def _withdraw(store: Store, notes: Iterable[Note], *, batch: int, at: datetime) -> None:
    store.connection.executemany(
        "UPDATE notes SET withdrawn_at = ?, withdrawn_by = ? WHERE id = ? AND withdrawn_at IS NULL",
        [(at.isoformat(), batch, note.id) for note in notes],
    )


def _next_batch(store: Store, subject: str) -> int:
    (last,) = store.connection.execute(
        "SELECT max(max(batch), coalesce(max(withdrawn_by), 0)) FROM notes WHERE subject = ?",
        (subject,),
    ).fetchone()
    return (last or 0) + 1


def _note(row: Row) -> Note:
    return Note(
        id=row["id"],
        day=date.fromisoformat(row["day"]),
        text=row["text"],
        written_at=datetime.fromisoformat(row["written_at"]),
        batch=row["batch"],
    )

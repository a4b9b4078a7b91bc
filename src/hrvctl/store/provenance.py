"""Trace a measured value to its file, its import and every manual correction."""

from dataclasses import dataclass
from datetime import date

from hrvctl.store.database import Store
from hrvctl.store.rows import read_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The origin of one measured value.

    Attributes:
        metric, source: The metric, and the source that measured it.
        value: The source's latest value, in the metric's unit.
        file, kind: The file it was read from, and the kind of file.
        imported_at: When that file was imported.
        first_seen_at: When the first value for this day was imported.
        revised_at: When a newer file changed it; ``None`` if none did.
    """

    metric: str
    source: str
    value: float
    file: str
    kind: str
    imported_at: str
    first_seen_at: str
    revised_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A value or an answer that stood before the one that stands now, or was withdrawn.

    Attributes:
        name: The metric, or the tag of the journal.
        source: Who measured or answered it.
        value: Its value; ``None`` where the hrvctl that revised it did not keep it.
        file: The file it was read from; ``None`` for an answer, or where it is unknown.
        seen_at: When it was stored.
        ended_at: When it was revised or withdrawn.
        ended_by: ``revision`` or ``withdrawal``.
    """

    name: str
    source: str
    value: float | None
    file: str | None
    seen_at: str
    ended_at: str
    ended_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A person's manual correction of one morning's HRV."""

    metric: str
    source: str
    value: float
    recorded_at: str
    reason: str


def trace_values(store: Store, subject: str, day: date) -> list[Origin]:
    """Load the origin of every value of a day, ordered by metric, then source."""
    rows = store.connection.execute(
        "SELECT m.metric, m.source, m.value, i.file, i.kind, i.imported_at, m.first_seen_at,"
        " m.revised_at FROM measurements m JOIN imports i ON i.id = m.import_id"
        " WHERE m.subject = ? AND m.day = ? ORDER BY m.metric, m.source",
        (subject, day.isoformat()),
    )
    return [Origin(**dict(row)) for row in rows]


def trace_revisions(store: Store, subject: str, day: date) -> list[Revision]:
    """Load every earlier value and answer of a day: by metric or tag, source and time."""
    rows = store.connection.execute(
        "SELECT metric AS name, h.source, value, i.file, seen_at, ended_at, ended_by, h.id"
        " FROM measurement_history h LEFT JOIN imports i ON i.id = h.import_id"
        " WHERE h.subject = ?1 AND h.day = ?2"
        " UNION ALL SELECT tag, source, value, NULL, seen_at, ended_at, ended_by, id"
        " FROM journal_history WHERE subject = ?1 AND day = ?2 ORDER BY 1, 2, 8",
        (subject, day.isoformat()),
    )
    return [read_row(Revision, row) for row in rows]


def trace_corrections(store: Store, subject: str, day: date) -> list[Correction]:
    """Load every correction of a day's HRV, oldest first."""
    rows = store.connection.execute(
        "SELECT metric, measured_by AS source, value_ms AS value, recorded_at, reason"
        " FROM outcomes WHERE subject = ? AND day = ? AND origin = 'manual'"
        " ORDER BY metric, measured_by, revision",
        (subject, day.isoformat()),
    )
    return [Correction(**dict(row)) for row in rows]


def find_doubtful(store: Store, subject: str, *, until: date) -> list[str]:
    """Name measurements whose value or time was changed past the store, up to a day.

    A value is stored at the instant of its import, and one that was overwritten stood for a while.
    """
    moved = store.connection.execute(
        "SELECT metric, r.source, day, seen_at, imported_at FROM measurement_revisions r"
        " JOIN imports i ON i.id = r.import_id"
        " WHERE r.subject = ? AND day <= ? AND seen_at <> imported_at ORDER BY day, metric",
        (subject, until.isoformat()),
    )
    found = [
        f"the time {row['metric']} of {row['source']} on {row['day']} was stored was changed:"
        f" it is {row['seen_at']}, and its import was at {row['imported_at']}"
        for row in moved
    ]
    rewritten = store.connection.execute(
        "SELECT metric AS name, source, day FROM measurement_history"
        " WHERE subject = ?1 AND day <= ?2 AND ended_by = 'revision' AND seen_at = ended_at"
        " UNION ALL SELECT tag, source, day FROM journal_history"
        " WHERE subject = ?1 AND day <= ?2 AND ended_by = 'revision' AND seen_at = ended_at"
        " ORDER BY 3, 1",
        (subject, until.isoformat()),
    )
    found += [
        f"{row['name']} of {row['source']} on {row['day']} was changed in place"
        for row in rewritten
    ]
    return found

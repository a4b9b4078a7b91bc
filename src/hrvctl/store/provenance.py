"""Trace a measured value to its file, its import and every manual correction."""

from dataclasses import dataclass
from datetime import date

from hrvctl.store.database import Store


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


def trace_corrections(store: Store, subject: str, day: date) -> list[Correction]:
    """Load every correction of a day's HRV, oldest first."""
    rows = store.connection.execute(
        "SELECT metric, measured_by AS source, value_ms AS value, recorded_at, reason"
        " FROM outcomes WHERE subject = ? AND day = ? AND origin = 'manual'"
        " ORDER BY metric, measured_by, revision",
        (subject, day.isoformat()),
    )
    return [Correction(**dict(row)) for row in rows]

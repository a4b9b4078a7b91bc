"""Load and save which evenings had a run, and a copy of the latest evening's artifact files."""

from collections.abc import Mapping
from datetime import date, datetime

from hrvctl.store.database import Store


def save_evening(store: Store, subject: str, as_of: date, *, run_id: str, at: datetime) -> None:
    """Record that an evening's run has ended; a later run of the same evening replaces it."""
    store.connection.execute(
        "INSERT INTO evenings (subject, as_of, run_id, ended_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (subject, as_of) DO UPDATE"
        " SET run_id = excluded.run_id, ended_at = excluded.ended_at",
        (subject, as_of.isoformat(), run_id, at.isoformat()),
    )


def load_evenings(store: Store, subject: str) -> set[date]:
    """Load every evening that had a run, whether or not it sealed a forecast."""
    rows = store.connection.execute("SELECT as_of FROM evenings WHERE subject = ?", (subject,))
    return {date.fromisoformat(row["as_of"]) for row in rows}


def first_ended(store: Store) -> datetime | None:
    """When the first evening's run ended, aware; ``None`` before any."""
    (at,) = store.connection.execute("SELECT min(ended_at) FROM evenings").fetchone()
    return datetime.fromisoformat(at) if at else None


def save_artifact_files(store: Store, subject: str, files: Mapping[str, bytes]) -> None:
    """Save the latest evening's artifact files by name, replacing those of the same name."""
    store.connection.executemany(
        "INSERT INTO artifacts (subject, name, content) VALUES (?, ?, ?)"
        " ON CONFLICT (subject, name) DO UPDATE SET content = excluded.content",
        ((subject, name, content) for name, content in files.items()),
    )


def load_artifact_files(store: Store, subject: str) -> dict[str, bytes]:
    """Load the latest evening's artifact files by name."""
    rows = store.connection.execute(
        "SELECT name, content FROM artifacts WHERE subject = ? ORDER BY name", (subject,)
    )
    return {row["name"]: bytes(row["content"]) for row in rows}

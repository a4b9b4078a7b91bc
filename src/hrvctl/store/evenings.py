"""Which evenings had a run, and what the latest of them said, kept where nothing is lost."""

from collections.abc import Mapping
from datetime import date, datetime

from hrvctl.store.database import Store


def save_evening(store: Store, subject: str, as_of: date, *, run_id: str, at: datetime) -> None:
    """Note that an evening's run came to its end; a later run of the same evening replaces it.

    Args:
        store: Open for writing.
        subject: Whose evening.
        as_of: The last day whose data counted.
        run_id: The run's.
        at: When it ended, aware.
    """
    store.connection.execute(
        "INSERT INTO evenings (subject, as_of, run_id, ended_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (subject, as_of) DO UPDATE"
        " SET run_id = excluded.run_id, ended_at = excluded.ended_at",
        (subject, as_of.isoformat(), run_id, at.isoformat()),
    )


def load_evenings(store: Store, subject: str) -> set[date]:
    """Every evening that had a run, whether or not anything could be sealed on it."""
    rows = store.connection.execute("SELECT as_of FROM evenings WHERE subject = ?", (subject,))
    return {date.fromisoformat(row["as_of"]) for row in rows}


def save_contents(store: Store, subject: str, contents: Mapping[str, bytes]) -> None:
    """Keep files of the latest evening, by name, in place of those of the same name."""
    store.connection.executemany(
        "INSERT INTO artifacts (subject, name, content) VALUES (?, ?, ?)"
        " ON CONFLICT (subject, name) DO UPDATE SET content = excluded.content",
        ((subject, name, content) for name, content in contents.items()),
    )


def load_contents(store: Store, subject: str) -> dict[str, bytes]:
    """The files of the latest evening, by name, to the byte."""
    rows = store.connection.execute(
        "SELECT name, content FROM artifacts WHERE subject = ? ORDER BY name", (subject,)
    )
    return {row["name"]: bytes(row["content"]) for row in rows}

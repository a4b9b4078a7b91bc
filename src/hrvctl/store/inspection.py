"""Read-only queries over the whole database: tables of a subject, counts, subjects, last write."""

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hrvctl.store.database import Store
from hrvctl.store.schema import MIGRATIONS

# The column of each table with the time its rows were written.
WRITTEN_AT = {
    "ledger": "created_at",
    "imports": "imported_at",
    "outcomes": "recorded_at",
    "guesses": "made_at",
    "notes": "written_at",
    "evenings": "ended_at",
}
# Exported tables, each with its sort columns: the same store gives the same export.
EXPORTED = {
    "measurements": "day, metric, source",
    "measurement_history": "id",
    "journal": "day, tag, source",
    "journal_history": "id",
    "notes": "id",
    "workouts": "start_at, source",
    "guesses": "id",
    "ledger": "seq",
    "ledger_made": "seq",
    "outcomes": "day, metric, measured_by, revision",
    "preferences": "metric",
    "preference_history": "id",
    "excluded_days": "day",
    "exclusion_history": "id",
    "imports": "id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectTable:
    """The rows of one table that belong to one subject, without the subject column.

    Attributes:
        name: Name of the table.
        columns: Names of the columns, in order.
        rows: One tuple per row: text, numbers, and ``None`` where missing.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def load_tables(store: Store, subject: str) -> list[SubjectTable]:
    """Load every table of ``EXPORTED``, empty ones too."""
    return [_load(store, subject, name, order) for name, order in EXPORTED.items()]


def count_rows(store: Store) -> dict[str, int]:
    """Number of rows by table, in alphabetical order."""
    tables = store.connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " ORDER BY name"
    ).fetchall()
    return {
        name: store.connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for (name,) in tables
    }


def schema_faults(store: Store) -> list[str]:
    """Tables, indexes, views and triggers that are missing; views and triggers that are changed."""
    with contextlib.closing(sqlite3.connect(":memory:")) as memory:
        for migration in MIGRATIONS:
            memory.executescript(migration)
        expected = _schema_objects(memory)
    found = _schema_objects(store.connection)
    return [
        f"{kind} {name} is {'changed' if (kind, name) in found else 'missing'}"
        for (kind, name), sql in expected.items()
        if (kind, name) not in found or (kind in {"trigger", "view"} and found[kind, name] != sql)
    ]


def _schema_objects(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
    )
    return {(kind, name): sql for kind, name, sql in rows}


def last_written(store: Store, *, but: Iterable[date] = ()) -> tuple[str, datetime] | None:
    """The table written last, and when, aware; ``None`` in an empty database.

    Args:
        store: Open.
        but: Days to leave out, on which a wrong clock was known to be at work.
    """
    found = []
    for table, column in WRITTEN_AT.items():
        row = store.connection.execute(
            f"SELECT {column} FROM {table} WHERE {_other_than(column, but)}"  # noqa: S608
            f" ORDER BY julianday({column}) DESC LIMIT 1"
        ).fetchone()
        if row:
            found.append((table, datetime.fromisoformat(row[0])))
    return max(found, key=lambda pair: pair[1], default=None)


def days_written_after(store: Store, at: datetime) -> set[date]:
    """The days, as the clock then had them, on which something was written later than an instant.

    Args:
        store: Open.
        at: Aware.
    """
    days = set()
    for table, column in WRITTEN_AT.items():
        rows = store.connection.execute(
            f"SELECT DISTINCT substr({column}, 1, 10) FROM {table}"  # noqa: S608
            f" WHERE julianday({column}) > julianday(?)",
            (at.isoformat(),),
        )
        days |= {date.fromisoformat(day) for (day,) in rows}
    return days


def last_sealed_at(store: Store, *, but: Iterable[date] = ()) -> datetime | None:
    """When the last row of the chain was sealed, aware; as of ``last_written``."""
    row = store.connection.execute(
        f"SELECT created_at FROM ledger WHERE {_other_than('created_at', but)}"  # noqa: S608
        " ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return datetime.fromisoformat(row[0]) if row else None


def _other_than(column: str, days: Iterable[date]) -> str:
    return f"substr({column}, 1, 10) NOT IN ({', '.join(repr(str(day)) for day in days)})"


def night_offsets(store: Store, subject: str, *, n: int) -> list[timedelta]:
    """UTC offsets in which the last ``n`` nights ended, the latest first."""
    rows = store.connection.execute(
        "SELECT DISTINCT day, end_at FROM measurements"
        " WHERE subject = ? AND end_at IS NOT NULL AND metric LIKE 'hrv%'"
        " ORDER BY day DESC, end_at DESC LIMIT ?",
        (subject, n),
    ).fetchall()
    offsets = [datetime.fromisoformat(row["end_at"]).utcoffset() for row in rows]
    return [offset for offset in offsets if offset is not None]


def _load(store: Store, subject: str, name: str, order: str) -> SubjectTable:
    cursor = store.connection.execute(
        f"SELECT * FROM {name} WHERE subject = ? ORDER BY {order}",  # noqa: S608 - our own names
        (subject,),
    )
    columns = [column[0] for column in cursor.description]
    kept = [place for place, column in enumerate(columns) if column != "subject"]
    return SubjectTable(
        name=name,
        columns=tuple(columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in cursor),
    )

"""Read-only queries over the whole database: tables of a subject, counts, subjects, last write."""

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hrvctl.store.database import Store
from hrvctl.store.schema import MIGRATIONS

# When the rows of each table were written. The view of the ledger would parse every payload.
WRITTEN_AT = {
    "ledger": "SELECT created_at AS at FROM ledger_v1 UNION ALL SELECT created_at FROM entries"
    " WHERE kind IN ('forecast', 'guess') AND payload IS NOT NULL",
    "imports": "SELECT imported_at AS at FROM imports",
    "outcomes": "SELECT recorded_at AS at FROM outcomes",
    "guesses": "SELECT made_at AS at FROM guesses",
    "notes": "SELECT written_at AS at FROM notes",
    "evenings": "SELECT ended_at AS at FROM evenings",
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
    for table, written in WRITTEN_AT.items():
        row = store.connection.execute(
            f"SELECT at FROM ({written}) WHERE {_other_than('at', but)}"  # noqa: S608
            " ORDER BY julianday(at) DESC LIMIT 1"
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
    for written in WRITTEN_AT.values():
        rows = store.connection.execute(
            f"SELECT DISTINCT substr(at, 1, 10) FROM ({written})"  # noqa: S608
            " WHERE julianday(at) > julianday(?)",
            (at.isoformat(),),
        )
        days |= {date.fromisoformat(day) for (day,) in rows}
    return days


def last_sealed_at(store: Store, *, but: Iterable[date] = ()) -> datetime | None:
    """When the last row of the chain was sealed, aware; as of ``last_written``."""
    for rows in ("entries", "ledger_v1"):
        is_sealed = "kind IN ('forecast', 'guess') AND payload IS NOT NULL AND "
        row = store.connection.execute(
            f"SELECT created_at FROM {rows} WHERE {is_sealed * (rows == 'entries')}"  # noqa: S608
            f"{_other_than('created_at', but)} ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        if row:
            return datetime.fromisoformat(row[0])
    return None


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

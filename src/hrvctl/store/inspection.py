"""What can be told of a database as a whole: how much it holds, and by which clock."""

from datetime import datetime, timedelta

from hrvctl.store.database import Store

# Every column that says when something was written.
WRITTEN = {
    "ledger": "created_at",
    "imports": "imported_at",
    "outcomes": "recorded_at",
    "guesses": "made_at",
    "notes": "written_at",
    "evenings": "ended_at",
}


def count_rows(store: Store) -> dict[str, int]:
    """Rows by table, in alphabetical order."""
    tables = store.connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " ORDER BY name"
    ).fetchall()
    return {
        name: store.connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for (name,) in tables
    }


def whose_data(store: Store) -> tuple[str, ...]:
    """Every subject with measurements or sealed forecasts, in alphabetical order."""
    rows = store.connection.execute(
        "SELECT subject FROM measurements UNION SELECT subject FROM ledger ORDER BY subject"
    ).fetchall()
    return tuple(subject for (subject,) in rows)


def last_written(store: Store) -> tuple[str, datetime] | None:
    """The table written last, and when, aware; ``None`` when nothing was written yet."""
    found = []
    for table, column in WRITTEN.items():
        row = store.connection.execute(
            f"SELECT {column} FROM {table} ORDER BY julianday({column}) DESC LIMIT 1"  # noqa: S608
        ).fetchone()
        if row:
            found.append((table, datetime.fromisoformat(row[0])))
    return max(found, key=lambda pair: pair[1], default=None)


def night_offsets(store: Store, subject: str, *, n: int) -> list[timedelta]:
    """How far from UTC the clock stood where the last ``n`` nights ended, the latest first."""
    rows = store.connection.execute(
        "SELECT DISTINCT day, end_at FROM measurements"
        " WHERE subject = ? AND end_at IS NOT NULL AND metric LIKE 'hrv%'"
        " ORDER BY day DESC, end_at DESC LIMIT ?",
        (subject, n),
    ).fetchall()
    offsets = [datetime.fromisoformat(row["end_at"]).utcoffset() for row in rows]
    return [offset for offset in offsets if offset is not None]

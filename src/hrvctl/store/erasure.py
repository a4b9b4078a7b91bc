"""Delete what was selected for good: rows, the content of sealed rows, free pages and the log.

The ledger's chain is never rewritten: of its rows the content goes and the hashes stay.
"""

import contextlib
from collections.abc import Iterable, Iterator

from hrvctl.errors import HomeError
from hrvctl.store.database import Store
from hrvctl.store.selection import Selection

# Tables whose triggers refuse to delete a row, or keep what a change replaces.
GUARDED = (
    *("measurements", "measurement_history", "journal", "journal_history", "notes", "guesses"),
    *("outcomes", "ledger_made", "exclusion_history", "preference_history"),
)


def forget(store: Store, selection: Selection, leftovers: Iterable[str]) -> None:
    """Delete the rows, erase the content of the chain's, and list the files to delete.

    Call it inside a transaction. What is deleted is overwritten with zeros.

    Args:
        store: Open for writing.
        selection: What to delete.
        leftovers: Files and folders, relative to the home.
    """
    connection = store.connection
    connection.execute("PRAGMA defer_foreign_keys = ON")
    with _unguarded(store):
        for table, ids in selection.rows.items():
            connection.executemany(
                f"DELETE FROM {table} WHERE rowid = ?",  # noqa: S608 - our own names
                [(one,) for one in ids],
            )
        for table, rows in selection.restored.items():
            for row in rows:
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(row)})"  # noqa: S608 - our own names
                    f" VALUES ({', '.join('?' * len(row))})",
                    [*row.values()],
                )
    connection.executemany(
        "UPDATE entries SET salt = NULL, payload = NULL WHERE seq = ?",
        [(seq,) for seq in selection.entries],
    )
    places = [(seq,) for seq in selection.old_rows]
    connection.executemany(
        "INSERT INTO erased_rows (seq, prev_hash, hash)"
        " SELECT seq, prev_hash, hash FROM ledger_v1 WHERE seq = ?",
        places,
    )
    connection.executemany("DELETE FROM ledger_v1 WHERE seq = ?", places)
    connection.executemany(
        "INSERT OR IGNORE INTO leftovers (path) VALUES (?)", [(path,) for path in leftovers]
    )


def overwrite_deleted(store: Store) -> None:
    """Have SQLite overwrite what is deleted from now on, until the store is closed."""
    store.connection.execute("PRAGMA secure_delete = ON")


def load_leftovers(store: Store) -> list[str]:
    """Files and folders that are still to be deleted, relative to the home."""
    return [row["path"] for row in store.connection.execute("SELECT path FROM leftovers")]


def rewrite_file(store: Store) -> None:
    """Write the database anew without its free pages, and empty its log; then forget the leftovers.

    Raises:
        HomeError: Another program reads the database all the time.
    """
    store.connection.execute("VACUUM")
    _empty_log(store)
    store.connection.execute("DELETE FROM leftovers")
    _empty_log(store)


def _empty_log(store: Store) -> None:
    (is_busy, _, _) = store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise HomeError(
            "another program reads the database, so that its log cannot be emptied",
            hint="end it (perhaps hrvctl ui), then run the same command again",
        )


@contextlib.contextmanager
def _unguarded(store: Store) -> Iterator[None]:
    """Lift the triggers of append-only tables, and put them back; inside one transaction."""
    triggers = store.connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"  # noqa: S608 - question marks
        f" AND tbl_name IN ({', '.join('?' * len(GUARDED))})",
        GUARDED,
    ).fetchall()
    for trigger in triggers:
        store.connection.execute(f"DROP TRIGGER {trigger['name']}")
    yield
    for trigger in triggers:
        store.connection.execute(trigger["sql"])

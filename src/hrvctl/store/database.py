"""Opening the SQLite file: durable when writing, query-only when reading, never a foreign one."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from hrvctl.errors import HomeError
from hrvctl.store.disk import HINT, is_disk
from hrvctl.store.home import FILE_MODE, Home, create_home, make_folder
from hrvctl.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA
from hrvctl.store.temp_files import new_part

# How long a writer waits for another one's commit, seconds; commits here take milliseconds.
BUSY_TIMEOUT_S = 30.0
# Rows written by one statement. Own choice: starting a statement costs as much as writing a row,
# and 11 columns, the most of any table here, stay below the 999 values that SQLite takes at least.
ROWS_AT_ONCE = 64
# Pages a writer may hold in memory, KiB. Own choice: ten years of WHOOP are 17 MB, and what does
# not fit before the commit is written twice. SQLite takes no more of it than it needs.
CACHE_KIB = 64 * 1024

# What SQLite puts beside a database.
SIDES = ("-wal", "-shm", "-journal")


class Store:
    """An open database. Get one from ``open_store``; reads and writes are functions beside it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; the write lock is taken at the start so nothing read can go stale.

        Used inside another transaction it is part of that one.
        """
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def write_rows(
        self, statement: str, rows: Iterable[Sequence[object]], *, shared: Sequence[object] = ()
    ) -> None:
        """Write many rows, many at once.

        Args:
            statement: Its ``VALUES`` are ``{rows}``.
            rows: One value for each column after those of ``shared``.
            shared: The values all rows have, of the first columns; they are handed over once.
        """
        first = [f"?{place}" for place in range(1, len(shared) + 1)]
        waiting = iter(rows)
        while some := list(islice(waiting, ROWS_AT_ONCE)):
            row = f"({', '.join([*first, *'?' * len(some[0])])})"
            several = statement.format(rows=", ".join([row] * len(some)))
            self.connection.execute(several, [*shared, *chain.from_iterable(some)])


@contextlib.contextmanager
def open_store(home: Home, *, write: bool) -> Iterator[Store]:
    """Open the home's database and close it again.

    Args:
        home: The home; made if it does not exist and ``write`` is true.
        write: Open for writing, bringing an older schema up to date. Reading creates nothing.

    Raises:
        HomeError: Missing, not writable, damaged, not ours, or of a newer schema.
    """
    if write:
        create_home(home)
    elif not home.exists():
        raise HomeError(
            f"nothing stored yet in {home.root}",
            hint="import an export first: hrvctl import FILE (or try `hrvctl demo`)",
        )
    try:
        connection = _connect(home.database, write=write)
        try:
            _check(connection, home, write=write)
            yield Store(connection)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        hint = HINT if is_disk(error) else "hrvctl restore FILE --force, with one of hrvctl backup"
        raise HomeError(f"cannot use the database {home.database}: {error}", hint=hint) from error


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    if write and not path.exists():
        # SQLite gives its side files the same mode as the database.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    if write:
        _open_sides(path)
    uri = f"{path.as_uri()}?mode=rw"
    if not os.access(path.parent, os.W_OK):
        # A medium that cannot be written cannot change either, so no lock is needed to read it.
        uri = f"{path.as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _open_sides(path: Path) -> None:
    """Give SQLite's side files the database's permissions as they are now.

    They get those it has when they are made; made while it was closed, they would stay closed.
    """
    mode = path.stat().st_mode & 0o777
    for end in SIDES:
        side = path.with_name(path.name + end)
        with contextlib.suppress(OSError):
            if side.stat().st_mode & 0o777 != mode:
                side.chmod(mode)


def _check(connection: sqlite3.Connection, home: Home, *, write: bool) -> None:
    path = home.database
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    is_empty = tables == 0 and application == 0
    if not is_empty and application != APPLICATION_ID:
        raise HomeError(
            f"{path} is a database of another program",
            hint="move it away, or name another home with --home",
        )
    if version > SCHEMA:
        raise HomeError(
            f"{path} has schema {version}, this hrvctl knows up to {SCHEMA}",
            hint="upgrade hrvctl: pip install --upgrade hrvctl",
        )
    if write:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if version < SCHEMA:
            if not is_empty:
                _keep_before_migrating(connection, home, version)
            _migrate(connection)
        # After the tables: whoever looks on sees no file, or all of it.
        connection.execute("PRAGMA journal_mode = WAL")
    else:
        connection.execute("PRAGMA query_only = ON")
        if version < SCHEMA:
            raise HomeError(
                f"{path} has schema {version}, this hrvctl needs {SCHEMA}",
                hint="any command that writes brings it up to date, for example `hrvctl daily`",
            )


def _keep_before_migrating(connection: sqlite3.Connection, home: Home, version: int) -> None:
    """Leave a copy with the old schema for whoever has to go back to an older hrvctl."""
    make_folder(home.backups)
    target = home.backups / f"before-schema-{version + 1}.db"
    handle, part = new_part(target)
    os.close(handle)
    with contextlib.closing(sqlite3.connect(part)) as copy:
        connection.backup(copy)
    part.replace(target)


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again under the lock: another process may have been faster.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for migration in MIGRATIONS[version:]:
            for statement in _statements(migration):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    # Connection.executescript would commit between statements; a migration is all or nothing.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def copy_database(source: Home, target: Home) -> Home:
    """Copy a home's database and inbox into another, consistently even while a run goes on.

    Returns:
        The other home; empty when the first holds nothing yet.
    """
    create_home(target)
    if source.exists():
        with (
            open_store(source, write=False) as store,
            contextlib.closing(sqlite3.connect(target.database)) as copy,
        ):
            store.connection.backup(copy)
    if source.inbox.is_dir():
        shutil.copytree(source.inbox, target.inbox, dirs_exist_ok=True)
    return target

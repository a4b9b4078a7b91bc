"""Open the SQLite database: durable when writing, query-only when reading, migrated if older."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from hrvctl.errors import HomeError, OldSchema
from hrvctl.files import check_file
from hrvctl.store.copies import free_path, save_copy
from hrvctl.store.damage import damaged_home
from hrvctl.store.disk import HINT, is_disk_error
from hrvctl.store.heads import note_head
from hrvctl.store.home import FILE_MODE, Home, check_not_lost, create_home, make_folder
from hrvctl.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA

# How long a writer waits for another's commit, seconds; commits here take milliseconds.
BUSY_TIMEOUT_S = 30.0
# Rows written by one statement. Own choice: starting a statement costs as much as writing a row,
# and 11 columns, the most of any table here, stay below SQLite's lowest limit of 999 values.
ROWS_AT_ONCE = 64
# Page cache of a writer, KiB. Own choice: ten years of WHOOP are 17 MB, and pages that do not fit
# before the commit are written twice. SQLite allocates only what it needs.
CACHE_KIB = 64 * 1024

# Suffixes of the files SQLite creates next to a database.
SIDES = ("-wal", "-shm", "-journal")


class Store:
    """An open database, from ``open_store``; the other modules read and write through it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a transaction; the write lock is taken at the start so that no read can go stale.

        Inside another transaction it joins that one.
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
        """Write many rows, ``ROWS_AT_ONCE`` per statement.

        Args:
            statement: SQL with ``{rows}`` in place of its ``VALUES``.
            rows: One value for each column after those of ``shared``.
            shared: Values of the first columns, the same in every row; bound once.
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
        home: The home; created if it does not exist and ``write`` is true.
        write: Open for writing, and migrate an older schema. Reading creates nothing.

    Raises:
        HomeError: Missing, not writable, damaged, of another program, or of a newer schema.
    """
    if write:
        create_home(home)
    elif not home.exists():
        check_not_lost(home)
        raise HomeError(
            f"nothing stored yet in {home.root}",
            hint="import an export first: hrvctl import FILE (or try `hrvctl demo`)",
        )
    _check_file(home.database)
    try:
        connection = _connect(home.database, write=write)
        try:
            _check(connection, home, write=write)
            if write:
                note_head(home, connection)
            yield Store(connection)
            if write:
                note_head(home, connection)
        finally:
            connection.close()
    except Exception as error:
        # Whatever a damaged value leads to is not a bug.
        if fault := damaged_home(home, error):
            raise fault from error
        if not isinstance(error, sqlite3.DatabaseError) or isinstance(
            error, sqlite3.IntegrityError | sqlite3.ProgrammingError
        ):
            raise
        hint = HINT if is_disk_error(error) else "restore a backup: hrvctl restore FILE --force"
        raise HomeError(f"cannot use the database {home.database}: {error}", hint=hint) from error


def _check_file(path: Path) -> None:
    """Check that nothing but a file is where the database belongs.

    Raises:
        HomeError: A folder, a FIFO, a device, or a link that leads nowhere is.
    """
    try:
        if os.path.lexists(path):
            check_file(path)
    except OSError as error:
        raise HomeError(
            f"cannot use the database {path}: {error.strerror or error}",
            hint="move it away, then restore a backup: hrvctl restore FILE",
        ) from error


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    if write and not path.exists():
        # SQLite creates its side files with the mode of the database.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    if write:
        _open_sides(path)
    uri = f"{path.as_uri()}?mode=rw"
    if not os.access(path.parent, os.W_OK):
        # A read-only medium cannot change, so no lock is needed to read it.
        uri = f"{path.as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _open_sides(path: Path) -> None:
    """Set the permissions of SQLite's side files to those of the database.

    They keep the mode the database had when they were created, even if it was unreadable then.
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
            f"{path} has schema {version}, this version of hrvctl reads up to {SCHEMA}",
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
        # After the tables: another process sees an empty file or the whole schema.
        connection.execute("PRAGMA journal_mode = WAL")
    else:
        connection.execute("PRAGMA query_only = ON")
        if version < SCHEMA:
            raise OldSchema(
                f"{path} has schema {version}, this hrvctl needs {SCHEMA}",
                hint="any command that writes updates it, for example `hrvctl daily`",
            )


def _keep_before_migrating(connection: sqlite3.Connection, home: Home, version: int) -> None:
    """Keep a copy with the old schema, for a return to an older hrvctl."""
    make_folder(home.backups)
    save_copy(connection, free_path(home.backups / f"before-schema-{version + 1}.db"))


def _migrate(connection: sqlite3.Connection) -> None:
    # A row that was changed past the checks is kept as it is: `ledger verify` names it.
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again under the lock: another process may have migrated meanwhile.
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
    connection.execute("PRAGMA ignore_check_constraints = OFF")


def _statements(script: str) -> Iterator[str]:
    # Connection.executescript would commit first; a migration is one transaction.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def copy_database(source: Home, target: Home) -> Home:
    """Copy a home's database and inbox into another, consistently even while a run goes on.

    Returns:
        The other home; empty when the first has no data yet.
    """
    check_not_lost(source)
    create_home(target)
    if source.exists():
        with (
            open_store(source, write=False) as store,
            contextlib.closing(sqlite3.connect(target.database)) as copy,
        ):
            copy_rows(store.connection, copy, target.root)
    if source.inbox.is_dir():
        shutil.copytree(source.inbox, target.inbox, dirs_exist_ok=True)
    return target


def copy_rows(source: sqlite3.Connection, copy: sqlite3.Connection, root: Path) -> None:
    """Copy one state of a database into another, empty one.

    Args:
        source: The database.
        copy: The other one.
        root: Its folder, for the message.

    Raises:
        HomeError: The copy cannot be written.
    """
    try:
        source.backup(copy)
    except sqlite3.Error as error:
        if not is_disk_error(error):
            raise
        raise HomeError(
            f"cannot copy the database to {root}: {error}",
            hint="free some space there, or name another folder with TMPDIR",
        ) from error

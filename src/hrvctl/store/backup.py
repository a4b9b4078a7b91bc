"""Copy the database to a single file, check such a copy, and restore it."""

import contextlib
import os
import sqlite3
from datetime import datetime
from pathlib import Path

from hrvctl.errors import DataError, HomeError
from hrvctl.store.database import open_store
from hrvctl.store.home import FILE_MODE, Home, create_home, make_folder
from hrvctl.store.schema import APPLICATION_ID, SCHEMA
from hrvctl.store.temp_files import create_temp_file


def backup_path(home: Home, at: datetime) -> Path:
    """The default path of a backup."""
    return home.backups / f"hrvctl-{at:%Y%m%dT%H%M%S}.db"


def save_backup(home: Home, target: Path) -> None:
    """Copy the database to a new file, atomically and consistently even during a run.

    Uses SQLite's online backup, which copies one state of the database.

    Args:
        home: A home with a database.
        target: A file that does not exist yet; it will be private.

    Raises:
        HomeError: There is no database, or it cannot be read.
        DataError: The file exists already, or cannot be written.
    """
    if target.exists():
        raise DataError(f"{target} already exists", hint="name a new file")
    part = None
    try:
        handle, part = create_temp_file(target)
        os.close(handle)
        with (
            open_store(home, write=False) as store,
            contextlib.closing(sqlite3.connect(part)) as copy,
        ):
            store.connection.backup(copy)
            # Without a write-ahead log the copy is one file.
            copy.execute("PRAGMA journal_mode = DELETE")
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise DataError(
            f"cannot write {target}: {error}", hint="name a file in a folder you may write to"
        ) from error
    finally:
        if part:
            part.unlink(missing_ok=True)


def check_backup(backup: Path) -> None:
    """Check that a file is an undamaged database of hrvctl.

    Raises:
        DataError: It is not, or it was written by a newer hrvctl.
    """
    try:
        uri = f"{backup.resolve(strict=True).as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            (application,) = database.execute("PRAGMA application_id").fetchone()
            (schema,) = database.execute("PRAGMA user_version").fetchone()
            (finding,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except FileNotFoundError as error:
        raise DataError(f"{backup}: no such file", hint="check the path") from error
    except (OSError, sqlite3.Error) as error:
        raise DataError(f"{backup} is not a backup: {error}", hint="choose another file") from error
    if application != APPLICATION_ID:
        raise DataError(f"{backup} is not a backup of hrvctl", hint="choose another file")
    if schema > SCHEMA:
        raise DataError(
            f"{backup} has schema {schema}, this hrvctl knows up to {SCHEMA}",
            hint="upgrade hrvctl: pip install --upgrade hrvctl",
        )
    if finding != "ok":
        raise DataError(f"{backup} is damaged: {finding}", hint="choose another backup")


def restore_backup(home: Home, backup: Path, *, at: datetime) -> Path | None:
    """Replace the database by a backup; the old one is kept in ``home.backups``.

    An undamaged database is overwritten in one SQLite transaction, so that a crash leaves either
    the old or the new one. A damaged one is moved away first.

    Args:
        home: The home to restore into; hold its lock.
        backup: A file that passed ``check_backup``.
        at: Time used in the name of the kept file.

    Returns:
        Path of the kept database; ``None`` when there was none.

    Raises:
        HomeError: The home cannot be written.
    """
    create_home(home)
    try:
        kept = _keep_old(home, at) if home.exists() else None
        if not home.exists():
            os.close(os.open(home.database, os.O_CREAT | os.O_RDWR, FILE_MODE))
        uri = f"{backup.resolve().as_uri()}?mode=ro"
        with (
            contextlib.closing(sqlite3.connect(uri, uri=True)) as source,
            contextlib.closing(sqlite3.connect(home.database)) as target,
        ):
            source.backup(target)
    except (OSError, sqlite3.Error, DataError) as error:
        raise HomeError(f"cannot restore into {home.root}: {error}") from error
    return kept


def _keep_old(home: Home, at: datetime) -> Path:
    kept = backup_path(home, at)
    make_folder(kept.parent)
    try:
        check_backup(home.database)
        save_backup(home, kept)
    except (DataError, HomeError):
        for end in ("-wal", "-shm"):
            side_file = home.database.with_name(home.database.name + end)
            if side_file.exists():
                side_file.replace(kept.with_name(kept.name + end))
        home.database.replace(kept)
    return kept


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

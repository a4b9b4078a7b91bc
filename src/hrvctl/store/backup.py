"""A copy of the database that stands by itself, and putting one back."""

import contextlib
import os
import sqlite3
from datetime import datetime
from pathlib import Path

from hrvctl.errors import DataError, HomeError
from hrvctl.store.database import open_store
from hrvctl.store.home import FILE_MODE, Home, create_home, make_folder
from hrvctl.store.schema import APPLICATION_ID, SCHEMA
from hrvctl.store.temp_files import new_part


def backup_path(home: Home, at: datetime) -> Path:
    """Where a backup goes unless the person names a file."""
    return home.backups / f"hrvctl-{at:%Y%m%dT%H%M%S}.db"


def save_backup(home: Home, target: Path) -> None:
    """Copy the database, consistently even while a run goes on, whole or not at all.

    SQLite's own online backup reads one moment of the database, whoever writes meanwhile.

    Args:
        home: A home with a database.
        target: A file that does not exist yet, readable by its owner alone afterwards.

    Raises:
        HomeError: There is no database, or it cannot be read.
        DataError: The copy cannot be written there, or something stands there.
    """
    if target.exists():
        raise DataError(f"{target} exists", hint="name a new file")
    part = None
    try:
        handle, part = new_part(target)
        os.close(handle)
        with (
            open_store(home, write=False) as store,
            contextlib.closing(sqlite3.connect(part)) as copy,
        ):
            store.connection.backup(copy)
            # One file that needs no other beside it.
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
    """Make sure that a file is a sound database of ours.

    Raises:
        DataError: It is not, or it was made by a newer hrvctl.
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
        raise DataError(f"{backup} is no backup: {error}", hint="choose another") from error
    if application != APPLICATION_ID:
        raise DataError(f"{backup} is no backup of hrvctl", hint="choose another")
    if schema > SCHEMA:
        raise DataError(
            f"{backup} has schema {schema}, this hrvctl knows up to {SCHEMA}",
            hint="upgrade hrvctl: pip install --upgrade hrvctl",
        )
    if finding != "ok":
        raise DataError(f"{backup} is damaged: {finding}", hint="choose another")


def restore_backup(home: Home, backup: Path, *, at: datetime) -> Path | None:
    """Put a backup in the database's place; what stood there is kept in ``home.backups``.

    A sound database is written over in one transaction of SQLite's own: whatever happens on the
    way, either of the two stands there whole. A damaged one is moved aside first.

    Args:
        home: Where to; call it under the home's lock.
        backup: A file that ``check_backup`` found sound.
        at: Names what stood there before.

    Returns:
        Where what was there is now; ``None`` when there was nothing.

    Raises:
        HomeError: The home cannot be written.
    """
    create_home(home)
    try:
        aside = _keep_old(home, at) if home.exists() else None
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
    return aside


def _keep_old(home: Home, at: datetime) -> Path:
    aside = backup_path(home, at)
    make_folder(aside.parent)
    try:
        check_backup(home.database)
        save_backup(home, aside)
    except (DataError, HomeError):
        for side in ("-wal", "-shm"):
            beside = home.database.with_name(home.database.name + side)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + side))
        home.database.replace(aside)
    return aside


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

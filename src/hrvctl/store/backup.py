"""Copy the database to a single file, check such a copy, and restore it."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from hrvctl.errors import DataError, HomeError
from hrvctl.files import check_file
from hrvctl.store.copies import free_path, save_copy, staged_copy, sync
from hrvctl.store.damage import damage_in
from hrvctl.store.database import SIDES, Store, copy_rows, open_store
from hrvctl.store.disk import write_hint
from hrvctl.store.home import Home, create_home, make_folder
from hrvctl.store.schema import APPLICATION_ID, SCHEMA
from hrvctl.store.temp_files import scratch_folder


def backup_path(home: Home, at: datetime, kind: str = "hrvctl") -> Path:
    """A free path for a copy of the database, named by its kind and time."""
    return free_path(home.backups / f"{kind}-{at:%Y%m%dT%H%M%S}.db")


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
    try:
        with open_store(home, write=False) as store:
            save_copy(store.connection, target)
    except FileExistsError as error:
        raise DataError(f"{target} already exists", hint="name a new file") from error
    except OSError as error:
        raise DataError(
            f"cannot write {target}: {error}", hint="name a file in a folder you may write to"
        ) from error


def check_backup(backup: Path) -> None:
    """Check that a file is an undamaged database of hrvctl.

    Raises:
        DataError: It is not, or it was written by a newer hrvctl.
    """
    try:
        check_file(backup)
        uri = f"{backup.resolve(strict=True).as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            (application,) = database.execute("PRAGMA application_id").fetchone()
            (schema,) = database.execute("PRAGMA user_version").fetchone()
            (finding,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except FileNotFoundError as error:
        raise DataError(f"{backup}: no such file", hint="check the path") from error
    except (OSError, RuntimeError, UnicodeError, sqlite3.Error) as error:  # RuntimeError: a loop
        why = damage_in(error) or getattr(error, "strerror", None) or error
        raise DataError(f"{backup} is not a backup: {why}", hint="choose another file") from error
    if application != APPLICATION_ID:
        raise DataError(f"{backup} is not a backup of hrvctl", hint="choose another file")
    if schema > SCHEMA:
        raise DataError(
            f"{backup} has schema {schema}, this version of hrvctl reads up to {SCHEMA}",
            hint="upgrade hrvctl: pip install --upgrade hrvctl",
        )
    if finding != "ok":
        raise DataError(f"{backup} is damaged: {finding}", hint="choose another backup")


@contextlib.contextmanager
def open_backup(backup: Path) -> Iterator[Store]:
    """Open a copy of a backup, migrated to the present schema; the copy is deleted afterwards.

    Raises:
        DataError: It is not a backup, or it was written by a newer hrvctl.
        HomeError: The copy cannot be made.
    """
    check_backup(backup)
    with scratch_folder("backup") as scratch:
        copy = Home(scratch / "home")
        create_home(copy)
        uri = f"{backup.resolve().as_uri()}?mode=ro"
        with (
            contextlib.closing(sqlite3.connect(uri, uri=True)) as source,
            contextlib.closing(sqlite3.connect(copy.database)) as target,
        ):
            copy_rows(source, target, copy.root)
        with open_store(copy, write=True) as store:
            yield store


def restore_backup(home: Home, backup: Path, *, at: datetime) -> Path | None:
    """Replace the database by a backup; the old one is kept in ``home.backups``.

    A sound database is copied, then overwritten in one SQLite transaction. A damaged one is moved
    away, and back again when the backup cannot take its place. Whatever fails, and at whatever
    instant the process ends, the home has the whole old database or the whole new one.

    Args:
        home: The home to restore into; hold its lock.
        backup: A file that passed ``check_backup``.
        at: Time used in the name of the kept file.

    Returns:
        Path of the kept database; ``None`` when there was none.

    Raises:
        HomeError: The home cannot be written; the message has the path of a database kept aside.
    """
    create_home(home, is_restore=True)
    kept: Path | None = None
    try:
        uri = f"{backup.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as source:
            if home.exists() and _is_sound(home.database):
                make_folder(home.backups)
                kept = backup_path(home, at)
                _save_old(home, kept)
                _overwrite(home, source)
            else:
                kept = backup_path(home, at, "damaged") if home.exists() else None
                with staged_copy(source, home.database) as part:
                    _exchange(home, part, backup_path(home, at, "damaged"))
    except (OSError, sqlite3.Error) as error:
        raise HomeError(
            f"cannot restore into {home.root}: {error}; the database there is as it was",
            hint=f"the same database is in {kept}"
            if kept and kept.exists()
            else write_hint(home.backups / home.database.name),
        ) from error
    try:
        sync(home.root)
    except OSError as error:
        raise HomeError(
            f"the backup is in place in {home.root}, but perhaps not yet on the disk: {error}",
            hint="check the disk, then run hrvctl doctor",
        ) from error
    return kept


def _is_sound(database: Path) -> bool:
    """Whether SQLite's own check finds no damage.

    Raises:
        OSError: The database could not be read, which says nothing about damage.
        sqlite3.Error: The same.
    """
    try:
        # For writing: what a killed process left is then rolled back first.
        uri = f"{database.as_uri()}?mode=rw"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            (finding,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except (sqlite3.DatabaseError, UnicodeError) as error:
        if not damage_in(error):
            raise
        return False
    return bool(finding == "ok")


def _save_old(home: Home, kept: Path) -> None:
    # Not by open_store: a database of another schema is kept as well.
    uri = f"{home.database.as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as old:
        save_copy(old, kept)


def _overwrite(home: Home, source: sqlite3.Connection) -> None:
    uri = f"{home.database.as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as target:
        target.execute("PRAGMA synchronous = FULL")
        source.backup(target)


def _exchange(home: Home, part: Path, aside: Path) -> None:
    """Put a complete file in place of a damaged or missing database, which is kept as ``aside``.

    SQLite would apply a log left by the old database to the new one, so it is moved away too.
    """
    moved: list[tuple[Path, Path]] = []
    try:
        for end in SIDES:
            side = home.database.with_name(home.database.name + end)
            if side.exists():
                make_folder(home.backups)
                there = free_path(aside.with_name(aside.name + end))
                side.rename(there)
                moved.append((there, side))
        if home.exists():
            make_folder(home.backups)
            _link_or_copy(home.database, aside)
            sync(home.backups)
        part.replace(home.database)
    except OSError:
        for there, side in reversed(moved):
            there.rename(side)
        raise


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with source.open("rb") as old, target.open("xb") as copy:
            shutil.copyfileobj(old, copy)
            copy.flush()
            os.fsync(copy.fileno())

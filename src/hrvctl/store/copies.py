"""Copy an open database to a new file, and give files names that replace none."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from hrvctl.store.temp_files import create_temp_file


def free_path(path: Path) -> Path:
    """The path itself, or the first of ``NAME-2``, ``NAME-3``... that does not exist."""
    names = (path if n == 1 else path.with_stem(f"{path.stem}-{n}") for n in count(1))
    return next(name for name in names if not os.path.lexists(name))


def publish(part: Path, target: Path) -> None:
    """Give a complete, synced file its name; on failure neither name is lost.

    Raises:
        FileExistsError: The name is taken; nothing is ever replaced.
        OSError: The folder cannot be written.
    """
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            part.replace(target)
        except OSError:
            target.unlink(missing_ok=True)
            raise
    sync(target.parent)


@contextlib.contextmanager
def staged_copy(source: sqlite3.Connection, target: Path) -> Iterator[Path]:
    """Copy a database to a temporary file beside ``target``; deleted on exit unless renamed.

    The copy is one state of the database, synced, one file without a write-ahead log.

    Raises:
        OSError: The file cannot be written.
        sqlite3.Error: The database cannot be read, or the copy cannot be written.
    """
    handle, part = create_temp_file(target)
    os.close(handle)
    try:
        with contextlib.closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        sync(part)
        yield part
    finally:
        for end in ("", "-journal"):
            with contextlib.suppress(OSError):  # the next run deletes what is left
                part.with_name(part.name + end).unlink(missing_ok=True)


def save_copy(source: sqlite3.Connection, target: Path) -> None:
    """Copy a database to a new file, which appears complete or not at all.

    Raises:
        FileExistsError: The file exists.
        OSError: It cannot be written.
        sqlite3.Error: The database cannot be read, or the copy cannot be written.
    """
    with staged_copy(source, target) as part:
        publish(part, target)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

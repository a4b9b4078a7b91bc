"""Detect full and read-only disks, and raise HomeError for them."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from hrvctl.errors import HomeError, exception_chain

# Free bytes a run must find (own choice: ten times the 0.5 MB that one writes, measured).
RUN_BYTES = 5 * 2**20

# The disk or quota is full; writing is not allowed or fails (POSIX, errno.h).
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO})
# A file, a folder or a looped link where another kind belongs.
IN_THE_WAY = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP})
# The same as SQLite result codes (sqlite.org/rescode.html), the low byte of an extended code.
SQLITE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
HINT = "is the disk full, or the folder not writable? data stored before is unchanged"


def write_hint(path: Path) -> str:
    """What to do where a file cannot be written: move away what is in its place or its folder's."""
    parents = (place for place in path.parents if os.path.lexists(place) and not place.is_dir())
    wrong = path if path.is_dir() else next(parents, None)
    return f"move {wrong} away" if wrong else HINT


def check_free_space(root: Path) -> None:
    """Check that the disk has room for a run.

    Raises:
        HomeError: Too little free space; the message has the free and the needed amount.
    """
    free = shutil.disk_usage(root).free
    if free < RUN_BYTES:
        raise HomeError(
            f"the disk is full: {free / 2**20:.1f} MB free for {root},"
            f" a run needs {RUN_BYTES / 2**20:.0f} MB",
            hint="free some space; `hrvctl prune` deletes old runs",
        )


def disk_error(root: Path, error: BaseException) -> HomeError | None:
    """Turn an error of the disk, or of what lies in the home, into a HomeError; else ``None``.

    Args:
        root: The home; a permission error of a file elsewhere does not count.
        error: The error; the errors it was raised from are examined too.
    """
    for one in exception_chain(error):
        if isinstance(one, OSError) and one.errno in IN_THE_WAY and _is_within(root, one):
            return HomeError(
                f"cannot use {one.filename}: {one.strerror}", hint=f"move {one.filename} away"
            )
        if isinstance(one, OSError) and _is_os_disk_error(root, one):
            what = f" {one.filename}" if one.filename else ""
            return HomeError(f"cannot write{what}: {one.strerror}", hint=HINT)
        if isinstance(one, sqlite3.Error) and is_disk_error(one):
            return HomeError(f"cannot write in {root}: {one}", hint=HINT)
    return None


def is_disk_error(error: sqlite3.Error) -> bool:
    """Whether an SQLite error was caused by the disk."""
    # Errors raised by the Python module itself have no code.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE


def _is_os_disk_error(root: Path, error: OSError) -> bool:
    if error.errno in FULL:
        return True
    return error.errno in REFUSED and _is_within(root, error)


def _is_within(root: Path, error: OSError) -> bool:
    name = error.filename
    return isinstance(name, str | os.PathLike) and Path(name).is_relative_to(root)

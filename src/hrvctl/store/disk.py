"""A disk that is full, or that may not be written: said as such, whoever tripped over it."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from hrvctl.errors import HomeError, exception_chain

# What a run needs at most, bytes (own choice: ten times the 0.5 MB one writes, measured).
RUN_BYTES = 5 * 2**20

# A disk or its owner's quota is full, it may not be written, or it fails (POSIX, errno.h).
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO})
# The same in SQLite's words (sqlite.org/rescode.html), the low byte of an extended code.
SQLITE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
HINT = "is the disk full, or the folder not writable? what was stored before is as it was"


def check_room(root: Path) -> None:
    """Make sure that a run does not fill the disk halfway.

    Raises:
        HomeError: There is too little room; says how much there is and is needed.
    """
    free = shutil.disk_usage(root).free
    if free < RUN_BYTES:
        raise HomeError(
            f"the disk is full: {free / 2**20:.1f} MB free for {root},"
            f" a run needs {RUN_BYTES / 2**20:.0f} MB",
            hint="make room; `hrvctl prune` takes old runs away",
        )


def unwritable(root: Path, error: BaseException) -> HomeError | None:
    """What an error means when a disk that cannot be written is behind it, else ``None``.

    Args:
        root: The home; a file elsewhere that may not be touched is another matter.
        error: As it was raised; those it was raised from are looked at too.
    """
    for one in exception_chain(error):
        if isinstance(one, OSError) and _is_disk(root, one):
            what = f" {one.filename}" if one.filename else ""
            return HomeError(f"cannot write{what}: {one.strerror}", hint=HINT)
        if isinstance(one, sqlite3.Error) and is_disk(one):
            return HomeError(f"cannot write in {root}: {one}", hint=HINT)
    return None


def is_disk(error: sqlite3.Error) -> bool:
    """Whether SQLite could not work for want of a disk that works."""
    # Errors of the module's own have no code.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE


def _is_disk(root: Path, error: OSError) -> bool:
    if error.errno in FULL:
        return True
    is_within = isinstance(error.filename, str | os.PathLike) and Path(
        error.filename
    ).is_relative_to(root)
    return error.errno in REFUSED and is_within

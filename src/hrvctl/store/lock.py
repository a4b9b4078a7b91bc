"""The lock that lets one process at a time write to a home."""

import contextlib
import errno
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hrvctl.errors import HomeError, Locked
from hrvctl.files import open_file, read_file
from hrvctl.store.home import FILE_MODE, Home
from hrvctl.store.temp_files import create_temp_file, has_ended

if sys.platform != "win32":
    import fcntl

# The errors of a file system without file locks (flock(2); NFS without its lock service).
NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK})
# Larger than the number of any process (proc(5): 2^22 on Linux; Windows' have 32 bits).
MAX_PID = 2**32
# Longest that a short write waits for a run to end, seconds (own choice: a daily run takes two or
# three, measured).
PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds the lock, or that died holding it.

    Attributes:
        pid: Process id.
        host: Name of the machine it runs on.
        since: When it took the lock, ISO 8601.
    """

    pid: int
    host: str
    since: str

    @property
    def described(self) -> str:
        """Process, machine and time in words."""
        return f"process {self.pid} on {self.host} since {self.since}"

    def is_dead(self) -> bool:
        """Whether it is known to have ended; of another machine nothing is known."""
        return self.host == platform.node() and has_ended(self.pid)


def read_holder(home: Home) -> Holder | None:
    """Read who holds the lock, or died holding it; ``None`` when it is free."""
    try:
        holder = json.loads(read_file(home.lock_holder))
        since = datetime.fromisoformat(holder["since"])
        if since.tzinfo is None or not 0 < int(holder["pid"]) < MAX_PID:
            return None  # damaged
        return Holder(int(holder["pid"]), str(holder["host"]), holder["since"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


@contextlib.contextmanager
def run_lock(home: Home, *, now: datetime, wait_s: float = 0.0) -> Iterator[None]:
    """Lock the home for one writer; the lock of a process that died is free at once.

    Args:
        home: A home that exists.
        now: Shown to a process that waits for the lock.
        wait_s: Longest wait for another writer, seconds.

    Raises:
        Locked: Another process holds the lock; says which, on which machine and since when.
        HomeError: The lock file cannot be created or locked.
    """
    try:
        with file_lock(home.root / "lock", wait_s=wait_s):
            try:
                _write_holder(home, now)
                yield
            finally:
                with contextlib.suppress(OSError):  # a folder of that name, for example
                    home.lock_holder.unlink(missing_ok=True)
    except Taken as error:
        raise Locked(
            f"another run is at work in {home.root}{_holder(home)}",
            hint="wait for it to end, then run this again",
        ) from error


class Taken(Exception):
    """Another process has locked the file."""


@contextlib.contextmanager
def file_lock(path: Path, *, wait_s: float = -1.0) -> Iterator[None]:
    """Lock a file, which is created and stays; the system frees it when its process ends.

    Args:
        path: The file.
        wait_s: Longest wait for another process, seconds; below zero without a limit.

    Raises:
        Taken: Another process has it.
        HomeError: It cannot be created or locked.
    """
    import filelock

    lock = filelock.FileLock(path, timeout=wait_s, mode=FILE_MODE)
    try:
        _check_lockable(path)
        lock.acquire()
    except filelock.Timeout as error:
        raise Taken from error
    except OSError as error:
        is_missing = error.errno in NO_LOCKS
        raise HomeError(
            f"cannot lock {path}: {error.strerror or error}",
            hint="its file system locks no files: choose a home on a local disk with --home"
            if is_missing
            else f"make {path.parent} writable, and move {path} away if it is not a file",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _check_lockable(path: Path) -> None:
    """Check that a file can be locked, without locking it.

    Where the file system has no locks, ``filelock`` takes the mere existence of the file for one:
    whatever left it would hold the home for good.

    Raises:
        OSError: It cannot; see ``NO_LOCKS``.
    """
    if sys.platform == "win32":
        return
    with open_file(path, append=True) as file:
        fcntl.flock(file, fcntl.LOCK_UN)  # of a handle of its own: nobody's lock is freed


def _write_holder(home: Home, now: datetime) -> None:
    # In a file of its own, since taking the lock empties the lock file. A failure here does not
    # stop the run: the lock itself is held.
    holder = {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": now.isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):
        handle, part = create_temp_file(home.lock_holder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(holder, file)
        part.replace(home.lock_holder)


def _holder(home: Home) -> str:
    holder = read_holder(home)
    return f": {holder.described}" if holder else ""  # it has just started or just ended

"""The lock that lets one process at a time write to a home."""

import contextlib
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hrvctl.errors import HomeError, Locked
from hrvctl.store.home import FILE_MODE, Home
from hrvctl.store.temp_files import create_temp_file, has_ended

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
        holder = json.loads(home.lock_holder.read_text(encoding="utf-8"))
        return Holder(int(holder["pid"]), str(holder["host"]), str(holder["since"]))
    except (OSError, ValueError, KeyError, TypeError):
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
        HomeError: The lock file cannot be created.
    """
    import filelock

    lock = filelock.FileLock(home.root / "lock", timeout=wait_s, mode=FILE_MODE)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise Locked(
            f"another run is at work in {home.root}{_holder(home)}",
            hint="wait for it to end, then run this again",
        ) from error
    except OSError as error:
        raise HomeError(f"cannot lock the home {home.root}: {error.strerror or error}") from error
    try:
        _write_holder(home, now)
        yield
    finally:
        home.lock_holder.unlink(missing_ok=True)
        lock.release()


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

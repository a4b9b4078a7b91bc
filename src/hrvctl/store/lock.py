"""One writer at a time in a home, and who it is."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hrvctl.errors import HomeError, Locked
from hrvctl.store.home import FILE_MODE, Home
from hrvctl.store.temp_files import is_gone, new_part

# What a short write waits for a run to end, seconds; a daily run takes two or three (measured).
PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who took the lock last and has not given it back.

    Attributes:
        pid: The process.
        host: The machine it is on.
        since: When, ISO 8601.
    """

    pid: int
    host: str
    since: str

    @property
    def said(self) -> str:
        """In words."""
        return f"process {self.pid} on {self.host} since {self.since}"

    def is_dead(self) -> bool:
        """Whether it is known to be gone; of another machine nothing is known."""
        return self.host == socket.gethostname() and is_gone(self.pid)


def read_holder(home: Home) -> Holder | None:
    """Who is at work in the home, or died there; ``None`` when nobody."""
    try:
        holder = json.loads(home.lock_holder.read_text(encoding="utf-8"))
        return Holder(int(holder["pid"]), str(holder["host"]), str(holder["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def run_lock(home: Home, *, now: datetime, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the home for one writer; a lock whose holder died is free again at once.

    Args:
        home: A home that exists.
        now: Told to whoever is kept waiting.
        wait_s: How long to wait for another writer to end, seconds.

    Raises:
        Locked: Another run is at work; names its process, its machine and since when.
        HomeError: The lock cannot be made.
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
        _sign(home, now)
        yield
    finally:
        home.lock_holder.unlink(missing_ok=True)
        lock.release()


def _sign(home: Home, now: datetime) -> None:
    # In a file of its own: taking the lock empties the lock file. Not knowing the holder is no
    # reason not to run.
    signature = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": now.isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):
        handle, part = new_part(home.lock_holder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(signature, file)
        part.replace(home.lock_holder)


def _holder(home: Home) -> str:
    holder = read_holder(home)
    return f": {holder.said}" if holder else ""  # it has just begun, or just ended

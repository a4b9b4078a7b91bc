"""Work for engines: in a module of its own, which the worker processes import."""

import os
import signal
from pathlib import Path


def double(n: int) -> int:
    """Some work."""
    return 2 * n


def fail_at_three(n: int) -> int:
    """Work that has a fault."""
    if n == 3:
        raise ValueError("three")
    return n


def die_at_three(n: int) -> int:
    """Work that ends its process."""
    if n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def die_once(path: str) -> str:
    """Work whose process is killed the first time."""
    file = Path(path)
    if not file.exists():
        file.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path


def tell_process(_: int) -> int:
    """The process that does the work."""
    return os.getpid()

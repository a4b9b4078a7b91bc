"""Detect too little memory, before a run and in its errors."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from hrvctl.errors import HrvctlError

if sys.platform != "win32":
    import resource

# Address space that a run or a backtest needs, bytes (measured: it ends at 550 MB; a little below
# that the linear algebra waits for memory for ever; own choice: a margin above).
RUN_BYTES = 600 * 2**20
# Memory of a container that a run needs, bytes (measured: it ends in 240 MB; one of 200 MB ends the
# process without a word).
CONTAINER_BYTES = 240 * 2**20
# What the dynamic linker says when it cannot map a library (glibc).
LINKER_WORDS = ("cannot allocate memory", "failed to map segment")
# The groups of a process, and the folders of those of the system (cgroups(7)).
GROUPS, GROUP_ROOT = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def check_address_space() -> None:
    """Check that the limit of this process leaves room for a run or a backtest.

    Raises:
        HrvctlError: It does not.
    """
    if sys.platform == "win32":
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit not in (resource.RLIM_INFINITY, -1) and limit < RUN_BYTES:
        raise HrvctlError(
            f"there is not enough memory: this command needs {_mb(RUN_BYTES)}, and the limit of"
            f" this process is {_mb(limit)}",
            hint="raise the limit: ulimit -v unlimited",
        )


def check_memory(groups: Path = GROUPS, root: Path = GROUP_ROOT) -> None:
    """Check that the limits of this process and of its container leave room for a run.

    Args:
        groups: The file that lists the control groups of the process.
        root: The folder of the system's groups.

    Raises:
        HrvctlError: They do not.
    """
    check_address_space()
    limit = min(_group_limits(groups, root), default=CONTAINER_BYTES)
    if limit < CONTAINER_BYTES:
        raise HrvctlError(
            f"there is not enough memory: a run needs {_mb(CONTAINER_BYTES)}, and the limit of"
            f" this container is {_mb(limit)}",
            hint="raise the memory limit of the container or service",
        )


def _group_limits(groups: Path, root: Path) -> Iterator[int]:
    """The memory limits of a process's control groups, bytes; of version 1 and 2 (cgroups(7))."""
    with contextlib.suppress(OSError, ValueError):
        for line in groups.read_text(encoding="utf-8").splitlines():
            _, controllers, name = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            base, file = (root / "memory", "memory.limit_in_bytes")
            if not controllers:
                base, file = root, "memory.max"
            # In a container the name may be one of the host, where only the root is seen.
            own = base / name.lstrip("/")
            for folder in (own, *own.parents):
                with contextlib.suppress(OSError, ValueError):  # "max" is no limit
                    yield int((folder / file).read_text(encoding="ascii"))
                if folder == base:
                    break


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory could not be allocated."""
    if isinstance(error, ImportError):
        return any(words in str(error).lower() for words in LINKER_WORDS)
    return isinstance(error, MemoryError)


def _mb(n_bytes: int) -> str:
    return f"{n_bytes // 2**20} MB"

"""Detect too little memory, before a run and in its errors."""

import sys

from hrvctl.errors import HrvctlError

if sys.platform != "win32":
    import resource

# Address space that a run needs, bytes (measured: it ends at 550 MB; a little below that the
# linear algebra waits for memory for ever; own choice: a margin above).
RUN_BYTES = 600 * 2**20
# What the dynamic linker says when it cannot map a library (glibc).
LINKER_WORDS = ("cannot allocate memory", "failed to map segment")


def check_memory() -> None:
    """Check that the limit of this process leaves room for a run.

    Raises:
        HrvctlError: It does not.
    """
    if sys.platform == "win32":
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit not in (resource.RLIM_INFINITY, -1) and limit < RUN_BYTES:
        raise HrvctlError(
            f"there is not enough memory: a run needs {RUN_BYTES // 2**20} MB, and the limit of"
            f" this process is {limit // 2**20} MB",
            hint="raise the limit: ulimit -v unlimited",
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory could not be allocated."""
    if isinstance(error, ImportError):
        return any(words in str(error).lower() for words in LINKER_WORDS)
    return isinstance(error, MemoryError)

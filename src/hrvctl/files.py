"""Open files by path without waiting: a FIFO or a device is refused, never read."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

# No wait for the other end of a FIFO; Windows has neither.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def open_file(path: Path, *, append: bool = False) -> BinaryIO:
    """Open a regular file, to read or to append; appending creates it, private.

    Raises:
        OSError: It cannot be opened, or is a folder, a FIFO, a device or a socket.
    """
    how = os.O_WRONLY | os.O_APPEND | os.O_CREAT if append else os.O_RDONLY
    try:
        handle = os.open(path, how | _NO_WAIT | _BINARY, 0o600)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EISDIR):  # nobody reads the FIFO; a socket; a folder
            raise _not_a_file(path) from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _not_a_file(path)
    return os.fdopen(handle, "ab" if append else "rb")


def read_file(path: Path) -> bytes:
    """Read a regular file; errors as for ``open_file``."""
    with open_file(path) as file:
        return file.read()


def check_file(path: Path) -> None:
    """Check that a path leads to a regular file, for a library that opens it itself.

    Raises:
        OSError: It does not, or nothing is there.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise _not_a_file(path)


def _not_a_file(path: Path) -> OSError:
    return OSError(errno.EINVAL, "it is not a regular file", str(path))

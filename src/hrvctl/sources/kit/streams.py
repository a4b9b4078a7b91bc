"""Streams that tell a fault in our words, and how far they have been read."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import IO

from hrvctl.errors import DataError
from hrvctl.sources.kit.protocol import Document

# Everything that files, zipfile and its decompressors raise on what cannot be read.
FAULTS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
)  # fmt: skip
# Bytes a buffered stream asks for at once.
BUFFER_BYTES = 256 * 1024

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
# Told after every piece read: the document's name, the bytes read so far, the bytes in all.
OnBytes = Callable[[str, int, int], None]


@contextmanager
def guarded(
    opener: Callable[[], IO[bytes]], fault: Callable[[Exception], DataError]
) -> Iterator[IO[bytes]]:
    """Open a stream whose faults, in opening and in reading, are told in our words.

    Args:
        opener: Opens it.
        fault: Makes our error of what was raised.

    Raises:
        DataError: It cannot be opened; every ``read`` may raise it too.
    """
    try:
        inner = opener()
    except FAULTS as error:
        raise fault(error) from error

    def told(read: Callable[[], int]) -> int:
        try:
            return read()
        except FAULTS as error:
            raise fault(error) from error

    with inner, io.BufferedReader(_Watched(inner, told), BUFFER_BYTES) as stream:
        yield stream


def counted(document: Document, on_bytes: OnBytes) -> Document:
    """The same document, whose stream tells how far it has been read."""

    @contextmanager
    def opener() -> Iterator[IO[bytes]]:
        n_read = 0

        def count(read: Callable[[], int]) -> int:
            nonlocal n_read
            n = read()
            n_read += n
            on_bytes(document.name, n_read, document.n_bytes)
            return n

        with document.stream() as inner:
            yield io.BufferedReader(_Watched(inner, count), BUFFER_BYTES)

    return replace(document, opener=opener)


class _Watched(io.RawIOBase):
    """A stream every read of which goes through a watcher."""

    def __init__(self, inner: IO[bytes], watch: Callable[[Callable[[], int]], int]) -> None:
        self._inner = inner
        self._watch = watch

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        def read() -> int:
            data = self._inner.read(len(buffer))
            buffer[: len(data)] = data
            return len(data)

        return self._watch(read)

    def seekable(self) -> bool:
        return self._inner.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # Not watched: zipfile tries places that are not there, and wants their OSError.
        return self._inner.seek(offset, whence)

"""How many bytes of an export are read at most, and the errors for what is larger."""

import zipfile
from dataclasses import dataclass

from hrvctl.errors import DataError

# Bytes of one file read whole, uncompressed. Ten years of nights are under 2 MB; 512 MiB leaves
# room for a vendor's whole history in one file and still fits in memory.
MEMBER_BYTES = 512 * 1024**2
# Bytes read of one zip in all, uncompressed: a few of the largest files. A file of which only the
# head is read, to recognise it, is not counted: a Takeout is mostly minutes and photos.
TOTAL_BYTES = 2 * 1024**3
# Bytes of everything in one zip, or of one file, that is read as a stream. Own choice: ten times
# the largest Apple Health export known, an hour's reading, and no harm to memory.
STREAM_BYTES = 64 * 1024**3
# Uncompressed bytes for each compressed one. Exports shrink 5 to 50 times; deflate can do 1,032
# times (zlib's documented limit), which only a bomb comes near.
MEMBER_RATIO = 200
# Bytes under which the ratio does not matter: a small file of equal characters does no harm.
RATIO_FREE_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Limits:
    """How many uncompressed bytes are read; anything larger is refused.

    Attributes:
        member: Of one file read whole.
        total: Of all files in one zip that are read whole, and of all zips in it.
        stream: Of one file, or of all in one zip, that are larger than ``member`` or read as a
            stream.
    """

    member: int = MEMBER_BYTES
    total: int = TOTAL_BYTES
    stream: int = STREAM_BYTES


class Budget:
    """How many more uncompressed bytes may be read of one zip and all the zips in it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._total, self._stream = limits.total, limits.stream

    def admit(self, name: str, info: zipfile.ZipInfo) -> None:
        """Check a member's size; one that can be loaded counts only when it is.

        Raises:
            DataError: It shrank as only a bomb does, or the zip holds too much to stream.
        """
        size, packed = info.file_size, max(info.compress_size, 1)
        if size > RATIO_FREE_BYTES and size / packed > MEMBER_RATIO:
            raise too_large(name, f"it unpacks to {size // packed} times its size, like a bomb")
        if size > self.limits.member:
            self._stream -= size
        if self._stream < 0:
            raise too_large(name, f"the zip unpacks to more than {self.limits.stream:,} bytes")

    def spend_stream(self, name: str, n_bytes: int) -> None:
        """Count a file that is read as a stream now.

        Raises:
            DataError: It is larger than the rest of the budget; a smaller one may still be read.
        """
        if n_bytes > self._stream:
            most = self.limits.stream
            raise too_large(name, f"with it more than {most:,} bytes of the zip would be read")
        self._stream -= n_bytes

    def spend(self, name: str, n_bytes: int) -> None:
        """Count a file that is read whole now.

        Raises:
            DataError: It is larger than the rest of the budget; a smaller one may still be read.
        """
        if n_bytes > self._total:
            most = self.limits.total
            raise too_large(name, f"with it more than {most:,} bytes of the zip would be read")
        self._total -= n_bytes


def over_limit(name: str, n_bytes: int, most: int) -> DataError:
    """Build the error for a file of more than ``most`` bytes."""
    return too_large(name, f"{n_bytes:,} bytes, at most {most:,} are read")


def too_large(name: str, why: str) -> DataError:
    """Build the error for a file that is not read because of its size."""
    return DataError(
        f"{name}: too large: {why}",
        hint="Unpack it yourself and give only the files with your nights.",
    )

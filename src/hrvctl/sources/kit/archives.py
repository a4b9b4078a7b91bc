"""Zips a person hands us: their members, once it is certain that all of them may be looked at."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO

from hrvctl.errors import DataError
from hrvctl.sources.kit.streams import FAULTS, Opener, guarded

# Bytes of one file read whole, uncompressed. Ten years of nights are under 2 MB; 512 MiB leaves
# room for a vendor's whole history in one file and still fits in memory.
MEMBER_BYTES = 512 * 1024**2
# Bytes read of one zip in all, uncompressed: a few of the largest files. What is only looked at, to
# see whether somebody knows it, is not counted: a Takeout is mostly minutes and photos.
TOTAL_BYTES = 2 * 1024**3
# Bytes of everything in one zip, or of one file, that is read as a stream. Own choice: ten times
# the largest Apple Health export heard of, an hour's reading, and no harm to memory.
STREAM_BYTES = 64 * 1024**3
# Uncompressed bytes for each compressed one. Exports shrink 5 to 50 times; deflate can do 1,032
# times (zlib's documented limit), which only a bomb comes near.
MEMBER_RATIO = 200
# Bytes under which the ratio does not matter: no harm comes of a small file of equal characters.
RATIO_FREE_BYTES = 1024**2
# Files in one zip; the largest export known has some 32,000.
MEMBERS = 100_000

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# Office files are zips too; this member gives them away, and they are not to be unpacked.
OFFICE_MEMBER = "[Content_Types].xml"
# Bits of a member's general purpose flag (PKWARE APPNOTE 4.4.4).
ENCRYPTED, UTF8_NAME = 0x1, 0x800
# What macOS and Windows leave in folders and zips, in small letters.
LEFT_BEHIND = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
# What a zip writes where it knows no date (PKWARE APPNOTE 4.4.6 counts from it).
NO_DATE = date(1980, 1, 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read, uncompressed bytes; what is larger is refused.

    Attributes:
        member: Of one file read whole.
        total: Of all files in one zip that are read, and of all zips in it.
        stream: Of one file, or of all in one zip, that are larger than ``member``.
    """

    member: int = MEMBER_BYTES
    total: int = TOTAL_BYTES
    stream: int = STREAM_BYTES


class Budget:
    """How many more uncompressed bytes one zip, with all the zips in it, may give."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._total, self._stream = limits.total, limits.stream

    def admit(self, name: str, info: zipfile.ZipInfo) -> None:
        """Let a member be looked at; one that can be loaded costs nothing until it is.

        Raises:
            DataError: It shrank as only a bomb does, or the zip holds too much to stream with it.
        """
        size, packed = info.file_size, max(info.compress_size, 1)
        if size > RATIO_FREE_BYTES and size / packed > MEMBER_RATIO:
            raise too_large(name, f"it unpacks to {size // packed} times its size, like a bomb")
        if size > self.limits.member:
            self._stream -= size
        if self._stream < 0:
            raise too_large(name, f"the zip unpacks to more than {self.limits.stream:,} bytes")

    def spend(self, name: str, n_bytes: int) -> None:
        """Take in what is read now.

        Raises:
            DataError: With it, too much of the zip would have been read; less may still be.
        """
        if n_bytes > self._total:
            most = self.limits.total
            raise too_large(name, f"with it more than {most:,} bytes of the zip would be read")
        self._total -= n_bytes


@contextmanager
def open_archive(name: str, opener: Opener) -> Iterator[zipfile.ZipFile]:
    """Open a zip.

    Raises:
        DataError: It is damaged.
    """
    with opener() as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except FAULTS as error:
            raise damaged(name, str(error)) from error
        with archive:
            yield archive


def is_office(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is a spreadsheet or the like, a document to a person."""
    return any(info.filename == OFFICE_MEMBER for info in archive.infolist())


def members(name: str, archive: zipfile.ZipFile, budget: Budget) -> list[zipfile.ZipInfo]:
    """The members to look at, sorted, once it is certain that all of them may be.

    Raises:
        DataError: There is none, or one is encrypted, or they are too many or too large.
    """
    infos = archive.infolist()
    if len(infos) > MEMBERS:
        raise too_large(name, f"{len(infos):,} files, at most {MEMBERS:,} are read")
    wanted = [m for m in infos if not m.is_dir() and is_wanted(m.filename)]
    if not wanted:
        raise DataError(f"{name}: the zip holds no files", hint="Export or download it again.")
    for info in wanted:
        inner = f"{name}/{shown_name(info)}"
        if info.flag_bits & ENCRYPTED:
            raise DataError(
                f"{inner}: the zip is encrypted", hint="Unpack it with its password first."
            )
        budget.admit(inner, info)
    return sorted(wanted, key=lambda info: info.filename)


def read_member(
    name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, n_bytes: int = -1
) -> bytes:
    """Read a member's first bytes, or all of them.

    Raises:
        DataError: It is damaged.
    """
    with guarded(lambda: archive.open(info), lambda e: damaged(name, str(e))) as stream:
        return stream.read(n_bytes)


def member_opener(name: str, opener: Opener, info: zipfile.ZipInfo) -> Opener:
    """How a member is opened once its zip has been closed again."""

    @contextmanager
    def open_again() -> Iterator[IO[bytes]]:
        with (
            open_archive(name, opener) as archive,
            guarded(lambda: archive.open(info), lambda e: damaged(name, str(e))) as stream,
        ):
            yield stream

    return open_again


def shown_name(info: zipfile.ZipInfo) -> str:
    """A member's name as a person knows it, also where the zip does not say that it is UTF-8."""
    if info.flag_bits & UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def member_date(info: zipfile.ZipInfo) -> date | None:
    """The day a member was last written, where its zip says so."""
    try:
        day = date(*info.date_time[:3])
    except ValueError:
        return None
    return None if day == NO_DATE else day


def is_wanted(name: str) -> bool:
    """Whether a relative name is safe and no system's own (``.x``, ``._x``, ``Thumbs.db``)."""
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return False
    parts = re.split(r"[\\/]", name)
    return not any(part.startswith(".") or part.casefold() in LEFT_BEHIND for part in parts)


def damaged(name: str, why: str) -> DataError:
    """Say that a zip cannot be unpacked."""
    return DataError(
        f"{name}: the zip is damaged or was not downloaded to its end ({why})",
        hint="Download it again, or unpack it yourself and give the files.",
    )


def too_large(name: str, why: str) -> DataError:
    """Say that a file is not read for its size."""
    return DataError(
        f"{name}: too large: {why}",
        hint="Unpack it yourself and give only the files with your nights.",
    )

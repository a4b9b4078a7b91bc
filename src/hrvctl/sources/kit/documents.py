"""Open files, folders and zips (up to three deep): every file in them becomes a ``Document``."""

import io
import lzma
import os
import re
import struct
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import IO

from hrvctl.errors import DataError
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.size_limits import Budget, Limits, over_limit, too_large

# Bytes; enough to recognise any format by, and what Document.head promises at most.
HEAD_BYTES = 64 * 1024
# Zips within zips: a vendor's zip in the person's own zip makes 2.
DEPTH = 3
# Files in one zip; the largest export known has some 32,000.
MEMBERS = 100_000
# Bytes a buffered stream asks for at once.
BUFFER_BYTES = 256 * 1024

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# Office files are zips too; this member gives them away, and they are not unpacked.
OFFICE_MEMBER = "[Content_Types].xml"
# Bits of a member's general purpose flag (PKWARE APPNOTE 4.4.4).
ENCRYPTED, UTF8_NAME = 0x1, 0x800
# What macOS and Windows leave in folders and zips, in lower case.
SYSTEM_FILES = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
# The settings of a device in a backup of Gadgetbridge, which hold the key it is paired with.
PAIRING_KEYS = re.compile(r"(?:^|[\\/])preferences[\\/]device_[^\\/]*\.json$", re.IGNORECASE)
# The date a zip gives a member whose date is unknown (PKWARE APPNOTE 4.4.6 counts from it).
NO_DATE = date(1980, 1, 1)
# Every exception that files, zipfile and its decompressors raise on unreadable content.
READ_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
)  # fmt: skip

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
# Called after every piece read: the document's name, the bytes read so far, the bytes in all.
OnBytes = Callable[[str, int, int], None]
OnError = Callable[[DataError], None]


@dataclass(frozen=True, slots=True)
class _StoredFile:
    """A file on disk or in a zip: its name, how to open it, its size in bytes, and its date."""

    name: str
    opener: Opener
    n_bytes: int
    modified_on: date | None


def list_files(path: Path) -> list[Path]:
    """List the files of a path: the file itself, or all in the folder and its subfolders, sorted.

    Hidden files and the system files of macOS and Windows are left out.

    Raises:
        DataError: The path is missing, unreadable, neither file nor folder, or an empty folder.
    """
    try:
        if path.is_dir():
            if files := list(_walk(path)):
                return files
            raise DataError(f"{path}: the folder holds no files", hint="Give the export itself.")
        if path.is_file():
            return [path]
        exists = path.exists()
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), error) from error
    if exists:
        raise DataError(f"{path}: neither a file nor a folder")
    raise DataError(f"{path}: no such file", hint="Check the path.")


def open_documents(
    path: Path, *, limits: Limits | None = None, on_error: OnError | None = None
) -> Iterator[Document]:
    """Open every file of a path, also those inside zips.

    A file too large to be read whole is one too: its ``load`` raises, its ``stream`` does not.

    Args:
        path: A file, a folder (searched recursively, in sorted order), or a zip.
        limits: How much is read at most; ``Limits()`` when not given.
        on_error: Called with the error of a file in a folder, or of a zip in a zip, which is then
            passed over; without it the error is raised.

    Yields:
        Documents named relative to the path's own name.

    Raises:
        DataError: A path is unreadable, a file empty, a zip damaged, encrypted, too large or deep.
    """
    limits = limits or Limits()
    for path_of_file in list_files(path):
        name = path_of_file.name
        if path != path_of_file:
            name = f"{path.resolve().name}/{path_of_file.relative_to(path).as_posix()}"
        try:
            file = _file_on_disk(name, path_of_file)
            if file.n_bytes == 0 and path == path_of_file:
                raise empty_file(name)
            if file.n_bytes > limits.stream:
                raise over_limit(name, file.n_bytes, limits.stream)
            yield from _open(file, Budget(limits), depth=0, on_error=on_error)
        except DataError as error:
            if on_error is None or path == path_of_file:
                raise
            on_error(error)


def count_bytes(document: Document, on_bytes: OnBytes) -> Document:
    """Return the same document with a stream that reports how far it has been read."""

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
            yield io.BufferedReader(_WatchedStream(inner, count), BUFFER_BYTES)

    return replace(document, opener=opener)


def empty_file(name: str) -> DataError:
    """Build the error for a file without content."""
    return DataError(f"{name}: the file is empty", hint="Export or download it again.")


def _walk(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    walk = os.walk(folder, onerror=fail)
    for file in sorted(Path(parent, name) for parent, _, names in walk for name in names):
        if file.is_file() and _is_wanted(file.relative_to(folder).as_posix()):
            yield file


def _is_wanted(name: str) -> bool:
    """Whether a relative name is safe, and neither hidden, a system file nor a secret."""
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or PAIRING_KEYS.search(name):
        return False
    parts = re.split(r"[\\/]", name)
    return not any(part.startswith(".") or part.casefold() in SYSTEM_FILES for part in parts)


def _file_on_disk(name: str, path: Path) -> _StoredFile:
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(name, error) from error
    try:
        # The day as the machine's own file listing shows it.
        modified_on = date.fromtimestamp(stat.st_mtime)  # noqa: DTZ012
    except (OverflowError, OSError, ValueError):
        modified_on = None

    def opener() -> AbstractContextManager[IO[bytes]]:
        return _guarded(lambda: path.open("rb"), lambda error: _unreadable(name, error))

    return _StoredFile(name, opener, stat.st_size, modified_on)


def _open(
    file: _StoredFile, budget: Budget, depth: int, on_error: OnError | None
) -> Iterator[Document]:
    with file.opener() as stream:
        head = stream.read(HEAD_BYTES)
    if not head.startswith(ZIP_MAGIC):
        if head and file.name.casefold().endswith(".zip"):
            raise _damaged(file.name, "it is not a zip file")
        yield _document(file, head, budget)
        return
    if depth == DEPTH:
        raise DataError(
            f"{file.name}: a zip more than {DEPTH} zips deep", hint="Unpack the outer zips first."
        )
    shared = _SharedZip(file)
    with _open_zip(file) as archive:
        if any(info.filename == OFFICE_MEMBER for info in archive.infolist()):
            yield _document(file, head, budget)
            return
        for info in _members(file.name, archive, budget):
            try:
                yield from _open_member(
                    file.name, archive, shared, info, budget, depth + 1, on_error
                )
            except DataError as error:
                if on_error is None:
                    raise
                on_error(error)


class _SharedZip:
    """A zip whose members are read after it was listed: opened once for all of them.

    Its directory takes a third of a second to read where it lists 30,000 files. The zip is closed
    with the last document that refers to it.
    """

    def __init__(self, file: _StoredFile) -> None:
        self._file = file
        self._stack = ExitStack()
        self._archive: zipfile.ZipFile | None = None
        weakref.finalize(self, self._stack.close)

    def archive(self) -> zipfile.ZipFile:
        """Return the open zip."""
        if self._archive is None:
            self._archive = self._stack.enter_context(_open_zip(self._file))
        return self._archive


@contextmanager
def _open_zip(file: _StoredFile) -> Iterator[zipfile.ZipFile]:
    with file.opener() as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except READ_ERRORS as error:
            raise _damaged(file.name, str(error)) from error
        with archive:
            yield archive


def _members(name: str, archive: zipfile.ZipFile, budget: Budget) -> list[zipfile.ZipInfo]:
    """List the wanted members, sorted, after checking that all of them may be read.

    Raises:
        DataError: There is none, or one is encrypted, or they are too many or too large.
    """
    infos = archive.infolist()
    if len(infos) > MEMBERS:
        raise too_large(name, f"{len(infos):,} files, at most {MEMBERS:,} are read")
    # A damaged zip may have a member without a name, of which `is_dir` raises an IndexError.
    wanted = [m for m in infos if m.filename and not m.is_dir() and _is_wanted(m.filename)]
    if not wanted:
        raise DataError(f"{name}: the zip holds no files", hint="Export or download it again.")
    for info in wanted:
        member = f"{name}/{_shown_name(info)}"
        if info.flag_bits & ENCRYPTED:
            raise DataError(
                f"{member}: the zip is encrypted", hint="Unpack it with its password first."
            )
        budget.admit(member, info)
    return sorted(wanted, key=lambda info: info.filename)


def _open_member(
    outer: str,
    archive: zipfile.ZipFile,
    shared: _SharedZip,
    info: zipfile.ZipInfo,
    budget: Budget,
    depth: int,
    on_error: OnError | None,
) -> Iterator[Document]:
    name = f"{outer}/{_shown_name(info)}"

    def open_in(opened: zipfile.ZipFile) -> AbstractContextManager[IO[bytes]]:
        return _guarded(lambda: opened.open(info), lambda error: _damaged(name, str(error)))

    def reopen() -> AbstractContextManager[IO[bytes]]:
        return open_in(shared.archive())

    file = _StoredFile(name, reopen, info.file_size, _member_date(info))
    with open_in(archive) as stream:
        head = stream.read(HEAD_BYTES)
    if not head.startswith(ZIP_MAGIC) and not (head and name.casefold().endswith(".zip")):
        yield _document(file, head, budget)
        return
    if file.n_bytes > budget.limits.member:
        raise over_limit(name, file.n_bytes, budget.limits.member)
    budget.spend(name, file.n_bytes)
    with open_in(archive) as stream:
        content = stream.read()
    unpacked = _StoredFile(name, lambda: io.BytesIO(content), len(content), file.modified_on)
    yield from _open(unpacked, budget, depth, on_error)


def _shown_name(info: zipfile.ZipInfo) -> str:
    """The member's name decoded as UTF-8, also where the zip does not declare that it is."""
    if info.flag_bits & UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _member_date(info: zipfile.ZipInfo) -> date | None:
    try:
        day = date(*info.date_time[:3])
    except ValueError:
        return None
    return None if day == NO_DATE else day


def _document(file: _StoredFile, head: bytes, budget: Budget) -> Document:
    most = budget.limits.member

    @cache  # a file read twice counts once
    def spend() -> None:
        budget.spend(file.name, file.n_bytes)

    @cache
    def spend_stream() -> None:
        if file.n_bytes <= most:  # a larger one was counted when it was admitted
            budget.spend_stream(file.name, file.n_bytes)

    def opener() -> AbstractContextManager[IO[bytes]]:
        spend_stream()
        return file.opener()

    def load() -> bytes:
        if file.n_bytes > most:
            raise over_limit(file.name, file.n_bytes, most)
        spend()
        with file.opener() as stream:
            return stream.read(most)

    return Document(file.name, head, load, opener, file.modified_on, file.n_bytes)


@contextmanager
def _guarded(
    opener: Callable[[], IO[bytes]], to_error: Callable[[Exception], DataError]
) -> Iterator[IO[bytes]]:
    """Open a stream, turning what opening and every ``read`` may raise into a ``DataError``."""

    def guard(read: Callable[[], int]) -> int:
        try:
            return read()
        except READ_ERRORS as error:
            raise to_error(error) from error

    try:
        inner = opener()
    except READ_ERRORS as error:
        raise to_error(error) from error
    with inner, io.BufferedReader(_WatchedStream(inner, guard), BUFFER_BYTES) as stream:
        yield stream


class _WatchedStream(io.RawIOBase):
    """A stream that passes each of its reads to a watcher."""

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
        # Not watched: zipfile tries offsets that do not exist, and expects their OSError.
        return self._inner.seek(offset, whence)


def _unreadable(name: str, error: Exception) -> DataError:
    reason = getattr(error, "strerror", None) or str(error)
    return DataError(f"{name}: cannot be read: {reason}", hint="Check the file's permissions.")


def _damaged(name: str, why: str) -> DataError:
    return DataError(
        f"{name}: the zip is damaged or was not downloaded completely ({why})",
        hint="Download it again, or unpack it yourself and give the files.",
    )

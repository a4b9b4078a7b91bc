"""Opening what a person hands us: a file, a folder, a zip, zips in zips; each file a document."""

import io
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from hrvctl.errors import DataError
from hrvctl.sources.protocol import Document

# Bytes; enough to recognise any format by, and what Document.head promises at most.
HEAD_BYTES = 64 * 1024
# Bytes of one file, uncompressed. Ten years of nights are under 2 MB; 512 MiB leaves room for
# a vendor's whole history in one file and still fits in memory.
MEMBER_BYTES = 512 * 1024**2
# Bytes of everything in one zip, uncompressed: a few of the largest files.
TOTAL_BYTES = 2 * 1024**3
# Uncompressed bytes for each compressed one. Exports shrink 5 to 50 times; deflate can do 1,032
# times (zlib's documented limit), which only a bomb comes near.
MEMBER_RATIO = 200
# Bytes under which the ratio does not matter: no harm comes of a small file of equal characters.
RATIO_FREE_BYTES = 1024**2
# Files in one zip; the largest export known has some 32,000.
MEMBERS = 100_000
# Zips within zips: a vendor's zip in the person's own zip makes 2.
DEPTH = 3

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# Office files are zips too; this member gives them away, and they are not to be unpacked.
OFFICE_MEMBER = "[Content_Types].xml"
ENCRYPTED = 0x1  # bit 0 of a member's general purpose flag (PKWARE APPNOTE 4.4.4)
# Everything that zipfile and its decompressors raise on damaged bytes.
ZIP_FAULTS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
)  # fmt: skip

Opener = Callable[[], IO[bytes]]


def list_files(path: Path) -> list[Path]:
    """List the files a path stands for: itself, or all in the folder and below, sorted.

    Hidden files and what macOS leaves behind are left out.

    Raises:
        DataError: The path is missing, unreadable, no file or folder, or an empty folder.
    """
    try:
        if path.is_dir():
            files = list(_walk(path))
            if not files:
                raise DataError(
                    f"{path}: the folder holds no files", hint="Give the export itself."
                )
            return files
        if path.is_file():
            return [path]
        is_there = path.exists()
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), error) from error
    if is_there:
        raise DataError(f"{path}: neither a file nor a folder")
    raise DataError(f"{path}: no such file", hint="Check the path.")


def open_documents(path: Path) -> Iterator[Document]:
    """Open every file a path stands for, looking into zips.

    Args:
        path: A file, a folder (looked through recursively, in sorted order), or a zip.

    Yields:
        Documents named as the person knows them, relative to the path's own name.

    Raises:
        DataError: The path is missing or unreadable, the file is empty, or a zip is damaged,
            encrypted, too large or nested too deeply. To let one bad file of a folder not sink
            the others, open each of ``list_files`` on its own.
    """
    for file in list_files(path):
        name = file.name
        if path != file:
            name = f"{path.resolve().name}/{file.relative_to(path).as_posix()}"
        try:
            size = file.stat().st_size
        except OSError as error:
            raise _unreadable(name, error) from error
        if size == 0 and path == file:
            raise empty(name)
        if size > MEMBER_BYTES and not zipfile.is_zipfile(file):
            raise _too_large(name, f"{size:,} bytes, at most {MEMBER_BYTES:,} are read")
        yield from _open(name, _disk_opener(name, file), _Budget(), depth=0)


def empty(name: str) -> DataError:
    """Say that a file holds nothing."""
    return DataError(f"{name}: the file is empty", hint="Export or download it again.")


class _Budget:
    """How many more uncompressed bytes one zip, with all the zips in it, may give."""

    def __init__(self) -> None:
        self.left = TOTAL_BYTES

    def spend(self, name: str, info: zipfile.ZipInfo) -> None:
        size, packed = info.file_size, max(info.compress_size, 1)
        if size > MEMBER_BYTES:
            raise _too_large(name, f"{size:,} bytes, at most {MEMBER_BYTES:,} are read")
        if size > RATIO_FREE_BYTES and size / packed > MEMBER_RATIO:
            raise _too_large(name, f"it unpacks to {size // packed} times its size, like a bomb")
        self.left -= size
        if self.left < 0:
            raise _too_large(name, f"the zip unpacks to more than {TOTAL_BYTES:,} bytes")


def _walk(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    found = []
    for parent, _, names in os.walk(folder, onerror=fail):
        found += [Path(parent, name) for name in names]
    for file in sorted(found):
        if file.is_file() and _is_wanted(file.relative_to(folder).as_posix()):
            yield file


def _open(name: str, opener: Opener, budget: _Budget, depth: int) -> Iterator[Document]:
    try:
        with opener() as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise _unreadable(name, error) from error
    if not head.startswith(ZIP_MAGIC):
        if head and name.casefold().endswith(".zip"):
            raise _damaged(name, "it is not a zip file")
        yield Document(name, head, lambda: _load(name, opener))
        return
    if depth == DEPTH:
        raise DataError(
            f"{name}: a zip more than {DEPTH} zips deep", hint="Unpack the outer zips first."
        )
    with _archive(name, opener) as archive:
        members = archive.infolist()
        if any(info.filename == OFFICE_MEMBER for info in members):
            yield Document(name, head, lambda: _load(name, opener))
            return
        for info in _wanted(name, members, budget):
            inner = f"{name}/{info.filename}"
            yield from _open_member(inner, opener, archive, info, budget, depth + 1)


def _disk_opener(name: str, file: Path) -> Opener:
    def open_file() -> IO[bytes]:
        try:
            return file.open("rb")
        except OSError as error:
            raise _unreadable(name, error) from error

    return open_file


def _wanted(name: str, members: list[zipfile.ZipInfo], budget: _Budget) -> list[zipfile.ZipInfo]:
    """The members to look at, sorted, once it is certain that all of them may be."""
    if len(members) > MEMBERS:
        raise _too_large(name, f"{len(members):,} files, at most {MEMBERS:,} are read")
    wanted = [m for m in members if not m.is_dir() and _is_wanted(m.filename)]
    if not wanted:
        raise DataError(f"{name}: the zip holds no files", hint="Export or download it again.")
    for info in wanted:
        inner = f"{name}/{info.filename}"
        if info.flag_bits & ENCRYPTED:
            raise DataError(
                f"{inner}: the zip is encrypted", hint="Unpack it with its password first."
            )
        budget.spend(inner, info)
    return sorted(wanted, key=lambda info: info.filename)


def _open_member(
    name: str,
    opener: Opener,
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    budget: _Budget,
    depth: int,
) -> Iterator[Document]:
    head = _read_member(name, archive, info, HEAD_BYTES)
    if head.startswith(ZIP_MAGIC) or (head and name.casefold().endswith(".zip")):
        inner = _read_member(name, archive, info)
        yield from _open(name, lambda: io.BytesIO(inner), budget, depth)
        return

    def load() -> bytes:
        with _archive(name, opener) as again:
            return _read_member(name, again, info)

    yield Document(name, head, load)


@contextmanager
def _archive(name: str, opener: Opener) -> Iterator[zipfile.ZipFile]:
    with opener() as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except ZIP_FAULTS as error:
            raise _damaged(name, str(error)) from error
        with archive:
            yield archive


def _read_member(
    name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, n_bytes: int = MEMBER_BYTES
) -> bytes:
    try:
        with archive.open(info) as stream:
            return stream.read(n_bytes)
    except ZIP_FAULTS as error:
        raise _damaged(name, str(error)) from error


def _load(name: str, opener: Opener) -> bytes:
    try:
        with opener() as stream:
            return stream.read(MEMBER_BYTES)
    except OSError as error:
        raise _unreadable(name, error) from error


def _is_wanted(name: str) -> bool:
    """Whether a relative name is safe and not hidden (``.x``, ``._x``, ``.DS_Store``, ``..``)."""
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return False
    parts = re.split(r"[\\/]", name)
    return not any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _unreadable(name: str, error: Exception) -> DataError:
    reason = getattr(error, "strerror", None) or str(error)
    return DataError(f"{name}: cannot be read: {reason}", hint="Check the file's permissions.")


def _damaged(name: str, why: str) -> DataError:
    return DataError(
        f"{name}: the zip is damaged or was not downloaded to its end ({why})",
        hint="Download it again, or unpack it yourself and give the files.",
    )


def _too_large(name: str, why: str) -> DataError:
    return DataError(
        f"{name}: too large: {why}",
        hint="Unpack it yourself and give only the files with your nights.",
    )

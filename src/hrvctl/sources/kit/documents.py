"""Opening what a person hands us: a file, a folder, a zip, zips in zips; each file a document."""

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import IO

from hrvctl.errors import DataError
from hrvctl.sources.kit import archives
from hrvctl.sources.kit.archives import (
    MEMBER_BYTES,
    RATIO_FREE_BYTES,
    ZIP_MAGIC,
    Budget,
    Limits,
    too_large,
)
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.streams import Opener, guarded

__all__ = [
    "DEPTH",
    "HEAD_BYTES",
    "MEMBER_BYTES",
    "RATIO_FREE_BYTES",
    "ZIP_MAGIC",
    "Limits",
    "empty",
    "list_files",
    "open_documents",
]

# Bytes; enough to recognise any format by, and what Document.head promises at most.
HEAD_BYTES = 64 * 1024
# Zips within zips: a vendor's zip in the person's own zip makes 2.
DEPTH = 3


@dataclass(frozen=True, slots=True)
class _File:
    """A file wherever it lies: its name, how it is opened, its size in bytes, and its date."""

    name: str
    opener: Opener
    n_bytes: int
    modified_on: date | None


def list_files(path: Path) -> list[Path]:
    """List the files a path stands for: itself, or all in the folder and below, sorted.

    Hidden files and what macOS and Windows leave behind are left out.

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


def open_documents(path: Path, *, limits: Limits | None = None) -> Iterator[Document]:
    """Open every file a path stands for, looking into zips.

    A file too large to be read whole is a document all the same; its ``load`` refuses, and its
    ``stream`` is for sources that read as they go.

    Args:
        path: A file, a folder (looked through recursively, in sorted order), or a zip.
        limits: How much is read at most; what the defaults say when not given.

    Yields:
        Documents named as the person knows them, relative to the path's own name.

    Raises:
        DataError: The path is missing or unreadable, the file is empty, or a zip is damaged,
            encrypted, too large or nested too deeply. To let one bad file of a folder not sink
            the others, open each of ``list_files`` on its own.
    """
    limits = limits or Limits()
    for path_of_file in list_files(path):
        name = path_of_file.name
        if path != path_of_file:
            name = f"{path.resolve().name}/{path_of_file.relative_to(path).as_posix()}"
        file = _on_disk(name, path_of_file)
        if file.n_bytes == 0 and path == path_of_file:
            raise empty(name)
        if file.n_bytes > limits.stream:
            raise _over(name, file.n_bytes, limits.stream)
        yield from _open(file, Budget(limits), depth=0)


def empty(name: str) -> DataError:
    """Say that a file holds nothing."""
    return DataError(f"{name}: the file is empty", hint="Export or download it again.")


def _walk(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    found = []
    for parent, _, names in os.walk(folder, onerror=fail):
        found += [Path(parent, name) for name in names]
    for file in sorted(found):
        if file.is_file() and archives.is_wanted(file.relative_to(folder).as_posix()):
            yield file


def _on_disk(name: str, path: Path) -> _File:
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(name, error) from error
    return _File(
        name,
        lambda: guarded(lambda: path.open("rb"), lambda error: _unreadable(name, error)),
        stat.st_size,
        _day_of(stat.st_mtime),
    )


def _day_of(mtime: float) -> date | None:
    try:
        # The day as the machine's own file listing shows it.
        return date.fromtimestamp(mtime)  # noqa: DTZ012
    except (OverflowError, OSError, ValueError):
        return None


def _open(file: _File, budget: Budget, depth: int) -> Iterator[Document]:
    with file.opener() as stream:
        head = stream.read(HEAD_BYTES)
    if not head.startswith(ZIP_MAGIC):
        if head and file.name.casefold().endswith(".zip"):
            raise archives.damaged(file.name, "it is not a zip file")
        yield _document(file, head, budget)
        return
    if depth == DEPTH:
        raise DataError(
            f"{file.name}: a zip more than {DEPTH} zips deep", hint="Unpack the outer zips first."
        )
    with archives.open_archive(file.name, file.opener) as archive:
        if archives.is_office(archive):
            yield _document(file, head, budget)
            return
        for info in archives.members(file.name, archive, budget):
            yield from _open_member(file, archive, info, budget, depth + 1)


def _open_member(
    outer: _File, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget, depth: int
) -> Iterator[Document]:
    name = f"{outer.name}/{archives.shown_name(info)}"
    opener = archives.member_opener(name, outer.opener, info)
    file = _File(name, opener, info.file_size, archives.member_date(info))
    head = archives.read_member(name, archive, info, HEAD_BYTES)
    if head.startswith(ZIP_MAGIC) or (head and name.casefold().endswith(".zip")):
        if file.n_bytes > budget.limits.member:
            raise _over(name, file.n_bytes, budget.limits.member)
        budget.spend(name, file.n_bytes)
        inner = archives.read_member(name, archive, info)
        unpacked = _File(name, lambda: io.BytesIO(inner), len(inner), file.modified_on)
        yield from _open(unpacked, budget, depth)
        return
    yield _document(file, head, budget)


def _document(file: _File, head: bytes, budget: Budget) -> Document:
    most = budget.limits.member

    @cache  # read again, it counts once
    def spend() -> None:
        if file.n_bytes <= most:  # a larger one was counted as a stream, before it was looked at
            budget.spend(file.name, file.n_bytes)

    def opener() -> AbstractContextManager[IO[bytes]]:
        spend()
        return file.opener()

    def load() -> bytes:
        if file.n_bytes > most:
            raise _over(file.name, file.n_bytes, most)
        with opener() as stream:
            return stream.read(most)

    return Document(file.name, head, load, opener, file.modified_on, file.n_bytes)


def _unreadable(name: str, error: Exception) -> DataError:
    reason = getattr(error, "strerror", None) or str(error)
    return DataError(f"{name}: cannot be read: {reason}", hint="Check the file's permissions.")


def _over(name: str, n_bytes: int, most: int) -> DataError:
    return too_large(name, f"{n_bytes:,} bytes, at most {most:,} are read")

"""The seals of a cohort's evenings: made once each, never replaced; their roots in one table."""

import csv
import io
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Protocol

from hrvctl.errors import DataError, LedgerBroken, SealedByAnother
from hrvctl.records.cohort_seals import Seal
from hrvctl.store.artifacts import csv_bytes
from hrvctl.store.json_values import FieldFault, plain, read_value

EVENINGS = "evenings"
SEAL = "seal.json"
ROOTS = "roots.csv"
ROOTS_COLUMNS = ("evening", "root", "n", "sealed_at")


class Files(Protocol):
    """The files of a cohort, by their path below its folder."""

    def read(self, path: str) -> bytes:
        """Read a file; ``FileNotFoundError`` where there is none."""

    def write(self, path: str, content: bytes) -> None:
        """Write a file, or another in its place, whole or not at all."""

    def create(self, path: str, content: bytes) -> None:
        """Write a file; ``FileExistsError`` where there is one: of two at once, one succeeds."""

    def list(self, path: str) -> list[str]:
        """The names in a folder, sorted; none where there is no folder."""


def find_evenings(files: Files) -> list[date]:
    """The evenings that have a folder, in order; other folders are somebody else's."""
    found = []
    for name in files.list(EVENINGS):
        with suppress(ValueError):
            found.append(date.fromisoformat(name))
    return found


def seal_path(evening: date) -> str:
    """Where an evening's seal is."""
    return f"{EVENINGS}/{evening}/{SEAL}"


def load_seal(files: Files, evening: date) -> Seal | None:
    """Read an evening's seal; ``None`` where it is not sealed.

    Raises:
        LedgerBroken: The file is no seal, or of another evening.
    """
    path = seal_path(evening)
    try:
        content = files.read(path)
    except FileNotFoundError:
        return None
    try:
        seal = read_value(Seal, json.loads(content))
    except (ValueError, RecursionError, FieldFault) as error:
        raise LedgerBroken(f"{path} is no seal: {error}", hint=_RESTORE) from error
    if seal.evening != evening:
        raise LedgerBroken(f"{path} is the seal of {seal.evening}", hint=_RESTORE)
    return seal


def load_seals(files: Files) -> list[Seal]:
    """Every seal, the oldest first; errors as of ``load_seal``."""
    seals = (load_seal(files, evening) for evening in find_evenings(files))
    return sorted((seal for seal in seals if seal), key=lambda seal: seal.evening)


def save_seal(files: Files, seal: Seal) -> None:
    """Seal an evening, and add its root to the table of roots.

    Raises:
        SealedByAnother: It is sealed already; that seal stands.
    """
    path = seal_path(seal.evening)
    content = f"{json.dumps(plain(seal), indent=1, ensure_ascii=False)}\n".encode()
    try:
        files.create(path, content)
    except FileExistsError as error:
        raise _sealed(seal.evening) from error
    # A bucket that knows no conditional write would have replaced another's.
    if files.read(path) != content:
        raise _sealed(seal.evening)
    save_roots(files)


def save_roots(files: Files) -> None:
    """Write the table of roots: one line an evening, made of the seals themselves."""
    rows = [(each.evening, each.root, each.n, each.sealed_at) for each in load_seals(files)]
    files.write(ROOTS, csv_bytes([ROOTS_COLUMNS, *([str(cell) for cell in row] for row in rows)]))


def read_roots(content: bytes) -> Mapping[date, str]:
    """Evening to root of a table that ``save_roots`` wrote, for example a published copy.

    Raises:
        DataError: It is another table.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True)
        return {date.fromisoformat(row["evening"]): row["root"] for row in rows}
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataError(f"this is no table of roots: {error}") from error


def _sealed(evening: date) -> SealedByAnother:
    return SealedByAnother(
        f"another run sealed the evening of {evening} first",
        hint="its seal stands; nothing of this run is sealed",
    )


_RESTORE = "restore it from a copy: it cannot be made again"

"""The JSON and CSV files of a run: written whole or not at all, read back into dataclasses."""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

from hrvctl.errors import DataError, HomeError
from hrvctl.files import read_file
from hrvctl.safe_text import spreadsheet_cell
from hrvctl.store.disk import write_hint
from hrvctl.store.home import make_folder
from hrvctl.store.json_values import FieldFault, plain, read_value
from hrvctl.store.temp_files import create_temp_file

T = TypeVar("T")

# Raised when a field of an artifact changes its meaning or unit.
ARTIFACT_SCHEMA = 1

# Most cells with text: dates, names and hashes, which no spreadsheet runs and no CSV quotes.
_PLAIN = re.compile(r"[0-9A-Za-z][\w:+.-]*", re.ASCII).fullmatch

REWRITE = "run `hrvctl daily` to write it again"


class Artifact(Protocol):
    """A dataclass that is the content of ``<artifact>.json``."""

    artifact: ClassVar[str]


ContentT = TypeVar("ContentT", bound=Artifact)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactHead:
    """The keys that stand before the content in every artifact.

    Attributes:
        schema: Of the content; see ``ARTIFACT_SCHEMA``.
        artifact: The file's name without its ending.
        subject: Whose.
        as_of: The evening.
        run_id: The run that wrote it.
        written_at: When, aware.
    """

    schema: int
    artifact: str
    subject: str
    as_of: date
    run_id: str
    written_at: datetime


def save_artifact(path: Path, head: ArtifactHead, content: Artifact) -> None:
    """Write an artifact, whole or not at all.

    Raises:
        HomeError: It cannot be written; an older file is left as it was.
    """
    whole = {**plain(head), **plain(content)}
    text = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)
    save_text(path, text + "\n")


def load_artifact(path: Path, kind: type[ContentT]) -> ContentT:
    """Read an artifact into the dataclass that wrote it.

    Raises:
        HomeError: There is none, or it cannot be opened.
        DataError: It is damaged or of another schema; names the field.
    """
    return _content(path, kind)


def load_head(path: Path) -> ArtifactHead:
    """Read the keys before an artifact's content; raises as ``load_artifact``."""
    return _content(path, ArtifactHead)


def _content(path: Path, kind: type[T]) -> T:
    try:
        content = json.loads(read_file(path))
    except FileNotFoundError as error:
        raise HomeError(f"no {path.name} yet", hint="run `hrvctl daily` first") from error
    except OSError as error:
        raise HomeError(
            f"cannot read {path}: {error.strerror or error}",
            hint=f"move it away, then {REWRITE}",
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is damaged: {error}", hint=REWRITE) from error
    if not isinstance(content, dict) or "schema" not in content:
        raise DataError(f"{path} is not an artifact of hrvctl", hint=REWRITE)
    if content["schema"] != ARTIFACT_SCHEMA:
        raise DataError(
            f"{path} has schema {content['schema']!r}; this hrvctl reads {ARTIFACT_SCHEMA}",
            hint="use the hrvctl that wrote it, or run `hrvctl daily` to write it again",
        )
    try:
        return read_value(kind, content)
    except FieldFault as error:
        raise DataError(f"{path} is damaged: {error}", hint=REWRITE) from error


def save_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises:
        HomeError: It cannot be written; an older file is left as it was.
    """
    # A file name that is not UTF-8 is written as JSON would escape it.
    save_bytes(path, text.encode("utf-8", "backslashreplace"))


def save_bytes(path: Path, content: bytes) -> None:
    """Write a file of the home whole or not at all.

    Raises:
        HomeError: It cannot be written; an older file is left as it was.
    """
    try:
        make_folder(path.parent)
        _put(path, content)
    except OSError as error:
        raise HomeError(
            f"cannot write {path}: {error.strerror or error}",
            hint=write_hint(path),
        ) from error


def save_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table for spreadsheets: the same rows give the same bytes.

    Text that a spreadsheet would take for a formula gets an apostrophe before it.

    Raises:
        HomeError: It cannot be written.
    """
    save_bytes(path, csv_bytes([columns, *rows]))


def read_given(path: Path) -> bytes:
    """Read a file that a person names.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return read_file(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """The bytes of rows of a table, as ``save_csv`` writes them."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(
        [_cell(v) if isinstance(v, str) and not _PLAIN(v) else v for v in row] for row in rows
    )
    return buffer.getvalue().encode("utf-8")


def export_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table, whole or not at all, where a person wants it: its folder is left as it is.

    Raises:
        DataError: It cannot be written there; an older file is left as it was.
    """
    export_bytes(path, csv_bytes([columns, *rows]))


def export_json(path: Path, content: Mapping[str, object]) -> None:
    """Write JSON with every digit, whole or not at all, where a person wants it.

    Raises:
        DataError: It cannot be written there; an older file is left as it was.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    export_bytes(path, f"{text}\n".encode("utf-8", "backslashreplace"))


def export_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, where a person wants it: its folder is left as it is.

    Raises:
        DataError: It cannot be written there; an older file is left as it was.
    """
    try:
        place = path.resolve()
        if place.exists() and not place.is_file():
            raise OSError("it is not a file")
        _put(place, content)
    except (OSError, RuntimeError) as error:  # a looped link is a RuntimeError
        raise DataError(
            f"cannot write {path}: {getattr(error, 'strerror', None) or error}",
            hint="name a file in a folder that exists and that you may write to",
        ) from error


def _cell(value: str) -> str:
    # The csv module leaves a lone carriage return unquoted, and a reader ends the row at it.
    return spreadsheet_cell(value.replace("\r\n", "\n").replace("\r", "\n"))


def _put(path: Path, content: bytes) -> None:
    handle, temporary = create_temp_file(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without it a power cut may undo the rename; Windows cannot open folders and needs none.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

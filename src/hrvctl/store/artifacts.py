"""The JSON and CSV files of a run: written whole or not at all, read by people and programs."""

import csv
import dataclasses
import io
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

from hrvctl.errors import DataError, HomeError
from hrvctl.store.home import make_folder
from hrvctl.store.temp_files import new_part

# The first character of a cell that a spreadsheet would run as a formula (OWASP, CSV injection).
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def save_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an artifact; dates become ISO text, NaN becomes null, dataclasses objects.

    Raises:
        HomeError: It cannot be written; what stood there before still stands.
    """
    text = json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    save_text(path, text + "\n")


def save_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises:
        HomeError: It cannot be written; what stood there before still stands.
    """
    # A file name that is no UTF-8 is written as JSON would escape it.
    save_bytes(path, text.encode("utf-8", "backslashreplace"))


def save_bytes(path: Path, content: bytes) -> None:
    """Write a file of the home whole or not at all.

    Raises:
        HomeError: It cannot be written; what stood there before still stands.
    """
    try:
        make_folder(path.parent)
        _put(path, content)
    except OSError as error:
        raise HomeError(f"cannot write {path}: {error.strerror or error}") from error


def load_json(path: Path) -> dict[str, Any]:
    """Read an artifact.

    Raises:
        HomeError: It does not exist or is not what we wrote.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise HomeError(f"no {path.name} yet", hint="run `hrvctl daily` first") from error
    except (OSError, ValueError) as error:
        raise HomeError(
            f"cannot read {path}: {error}", hint="run `hrvctl daily` to write it anew"
        ) from error
    if not isinstance(content, dict) or "schema" not in content:
        raise HomeError(f"{path} is not one of our files", hint="run `hrvctl daily`")
    return content


def save_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table for spreadsheets: the same rows give the same bytes.

    Text that a spreadsheet would take for a formula gets an apostrophe before it.

    Raises:
        HomeError: It cannot be written.
    """
    save_bytes(path, _csv(columns, rows))


def export_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table, whole or not at all, where a person wants it: its folder is left as it is.

    Raises:
        DataError: It cannot be written there; what stood there before still stands.
    """
    export_bytes(path, _csv(columns, rows))


def export_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON with every digit, whole or not at all, where a person wants it.

    Raises:
        DataError: It cannot be written there; what stood there before still stands.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    export_bytes(path, f"{text}\n".encode("utf-8", "backslashreplace"))


def export_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, where a person wants it: its folder is left as it is.

    Raises:
        DataError: It cannot be written there; what stood there before still stands.
    """
    place = path.resolve()
    try:
        if place.exists() and not place.is_file():
            raise OSError("it is no file")
        _put(place, content)
    except OSError as error:
        raise DataError(
            f"cannot write {path}: {error.strerror or error}",
            hint="name a file in a folder that exists and that you may write to",
        ) from error


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(v) if isinstance(v, str) else v for v in row] for row in rows)
    return buffer.getvalue().encode("utf-8")


def plain(value: Any) -> Any:  # noqa: ANN401 - walks any nesting
    """Turn records into what JSON knows; a mapping's keys become text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        # A millionth of a millisecond is round-off; written out it would only make diffs.
        return None if math.isnan(value) else round(float(value), 6)
    return value


def _key(key: object) -> str:
    return key.value if isinstance(key, Enum) else str(key)


def _cell(value: str) -> str:
    if value.isascii() and value.replace("_", "a").isalnum():
        return value  # most are: names and hashes
    # A text that has such an apostrophe already gets one more, so that a reader can tell.
    text = "'" + value if value.lstrip("'").startswith(FORMULA_SIGNS) else value
    # The csv module leaves a lone carriage return unquoted, and a reader ends the row at it.
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _put(path: Path, content: bytes) -> None:
    handle, temporary = new_part(path)
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
    # Without it a power cut may forget the rename; Windows cannot open folders and needs none.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""The key of a cohort's pseudonyms: a file of the person who exports, outside what is exported."""

import os
import secrets
from pathlib import Path

from hrvctl.errors import DataError, UsageError
from hrvctl.files import read_file
from hrvctl.store.copies import publish
from hrvctl.store.home import FILE_MODE
from hrvctl.store.temp_files import create_temp_file

KEY_BYTES = 32


def load_key(path: Path, *, outside: Path, may_create: bool = True) -> bytes:
    """Read the key, or make one where there is none; only its owner can read it.

    Args:
        path: Of the key: 64 hexadecimal digits.
        outside: The folder of the export, which it must not be in.
        may_create: Whether to write a new one.

    Raises:
        UsageError: It is inside the folder, or others may read it.
        DataError: It cannot be read or written, or is no key.
    """
    if path.resolve().is_relative_to(outside.resolve()):
        raise UsageError(
            f"{path} is inside the export: whoever gets that would get the key",
            hint="name a file elsewhere",
        )
    try:
        return _read(path)
    except FileNotFoundError:
        key = secrets.token_bytes(KEY_BYTES)
        if may_create:
            _create(path, key)
        return key


def _read(path: Path) -> bytes:
    try:
        content = read_file(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    if os.name == "posix" and path.stat().st_mode & ~FILE_MODE & 0o777:
        raise UsageError(f"others may read or change {path}", hint=f"chmod 600 {path}")
    try:
        key = bytes.fromhex(content.decode())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise DataError(
            f"{path} is no key of pseudonyms", hint="name another file, or a new one to make a key"
        )
    return key


def _create(path: Path, key: bytes) -> None:
    try:
        handle, part = create_temp_file(path)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(f"{key.hex()}\n")
                file.flush()
                os.fsync(file.fileno())
            publish(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot write {path}: {error.strerror or error}",
            hint="name a file in a folder that exists and that you may write to",
        ) from error

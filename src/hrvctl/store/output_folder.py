"""Write files into a folder without replacing any that this program did not make."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from hrvctl.errors import UsageError
from hrvctl.files import read_file
from hrvctl.store.copies import sync
from hrvctl.store.temp_files import create_temp_file

# The SHA-256 of the content of each file written into a folder, also by earlier calls.
MANIFEST = ".hrvctl-made.json"
# Most foreign files named in an error (own choice: enough to recognise the folder).
MOST_NAMED = 5


def write_files(folder: Path, files: Mapping[str, bytes], *, force: bool) -> list[Path]:
    """Write files into a folder that is new, empty, or has only unchanged files of an earlier call.

    Args:
        folder: Made if missing.
        files: Content by name.
        force: Replace the files of an earlier call.

    Returns:
        The paths written.

    Raises:
        UsageError: The folder has other files, also ones changed since; or earlier ones, and
            ``force`` is false. Nothing was written.
        OSError: The folder cannot be read or written.
    """
    present = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    made = _read_manifest(folder)
    foreign = [
        name for name in present if not name.startswith(".") and _digest(folder / name) not in made
    ]
    if foreign:
        more = f" and {len(foreign) - MOST_NAMED} more" if len(foreign) > MOST_NAMED else ""
        raise UsageError(
            f"{folder} has files that this command did not make:"
            f" {', '.join(foreign[:MOST_NAMED])}{more}",
            hint="name a new or empty folder",
        )
    if not force and any(name in files for name in present):
        raise UsageError(
            f"{folder} has the files of an earlier call",
            hint="--force replaces them, or name another folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    # First of all, so that the files of an interrupted call are recognised as its own.
    digests = made | {hashlib.sha256(content).hexdigest() for content in files.values()}
    _replace(folder / MANIFEST, json.dumps(sorted(digests), indent=1).encode())
    for name, content in files.items():
        _replace(folder / name, content)
    sync(folder)
    return [folder / name for name in files]


def _read_manifest(folder: Path) -> set[str]:
    try:
        found = json.loads(read_file(folder / MANIFEST))
    except (OSError, ValueError, RecursionError):
        return set()
    return {one for one in found if isinstance(one, str)} if isinstance(found, list) else set()


def _digest(path: Path) -> str:
    return hashlib.sha256(read_file(path)).hexdigest() if path.is_file() else ""


def _replace(path: Path, content: bytes) -> None:
    handle, part = create_temp_file(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise

"""The folders that pulls put into the inbox: one a pull and window, a JSON file for each kind."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from hrvctl.errors import DataError, HomeError
from hrvctl.records.choices import Vendor
from hrvctl.sources import registry
from hrvctl.sources.kit.documents import open_documents
from hrvctl.store.copies import sync
from hrvctl.store.disk import HINT
from hrvctl.store.home import FILE_MODE, Home, create_home, make_folder

# A folder is `pull.SUBJECT.VENDOR.TIME.N`; a subject has no dot in it.
PREFIX = "pull"


def owner(path: Path) -> str:
    """The subject that a folder in the inbox was pulled for; empty where a person put it there."""
    parts = path.name.split(".")
    return parts[1] if parts[0] == PREFIX and len(parts) == 5 else ""


def put_into_inbox(
    home: Home,
    subject: str,
    vendor: Vendor,
    kinds: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    at: datetime,
) -> int:
    """Write records into the inbox, all kinds of them at once or none.

    A kind that no source would recognise, such as days without any HRV, is left out.

    Args:
        home: The home.
        subject: Whose.
        vendor: Whose records they are.
        kinds: The records by kind.
        at: When they were pulled.

    Returns:
        Number of records written.

    Raises:
        HomeError: They cannot be written.
    """
    create_home(home)
    # Hidden, so that no import sees it half written; the connection's lock keeps it ours.
    part = home.inbox / f".{PREFIX}.{subject}.{vendor}"
    n = 0
    try:
        shutil.rmtree(part, ignore_errors=True)  # left by a process that was killed
        make_folder(part)
        for kind, records in kinds.items():
            path = part / f"{vendor}_{kind}.json"
            if records:
                _write(path, records)
                if is_recognised(path):
                    n += len(records)
                else:
                    path.unlink()
        if n:
            sync(part)
            part.rename(free_place(home, f"{PREFIX}.{subject}.{vendor}.{at:%Y%m%dT%H%M%S}"))
            sync(home.inbox)
        else:
            shutil.rmtree(part)
    except OSError as error:
        raise HomeError(f"cannot write {part}: {error.strerror or error}", hint=HINT) from error
    return n


def _write(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    # The fullest first: sources recognise a file by the names in its beginning.
    ordered = sorted(records, key=len, reverse=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE), "wb") as file:
        file.write(json.dumps(ordered, indent=0).encode())
        file.flush()
        os.fsync(file.fileno())


def is_recognised(path: Path) -> bool:
    """Whether a source recognises everything in a file or zip."""
    try:
        for document in open_documents(path):
            registry.identify(document)
    except DataError:
        return False
    return True


def free_place(home: Home, name: str) -> Path:
    """A path in the inbox, ``NAME.N``, that neither the inbox nor what was imported has."""
    paths = (f"{name}.{n}" for n in count(1))
    return next(
        home.inbox / path
        for path in paths
        if not (home.inbox / path).exists() and not (home.done / path).exists()
    )

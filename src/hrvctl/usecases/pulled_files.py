"""New folders in the inbox: of pulls one a window, with a JSON file for each kind."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from hrvctl.errors import DataError, HomeError
from hrvctl.records import Reading
from hrvctl.records.choices import Vendor
from hrvctl.sources import registry
from hrvctl.sources.kit.documents import open_documents
from hrvctl.store.artifacts import save_text
from hrvctl.store.copies import sync
from hrvctl.store.disk import HINT
from hrvctl.store.home import Home, create_home, make_folder

# A folder is `pull.SUBJECT.VENDOR.TIME.N`, or `part...` where one of the lists failed; a subject
# has no dot in it.
PREFIX, PARTIAL = "pull", "part"


def owner(path: Path) -> str:
    """The subject that a folder in the inbox was pulled for; empty where a person put it there."""
    parts = path.name.split(".")
    return parts[1] if parts[0] in (PREFIX, PARTIAL) and len(parts) == 5 else ""


def as_pulled(path: Path, readings: Sequence[Reading]) -> list[Reading]:
    """What was read from the inbox, marked as whole where it is all that a vendor has.

    A night that is missing between others was then deleted there. What a person imports again
    later is not: the vendor may have got more nights since.
    """
    prefix, _, vendor = path.name.rpartition(".")[0].rpartition(".")[0].partition(".")
    is_whole = prefix == PREFIX and vendor.rpartition(".")[2] in set(Vendor)
    return [replace(one, is_whole=one.is_whole or is_whole) for one in readings]


def put_into_inbox(
    home: Home,
    subject: str,
    vendor: Vendor,
    kinds: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    days: tuple[date, date],
    at: datetime,
    is_whole: bool,
) -> int:
    """Write records into the inbox, all kinds of them at once or none.

    A kind that no source would recognise, such as days without any HRV, is left out.

    Args:
        home: The home.
        subject: Whose.
        vendor: Whose records they are.
        kinds: The records by kind.
        days: The first and the last day that were asked for, for the names of the files.
        at: When they were pulled.
        is_whole: Whether they are all that the vendor has of their days.

    Returns:
        Number of records written.

    Raises:
        HomeError: They cannot be written.
    """
    n = 0
    prefix = PREFIX if is_whole else PARTIAL
    # The connection's lock keeps the folder ours.
    with new_folder(home, f"{prefix}.{subject}.{vendor}", at=at) as folder:
        for kind, records in kinds.items():
            path = folder / f"{vendor}_{kind}_{days[0]}_{days[1]}.json"
            if records:
                # The fullest first: sources recognise a file by the names in its beginning.
                ordered = sorted(records, key=len, reverse=True)
                save_text(path, json.dumps(ordered, indent=0))
                if is_recognised(path):
                    n += len(records)
                else:
                    path.unlink()
    return n


@contextmanager
def new_folder(home: Home, name: str, *, at: datetime, doing: str = "") -> Iterator[Path]:
    """Fill a folder that appears in the inbox whole: as ``NAME.TIME.N``, or not when it is empty.

    Until then it is hidden, so that no import sees it half written.

    Args:
        home: The home.
        name: One writer at a time may use it.
        at: The time in its name.
        doing: What failed, for the error; writing the folder where empty.

    Raises:
        HomeError: It cannot be written.
    """
    create_home(home)
    part = home.inbox / f".{name}"
    try:
        shutil.rmtree(part, ignore_errors=True)  # left by a process that was killed
        make_folder(part)
        yield part
        if any(part.iterdir()):
            sync(part)
            part.rename(free_place(home, f"{name}.{at:%Y%m%dT%H%M%S}"))
            sync(home.inbox)
        else:
            part.rmdir()
    except OSError as error:
        doing = doing or f"write {part}"
        raise HomeError(f"cannot {doing}: {error.strerror or error}", hint=HINT) from error


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

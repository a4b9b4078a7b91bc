"""Compare the ledger with what was seen of it elsewhere: a hash, an anchor file or a backup.

Whoever owns a home can rewrite the whole chain with every hash in it. A hash noted where they
cannot quietly change it shows that (Haber and Stornetta 1991, J Cryptology 3).
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hrvctl.errors import DataError, HrvctlError, UsageError
from hrvctl.files import open_file
from hrvctl.records import NO_HASH
from hrvctl.store.backup import open_backup
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_chain, load_head
from hrvctl.usecases.workspace import Workspace

# Hexadecimal digits of a hash that may be left out of a noted one: 16 are 64 bits.
SHORTEST_HASH = 16
HASH = re.compile(rf"[0-9a-f]{{{SHORTEST_HASH},64}}")
ANCHOR = re.compile(r"(\S+) (\d+) ([0-9a-f]{64})")
# Anchor files are small: ten years of evenings are 500 kB.
MAX_ANCHOR_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A row of the chain as it was seen once.

    Attributes:
        n: Its place; ``None`` where only the hash was noted.
        hash: Its hash, or the first digits of it.
        by: Where it was noted.
    """

    n: int | None
    hash: str
    by: str


def contradictions(hashes: Sequence[str], seen: Iterable[Seen]) -> list[str]:
    """Every row that was seen once and is not in the chain now.

    Args:
        hashes: Of the chain's rows, in order.
        seen: What was seen.
    """
    faults = []
    for one in seen:
        if one.n is None:
            is_there = any(own.startswith(one.hash) for own in hashes)
        else:
            is_there = one.n <= len(hashes) and hashes[one.n - 1].startswith(one.hash)
        if not is_there:
            row = "a row" if one.n is None else f"row {one.n}"
            faults.append(
                f"{one.by} has seen {row} with hash {one.hash[:SHORTEST_HASH]}, which is not in the"
                " chain: it was rewritten or cut, or an older backup was restored"
            )
    return faults


def noted_hash(text: str) -> Seen:
    """A hash that a person noted.

    Raises:
        UsageError: It is not one.
    """
    if not HASH.fullmatch(text.lower()):
        raise UsageError(
            f"{text!r} is not a hash of the ledger",
            hint=f"give at least its first {SHORTEST_HASH} hexadecimal digits",
        )
    return Seen(n=None, hash=text.lower(), by="your note")


def read_anchors(file: Path) -> list[Seen]:
    """Read an anchor file; lines of an empty ledger are left out.

    Raises:
        DataError: It cannot be read, or a line is not an anchor.
    """
    found = []
    for number, line in enumerate(_read(file).splitlines(), start=1):
        match = ANCHOR.fullmatch(line)
        if not match or not _is_instant(match[1]):
            raise DataError(
                f"{file}, line {number}: not an anchor of a ledger: {line[:60]!r}",
                hint="name a file that hrvctl ledger anchor wrote, or a new one",
            )
        if match[3] != NO_HASH:
            by = f"{file.name}, line {number},"
            found.append(Seen(n=int(match[2]), hash=match[3], by=by))
    return found


def read_backup(file: Path) -> list[Seen]:
    """Read every row of the chain in a backup.

    Raises:
        DataError: The file is not a backup.
    """
    with open_backup(file) as store:
        chain = load_chain(store)
    return [
        Seen(n=n, hash=str(row[-1]), by=f"the backup {file.name}")
        for n, row in enumerate(chain, start=1)
    ]


def append_anchor(workspace: Workspace, file: Path) -> tuple[int, str]:
    """Append the chain's length and last hash to an anchor file; returns both.

    Raises:
        HomeError: Nothing is stored yet.
        DataError: The file is not an anchor file, or cannot be written.
    """
    with open_store(workspace.home, write=False) as store:
        n, head = load_head(store)
    if os.path.lexists(file):
        read_anchors(file)  # refuses any other file
    line = f"{workspace.clock().isoformat(timespec='seconds')} {n} {head}\n"
    try:
        with file.open("a", encoding="ascii") as out:
            out.write(line)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise DataError(
            f"cannot write {file}: {error.strerror or error}", hint="name a file you may write to"
        ) from error
    return n, head


def ledger_head(home: Home) -> tuple[int, str]:
    """The chain's length and last hash; none of either where the ledger cannot be read."""
    try:
        with open_store(home, write=False) as store:
            return load_head(store)
    except HrvctlError:
        return 0, NO_HASH


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _read(file: Path) -> str:
    try:
        with open_file(file) as opened:
            content = opened.read(MAX_ANCHOR_BYTES + 1)
    except OSError as error:
        raise DataError(
            f"cannot read {file}: {error.strerror or error}", hint="name a file of anchors"
        ) from error
    if len(content) > MAX_ANCHOR_BYTES:
        raise DataError(f"{file} is too large for a file of anchors", hint="name another one")
    return content.decode("utf-8", "replace")

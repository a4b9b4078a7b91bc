"""The heads of the ledger seen in a home, in a file beside the database.

An older database put in place of a newer one verifies by itself; this file has seen more of it.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hrvctl.errors import DataError, HomeError, count
from hrvctl.files import read_file
from hrvctl.records import NO_HASH
from hrvctl.store.artifacts import save_bytes
from hrvctl.store.home import Home

# The cure where nobody restored a backup.
LOST = (
    "put the newer one back: hrvctl restore FILE --force; or, to keep this one, hrvctl backup FILE"
    " and restore that"
)
LINE = re.compile(r"(\S+) (\d{1,12}) ([0-9a-f]{64}) (sealed|restored|found)", re.ASCII)


class Origin(StrEnum):
    """How the chain came to have a head.

    ``RESTORED`` by a person from a backup; ``FOUND`` where another one had been seen last.
    """

    SEALED = "sealed"
    RESTORED = "restored"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A head as it was seen: of each stretch of the chain the last one, and where it began again.

    Attributes:
        at: When its row was sealed; of a restored one when that was.
        n: Length of the chain.
        hash: Of its last row.
        origin: How the chain came to it.
    """

    at: datetime
    n: int
    hash: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRows:
    """Rows that were seen in the ledger and are not in it any more.

    Attributes:
        n: How many.
        up_to: The day the last of them was sealed.
        restored_on: The day a person restored an older backup; ``None`` where nobody did.
        is_new: Whether nothing was sealed since.
    """

    n: int
    up_to: date
    restored_on: date | None
    is_new: bool

    @property
    def described(self) -> str:
        """In words, without the full stop."""
        rows = count(self.n, "sealed row seen before is", "sealed rows seen before are")
        why = (
            f"an older backup was restored on {self.restored_on}"
            if self.restored_on
            else "they were rewritten or cut, or another database was put in place"
        )
        return f"{rows} no longer in the ledger (up to {self.up_to}): {why}"


def present_head(connection: sqlite3.Connection) -> tuple[int, str]:
    """The length of the chain and the hash of its last row; (0, 64 zeros) when empty."""
    row = connection.execute("SELECT n, hash FROM ledger_head").fetchone()
    return (row["n"], row["hash"]) if row else (0, NO_HASH)


def load_heads(home: Home) -> tuple[SeenHead, ...]:
    """Load the heads in the order they were seen; none before the first was sealed.

    Raises:
        DataError: The file cannot be read, or is damaged.
    """
    hint = f"move it away; a new one begins with the next evening: {home.heads}"
    try:
        lines = read_file(home.heads).decode("ascii", "replace").splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        why = error.strerror or error
        raise DataError(f"cannot read {home.heads}: {why}", hint=hint) from error
    heads = []
    for number, line in enumerate(lines, 1):
        head = _read_line(line)
        if head is None:
            raise DataError(
                f"{home.heads}, line {number}: not a head of the ledger: {line[:60]!r}", hint=hint
            )
        heads.append(head)
    return tuple(heads)


def note_head(home: Home, connection: sqlite3.Connection) -> None:
    """Note the present head, if it is not the last one seen.

    A file that cannot be read or written is left as it is: ``hrvctl doctor`` names it.

    Args:
        home: Has the file.
        connection: To the database, outside a transaction.
    """
    n, last_hash = present_head(connection)
    row = _row(connection, n)
    if row is None or row["hash"] != last_hash:
        return  # an empty chain, or a head that is not the chain's, which `ledger verify` names
    with contextlib.suppress(DataError, HomeError):
        heads = load_heads(home)
        last = heads[-1] if heads else None
        if last and (last.n, last.hash) == (n, last_hash):
            return
        origin = Origin.SEALED
        if last and not _is_in_chain(connection, last):
            origin = Origin.FOUND
        elif last and last.origin is Origin.SEALED:
            heads = heads[:-1]
        at = datetime.fromisoformat(row["created_at"])
        _save_heads(home, (*heads, SeenHead(at, n, last_hash, origin)))


def note_restored(home: Home, head: tuple[int, str], *, at: datetime) -> None:
    """Note that a person has put a chain in its place; errors as of ``note_head``."""
    with contextlib.suppress(DataError, HomeError):
        _save_heads(home, (*load_heads(home), SeenHead(at, *head, Origin.RESTORED)))


def find_lost(connection: sqlite3.Connection, heads: Sequence[SeenHead]) -> tuple[LostRows, ...]:
    """Find what was seen of the chain and is not in it, in the order it was lost.

    Args:
        connection: To the database.
        heads: The heads seen.
    """
    found: list[LostRows] = []
    stretch: list[SeenHead] = []
    kept = 0  # length of the chain before the stretch
    for place, head in enumerate(heads):
        if not _is_in_chain(connection, head):
            stretch.append(head)
            continue
        if stretch:
            found.append(_lost(stretch, kept, head.n, heads[place:]))
        kept, stretch = head.n, []
    if stretch:
        found.append(_lost(stretch, kept, present_head(connection)[0], ()))
    return tuple(found)


def _lost(
    stretch: Sequence[SeenHead], kept: int, begins_at: int, later: Sequence[SeenHead]
) -> LostRows:
    """The rows of a stretch: from where the chain began again, else from where it was before it."""
    last = max(stretch, key=lambda head: head.n)
    first = next((n for n in (begins_at, kept) if n < last.n), 0)
    restored = [head.at.date() for head in later if head.origin is Origin.RESTORED]
    return LostRows(
        n=last.n - first,
        up_to=last.at.date(),
        restored_on=restored[0] if restored else None,
        is_new=not any(head.origin is Origin.SEALED for head in later),
    )


def _is_in_chain(connection: sqlite3.Connection, head: SeenHead) -> bool:
    row = _row(connection, head.n)
    return head.n == 0 or (row is not None and row["hash"] == head.hash)


def _row(connection: sqlite3.Connection, n: int) -> sqlite3.Row | None:
    """Hash and time of a row of the chain."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT hash, created_at FROM ledger_v1 WHERE seq = ?1"
        " UNION ALL SELECT hash, created_at FROM entries WHERE seq = ?1"
        # Never the last row: its receipt follows it.
        " UNION ALL SELECT hash, NULL FROM erased_rows WHERE seq = ?1",
        (n,),
    ).fetchone()
    return row


def _save_heads(home: Home, heads: Iterable[SeenHead]) -> None:
    lines = (f"{head.at.isoformat()} {head.n} {head.hash} {head.origin}\n" for head in heads)
    save_bytes(home.heads, "".join(lines).encode("ascii"))


def _read_line(line: str) -> SeenHead | None:
    if not (match := LINE.fullmatch(line)):
        return None
    try:
        at = datetime.fromisoformat(match[1])
    except ValueError:
        return None
    return SeenHead(at, int(match[2]), match[3], Origin(match[4]))

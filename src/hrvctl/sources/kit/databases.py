"""Read SQLite files from a copy in memory: no file is opened or written."""

import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from hrvctl.records import Problem
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record

MAGIC = b"SQLite format 3\x00"
# Two bytes of the header: 2 means that changes may be in a second file, which a copy in memory
# cannot have; 1 means that everything is in this file (SQLite file format 1.3).
WRITE_VERSION = slice(18, 20)
# The header's page size, its count of pages, and two numbers that are equal where that count is
# valid (SQLite file format 1.3.2, 1.3.7).
PAGE_SIZE, HEADER = slice(16, 18), ">24xII60xI"
# What reading a damaged database raises; a broken name is a ValueError.
DATABASE_ERRORS = (sqlite3.Error, ValueError, OverflowError)


@contextmanager
def open_copy(data: bytes) -> Iterator[sqlite3.Connection]:
    """Open a database's bytes, with rows by column name; nothing can be changed.

    Raises:
        sqlite3.Error: They are no database, or damaged, or cut off.
    """
    if _is_cut(data):
        raise sqlite3.DatabaseError("it is cut off; copy it again")
    copy = bytearray(data)
    copy[WRITE_VERSION] = b"\x01\x01"
    memory = sqlite3.connect(":memory:")
    try:
        memory.deserialize(copy)
        memory.text_factory = lambda raw: raw.decode("utf-8", "replace")
        memory.execute("PRAGMA query_only = ON")
        memory.execute("PRAGMA trusted_schema = OFF")
        memory.row_factory = sqlite3.Row
        yield memory
    finally:
        memory.close()


def load_database(
    document: Document, tables: Mapping[str, Sequence[str]]
) -> tuple[list[Record], list[Problem]]:
    """Load the rows of some tables, each a record whose group is the table.

    Args:
        document: The database.
        tables: The wanted columns of each table, in lower case; those that it has are read.

    Returns:
        The rows in the order of ``tables``, and the fault for which the file cannot be read.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    data = document.load()
    if not data.startswith(MAGIC):
        return [], []
    try:
        with open_copy(data) as memory:
            rows = [row for table in tables for row in _rows(memory, table, tables[table])]
    except DATABASE_ERRORS as error:
        return [], [unreadable(document, error)]
    return [Record(n, table, content) for n, (table, content) in enumerate(rows, 1)], []


def unreadable(document: Document, error: Exception) -> Problem:
    """Build the fault of a database that cannot be read."""
    why = f"the database cannot be read: {error}"
    return Problem(file=document.name, line=0, column="", value="", why=why)


def _is_cut(data: bytes) -> bool:
    """Whether a database has fewer pages than its header says."""
    if len(data) < struct.calcsize(HEADER):
        return True
    change, n_pages, valid_for = struct.unpack_from(HEADER, data)
    page_bytes = int.from_bytes(data[PAGE_SIZE], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    return bool(change == valid_for and len(data) < n_pages * page_bytes)


def _rows(
    memory: sqlite3.Connection, table: str, wanted: Sequence[str]
) -> Iterator[tuple[str, dict[str, object]]]:
    has = {str(row["name"]).lower() for row in memory.execute(f"PRAGMA table_xinfo({table})")}
    if columns := [column for column in wanted if column in has]:
        # Names of tables and columns are ours.
        for row in memory.execute(f"SELECT {', '.join(columns)} FROM {table}"):  # noqa: S608
            yield table, dict(zip(columns, row, strict=True))

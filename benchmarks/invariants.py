"""Check the invariants of a home without any of hrvctl's own code.

Tables are read with SQL, and the chain is hashed here independently by the rule of
``domain.tracking``: each row's hash is the SHA-256 of a JSON list of its columns, the hash of the
previous row last.
"""

import csv
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

NO_HASH = "0" * 64
CHAINED = "seq, v, kind, created_at, payload_sha256, prev_hash"
# Columns that must be unique together, by table.
UNIQUE = {
    "ledger": "subject, target, metric, source, lead, inputs_sha256",
    "measurements": "subject, day, metric, source",
    "journal": "subject, day, tag, source",
    "outcomes": "subject, day, metric, measured_by, revision",
    "evenings": "subject, as_of",
}


def faults_of(home: Path) -> list[str]:
    """List every fault of a home."""
    return [*database_faults(home / "hrvctl.db"), *file_faults(home)]


def database_faults(database: Path) -> list[str]:
    """List faults of the database: file, foreign keys, hash chain, duplicate rows."""
    if not database.exists() or not database.stat().st_size:
        return []
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        faults = [f"SQLite: {r[0]}" for r in connection.execute("PRAGMA integrity_check")]
        faults = [fault for fault in faults if fault != "SQLite: ok"]
        faults += [f"foreign key: {r}" for r in connection.execute("PRAGMA foreign_key_check")]
        faults += _chain_faults(connection)
        for table, columns in UNIQUE.items():
            twice = connection.execute(
                f"SELECT {columns}, count(*) FROM {table} GROUP BY {columns} HAVING count(*) > 1"  # noqa: S608
            )
            faults += [f"{table}: twice: {row}" for row in twice]
    return faults


def file_faults(home: Path) -> list[str]:
    """List JSON and CSV files that cannot be parsed."""
    faults = []
    for path in sorted(home.rglob("*")):
        if path.is_file() and (fault := _file_fault(path)):
            faults.append(f"{path.relative_to(home)}: {fault}")
    return faults


def temp_file_names(home: Path) -> list[str]:
    """List temporary files left by unfinished writes: hidden names, and parts."""
    found = (p for p in home.rglob("*") if p.is_file() and not p.is_relative_to(home / "inbox"))
    return [
        str(p.relative_to(home))
        for p in sorted(found)
        if (p.name.startswith(".") and not p.name.endswith(".lock")) or p.suffix == ".part"
    ]


def column(home: Path, table: str, name: str) -> list[object]:
    """One column of a table, in the order of its rows."""
    with closing(sqlite3.connect(home / "hrvctl.db", timeout=60)) as connection:
        rows = connection.execute(f"SELECT {name} FROM {table} ORDER BY rowid")  # noqa: S608
        return [row[0] for row in rows]


def sealed(home: Path) -> set[str]:
    """The hashes of every row of the ledger."""
    return {str(value) for value in column(home, "entries", "hash")}


def _chain_faults(connection: sqlite3.Connection) -> Iterator[str]:
    n, last = 0, NO_HASH
    entries = connection.execute(
        f"SELECT salt || payload, {CHAINED}, hash FROM entries ORDER BY seq"  # noqa: S608
    )
    for content, *header, noted in entries:
        n += 1
        if header[0] != n or header[-1] != last:
            yield f"ledger row {n}: does not follow the row before it"
        if hashlib.sha256(content.encode()).hexdigest() != header[4]:
            yield f"ledger row {n}: its content is another"
        if hashlib.sha256(json.dumps(header).encode()).hexdigest() != noted:
            yield f"ledger row {n}: its hash is another"
        last = noted
    head = connection.execute("SELECT n, hash FROM ledger_head").fetchone() or (0, NO_HASH)
    if head != (n, last):
        yield f"ledger: ends at row {n}, its head says {head[0]}"


def _file_fault(path: Path) -> str:
    try:
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.name == "predictions_registry.csv":
            with path.open(encoding="utf-8", newline="") as file:
                widths = {len(row) for row in csv.reader(file, strict=True)}
            if len(widths) != 1:
                return f"rows of {widths} cells"
    except (ValueError, csv.Error) as error:
        return f"{type(error).__name__}: {error}"
    return ""

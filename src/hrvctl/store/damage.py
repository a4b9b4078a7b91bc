"""Tell a damaged database from a bug: find a value that its column cannot hold."""

import contextlib
import json
import math
import shlex
import sqlite3
from collections.abc import Callable
from datetime import date, datetime

from hrvctl.errors import HomeError, HrvctlError
from hrvctl.files import check_file
from hrvctl.records import Metric
from hrvctl.store.disk import HINT, is_disk_error
from hrvctl.store.home import Home, list_backups

# The result codes by which SQLite reports damage (sqlite.org/rescode.html); any other, such as a
# full disk, says nothing about the file.
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# Larger numbers are in no column of ours; calculations with them overflow (own choice).
MAX_NUMBER = 1e12
# Nearer to the first or last year that Python knows, a day more is an error (own choice).
YEARS = range(2, 9999)
# Columns of dates, besides all instants, whose names end with ``_at``.
DATES = frozenset({"day", "target", "as_of"})


def damaged_home(home: Home, error: BaseException) -> HomeError | None:
    """The error to report instead of one that damage of the database has caused.

    Args:
        home: The home; nothing is written.
        error: What a command or an op raised.

    Returns:
        ``None`` where the database is sound, or where the error is a report already.
    """
    is_reported = isinstance(error, HrvctlError | OSError) or (
        isinstance(error, sqlite3.Error) and is_disk_error(error)
    )
    try:
        fault = "" if is_reported else find_damage(home)
    except HomeError:  # it cannot be read, which says nothing about damage
        return None
    if not fault:
        return None
    backup = next(iter(list_backups(home)), None)
    file = shlex.quote(str(backup)) if backup else "FILE"
    return HomeError(
        f"the database {home.database} is damaged: {fault}",
        hint=f"restore a backup: hrvctl restore {file} --force",
    )


def damage_in(error: Exception) -> str:
    """What an error of SQLite says of damage; empty where it says something else.

    SQLite quotes the names of a damaged schema, which Python then cannot decode or encode.
    """
    if isinstance(error, UnicodeError):
        return "the names of its tables are no text"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return str(error) if code in DAMAGE else ""


def find_damage(home: Home) -> str:
    """The first fault of the file, or of a value in it; empty where there is none.

    Raises:
        HomeError: It cannot be read.
    """
    try:
        check_file(home.database)
        uri = f"{home.database.as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            database.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
            (finding,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            return _damaged_value(database) if finding == "ok" else str(finding)
    except (OSError, sqlite3.Error, UnicodeError) as error:
        if fault := damage_in(error):
            return fault
        raise HomeError(f"cannot read {home.database}: {error}", hint=HINT) from error


def _damaged_value(database: sqlite3.Connection) -> str:
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    for (table,) in tables:
        columns = database.execute(f'PRAGMA table_xinfo("{table}")').fetchall()
        checks = [_check_of(name, kind) for _, name, kind, *_ in columns]
        rows = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a table of the file
        for n, row in enumerate(rows, 1):
            for (_, name, *_), check, value in zip(columns, checks, row, strict=True):
                if value is not None and not _holds(check, value):
                    shown = ascii(value)[:60]
                    return f"table {table}, row {n}, column {name} has {shown}"
    return ""


def _check_of(column: str, kind: str) -> Callable[[object], object]:
    """What reads a value of a column; it raises, or returns ``False``, where it cannot."""
    if column in DATES:
        return lambda value: date.fromisoformat(str(value)).year in YEARS
    if column.endswith("_at"):
        return lambda value: _is_instant(str(value))
    if column == "metric":
        return lambda value: Metric(str(value))
    if column == "quantiles_ms":
        return lambda value: all(
            math.isfinite(float(part)) for pair in json.loads(str(value)).items() for part in pair
        )
    if column == "payload":
        return _is_payload
    if kind in ("REAL", "INTEGER"):
        return lambda value: isinstance(value, int | float) and abs(value) < MAX_NUMBER
    if kind == "TEXT":
        # What was no UTF-8 was read as surrogates, which cannot be encoded.
        return lambda value: isinstance(value, str) and value.encode("utf-8") is not None
    return lambda value: isinstance(value, bytes)


def _is_payload(value: object) -> bool:
    """Whether it is the content of an entry whose numbers and dates can be read."""
    content = json.loads(str(value))
    quantiles = content.get("quantiles", {})
    numbers = [content.get("mean", 0), *quantiles.keys(), *quantiles.values()]
    numbers += content.get("rows", [])
    days = [content[key] for key in DATES & content.keys()] + content.get("sealed_on", [])
    return all(math.isfinite(float(one)) for one in numbers) and all(
        date.fromisoformat(day).year in YEARS for day in days
    )


def _is_instant(text: str) -> bool:
    at = datetime.fromisoformat(text)
    return at.tzinfo is not None and at.year in YEARS


def _holds(check: Callable[[object], object], value: object) -> bool:
    try:
        return check(value) is not False
    except (ValueError, TypeError, AttributeError, RecursionError):
        return False

"""Open Dagster's run history inside the home: telemetry off, rebuilt when it is damaged."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy
import yaml
from sqlalchemy.exc import DatabaseError, OperationalError

from hrvctl.errors import HomeError, exception_chain
from hrvctl.files import read_file
from hrvctl.pipeline.dagster_private import COMPUTE_LOGS, HISTORY_FOLDERS, RUN_COORDINATOR
from hrvctl.store.artifacts import save_text
from hrvctl.store.disk import FULL, REFUSED, SQLITE
from hrvctl.store.home import Home, make_folder, private_files
from hrvctl.store.lock import file_lock

# No compute logs: our ops print nothing, and capturing that would start four helper processes,
# write three files a run, and delay the progress line.
DAGSTER_YAML = f"""\
# Written by hrvctl. Nothing leaves this machine.
telemetry: {{enabled: false}}
nux: {{enabled: false}}
run_coordinator: {{module: {RUN_COORDINATOR[0]}, class: {RUN_COORDINATOR[1]}}}
compute_logs: {{module: {COMPUTE_LOGS[0]}, class: {COMPUTE_LOGS[1]}}}
"""

CONFIG = "dagster.yaml"
# The error of a row of the run history that Dagster cannot read; its class is not public.
UNREADABLE = "DeserializationError"
# The databases of the run history that every run reads.
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")

# The code location of the jobs: the module that defines them.
LOCATION = "hrvctl.pipeline.definitions"


@contextmanager
def open_instance(home: Home, *, now: datetime) -> Iterator[dg.DagsterInstance]:
    """Open the run history in ``<home>/dagster``; create it if it does not exist.

    A damaged history is moved aside and a new one created: forecasts, ledger and journal are in the
    store, not here.

    Args:
        home: The home.
        now: Names the folder a damaged history is moved to.

    Raises:
        HomeError: It cannot be read or written, though it is not damaged: a full disk, a lock.
    """
    with private_files():
        make_folder(home.dagster)
        relax_syncing(home.dagster.resolve())
        lock = home.dagster / ".opening.lock"
        if os.path.lexists(lock) and (lock.is_symlink() or not lock.is_file()):
            _move_aside(home.dagster, now, [lock.name])
        # Two processes that create it at once leave a history that cannot be opened again.
        with file_lock(lock):
            _write_config(home.dagster, now)
            instance = _open(home.dagster, now)
        try:
            with instance:
                yield instance
        except Exception as error:
            if not _is_of_damage(error):
                raise
            _move_aside(home.dagster, now, [*HISTORY_FOLDERS, CONFIG])
            raise HomeError(
                f"the run history in {home.dagster} was damaged; it was moved aside there",
                hint="run this again: it begins a new history, and nothing of yours is lost",
            ) from error


def _open(folder: Path, now: datetime) -> dg.DagsterInstance:
    try:
        return _connect(folder)
    except Exception as error:
        if _is_healthy(error):
            raise HomeError(
                f"cannot use the run history in {folder}: {error.args[0]}",
                hint="is the disk full, or the folder not writable?",
            ) from error
        # Whatever else it is, the history can be lost: a new one is better than no evening.
        _move_aside(folder, now, [*HISTORY_FOLDERS, CONFIG])
        _write_config(folder, now)
        return _connect(folder)


def _write_config(folder: Path, now: datetime) -> None:
    """Write dagster.yaml where it is missing or damaged; a damaged one is moved aside.

    Atomic, and checked: with half of the file Dagster would turn telemetry on.
    """
    path = folder / CONFIG
    if os.path.lexists(path):
        try:
            content = yaml.safe_load(read_file(path))
        except (OSError, ValueError, RecursionError, yaml.YAMLError):
            content = None
        if _is_sound(content):
            return
        _move_aside(folder, now, [CONFIG])
    save_text(path, DAGSTER_YAML)


def _connect(folder: Path) -> dg.DagsterInstance:
    _check_files(folder)
    instance = dg.DagsterInstance.from_config(str(folder))
    # Opening does not read every file; a damaged one would fail the first query of a run.
    instance.get_run_records(limit=1)
    instance.all_asset_keys()
    return instance


def _is_of_damage(error: Exception) -> bool:
    """Whether a damaged run history is among the causes of an error."""
    return any(
        type(one).__name__ == UNREADABLE
        or (isinstance(one, DatabaseError) and not _is_healthy(one))
        for one in exception_chain(error)
    )


def _is_sound(content: object) -> bool:
    """Whether dagster.yaml says if telemetry is on, and names classes that exist."""
    if not isinstance(content, dict) or not isinstance(telemetry := content.get("telemetry"), dict):
        return False
    if not isinstance(telemetry.get("enabled"), bool):
        return False
    try:
        for part in content.values():
            if isinstance(part, dict) and "module" in part:
                getattr(import_module(part["module"]), part["class"])
    except (ImportError, AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def _check_files(folder: Path) -> None:
    """Check the databases of the run history: a damaged page may be read by a later query alone.

    Raises:
        sqlite3.DatabaseError: One is damaged.
    """
    for name in DATABASES:
        if (path := folder / name).is_file() and path.stat().st_size:
            with contextlib.closing(sqlite3.connect(path)) as database:
                (finding,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if finding != "ok":
                raise sqlite3.DatabaseError(f"{path} is damaged: {finding}")


def _is_healthy(error: Exception) -> bool:
    """Whether opening failed for another reason than a damaged file: a lock, a full disk."""
    if isinstance(error, OSError):
        return error.errno in FULL | REFUSED
    if isinstance(error, MemoryError | ImportError):
        return True
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE | {sqlite3.SQLITE_BUSY}
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    # SQLITE_ERROR ("no such table" and the like) means that creating the file was interrupted.
    return bool(code & 0xFF != sqlite3.SQLITE_ERROR)


def _move_aside(folder: Path, now: datetime, names: Sequence[str]) -> None:
    stamp = f"damaged-{now:%Y%m%dT%H%M%S}"
    aside = folder / stamp
    n = 1
    while aside.exists():
        n += 1
        aside = folder / f"{stamp}-{n}"
    make_folder(aside)
    for name in names:
        if os.path.lexists(folder / name):
            (folder / name).replace(aside / name)


def relax_syncing(folder: Path) -> None:
    """Turn off SQLite's disk syncs for the run history, 300 a run; the store keeps its own.

    A power cut may damage the history, which is then rebuilt; a crash of the process cannot.
    """
    _relaxed_folders().add(folder)


@cache
def _relaxed_folders() -> set[Path]:
    """The folders whose databases are not synced; one listener for all of them."""
    folders: set[Path] = set()

    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def relax(connection: Any, _: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        if not isinstance(connection, sqlite3.Connection):
            return
        (*_, path) = connection.execute("PRAGMA database_list").fetchone()
        if path and not folders.isdisjoint(_folders_above(str(Path(path).parent))):
            connection.execute("PRAGMA synchronous = OFF")

    return folders


@cache
def _folders_above(folder: str) -> frozenset[Path]:
    """A folder and those it is in, links followed: Dagster connects a hundred times a run."""
    real = Path(folder).resolve()
    return frozenset((real, *real.parents))

"""Open Dagster's run history inside the home: telemetry off, rebuilt when it is damaged."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy
import yaml
from sqlalchemy.exc import OperationalError

from hrvctl.errors import HomeError
from hrvctl.files import read_file
from hrvctl.pipeline.dagster_private import COMPUTE_LOGS, HISTORY_FOLDERS, RUN_COORDINATOR
from hrvctl.store.artifacts import save_text
from hrvctl.store.disk import FULL, REFUSED
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
        with instance:
            yield instance


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
        if isinstance(content, dict) and content.get("telemetry") == {"enabled": False}:
            return
        _move_aside(folder, now, [CONFIG])
    save_text(path, DAGSTER_YAML)


def _connect(folder: Path) -> dg.DagsterInstance:
    instance = dg.DagsterInstance.from_config(str(folder))
    # Opening does not read every file; a damaged one would fail the first query of a run.
    instance.get_run_records(limit=1)
    instance.all_asset_keys()
    return instance


def _is_healthy(error: Exception) -> bool:
    """Whether opening failed for another reason than a damaged file: a lock, a full disk."""
    if isinstance(error, OSError):
        return error.errno in FULL | REFUSED
    if isinstance(error, MemoryError | ImportError):
        return True
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
        if path and not folders.isdisjoint(Path(path).resolve().parents):
            connection.execute("PRAGMA synchronous = OFF")

    return folders

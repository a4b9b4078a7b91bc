"""Open Dagster's run history inside the home: telemetry off, rebuilt when it is damaged."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy
from alembic.util.exc import CommandError
from filelock import FileLock
from sqlalchemy.exc import DatabaseError, OperationalError

from hrvctl.errors import HomeError
from hrvctl.pipeline.dagster_private import COMPUTE_LOGS, HISTORY_FOLDERS, RUN_COORDINATOR
from hrvctl.store.artifacts import save_text
from hrvctl.store.home import FILE_MODE, Home, make_folder, private_files

# No compute logs: our ops print nothing, and capturing that would start four helper processes,
# write three files a run, and delay the progress line.
DAGSTER_YAML = f"""\
# Written by hrvctl. Nothing leaves this machine.
telemetry: {{enabled: false}}
nux: {{enabled: false}}
run_coordinator: {{module: {RUN_COORDINATOR[0]}, class: {RUN_COORDINATOR[1]}}}
compute_logs: {{module: {COMPUTE_LOGS[0]}, class: {COMPUTE_LOGS[1]}}}
"""

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
        # Two processes that create it at once leave a history that cannot be opened again.
        with FileLock(home.dagster / ".opening.lock", mode=FILE_MODE):
            config = home.dagster / "dagster.yaml"
            if not config.exists():
                # Atomic: with half of the file Dagster would turn telemetry on.
                save_text(config, DAGSTER_YAML)
            instance = _open(home.dagster, now)
        with instance:
            yield instance


def _open(folder: Path, now: datetime) -> dg.DagsterInstance:
    try:
        return _connect(folder)
    except (DatabaseError, CommandError) as error:
        if _is_healthy(error):
            raise HomeError(
                f"cannot use the run history in {folder}: {error.args[0]}",
                hint="is the disk full, or the folder not writable?",
            ) from error
        _move_aside(folder, now)
        return _connect(folder)


def _connect(folder: Path) -> dg.DagsterInstance:
    instance = dg.DagsterInstance.from_config(str(folder))
    # Opening does not read every file; a damaged one would fail the first query of a run.
    instance.get_run_records(limit=1)
    instance.all_asset_keys()
    return instance


def _is_healthy(error: Exception) -> bool:
    """Whether SQLite failed for another reason than a damaged file: a lock, a full disk."""
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    # SQLITE_ERROR ("no such table" and the like) means that creating the file was interrupted.
    return bool(code & 0xFF != sqlite3.SQLITE_ERROR)


def _move_aside(folder: Path, now: datetime) -> None:
    stamp = f"damaged-{now:%Y%m%dT%H%M%S}"
    aside = folder / stamp
    n = 1
    while aside.exists():
        n += 1
        aside = folder / f"{stamp}-{n}"
    make_folder(aside)
    for name in HISTORY_FOLDERS:
        if (folder / name).exists():
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

"""Dagster's own home inside ours: telemetry off, run history expendable."""

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
from hrvctl.store.artifacts import save_text
from hrvctl.store.home import FILE_MODE, Home, make_folder, private_files

# No compute logs: our ops print nothing, and capturing it would start four helper processes and
# write three files a run, and hold back the progress line.
DAGSTER_YAML = """\
# Written by hrvctl. Nothing leaves this machine.
telemetry: {enabled: false}
nux: {enabled: false}
run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}
compute_logs: {module: dagster._core.storage.noop_compute_log_manager, class: NoOpComputeLogManager}
"""

# Dagster's pages list a run only under the code location that can load its job.
LOCATION = "hrvctl.pipeline.definitions"

# Where Dagster keeps run history, under its home.
HISTORY_FOLDERS = ("history", "schedules")


@contextmanager
def open_instance(home: Home, *, now: datetime) -> Iterator[dg.DagsterInstance]:
    """Open the run history in ``<home>/dagster``, making it when it is not there.

    A damaged history is moved aside and made anew: nothing a person cares about lies in it.

    Args:
        home: The home.
        now: Names the folder a damaged history is moved to.

    Raises:
        HomeError: It cannot be read or written, though it is not damaged: a full disk, a lock.
    """
    with private_files():
        make_folder(home.dagster)
        relax_syncing(home.dagster.resolve())
        # Two first openings at once leave a history that can never be opened again.
        with FileLock(home.dagster / ".opening.lock", mode=FILE_MODE):
            config = home.dagster / "dagster.yaml"
            if not config.exists():
                # Whole or not at all: of half a file Dagster would make telemetry.
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
    # Opening does not look into every file; the first query of a run would trip over the rest.
    instance.get_run_records(limit=1)
    instance.all_asset_keys()
    return instance


def _is_healthy(error: Exception) -> bool:
    """Whether SQLite could not work just now, rather than found a file that makes no sense."""
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    # "No such table" and the like (SQLITE_ERROR) are the marks of a creation that went wrong.
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


@cache
def relax_syncing(folder: Path) -> None:
    """Spare run history the 300 disk syncs a run would cost; our own database keeps all of its.

    A power cut may damage the history, which is then moved aside; a crash cannot.
    """

    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def relax(connection: Any, _: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        if not isinstance(connection, sqlite3.Connection):
            return
        (*_, path) = connection.execute("PRAGMA database_list").fetchone()
        if path and Path(path).resolve().is_relative_to(folder):
            connection.execute("PRAGMA synchronous = OFF")

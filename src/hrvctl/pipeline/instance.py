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
from filelock import FileLock
from sqlalchemy.exc import DatabaseError

from hrvctl.store.home import FILE_MODE, Home, make_folder, private_files

DAGSTER_YAML = """\
# Written by hrvctl. Nothing leaves this machine.
telemetry: {enabled: false}
nux: {enabled: false}
run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}
"""


@contextmanager
def open_instance(home: Home, *, now: datetime) -> Iterator[dg.DagsterInstance]:
    """Open the run history in ``<home>/dagster``, making it when it is not there.

    A damaged history is moved aside and made anew: nothing a person cares about lies in it.

    Args:
        home: The home.
        now: Names the folder a damaged history is moved to.
    """
    with private_files():
        make_folder(home.dagster)
        config = home.dagster / "dagster.yaml"
        if not config.exists():
            config.write_text(DAGSTER_YAML, encoding="utf-8")
        _relax_syncing(home.dagster)
        # Two first openings at once leave a history that can never be opened again.
        with FileLock(home.dagster / ".opening.lock", mode=FILE_MODE):
            instance = _open(home.dagster, now)
        with instance:
            yield instance


def _open(folder: Path, now: datetime) -> dg.DagsterInstance:
    try:
        return dg.DagsterInstance.from_config(str(folder))
    except DatabaseError:
        aside = folder / f"damaged-{now:%Y%m%dT%H%M%S}"
        aside.mkdir()
        for name in ("history", "schedules"):
            if (folder / name).exists():
                (folder / name).replace(aside / name)
        return dg.DagsterInstance.from_config(str(folder))


@cache
def _relax_syncing(folder: Path) -> None:
    """Spare run history the 300 disk syncs a run would cost; our own database keeps all of its.

    A power cut may damage the history, which is then moved aside; a crash cannot.
    """

    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def relax(connection: Any, _: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        if not isinstance(connection, sqlite3.Connection):
            return
        (*_, path) = connection.execute("PRAGMA database_list").fetchone()
        if path and Path(path).is_relative_to(folder):
            connection.execute("PRAGMA synchronous = OFF")

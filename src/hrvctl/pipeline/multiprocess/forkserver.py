"""How the processes of a run begin: forked from one that has imported all there is to import.

Imports no Dagster itself, so that it can be started before that is.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver
from platform import system
from typing import Any

# What a child needs: the ops, and what Dagster imports only when it opens a run history. A name
# that a later Dagster does not know is passed over, and costs time alone.
PRELOADED = (
    "dagster._core.executor.multiprocess",
    "hrvctl.pipeline.multiprocess.processes",
    "statsmodels.stats.sandwich_covariance",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "dagster._core.execution.backfill",
    "dagster._core.instance.factory",
    "dagster._core.instance.runs.run_domain",
    "dagster._core.secrets.loader",
    "dagster._core.storage.noop_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
    "upath.implementations.local",
)


def start_method() -> Mapping[str, Any]:
    """Dagster's config for it."""
    # Apple's frameworks do not survive a fork (Python's documentation of multiprocessing).
    if system() != "Linux":
        return {"spawn": {}}
    return {"forkserver": {"preload_modules": list(PRELOADED)}}


def start_importing() -> None:
    """Start the process the others are forked from; it imports while this one goes on.

    Dagster's children say on stderr that they start, which a person need not know.
    """
    if system() != "Linux":
        return
    forkserver.set_forkserver_preload(list(PRELOADED))
    with _quiet():
        forkserver.ensure_running()


@contextmanager
def _quiet() -> Iterator[None]:
    """Let a child that is started inside inherit a stdout and a stderr that lead nowhere.

    It outlives a program that is stopped for as long as it imports, and whoever reads what that
    program prints would wait for it.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    before = {stream: copy for stream in (1, 2) if (copy := _copied(stream)) is not None}
    try:
        for stream in before:
            os.dup2(nowhere, stream)
        yield
    finally:
        for stream, copy in before.items():
            os.dup2(copy, stream)
            os.close(copy)
        os.close(nowhere)


def _copied(stream: int) -> int | None:
    try:
        return os.dup(stream)
    except OSError:  # closed by the caller
        return None

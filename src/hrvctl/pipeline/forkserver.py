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
    "hrvctl.pipeline.processes",
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
    with _quiet_stderr():
        forkserver.ensure_running()


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Let a child that is started inside inherit a stderr that leads nowhere."""
    try:
        before = os.dup(2)
    except OSError:  # closed by the caller
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)

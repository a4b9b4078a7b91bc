"""Start the child processes of a run: forked from one that has imported what they need.

Does not import Dagster, so that the fork server can start before Dagster is loaded.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from platform import system

from hrvctl.pipeline import Config, dagster_private

# What a child process imports: the ops, and Dagster's run history.
PRELOADED = (
    "hrvctl.pipeline.multiprocess.processes",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "upath.implementations.local",
    *dagster_private.PRELOADED,
)


def start_method() -> Config:
    """Dagster's ``start_method`` config."""
    # Apple's frameworks crash after a fork (Python's documentation of multiprocessing).
    if system() != "Linux":
        return {"spawn": {}}
    return {"forkserver": {"preload_modules": list(PRELOADED)}}


def start_importing() -> None:
    """Start the fork server; it imports while this process goes on.

    Its output is discarded: Dagster's children report their start on stderr.
    """
    if system() != "Linux":
        return
    forkserver.set_forkserver_preload(list(PRELOADED))
    with _quiet():
        forkserver.ensure_running()


@contextmanager
def _quiet() -> Iterator[None]:
    """Let a child process started in the block inherit the null device as stdout and stderr.

    The fork server finishes its imports even when this program ends; a reader of this program's
    output would wait for it.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    before = {stream: copy for stream in (1, 2) if (copy := _duplicate(stream)) is not None}
    try:
        for stream in before:
            os.dup2(null, stream)
        yield
    finally:
        for stream, copy in before.items():
            os.dup2(copy, stream)
            os.close(copy)
        os.close(null)


def _duplicate(stream: int) -> int | None:
    try:
        return os.dup(stream)
    except OSError:  # closed by the caller
        return None

"""Run a job with a process for every op.

Dagster gives its child processes a module, a function and the function's arguments, and stores
these in the run history. The private inputs are not among them: the children ask their parent for
them over a local socket, so they are in no file.

Dagster's own way, run config of ``{"env": "NAME"}``, cannot hold them: it exists for text alone
(``guess_ms`` is a float), a re-run without the variable fails before it starts, and a forked child
has the environment of the fork server, which is older than the run.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Client, Listener
from pathlib import Path
from threading import Event, Thread

import dagster as dg

from hrvctl.pipeline import Config
from hrvctl.pipeline.instance import relax_syncing
from hrvctl.pipeline.jobs import build_job
from hrvctl.pipeline.multiprocess.executors import MULTIPROCESS, unlocked_executor
from hrvctl.pipeline.multiprocess.forkserver import start_importing
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Workspace

# Where earlier versions wrote the private inputs; a killed run left the file.
OLD_PRIVATE_FILES = ".said-*.json"


class OpFailed(Exception):
    """An op failed in its process; the exception itself stayed there."""


def run_in_processes(
    name: str,
    workspace: Workspace,
    instance: dg.DagsterInstance,
    *,
    run_config: Config,
    tags: Mapping[str, str],
    n_processes: int,
) -> None:
    """Run a job with a process for every op; the caller holds the home's lock.

    Args:
        name: The job.
        workspace: The home and its clock. The ops' clocks continue from it, so that a forecast
            after the morning has begun is refused as it is in one process.
        instance: The run history.
        run_config: Dagster's run config, without the private inputs.
        tags: Tags of the run.
        n_processes: Ops at work at once, at most.

    Raises:
        OpFailed: An op failed; the listener of the run has its event.
    """
    start_importing()
    execution = {"execution": {"config": {MULTIPROCESS: {"max_concurrent": n_processes}}}}
    with _served(workspace) as address:
        given = {"name": name, "root": str(workspace.home.root), "address": address}
        job = dg.build_reconstructable_job(__name__, "rebuild_job", reconstructable_kwargs=given)
        result = dg.execute_job(
            job,
            instance=instance,
            run_config={**run_config, **execution},
            tags=tags,
            raise_on_error=True,
        )
    if not result.success:
        raise OpFailed(f"an op of {name} failed in its process")


def rebuild_job(name: str, root: str, address: str) -> dg.JobDefinition:
    """Build the job of ``run_in_processes``; called in every process of its run."""
    with Client(address, authkey=current_process().authkey) as connection:
        now, ticks, private, day_starts_at = connection.recv()
    workspace = Workspace(
        Home(Path(root)),
        lambda: now + timedelta(seconds=time.monotonic() - ticks),
        private=private,
        day_starts_at=day_starts_at,
    )
    relax_syncing(workspace.home.dagster.resolve())
    return build_job(name, workspace, executor=unlocked_executor())


def remove_private_files(home: Home) -> None:
    """Delete the private inputs that a killed run of an earlier version left; hold the lock."""
    for path in home.dagster.glob(OLD_PRIVATE_FILES):
        path.unlink(missing_ok=True)


@contextmanager
def _served(workspace: Workspace) -> Iterator[str]:
    """Answer the child processes with the parent's time and private inputs; yield the address.

    A client must know the authentication key, which child processes inherit. The monotonic clock is
    that of the machine, the same in every process.
    """
    content = (workspace.clock(), time.monotonic(), workspace.private, workspace.day_starts_at)
    key = current_process().authkey
    is_over = Event()
    with Listener(authkey=key) as listener:
        thread = Thread(target=_answer, args=(listener, content, is_over), daemon=True)
        thread.start()
        try:
            yield str(listener.address)
        finally:
            is_over.set()
            with suppress(OSError, EOFError):  # wakes the thread, which waits for a client
                Client(listener.address, authkey=key).close()
            thread.join()


def _answer(listener: Listener, content: tuple[object, ...], is_over: Event) -> None:
    while True:
        # A child that is killed while it asks must not end the run of the others.
        with suppress(OSError, EOFError, AuthenticationError), listener.accept() as connection:
            # Looked at after a client was accepted: the one that wakes this thread waits for it.
            if is_over.is_set():
                return
            connection.send(content)

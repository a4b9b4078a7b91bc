"""A run spread over processes: what they must know of each other, and what stays out of files.

Dagster hands its children a module, a function and the function's arguments, and writes these into
the run history. What the person said goes by a file of theirs alone, named in the arguments, which
is there only while the run is.
"""

import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from hrvctl.pipeline.instance import relax_syncing
from hrvctl.pipeline.jobs import build_job
from hrvctl.pipeline.multiprocess.executors import MULTIPROCESS, unlocked_executor
from hrvctl.pipeline.multiprocess.forkserver import start_importing
from hrvctl.store.artifacts import save_text
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import PrivateInputs, Workspace

# Left over only when a run was killed; hidden, so that no pattern for artifacts meets it.
SAID_PATTERN = ".said-*.json"


class OpFailed(Exception):
    """An op failed in another process; what it raised stayed there."""


def run_in_processes(
    name: str,
    workspace: Workspace,
    instance: dg.DagsterInstance,
    *,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
    n_processes: int,
) -> None:
    """Run a job with a process for every op; the caller holds the home's lock.

    Args:
        name: The job.
        workspace: Where; the ops' clocks go on from its own, in whatever process they are, so that
            what is sealed after midnight is refused as it is in one process.
        instance: The run history.
        run_config: Dagster's, without what the person said.
        tags: What to find the run by.
        n_processes: Ops at work at once, at most.

    Raises:
        OpFailed: One did; the feed heard which, and why.
    """
    start_importing()
    execution = {"execution": {"config": {MULTIPROCESS: {"max_concurrent": n_processes}}}}
    with _said_file(workspace) as path:
        given = {"name": name, "root": str(workspace.home.root), "said": str(path)}
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


def rebuild_job(name: str, root: str, said: str) -> dg.JobDefinition:
    """The job as its parent has it; called in every process of a run.

    Args:
        name: The job.
        root: The home.
        said: The file with the parent's time, the ticks of the machine at that time (they are the
            same in every process), and what the person said.
    """
    content = json.loads(Path(said).read_text(encoding="utf-8"))
    words = {**content["said"], "branches": tuple(content["said"]["branches"])}
    now, ticks = datetime.fromisoformat(content["now"]), content["ticks"]
    workspace = Workspace(
        Home(Path(root)),
        lambda: now + timedelta(seconds=time.monotonic() - ticks),
        private=PrivateInputs(**words),
    )
    relax_syncing(workspace.home.dagster.resolve())
    return build_job(name, workspace, executor=unlocked_executor())


def remove_private_files(home: Home) -> None:
    """Take away what a killed run left of what the person said; call it under the lock."""
    for path in home.dagster.glob(SAID_PATTERN):
        path.unlink(missing_ok=True)


@contextmanager
def _said_file(workspace: Workspace) -> Iterator[Path]:
    content = {
        "now": workspace.clock().isoformat(),
        "ticks": time.monotonic(),
        "said": dataclasses.asdict(workspace.private),
    }
    handle, name = tempfile.mkstemp(dir=workspace.home.dagster, prefix=".said-", suffix=".json")
    os.close(handle)
    path = Path(name)
    try:
        save_text(path, json.dumps(content))
        yield path
    finally:
        path.unlink(missing_ok=True)

"""The run history for the command line: list the runs, prune them, delete one."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hrvctl.pipeline import retention
from hrvctl.pipeline.instance import open_instance
from hrvctl.store.home import Home
from hrvctl.store.lock import run_lock
from hrvctl.store.temp_files import scratch_folder
from hrvctl.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run of the history.

    Attributes:
        run_id: Dagster's id.
        job: The job.
        status: Dagster's status, in lower case.
        started_at: Seconds since 1970; ``None`` for a run that never started.
        seconds: Its duration; ``None`` for a run that has not ended.
        tags: Its ``hrvctl/*`` tags.
    """

    run_id: str
    job: str
    status: str
    started_at: float | None
    seconds: float | None
    tags: Mapping[str, str]


def list_runs(workspace: Workspace, *, limit: int) -> list[RunSummary]:
    """List the latest runs, newest first."""
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        records = instance.get_run_records(limit=limit)
    return [
        RunSummary(
            run_id=record.dagster_run.run_id,
            job=_job_words(record.dagster_run.job_name),
            status=record.dagster_run.status.value.lower(),
            started_at=record.start_time,
            seconds=_seconds(record.start_time, record.end_time),
            tags={k: v for k, v in record.dagster_run.tags.items() if k.startswith("hrvctl/")},
        )
        for record in records
    ]


def prune_runs(workspace: Workspace, *, dry_run: bool = False) -> retention.Pruned:
    """Delete the runs, replays and forks beyond the workspace's retention.

    Args:
        workspace: The home and its retention.
        dry_run: Prune a temporary copy instead: opening the history writes to it.

    Raises:
        Locked: A run is going on.
    """
    if dry_run:
        with scratch_folder("dry-run") as scratch:
            copy = Home(scratch)
            shutil.copytree(workspace.home.dagster, copy.dagster)
            return prune_runs(replace(workspace, home=copy))
    now = workspace.clock()
    with run_lock(workspace.home, now=now), open_instance(workspace.home, now=now) as instance:
        return retention.prune(instance, workspace.home, workspace.retention, now=now)


def delete_run(workspace: Workspace, run_id: str) -> None:
    """Delete a finished run from the history of the home."""
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        retention.delete_run(instance, workspace.home, run_id)


def _job_words(name: str) -> str:
    # Dagster's own name for what runs when checks are asked for by hand on its pages.
    return "asset checks" if name.startswith("__ASSET_JOB") else name


def _seconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(end - start, 2)

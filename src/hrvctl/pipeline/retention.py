"""Delete old runs, replays and forks; the store is never pruned."""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from hrvctl.pipeline.dagster_private import delete_check_evaluations
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Retention

# The other statuses are those of runs at work, and of orphaned ones not yet marked as failed.
FINISHED = (
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
)
# Dagster names a run's own file by its id; the folder holds other files too.
RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Runs deleted at once: pruning takes about as long for one run as for a batch (own choice).
BATCH = 10
# Folders of a subject's artifacts with one folder per evening; their names sort by date.
BY_EVENING = ("replays", "forks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was deleted."""

    n_runs: int
    n_folders: int
    n_bytes: int


def is_due(instance: dg.DagsterInstance, retention: Retention) -> bool:
    """Whether there is a batch of runs more than ``retention`` keeps."""
    return instance.get_runs_count(dg.RunsFilter(statuses=list(FINISHED))) >= retention.runs + BATCH


def prune(
    instance: dg.DagsterInstance, home: Home, retention: Retention, *, now: datetime
) -> Pruned:
    """Delete old finished runs, and old replays and forks."""
    before = now - timedelta(days=retention.days)
    records = instance.get_run_records(dg.RunsFilter(statuses=list(FINISHED)))
    old = [
        record
        for place, record in enumerate(records)
        if place >= retention.runs or record.create_timestamp < before
    ]
    folders = list(_old_evenings(home, retention))
    files = [place for record in old for place in _places(home, record.dagster_run.run_id)]
    files += _orphaned_files(instance, home)
    n_bytes = sum(_size(path) for path in (*files, *folders))
    for record in old:
        instance.delete_run(record.dagster_run.run_id)
    delete_check_evaluations(instance)
    _remove((*files, *folders))
    return Pruned(n_runs=len(old), n_folders=len(folders), n_bytes=n_bytes)


def delete_run(instance: dg.DagsterInstance, home: Home, run_id: str) -> None:
    """Delete one finished run with its files."""
    instance.delete_run(run_id)
    _remove(_places(home, run_id))


def _places(home: Home, run_id: str) -> Sequence[Path]:
    """The files that ``delete_run`` leaves of a run."""
    shards = home.dagster / "history" / "runs"
    return [*shards.glob(f"{run_id}.db*"), home.dagster / "storage" / run_id]


def _orphaned_files(instance: dg.DagsterInstance, home: Home) -> list[Path]:
    """Files of runs that are no longer in the history: an earlier pruning was interrupted."""
    shards = (home.dagster / "history" / "runs").glob("*.db")
    ids = {path.stem for path in shards if RUN_ID.fullmatch(path.stem)}
    return [p for run_id in ids if not instance.has_run(run_id) for p in _places(home, run_id)]


def _old_evenings(home: Home, retention: Retention) -> Iterable[Path]:
    artifacts = home.dagster / "artifacts"
    for name in BY_EVENING:
        for place in sorted(artifacts.glob(f"*/{name}")):
            evenings = sorted(path for path in place.iterdir() if path.is_dir())
            yield from evenings[: max(len(evenings) - retention.runs, 0)]


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.exists() else 0


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

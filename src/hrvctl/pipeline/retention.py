"""Keeping run history small: it is expendable, and what a person cares about lies elsewhere."""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable

from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Retention

# Runs still at work, or left by a process that died and not yet buried.
FINISHED = (
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
)
# Dagster names a run's own file after it; others lie beside those.
RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Runs taken away at once: pruning one run each evening would cost each evening what a batch costs
# once in a while (own choice).
BATCH = 10
# Folders below a subject's artifacts that hold one folder an evening, the oldest by its name.
BY_EVENING = ("replays", "forks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was taken away."""

    n_runs: int
    n_folders: int
    n_bytes: int


def is_due(instance: dg.DagsterInstance, retention: Retention) -> bool:
    """Whether a batch of runs has gathered beyond what is kept."""
    return instance.get_runs_count(dg.RunsFilter(statuses=list(FINISHED))) >= retention.runs + BATCH


def prune(
    instance: dg.DagsterInstance, home: Home, retention: Retention, *, now: datetime
) -> Pruned:
    """Take away old finished runs, and old replays and forks; never anything of the store.

    Args:
        instance: The open run history of ``home``.
        home: Where.
        retention: How much stays.
        now: Aware; ages are counted from it.
    """
    before = now - timedelta(days=retention.days)
    records = instance.get_run_records(dg.RunsFilter(statuses=list(FINISHED)))
    old = [
        record
        for place, record in enumerate(records)
        if place >= retention.runs or record.create_timestamp < before
    ]
    folders = list(_old_evenings(home, retention))
    files = [place for record in old for place in _places(home, record.dagster_run.run_id)]
    files += _forgotten(instance, home)
    n_bytes = sum(_size(path) for path in (*files, *folders))
    for record in old:
        instance.delete_run(record.dagster_run.run_id)
    _forget_checks(instance)
    _remove((*files, *folders))
    return Pruned(n_runs=len(old), n_folders=len(folders), n_bytes=n_bytes)


def _places(home: Home, run_id: str) -> Sequence[Path]:
    """What Dagster leaves of a run it was told to delete."""
    shards = home.dagster / "history" / "runs"
    return [*shards.glob(f"{run_id}.db*"), home.dagster / "storage" / run_id]


def _forget_checks(instance: dg.DagsterInstance) -> None:
    """Take away what asset checks found in runs that are gone: with a run Dagster keeps that."""
    checks = AssetCheckExecutionsTable
    storage = instance.event_log_storage
    if isinstance(storage, SqlEventLogStorage):
        with storage.index_connection() as connection:
            connection.execute(
                checks.delete().where(checks.c.run_id.not_in(instance.get_run_ids()))
            )


def _forgotten(instance: dg.DagsterInstance, home: Home) -> list[Path]:
    """Files of runs that are in no history any more: an earlier pruning was killed halfway."""
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

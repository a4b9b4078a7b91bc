"""Delete old runs, replays and forks; the store is never pruned."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from hrvctl.pipeline.dagster_private import delete_check_evaluations
from hrvctl.pipeline.run_tags import AS_OF, MODE, SUBJECT
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
# What makes runs of one kind: whose they are, and live, replay, reconcile, fork or doctor.
KIND = (SUBJECT, MODE)
# Runs deleted at once: pruning takes about as long for one run as for a batch (own choice).
BATCH = 10
# Latest runs of an evening that are kept: a schedule may run it every few minutes (own choice).
RUNS_AN_EVENING = 10
# Folders of a subject's artifacts with one folder per evening; their names sort by date.
BY_EVENING = ("replays", "forks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was deleted."""

    n_runs: int
    n_folders: int
    n_bytes: int


def finished(job: str = "", tags: Mapping[str, str] | None = None) -> dg.RunsFilter:
    """The finished runs of a job for the subject of these tags; all without them."""
    # One tag alone: Dagster joins a table for each, which takes half a second with 12,000 runs.
    whose = next(({name: tags[name]} for name in KIND if name in tags), None) if tags else None
    return dg.RunsFilter(job_name=job or None, tags=whose, statuses=list(FINISHED))


def is_due(instance: dg.DagsterInstance, retention: Retention, among: dg.RunsFilter) -> bool:
    """Whether there may be another batch of runs more than ``retention`` keeps.

    Looked at once a batch: an evening that ran several times is kept with all its runs.
    """
    more = instance.get_runs_count(among) - retention.evenings
    return more > 0 and more % BATCH == 0


def prune(
    instance: dg.DagsterInstance,
    home: Home,
    retention: Retention,
    *,
    now: datetime,
    among: dg.RunsFilter | None = None,
) -> Pruned:
    """Delete old finished runs, and old replays and forks.

    Args:
        instance: The run history.
        home: Its home.
        retention: How much to keep.
        now: The end of the days that are kept.
        among: The runs among which the evenings of each kind are counted; all if ``None``. Runs
            older than the days to keep are deleted whatever they are.
    """
    before = (now - timedelta(days=retention.days)).astimezone(UTC)
    aged = dg.RunsFilter(statuses=list(FINISHED), created_before=before)
    old = {*instance.get_run_ids(aged)}
    old.update(_surplus(instance.get_run_records(among or finished()), retention))
    folders = list(_old_evenings(home, retention))
    files = [place for run_id in old for place in _places(home, run_id)]
    files += _orphaned_files(instance, home)
    n_bytes = sum(_size(path) for path in (*files, *folders))
    delete_check_evaluations(instance, sorted(old))
    for run_id in sorted(old):
        instance.delete_run(run_id)
    _remove((*files, *folders))
    return Pruned(n_runs=len(old), n_folders=len(folders), n_bytes=n_bytes)


def _surplus(records: Iterable[dg.RunRecord], retention: Retention) -> Iterator[str]:
    """Ids of the runs that are not of the latest evenings of their kind.

    Args:
        records: The latest first. A run of no evening counts as one.
        retention: How many evenings to keep.
    """
    by_kind: dict[tuple[str | None, ...], dict[str, list[str]]] = {}
    for record in records:
        run = record.dagster_run
        kind = run.job_name, *(run.tags.get(name) for name in KIND)
        evenings = by_kind.setdefault(kind, {})
        evenings.setdefault(run.tags.get(AS_OF, run.run_id), []).append(run.run_id)
    for evenings in by_kind.values():
        for place, ids in enumerate(evenings.values()):
            yield from ids[RUNS_AN_EVENING if place < retention.evenings else 0 :]


def delete_run(instance: dg.DagsterInstance, home: Home, run_id: str) -> None:
    """Delete one finished run with its files."""
    delete_check_evaluations(instance, [run_id])
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
    return [p for run_id in ids.difference(instance.get_run_ids()) for p in _places(home, run_id)]


def _old_evenings(home: Home, retention: Retention) -> Iterable[Path]:
    artifacts = home.dagster / "artifacts"
    for name in BY_EVENING:
        for place in sorted(artifacts.glob(f"*/{name}")):
            evenings = sorted(path for path in place.iterdir() if path.is_dir())
            yield from evenings[: max(len(evenings) - retention.evenings, 0)]


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

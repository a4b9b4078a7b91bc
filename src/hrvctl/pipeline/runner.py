"""Run a job from the command line, and list and prune the runs."""

import logging
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from logging.handlers import RotatingFileHandler

import dagster as dg

from hrvctl.errors import HomeError, HrvctlError, Interrupted
from hrvctl.files import open_file
from hrvctl.pipeline import Config, retention
from hrvctl.pipeline.dagster_private import runs_of
from hrvctl.pipeline.failures import cause_of, run_failed
from hrvctl.pipeline.instance import LOCATION, open_instance
from hrvctl.pipeline.jobs import build_job
from hrvctl.pipeline.multiprocess import processes
from hrvctl.pipeline.run_config import REPEATABLE, split_private
from hrvctl.pipeline.run_logger import RUN_LOGGER, RunListener, active_listener, filtered_stderr
from hrvctl.pipeline.run_tags import MODE, PRIVATE_INPUTS, STARTED_FROM
from hrvctl.safe_text import printable
from hrvctl.store.damage import damaged_home
from hrvctl.store.disk import check_free_space, disk_error
from hrvctl.store.home import Home, create_home, private_files
from hrvctl.store.lock import PATIENCE_S, run_lock
from hrvctl.store.memory import check_memory
from hrvctl.store.temp_files import remove_orphans, scratch_folder
from hrvctl.usecases.backup import back_up_weekly
from hrvctl.usecases.erasure import finish_erasure
from hrvctl.usecases.pull import pull_evening
from hrvctl.usecases.pulled import Pulled
from hrvctl.usecases.workspace import PrivateInputs, Workspace, parse_day

# The log keeps about half a year of daily runs; then the oldest file is deleted (own choice).
LOG_BYTES = 1_000_000
LOG_FILES = 3

# Statuses a run keeps when its process is killed.
UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def run_job(
    name: str,
    workspace: Workspace,
    *,
    ops: Config,
    tags: Mapping[str, str],
    on_stage: Callable[[str], None],
    n_processes: int | None = None,
) -> str:
    """Run a job to its end, one at a time in a home.

    Args:
        name: The job.
        workspace: The home and its clock.
        ops: Dagster's ``ops`` run config, made from the command's options; its ``PRIVATE`` fields
            are kept out of Dagster.
        tags: Tags of the run.
        on_stage: Called with the name of every stage that starts.
        n_processes: Run each op in a process of its own, at most so many at once; ``None`` runs
            all in this process.

    Returns:
        The run id.

    Raises:
        Locked: Another run is going on.
        HrvctlError: A stage failed for a reason a person can fix; ``stage`` names it.
        RunFailed: A stage failed for another reason; the log has the traceback.
        Interrupted: The run was asked to stop; it is marked as cancelled.
    """
    create_home(workspace.home)
    check_free_space(workspace.home.root)
    check_memory()
    public, private = split_private(ops)
    pulled = _pull_first(workspace, public, on_stage)
    private = replace(private, pulled=pulled)
    # Whatever began during the pull is over soon: a run, or an entry of the journal.
    wait_s = PATIENCE_S if pulled else 0.0
    with run_lock(workspace.home, now=workspace.clock(), wait_s=wait_s):
        finish_erasure(workspace)  # before it would delete anything of this run
        with listening(workspace, on_stage) as listener:
            given = replace(workspace, private=private)
            return _execute(name, given, public, tags, listener, n_processes)


@contextmanager
def listening(workspace: Workspace, on_stage: Callable[[str], None]) -> Iterator[RunListener]:
    """Hear the events of the runs inside, and write them to the log of the home."""
    with _log_file(workspace) as log:
        listener = RunListener(on_stage=on_stage, log=log)
        token = active_listener.set(listener)
        try:
            with filtered_stderr():
                yield listener
        finally:
            active_listener.reset(token)


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


def _job_words(name: str) -> str:
    # Dagster's own name for what runs when checks are asked for by hand on its pages.
    return "asset checks" if name.startswith("__ASSET_JOB") else name


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


def _pull_first(
    workspace: Workspace, ops: Config, on_stage: Callable[[str], None]
) -> tuple[Pulled, ...] | None:
    """Pull what a run is going to import, before it locks the home: a vendor may take a minute.

    The run has its ``ingest_op`` ask for it as if it pulled there.

    Returns:
        What each vendor gave; ``None`` for a run that pulls nothing.
    """
    config = ops.get("ingest_op", {}).get("config", {})
    if not config.get("pull"):
        return None
    as_of = parse_day(config["as_of"]) if config.get("as_of") else None
    evening = workspace.evening(config["subject"], as_of)
    on_stage("pull")
    return pull_evening(workspace, evening, config["pull"], on_stage)


def _execute(
    name: str,
    workspace: Workspace,
    ops: Config,
    tags: Mapping[str, str],
    listener: RunListener,
    n_processes: int | None,
) -> str:
    processes.remove_private_files(workspace.home)
    remove_orphans(workspace.home)
    try:
        back_up_weekly(workspace)
    except HrvctlError as error:  # no reason to go without a forecast
        listener.log.warning("no weekly backup: %s", error.message)
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        _fail_orphaned_runs(instance)
        tags = {MODE: "live", **tags, **_private_tag(workspace.private)}
        kind = retention.finished(name, tags)
        if retention.is_due(instance, workspace.retention, kind):
            retention.prune(
                instance, workspace.home, workspace.retention, now=workspace.clock(), kind=kind
            )
        run_config = {"ops": dict(ops), "loggers": {RUN_LOGGER: {}}}
        if n_processes is None:
            job = build_job(name, workspace)
            return execute(job, workspace, instance, listener, run_config=run_config, tags=tags)
        with _reporting(name, workspace, instance, listener):
            processes.run_in_processes(
                name,
                workspace,
                instance,
                run_config=run_config,
                tags=tags,
                n_processes=n_processes,
            )
    return listener.run_id


def execute(
    job: dg.JobDefinition,
    workspace: Workspace,
    instance: dg.DagsterInstance,
    listener: RunListener,
    *,
    run_config: Config,
    tags: Mapping[str, str],
    partition: str | None = None,
) -> str:
    """Run a job in this process; returns the run id, and raises as ``run_job`` does.

    Args:
        job: The job.
        workspace: The home that keeps the run's history.
        instance: Of that home.
        listener: What hears the run's events.
        run_config: Dagster's.
        tags: Tags of the run.
        partition: Its partition, of a job that has any.
    """
    # Chosen here, so that an interrupted run can be found again.
    listener.run_id = str(uuid.uuid4())
    with _reporting(job.name, workspace, instance, listener):
        job.execute_in_process(
            run_config=dict(run_config),
            instance=instance,
            tags=dict(tags),
            partition_key=partition,
            run_id=listener.run_id,
            raise_on_error=True,
        )
    return listener.run_id


@contextmanager
def _reporting(
    name: str, workspace: Workspace, instance: dg.DagsterInstance, listener: RunListener
) -> Iterator[None]:
    """Raise what a person can act on, whatever an op raised."""
    try:
        with runs_of(instance, LOCATION, name):
            yield
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError) as error:
        _mark_cancelled(instance, listener.run_id)
        raise Interrupted("stopped before it was done; nothing half-done was kept") from error
    except Exception as error:  # noqa: BLE001 - whatever an op raised is reported
        reported = _error_of_run(name, workspace, listener, error)
        raise reported from reported.__cause__


def delete_run(workspace: Workspace, run_id: str) -> None:
    """Delete a finished run from the history of the home."""
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        retention.delete_run(instance, workspace.home, run_id)


def _error_of_run(
    name: str, workspace: Workspace, listener: RunListener, error: Exception
) -> HrvctlError:
    """The error to report; the traceback of a bug goes to the log."""
    words, cause = cause_of(error, listener.failures[0] if listener.failures else None)
    if not isinstance(cause, HrvctlError):
        root = cause or error
        cause = disk_error(workspace.home.root, error) or damaged_home(workspace.home, root)
    if not isinstance(cause, HrvctlError):
        listener.log.error("%s failed", name, exc_info=error)
        cause = run_failed(name, listener.failed_stage, words, workspace.home.log)
        cause.__cause__ = error
    cause.stage = listener.failed_stage
    return cause


def _private_tag(private: PrivateInputs) -> dict[str, str]:
    given = [
        one.name
        for one in fields(private)
        if one.name not in REPEATABLE and getattr(private, one.name) != one.default
    ]
    return {PRIVATE_INPUTS: ",".join(given)} if given else {}


def _fail_orphaned_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs whose process died as failed; we hold the lock, so none of them is running."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(UNFINISHED))):
        run = record.dagster_run
        # A run from Dagster's pages may wait for the lock; one that re-executes ours has its tags.
        if MODE in run.tags and STARTED_FROM not in run.tags and run.parent_run_id is None:
            instance.report_run_failed(run, "its process died")


def _mark_cancelled(instance: dg.DagsterInstance, run_id: str) -> None:
    # It may have been stopped before the run was created.
    if run := instance.get_run_by_id(run_id):
        instance.report_run_canceled(run, "stopped by the person or the system")


def _seconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(end - start, 2)


class _LogHandler(RotatingFileHandler):
    def format(self, record: logging.LogRecord) -> str:
        """Format a record, its control characters escaped."""
        return printable(super().format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Ignore a log that cannot be written: the run reports the same disk error itself."""


@contextmanager
def _log_file(workspace: Workspace) -> Iterator[logging.Logger]:
    path = workspace.home.log
    try:
        open_file(path, append=True).close()  # would wait for a reader where it is a FIFO
        with private_files():
            handler = _LogHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    except OSError as error:
        raise disk_error(path.parent, error) or HomeError(
            f"cannot write the log {path}: {error.strerror or error}", hint="move it away"
        ) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.Logger("hrvctl", logging.DEBUG)
    log.addHandler(handler)
    try:
        yield log
    finally:
        handler.close()

"""Running a job in this process, and what became of it."""

import gc
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from logging.handlers import RotatingFileHandler
from typing import Any

import dagster as dg

from hrvctl.errors import HrvctlError, Interrupted
from hrvctl.pipeline import retention
from hrvctl.pipeline.failures import cause_of, run_failed
from hrvctl.pipeline.instance import LOCATION, open_instance
from hrvctl.pipeline.jobs import build_job
from hrvctl.pipeline.multiprocess import processes
from hrvctl.pipeline.run_logger import CONSOLE, Feed, feed, without_echo
from hrvctl.store.disk import check_room, unwritable
from hrvctl.store.home import create_home, private_files
from hrvctl.store.lock import run_lock
from hrvctl.store.temp_files import sweep
from hrvctl.usecases.workspace import PrivateInputs, Workspace

# The log is for the person who asks why: half a year of daily runs, then the oldest goes.
LOG_BYTES = 1_000_000
LOG_FILES = 3

REPOSITORY_TAG = {".dagster/repository": f"__repository__@{LOCATION}"}

# Every run made here has it, and no run started from Dagster's own tools.
OURS = "hrvctl/mode"

# States a run is left in when its process is killed.
UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)

# What a person says of their body, by op and field. Dagster writes a run's config into its
# history, so these travel beside it.
PRIVATE = {
    "journal_op": ("guess_ms",),
    "training_op": ("bedtime",),
    "reconcile_op": ("actual_ms", "reason"),
    "load_checkpoint_op": ("branches",),
}


def run_job(
    name: str,
    workspace: Workspace,
    *,
    ops: Mapping[str, Any],
    tags: Mapping[str, str],
    on_stage: Callable[[str], None],
    n_processes: int | None = None,
) -> str:
    """Run a job to its end, one at a time in a home.

    Args:
        name: The job.
        workspace: Where, and by which clock.
        ops: Dagster's ``ops`` run config, made from the command's flags; what is ``PRIVATE`` in it
            is kept from Dagster.
        tags: What to find the run by.
        on_stage: Told the name of every stage that starts.
        n_processes: Give every op a process of its own, so many at once; ``None`` runs all in this.

    Returns:
        The run id.

    Raises:
        Locked: Another run is at work.
        HrvctlError: A stage found something a person can mend; ``stage`` names it.
        RunFailed: A stage failed for another reason; the log has the traceback.
        Interrupted: The run was asked to stop; it is marked as cancelled.
    """
    create_home(workspace.home)
    check_room(workspace.home.root)
    public, said = _keep_private(ops)
    with (
        run_lock(workspace.home, now=workspace.clock()),
        _log_file(workspace) as log,
        _long_lived(),
    ):
        listener = Feed(on_stage=on_stage, log=log)
        token = feed.set(listener)
        try:
            told = replace(workspace, private=said)
            with without_echo():
                return _execute(name, told, public, tags, listener, n_processes)
        finally:
            feed.reset(token)


def prune_runs(workspace: Workspace) -> retention.Pruned:
    """Take away what the workspace does not keep of its run history.

    Raises:
        Locked: A run is at work.
    """
    now = workspace.clock()
    with run_lock(workspace.home, now=now), open_instance(workspace.home, now=now) as instance:
        return retention.prune(instance, workspace.home, workspace.retention, now=now)


def list_runs(workspace: Workspace, *, limit: int) -> list[dict[str, Any]]:
    """The latest runs, newest first."""
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        records = instance.get_run_records(limit=limit)
    return [
        {
            "run_id": record.dagster_run.run_id,
            "job": record.dagster_run.job_name,
            "status": record.dagster_run.status.value.lower(),
            "started_at": record.start_time,
            "seconds": _seconds(record.start_time, record.end_time),
            "tags": {k: v for k, v in record.dagster_run.tags.items() if k.startswith("hrvctl/")},
        }
        for record in records
    ]


def _execute(
    name: str,
    workspace: Workspace,
    ops: Mapping[str, Any],
    tags: Mapping[str, str],
    listener: Feed,
    n_processes: int | None,
) -> str:
    processes.forget_said(workspace.home)
    sweep(workspace.home)
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        _bury(instance)
        if retention.is_due(instance, workspace.retention):
            retention.prune(instance, workspace.home, workspace.retention, now=workspace.clock())
        how: dict[str, Any] = {
            "run_config": {"ops": dict(ops), "loggers": {CONSOLE: {}}},
            "tags": {OURS: "live", **tags, **REPOSITORY_TAG},
        }
        try:
            if n_processes is None:
                # Chosen here, so that a run that is interrupted can be found again.
                listener.run_id = str(uuid.uuid4())
                build_job(name, workspace).execute_in_process(
                    instance=instance, run_id=listener.run_id, raise_on_error=True, **how
                )
            else:
                processes.run_in_processes(
                    name, workspace, instance, n_processes=n_processes, **how
                )
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError) as error:
            _mark_cancelled(instance, listener.run_id)
            raise Interrupted("stopped before it was done; nothing half-done was kept") from error
        except Exception as error:  # noqa: BLE001 - whatever an op raised is told
            fault = _fault(name, workspace, listener, error)
            raise fault from fault.__cause__
    return listener.run_id


def _fault(name: str, workspace: Workspace, listener: Feed, error: Exception) -> HrvctlError:
    """What a person is told; the traceback of what they cannot mend goes to the log."""
    words, cause = cause_of(error, listener.failures[0] if listener.failures else None)
    if not isinstance(cause, HrvctlError):
        cause = unwritable(workspace.home.root, error)
    if not isinstance(cause, HrvctlError):
        listener.log.error("%s failed", name, exc_info=error)
        cause = run_failed(name, listener.failed_stage, words, workspace.home.log)
        cause.__cause__ = error
    cause.stage = listener.failed_stage
    return cause


def _keep_private(ops: Mapping[str, Any]) -> tuple[dict[str, Any], PrivateInputs]:
    public = dict(ops)
    private: dict[str, Any] = {}
    for op, names in PRIVATE.items():
        config = public.get(op, {}).get("config", {})
        private |= {name: config[name] for name in names if config.get(name) is not None}
        if config:
            kept = {name: value for name, value in config.items() if name not in names}
            public[op] = {**public[op], "config": kept}
    return public, PrivateInputs(**private)


def _bury(instance: dg.DagsterInstance) -> None:
    """Mark runs whose process died; the lock is ours, so none of them can be at work."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(UNFINISHED))):
        if OURS in record.dagster_run.tags:
            instance.report_run_failed(record.dagster_run, "its process died")


def _mark_cancelled(instance: dg.DagsterInstance, run_id: str) -> None:
    # It may have been stopped before there was a run.
    if run := instance.get_run_by_id(run_id):
        instance.report_run_canceled(run, "stopped by the person or the system")


def _seconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(end - start, 2)


@contextmanager
def _long_lived() -> Iterator[None]:
    """Let the garbage collector pass over all that was imported: a sixth of a run's time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _LogHandler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A log that cannot be written must not talk over what the run says of the same disk."""


@contextmanager
def _log_file(workspace: Workspace) -> Iterator[logging.Logger]:
    with private_files():
        handler = _LogHandler(
            workspace.home.log, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
        )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.Logger("hrvctl", logging.DEBUG)
    log.addHandler(handler)
    try:
        yield log
    finally:
        handler.close()

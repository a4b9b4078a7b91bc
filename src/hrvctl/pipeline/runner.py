"""Run jobs from the command line."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
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
from hrvctl.store.home import create_home, private_files
from hrvctl.store.lock import PATIENCE_S, run_lock
from hrvctl.store.memory import check_memory
from hrvctl.store.temp_files import remove_orphans
from hrvctl.usecases.backup import back_up_weekly
from hrvctl.usecases.erasure import finish_erasure
from hrvctl.usecases.pull import pull_evening
from hrvctl.usecases.pulled import Pulled
from hrvctl.usecases.workspace import PrivateInputs, Workspace, parse_day

# The log keeps about half a year of daily runs; then the oldest file is deleted (own choice).
LOG_BYTES = 1_000_000
LOG_FILES = 3

# Between two runs of one process, seconds: whoever waits for the home's lock asks for it every 0.05
# (filelock's default) and gets its turn.
TURN_S = 0.06

# Statuses a run keeps when its process is killed.
UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


class Runner:
    """Runs jobs in a home one after the other; the run history is opened for the first of them.

    Args:
        workspace: The home and its clock.
        opened: Holds the run history until the runner's end.
    """

    def __init__(self, workspace: Workspace, opened: ExitStack) -> None:
        self._workspace = workspace
        self._opened = opened
        self._instance: dg.DagsterInstance | None = None
        self._has_run = False

    def run(
        self,
        name: str,
        *,
        ops: Config,
        tags: Mapping[str, str],
        on_stage: Callable[[str], None],
        n_processes: int | None = None,
    ) -> str:
        """Run a job to its end while no other process runs one in the home; see ``run_job``."""
        public, private = split_private(ops)
        pulled = _pull_first(self._workspace, public, on_stage)
        private = replace(private, pulled=pulled)
        workspace = replace(self._workspace, private=private)
        # Whatever began during the pull or since the run before is over soon: another run, or an
        # entry of the journal.
        wait_s = PATIENCE_S if pulled or self._has_run else 0.0
        if self._has_run:
            time.sleep(TURN_S)
        with run_lock(workspace.home, now=workspace.clock(), wait_s=wait_s):
            self._has_run = True
            finish_erasure(workspace)  # before it would delete anything of this run
            with listening(workspace, on_stage) as listener:
                try:
                    instance = self._instance or self._open(listener)
                    return _execute(name, workspace, instance, public, tags, listener, n_processes)
                except BaseException:
                    # Closed by the error: a damaged history is then moved aside.
                    self._instance = None
                    with self._opened.pop_all():
                        raise

    def _open(self, listener: RunListener) -> dg.DagsterInstance:
        """Tidy up after whoever was killed, and open the run history; the home is locked."""
        workspace = self._workspace
        processes.remove_private_files(workspace.home)
        remove_orphans(workspace.home)
        try:
            back_up_weekly(workspace)
        except HrvctlError as error:  # no reason to go without a forecast
            listener.log.warning("no weekly backup: %s", error.message)
        instance = self._opened.enter_context(open_instance(workspace.home, now=workspace.clock()))
        _fail_orphaned_runs(instance)
        self._instance = instance
        return instance


@contextmanager
def open_runner(workspace: Workspace) -> Iterator[Runner]:
    """Check that jobs can run in a home, which is created if it does not exist.

    Raises:
        HomeError: It cannot be written, or there is too little disk space or memory.
    """
    create_home(workspace.home)
    check_free_space(workspace.home.root)
    check_memory()
    with ExitStack() as opened:
        yield Runner(workspace, opened)


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
    with open_runner(workspace) as runner:
        return runner.run(name, ops=ops, tags=tags, on_stage=on_stage, n_processes=n_processes)


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
    instance: dg.DagsterInstance,
    ops: Config,
    tags: Mapping[str, str],
    listener: RunListener,
    n_processes: int | None,
) -> str:
    tags = {MODE: "live", **tags, **_private_tag(workspace.private)}
    own = retention.finished(name, tags)
    if retention.is_due(instance, workspace.retention, own):
        retention.prune(
            instance, workspace.home, workspace.retention, now=workspace.clock(), among=own
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

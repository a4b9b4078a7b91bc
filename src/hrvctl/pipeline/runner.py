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

from hrvctl.errors import HrvctlError, Interrupted, RunFailed
from hrvctl.pipeline.console import CONSOLE, Feed, feed
from hrvctl.pipeline.house import House, Said
from hrvctl.pipeline.instance import open_instance
from hrvctl.pipeline.jobs import build_job
from hrvctl.store.home import create_home, private_files, run_lock

# The log is for the person who asks why: half a year of daily runs, then the oldest goes.
LOG_BYTES = 1_000_000
LOG_FILES = 3

# Dagster's pages list a run only under the code location that can load its job.
LOCATION = "hrvctl.pipeline.definitions"
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
}


def run_job(
    name: str,
    house: House,
    *,
    ops: Mapping[str, Any],
    tags: Mapping[str, str],
    on_stage: Callable[[str], None],
) -> str:
    """Run a job to its end, one at a time in a home.

    Args:
        name: The job.
        house: Where, and by which clock.
        ops: Dagster's ``ops`` run config, made from the command's flags; what is ``PRIVATE`` in it
            is kept from Dagster.
        tags: What to find the run by.
        on_stage: Told the name of every stage that starts.

    Returns:
        The run id.

    Raises:
        Locked: Another run is at work.
        HrvctlError: A stage found something a person can mend; ``stage`` names it.
        RunFailed: A stage failed for another reason; the log has the traceback.
        Interrupted: The run was asked to stop; it is marked as cancelled.
    """
    create_home(house.home)
    public, said = _keep_private(ops)
    with run_lock(house.home), _log_file(house) as log, _long_lived():
        listener = Feed(on_stage=on_stage, log=log)
        token = feed.set(listener)
        try:
            return _execute(name, replace(house, said=said), public, tags, listener)
        finally:
            feed.reset(token)


def list_runs(house: House, *, limit: int) -> list[dict[str, Any]]:
    """The latest runs, newest first."""
    with open_instance(house.home, now=house.clock()) as instance:
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
    name: str, house: House, ops: Mapping[str, Any], tags: Mapping[str, str], listener: Feed
) -> str:
    # Chosen here, so that a run that is interrupted can be found again.
    run_id = str(uuid.uuid4())
    with open_instance(house.home, now=house.clock()) as instance:
        _bury(instance)
        try:
            build_job(name, house).execute_in_process(
                run_config={"ops": dict(ops), "loggers": {CONSOLE: {}}},
                instance=instance,
                run_id=run_id,
                tags={OURS: "live", **tags, **REPOSITORY_TAG},
                raise_on_error=True,
            )
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError) as error:
            _mark_cancelled(instance, run_id)
            raise Interrupted("stopped before it was done; nothing half-done was kept") from error
        except HrvctlError as error:
            error.stage = _stage(listener)
            raise
        except Exception as error:
            listener.log.exception("%s failed", name)
            stage = _stage(listener)
            failed = RunFailed(
                f"{stage or name} failed: {type(error).__name__}: {error}",
                hint=f"this is a bug; {house.home.log} has the details",
            )
            failed.stage = stage
            raise failed from error
    return run_id


def _keep_private(ops: Mapping[str, Any]) -> tuple[dict[str, Any], Said]:
    public = dict(ops)
    private: dict[str, Any] = {}
    for op, names in PRIVATE.items():
        config = public.get(op, {}).get("config", {})
        private |= {name: config[name] for name in names if config.get(name) is not None}
        if config:
            kept = {name: value for name, value in config.items() if name not in names}
            public[op] = {**public[op], "config": kept}
    return public, Said(**private)


def _bury(instance: dg.DagsterInstance) -> None:
    """Mark runs whose process died; the lock is ours, so none of them can be at work."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(UNFINISHED))):
        if OURS in record.dagster_run.tags:
            instance.report_run_failed(record.dagster_run, "its process died")


def _mark_cancelled(instance: dg.DagsterInstance, run_id: str) -> None:
    # It may have been stopped before there was a run.
    if run := instance.get_run_by_id(run_id):
        instance.report_run_canceled(run, "stopped by the person or the system")


def _stage(listener: Feed) -> str:
    return listener.failed[0] if listener.failed else ""


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


@contextmanager
def _log_file(house: House) -> Iterator[logging.Logger]:
    with private_files():
        handler = RotatingFileHandler(
            house.home.log, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
        )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.Logger("hrvctl", logging.DEBUG)
    log.addHandler(handler)
    try:
        yield log
    finally:
        handler.close()

"""Running a job in this process, and what became of it."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from typing import Any

import dagster as dg

from hrvctl.errors import HrvctlError, Interrupted, RunFailed
from hrvctl.pipeline.console import CONSOLE, Feed, feed
from hrvctl.pipeline.house import House
from hrvctl.pipeline.instance import open_instance
from hrvctl.pipeline.jobs import build_job
from hrvctl.store.home import create_home, private_files, run_lock

# The log is for the person who asks why: half a year of daily runs, then the oldest goes.
LOG_BYTES = 1_000_000
LOG_FILES = 3

# Dagster's pages list a run only under the code location that can load its job.
LOCATION = "hrvctl.pipeline.definitions"
REPOSITORY_TAG = {".dagster/repository": f"__repository__@{LOCATION}"}


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
        ops: Dagster's ``ops`` run config, made from the command's flags.
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
    with run_lock(house.home), _log_file(house) as log:
        listener = Feed(on_stage=on_stage, log=log)
        token = feed.set(listener)
        try:
            return _execute(name, house, ops, tags, listener)
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
    tags = {**tags, **REPOSITORY_TAG}
    with open_instance(house.home, now=house.clock()) as instance:
        try:
            result = build_job(name, house).execute_in_process(
                run_config={"ops": dict(ops), "loggers": {CONSOLE: {}}},
                instance=instance,
                tags=tags,
                raise_on_error=True,
            )
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError) as error:
            _mark_cancelled(instance)
            raise Interrupted("stopped before it was done; nothing half-done was kept") from error
        except HrvctlError as error:
            error.stage = _stage(listener)
            raise
        except Exception as error:
            listener.log.exception("%s failed", name)
            stage = _stage(listener)
            raise RunFailed(
                f"{stage or name} failed: {type(error).__name__}: {error}",
                hint=f"this is a bug; {house.home.log} has the details",
            ) from error
    return result.run_id


def _mark_cancelled(instance: dg.DagsterInstance) -> None:
    for record in instance.get_run_records(limit=1):
        instance.report_run_canceled(record.dagster_run, "stopped by the person or the system")


def _stage(listener: Feed) -> str:
    return listener.failed[0] if listener.failed else ""


def _seconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(end - start, 2)


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

"""Every name of Dagster that we use and that Dagster does not document as public.

Written for ``SUPPORTED``; a test looks for each name in the installed version. Dagster itself is
imported inside the functions: the fork server reads ``PRELOADED`` before Dagster is loaded.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from hrvctl.pipeline import Config

if TYPE_CHECKING:
    import dagster as dg
    from dagster._core.remote_origin import RemoteJobOrigin

    from hrvctl.pipeline.page_guard import AsgiApp

# The versions whose private names these are, as in pyproject.toml.
SUPPORTED = ">=1.13,<1.14"

# The classes in dagster.yaml, by their key there: module, class.
RUN_COORDINATOR = ("dagster._core.run_coordinator", "DefaultRunCoordinator")
COMPUTE_LOGS = ("dagster._core.storage.noop_compute_log_manager", "NoOpComputeLogManager")

# The module that `python -m` runs as Dagster's daemon.
DAEMON_MODULE = "dagster._daemon"

# The repository of a module that defines one ``Definitions`` object.
REPOSITORY = "__repository__"

# Start of the line in which Dagster reports, on stderr, an event that it could not write
# (dagster._core.instance.types).
EVENT_NOT_WRITTEN = "Exception while writing logger call to event log"

# The attribute of a log record that holds the event it reports (dagster._core.log_manager).
EVENT_ATTRIBUTE = "dagster_event"

# The folders of the run history below DAGSTER_HOME; each run has a file ``runs/<run id>.db``.
HISTORY_FOLDERS = ("history", "schedules")

# Methods of ``DagsterInstance`` that are not documented.
INSTANCE_METHODS = (
    "add_run_tags",
    "all_asset_keys",
    "create_run_for_job",
    "event_log_storage",
    "from_config",
    "get_run_ids",
    "get_runs_count",
    "report_run_canceled",
    "report_run_failed",
)

# Values in one statement, which every version of SQLite takes (its limit before 3.32 was 999).
MAX_VARIABLES = 900

# How often the pages ask for new data of assets, ms: the default of `dagster-webserver`.
POLL_RATE_MS = 2000

# Modules that a child process of a run would import otherwise, when it opens the run history. A
# name that a later version does not have is ignored, and costs time alone.
PRELOADED = (
    "dagster._core.executor.multiprocess",
    "dagster._core.execution.backfill",
    "dagster._core.instance.factory",
    "dagster._core.instance.runs.run_domain",
    "dagster._core.secrets.loader",
    "dagster._core.storage.noop_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
)


def job_origin(location: str, job: str) -> "RemoteJobOrigin":
    """The origin Dagster's web server gives a run of a job that a module defines."""
    from dagster._core.remote_origin import (
        ManagedGrpcPythonEnvCodeLocationOrigin,
        RemoteJobOrigin,
        RemoteRepositoryOrigin,
    )
    from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

    target = LoadableTargetOrigin(executable_path=sys.executable, module_name=location)
    code = ManagedGrpcPythonEnvCodeLocationOrigin(target, location_name=location)
    return RemoteJobOrigin(RemoteRepositoryOrigin(code, REPOSITORY), job)


@contextmanager
def runs_of(instance: "dg.DagsterInstance", location: str, job: str) -> Iterator[None]:
    """Create the runs inside the block as runs of a job in a code location.

    Dagster's pages list a run by its origin: without one it is missing from the Overview and from
    the job's page, and cannot be re-executed from a failed step. ``execute_in_process`` and
    ``execute_job`` take no origin, but both create their run by this method of the instance.
    """
    create = instance.create_run_for_job
    with_origin = partial(create, remote_job_origin=job_origin(location, job))
    instance.create_run_for_job = with_origin  # type: ignore[method-assign]
    try:
        yield
    finally:
        del instance.create_run_for_job


def multi_or_in_process_executor(
    context: "dg.InitExecutorContext", config: Config
) -> "dg.Executor":
    """Create Dagster's own executor from inside another executor definition.

    Args:
        context: The context that the other definition was called with.
        config: The config of ``multi_or_in_process_executor``.
    """
    import dagster as dg

    create = dg.multi_or_in_process_executor.executor_creation_fn
    assert create is not None  # noqa: S101 - Dagster types it as optional
    return create(context._replace(executor_config=config))


@contextmanager
def web_app(location: str, *, is_read_only: bool) -> "Iterator[AsgiApp]":
    """Build the ASGI app of Dagster's web server for the instance that ``DAGSTER_HOME`` names.

    Args:
        location: The code location, a module.
        is_read_only: Whether Dagster refuses every mutation.
    """
    import dagster as dg
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster_webserver.app import create_app_from_workspace_process_context
    from dagster_webserver.version import __version__

    target = ModuleTarget(location, None, None, location)
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(
            instance, target, version=__version__, read_only=is_read_only
        ) as context,
    ):
        yield create_app_from_workspace_process_context(context, live_data_poll_rate=POLL_RATE_MS)


def delete_check_evaluations(instance: "dg.DagsterInstance", run_ids: Sequence[str]) -> None:
    """Delete the asset check evaluations of runs: ``delete_run`` keeps them."""
    from dagster._core.storage.event_log import SqlEventLogStorage
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable

    storage = instance.event_log_storage
    if isinstance(storage, SqlEventLogStorage):
        of_run = AssetCheckExecutionsTable.c.run_id
        with storage.index_connection() as connection:
            for first in range(0, len(run_ids), MAX_VARIABLES):
                few = run_ids[first : first + MAX_VARIABLES]
                connection.execute(AssetCheckExecutionsTable.delete().where(of_run.in_(few)))

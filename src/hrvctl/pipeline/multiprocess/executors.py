"""Dagster's executors under the home's lock: one writer at a time, whoever starts the run.

The process that executes the run takes the lock. With a process per op, the ops run in its
children, which must not take the lock again; a resource would be initialised in each of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import dagster as dg

from hrvctl.pipeline.dagster_private import multi_or_in_process_executor
from hrvctl.pipeline.instance import relax_syncing
from hrvctl.pipeline.multiprocess.forkserver import start_method
from hrvctl.pipeline.run_logger import RunListener, active_listener
from hrvctl.pipeline.run_tags import PRIVATE_INPUTS, STARTED_FROM
from hrvctl.store.home import create_home, private_files
from hrvctl.store.lock import PATIENCE_S, run_lock
from hrvctl.usecases.workspace import Workspace

IN_PROCESS, MULTIPROCESS = "in_process", "multiprocess"

CONFIG = dg.Field(
    dg.Selector(  # type: ignore[no-untyped-call]
        {
            IN_PROCESS: dg.Field({}, description="All ops in one process, one after the other."),
            MULTIPROCESS: dg.Field(
                {
                    "max_concurrent": dg.Field(
                        dg.Noneable(int),
                        default_value=None,
                        description="Processes at once; null for as many as there are processors.",
                    )
                },
                description="One process per op; independent ops run in parallel.",
            ),
        }
    ),
    default_value={IN_PROCESS: {}},
    description="Where the ops of the run are executed.",
)


def executor_of(name: str, workspace: Workspace) -> dg.ExecutorDefinition:
    """The executor of a job in Dagster's own tools; it takes the home's lock if the job writes."""
    # The greeting writes nothing: it needs neither lock nor home.
    return unlocked_executor() if name == "greeting_job" else locking_executor(workspace)


def locking_executor(workspace: Workspace) -> dg.ExecutorDefinition:
    """The executor of a run from Dagster's own tools, where no process holds the lock yet.

    Args:
        workspace: Its home is locked during the run, and created if it does not exist.
    """
    return _executor(workspace)


def unlocked_executor() -> dg.ExecutorDefinition:
    """The executor of a run whose parent holds the lock, or that writes nothing."""
    return _executor(None)


def _executor(workspace: Workspace | None) -> dg.ExecutorDefinition:
    def requirements(config: Mapping[str, object]) -> Sequence[Any]:
        return dg.multiple_process_executor_requirements() if MULTIPROCESS in config else []

    @dg.executor(name="hrvctl", config_schema=CONFIG, requirements=requirements)
    def chosen(context: dg.InitExecutorContext) -> dg.Executor:
        config: dict[str, object] = {"retries": {"enabled": {}}}
        name = IN_PROCESS
        if MULTIPROCESS in context.executor_config:
            name = MULTIPROCESS
            options: Any = context.executor_config[MULTIPROCESS]
            config |= {**options, "start_method": start_method()}
        inner = multi_or_in_process_executor(context, {name: config})
        return LockingExecutor(inner, workspace)

    return chosen


class LockingExecutor(dg.Executor):
    """Wraps an executor: holds the home's lock and forwards events to the listener."""

    def __init__(self, inner: dg.Executor, workspace: Workspace | None) -> None:
        self._inner = inner
        self._workspace = workspace

    @property
    def retries(self) -> Any:  # noqa: ANN401 - Dagster does not export its type
        """The inner executor's retry mode."""
        return self._inner.retries

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:  # noqa: ANN401 - nor theirs
        """Run the plan with the inner executor, under the lock."""
        listener = active_listener.get()
        if listener is not None:
            listener.run_id = plan_context.run_id
        with ExitStack() as stack:
            if self._workspace is not None:
                _mark_as_dagsters(plan_context)
                _lock_home(self._workspace, stack)
            for event in self._inner.execute(plan_context, execution_plan):
                if listener is not None:
                    listener.on_event(event)
                    _log_event(event, listener)
                yield event


def _mark_as_dagsters(plan_context: Any) -> None:  # noqa: ANN401 - nor theirs
    """Tag a run of Dagster's own tools; warn of private inputs that it repeats a run without."""
    plan_context.instance.add_run_tags(plan_context.run_id, {STARTED_FROM: "dagster"})
    if names := plan_context.dagster_run.tags.get(PRIVATE_INPUTS):
        plan_context.log.warning(
            f"the run that this one repeats had inputs that are not kept in the run history; "
            f"this one runs without {names.replace(',', ', ')}"
        )


def _log_event(event: dg.DagsterEvent, listener: RunListener) -> None:
    """Write an event to the home's log: an op in another process logs to Dagster only."""
    if event.step_key:
        parts = event.step_key, event.event_type_value, event.message
        listener.log.debug("%s - %s - %s", *parts)
    if event.is_step_failure and (error := event.step_failure_data.error):
        listener.log.error(error.to_string())


def _lock_home(workspace: Workspace, stack: ExitStack) -> None:
    stack.enter_context(private_files())
    create_home(workspace.home)
    relax_syncing(workspace.home.dagster.resolve())
    stack.enter_context(run_lock(workspace.home, now=workspace.clock(), wait_s=PATIENCE_S))

"""Dagster's executors with the home's lock round them: whoever starts a run, one writer at a time.

The lock is taken where the run is led and not where its ops run: in a run that is spread over
several processes, those are its children and must not ask for it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import dagster as dg

from hrvctl.pipeline.instance import relax_syncing
from hrvctl.pipeline.multiprocess.forkserver import start_method
from hrvctl.pipeline.run_logger import Feed, feed
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
                description="A process for every op, side by side where they do not wait.",
            ),
        }
    ),
    default_value={IN_PROCESS: {}},
    description="How the ops of the run are spread over processes.",
)


def executor_of(name: str, workspace: Workspace) -> dg.ExecutorDefinition:
    """The executor of a job in Dagster's own tools: it takes the home's lock where it writes."""
    # The greeting writes nothing, so it needs no lock, and makes no home.
    return unlocked_executor() if name == "greeting_job" else locking_executor(workspace)


def locking_executor(workspace: Workspace) -> dg.ExecutorDefinition:
    """The executor of a run that nobody holds the lock for: one started from Dagster's own tools.

    Args:
        workspace: Whose lock; its home is made where there is none.
    """
    return _executor(workspace)


def unlocked_executor() -> dg.ExecutorDefinition:
    """The executor of a run whose parent holds the lock, or of one that writes nothing."""
    return _executor(None)


def _executor(workspace: Workspace | None) -> dg.ExecutorDefinition:
    def requirements(config: Mapping[str, object]) -> Sequence[Any]:
        return dg.multiple_process_executor_requirements() if MULTIPROCESS in config else []

    @dg.executor(name="hrvctl", config_schema=CONFIG, requirements=requirements)
    def chosen(context: dg.InitExecutorContext) -> dg.Executor:
        config: dict[str, Any] = {"retries": {"enabled": {}}}
        name = IN_PROCESS
        if MULTIPROCESS in context.executor_config:
            name = MULTIPROCESS
            asked: Any = context.executor_config[MULTIPROCESS]
            config |= {**asked, "start_method": start_method()}
        make = dg.multi_or_in_process_executor.executor_creation_fn
        assert make is not None  # noqa: S101 - Dagster types it for definitions without one
        return _LockingExecutor(make(context._replace(executor_config={name: config})), workspace)

    return chosen


class _LockingExecutor(dg.Executor):
    """Leads a run as the inner one does, under the lock, and tells what it sees."""

    def __init__(self, inner: dg.Executor, workspace: Workspace | None) -> None:
        self._inner = inner
        self._workspace = workspace

    @property
    def retries(self) -> Any:  # noqa: ANN401 - Dagster does not export its type
        return self._inner.retries

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:  # noqa: ANN401 - nor theirs
        listener = feed.get()
        if listener is not None:
            listener.run_id = plan_context.run_id
        with ExitStack() as held:
            if self._workspace is not None:
                _hold(self._workspace, held)
            for event in self._inner.execute(plan_context, execution_plan):
                if listener is not None:
                    listener.hear(event)
                    _note(event, listener)
                yield event


def _note(event: dg.DagsterEvent, listener: Feed) -> None:
    """Log what an op in another process did: its own log is Dagster's, not the home's."""
    if event.step_key:
        words = event.step_key, event.event_type_value, event.message
        listener.log.debug("%s - %s - %s", *words)
    if event.is_step_failure and (fault := event.step_failure_data.error):
        listener.log.error(fault.to_string())


def _hold(workspace: Workspace, held: ExitStack) -> None:
    held.enter_context(private_files())
    create_home(workspace.home)
    relax_syncing(workspace.home.dagster.resolve())
    held.enter_context(run_lock(workspace.home, now=workspace.clock(), wait_s=PATIENCE_S))

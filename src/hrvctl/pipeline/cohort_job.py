"""``cohort_job``: the evening of a cohort, a partition a day, run without the home's lock."""

from collections.abc import Callable, Mapping

import dagster as dg

from hrvctl.pipeline import Config, cohort_ops
from hrvctl.pipeline.instance import open_instance
from hrvctl.pipeline.jobs import workspace_resource
from hrvctl.pipeline.multiprocess.executors import unlocked_executor
from hrvctl.pipeline.run_logger import RUN_LOGGER, hrvctl_logger
from hrvctl.pipeline.runner import execute, listening
from hrvctl.records import FIRST_PLAUSIBLE_DAY
from hrvctl.store.cohorts.evenings import EveningSummary
from hrvctl.store.home import create_home
from hrvctl.usecases.cohorts.evening import OnProgress
from hrvctl.usecases.workspace import Workspace

NAME = "cohort_job"
# One partition an evening. Two days more than UTC has: in some zones it is tomorrow already.
EVENINGS = dg.DailyPartitionsDefinition(start_date=FIRST_PLAUSIBLE_DAY.isoformat(), end_offset=2)


@dg.graph
def cohort_evening() -> None:
    """The evening of a cohort: plan it, forecast everybody, seal it, score what came."""
    planned = cohort_ops.plan_op()
    cohort_ops.score_op(cohort_ops.seal_op(cohort_ops.forecast_op(planned)))


def build_cohort_job(workspace: Workspace) -> dg.JobDefinition:
    """Build the job; its runs keep their history in a home and touch nothing else there."""
    return cohort_evening.to_job(
        name=NAME,
        resource_defs={"workspace": workspace_resource(workspace)},
        executor_def=unlocked_executor(),
        partitions_def=EVENINGS,
        logger_defs={"console": dg.colored_console_logger, RUN_LOGGER: hrvctl_logger},
    )


def run_cohort(
    workspace: Workspace,
    *,
    ops: Config,
    tags: Mapping[str, str],
    partition: str,
    on_stage: Callable[[str], None],
    on_progress: OnProgress,
) -> tuple[str, EveningSummary]:
    """Run the job to its end; a person's own evening may run beside it.

    Args:
        workspace: The home that keeps the run's history, and its clock.
        ops: Dagster's ``ops`` run config.
        tags: Tags of the run.
        partition: The evening, YYYY-MM-DD.
        on_stage: Called with the name of every stage that starts.
        on_progress: Called as chunks end.

    Returns:
        The run id, and what the run came to.

    Raises:
        HrvctlError, Interrupted: As of ``runner.run_job``.
    """
    create_home(workspace.home)
    with (
        listening(workspace, on_stage) as listener,
        open_instance(workspace.home, now=workspace.clock()) as instance,
    ):
        listener.on_progress = on_progress
        run_id = execute(
            build_cohort_job(workspace),
            workspace,
            instance,
            listener,
            run_config={"ops": dict(ops), "loggers": {RUN_LOGGER: {}}},
            tags=tags,
            partition=partition,
        )
    summary: EveningSummary = listener.summary
    return run_id, summary

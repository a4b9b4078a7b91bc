"""The jobs, built in code for one home."""

import dagster as dg

from hrvctl.pipeline import ops
from hrvctl.pipeline.console import CONSOLE, hrvctl_logger
from hrvctl.pipeline.house import House


@dg.graph
def hrv_daily() -> None:
    """The evening: take in, fit, seal, summarise, decide, reconcile."""
    evening = ops.training_op(ops.journal_op(ops.ingest_op()))
    tracked = ops.tracking_op(evening)
    decided = ops.agent_op(ops.intelligence_op(evening))
    ops.reconcile_op([tracked, decided])


@dg.graph
def hrv_reconcile() -> None:
    """Mend one morning or list several."""
    ops.reconcile_op()


@dg.graph
def greeting() -> None:
    """The smoke test: does anything run at all."""
    ops.log_greeting(ops.greet())


JOB_GRAPHS = {
    "hrv_daily_job": hrv_daily,
    "hrv_reconcile_job": hrv_reconcile,
    "greeting_job": greeting,
}


def build_job(name: str, house: House) -> dg.JobDefinition:
    """Build one of ``JOB_GRAPHS`` for a home.

    Args:
        name: A key of ``JOB_GRAPHS``.
        house: Where it works and by which clock.
    """
    return JOB_GRAPHS[name].to_job(
        name=name,
        resource_defs={
            "house": dg.ResourceDefinition.hardcoded_resource(house),
            "io_manager": dg.mem_io_manager,
        },
        executor_def=dg.in_process_executor,
        logger_defs={"console": dg.colored_console_logger, CONSOLE: hrvctl_logger},
    )

"""The jobs, built in code for one home."""

import dagster as dg

from hrvctl.pipeline import Config, fork_ops, ops
from hrvctl.pipeline.run_logger import RUN_LOGGER, hrvctl_logger
from hrvctl.usecases.workspace import Workspace


@dg.graph
def hrv_daily() -> None:
    """One evening: import what is new, fit the models, seal their forecasts, make the final one.

    At last the forecasts of earlier evenings are compared with what was measured. The ops hand on
    which evening it is; the data are in the home's database and the artifacts, not in Dagster.
    """
    evening = ops.training_op(ops.journal_op(ops.ingest_op()))
    tracked = ops.tracking_op(evening)
    decided = ops.agent_op(ops.intelligence_op(evening))
    ops.reconcile_op([tracked, decided])


@dg.graph
def hrv_reconcile() -> None:
    """Correct one morning, or list several."""
    ops.reconcile_op()


@dg.graph
def fork_compare() -> None:
    """Fork one evening into branches, run each, and compare them with the base."""
    branches = fork_ops.fork_op(fork_ops.load_checkpoint_op())
    trained = branches.map(fork_ops.branch_training_op)
    decided = trained.map(fork_ops.branch_intelligence_op).map(fork_ops.branch_agent_op)
    fork_ops.compare_op(decided.collect())


@dg.graph
def greeting() -> None:
    """Smoke test: whether a job can run at all."""
    ops.log_greeting(ops.greet())


JOB_GRAPHS = {
    "hrv_daily_job": hrv_daily,
    "hrv_reconcile_job": hrv_reconcile,
    "fork_compare_job": fork_compare,
    "greeting_job": greeting,
}


def build_job(
    name: str,
    workspace: Workspace,
    *,
    executor: dg.ExecutorDefinition | None = None,
    config: Config | None = None,
) -> dg.JobDefinition:
    """Build one of ``JOB_GRAPHS`` for a home.

    Outputs of ops stay in memory where one process runs them all for the command line; otherwise
    they are in Dagster's ``storage`` folder.

    Args:
        name: A key of ``JOB_GRAPHS``.
        workspace: The home and its clock.
        executor: The executor of runs that Dagster starts; ``execute_in_process`` needs none.
        config: The run config that Dagster's Launchpad shows at first.
    """
    return JOB_GRAPHS[name].to_job(
        name=name,
        resource_defs={"workspace": workspace_resource(workspace)},
        executor_def=executor,
        config=config,
        logger_defs={"console": dg.colored_console_logger, RUN_LOGGER: hrvctl_logger},
    )


def workspace_resource(workspace: Workspace) -> dg.ResourceDefinition:
    """The workspace as a resource of the ops."""
    return dg.ResourceDefinition.hardcoded_resource(workspace, f"The home {workspace.home.root}.")


def log_names() -> frozenset[str]:
    """Names of all jobs, ops and events, which contain nothing of a person's.

    Ops are those of the graphs, so that a new op appears in redacted logs by itself.
    """
    ops = {node.name for graph in JOB_GRAPHS.values() for node in graph.node_defs}
    return frozenset({*JOB_GRAPHS, *ops, *(event.value for event in dg.DagsterEventType)})

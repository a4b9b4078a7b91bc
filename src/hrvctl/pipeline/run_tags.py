"""The tags of a run: whose evening, of which day, and what kind of run."""

import dagster as dg

from hrvctl.usecases.workspace import Evening

SUBJECT, AS_OF, MODE = "hrvctl/subject", "hrvctl/as_of", "hrvctl/mode"

# Marks a run that Dagster's own tools started: only their process knows whether it still runs.
STARTED_FROM = "hrvctl/started_from"


# Names of the private inputs of a run, without their values.
PRIVATE_INPUTS = "hrvctl/private_inputs"


def evening_tags(evening: Evening, *, mode: str = "") -> dict[str, str]:
    """The tags of a run of an evening; its mode is live or replay unless another is given."""
    mode = mode or ("live" if evening.is_live else "replay")
    return {SUBJECT: evening.subject, AS_OF: evening.as_of.isoformat(), MODE: mode}


def tag_run(context: dg.OpExecutionContext, *, subject: str, mode: str, as_of: str = "") -> None:
    """Tag a run that Dagster's pages started as the command line tags its own.

    Args:
        context: The context of the run's first op.
        subject: Name of the person.
        mode: live, replay, reconcile or fork.
        as_of: The evening, YYYY-MM-DD.
    """
    try:
        has_tags = MODE in context.run.tags
    except dg.DagsterError:  # called as a function, outside of a run
        return
    if has_tags:
        return
    tags = {SUBJECT: subject, MODE: mode, **({AS_OF: as_of} if as_of else {})}
    context.instance.add_run_tags(context.run_id, tags)

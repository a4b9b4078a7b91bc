"""The stages of a run in a person's words."""

_WORDS = {
    "pull": "pulling from vendors",
    "ingest": "importing",
    "journal": "reading the journal",
    "training": "fitting the models",
    "tracking": "sealing the models' forecasts",
    "intelligence": "looking at your history",
    "agent": "making the final forecast",
    "reconcile": "comparing forecasts with outcomes",
    "load_checkpoint": "loading the evening",
    "fork": "preparing the branches",
    "compare": "comparing the branches",
}


def stage_words(stage: str) -> str:
    """What a stage does, for its op's name; other names stay as they are.

    Args:
        stage: An op, for example ``training_op``; one of a branch is ``branch_training_op[NAME]``.
    """
    op, bracket, branch = stage.partition("[")
    name = op.removesuffix("_op").removeprefix("branch_")
    of = f" of {branch.removesuffix(']')}" if bracket else ""
    return f"{_WORDS.get(name, name)}{of}"

"""Measure the effects of the journal's answers on the mornings after."""

from hrvctl.domain.artifacts.effects import Effects
from hrvctl.domain.effects import METHOD, measure_effects
from hrvctl.domain.series import History
from hrvctl.store.checkpoints import load_checkpoint, save_checkpoint
from hrvctl.store.database import open_store
from hrvctl.store.json_values import FieldFault, plain, read_value
from hrvctl.usecases.history import load_history
from hrvctl.usecases.workspace import Evening, Workspace


def load_effects(workspace: Workspace, evening: Evening) -> Effects:
    """Measure the effects in the history known on an evening.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        history = load_history(store, evening)
    return measure_effects(history)


def weekly_effects(workspace: Workspace, evening: Evening, history: History) -> Effects:
    """The effects as measured at the first live evening of the week; of a replay on its own.

    They change little from day to day, and the regressions take a third of an evening. Until there
    is one, every evening looks.
    """
    if not evening.is_live:
        return measure_effects(history)
    path = workspace.home.cache(evening.subject) / "effects.json"
    year, week, _ = evening.as_of.isocalendar()
    of = [year, week, history.metric, history.measured_by, plain(METHOD)]
    kept = load_checkpoint(path) or {}
    if kept.get("of") == of:
        try:
            return read_value(Effects, kept["effects"])
        except (FieldFault, KeyError):
            pass
    effects = plain(measure_effects(history))
    if effects["n_tested"]:
        save_checkpoint(path, {"of": of, "effects": effects})
    return read_value(Effects, effects)

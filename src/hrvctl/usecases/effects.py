"""Measure the effects of the journal's answers on the mornings after."""

from hrvctl.domain.artifacts.effects import Effects
from hrvctl.domain.effects import measure_effects
from hrvctl.store.database import open_store
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

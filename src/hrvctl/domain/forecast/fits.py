"""Parameters that were fitted before, so that the same values are not fitted again.

A refit stands at a fixed position of the history, so on most evenings none is due: the kept ones
are those that fitting again would give.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar

from hrvctl.domain.arrays import Floats

# Of each model, position and SHA-256 of the values fitted, the parameters.
Fits = Mapping[str, tuple[float, float]]


class KeptFits:
    """The fits of earlier runs, and those that this one needed.

    Attributes:
        before: Those kept.
        used: Those needed.
    """

    def __init__(self, before: Fits) -> None:
        self.before = before
        self.used: dict[str, tuple[float, float]] = {}


# The fits of the run that is going on; without a value everything is fitted.
kept_fits: ContextVar[KeptFits | None] = ContextVar("kept_fits", default=None)


def fit_once(
    model: str, position: int, values: Floats, fit: Callable[[Floats], tuple[float, float]]
) -> tuple[float, float]:
    """The parameters of a fit, kept or made now.

    Args:
        model: The model's name.
        position: Of the refit in the history.
        values: All that the fit depends on.
        fit: Makes it.
    """
    kept = kept_fits.get()
    if kept is None:
        return fit(values)
    key = f"{model} {position} {hashlib.sha256(values.tobytes()).hexdigest()}"
    if key not in kept.used:
        kept.used[key] = kept.before[key] if key in kept.before else fit(values)
    return kept.used[key]

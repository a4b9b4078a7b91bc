"""The forecasting models that compete, in the order they are shown."""

from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.local_level import LocalLevel
from hrvctl.domain.forecast.naive import MovingAverage, Naive
from hrvctl.domain.forecast.protocol import Forecaster
from hrvctl.domain.forecast.ses import Ses
from hrvctl.errors import UsageError

# From the plainest to the most elaborate: at equal error the plainer one is served.
CANDIDATES: tuple[Forecaster, ...] = (
    Naive(),
    MovingAverage(),
    Ses(),
    LocalLevel(),
    Hierarchical(),
)

# With the planned bedtime: it helps some people much and others not at all, so it is opt-in.
WITH_BEDTIME: tuple[Forecaster, ...] = (*CANDIDATES, Hierarchical(bedtime=True))


def find_forecaster(name: str, forecasters: tuple[Forecaster, ...] = CANDIDATES) -> Forecaster:
    """Find a forecaster by its name.

    Raises:
        UsageError: No forecaster has that name; the hint lists the names.
    """
    for forecaster in forecasters:
        if forecaster.name == name:
            return forecaster
    names = ", ".join(forecaster.name for forecaster in forecasters)
    raise UsageError(f"no model is called {name!r}", hint=f"choose auto or one of: {names}")

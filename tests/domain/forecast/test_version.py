"""The version of the models is raised whenever their forecasts change.

To pin a new version, raise ``MODEL_VERSION`` and put what this prints into ``PINNED``:

    cd tests && python -c "from domain.forecast.test_version import pins; print(pins())"
"""

import math
from datetime import date

from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.domain.forecast.version import MODEL_VERSION
from hrvctl.domain.series import History
from hrvctl.domain.training import train
from hrvctl.records import Metric

# Means of tomorrow, ms, to a tenth, for a made-up person. Rows sealed by another version are not
# made again by this one.
PINNED = (
    "2026.2",
    {"naive": 60.9, "ma7": 54.6, "ses": 55.3, "local_level": 59.9, "hierarchical": 56.7},
)


def pins() -> tuple[str, dict[str, float]]:
    """The version, and what its models forecast for eighty nights with a week's rhythm."""
    hrv = tuple(55 + 8 * math.sin(i * 0.9) + 3 * math.sin(i * 2.3) for i in range(80))
    history = History(
        first=date(2026, 1, 5),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=hrv,
        measured={},
        journal={},
    )
    sealable = train(history, forecasters=CANDIDATES).sealable
    return MODEL_VERSION, {f.source: round(f.mean_ms, 1) for f in sealable}


def test_forecasts_change_only_with_the_version() -> None:
    """The means of every model are those of the version."""
    assert pins() == PINNED

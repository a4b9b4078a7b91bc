"""The version of the models is raised whenever their forecasts change."""

import math
from datetime import date

from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.domain.forecast.version import MODEL_VERSION
from hrvctl.domain.series import History
from hrvctl.domain.training import train
from hrvctl.records import Metric

# Means of tomorrow, ms, to a tenth, for a made-up person. When they change, raise MODEL_VERSION and
# write both anew: rows sealed by another version are not made again by this one.
PINNED = (
    "2026.1",
    {"naive": 60.9, "ma7": 54.6, "ses": 55.3, "local_level": 59.9, "hierarchical": 57.1},
)


def test_forecasts_change_only_with_the_version() -> None:
    """Eighty nights with a week's rhythm: the means of every model are those of the version."""
    hrv = tuple(55 + 8 * math.sin(i * 0.9) + 3 * math.sin(i * 2.3) for i in range(80))
    history = History(
        first=date(2026, 1, 5),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=hrv,
        measured={},
        journal={},
    )
    means = {f.source: round(f.mean_ms, 1) for f in train(history, forecasters=CANDIDATES).sealable}
    assert (MODEL_VERSION, means) == PINNED

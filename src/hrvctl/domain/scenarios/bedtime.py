"""Plan tonight's bedtime: set the length of the current cycle, from sleep onset to sleep onset."""

import math
from dataclasses import replace
from datetime import datetime, time, timedelta

from hrvctl.domain.series import NAN, History
from hrvctl.errors import DataError
from hrvctl.records import PLAUSIBLE, Metric

# A bedtime before noon belongs to the night after midnight.
NOON = time(12)


def plan_bedtime(history: History, *, onset_at: datetime, bedtime: time) -> History:
    """Return the history with the length of its last cycle as planned, from sleep to sleep.

    A cycle that has ended already keeps its measured length.

    Args:
        history: At least one day.
        onset_at: When the sleep began that ended on the last day, aware.
        bedtime: When the person plans to sleep, in the zone of ``onset_at``.

    Raises:
        DataError: A cycle cannot be that long.
    """
    column = history.measured.get(Metric.CYCLE_MIN, (NAN,) * len(history))
    if not math.isnan(column[-1]):
        return history
    night = history.last + timedelta(days=1 if bedtime < NOON else 0)
    begins_at = datetime.combine(night, bedtime, tzinfo=onset_at.tzinfo)
    minutes = (begins_at - onset_at).total_seconds() / 60
    low, high = PLAUSIBLE[Metric.CYCLE_MIN]
    if not low <= minutes <= high:
        raise DataError(
            f"a bedtime of {bedtime:%H:%M} is not possible: last night's sleep began at {onset_at}",
            hint="give the time you plan to sleep tonight, for example 23:30",
        )
    planned = (*column[:-1], minutes)
    return replace(history, measured={**history.measured, Metric.CYCLE_MIN: planned})

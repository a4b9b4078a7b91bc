"""Join stretches of sleep, each of one stage, to sleeps."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hrvctl.records import PLAUSIBLE, Metric
from hrvctl.sources.kit.main_sleep import SleepPeriod

# Two stretches of sleep are one sleep up to this gap. Own choice: three hours awake end the night.
JOINED = timedelta(hours=3)
MINUTE = timedelta(minutes=1)
STAGES = (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)


class Stretch(NamedTuple):
    """A stretch of one stage.

    Attributes:
        start, end: Aware, in the zone of the person.
        stage: The metric of its minutes; ``ASLEEP_MIN`` is sleep without a known stage.
    """

    start: datetime
    end: datetime
    stage: Metric


def join_stretches(stretches: Iterable[Stretch]) -> list[SleepPeriod]:
    """Join one device's stretches without long gaps to sleeps, in order.

    A sleep lasts from its first to its last stretch asleep, and its day is the local date of its
    end. Where stretches overlap, the time counts once.
    """
    groups: list[list[Stretch]] = []
    others: list[Stretch] = []
    for one in sorted(set(stretches)):
        if one.stage not in (Metric.ASLEEP_MIN, *STAGES):
            others.append(one)
        elif groups and one.start - max(own.end for own in groups[-1]) <= JOINED:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [_sleep(group, others) for group in groups]


def _sleep(asleep: Sequence[Stretch], others: Iterable[Stretch]) -> SleepPeriod:
    start, last = asleep[0].start, max(asleep, key=lambda one: one.end)
    by_stage: defaultdict[Metric, list[Stretch]] = defaultdict(list)
    for one in asleep:
        by_stage[one.stage].append(one)
    for one in others:
        if one.start < last.end and start < one.end:
            by_stage[one.stage].append(one)
    minutes = {stage: _covered(own) for stage, own in by_stage.items()}
    minutes[Metric.ASLEEP_MIN] = _covered(asleep)
    return SleepPeriod(
        day=last.end.date(),
        asleep_min=minutes[Metric.ASLEEP_MIN],
        values={stage: n for stage, n in minutes.items() if n <= PLAUSIBLE[stage].high},
        start_at=start,
        end_at=last.end,
    )


def _covered(stretches: Sequence[Stretch]) -> float:
    """Add up the covered minutes."""
    covered = timedelta()
    end = stretches[0].start
    for one in sorted(stretches):
        covered += max(one.end - max(one.start, end), timedelta())
        end = max(end, one.end)
    return covered / MINUTE

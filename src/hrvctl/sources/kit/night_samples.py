"""Average the samples inside each night."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from math import fsum
from typing import Protocol, TypeVar

from hrvctl.sources.kit.main_sleep import SleepPeriod

# Days from a sample's local date to the wake date of its night. Who flies west over the date line
# may fall asleep two dates before, who flies east one after.
NEAR = (0, 1, -1, 2)


class TimedValue(Protocol):
    """A value and its instant, aware, by the clock of where it was measured."""

    @property
    def at(self) -> datetime:
        """When it was measured."""
        ...

    @property
    def value(self) -> float:
        """What was measured."""
        ...


AnySample = TypeVar("AnySample", bound=TimedValue)


def mean_by_night(
    samples: Iterable[AnySample], nights: Mapping[date, SleepPeriod]
) -> tuple[dict[date, float], list[AnySample]]:
    """Average the samples inside each night's window; also return those outside every night."""
    inside, outside = samples_by_night(samples, nights)
    means = {day: fsum(s.value for s in own) / len(own) for day, own in inside.items()}
    return means, outside


def samples_by_night(
    samples: Iterable[AnySample], nights: Mapping[date, SleepPeriod]
) -> tuple[dict[date, list[AnySample]], list[AnySample]]:
    """Sort samples by the night whose window they lie in; also return those outside every night."""
    found: defaultdict[date, list[AnySample]] = defaultdict(list)
    outside: list[AnySample] = []
    for sample in samples:
        for days in NEAR:
            day = sample.at.date() + timedelta(days=days)
            if (night := nights.get(day)) and _is_inside(sample.at, night):
                found[day].append(sample)
                break
        else:
            outside.append(sample)
    return dict(found), outside


def _is_inside(moment: datetime, night: SleepPeriod) -> bool:
    return bool(night.start_at and night.end_at and night.start_at <= moment <= night.end_at)

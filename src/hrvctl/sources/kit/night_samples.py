"""Average the samples inside each night."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import fsum
from typing import Protocol, TypeVar

from hrvctl.sources.kit.main_sleep import SleepPeriod

# Days from a sample's local date to the wake date of its night. Who flies west over the date line
# may fall asleep two dates before, who flies east one after.
NEAR = (0, 1, -1, 2)
# A shorter sleep is a nap, whose samples are no night's; Fitbit too takes no HRV from less.
SHORTEST_NIGHT = timedelta(hours=3)
# Samples of HRV that a night needs, from a device that makes several; own choice: one is too few.
MIN_SAMPLES = 2
# Days from which a source is known to write one value a day; own choice.
MIN_DAYS = 2


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
    """Sort samples by the night whose window they lie in; also return those outside every night.

    A sleep of less than three hours is no night.
    """
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


def writes_one_a_day(days: Sequence[date]) -> bool:
    """Whether a source never writes a second value on a date.

    It is then an app for measurements, or one that sums up a night, and one value is all that a
    night can have from it; a watch on which a single sample was left writes more on other days.

    Args:
        days: The local date of each of its values.
    """
    return len(set(days)) == len(days) >= MIN_DAYS


def is_night(sleep: SleepPeriod) -> bool:
    """Whether a sleep has a window, and one as long as a night's."""
    start, end = sleep.start_at, sleep.end_at
    return bool(start and end and end - start >= SHORTEST_NIGHT)


def _is_inside(moment: datetime, night: SleepPeriod) -> bool:
    start, end = night.start_at, night.end_at
    return bool(start and end and is_night(night) and start <= moment <= end)

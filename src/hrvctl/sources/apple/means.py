"""Apple's spot samples as one value a night, and an HRV never of two sources."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from math import fsum

from hrvctl.sources.apple.samples import Instant, Samples
from hrvctl.sources.kit.main_sleep import Sleep

# The night of who records no sleep ends here, seconds after local midnight; own choice.
MORNING_S = 9 * 3600
# The Apple Watch is taken unless it has less than this share of another source's nights; own
# choice: who wears it in bed at times only has their nights from elsewhere.
WATCH_SHARE = 0.5

# Names of sources that measure alike: one app, or every watch of the person.
Who = tuple[str, ...]


class Windows:
    """When each night was.

    Args:
        nights: The main sleeps, by day.
    """

    def __init__(self, nights: Mapping[date, Sleep]) -> None:
        self._nights = nights
        self._windows = sorted(
            (night.start_at.timestamp(), night.end_at.timestamp(), day)
            for day, night in nights.items()
            if night.start_at and night.end_at
        )
        self._starts = [start for start, _, _ in self._windows]

    def night_of(self, instant: Instant) -> date | None:
        """The day whose night a moment lies in: in its main sleep, or before 9 where none is."""
        place = bisect_right(self._starts, instant.epoch_s) - 1
        if place >= 0 and instant.epoch_s <= self._windows[place][1]:
            return self._windows[place][2]
        day = instant.day
        return day if day not in self._nights and instant.day_second < MORNING_S else None


@dataclass(frozen=True, slots=True)
class Means:
    """One metric, night by night.

    Attributes:
        values: By day.
        n_outside: Samples outside every night.
        n_few: Samples of nights that have too few.
    """

    values: Mapping[date, float]
    n_outside: int
    n_few: int


def means_apart(
    sources: Mapping[str, Samples], windows: Windows, *, n_needed: int, watches: Set[str]
) -> tuple[dict[Who, Means], Who]:
    """The nights of each who measured, and the one whose nights are a series.

    Some apps write RMSSD under the name of SDNN, and two devices differ by more than two nights
    do; so a night that the chosen one has not is none. The chosen is the Apple Watch, else who
    has most nights.

    Args:
        sources: Samples of one metric by source name; at least one.
        windows: The nights.
        n_needed: Samples that a night needs.
        watches: Names of sources that are Apple Watches.
    """
    own = tuple(sorted(watches & sources.keys()))
    groups: Sequence[Who] = [(name,) for name in sorted(sources.keys() - watches)]
    groups = [own, *groups] if own else groups
    means = {
        who: mean_by_night({name: sources[name] for name in who}, windows, n_needed=n_needed)
        for who in groups
    }
    n_nights = {who: len(found.values) for who, found in means.items()}
    most = max(n_nights.values())
    if own and n_nights[own] >= WATCH_SHARE * most:
        return means, own
    return means, max(groups, key=lambda who: n_nights[who])


def mean_by_night(sources: Mapping[str, Samples], windows: Windows, *, n_needed: int = 1) -> Means:
    """Mean of each night's samples, of the one source that has most of them.

    Args:
        sources: Samples of one metric by source name.
        windows: The nights.
        n_needed: Samples that a night needs.
    """
    found: defaultdict[date, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    n_outside = n_few = 0
    for source, samples in sources.items():
        for sample in samples.once():
            day = windows.night_of(sample.start)
            if day is None:
                n_outside += 1
            else:
                found[day][source].append(sample.value)
    values: dict[date, float] = {}
    for day, by_source in sorted(found.items()):
        _, source = max((len(spots), source) for source, spots in by_source.items())
        if (n := len(by_source[source])) >= n_needed:
            values[day] = fsum(by_source[source]) / n
        else:
            n_few += sum(map(len, by_source.values()))
    return Means(values, n_outside, n_few)

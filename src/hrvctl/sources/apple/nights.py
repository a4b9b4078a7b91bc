"""Apple's sleep and spot samples as nights: the main sleep of each day, and means within it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from math import fsum

from hrvctl.records import PLAUSIBLE, Metric
from hrvctl.sources.apple.samples import MINUTE_S, Instant, Sample, Samples
from hrvctl.sources.kit.main_sleep import SleepPeriod
from hrvctl.sources.kit.night_samples import writes_one_a_day

# Two stretches of sleep are one sleep up to this gap, seconds. Own choice: three hours awake end
# the night.
JOINED_S = 3 * 3600
# A shorter sleep is a nap, minutes; Fitbit too takes no HRV from less.
NIGHT_MIN = 180
# Of a night in two sources the one with stages counts, unless it has less than this share of the
# other's sleep; own choice.
COMPARABLE = 0.5

# Seconds after waking in which a measurement of an app that makes one a day is that night's. Own
# choice: such apps ask for it on waking, and straps' apps write the night's value at its end.
AFTER_WAKING_S = 30 * 60
# Without a recorded sleep the night ends here, seconds after local midnight; own choice.
MORNING_S = 9 * 3600
# The Apple Watch is chosen unless it has less than this share of another source's nights; own
# choice: a watch that is rarely worn in bed does not replace the other source.
WATCH_SHARE = 0.5

STAGED = (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)
ASLEEP = (Metric.ASLEEP_MIN, *STAGED)
NOT_ASLEEP = (Metric.AWAKE_MIN, Metric.IN_BED_MIN)


Stretches = Mapping[Metric, Sequence[Sample]]
# Names of sources that measure alike: one app, or every watch of the person.
SourceNames = tuple[str, ...]


class Windows:
    """The time window of each night."""

    def __init__(self, nights: Mapping[date, SleepPeriod]) -> None:
        self._nights = nights
        self._windows = sorted(
            (night.start_at.timestamp(), night.end_at.timestamp(), day)
            for day, night in nights.items()
            if night.start_at and night.end_at
        )
        self._starts = [start for start, _, _ in self._windows]

    def night_of(self, instant: Instant, *, after_s: int = 0) -> date | None:
        """Find the day whose night contains a moment: its main sleep, or without one until 9:00.

        Args:
            instant: The moment.
            after_s: Seconds after its end that still belong to a sleep.
        """
        place = bisect_right(self._starts, instant.epoch_s) - 1
        if place >= 0 and instant.epoch_s <= self._windows[place][1] + after_s:
            return self._windows[place][2]
        day = instant.day
        return day if day not in self._nights and instant.day_second < MORNING_S else None


@dataclass(frozen=True, slots=True)
class Means:
    """One metric, night by night.

    Attributes:
        values: By day.
        n_outside: Samples outside every night.
        n_few: Samples of nights with too few of them.
        is_single: Whether the source writes one value a day.
    """

    values: Mapping[date, float]
    n_outside: int
    n_few: int
    is_single: bool = False


def find_nights(samples: Mapping[tuple[Metric, str], Samples]) -> dict[date, SleepPeriod]:
    """Find the main sleep of each day, from one source each.

    Args:
        samples: By stage and source name; other metrics are ignored.

    Returns:
        By local date of waking: minutes asleep, awake, in bed and of each stage; no naps.
    """
    by_day: defaultdict[date, list[tuple[bool, float, str, SleepPeriod]]] = defaultdict(list)
    for source in sorted({source for metric, source in samples if metric in ASLEEP}):
        stretches = {
            metric: list(samples[metric, source].once())
            for metric in (*ASLEEP, *NOT_ASLEEP)
            if (metric, source) in samples
        }
        for sleep in _sleeps(stretches):
            if sleep.asleep_min >= NIGHT_MIN:
                is_staged = any(metric in sleep.values for metric in STAGED)
                by_day[sleep.day].append((is_staged, sleep.asleep_min, source, sleep))
    return {day: _main(sleeps) for day, sleeps in by_day.items()}


def means_apart(
    sources: Mapping[str, Samples], windows: Windows, *, n_needed: int, watches: Set[str]
) -> tuple[dict[SourceNames, Means], SourceNames]:
    """Average each source's nights apart, and choose the source whose nights are used.

    Sources are not mixed: some apps write RMSSD under the name of SDNN, and two devices differ by
    more than two nights do. The Apple Watch is chosen, else the source with most nights. A source
    other than a watch that writes one value a day has it at waking, and one is enough.

    Args:
        sources: Samples of one metric by source name; at least one.
        windows: The nights.
        n_needed: Samples that a night needs.
        watches: Names of sources that are Apple Watches.
    """
    own = tuple(sorted(watches & sources.keys()))
    groups: Sequence[SourceNames] = [(name,) for name in sorted(sources.keys() - watches)]
    groups = [own, *groups] if own else groups
    means: dict[SourceNames, Means] = {}
    for group in groups:
        of_group = {name: sources[name] for name in group}
        days = [sample.start.day for own in of_group.values() for sample in own.once()]
        if group != own and writes_one_a_day(days):
            found = mean_by_night(of_group, windows, after_s=AFTER_WAKING_S)
            means[group] = replace(found, is_single=True)
        else:
            means[group] = mean_by_night(of_group, windows, n_needed=n_needed)
    n_nights = {group: len(found.values) for group, found in means.items()}
    most = max(n_nights.values())
    if own and n_nights[own] >= WATCH_SHARE * most:
        return means, own
    return means, max(groups, key=lambda group: n_nights[group])


def mean_by_night(
    sources: Mapping[str, Samples], windows: Windows, *, n_needed: int = 1, after_s: int = 0
) -> Means:
    """Average each night's samples, of the source that has most of them."""
    found: defaultdict[date, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    n_outside = n_few = 0
    for source, samples in sources.items():
        for sample in samples.once():
            day = windows.night_of(sample.start, after_s=after_s)
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


def _main(sleeps: Sequence[tuple[bool, float, str, SleepPeriod]]) -> SleepPeriod:
    longest = max(asleep_min for _, asleep_min, _, _ in sleeps)
    comparable = [sleep for sleep in sleeps if sleep[1] >= COMPARABLE * longest]
    return max(comparable, key=lambda sleep: sleep[:3])[3]


def _sleeps(stretches: Stretches) -> list[SleepPeriod]:
    """Join one source's stretches of sleep, without long gaps, to sleeps, in order."""
    asleep = sorted((sample, metric) for metric in ASLEEP for sample in stretches.get(metric, ()))
    groups: list[defaultdict[Metric, list[Sample]]] = []
    ends: list[int] = []
    starts: list[int] = []
    for sample, metric in asleep:
        if not ends or sample.start.epoch_s - ends[-1] > JOINED_S:
            groups.append(defaultdict(list))
            starts.append(sample.start.epoch_s)
            ends.append(sample.second.epoch_s)
        groups[-1][metric].append(sample)
        ends[-1] = max(ends[-1], sample.second.epoch_s)
    for metric in NOT_ASLEEP:
        for sample in stretches.get(metric, ()):
            place = bisect_left(starts, sample.second.epoch_s) - 1
            if place >= 0 and sample.start.epoch_s < ends[place]:
                groups[place][metric].append(sample)
    return [_sleep(group) for group in groups]


def _sleep(group: Mapping[Metric, Sequence[Sample]]) -> SleepPeriod:
    asleep = [sample for metric in ASLEEP for sample in group.get(metric, ())]
    first = min(asleep, key=lambda sample: sample.start.epoch_s).start
    last = max(asleep, key=lambda sample: sample.second.epoch_s).second
    found = {metric: _minutes(samples) for metric, samples in group.items()}
    found[Metric.ASLEEP_MIN] = _minutes(asleep)
    return SleepPeriod(
        day=last.day,
        asleep_min=found[Metric.ASLEEP_MIN],
        values={m: v for m, v in found.items() if v <= PLAUSIBLE[m].high},
        start_at=first.moment,
        end_at=last.moment,
    )


def _minutes(samples: Iterable[Sample]) -> float:
    """Add up the covered time in minutes; where stretches overlap it counts once."""
    covered = end = 0
    for sample in sorted(samples):
        start = max(sample.start.epoch_s, end)
        end = max(end, sample.second.epoch_s)
        covered += max(end - start, 0)
    return covered / MINUTE_S

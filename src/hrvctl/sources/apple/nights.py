"""Apple's sleep: the stretches of one source put together, and which sleep is the night."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from hrvctl.records import PLAUSIBLE, Metric
from hrvctl.sources.apple.samples import MINUTE_S, Sample, Samples
from hrvctl.sources.kit.main_sleep import Sleep

# Two stretches of sleep are one sleep up to this gap, seconds. Own choice: who is up for three
# hours has ended the night.
JOINED_S = 3 * 3600
# A shorter sleep is a nap, minutes; Fitbit too takes no HRV from less.
NIGHT_MIN = 180
# Of a night told by two sources the one with stages counts, unless it has less than this share of
# the other's sleep; own choice.
COMPARABLE = 0.5

STAGED = (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)
ASLEEP = (Metric.ASLEEP_MIN, *STAGED)
BESIDE = (Metric.AWAKE_MIN, Metric.IN_BED_MIN)

Stretches = Mapping[Metric, Sequence[Sample]]


def find_nights(samples: Mapping[tuple[Metric, str], Samples]) -> dict[date, Sleep]:
    """The main sleep of each day, told by one source.

    Args:
        samples: By stage and source name; other metrics are passed over.

    Returns:
        By local date of waking, minutes asleep, awake, in bed and of each stage; no naps.
    """
    by_day: defaultdict[date, list[tuple[bool, float, str, Sleep]]] = defaultdict(list)
    for source in sorted({source for metric, source in samples if metric in ASLEEP}):
        stretches = {
            metric: list(samples[metric, source].once())
            for metric in (*ASLEEP, *BESIDE)
            if (metric, source) in samples
        }
        for sleep in _sleeps(stretches):
            if sleep.asleep_min >= NIGHT_MIN:
                is_staged = any(metric in sleep.values for metric in STAGED)
                by_day[sleep.day].append((is_staged, sleep.asleep_min, source, sleep))
    return {day: _main(sleeps) for day, sleeps in by_day.items()}


def _main(sleeps: Sequence[tuple[bool, float, str, Sleep]]) -> Sleep:
    longest = max(asleep_min for _, asleep_min, _, _ in sleeps)
    comparable = [sleep for sleep in sleeps if sleep[1] >= COMPARABLE * longest]
    return max(comparable, key=lambda sleep: sleep[:3])[3]


def _sleeps(stretches: Stretches) -> list[Sleep]:
    """One source's sleeps, in order: stretches of sleep with no long gap between them."""
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
    for metric in BESIDE:
        for sample in stretches.get(metric, ()):
            place = bisect_left(starts, sample.second.epoch_s) - 1
            if place >= 0 and sample.start.epoch_s < ends[place]:
                groups[place][metric].append(sample)
    return [_sleep(group) for group in groups]


def _sleep(group: Mapping[Metric, Sequence[Sample]]) -> Sleep:
    asleep = [sample for metric in ASLEEP for sample in group.get(metric, ())]
    first = min(asleep, key=lambda sample: sample.start.epoch_s).start
    last = max(asleep, key=lambda sample: sample.second.epoch_s).second
    found = {metric: _minutes(samples) for metric, samples in group.items()}
    found[Metric.ASLEEP_MIN] = _minutes(asleep)
    return Sleep(
        day=last.day,
        asleep_min=found[Metric.ASLEEP_MIN],
        values={m: v for m, v in found.items() if v <= PLAUSIBLE[m].high},
        start_at=first.moment,
        end_at=last.moment,
    )


def _minutes(samples: Iterable[Sample]) -> float:
    """Time covered, minutes; what two stretches share counts once."""
    covered = end = 0
    for sample in sorted(samples):
        start = max(sample.start.epoch_s, end)
        end = max(end, sample.second.epoch_s)
        covered += max(end - start, 0)
    return covered / MINUTE_S

"""Apple Health's export.xml: HRV by night from spot samples, read as a stream of any length."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from hrvctl.errors import count
from hrvctl.records import HRV_METRICS, Measurement, Metric, Reading
from hrvctl.sources.apple.nights import (
    NIGHT_MIN,
    Means,
    SourceNames,
    Windows,
    find_nights,
    mean_by_night,
    means_apart,
)
from hrvctl.sources.apple.records import Collected
from hrvctl.sources.apple.samples import Sample, Samples
from hrvctl.sources.apple.stream import has_root
from hrvctl.sources.kit.day_heart_rate import measure_waking
from hrvctl.sources.kit.main_sleep import SleepPeriod, measure_nights
from hrvctl.sources.kit.protocol import Document

KIND = "export"
# HRV samples of a minute that a night needs; own choice: a single one is too few.
MIN_HRV_SAMPLES = 2
# Metrics with a few samples a night.
SPOTS = (Metric.RESPIRATORY_RATE_RPM, Metric.SPO2_PCT)
# Characters shown of a source's name.
NAME_SHOWN = 40


class Apple:
    """Reads the export of the Health app on an iPhone.

    SDNN stays SDNN. RMSSD is Apple's own if there is any, else it is computed from the beats
    recorded with the SDNN samples; the two metrics are separate series.
    """

    name: str = "apple"
    title: str = "Apple Health export"
    steps: tuple[str, ...] = (
        "On the iPhone open Health, tap your picture, Export All Health Data; it takes minutes.",
        "Send export.zip to this computer; there is no need to unpack it.",
        "hrvctl import export.zip",
    )
    streams: frozenset[str] = frozenset({KIND})

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``export``, of XML whose first tag is ``HealthData``."""
        return KIND if has_root(document.head) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read the document's stream once, and make nights of the collected samples.

        Raises:
            DataError: The document cannot be read to where it ends.
        """
        collected = Collected(document.name, today)
        with document.stream() as stream:
            collected.read(stream)
        return collected.faults.reading(self.name, KIND, measurements=measure(collected, self.name))


def measure(collected: Collected, source: str) -> list[Measurement]:
    """Make nights of the collected samples, and means within them."""
    nights = find_nights(collected.samples)
    windows = Windows(nights)
    values: dict[date, dict[Metric, float]] = {day: dict(n.values) for day, n in nights.items()}
    by_metric: dict[Metric, Mapping[date, float]] = {
        metric: mean_by_night(_by_source(collected, metric), windows).values for metric in SPOTS
    }
    for metric in HRV_METRICS:
        by_metric[metric] = _mean_hrv(collected, metric, windows, nights)
    by_metric[Metric.SKIN_TEMP_C] = _newest(collected, Metric.SKIN_TEMP_C, lambda s: s.second.day)
    for metric, by_day in by_metric.items():
        for day, value in by_day.items():
            values.setdefault(day, {})[metric] = value
    measured = {
        day: replace(nights.get(day, SleepPeriod(day=day, asleep_min=0)), values=of_day)
        for day, of_day in values.items()
    }
    # Apple estimates it over the whole day, so it has no window.
    resting = _newest(collected, Metric.RESTING_HR_BPM, lambda s: s.start.day)
    waking = measure_waking(collected.rates, nights.values(), source)
    return (
        measure_nights(measured, source)
        + waking
        + [
            Measurement(day=day, metric=Metric.RESTING_HR_BPM, value=value, source=source)
            for day, value in resting.items()
        ]
    )


def _mean_hrv(
    collected: Collected, metric: Metric, windows: Windows, nights: Mapping[date, SleepPeriod]
) -> Mapping[date, float]:
    sources = _by_source(collected, metric)
    if metric is Metric.HRV_RMSSD_MS and not sources:
        sources = collected.beats
    if not sources:
        return {}
    by_group, chosen = means_apart(
        sources, windows, n_needed=MIN_HRV_SAMPLES, watches=collected.watches
    )
    means = by_group[chosen]
    kind = "SDNN" if metric is Metric.HRV_SDNN_MS else "RMSSD"
    collected.faults.skipped[f"{kind} sample outside the night"] += means.n_outside
    collected.faults.skipped[f"{kind} sample of a night with fewer than {MIN_HRV_SAMPLES}"] += (
        means.n_few
    )
    if len(by_group) > 1:
        left_out = ", ".join(_shown_group(g, m) for g, m in by_group.items() if g != chosen)
        collected.faults.warn(
            f"{kind} by several sources, which are not mixed; used: "
            f"{_shown_group(chosen, means)}, left out: {left_out}"
        )
    if means.is_single and means.values:
        collected.faults.warn(
            f"{_shown(chosen[0])} writes one {kind} a day, so each night rests on one value; that"
            f" it is {kind} is the app's word"
        )
    if without := [day for day in means.values if day not in nights]:
        days = count(len(without), "day")
        collected.faults.warn(
            f"no sleep of {NIGHT_MIN // 60} h or more on {days} with {kind} at night, the last "
            f"{max(without)}; the samples before 9:00 were used"
        )
    return means.values


def _by_source(collected: Collected, metric: Metric) -> dict[str, Samples]:
    return {name: kept for (kind, name), kept in collected.samples.items() if kind is metric}


def _newest(
    collected: Collected, metric: Metric, day_of: Callable[[Sample], date]
) -> dict[date, float]:
    """Choose the value of each day that was written, or ended, last."""
    newest: dict[date, Sample] = {}
    for samples in _by_source(collected, metric).values():
        for sample in samples.once():
            rival = newest.get(day_of(sample))
            if rival is None or _age(sample) > _age(rival):
                newest[day_of(sample)] = sample
    return {day: sample.value for day, sample in newest.items()}


def _age(sample: Sample) -> tuple[int, float]:
    return sample.second.epoch_s, sample.value


def _shown_group(group: SourceNames, means: Means) -> str:
    return f"{' and '.join(map(_shown, group))} (nights: {len(means.values)})"


def _shown(name: str) -> str:
    # A name may hold anything, also control characters.
    return "".join(sign if sign.isprintable() else " " for sign in name[:NAME_SHOWN]) or "unnamed"

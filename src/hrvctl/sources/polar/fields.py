"""Where Polar's files keep what: the account's export, and two versions of AccessLink."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hrvctl.records import PLAUSIBLE, Metric
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.record_reader import Entries

MS_PER_MIN = 60_000
# ISO 8601 durations as Polar writes them; AccessLink 4 has plain seconds, `27000s`.
DURATION = re.compile(
    r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?"
)
SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)s?")


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of file.

    Attributes:
        signs: Keys of which a file has one.
        also: Keys of which it has one as well.
        day: Where the wake date stands.
        numbers: What is written in the metric's own unit.
        intervals: What is the mean interval in ms of something counted by the minute.
        durations: What is a duration.
        start, end: Where the sleep's window stands; empty where the file has none.
    """

    signs: frozenset[str]
    also: frozenset[str]
    day: str
    numbers: Mapping[Metric, str] = field(default_factory=dict)
    intervals: Mapping[Metric, str] = field(default_factory=dict)
    durations: Mapping[Metric, str] = field(default_factory=dict)
    start: str = ""
    end: str = ""


# Mean values from half an hour after sleep onset to four hours later (Polar, "Nightly Recharge").
# 60,000 / RRI is thus the heart rate of those hours: no resting heart rate.
MEANS: Mapping[Metric, str] = {Metric.HRV_RMSSD_MS: "meanNightlyRecoveryRmssd"}
INTERVALS: Mapping[Metric, str] = {
    Metric.NIGHT_HR_BPM: "meanNightlyRecoveryRri",
    Metric.RESPIRATORY_RATE_RPM: "meanNightlyRecoveryRespirationInterval",
}
SIGNS = frozenset({"meanNightlyRecoveryRmssd", "meanNightlyRecoveryRri"})

LAYOUTS: Mapping[str, Layout] = {
    "nightly_recovery": Layout(SIGNS, frozenset({"night"}), "night", MEANS, INTERVALS),
    "nightly_recharge": Layout(
        SIGNS, frozenset({"sleepResultDate"}), "sleepResultDate", MEANS, INTERVALS
    ),
    "nightly_recharge_v3": Layout(
        frozenset({"nightly_recharge_status", "ans_charge"}),
        frozenset({"heart_rate_variability_avg", "beat_to_beat_avg"}),
        "date",
        numbers={
            Metric.HRV_RMSSD_MS: "heart_rate_variability_avg",
            Metric.NIGHT_HR_BPM: "heart_rate_avg",
            Metric.RESPIRATORY_RATE_RPM: "breathing_rate_avg",
        },
    ),
    "sleep_result": Layout(
        frozenset({"asleepDuration", "sleepResult"}),
        frozenset({"night"}),
        "night",
        numbers={Metric.SLEEP_EFFICIENCY_PCT: "evaluation.analysis.efficiencyPercent"},
        durations={
            Metric.ASLEEP_MIN: "evaluation.asleepDuration",
            Metric.IN_BED_MIN: "evaluation.sleepSpan",
            Metric.LIGHT_MIN: "evaluation.phaseDurations.light",
            Metric.DEEP_MIN: "evaluation.phaseDurations.deep",
            Metric.REM_MIN: "evaluation.phaseDurations.rem",
            Metric.AWAKE_MIN: "evaluation.phaseDurations.wake",
        },
        start="sleepResult.hypnogram.sleepStart",
        end="sleepResult.hypnogram.sleepEnd",
    ),
    "sleep_v3": Layout(
        frozenset({"sleep_start_time"}),
        frozenset({"continuity", "unrecognized_sleep_stage", "sleep_charge"}),
        "date",
        durations={
            Metric.LIGHT_MIN: "light_sleep",
            Metric.DEEP_MIN: "deep_sleep",
            Metric.REM_MIN: "rem_sleep",
            Metric.AWAKE_MIN: "total_interruption_duration",
        },
        start="sleep_start_time",
        end="sleep_end_time",
    ),
}


def kind_of(keys: frozenset[str]) -> str | None:
    """Name the kind of file with these keys."""
    for kind, layout in LAYOUTS.items():
        if keys & layout.signs and keys & layout.also:
            return kind
    return None


def read_values(file: Entries, entry: Entry, layout: Layout) -> dict[Metric, float]:
    """Read what an object says, each value in its metric's unit."""
    found = {m: file.value(entry, path, m) for m, path in layout.numbers.items()}
    for metric, path in layout.intervals.items():
        found[metric] = _rate(file, entry, path, metric)
    for metric, path in layout.durations.items():
        found[metric] = _minutes(file, entry, path, metric)
    values = {metric: value for metric, value in found.items() if value is not None}
    stages = [values[m] for m in (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN) if m in values]
    if stages:
        values.setdefault(Metric.ASLEEP_MIN, sum(stages))
    return values


def _rate(file: Entries, entry: Entry, path: str, metric: Metric) -> float | None:
    """Events a minute from their mean interval in ms: 60,000 / interval."""
    try:
        interval = cell_values.number(str(file.get(entry, path)))
    except ValueError:
        return None
    if interval <= 0:  # how a device says that it measured nothing
        return None
    return _plausible(file, entry, path, metric, MS_PER_MIN / interval)


def _minutes(file: Entries, entry: Entry, path: str, metric: Metric) -> float | None:
    raw = file.get(entry, path)
    if raw in (None, ""):
        return None
    if found := SECONDS.fullmatch(str(raw)):
        return _plausible(file, entry, path, metric, float(found[1]) / 60)
    if found := DURATION.fullmatch(str(raw)):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        whole = days * 1440 + hours * 60 + minutes + seconds / 60
        return _plausible(file, entry, path, metric, whole)
    file.leave_out(entry, path, "not a duration like PT7H30M; left out")
    return None


def _plausible(
    file: Entries, entry: Entry, path: str, metric: Metric, value: float
) -> float | None:
    low, high = PLAUSIBLE[metric]
    if low <= value <= high:
        return value
    file.leave_out(entry, path, f"not within {low:g} to {high:g}; left out")
    return None

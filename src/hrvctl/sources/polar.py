"""Polar: Nightly Recharge and sleep, from the account's export and from AccessLink."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from hrvctl.records import PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.day_heart_rate import HeartRates, with_waking
from hrvctl.sources.kit.json_records import head_keys, open_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, measure_files
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

MS_PER_MIN = 60_000
# ISO 8601 durations as Polar writes them; AccessLink 4 has plain seconds, `27000s`.
DURATION = re.compile(
    r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?"
)
SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)s?")
# A sleep of more than a day has a wrong start or end.
LONGEST_SLEEP = timedelta(hours=24)
Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class PolarLayout:
    """One kind of file.

    Attributes:
        signs: Keys of which a file has one.
        also: Keys of which it has one as well.
        day: The field of the wake date.
        numbers: Fields in the metric's own unit.
        intervals: Fields with the mean interval in ms of what the metric counts by the minute.
        durations: Fields that are durations.
        start, end: Fields of the sleep's window; empty where the file has none.
    """

    signs: frozenset[str]
    also: frozenset[str]
    day: str
    numbers: tuple[Column, ...] = ()
    intervals: tuple[Column, ...] = ()
    durations: tuple[Column, ...] = ()
    start: str = ""
    end: str = ""


# Mean values from half an hour after sleep onset to four hours later (Polar, "Nightly Recharge").
# 60,000 / RRI is thus the heart rate of those hours, not the resting heart rate.
MEANS = (Column("meanNightlyRecoveryRmssd", Metric.HRV_RMSSD_MS),)
INTERVALS = (
    Column("meanNightlyRecoveryRri", Metric.NIGHT_HR_BPM),
    Column("meanNightlyRecoveryRespirationInterval", Metric.RESPIRATORY_RATE_RPM),
)
SIGNS = frozenset({"meanNightlyRecoveryRmssd", "meanNightlyRecoveryRri"})
STAGES = (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)

LAYOUTS: Mapping[str, PolarLayout] = {
    "nightly_recovery": PolarLayout(SIGNS, frozenset({"night"}), "night", MEANS, INTERVALS),
    "nightly_recharge": PolarLayout(
        SIGNS, frozenset({"sleepResultDate"}), "sleepResultDate", MEANS, INTERVALS
    ),
    "nightly_recharge_v3": PolarLayout(
        frozenset({"nightly_recharge_status", "ans_charge"}),
        frozenset({"heart_rate_variability_avg", "beat_to_beat_avg"}),
        "date",
        numbers=(
            Column("heart_rate_variability_avg", Metric.HRV_RMSSD_MS),
            Column("heart_rate_avg", Metric.NIGHT_HR_BPM),
            Column("breathing_rate_avg", Metric.RESPIRATORY_RATE_RPM),
        ),
    ),
    "sleep_result": PolarLayout(
        frozenset({"asleepDuration", "sleepResult"}),
        frozenset({"night"}),
        "night",
        numbers=(Column("evaluation.analysis.efficiencyPercent", Metric.SLEEP_EFFICIENCY_PCT),),
        durations=(
            Column("evaluation.asleepDuration", Metric.ASLEEP_MIN),
            Column("evaluation.sleepSpan", Metric.IN_BED_MIN),
            Column("evaluation.phaseDurations.light", Metric.LIGHT_MIN),
            Column("evaluation.phaseDurations.deep", Metric.DEEP_MIN),
            Column("evaluation.phaseDurations.rem", Metric.REM_MIN),
            Column("evaluation.phaseDurations.wake", Metric.AWAKE_MIN),
        ),
        start="sleepResult.hypnogram.sleepStart",
        end="sleepResult.hypnogram.sleepEnd",
    ),
    "sleep_v3": PolarLayout(
        frozenset({"sleep_start_time"}),
        frozenset({"continuity", "unrecognized_sleep_stage", "sleep_charge"}),
        "date",
        durations=(
            Column("light_sleep", Metric.LIGHT_MIN),
            Column("deep_sleep", Metric.DEEP_MIN),
            Column("rem_sleep", Metric.REM_MIN),
            Column("total_interruption_duration", Metric.AWAKE_MIN),
        ),
        start="sleep_start_time",
        end="sleep_end_time",
    ),
}

# Files of a day's heart rates: AccessLink's, and those of the account's export (247ohr). Their
# times are by the person's clock.
HEART_RATES: Mapping[str, frozenset[str]] = {
    "heart_rate_v3": frozenset({"date", "heart_rate_samples", "sample_time"}),
    "heart_rate_247": frozenset({"date", "samples", "heartRate", "secondsFromDayStart"}),
}


@dataclass(slots=True)
class _PolarFile:
    kind: str
    reader: RecordReader
    sleeps: list[SleepPeriod] = field(default_factory=list)
    recharges: dict[date, Mapping[Metric, float]] = field(default_factory=dict)


class Polar(JointSource):
    """Reads Polar's JSON.

    The HRV is the RMSSD of four hours of sleep, and the night is named by the date it ended on.
    Without the sleep files the nights have no window.
    """

    name: str = "polar"
    title: str = "Polar Flow account export, AccessLink answers"
    steps: tuple[str, ...] = (
        "Sign in at account.polar.com and choose Download your data; a mail says when it is ready.",
        "Download polar-user-data-export_NUMBER.zip; nightly_recovery in it has the HRV.",
        "hrvctl import polar-user-data-export_NUMBER.zip",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``nightly_recovery``, ``nightly_recharge``, ``sleep_result`` and so on.

        ``nightly_recharge_v3``, ``sleep_v3`` and ``heart_rate_v3`` are answers of version 3 of
        AccessLink.
        """
        keys = head_keys(document)
        kinds = [k for k, layout in LAYOUTS.items() if keys & layout.signs and keys & layout.also]
        kinds += [kind for kind, signs in HEART_RATES.items() if signs <= keys]
        return next(iter(kinds), None)

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one export; the sleep files have the window of each night."""
        rates = HeartRates(is_local=True)
        files: list[_PolarFile] = []
        for rates.place, document in enumerate(documents):
            files.append(self._open(document, today, rates))
        nights = measure_files([file.sleeps for file in files], self.name)
        windows: dict[date, Window] = {}
        for measured in nights:
            windows |= {m.day: (m.start_at, m.end_at) for m in measured if m.start_at and m.end_at}
        readings = [
            self._reading(file, measured, windows)
            for file, measured in zip(files, nights, strict=True)
        ]
        return with_waking(readings, rates, self.name)

    def _open(self, document: Document, today: date, rates: HeartRates) -> _PolarFile:
        kind = self.identify(document) or next(iter(LAYOUTS))
        file = _PolarFile(kind, open_json(document, today=today))
        for record in file.reader.records:
            if kind in HEART_RATES:
                _add_rates(file.reader, record, rates)
            else:
                _read(file, record, LAYOUTS[kind])
        return file

    def _reading(
        self, file: _PolarFile, nights: Sequence[Measurement], windows: Mapping[date, Window]
    ) -> Reading:
        found = list(nights)
        for day, values in file.recharges.items():
            window = windows.get(day, (None, None))
            found += [
                Measurement(day, metric, value, self.name, *window)
                for metric, value in values.items()
            ]
        return file.reader.reading(self.name, file.kind, measurements=found)


def _read(file: _PolarFile, record: Record, layout: PolarLayout) -> None:
    reader = file.reader
    day = reader.day(record, layout.day)
    if day is None:
        reader.skipped["night without a date"] += 1
        return
    values = _values(reader, record, layout)
    if not values:
        reader.skipped["night without a value"] += 1
    elif layout.start:
        start, end = _window(reader, record, layout) or (None, None)
        file.sleeps.append(
            SleepPeriod(
                day=day,
                asleep_min=values.get(Metric.ASLEEP_MIN, 0.0),
                values=values,
                start_at=start,
                end_at=end,
                key=str(day),  # one result a night; an edited one comes in a later export
            )
        )
    else:
        if day in file.recharges:
            reader.skipped["repeated night"] += 1
        file.recharges[day] = values


def _add_rates(reader: RecordReader, record: Record, rates: HeartRates) -> None:
    day = reader.day(record, "date")
    samples = record.content.get("heart_rate_samples") or record.content.get("samples")
    if day is None or not isinstance(samples, list):
        reader.skipped["day without heart rates"] += 1
        return
    midnight_s = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    for sample in samples:
        try:
            if "sample_time" in sample:
                at = time.fromisoformat(sample["sample_time"])
                second, bpm = at.hour * 3600 + at.minute * 60 + at.second, sample["heart_rate"]
            else:
                second, bpm = int(sample["secondsFromDayStart"]), sample["heartRate"]
            rates.add(midnight_s + second, float(bpm))
        except (KeyError, TypeError, ValueError, OverflowError):
            reader.skipped["heart rate that cannot be read"] += 1


def _values(reader: RecordReader, record: Record, layout: PolarLayout) -> dict[Metric, float]:
    values = reader.values(record, layout.numbers)
    for path, metric, _ in layout.intervals:
        if (value := _rate(reader, record, path, metric)) is not None:
            values[metric] = value
    for path, metric, _ in layout.durations:
        if (value := _minutes(reader, record, path, metric)) is not None:
            values[metric] = value
    if stages := [values[metric] for metric in STAGES if metric in values]:
        values.setdefault(Metric.ASLEEP_MIN, sum(stages))
    return values


def _rate(reader: RecordReader, record: Record, path: str, metric: Metric) -> float | None:
    """Convert the mean interval of events in ms to events a minute: 60,000 / interval."""
    interval = cell_values.number_or_nan(str(reader.get(record, path)))
    if reader.is_not_measured(interval, metric) or not interval > 0:
        return None
    return _plausible(reader, record, path, metric, MS_PER_MIN / interval)


def _minutes(reader: RecordReader, record: Record, path: str, metric: Metric) -> float | None:
    raw = reader.get(record, path)
    if raw in (None, ""):
        return None
    if found := SECONDS.fullmatch(str(raw)):
        return _plausible(reader, record, path, metric, float(found[1]) / 60)
    if found := DURATION.fullmatch(str(raw)):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        whole = days * 1440 + hours * 60 + minutes + seconds / 60
        return _plausible(reader, record, path, metric, whole)
    reader.leave_out(record, path, "not a duration like PT7H30M; left out")
    return None


def _plausible(
    reader: RecordReader, record: Record, path: str, metric: Metric, value: float
) -> float | None:
    low, high = PLAUSIBLE[metric]
    if low <= value <= high:
        return value
    reader.leave_out(record, path, f"not within {low:g} to {high:g}; left out")
    return None


def _window(reader: RecordReader, record: Record, layout: PolarLayout) -> Window | None:
    """Read when the sleep began and ended, where both times have their offset."""
    start, end = reader.moment(record, layout.start), reader.moment(record, layout.end)
    if not start or not end or not start.tzinfo or not end.tzinfo:
        return None
    if timedelta(0) < end - start <= LONGEST_SLEEP:
        return start, end
    reader.leave_out(record, layout.end, f"not within 24 hours after the start {start}; left out")
    return None

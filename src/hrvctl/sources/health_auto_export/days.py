"""The values of one file of Health Auto Export, by day and by night."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import fsum
from typing import NamedTuple

from hrvctl.records import HRV_METRICS, PLAUSIBLE, Measurement, Metric
from hrvctl.sources.health_auto_export.columns import PHASES
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import normalise
from hrvctl.sources.kit.day_heart_rate import NO_NIGHTS, HeartRates, measure_waking
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_nights
from hrvctl.sources.kit.night_samples import MIN_SAMPLES, is_night, samples_by_night
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.sleep_stretches import Stretch, join_stretches

# Fields of a heart rate, summarised or single; some versions write them in lower case.
MEANS = ("Avg", "avg", "qty", "value")
HOUR_S = 3600
MINUTES_AN_HOUR = 60
STAGED = (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)
STATISTICS = {Metric.HRV_SDNN_MS: "SDNN", Metric.HRV_RMSSD_MS: "RMSSD"}
# A longer stretch of sleep is a mistake; own choice.
LONGEST_SLEEP = timedelta(hours=24)


class _Sample(NamedTuple):
    """A value and its instant, aware."""

    at: datetime
    value: float


class Days:
    """One file's values, by day."""

    def __init__(self, reader: RecordReader) -> None:
        self.reader = reader
        self.values: defaultdict[tuple[date, Metric], defaultdict[str, list[float]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self.sleeps: list[SleepPeriod] = []
        self.stretches: defaultdict[str, list[Stretch]] = defaultdict(list)
        self.samples: defaultdict[tuple[Metric, str], dict[datetime, float]] = defaultdict(dict)
        self.rates: list[tuple[datetime, float]] = []
        self.day_means: dict[date, float] = {}

    def add(self, row: Record, path: str, metric: Metric, *, date_path: str) -> None:
        """Add a value to its day and source."""
        ratio = metric is Metric.SPO2_PCT and _is_ratio(self.reader.get(row, path))
        if metric is Metric.SKIN_TEMP_C and _is_fahrenheit(row):
            self.reader.skipped["temperature in Fahrenheit"] += 1
            return
        value = self.reader.value(row, path, metric, scale=100 if ratio else 1)
        day = self.reader.day(row, date_path)
        if value is not None and day:
            source = _source(row)
            self.values[day, metric][source].append(value)
            if metric in HRV_METRICS and (at := _moment(row, date_path)):
                self.samples[metric, source][at] = value

    def add_rate(self, row: Record) -> None:
        """Add a heart rate: a sample, or the mean of an hour or a day."""
        path = next((name for name in MEANS if name in row.content), MEANS[0])
        value, at = self.reader.value(row, path, Metric.AVERAGE_HR_BPM), _moment(row, "date")
        if value is not None and at and not self.reader.why_impossible(at.date()):
            self.rates.append((at, value))

    def add_day_mean(self, row: Record, paths: Sequence[str], *, date_path: str) -> None:
        """Add the mean of a calendar day, the last of its rows."""
        for path in paths:
            value = self.reader.value(row, path, Metric.AVERAGE_HR_BPM)
            if value is not None and (day := self.reader.day(row, date_path)):
                self.day_means[day] = value

    def add_sleep(
        self, row: Record, hours: Mapping[str, Metric], *, fallback: str, date_path: str
    ) -> None:
        """Add a night.

        Args:
            row: The record.
            hours: Its fields in hours.
            fallback: The field of the total where the usual one is empty or 0.
            date_path: The field of the day where no end is given.
        """
        found: dict[Metric, float] = {}
        for path, metric in (*hours.items(), (fallback, Metric.ASLEEP_MIN)):
            value = self.reader.value(row, path, metric, scale=MINUTES_AN_HOUR)
            if value is not None and not found.get(metric):
                found[metric] = value
        stages = fsum(found.get(metric, 0) for metric in STAGED)
        asleep = found.get(Metric.ASLEEP_MIN) or stages
        if not asleep:
            return
        # The app writes three zeros for a night whose stages were not measured.
        values = {m: v for m, v in found.items() if v or (m is Metric.AWAKE_MIN and stages)}
        day = self.reader.day(row, "sleepEnd" if row.content.get("sleepEnd") else date_path)
        if day and asleep <= PLAUSIBLE[Metric.ASLEEP_MIN].high:
            values[Metric.ASLEEP_MIN] = asleep
            start, end = _moment(row, "sleepStart"), _moment(row, "sleepEnd")
            if not (start and end and start < end):
                start = end = None
            self.sleeps.append(
                SleepPeriod(day=day, asleep_min=asleep, values=values, start_at=start, end_at=end)
            )

    def add_stretch(self, row: Record) -> None:
        """Add a stretch of one stage; a word of another language is sleep without a stage."""
        start, end = _moment(row, "startDate"), _moment(row, "endDate")
        if not (start and end and timedelta() < end - start <= LONGEST_SLEEP):
            self.reader.skipped["stretch of sleep without its two times"] += 1
        elif self.reader.is_possible(row, "endDate", end.date()):
            word = normalise(str(row.content.get("value", "")))
            stage = next((m for words, m in PHASES if words.search(word)), Metric.ASLEEP_MIN)
            self.stretches[_source(row)].append(Stretch(start, end, stage))

    def measure(self, source: str) -> list[Measurement]:
        """Make a measurement of each metric of each day.

        HRV is the mean of the night where the file has samples and the sleep. Else it is, as are
        breathing, oxygen and temperature, the mean of the day; with several sources, of the one
        that has most values. A resting heart rate is the day's last, steps are its sum.
        """
        nights = main_sleeps([*self.sleeps, *self._joined()])
        found = [*self._measure_samples(nights, source)]
        by_night = {m.metric for m in found}
        found += measure_nights(nights, source)
        found += self._measure_waking(nights, source)
        for (day, metric), by_source in self.values.items():
            if metric in by_night:
                continue
            if metric is Metric.STEPS:
                value = max(map(fsum, by_source.values()))
                if value > PLAUSIBLE[metric].high:
                    continue
            else:
                _, values = max(by_source.items(), key=lambda item: (len(item[1]), item[0]))
                value = (
                    values[-1] if metric is Metric.RESTING_HR_BPM else fsum(values) / len(values)
                )
            found.append(Measurement(day=day, metric=metric, value=value, source=source))
        for metric, name in STATISTICS.items():
            if metric not in by_night and any(kind is metric for _, kind in self.values):
                self.reader.warn(
                    f"its HRV is the mean {name} of each calendar day, day and night; the export of"
                    " the Health app itself has that of the night alone"
                )
        return found

    def _joined(self) -> list[SleepPeriod]:
        """Join the stretches of the source with most of them to nights; sources are not mixed."""
        by_source = [join_stretches(own) for _, own in sorted(self.stretches.items())]
        sleeps = max(by_source, key=lambda s: fsum(n.asleep_min for n in s), default=[])
        nights = [sleep for sleep in sleeps if is_night(sleep)]
        self.reader.skipped["nap"] += len(sleeps) - len(nights)
        return nights

    def _measure_samples(
        self, nights: Mapping[date, SleepPeriod], source: str
    ) -> Iterator[Measurement]:
        """Average the samples of HRV inside each night, of the source with most nights."""
        for metric in HRV_METRICS:
            own = {name: s for (kind, name), s in self.samples.items() if kind is metric}
            # An app that writes one value a day means the day by it.
            own = {n: s for n, s in own.items() if len({at.date() for at in s}) < len(s)}
            if not own or not any(map(is_night, nights.values())):
                continue
            by_source = {name: _by_night(samples, nights) for name, samples in sorted(own.items())}
            chosen = max(by_source, key=lambda name: len(by_source[name][0]))
            values, n_left = by_source[chosen]
            self.reader.skipped["HRV sample outside the night, or alone in it"] += n_left
            for day, value in values.items():
                night = nights[day]
                yield Measurement(day, metric, value, source, night.start_at, night.end_at)

    def _measure_waking(self, nights: Mapping[date, SleepPeriod], source: str) -> list[Measurement]:
        """Measure the heart rates of the days, by the length of time each value is of."""
        day_means = dict(self.day_means)
        rates = HeartRates()
        if all(at.time() == time() for at, _ in self.rates):
            day_means |= {at.date(): value for at, value in self.rates}
        else:
            is_hourly = all((at.minute, at.second) == (0, 0) for at, _ in self.rates)
            for at, value in self.rates:
                start_s = int(at.timestamp())
                if is_hourly:
                    rates.add_mean(start_s, start_s + HOUR_S, value)
                else:
                    rates.add(start_s, value)
        found = measure_waking(rates, nights.values(), source)
        if rates.n and not any(night.end_at for night in nights.values()):
            self.reader.warn(NO_NIGHTS)
        for day, mean in day_means.items():
            # The mean of a day that is not over is of fewer hours than a day has.
            if day < self.reader.last_day - timedelta(days=1):
                found.append(Measurement(day, Metric.AVERAGE_HR_BPM, mean, source))
        return found


def _moment(row: Record, path: str) -> datetime | None:
    """Read a moment with its offset; ``None`` for any other: the day is known without it."""
    try:
        moment = cell_values.stamp(str(row.content.get(path, "")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_ratio(raw: object) -> bool:
    try:
        return 0 < float(str(raw)) <= 1
    except ValueError:
        return False


def _is_fahrenheit(row: Record) -> bool:
    return str(row.content.get("units", "")).casefold().endswith("f")


def _source(row: Record) -> str:
    """Return the name of a record's source, which may be an object with the name in it."""
    source = row.content.get("source")
    name = source.get("name") if isinstance(source, Mapping) else source
    return str(name or "")


def _by_night(
    samples: Mapping[datetime, float], nights: Mapping[date, SleepPeriod]
) -> tuple[dict[date, float], int]:
    """Average the samples of each night with enough of them, and count the others."""
    inside, outside = samples_by_night([_Sample(*one) for one in samples.items()], nights)
    means = {
        day: fsum(one.value for one in own) / len(own)
        for day, own in inside.items()
        if len(own) >= MIN_SAMPLES
    }
    n_alone = sum(len(own) for day, own in inside.items() if day not in means)
    return means, len(outside) + n_alone

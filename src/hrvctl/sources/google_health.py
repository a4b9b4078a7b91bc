"""Google Health's JSON (Fitbit, Pixel Watch), as its API answers and as its clients save it.

Each point has its payload under the name of its type. Numbers may be text, and a zero is left out:
a time without ``hours`` is at midnight.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.day_heart_rate import HeartRates, with_waking
from hrvctl.sources.kit.json_records import head_keys, open_json
from hrvctl.sources.kit.main_sleep import (
    SleepPeriod,
    main_sleeps,
    measure_files,
    wake_day_in_utc,
)
from hrvctl.sources.kit.night_samples import samples_by_night
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

KIND = "points"
# Types with one value a day, on the wake date. Of the HRV the average of the night is read; that of
# the deep sleep is another quantity.
DAILY: Mapping[str, Column] = {
    "dailyHeartRateVariability": Column(
        "averageHeartRateVariabilityMilliseconds", Metric.HRV_RMSSD_MS
    ),
    "dailyRestingHeartRate": Column("beatsPerMinute", Metric.RESTING_HR_BPM),
    "dailyRespiratoryRate": Column("breathsPerMinute", Metric.RESPIRATORY_RATE_RPM),
    "dailyOxygenSaturation": Column("averagePercentage", Metric.SPO2_PCT),
    "dailySleepTemperatureDerivations": Column("nightlyTemperatureCelsius", Metric.SKIN_TEMP_C),
}
# Types with samples, of which a night's mean is taken where it has no value of the day.
SAMPLES: Mapping[str, Column] = {
    "heartRateVariability": Column(
        "rootMeanSquareOfSuccessiveDifferencesMilliseconds", Metric.HRV_RMSSD_MS
    ),
    "respiratoryRateSleepSummary": Column(
        "fullSleepStats.breathsPerMinute", Metric.RESPIRATORY_RATE_RPM
    ),
    "oxygenSaturation": Column("percentage", Metric.SPO2_PCT),
}
SLEEP, HEART_RATE = "sleep", "heartRate"
TYPES = frozenset({*DAILY, *SAMPLES, SLEEP, HEART_RATE})
# Keys beside a payload, of which a file has one; the names of some types are everyday words.
BESIDE = frozenset({"dataPoints", "rollupDataPoints", "dataSource", "dataPointName"})
# Platforms whose points are copies of what another app wrote.
COPIES = frozenset({"HEALTH_KIT", "HEALTH_CONNECT"})
# An oxygen saturation that means that there is none.
NO_SPO2 = 50
STAGES = {"LIGHT": Metric.LIGHT_MIN, "DEEP": Metric.DEEP_MIN, "REM": Metric.REM_MIN}
SUMMARY = (
    Column("summary.minutesAsleep", Metric.ASLEEP_MIN),
    Column("summary.minutesAwake", Metric.AWAKE_MIN),
)
CLOCK = ("hours", "minutes", "seconds")


@dataclass(frozen=True, slots=True)
class _Sample:
    """A value, its instant, the device that measured it, and the place of its file."""

    at: datetime
    value: float
    device: str
    place: int


@dataclass(slots=True)
class _Points:
    """The points of all files of an import."""

    daily: dict[tuple[date, Metric], tuple[int, float]] = field(default_factory=dict)
    samples: defaultdict[Metric, list[_Sample]] = field(default_factory=lambda: defaultdict(list))
    sleeps: list[list[SleepPeriod]] = field(default_factory=list)
    rates: HeartRates = field(default_factory=HeartRates)
    n_in_utc: Counter[int] = field(default_factory=Counter)


class GoogleHealth(JointSource):
    """Reads days, samples and sleeps of the Google Health API, version 4.

    Points that Google copied from another app's platform are left out.
    """

    name: str = "google_health"
    title: str = "Google Health API answers (Fitbit, Pixel Watch)"
    steps: tuple[str, ...] = (
        "With a client of the Google Health API, version 4, save the answers as JSON: the type "
        "daily-heart-rate-variability, and if you like daily-resting-heart-rate and sleep.",
        "Put the files into one folder.",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``points``, of JSON with a type of Google Health and its envelope."""
        keys = head_keys(document)
        is_daily = any(name in keys and column.path in keys for name, column in DAILY.items())
        return KIND if is_daily or (keys & BESIDE and keys & TYPES) else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read the files of one import; the sleep may lie in another file than the samples."""
        points = _Points()
        files = [open_json(document, today=today) for document in documents]
        for points.rates.place, file in enumerate(files):
            points.sleeps.append([])
            for record in file.records:
                _collect(file, record, points)
            if points.n_in_utc[points.rates.place]:
                file.warn("sleeps without a time zone have the date on which they ended in UTC")
        measured = measure_files(points.sleeps, self.name)
        for place, m in _by_day(points, files, self.name):
            measured[place].append(m)
        readings = [
            file.reading(self.name, KIND, measurements=own)
            for file, own in zip(files, measured, strict=True)
        ]
        return with_waking(readings, points.rates, self.name)


def _collect(file: RecordReader, record: Record, points: _Points) -> None:
    content = record.content
    if isinstance(inner := content.get("value"), Mapping):  # some clients wrap the payload
        content = {**content, **inner}
    kind = next((name for name in TYPES if isinstance(content.get(name), Mapping)), "")
    if not kind:
        file.skipped["point of another type"] += 1
        return
    source = content.get("dataSource")
    source = source if isinstance(source, Mapping) else {}
    if str(source.get("platform")) in COPIES:
        file.skipped["point that was copied from another app"] += 1
        return
    own = Record(record.number, kind, {"date": content.get("date"), **content[kind]})
    place = points.rates.place
    if kind in DAILY:
        day, value = _day(file, own), file.value(own, *DAILY[kind][:2])
        if day and value is not None:
            points.daily[day, DAILY[kind].metric] = place, value
    elif kind == SLEEP:
        if source.get("recordingMethod") == "MANUAL":
            file.skipped["sleep typed in by hand"] += 1
        else:
            name = str(content.get("name") or "")
            _collect_sleep(file, own, name, points)
    elif found := _local(file, own, "sampleTime.physicalTime", "sampleTime.civilTime"):
        moment, _ = found
        if kind == HEART_RATE:
            if bpm := file.value(own, "beatsPerMinute", Metric.MAX_HR_BPM):
                points.rates.add(int(moment.timestamp()), bpm)
        elif (value := file.sample(own, *SAMPLES[kind][:2])) is not None:
            if kind == "oxygenSaturation" and value == NO_SPO2:
                file.skipped["oxygen saturation of exactly 50, which means missing"] += 1
                return
            sample = _Sample(moment, value, str(source.get("device", "")), place)
            points.samples[SAMPLES[kind].metric].append(sample)


def _by_day(
    points: _Points, files: Sequence[RecordReader], source: str
) -> list[tuple[int, Measurement]]:
    """Measure each day: its own value, else the mean of the night's samples by one device."""
    found = [
        (place, Measurement(day=day, metric=metric, value=value, source=source))
        for (day, metric), (place, value) in points.daily.items()
    ]
    nights = main_sleeps(sleep for of_file in points.sleeps for sleep in of_file)
    for metric, samples in points.samples.items():
        inside, outside = samples_by_night(samples, nights)
        for sample in outside:
            files[sample.place].skipped[f"{metric} sample outside the night"] += 1
        for day, own in inside.items():
            if (day, metric) in points.daily:
                continue
            devices = [sample.device for sample in own]
            device = max(sorted(set(devices)), key=devices.count)
            values = {s.at: s.value for s in own if s.device == device}
            night = nights[day]
            mean = Measurement(
                day=day,
                metric=metric,
                value=sum(values.values()) / len(values),
                source=source,
                start_at=night.start_at,
                end_at=night.end_at,
            )
            found.append((own[-1].place, mean))
    return found


def _collect_sleep(file: RecordReader, record: Record, name: str, points: _Points) -> None:
    starts = _local(file, record, "interval.startTime", "interval.civilStartTime")
    ends = _local(file, record, "interval.endTime", "interval.civilEndTime")
    if starts is None or ends is None or starts[0] >= ends[0]:
        file.skipped["sleep without its two times"] += 1
        return
    (start, _), (end, has_zone) = starts, ends
    day = end.date() if has_zone else wake_day_in_utc(end)
    if day is None:
        file.leave_out(record, "interval.endTime", "no time zone, so that the date is not known")
        return
    place = points.rates.place
    points.n_in_utc[place] += not has_zone
    values = file.values(record, SUMMARY)
    for stage in _list(file.get(record, "summary.stagesSummary")):
        metric = STAGES.get(str(stage.get("type")))
        own = Record(record.number, SLEEP, stage)
        if metric and (minutes := file.value(own, "minutes", metric)) is not None:
            values[metric] = minutes
    sleep = SleepPeriod(
        day=day,
        asleep_min=values.get(Metric.ASLEEP_MIN, (end - start) / timedelta(minutes=1)),
        values=values,
        start_at=start,
        end_at=end,
        is_nap=file.get(record, "metadata.nap") is True,
        key=name or str(start.timestamp()),
    )
    points.sleeps[place].append(sleep)


def _day(file: RecordReader, record: Record) -> date | None:
    """Read a date in three numbers, or as text."""
    raw = record.content.get("date")
    if not isinstance(raw, Mapping):
        return file.required_day(record, "date")
    try:
        day = date(*(int(str(raw.get(part, ""))) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        file.problem(record, "date", "not a date in year, month and day")
        return None
    return day if file.is_possible(record, "date", day) else None


def _local(
    file: RecordReader, record: Record, path: str, civil: str
) -> tuple[datetime, bool] | None:
    """Read an instant in the zone of its record, and whether the record has one; else in UTC."""
    moment = file.moment(record, path)
    if moment is None:
        return None
    instant = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    zone = _civil_zone(instant, file.get(record, civil))
    if zone is None:
        parent, _, name = path.rpartition(".")
        offset = "utcOffset" if name == "physicalTime" else name.replace("Time", "UtcOffset")
        zone = _offset_zone(file.get(record, f"{parent}.{offset}"))
    local = instant.astimezone(zone) if zone else instant
    return (local, zone is not None) if file.is_possible(record, path, local.date()) else None


def _civil_zone(instant: datetime, civil: object) -> tzinfo | None:
    """Return the zone in which the clock showed a civil time."""
    if not isinstance(civil, Mapping) or not isinstance(civil.get("date"), Mapping):
        return None
    day, clock = civil["date"], civil.get("time")
    clock = clock if isinstance(clock, Mapping) else {}
    try:
        year, month, number = (int(str(day.get(part, ""))) for part in ("year", "month", "day"))
        hour, minute, second = (int(str(clock.get(part, 0))) for part in CLOCK)
        wall = datetime(year, month, number, hour, minute, second, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return cell_values.zone_at(60 * round((wall - instant) / timedelta(minutes=1)))


def _offset_zone(raw: object) -> tzinfo | None:
    """Read an offset in seconds, ``-18000s``."""
    return cell_values.zone_at(cell_values.number_or_nan(str(raw).removesuffix("s")))


def _list(value: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - any JSON value
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []

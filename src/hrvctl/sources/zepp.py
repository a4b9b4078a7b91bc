"""Zepp (Amazfit, Mi Fit): the export's sleeps, and saved answers of its cloud with the HRV."""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from hrvctl.records import HRV_METRICS, Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import (
    SleepPeriod,
    main_sleeps,
    measure_days,
    measure_files,
    wake_day_in_utc,
)
from hrvctl.sources.kit.night_samples import mean_by_night
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader
from hrvctl.sources.kit.recording_date import moment_of

SLEEP, READINESS, SAMPLES, BAND = "sleep", "readiness", "hrv_samples", "band_days"
SLEEP_MARKS = frozenset({"date", "deepsleeptime", "shallowsleeptime", "start", "stop"})
BAND_MARKS = frozenset({"date_time", "summary", "data_hr"})
SAMPLE_MARKS = frozenset({"samples", "startTime", "s"})
DEEP, SHALLOW, REM, AWAKE = "deepsleeptime", "shallowsleeptime", "remtime", "waketime"
COLUMNS = (
    Column(DEEP, Metric.DEEP_MIN), Column(SHALLOW, Metric.LIGHT_MIN), Column(REM, Metric.REM_MIN),
    Column(AWAKE, Metric.AWAKE_MIN),
)  # fmt: skip
NOT_READ = frozenset({"date", "start", "stop", "naps", "lastsynctime"})
# Of the readiness, whose value may be a text of JSON; the scores beside these are Zepp's own.
HUNDREDTH = 0.01
READY = (
    Column("value.sleepHRV", Metric.HRV_RMSSD_MS),
    Column("value.sleepRHR", Metric.RESTING_HR_BPM),
    Column("value.skinTempCalibrated", Metric.SKIN_TEMP_DEVIATION_C, HUNDREDTH),
)
NOT_MEASURED = ("0", "-1")
BAND_DAY = (
    Column("summary.slp.dp", Metric.DEEP_MIN),
    Column("summary.slp.lt", Metric.LIGHT_MIN),
    Column("summary.slp.wk", Metric.AWAKE_MIN),
    Column("summary.slp.rhr", Metric.RESTING_HR_BPM),
)
KEYS: Mapping[str, Metric] = {"hrv": Metric.HRV_RMSSD_MS, "sdnn": Metric.HRV_SDNN_MS}
MINUTE, HALF_A_DAY, LONGEST = timedelta(minutes=1), timedelta(hours=12), timedelta(days=1)
# A midnight is a whole quarter of an hour of UTC in every zone, seconds.
QUARTER_S = 15 * 60


class _Sample(NamedTuple):
    at: datetime
    value: float


@dataclass(slots=True)
class _ZeppFile:
    kind: str
    reader: RecordReader
    sleeps: list[SleepPeriod] = field(default_factory=list)
    values: dict[tuple[date, Metric], float] = field(default_factory=dict)
    samples: defaultdict[Metric, list[_Sample]] = field(default_factory=lambda: defaultdict(list))


class Zepp(JointSource):
    """Reads sleeps, days, and the HRV of the sleep; the export itself has no HRV."""

    name: str = "zepp"
    title: str = "Zepp (Amazfit) export and saved cloud answers"
    steps: tuple[str, ...] = (
        "In the Zepp app open Profile, Settings, Account, Export data; a zip comes by mail.",
        "It has the sleeps, but no HRV: a client of Zepp's cloud saves that, as readiness.",
        "hrvctl import FOLDER, with both in it",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``sleep``, a table, or ``readiness``, ``hrv_samples``, ``band_days``."""
        if keys := head_keys(document):
            if "eventType" in keys and _has_readiness(document.head):
                return READINESS
            if keys >= SAMPLE_MARKS and keys & KEYS.keys():
                return SAMPLES
            return BAND if keys >= BAND_MARKS else None
        return SLEEP if set(head_columns(document)) >= SLEEP_MARKS else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one person; samples count inside the sleeps of the other files."""
        files = [_open(d, self.identify(d) or SLEEP, today) for d in documents]
        nights = main_sleeps(sleep for file in files for sleep in file.sleeps)
        told = {key for file in files for key in file.values}
        for file in files:
            for metric, samples in file.samples.items():
                means, outside = mean_by_night(samples, nights)
                file.reader.skipped["HRV outside the night"] += len(outside)
                own = {(day, metric): mean for day, mean in means.items()}
                file.values |= {key: mean for key, mean in own.items() if key not in told}
            if file.samples and not nights:
                file.reader.warn("samples of HRV need the sleep; import the export's sleeps too")
        measured = measure_files([file.sleeps for file in files], self.name)
        readings = []
        for file, asleep in zip(files, measured, strict=True):
            if any(metric in HRV_METRICS for _, metric in file.values) and file.kind == READINESS:
                file.reader.warn("Zepp does not say which HRV it is; it is read as RMSSD")
            found = [*measure_days(file.values, self.name), *asleep]
            readings.append(file.reader.reading(self.name, file.kind, measurements=found))
        return readings


def _has_readiness(head: bytes) -> bool:
    """Whether the HRV of the sleep is named, which may be in a text within the JSON."""
    return "sleepHRV" in (cell_values.decode(head, is_cut=True) or "")


def _open(document: Document, kind: str, today: date) -> _ZeppFile:
    if kind == SLEEP:
        known = {*NOT_READ, *(column.path for column in COLUMNS)}
        file = _ZeppFile(kind, open_csv(document, known, today=today))
        for record in file.reader.records:
            _read_sleep(file, record)
        return file
    loaded, problems = load_json(document)
    records = [Record(record.number, "", _decoded(record.content)) for record in loaded]
    file = _ZeppFile(kind, RecordReader(document.name, records, today=today, problems=problems))
    if kind == READINESS:
        _read_readiness(file)
    for record in records:
        if kind == SAMPLES:
            _read_samples(file, record)
        elif kind == BAND:
            _read_band(file, record)
    return file


def _decoded(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Decode what is JSON in a text, or that in base64."""
    found = dict(content)
    for name in ("value", "summary"):
        text = content.get(name)
        if not isinstance(text, str):
            continue
        try:
            raw = text if text.lstrip().startswith("{") else base64.b64decode(text, validate=True)
            found[name] = json.loads(raw)
        except (ValueError, RecursionError, binascii.Error):
            continue
    return found


def _read_sleep(file: _ZeppFile, record: Record) -> None:
    reader = file.reader
    start, end = (_instant(record.content.get(name)) for name in ("start", "stop"))
    values = reader.values(record, COLUMNS)
    if not any(values.values()):
        reader.skipped["day without a sleep"] += 1
        return
    day = reader.required_day(record, "date")
    if day is None:
        return
    is_window = start and end and timedelta() < end - start <= LONGEST
    deep, light, rem, awake = (values.get(column.metric, 0.0) for column in COLUMNS)
    if start and end and is_window and rem:
        # Some versions count REM as shallow sleep: what makes the window whole is right.
        minutes = (end - start) / MINUTE
        if abs(deep + light + awake - minutes) < abs(deep + light + rem + awake - minutes):
            light -= min(rem, light)
            values[Metric.LIGHT_MIN] = light
    values[Metric.ASLEEP_MIN] = deep + light + rem
    file.sleeps.append(
        SleepPeriod(
            day=day,
            asleep_min=values[Metric.ASLEEP_MIN],
            values=values,
            start_at=start if is_window else None,
            end_at=end if is_window else None,
        )
    )


def _read_readiness(file: _ZeppFile) -> None:
    reader = file.reader
    stamps = [_instant(record.content.get("timestamp")) for record in reader.records]
    # Where every stamp is a midnight somewhere, each is the beginning of its day.
    is_midnight = all(at and at.timestamp() % QUARTER_S == 0 for at in stamps)
    for record, at in zip(reader.records, stamps, strict=True):
        values = reader.values(record, READY)
        if str(reader.get(record, "value.skinTempCalibrated")) in NOT_MEASURED:
            values.pop(Metric.SKIN_TEMP_DEVIATION_C, None)
        if not values:
            reader.skipped["answer without a night"] += 1
            continue
        if reader.get(record, "value.date"):
            day = reader.day(record, "value.date")
        else:
            day = at and ((at + HALF_A_DAY).date() if is_midnight else wake_day_in_utc(at))
            if day is None:
                reader.skipped["night whose date depends on the time zone"] += 1
                reader.leave_out(record, "timestamp", "its date is not known; left out")
            elif not reader.is_possible(record, "timestamp", day):
                continue
        if day:
            file.values |= {(day, metric): value for metric, value in values.items()}


def _read_samples(file: _ZeppFile, record: Record) -> None:
    inner = record.content.get("value", record.content)
    begun = _instant(inner.get("startTime")) if isinstance(inner, Mapping) else None
    if begun is None:
        file.reader.skipped["samples without their time"] += 1
        return
    for one in _objects(inner.get("samples")):
        own = Record(record.number, "", one)
        for key, metric in KEYS.items():
            after = one.get("s")
            value = file.reader.sample(own, key, metric) if key in one else None
            if value is not None and isinstance(after, int | float) and 0 <= after < 1e9:
                file.samples[metric].append(_Sample(begun + timedelta(milliseconds=after), value))


def _read_band(file: _ZeppFile, record: Record) -> None:
    reader = file.reader
    day = reader.required_day(record, "date_time")
    values = {m: v for m, v in reader.values(record, BAND_DAY).items() if v}
    if day is None or not values:
        reader.skipped["day without a value"] += 1
        return
    if (resting := values.pop(Metric.RESTING_HR_BPM, None)) is not None:
        file.values[day, Metric.RESTING_HR_BPM] = resting
    asleep = values.get(Metric.DEEP_MIN, 0.0) + values.get(Metric.LIGHT_MIN, 0.0)
    if asleep:
        start, end = (_instant(reader.get(record, f"summary.slp.{edge}")) for edge in ("st", "ed"))
        is_window = start and end and timedelta() < end - start <= LONGEST
        file.sleeps.append(
            SleepPeriod(
                day=day,
                asleep_min=asleep,
                values={**values, Metric.ASLEEP_MIN: asleep},
                start_at=start if is_window else None,
                end_at=end if is_window else None,
            )
        )


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping):
            yield one


def _instant(raw: object) -> datetime | None:
    """Read a time with its offset, or seconds or milliseconds since 1970."""
    moment = moment_of(str(raw))
    return moment.astimezone(UTC) if moment and moment.tzinfo else None

"""Oura: the account's export, the API's answers (v2 and v1), and downloads of Trends."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hrvctl.errors import DataError
from hrvctl.records import HRV_METRICS, Measurement, Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.day_heart_rate import NO_NIGHTS, HeartRates, measure_waking
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, measure_files, measure_nights
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader
from hrvctl.sources.kit.text_stream import flat_rows

# Oura gives durations in seconds (API v2 reference, "sleep").
MINUTE = 1 / 60

# API v2 and the account export. The lowest heart rate is what Oura's app calls the resting one;
# the readiness contributors are scores from 0 to 100, neither heart rate nor HRV.
SLEEP = (
    Column("average_hrv", Metric.HRV_RMSSD_MS),
    Column("lowest_heart_rate", Metric.RESTING_HR_BPM),
    Column("average_heart_rate", Metric.NIGHT_HR_BPM),
    Column("average_breath", Metric.RESPIRATORY_RATE_RPM),
    Column("total_sleep_duration", Metric.ASLEEP_MIN, MINUTE),
    Column("time_in_bed", Metric.IN_BED_MIN, MINUTE),
    Column("deep_sleep_duration", Metric.DEEP_MIN, MINUTE),
    Column("light_sleep_duration", Metric.LIGHT_MIN, MINUTE),
    Column("rem_sleep_duration", Metric.REM_MIN, MINUTE),
    Column("awake_time", Metric.AWAKE_MIN, MINUTE),
    Column("efficiency", Metric.SLEEP_EFFICIENCY_PCT),
    Column("readiness.temperature_deviation", Metric.SKIN_TEMP_DEVIATION_C),
)
# API v1, ended in January 2024.
SLEEP_V1 = (
    Column("rmssd", Metric.HRV_RMSSD_MS),
    Column("hr_lowest", Metric.RESTING_HR_BPM),
    Column("hr_average", Metric.NIGHT_HR_BPM),
    Column("breath_average", Metric.RESPIRATORY_RATE_RPM),
    Column("total", Metric.ASLEEP_MIN, MINUTE),
    Column("duration", Metric.IN_BED_MIN, MINUTE),
    Column("deep", Metric.DEEP_MIN, MINUTE),
    Column("light", Metric.LIGHT_MIN, MINUTE),
    Column("rem", Metric.REM_MIN, MINUTE),
    Column("awake", Metric.AWAKE_MIN, MINUTE),
    Column("efficiency", Metric.SLEEP_EFFICIENCY_PCT),
    Column("temperature_delta", Metric.SKIN_TEMP_DEVIATION_C),
)
DAILY: Mapping[str, tuple[Column, ...]] = {
    "readiness": (Column("temperature_deviation", Metric.SKIN_TEMP_DEVIATION_C),),
    "spo2": (Column("spo2_percentage.average", Metric.SPO2_PCT),),
    "activity": (
        Column("steps", Metric.STEPS),
        Column("total_calories", Metric.ENERGY_KCAL),
    ),
}
# Oura on the Web, Trends; the person chooses which of these columns a file has.
TRENDS = (
    Column("average_hrv", Metric.HRV_RMSSD_MS),
    Column("lowest_resting_heart_rate", Metric.RESTING_HR_BPM),
    Column("average_resting_heart_rate", Metric.NIGHT_HR_BPM),
    Column("respiratory_rate", Metric.RESPIRATORY_RATE_RPM),
    Column("temperature_deviation_c", Metric.SKIN_TEMP_DEVIATION_C),
    Column("total_sleep_time", Metric.ASLEEP_MIN, MINUTE),
    Column("total_sleep_duration", Metric.ASLEEP_MIN, MINUTE),
    Column("total_bedtime", Metric.IN_BED_MIN, MINUTE),
    Column("awake_time", Metric.AWAKE_MIN, MINUTE),
    Column("deep_sleep_time", Metric.DEEP_MIN, MINUTE),
    Column("deep_sleep_duration", Metric.DEEP_MIN, MINUTE),
    Column("light_sleep_time", Metric.LIGHT_MIN, MINUTE),
    Column("light_sleep_duration", Metric.LIGHT_MIN, MINUTE),
    Column("rem_sleep_time", Metric.REM_MIN, MINUTE),
    Column("rem_sleep_duration", Metric.REM_MIN, MINUTE),
    Column("sleep_efficiency", Metric.SLEEP_EFFICIENCY_PCT),
)
TRENDS_DAILY = (Column("steps", Metric.STEPS),)
TRENDS_SCORES = ("readiness_score", "sleep_score", "activity_score")

# The keys by which an object, or a CSV's header, is recognised.
MARKS: Mapping[str, frozenset[str]] = {
    "sleep": frozenset({"average_hrv", "bedtime_end", "day"}),
    "sleep_v1": frozenset({"rmssd", "bedtime_end", "summary_date"}),
    "readiness": frozenset({"temperature_deviation", "contributors", "day"}),
    "spo2": frozenset({"spo2_percentage", "day"}),
    "activity": frozenset({"steps", "equivalent_walking_distance", "day"}),
    # Every five minutes or less: years of them are read as a stream.
    "heart_rate": frozenset({"timestamp", "bpm", "source"}),
}
HEART_RATE = "heart_rate"
# Lists with names that only Oura's export has, one of which comes first in its single JSON file.
OWN_LISTS = frozenset(
    {"daily_activity", "daily_cardiovascular_age", "daily_readiness", "daily_resilience",
     "daily_sleep", "daily_spo2", "daily_stress", "enhanced_tag", "rest_mode_period",
     "ring_configuration", "vo2_max"}
)  # fmt: skip
READ_LISTS = (
    "sleep", "daily_readiness", "daily_spo2", "daily_activity", "heartrate", "heart_rate",
)  # fmt: skip
FIRST_LIST = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*\{\s*"([A-Za-z0-9_]+)"\s*:\s*[\[{]')
# A person's own table may have Oura's scores as well as our own columns; it is not Oura's.
OUR_OWN = frozenset({*HRV_METRICS, "hrv_ms", "rmssd_ms", "sdnn_ms"})
# A diary can have a single one of the column names of Trends.
MIN_TRENDS = 2
# Sleeps that did not happen: the person deleted them, or marked them as rest.
NO_SLEEP = frozenset({"deleted", "rest"})
NAPS = frozenset({"late_nap", "short_sleep"})
NIGHT = "long_sleep"


@dataclass(slots=True)
class _OuraFile:
    kind: str
    reader: RecordReader
    sleeps: list[SleepPeriod] = field(default_factory=list)
    daily: dict[tuple[date, Metric], Measurement] = field(default_factory=dict)


class Oura(JointSource):
    """Reads Oura's CSV files with semicolons, its JSON, and Trends."""

    name: str = "oura"
    title: str = "Oura account export, API answers, Trends"
    steps: tuple[str, ...] = (
        "Sign in at membership.ouraring.com and choose Export data; it is ready in hours to days.",
        "Download the zip; its folder App Data holds sleepmodel.csv with the HRV of each sleep.",
        "hrvctl import EXPORT.zip",
    )
    streams: frozenset[str] = frozenset({HEART_RATE})

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``sleep``, ``readiness``, ``spo2``, ``activity``, ``export``, ``trends``.

        ``heart_rate`` are samples of the day, ``sleep_v1`` is the answer of the API that ended in
        2024.
        """
        if keys := head_keys(document):
            first = FIRST_LIST.match(document.head)
            if first and first[1].decode() in OWN_LISTS:
                return "export"
            return _kind_of(keys)
        columns = frozenset(head_columns(document))
        names = {*(column.path for column in TRENDS), *TRENDS_SCORES}
        has_trends = "date" in columns and len(columns & names) >= MIN_TRENDS
        return "trends" if has_trends and not columns & OUR_OWN else _kind_of(columns)

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files that may overlap: of all sleeps of a day, one is the night."""
        rates = HeartRates()
        files: list[_OuraFile] = []
        for rates.place, document in enumerate(documents):
            files.append(self._open(document, today, rates))
        nights = measure_files([file.sleeps for file in files], self.name)
        sleeps = [sleep for file in files for sleep in file.sleeps]
        for m in measure_waking(rates, sleeps, self.name):
            nights[rates.place_of(m)].append(m)
        if rates.n and not any(sleep.end_at for sleep in sleeps):
            files[rates.first_place].reader.warn(NO_NIGHTS)
        readings = []
        for file, measured in zip(files, nights, strict=True):
            # A sleep's own values win over the same values in the day's summary.
            own = {(m.day, m.metric): m for m in measured}
            found = (file.daily | own).values()
            readings.append(file.reader.reading(self.name, file.kind, measurements=found))
        return readings

    def _open(self, document: Document, today: date, rates: HeartRates) -> _OuraFile:
        kind = document.kind or self.identify(document) or "sleep"
        if kind == HEART_RATE:
            return _read_rates(document, today, rates)
        if head_keys(document):
            records, problems = load_json(document)
            objects = [one for record in records for one in _unfold(record)]
            reader = RecordReader(document.name, objects, today=today, problems=problems)
        else:
            reader = _open_table(document, kind, today)
        file = _OuraFile(kind, reader)
        for record in reader.records:
            self._read(file, record, rates)
        return file

    def _read(self, file: _OuraFile, record: Record, rates: HeartRates) -> None:
        kind = "trends" if file.kind == "trends" else _kind_of(frozenset(record.content))
        if kind == "trends":
            self._read_trends(file, record)
        elif kind == "sleep":
            _read_sleep(file, record)
        elif kind == "sleep_v1":
            _read_sleep_v1(file, record)
        elif kind == HEART_RATE:
            _read_rate(file, record.content, rates)
        elif kind and (day := file.reader.day(record, "day")):
            self._add_daily(file, day, file.reader.values(record, DAILY[kind]))
        else:
            file.reader.skipped["record without a night"] += 1

    def _read_trends(self, file: _OuraFile, record: Record) -> None:
        day = file.reader.required_day(record, "date")
        if day is None:
            return
        start, end = _window(file.reader, record)
        values = file.reader.values(record, TRENDS)
        night = SleepPeriod(day=day, asleep_min=0, values=values, start_at=start, end_at=end)
        for m in measure_nights({day: night}, self.name):
            file.daily[day, m.metric] = m
        self._add_daily(file, day, file.reader.values(record, TRENDS_DAILY))

    def _add_daily(self, file: _OuraFile, day: date, values: Mapping[Metric, float]) -> None:
        for metric, value in values.items():
            m = Measurement(day=day, metric=metric, value=value, source=self.name)
            file.daily[day, metric] = m


def _read_rates(document: Document, today: date, rates: HeartRates) -> _OuraFile:
    reader = RecordReader(document.name, (), today=today)
    file = _OuraFile(HEART_RATE, reader)
    try:
        with document.stream() as stream:
            for row in flat_rows(stream):
                reader.n_rows += 1
                _read_rate(file, row, rates)
    except DataError as error:
        reader.warn(f"read up to where it is damaged: {error.message}")
    return file


def _read_rate(file: _OuraFile, content: Mapping[str, Any], rates: HeartRates) -> None:
    try:
        at = cell_values.stamp(str(content.get("timestamp")))
        if at.tzinfo is None:
            raise ValueError("without its offset the time is not known")
        rates.add(int(at.timestamp()), float(content.get("bpm") or 0))
    except (TypeError, ValueError):
        file.reader.skipped["heart rate that cannot be read"] += 1


def _kind_of(keys: frozenset[str]) -> str | None:
    return next((kind for kind, marks in MARKS.items() if marks <= keys), None)


def _unfold(record: Record) -> list[Record]:
    """Return the record, or if it is a whole export the objects of its lists."""
    lists = {name: _objects(record.content.get(name)) for name in READ_LISTS}
    if not any(lists.values()):
        return [record]
    return [
        Record(number, name, one)
        for name, objects in lists.items()
        for number, one in enumerate(objects, 1)
    ]


def _objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list, or of a page that holds one under ``data``."""
    inner = value.get("data") if isinstance(value, Mapping) else value
    return [one for one in inner if isinstance(one, Mapping)] if isinstance(inner, list) else []


def _open_table(document: Document, kind: str, today: date) -> RecordReader:
    columns = (*TRENDS, *TRENDS_DAILY) if kind == "trends" else DAILY.get(kind, ())
    columns = SLEEP if kind == "sleep" else columns
    known = {column.path.split(".")[0] for column in columns}
    known |= {"date", "day", "type", "bedtime_start", "bedtime_end"}
    reader = open_csv(document, known, today=today, optional_first="id")
    reader.records = [Record(r.number, "", _decoded(r.content)) for r in reader.records]
    if kind == "trends" and reader.columns and "average_hrv" not in reader.columns:
        reader.warn(
            "there is no column Average HRV; on Oura on the Web, choose Average HRV under Trends"
            " and download again"
        )
    return reader


def _decoded(content: Mapping[str, Any]) -> dict[str, object]:
    """Decode the JSON cells of a row; a damaged one stays text, in which no value is found."""
    found = dict(content)
    for column, cell in content.items():
        if cell.startswith("{"):
            try:
                found[column] = json.loads(cell)
            except (ValueError, RecursionError):  # ValueError also for a number of 4,300 digits
                continue
    return found


def _read_sleep(file: _OuraFile, record: Record) -> None:
    reader = file.reader
    sleep_type = str(record.content.get("type") or "")
    if sleep_type in NO_SLEEP:
        reader.skipped[f"sleep of type {sleep_type}"] += 1
        return
    start, end = _window(reader, record)
    # ``day`` is the wake date; but for Oura a late nap counts for the day after it.
    is_nap = sleep_type in NAPS
    day = end.date() if is_nap and end else reader.required_day(record, "day")
    if day is None:
        return
    values = reader.values(record, SLEEP)
    file.sleeps.append(
        SleepPeriod(
            day=day,
            asleep_min=_asleep(values),
            values=values,
            start_at=start,
            end_at=end,
            is_main=sleep_type == NIGHT,
            is_nap=is_nap,
            key=f"{start} {end}" if start and end else "",
        )
    )


def _read_sleep_v1(file: _OuraFile, record: Record) -> None:
    reader = file.reader
    n_problems = len(reader.problems)
    start, end = _window(reader, record)
    if end is None:
        # ``summary_date`` is the evening before; only the end of the sleep has the wake date.
        if len(reader.problems) == n_problems:
            why = "without a time with its offset the night has no date"
            reader.problem(record, "bedtime_end", why)
        return
    values = reader.values(record, SLEEP_V1)
    file.sleeps.append(
        SleepPeriod(
            day=end.date(),
            asleep_min=_asleep(values),
            values=values,
            start_at=start,
            end_at=end,
            is_main=record.content.get("is_longest") in (1, "1"),
            key=f"{start} {end}" if start else "",
        )
    )


def _asleep(values: Mapping[Metric, float]) -> float:
    return values.get(Metric.ASLEEP_MIN, values.get(Metric.IN_BED_MIN, 0.0))


def _window(reader: RecordReader, record: Record) -> tuple[datetime | None, datetime | None]:
    """Read the bedtime; ``None`` for a time without an offset."""
    start, end = (reader.moment(record, f"bedtime_{edge}") for edge in ("start", "end"))
    aware = [m if m and m.utcoffset() is not None else None for m in (start, end)]
    if aware[0] and aware[1] and aware[0] >= aware[1]:
        reader.problem(record, "bedtime_end", f"not after the start {start}")
        return None, None
    return aware[0], aware[1]

"""Oura: the account's export, the API's answers (v2 and v1), Trends, and tables of programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hrvctl.errors import DataError
from hrvctl.records import JournalEntry, Measurement, Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.day_heart_rate import NO_NIGHTS, HeartRates, measure_waking
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, measure_files, measure_nights
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.text_stream import flat_rows
from hrvctl.sources.oura.columns import (
    COMBINED,
    DAILY,
    FIRST_LIST,
    HEART_RATE,
    MIN_TRENDS,
    NAPS,
    NIGHT,
    NO_SLEEP,
    OUR_OWN,
    OWN_LISTS,
    READ_LISTS,
    SLEEP,
    SLEEP_V1,
    TRENDS,
    TRENDS_DAILY,
    TRENDS_SCORES,
    kind_of,
)
from hrvctl.sources.oura.tags import OLD_MARKS, OLD_TAG, TAG, read_tags

# Kinds with one sleep a record; the second lacks the day of waking.
SLEEPS = ("sleep", "sleep_undated")
TAGS = (TAG, OLD_TAG)
TAG_COLUMNS = {*OLD_MARKS, "tag_type_code", "start_time", "start_day", "comment", "custom_name",
               "end_time", "end_day", "id"}  # fmt: skip


@dataclass(slots=True)
class _OuraFile:
    kind: str
    reader: RecordReader
    sleeps: list[SleepPeriod] = field(default_factory=list)
    daily: dict[tuple[date, Metric], Measurement] = field(default_factory=dict)
    tags: list[Record] = field(default_factory=list)
    journal: tuple[JournalEntry, ...] = ()


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
        2024, ``sleep_undated`` is a table of sleeps without their day, ``combined`` one of several
        answers joined by day, and ``tags`` and ``old_tags`` are tags.
        """
        if keys := head_keys(document):
            first = FIRST_LIST.match(document.head)
            if first and first[1].decode() in OWN_LISTS:
                return "export"
            return kind_of(keys)
        columns = frozenset(head_columns(document))
        names = {*(column.path for column in TRENDS), *TRENDS_SCORES}
        has_trends = "date" in columns and len(columns & names) >= MIN_TRENDS
        return "trends" if has_trends and not columns & OUR_OWN else kind_of(columns)

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
            readings.append(
                file.reader.reading(self.name, file.kind, measurements=found, journal=file.journal)
            )
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
        file.journal = read_tags(reader, file.tags, self.name)
        return file

    def _read(self, file: _OuraFile, record: Record, rates: HeartRates) -> None:
        kind = "trends" if file.kind == "trends" else kind_of(frozenset(record.content))
        if kind == "trends":
            self._read_trends(file, record)
        elif kind in SLEEPS:
            _read_sleep(file, record)
        elif kind == "combined":
            _read_combined(file, record)
        elif kind in TAGS:
            file.tags.append(record)
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
    columns = SLEEP if kind in SLEEPS else COMBINED if kind == "combined" else columns
    known = {column.path.split(".")[0] for column in columns}
    known |= TAG_COLUMNS if kind in TAGS else set()
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
        if cell.startswith(("{", "[")):
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
    if "day" in record.content:
        day = end.date() if is_nap and end else reader.required_day(record, "day")
    else:
        woke = end or reader.moment(record, "bedtime_end")
        day = woke.date() if woke else reader.required_day(record, "bedtime_end")
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


def _read_combined(file: _OuraFile, record: Record) -> None:
    day = file.reader.required_day(record, "day")
    values = file.reader.values(record, COMBINED)
    if day and values:
        start, end = _window(file.reader, record)
        night = SleepPeriod(
            day=day, asleep_min=_asleep(values), values=values, start_at=start, end_at=end
        )
        file.sleeps.append(night)
    elif day:
        file.reader.skipped["day without a value"] += 1


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

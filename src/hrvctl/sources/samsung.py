"""Samsung Health's personal data: a night's HRV is the mean of the values inside the sleep.

The HRV table has a row for each recording (when, and in which zone); the values, each of a few
minutes (a bin), are in a JSON file that the row names.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import fsum

from hrvctl.errors import count
from hrvctl.records import PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import first_rows
from hrvctl.sources.kit.csv_records import open_csv
from hrvctl.sources.kit.json_records import head_keys, open_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_files, measure_nights
from hrvctl.sources.kit.night_samples import SHORTEST_NIGHT
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

HRV, SLEEP, BINS = "hrv", "sleep", "bins"
# The first cell of a table's first line names it; its header is the second line.
TABLES = {"com.samsung.health.hrv": HRV, "com.samsung.shealth.sleep": SLEEP}
BIN_KEYS = frozenset({"rmssd", "start_time", "end_time"})
BIN_FILE = "binning_data"
BINS_FOLDER = "jsons/com.samsung.health.hrv"
PREFIX = re.compile(r"com_samsung_s?health_(?:hrv|sleep)_")
STAGES = (
    Column("total_light_duration", Metric.LIGHT_MIN),
    Column("total_rem_duration", Metric.REM_MIN),
)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bin:
    """RMSSD over a few minutes, in ms, and the instants between which it was measured."""

    start: datetime
    end: datetime
    rmssd: float


@dataclass(frozen=True, slots=True)
class Span:
    """A row's window, aware in the zone the row names."""

    start: datetime
    end: datetime

    @property
    def day(self) -> date:
        """Local date of its end."""
        return self.end.date()

    @property
    def minutes(self) -> float:
        """Its length."""
        return (self.end - self.start) / MINUTE

    def contains(self, one: Bin) -> bool:
        """Whether a bin lies inside."""
        return self.start <= one.start and one.end <= self.end

    def overlaps(self, other: "Span") -> bool:
        """Whether two spans share a moment."""
        return self.start < other.end and other.start < self.end


@dataclass(slots=True)
class _SamsungFile:
    name: str
    kind: str
    reader: RecordReader
    sleeps: list[SleepPeriod] = field(default_factory=list)
    hrv: list[Measurement] = field(default_factory=list)

    @property
    def base_name(self) -> str:
        return self.name.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class _HrvRow:
    """A row of the HRV table with its bins; ``place`` is that of its file."""

    place: int
    span: Span
    bins: tuple[Bin, ...]


class Samsung(JointSource):
    """Reads the tables of HRV and sleep, and the files of bins; no others.

    A table of HRV without its files of bins has no values.
    """

    name: str = "samsung"
    title: str = "Samsung Health personal data"
    steps: tuple[str, ...] = (
        "In Samsung Health open Settings, Download personal data, and confirm.",
        "Copy the folder samsunghealth_NAME_DATE from the phone, with the folder jsons in it.",
        "hrvctl import samsunghealth_NAME_DATE",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: the tables ``hrv`` and ``sleep``, and ``bins``, the values of a row."""
        if keys := head_keys(document):
            return BINS if keys >= BIN_KEYS and document.head.lstrip()[:1] != b"{" else None
        rows = first_rows(document.head, 1)
        return TABLES.get(rows[0].cells[0].strip()) if rows else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one export; the HRV is in the reading of the table."""
        files = [_open(d, self.identify(d) or HRV, today) for d in documents]
        measured = measure_files([file.sleeps for file in files], self.name)
        nights = main_sleeps(sleep for file in files for sleep in file.sleeps)
        for place, m in _measure(files, nights, self.name):
            files[place].hrv.append(m)
        return [
            file.reader.reading(self.name, file.kind, measurements=[*file.hrv, *asleep])
            for file, asleep in zip(files, measured, strict=True)
        ]


def _open(document: Document, kind: str, today: date) -> _SamsungFile:
    if kind == BINS:
        return _SamsungFile(document.name, kind, open_json(document, today=today))
    reader = open_csv(document, (), today=today, header=1)
    reader.unknown_columns = ()  # its tables have dozens of columns without a night's value
    reader.records = [_without_prefix(record) for record in reader.records]
    file = _SamsungFile(document.name, kind, reader)
    if kind == SLEEP:
        file.sleeps = [sleep for r in reader.records if (sleep := _sleep(reader, r))]
    return file


def _without_prefix(record: Record) -> Record:
    content: dict[str, str] = {}
    for column, cell in record.content.items():
        content.setdefault(PREFIX.sub("", column), cell)
    return Record(record.number, "", content)


def _sleep(reader: RecordReader, record: Record) -> SleepPeriod | None:
    """Read a row of the sleep table.

    Its ``sleep_duration`` is the time in bed, and often empty; so the window is taken instead.
    """
    span = _span(reader, record)
    if span is None:
        return None
    values = reader.values(record, STAGES)
    for path in ("original_efficiency", "efficiency"):
        efficiency = reader.value(record, path, Metric.SLEEP_EFFICIENCY_PCT)
        if efficiency:  # 0 means none
            values.setdefault(Metric.SLEEP_EFFICIENCY_PCT, efficiency)
    if span.minutes <= PLAUSIBLE[Metric.IN_BED_MIN].high:
        values[Metric.IN_BED_MIN] = span.minutes
    return SleepPeriod(
        day=span.day,
        asleep_min=values.get(Metric.IN_BED_MIN, 0.0),
        values=values,
        start_at=span.start,
        end_at=span.end,
        key=f"{span.start} {span.end}",
    )


def _span(reader: RecordReader, record: Record) -> Span | None:
    """Read a row's window: written in UTC, with the zone in a column of its own."""
    zone = cell_values.zone(reader.text(record, "time_offset"))
    if zone is None:
        why = "not an offset like UTC+0200, so that the night has no date; left out"
        reader.leave_out(record, "time_offset", why)
        return None
    start, end = (_in_zone(reader, record, path, zone) for path in ("start_time", "end_time"))
    if start is None or end is None:
        return None
    if start >= end:
        reader.problem(record, "end_time", f"not after the start {start}")
        return None
    return Span(start, end) if reader.is_possible(record, "end_time", end.date()) else None


def _in_zone(reader: RecordReader, record: Record, path: str, zone: tzinfo) -> datetime | None:
    moment = reader.moment(record, path)
    if moment is None:
        if not record.content.get(path):
            reader.problem(record, path, "a row must have its times")
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
    except OverflowError:
        return None


def _bin(reader: RecordReader, record: Record) -> Bin | None:
    rmssd = reader.value(record, "rmssd", Metric.HRV_RMSSD_MS)
    if rmssd is None:
        return None
    edges = [record.content.get(path) for path in ("start_time", "end_time")]
    try:
        start, end = (datetime.fromtimestamp(float(str(ms)) / 1000, UTC) for ms in edges)
    except (ValueError, OverflowError, OSError):
        reader.problem(record, "start_time", "not a moment in milliseconds since 1970")
        return None
    if not reader.is_possible(record, "end_time", end.date()):
        return None
    return Bin(start, end, rmssd)


def _hrv_rows(files: Sequence[_SamsungFile], nights: Mapping[date, SleepPeriod]) -> list[_HrvRow]:
    """Return each row of the HRV tables with the bins it names; of equal rows the later.

    A row outside the night of a day that has one, in a nap, is not part of the night.
    """
    bins_by_name = {
        file.base_name: tuple(
            one for record in file.reader.records if (one := _bin(file.reader, record))
        )
        for file in files
        if file.kind == BINS
    }
    found: dict[tuple[Span, str], _HrvRow] = {}
    named: set[str] = set()
    for place, file in enumerate(files):
        if file.kind != HRV:
            continue
        n_without = 0
        for record in file.reader.records:
            name = file.reader.text(record, BIN_FILE)
            span = _span(file.reader, record)
            named.add(name)
            if span and span.day in nights and not _night_of(span, nights):
                file.reader.skipped["recording outside the night"] += 1
            elif span and name in bins_by_name:
                bins = bins_by_name[name]
                if bins and not any(span.contains(one) for one in bins):
                    why = "no value lies within the row's own times"
                    file.reader.leave_out(record, BIN_FILE, why)
                found[span, name] = _HrvRow(place, span, bins)
            elif span:
                n_without += 1
        _warn_of_missing_bins(file.reader, n_without)
    for file in files:
        if file.kind == BINS and file.base_name not in named:
            file.reader.warn("it has neither the zone nor the sleep; import the whole folder")
    return list(found.values())


def _warn_of_missing_bins(reader: RecordReader, n_rows: int) -> None:
    if n_rows:
        reader.skipped["row without its file of values"] = n_rows
        rows = count(n_rows, "row")
        reader.warn(
            f"the values of {rows} are in the folder {BINS_FOLDER}; import the whole export, not"
            " this file alone"
        )


def _measure(
    files: Sequence[_SamsungFile], nights: Mapping[date, SleepPeriod], source: str
) -> list[tuple[int, Measurement]]:
    """Measure the HRV of each day; returns each with the place of its file.

    A row belongs to the night that it overlaps; where the sleep table has none, the row's own
    window is the sleep, and the longest of a day is the night. What lasts less than three hours
    is a nap or a rest in the evening.
    """
    by_span: dict[Span, list[_HrvRow]] = {}
    for row in _hrv_rows(files, nights):
        span = _night_of(row.span, nights) or row.span
        if span.end - span.start < SHORTEST_NIGHT:
            files[row.place].reader.skipped["recording of less than a night"] += 1
        else:
            by_span.setdefault(span, []).append(row)
    found: list[SleepPeriod] = []
    places: dict[tuple[datetime | None, datetime | None], int] = {}
    for span, of_span in by_span.items():
        bins = {one for row in of_span for one in row.bins if span.contains(one)}
        if bins:
            mean = fsum(one.rmssd for one in bins) / len(bins)
            night = SleepPeriod(
                day=span.day,
                asleep_min=span.minutes,
                values={Metric.HRV_RMSSD_MS: mean},
                start_at=span.start,
                end_at=span.end,
                is_main=_night_of(span, nights) == span,
            )
            found.append(night)
            places[span.start, span.end] = of_span[0].place
    measured = measure_nights(main_sleeps(found), source)
    return [(places[m.start_at, m.end_at], m) for m in measured]


def _night_of(span: Span, nights: Mapping[date, SleepPeriod]) -> Span | None:
    """Find the night of the sleep table that a window overlaps; its day may be one off."""
    for days in (0, 1, -1):
        night = nights.get(span.day + timedelta(days=days))
        if night and night.start_at and night.end_at:
            window = Span(night.start_at, night.end_at)
            if window.overlaps(span):
                return window
    return None

"""Samsung Health's tables and the files of bins beside them, read row by row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from hrvctl.records import PLAUSIBLE, Metric
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import first_rows
from hrvctl.sources.kit.csv_records import load_lines
from hrvctl.sources.kit.json_records import Entry, head_keys, load_entries
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries

HRV, SLEEP, BINS = "hrv", "sleep", "bins"
# The first cell of a table's first line names it; its header is the second line.
TABLES = {"com.samsung.health.hrv": HRV, "com.samsung.shealth.sleep": SLEEP}
BIN_KEYS = frozenset({"rmssd", "start_time", "end_time"})
PREFIX = re.compile(r"com_samsung_s?health_(?:hrv|sleep)_")
# Samsung writes -1 where nothing was measured.
NOTHING = frozenset({"-1", "-1.0"})
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

    def holds(self, one: Bin) -> bool:
        """Whether a bin lies inside."""
        return self.start <= one.start and one.end <= self.end

    def overlaps(self, other: "Span") -> bool:
        """Whether two spans share a moment."""
        return self.start < other.end and other.start < self.end


def kind_of(document: Document) -> str | None:
    """Name what a document is, by its first line or its keys."""
    if keys := head_keys(document):
        return BINS if keys >= BIN_KEYS and document.head.lstrip()[:1] != b"{" else None
    rows = first_rows(document.head, 1)
    return TABLES.get(rows[0].cells[0].strip()) if rows else None


def open_file(document: Document, kind: str, today: date) -> Entries:
    """Read a file's rows or objects; the columns lose what stands before their own names."""
    if kind == BINS:
        found, problems = load_entries(document)
        return Entries(document.name, found, today=today, problems=problems)
    lines = load_lines(document, header=1)
    short = [Entry(e.number, "", _short(e.content)) for e in lines.entries]
    return Entries(document.name, short, today=today, problems=lines.problems, unit="line")


def read_span(entries: Entries, entry: Entry) -> Span | None:
    """A row's window: written in UTC, and the zone beside it."""
    zone = cell_values.zone(str(entry.content.get("time_offset", "")))
    if zone is None:
        why = "not an offset like UTC+0200, so that the night has no date; left out"
        entries.leave_out(entry, "time_offset", why)
        return None
    start, end = (_in_zone(entries, entry, name, zone) for name in ("start_time", "end_time"))
    if start is None or end is None:
        return None
    if start >= end:
        entries.problem(entry, "end_time", f"not after the start {start}")
        return None
    return Span(start, end) if entries.is_possible(entry, "end_time", end.date()) else None


def read_bins(entries: Entries) -> list[Bin]:
    """The bins of a file, without those in which nothing was measured."""
    return [one for entry in entries.entries if (one := _bin(entries, entry))]


def sleep_values(entries: Entries, entry: Entry, span: Span) -> dict[Metric, float]:
    """What a row of the sleep table says, in each metric's unit.

    Its ``sleep_duration`` is the time in bed, and often empty; so the window is taken for it.
    """
    values = {
        metric: value
        for column, metric in (
            ("total_light_duration", Metric.LIGHT_MIN),
            ("total_rem_duration", Metric.REM_MIN),
        )
        if (value := entries.value(entry, column, metric)) is not None
    }
    for column in ("original_efficiency", "efficiency"):
        efficiency = entries.value(entry, column, Metric.SLEEP_EFFICIENCY_PCT)
        if efficiency:  # 0 is how it says that there is none
            values.setdefault(Metric.SLEEP_EFFICIENCY_PCT, efficiency)
    if span.minutes <= PLAUSIBLE[Metric.IN_BED_MIN].high:
        values[Metric.IN_BED_MIN] = span.minutes
    return values


def _short(content: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, cell in content.items():
        found.setdefault(PREFIX.sub("", column), "" if cell in NOTHING else cell)
    return found


def _in_zone(entries: Entries, entry: Entry, name: str, zone: tzinfo) -> datetime | None:
    moment = entries.moment(entry, name)
    if moment is None:
        if not entry.content.get(name):
            entries.problem(entry, name, "a row must have its times")
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
    except OverflowError:
        return None


def _bin(entries: Entries, entry: Entry) -> Bin | None:
    if str(entry.content.get("rmssd")) in NOTHING:
        entries.skipped["bin without a value"] += 1
        return None
    rmssd = entries.value(entry, "rmssd", Metric.HRV_RMSSD_MS)
    edges = [entry.content.get(name) for name in ("start_time", "end_time")]
    try:
        start, end = (datetime.fromtimestamp(float(str(ms)) / 1000, UTC) for ms in edges)
    except (ValueError, OverflowError, OSError):
        entries.problem(entry, "start_time", "not a moment in milliseconds since 1970")
        return None
    if rmssd is None or not entries.is_possible(entry, "end_time", end.date()):
        return None
    return Bin(start, end, rmssd)

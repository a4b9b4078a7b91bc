"""Oura: the account's export, the API's answers (v2 and v1), and downloads of Trends."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources.kit.csv_records import Lines, head_columns, load_lines
from hrvctl.sources.kit.json_records import Entry, head_keys, load_entries
from hrvctl.sources.kit.main_sleep import Sleep, measure_files, measure_nights
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.oura import fields
from hrvctl.sources.oura.fields import Field

FIRST_LIST = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*\{\s*"([A-Za-z0-9_]+)"\s*:\s*[\[{]')
# Sleeps that did not happen: the person deleted them, or said that it was rest.
NO_SLEEP = frozenset({"deleted", "rest"})
NAPS = frozenset({"late_nap", "short_sleep"})
NIGHT = "long_sleep"


@dataclass(slots=True)
class _File:
    kind: str
    entries: Entries
    unknown: tuple[str, ...] = ()
    sleeps: list[Sleep] = field(default_factory=list)
    other: dict[tuple[date, Metric], Measurement] = field(default_factory=dict)


class Oura(JointSource):
    """Reads what Oura gives: CSV files with semicolons, JSON, and Trends."""

    name: str = "oura"
    title: str = "Oura account export, API answers, Trends"
    steps: tuple[str, ...] = (
        "Sign in at membership.ouraring.com and choose Export data; it is ready in hours to days.",
        "Download the zip; its folder App Data holds sleepmodel.csv with the HRV of each sleep.",
        "hrvctl import EXPORT.zip",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``sleep``, ``readiness``, ``spo2``, ``activity``, ``export``, ``trends``.

        ``sleep_v1`` is the answer of the API that ended in 2024.
        """
        if keys := head_keys(document):
            first = FIRST_LIST.match(document.head)
            if first and first[1].decode() in fields.OWN_LISTS:
                return "export"
            return fields.kind_of(keys)
        columns = head_columns(document)
        return "trends" if fields.is_trends(columns) else fields.kind_of(frozenset(columns))

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files that may overlap: of all sleeps of a day, one is the night."""
        files = [self._open(document, today) for document in documents]
        nights = measure_files([file.sleeps for file in files], self.name)
        readings = []
        for file, measured in zip(files, nights, strict=True):
            # What a sleep itself says comes before what the day's summary repeats.
            own = {(m.day, m.metric): m for m in measured}
            found = sorted((file.other | own).values(), key=lambda m: (m.day, m.metric))
            reading = file.entries.reading(self.name, file.kind, measurements=tuple(found))
            readings.append(replace(reading, unknown_columns=file.unknown))
        return readings

    def _open(self, document: Document, today: date) -> _File:
        kind = self.identify(document) or "sleep"
        if head_keys(document):
            entries, problems = load_entries(document)
            unfolded = tuple(fields.unfold(entries))
            file = _File(kind, Entries(document.name, unfolded, today=today, problems=problems))
        else:
            file = _open_table(document, kind, today)
        for entry in file.entries.entries:
            self._take(file, entry)
        return file

    def _take(self, file: _File, entry: Entry) -> None:
        if file.kind == "trends":
            self._take_trend(file, entry)
            return
        kind = fields.kind_of(frozenset(entry.content))
        if kind == "sleep":
            _take_sleep(file, entry)
        elif kind == "sleep_v1":
            _take_sleep_v1(file, entry)
        elif kind and (day := file.entries.day(entry, "day")):
            values = _values(file.entries, entry, fields.DAILY[kind])
            self._take_day(file, day, values)
        else:
            file.entries.skipped["no night in it"] += 1

    def _take_trend(self, file: _File, entry: Entry) -> None:
        day = file.entries.day(entry, "date")
        if day is None:
            if not entry.content.get("date"):
                file.entries.problem(entry, "date", "a row must have a date")
            return
        start, end = _window(file.entries, entry)
        values = _values(file.entries, entry, fields.TRENDS)
        night = Sleep(day=day, asleep_min=0, values=values, start_at=start, end_at=end)
        for m in measure_nights({day: night}, self.name):
            file.other[day, m.metric] = m
        self._take_day(file, day, _values(file.entries, entry, fields.TRENDS_DAILY))

    def _take_day(self, file: _File, day: date, values: Mapping[Metric, float]) -> None:
        for metric, value in values.items():
            m = Measurement(day=day, metric=metric, value=value, source=self.name)
            file.other[day, metric] = m


def _open_table(document: Document, kind: str, today: date) -> _File:
    lines = load_lines(document, optional_first="id")
    unfolded = [Entry(e.number, "", _decoded(e.content)) for e in lines.entries]
    entries = Entries(document.name, unfolded, today=today, problems=lines.problems, unit="line")
    if kind == "trends" and lines.columns and "average_hrv" not in lines.columns:
        entries.warn(
            "there is no column Average HRV; on Oura on the Web, choose Average HRV under Trends"
            " and download again"
        )
    return _File(kind, entries, _unknown(lines, kind))


def _decoded(content: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its JSON cells read; a damaged one stays text and has no value in it."""
    found = dict(content)
    for column, cell in content.items():
        if cell.startswith("{"):
            try:
                found[column] = json.loads(cell)
            except (ValueError, RecursionError):  # a number of more digits than Python reads, too
                continue
    return found


def _unknown(lines: Lines, kind: str) -> tuple[str, ...]:
    used = {"trends": (*fields.TRENDS, *fields.TRENDS_DAILY), "sleep": fields.SLEEP}
    known = {f.path.split(".")[0] for f in used.get(kind) or fields.DAILY.get(kind, ())}
    return lines.unknown(known | {"date", "day", "type", "bedtime_start", "bedtime_end"})


def _take_sleep(file: _File, entry: Entry) -> None:
    entries = file.entries
    its_type = str(entry.content.get("type") or "")
    if its_type in NO_SLEEP:
        entries.skipped[f"sleep of type {its_type}"] += 1
        return
    start, end = _window(entries, entry)
    # Oura names the wake date itself; a late nap alone counts for the day after it.
    day = end.date() if its_type in NAPS and end else entries.day(entry, "day")
    if day is None:
        if not entry.content.get("day"):
            entries.problem(entry, "day", "a sleep must have a day")
        return
    values = _values(entries, entry, fields.SLEEP)
    file.sleeps.append(
        Sleep(
            day=day,
            asleep_min=_asleep(values),
            values=values,
            start_at=start,
            end_at=end,
            is_main=its_type == NIGHT,
            is_nap=its_type in NAPS,
            key=f"{start} {end}" if start and end else "",
        )
    )


def _take_sleep_v1(file: _File, entry: Entry) -> None:
    entries = file.entries
    n_problems = len(entries.problems)
    start, end = _window(entries, entry)
    if end is None:
        # ``summary_date`` is the evening before; only the end of the sleep tells the wake date.
        if len(entries.problems) == n_problems:
            why = "without a time with its offset the night has no date"
            entries.problem(entry, "bedtime_end", why)
        return
    values = _values(entries, entry, fields.SLEEP_V1)
    file.sleeps.append(
        Sleep(
            day=end.date(),
            asleep_min=_asleep(values),
            values=values,
            start_at=start,
            end_at=end,
            is_main=entry.content.get("is_longest") in (1, "1"),
            key=f"{start} {end}" if start else "",
        )
    )


def _values(entries: Entries, entry: Entry, wanted: Sequence[Field]) -> dict[Metric, float]:
    return {
        metric: value
        for path, metric, scale in wanted
        if (value := entries.value(entry, path, metric, scale=scale)) is not None
    }


def _asleep(values: Mapping[Metric, float]) -> float:
    return values.get(Metric.ASLEEP_MIN, values.get(Metric.IN_BED_MIN, 0.0))


def _window(entries: Entries, entry: Entry) -> tuple[datetime | None, datetime | None]:
    """The bedtime, aware; ``None`` for what has no offset."""
    start, end = (entries.moment(entry, f"bedtime_{edge}") for edge in ("start", "end"))
    aware = [m if m and m.utcoffset() is not None else None for m in (start, end)]
    if aware[0] and aware[1] and aware[0] >= aware[1]:
        entries.problem(entry, "bedtime_end", f"not after the start {start}")
        return None, None
    return aware[0], aware[1]

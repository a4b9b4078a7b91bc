"""A table of the person's own: one row a day, columns named by metric or by ``--column``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from hrvctl.records import HRV_METRICS, Measurement, Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row, first_rows, normalise
from hrvctl.sources.kit.column_dates import NO_DATE
from hrvctl.sources.kit.csv_records import load_rows
from hrvctl.sources.kit.main_sleep import FIRST_UNSURE_UTC_HOUR, wake_day_in_utc
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.recording_date import moment_of
from hrvctl.sources.kit.table_reader import TableReader

DATE = "date"
# Every metric is a column name; these are short names of two of them.
SHORT_NAMES: Mapping[str, Metric] = {
    "hrv_ms": Metric.HRV_RMSSD_MS,
    "rmssd_ms": Metric.HRV_RMSSD_MS,
    "sdnn_ms": Metric.HRV_SDNN_MS,
}
COLUMNS: Mapping[str, str] = {DATE: DATE, **{metric: metric for metric in Metric}, **SHORT_NAMES}
KIND = "nights"
HOW = "write year, month and day in this order"
# What a column is given as, what its name says nevertheless, and what to give it as.
NAMED_OTHERWISE = (
    (Metric.HRV_RMSSD_MS, "sdnn", "sdnn_ms"),
    (Metric.HRV_SDNN_MS, "rmssd", "rmssd_ms"),
)
# Seconds or milliseconds since 1970, from 2001 on.
EPOCH = re.compile(r"[0-9]{10}(?:\.[0-9]+)?|[0-9]{13}")
# A date as a spreadsheet that shows no dates writes it: days since the last but one of 1899, of
# 2009 to 2036 (ECMA-376 part 1, 18.17.4.1; that some old Macs count from 1904 cannot be seen).
SERIAL = re.compile(r"4[0-9]{4}(?:\.[0-9]+)?")
SERIAL_ZERO = date(1899, 12, 30)
# Own choice: three times at the same quarter of an hour are dates, not measurements.
MIN_DATES, QUARTER_S, HOUR_S = 3, 900, 3600
# The farthest west (UTC-12, tz database) and New Zealand's summer (UTC+13) share hours from here.
FIRST_HOUR_OF_THE_EAST = 10
# Natural logarithms of 7 to 400 ms; of 8,051 exported nights none was under 6 ms. Own choice: three
# values, all of them with decimals, are not a coincidence.
LN_MS = (2.0, 6.0)
MIN_LN = 3


# The name of a column of HRV that is RMSSD because we say so.
OWN_NAME = "hrv_ms"


def _is_open(cell: str) -> bool:
    """Whether a header names an HRV and not which: only our own name, as written, means RMSSD.

    A table of another program with ``HRV (ms)`` has SDNN if an Apple Watch measured it.
    """
    return normalise(cell) == OWN_NAME != cell.strip('\ufeff" ').casefold()


@dataclass(frozen=True, slots=True)
class Table:
    """Reads a CSV with a ``date`` column and one column a metric.

    Attributes:
        columns: ``date`` or a metric (or its short name) to the header cell of the file, for a
            header with other names. If given, only these columns are read; if empty, the file
            must use our names.
    """

    name: str = "table"
    title: str = "CSV with one row a day"
    steps: tuple[str, ...] = (
        "Write a CSV with a column date (the day you woke, 2025-05-03) and one of hrv_ms, sdnn_ms.",
        "More columns are welcome: any metric by its name, for example resting_hr_bpm.",
        "hrvctl import FILE.csv; with other names: --column date=Datum --column hrv_ms=HFV",
    )
    columns: Mapping[str, str] = field(default_factory=dict)

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``nights``, of a header with a date and an HRV."""
        rows = first_rows(document.head, 1)
        if not rows:
            return None
        found = set(self._fields(rows[0]))
        wanted = {COLUMNS.get(name, name) for name in self.columns} or {DATE}
        has_hrv = any(metric in found for metric in HRV_METRICS)
        return KIND if wanted | {DATE} <= found and has_hrv else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each row as one day; the date is the local date the night ended on."""
        rows, problems = load_rows(document)
        fields = self._fields(rows[0]) if rows else ()
        sheet = TableReader(
            document.name,
            rows,
            fields,
            today=today,
            problems=problems,
            date_order=document.date_order,
        )
        for name in sorted({name for name in fields if name and fields.count(name) > 1}):
            sheet.problem_in_header(name, "two columns hold this; keep one of them")
        for metric, word, other in NAMED_OTHERWISE:
            if sheet.has(metric) and word in normalise(sheet.column(metric)):
                why = f"RMSSD or SDNN? The column's name says {word.upper()}; give it as {other}"
                sheet.problem_in_header(sheet.column(metric), why)
        measurements: list[Measurement] = []
        line_by_day: dict[date, int] = {}
        are_midnights = _are_midnights(sheet)
        for row in sheet.rows:
            day = _day(sheet, row, are_midnights=are_midnights)
            if day and day in line_by_day:
                why = f"the same day as on line {line_by_day[day]}; keep one row a day"
                sheet.problem(row, DATE, why)
            elif day:
                line_by_day[day] = row.line
                measurements += [
                    Measurement(day=day, metric=metric, value=value, source=self.name)
                    for metric, value in sheet.metrics(row).items()
                ]
        if any(EPOCH.fullmatch(sheet.get(row, DATE)) for row in sheet.rows):
            sheet.warn("its times are in UTC without a time zone, so mornings were dated by UTC")
        if any(SERIAL.fullmatch(sheet.get(row, DATE)) for row in sheet.rows):
            first = min(line_by_day, default="none")
            sheet.warn(
                f"its dates are a spreadsheet's numbers of days; the first is read as {first}"
            )
        for metric in HRV_METRICS:
            if _is_ln([m.value for m in measurements if m.metric is metric]):
                why = (
                    "every value is between 2 and 6: these look like ln(ms), not ms; write e to"
                    " that power, or whole numbers if they are ms"
                )
                sheet.problem_in_header(sheet.column(metric), why)
                measurements = [m for m in measurements if m.metric is not metric]
        return sheet.reading(self.name, KIND, measurements=measurements)

    def _fields(self, header: Row) -> tuple[str, ...]:
        if not self.columns:
            return tuple(
                "" if _is_open(cell) else COLUMNS.get(normalise(cell), "") for cell in header.cells
            )
        ours = {normalise(theirs): COLUMNS.get(name, "") for name, theirs in self.columns.items()}
        return tuple(ours.get(normalise(cell), "") for cell in header.cells)


def unknown_columns(columns: Mapping[str, str]) -> Sequence[str]:
    """List the keys of a mapping that are neither ``date`` nor a metric."""
    return [name for name in columns if name not in COLUMNS]


def _is_ln(values: Sequence[float]) -> bool:
    """Whether a column of HRV holds logarithms, a fifteenth of the values in ms."""
    if len(values) < MIN_LN or all(value.is_integer() for value in values):
        return False
    low, high = LN_MS
    return all(low <= value <= high for value in values)


def _day(sheet: TableReader, row: Row, *, are_midnights: bool) -> date | None:
    """Read a date, or the date of a date and time as written, in any usual style."""
    text = sheet.get(row, DATE)
    if EPOCH.fullmatch(text):
        return _day_by_utc(sheet, row, text, are_midnights=are_midnights)
    try:
        is_serial = SERIAL.fullmatch(text)
        day = SERIAL_ZERO + timedelta(days=int(float(text))) if is_serial else _parse_day(text)
    except ValueError:
        try:
            day = date.fromisoformat(sheet.iso(DATE, text)[:10])
        except ValueError as error:
            why = str(error)
            is_open = "year, month" in why
            sheet.problem(row, DATE, why if is_open else f"{why}; {HOW}")
            return None
    return day if sheet.is_possible(row, DATE, day) else None


def _day_by_utc(sheet: TableReader, row: Row, text: str, *, are_midnights: bool) -> date | None:
    """Date seconds or milliseconds since 1970 by UTC, where that is surely the local date."""
    moment = moment_of(text)
    if moment is None:
        sheet.problem(row, DATE, f"{NO_DATE}; {HOW}")
        return None
    day = wake_day_in_utc(moment)
    if are_midnights:
        # Between these hours of UTC a date begins in the east, and ends in the far west.
        is_east = moment.hour >= FIRST_UNSURE_UTC_HOUR
        is_west = moment.hour < FIRST_HOUR_OF_THE_EAST
        day = moment.date() + timedelta(days=is_east) if is_east or is_west else None
    if day is None:
        why = "its date depends on the time zone, which is not in the file; left out"
        sheet.leave_out(row, DATE, why)
        return None
    return day if sheet.is_possible(row, DATE, day) else None


def _are_midnights(sheet: TableReader) -> bool:
    """Whether a column of epochs has dates: the beginnings of local days, give or take an hour."""
    cells = [text for row in sheet.rows if EPOCH.fullmatch(text := sheet.get(row, DATE))]
    seconds = [(m.hour * 60 + m.minute) * 60 + m.second for m in map(moment_of, cells) if m]
    if len(seconds) < MIN_DATES or any(second % QUARTER_S for second in seconds):
        return False
    return max(seconds) - min(seconds) <= HOUR_S


def _parse_day(text: str) -> date:
    # date.fromisoformat alone would take 2025-W18-6 as well.
    if len(text) == len("2025-05-03"):
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    return cell_values.stamp(text).date()

"""Apple Health as tables, one file a type: Simple Health Export, and other programs' CSV."""

import re
from collections.abc import Sequence
from datetime import date

from hrvctl.records import Measurement, Metric, Problem, Reading
from hrvctl.sources.apple.nights import ASLEEP, NOT_ASLEEP
from hrvctl.sources.apple.records import HEART_RATE, METRICS, QUANTITY, SLEEP, WATCH, Collected
from hrvctl.sources.apple.source import Apple, measure
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row, first_rows
from hrvctl.sources.kit.csv_records import head_columns
from hrvctl.sources.kit.main_sleep import wake_day_in_utc
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import RecordReader

# Normalised columns by which a table is recognised, and those that are read, as the export's
# attributes.
MARKS = frozenset({"type", "sourcename", "startdate", "enddate", "value"})
ATTRIBUTES = {
    "type": "type",
    "sourcename": "sourceName",
    "producttype": "productType",
    "device": "device",
    "creationdate": "creationDate",
    "startdate": "startDate",
    "enddate": "endDate",
    "unit": "unit",
    "value": "value",
    "hktimezone": "HKTimeZone",
}
DATES = ("creationdate", "startdate", "enddate")
# Columns whose text may have a comma without quotes, as in Watch7,12.
LOOSE = ("producttype", "device")
STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} ?[+-][0-9]{2}:?[0-9]{2}")
IN_UTC = re.compile(r"(?:\+00:?00|Z)$")
# The name of a type; with any other text it is somebody's table with the same columns.
TYPE = re.compile(r"(?:HK[A-Z][A-Za-z]+Identifier)?[A-Z][A-Za-z0-9]{2,60}")
OF_SLEEP = frozenset({*ASLEEP, *NOT_ASLEEP})


class AppleTables(JointSource):
    """Reads tables of Apple Health's records, the files of one export together.

    The sleep, which says what a night is, lies in another file than the HRV. The measurements are
    of the source ``apple``.
    """

    name: str = "apple_csv"
    title: str = "Simple Health Export CSV, Apple Health by type"
    steps: tuple[str, ...] = (
        "In the app Simple Health Export CSV choose Heart Rate Variability and Sleep Analysis.",
        "Export, and send the zip to this computer; there is no need to unpack it.",
        "hrvctl import ZIP",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: the type of the first record, such as ``HeartRateVariabilitySDNN``."""
        columns = head_columns(document)
        if not set(columns) >= MARKS:
            return None
        rows = first_rows(document.head, 2)
        record = _record(columns, rows[1]) if len(rows) > 1 else {}
        return _short(record["type"]) if TYPE.fullmatch(record.get("type", "")) else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read the files of one export; each value is in the reading of the file of its type."""
        kinds = [self.identify(document) or "" for document in documents]
        collected = Collected("", today)
        files = [RecordReader(d.name, (), today=today, unit="line") for d in documents]
        stamps = [_collect(d, f, collected) for d, f in zip(documents, files, strict=True)]
        for file, kind in zip(files, kinds, strict=True):
            if kind.startswith("HeartRateVariability"):
                collected.faults = file  # what is said of the nights is said of the HRV
        # The same samples as in Apple's own export, so they are one series with it.
        measured = measure(collected, Apple.name)
        if any(stamps) and all(of_file in ("", "utc") for of_file in stamps):
            measured = _dated_by_utc(measured, collected.faults)
        own: list[list[Measurement]] = [[] for _ in documents]
        for m in measured:
            own[_place(m.metric, kinds)].append(m)
        return [
            file.reading(self.name, kind, measurements=of_file)
            for file, kind, of_file in zip(files, kinds, own, strict=True)
        ]


def _collect(document: Document, file: RecordReader, collected: Collected) -> str:
    """Collect a file's records; returns ``utc`` or ``local`` by its times, empty without any."""
    collected.faults = file
    text = cell_values.decode(document.load())
    found = ""
    columns: tuple[str, ...] = ()
    try:
        for row in cell_values.rows(text or ""):
            if not columns:
                columns = tuple(cell_values.normalise(cell) for cell in row.cells)
                continue
            record = _record(columns, row)
            if not record:
                why = "the row has not its start and end, like 2025-05-04 03:12:09 +0200"
                file.add_problem(row.line, "startDate", ",".join(row.cells)[:80], why)
                continue
            zone = record.pop("HKTimeZone", "")
            is_utc = not zone and bool(IN_UTC.search(record.get("startDate", "")))
            found = found if is_utc and found else "utc" if is_utc else "local"
            collected.add_row(record, row.line, zone)
    except cell_values.BrokenTable as error:
        problem = Problem(file=document.name, line=error.line, column="", value="", why=error.why)
        file.problems.append(problem)
    return found


def _record(columns: Sequence[str], row: Row) -> dict[str, str]:
    """Name a row's cells as the export's attributes; empty if it lacks its dates.

    A comma without quotes in the name of a device moves the cells after it, by as much as the
    dates are moved.
    """
    dates = [place for place, column in enumerate(columns) if column in DATES]
    found = [place for place, cell in enumerate(row.cells) if STAMP.fullmatch(cell.strip())]
    if not dates or len(found) < len(dates):
        return {}
    moved = found[0] - dates[0]
    loose = min((columns.index(name) for name in LOOSE if name in columns), default=len(columns))
    record: dict[str, str] = {}
    for place, column in enumerate(columns):
        at = place + (moved if place > loose else 0)
        if column in ATTRIBUTES and 0 <= at < len(row.cells):
            record.setdefault(ATTRIBUTES[column], row.cells[at].strip())
    kind = _short(record.get("type", ""))
    record["type"] = SLEEP if kind == "SleepAnalysis" else QUANTITY + kind
    if record["type"] == SLEEP:
        value = record.get("value", "")
        record["value"] = value[:1].upper() + value[1:]
    if record.get("productType", "").startswith("Watch"):
        record["device"] = WATCH
    record.setdefault("creationDate", record.get("endDate", ""))
    return record


def _dated_by_utc(measured: Sequence[Measurement], faults: RecordReader) -> list[Measurement]:
    """Keep the nights whose date is sure though every time is in UTC."""
    kept = [m for m in measured if m.end_at and wake_day_in_utc(m.end_at) == m.day]
    faults.skipped["value whose date is not known, since every time is in UTC"] += len(
        measured
    ) - len(kept)
    faults.warn(
        "every time is in UTC, so nights have the date on which they ended there; Apple's own "
        "export.zip has the zones"
    )
    return kept


def _place(metric: Metric, kinds: Sequence[str]) -> int:
    """Find the last file of the type that holds a metric."""
    types = {_short(kind): own for kind, own in METRICS.items()}
    places = [
        place
        for place, kind in enumerate(kinds)
        if types.get(kind) is metric
        or (kind == "SleepAnalysis" and metric in OF_SLEEP)
        or (kind == _short(HEART_RATE) and metric not in {*OF_SLEEP, *types.values()})
    ]
    return places[-1] if places else 0


def _short(kind: str) -> str:
    return kind.removeprefix(QUANTITY).removeprefix("HKCategoryTypeIdentifier")

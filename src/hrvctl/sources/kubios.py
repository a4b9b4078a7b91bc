"""Kubios HRV's report of one recording: labels and values, in the computer's locale."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import DELIMITERS
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.recording_date import RENAME, Start, find_start, moment_of, named_starts
from hrvctl.sources.kit.recordings import UNUSABLE, Spot, as_readings, measure_spots
from hrvctl.sources.kit.rr_metrics import MAX_ARTEFACT_PCT

KIND = "report"
MARK, RESULT = "kubios hrv", "rmssd (ms)"
# Labels in lower case without their colon and repeated blanks; older versions have STD RR.
LABELS: Mapping[str, Metric] = {
    "rmssd (ms)": Metric.HRV_RMSSD_MS,
    "sdnn (ms)": Metric.HRV_SDNN_MS,
    "std rr (ms)": Metric.HRV_SDNN_MS,
    "mean hr (beats/min)": Metric.MORNING_HR_BPM,
    "pnnxx (%)": Metric.PNN50_PCT,
    "beats corrected (%)": Metric.ARTEFACT_PCT,
    "artifacts corrected (%)": Metric.ARTEFACT_PCT,
}
MEASURED, FILE_NAME, SAMPLES = "measurement date", "file name", "number of samples"
THRESHOLD = "threshold for nnxx/pnnxx"
# pNNxx is pNN50 only with a threshold of 50 ms.
FIFTY = re.compile(r"50\s*ms")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# 03-May-2025 06:41:08, as MATLAB writes it; 03.05.2025; 03/05/2025, which may be 5 March as well.
NAMED_MONTH = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})")
NUMBERS = re.compile(r"([0-9]{1,2})([./])([0-9]{1,2})\2([0-9]{4})")
CLOCK = re.compile(r"\b([01]?[0-9]|2[0-3])[:.]([0-5][0-9])[:.]([0-5][0-9])\b")


class Kubios(JointSource):
    """Reads the report as text or CSV; of several samples in it the first."""

    name: str = "kubios"
    title: str = "Kubios HRV report"
    steps: tuple[str, ...] = (
        "In Kubios HRV open the recording and choose Save results, as CSV or text.",
        "If the report has no measurement date, let its name begin with it: 2025-05-03_hrv.csv",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``report``, of a text with the name Kubios HRV and an RMSSD."""
        text = (cell_values.decode(document.head, is_cut=True) or "").casefold()
        return KIND if MARK in text and RESULT in text else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read reports of one import; of each day the first measurement."""
        files = [_open(document, today) for document in documents]
        return as_readings(files, measure_spots(files, self.name), self.name, KIND)


def _open(document: Document, today: date) -> tuple[RecordReader, list[Spot]]:
    text = cell_values.decode(document.load())
    lines = [line for line in enumerate((text or "").splitlines(), 1) if line[1].strip()]
    records = [Record(number, "", _labelled(line)) for number, line in lines]
    file = RecordReader(document.name, records, today=today, unit="line")
    if text is None:
        file.add_problem(0, "", "", "not a text file")
    labels: dict[str, Record] = {}
    for record in records:
        for label in record.content:
            labels.setdefault(label, record)  # the first sample, before tables with the same words
    values = _values(file, labels)
    if Metric.HRV_RMSSD_MS not in values:
        file.skipped["report without an RMSSD"] += 1
        return file, []
    if values.get(Metric.ARTEFACT_PCT, 0.0) > MAX_ARTEFACT_PCT:
        file.skipped[UNUSABLE] += 1
        file.warn(
            f"left out: {values[Metric.ARTEFACT_PCT]:.0f} % of its beats were corrected, at most "
            f"{MAX_ARTEFACT_PCT:.0f} % may be"
        )
        return file, []
    start = _start(file, document, labels)
    return file, [Spot(start, values)] if start else []


def _labelled(line: str) -> dict[str, str]:
    """Return ``{label: value}`` of a line that has a label; of several values the first."""
    label, colon, rest = line.partition(":")
    rest = rest.strip()
    delimiter = rest[:1] if rest[:1] in DELIMITERS else ""
    cells = [cell.strip() for cell in rest.split(delimiter)] if delimiter else [rest]
    value = next((cell for cell in cells if cell), "")
    # Where the semicolon is the delimiter, the comma is the decimal one.
    if delimiter == ";":
        value = value.replace(",", ".")
    return {" ".join(label.split()).casefold(): value} if colon else {}


def _values(file: RecordReader, labels: Mapping[str, Record]) -> dict[Metric, float]:
    found: dict[Metric, float] = {}
    is_pnn50 = bool(FIFTY.fullmatch(_text(labels, THRESHOLD) or "50 ms"))
    for label, metric in LABELS.items():
        if label not in labels or metric in found or (metric is Metric.PNN50_PCT and not is_pnn50):
            continue
        value = file.value(labels[label], label, metric)
        if value is not None:
            found[metric] = value
    if _text(labels, SAMPLES) not in ("", "1"):
        file.warn("it has several samples; the first is read")
    return found


def _start(file: RecordReader, document: Document, labels: Mapping[str, Record]) -> Start | None:
    """Find when it was measured: by the report, else by its file name, else by the recording's."""
    measured = _readings(_text(labels, MEASURED))
    named = {start.day for start in named_starts(document.name)}
    if len(measured) > 1:
        measured = [start for start in measured if start.day in named] or measured
    record = labels.get(MEASURED, Record(0, "", {}))
    if len(measured) > 1:
        days = " or ".join(str(start.day) for start in measured)
        file.problem(record, MEASURED, f"may be {days}; {RENAME.replace('.txt', '_hrv.csv')}")
        return None
    if measured:
        return measured[0] if file.is_possible(record, MEASURED, measured[0].day) else None
    if not named and any(named_starts(_text(labels, FILE_NAME))):
        document = replace(document, name=_text(labels, FILE_NAME))
    return find_start(file, document)


def _text(labels: Mapping[str, Record], label: str) -> str:
    return str(labels[label].content[label]) if label in labels else ""


def _readings(text: str) -> list[Start]:
    """List every date that a measurement date can mean."""
    if moment := moment_of(text):
        return [Start(moment.date(), moment)]
    days = []
    if found := NAMED_MONTH.match(text):
        day, month, year = found.groups()
        if month.casefold() in MONTHS:
            days = [(int(year), MONTHS.index(month.casefold()) + 1, int(day))]
    elif found := NUMBERS.match(text):
        first, mark, second, year = found.groups()
        days = [(int(year), int(second), int(first))]
        if mark == "/" and first != second:
            days.append((int(year), int(first), int(second)))
    clock = CLOCK.search(text)
    at = time.fromisoformat(clock[0].replace(".", ":").zfill(8)) if clock else None
    return [
        Start(day, datetime.combine(day, at) if at else None)
        for parts in days
        if (day := _date(*parts))
    ]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

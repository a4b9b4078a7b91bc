"""Garmin Connect's report of a single night: a label and a value a line, under headings."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from hrvctl.records import PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.garmin import dates
from hrvctl.sources.garmin.reports import last_day, minutes_of, year_told
from hrvctl.sources.kit.cell_values import Row, is_missing, normalise
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.kit.table_reader import load_rows

KIND = "sleep_night"
TITLE = "sleep_score_1_"  # 1 Day, 1 Tag
DATES = ("date", "datum")
# This report has the night's own HRV, unlike the one of many nights; `7d Avg HRV` is not read.
LABELS: Mapping[str, Metric] = {
    "avg_overnight_hrv": Metric.HRV_RMSSD_MS,
    "ø_hfv_uber_nacht": Metric.HRV_RMSSD_MS,
    "resting_heart_rate": Metric.RESTING_HR_BPM,
    "ruheherzfrequenz": Metric.RESTING_HR_BPM,
    "avg_overnight_heart_rate": Metric.NIGHT_HR_BPM,
    "avg_spo2": Metric.SPO2_PCT,
    "durchschnittlicher_spo2": Metric.SPO2_PCT,
    "avg_respiration": Metric.RESPIRATORY_RATE_RPM,
    "ø_atemfrequenz": Metric.RESPIRATORY_RATE_RPM,
    "ø_veranderung_der_hauttemperatur": Metric.SKIN_TEMP_DEVIATION_C,
    "sleep_duration": Metric.ASLEEP_MIN,
    "schlafdauer": Metric.ASLEEP_MIN,
    "deep_sleep_duration": Metric.DEEP_MIN,
    "light_sleep_duration": Metric.LIGHT_MIN,
    "rem_duration": Metric.REM_MIN,
    "awake_time": Metric.AWAKE_MIN,
}
# The number at the beginning of `16 brpm` or `13,9 Atemzüge/min`.
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def is_night(rows: Sequence[Row]) -> bool:
    """Whether a table's first rows are the title of a single night and its date."""
    if not rows or not normalise(rows[0].cells[0]).startswith(TITLE):
        return False
    return any(normalise(row.cells[0]) in DATES for row in rows[1:])


def read_night(document: Document, source: str, *, today: date) -> Reading:
    """Read the one night of a report."""
    rows, problems = load_rows(document)
    # A decimal comma is not quoted, so a value may be in several cells.
    said = {row.line: ",".join(row.cells[1:]).strip(" ,") for row in rows}
    entries = [Entry(row.line, "", {normalise(row.cells[0]): said[row.line]}) for row in rows]
    file = Entries(document.name, entries, today=today, problems=problems, unit="line")
    day: date | None = None
    values: dict[Metric, float] = {}
    for entry in entries:
        ((label, text),) = entry.content.items()
        if label in DATES and day is None:
            day = _day(file, entry, label, last_day(document, today))
        metric = LABELS.get(label)
        # A label comes twice: with its value, and among the factors with a word (`Good`).
        if metric and metric not in values and not is_missing(text):
            value = _value(file, entry, label, metric)
            if value is not None:
                values[metric] = value
    if day is None:
        values = {}
        file.skipped["night without a date"] += 1
    measurements = tuple(
        Measurement(day=day, metric=metric, value=values[metric], source=source)
        for metric in sorted(values)
        if day
    )
    return file.reading(source, KIND, measurements=measurements)


def _day(file: Entries, entry: Entry, label: str, until: date) -> date | None:
    text = str(file.get(entry, label))
    (found,) = dates.resolve([text], until)
    if isinstance(found, str):
        file.problem(entry, label, found)
        return None
    if (written := dates.parse(text)) and not written.year:
        file.warn(year_told([found]))
    return found if file.is_possible(entry, label, found) else None


def _value(file: Entries, entry: Entry, label: str, metric: Metric) -> float | None:
    text = str(file.get(entry, label))
    if metric.endswith("_min"):
        minutes = minutes_of(text)
        low, high = PLAUSIBLE[metric]
        return minutes if minutes is not None and low <= minutes <= high else None
    number = NUMBER.match(text)
    plain = Entry(entry.number, "", {label: number[0] if number else text})
    return file.value(plain, label, metric)

"""Which file of Fitbit's Takeout is which, and what stands in each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hrvctl.records import Metric
from hrvctl.sources.kit.cell_values import first_rows
from hrvctl.sources.kit.csv_records import head_columns
from hrvctl.sources.kit.json_records import head_keys
from hrvctl.sources.kit.protocol import Document

STAMP = "timestamp"
DATA_SOURCE = "data_source"
BASELINE_TEMP = "baseline_temperature_celsius"
# What Google's folders also hold of other devices; its HRV may be SDNN, and is not Fitbit's.
FOREIGN = re.compile(r"apple|health\s*kit|health\s*connect", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Daily:
    """A CSV with one row a day.

    Attributes:
        marks: Columns beside the stamp by which it is known.
        fields: What each column holds, in its metric's unit already.
        is_new: Whether it is of the folders with ``_GoogleData`` in their name, which win.
        has_twin: Whether a file of many rows a day has the very same header.
    """

    marks: frozenset[str]
    fields: Mapping[str, Metric]
    is_new: bool
    has_twin: bool = False


# The heart rate of non-REM sleep (``nremhr``) is neither resting nor that of the whole night, and
# the HRV of deep sleep alone is another quantity than that of the night: both are left.
DAILY: Mapping[str, Daily] = {
    "hrv_daily": Daily(
        frozenset({"average_heart_rate_variability_milliseconds"}),
        {"average_heart_rate_variability_milliseconds": Metric.HRV_RMSSD_MS},
        is_new=True,
    ),
    "hrv_summary": Daily(
        frozenset({"rmssd", "nremhr"}), {"rmssd": Metric.HRV_RMSSD_MS}, is_new=False
    ),
    "resting_hr_daily": Daily(
        frozenset({"beats_per_minute", DATA_SOURCE}),
        {"beats_per_minute": Metric.RESTING_HR_BPM},
        is_new=True,
        has_twin=True,
    ),
    "respiration_daily": Daily(
        frozenset({"breaths_per_minute", DATA_SOURCE}),
        {"breaths_per_minute": Metric.RESPIRATORY_RATE_RPM},
        is_new=True,
        has_twin=True,
    ),
    "respiration_summary": Daily(
        frozenset({"daily_respiratory_rate"}),
        {"daily_respiratory_rate": Metric.RESPIRATORY_RATE_RPM},
        is_new=False,
    ),
    "spo2_daily": Daily(
        frozenset({"average_percentage", "lower_bound_percentage"}),
        {"average_percentage": Metric.SPO2_PCT},
        is_new=True,
    ),
    "spo2_summary": Daily(
        frozenset({"average_value", "lower_bound", "upper_bound"}),
        {"average_value": Metric.SPO2_PCT},
        is_new=False,
    ),
    "temperature_daily": Daily(
        frozenset({"nightly_temperature_celsius", BASELINE_TEMP}),
        {"nightly_temperature_celsius": Metric.SKIN_TEMP_C},
        is_new=True,
    ),
}
# Values of five minutes, in the old and in the new folder; nights are told by the daily files.
DETAILS = "hrv_details"
DETAILS_MARKS = (
    frozenset({"rmssd", "coverage", "low_frequency"}),
    frozenset({"root_mean_square_of_successive_differences_milliseconds", DATA_SOURCE}),
)
SLEEP = "sleep"
RESTING_HR = "resting_hr"
JSON_MARKS: Mapping[str, frozenset[str]] = {
    SLEEP: frozenset({"dateOfSleep", "logId"}),
    RESTING_HR: frozenset({"dateTime", "value", "date", "error"}),
}
# Rows of the head looked at, to tell one row a day from many.
N_SNIFFED = 6


def kind_of(document: Document) -> str | None:
    """Name what a document is, by its keys or its header."""
    if keys := head_keys(document):
        return next((kind for kind, marks in JSON_MARKS.items() if marks <= keys), None)
    found = frozenset(head_columns(document))
    if STAMP not in found:
        return None
    if any(marks <= found for marks in DETAILS_MARKS):
        return DETAILS
    for kind, daily in DAILY.items():
        if daily.marks <= found:
            return (
                kind if not daily.has_twin or _is_daily(document, head_columns(document)) else None
            )
    return None


def _is_daily(document: Document, columns: Sequence[str]) -> bool:
    """Whether no two of the first rows are of one day."""
    place = columns.index(STAMP)
    rows = first_rows(document.head, N_SNIFFED)[1:]
    days = [row.cells[place][:10] for row in rows if len(row.cells) > place]
    return len(set(days)) == len(days)

"""TrainingPeaks' metrics: one value a row, from whatever app feeds it."""

from dataclasses import replace
from datetime import date

from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources.kit.cell_values import first_rows
from hrvctl.sources.kit.csv_records import head_columns, load_lines
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries

KIND = "metrics"
HEADER = ("timestamp", "type", "value")
# Types in lower case, with the factor to the metric's unit. ``Pulse`` is what the athlete enters
# or a device sends as the resting heart rate of the day.
TYPES = {
    "hrv": (Metric.HRV_RMSSD_MS, 1.0),
    "pulse": (Metric.RESTING_HR_BPM, 1.0),
    "sleep hours": (Metric.ASLEEP_MIN, 60.0),
}
# Any program may write a log of timestamp, type and value; these words are TrainingPeaks' own.
OTHER_TYPES = frozenset({"weight kilograms", "weight pounds"})
# Rows of the head looked at for a type of TrainingPeaks. Own choice: a day has some ten.
N_SNIFFED = 50


class TrainingPeaks:
    """Reads ``metrics.csv``."""

    name: str = "trainingpeaks"
    title: str = "TrainingPeaks metrics"
    steps: tuple[str, ...] = (
        "At trainingpeaks.com open Settings, Export data, and choose Metrics and the dates.",
        "Download the zip with metrics.csv in it.",
        "hrvctl import METRICS.zip",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``metrics``, by the header and a type that TrainingPeaks has."""
        if head_columns(document)[: len(HEADER)] != HEADER:
            return None
        rows = first_rows(document.head, N_SNIFFED)[1:]
        types = {row.cells[1].strip().casefold() for row in rows if len(row.cells) > 1}
        return KIND if types & (OTHER_TYPES | set(TYPES)) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each row as a value of its local day; of two of one day the last row counts."""
        lines = load_lines(document)
        entries = Entries(
            document.name, lines.entries, today=today, problems=lines.problems, unit="line"
        )
        values: dict[tuple[date, Metric], float] = {}
        for entry in entries.entries:
            kind = str(entry.content.get("type", "")).casefold()
            if kind not in TYPES:
                entries.skipped["value of another type"] += 1
                continue
            metric, scale = TYPES[kind]
            value = entries.value(entry, "value", metric, scale=scale)
            day = entries.day(entry, "timestamp")
            if day and value is not None:
                values[day, metric] = value
            elif day is None and not entry.content.get("timestamp"):
                entries.problem(entry, "timestamp", "a value must have a date")
        if any(metric is Metric.HRV_RMSSD_MS for _, metric in values):
            entries.warn(
                "TrainingPeaks does not say whether its HRV is RMSSD or SDNN; it is read as RMSSD,"
                " which most apps send; if yours sends SDNN, import the app's own export instead"
            )
        found = [
            Measurement(day=day, metric=metric, value=value, source=self.name)
            for (day, metric), value in sorted(values.items())
        ]
        reading = entries.reading(self.name, KIND, measurements=tuple(found))
        return replace(reading, unknown_columns=lines.unknown(HEADER))

"""TrainingPeaks' metrics: one value a row, from whichever app sends it."""

from datetime import date

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.cell_values import first_rows
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.main_sleep import measure_days
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column

KIND = "metrics"
HEADER = ("timestamp", "type", "value")
# What the value is, by the row's type in lower case. ``Pulse`` is the resting heart rate of the
# day, entered by the athlete or sent by a device.
TYPES = {
    "hrv": Column("value", Metric.HRV_RMSSD_MS),
    "pulse": Column("value", Metric.RESTING_HR_BPM),
    "sleep hours": Column("value", Metric.ASLEEP_MIN, 60),
}
# Any program may write a log of timestamp, type and value; these types are TrainingPeaks' own.
OTHER_TYPES = frozenset({"weight kilograms", "weight pounds"})
# Rows of the head in which a type of TrainingPeaks is looked for. Own choice: a day has some ten.
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
        file = open_csv(document, HEADER, today=today)
        values: dict[tuple[date, Metric], float] = {}
        for record in file.records:
            column = TYPES.get(file.text(record, "type").casefold())
            if column is None:
                file.skipped["value of another type"] += 1
                continue
            found = file.values(record, [column])
            if day := file.required_day(record, "timestamp"):
                values |= {(day, metric): value for metric, value in found.items()}
        if any(metric is Metric.HRV_RMSSD_MS for _, metric in values):
            file.warn(
                "TrainingPeaks does not say whether its HRV is RMSSD or SDNN; it is read as RMSSD,"
                " which most apps send; if yours sends SDNN, import the app's own export instead"
            )
        return file.reading(self.name, KIND, measurements=measure_days(values, self.name))

"""RingConn's export: vital signs by calendar day; the HRV is the mean of a day, not of a night."""

from datetime import date

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.main_sleep import measure_days
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column

KIND = "vital_signs"
DAY = "date"
MARKS = frozenset({DAY, "avg_hrv_ms", "min_hrv_ms", "avg_spo2_pct"})
# `Min. Heart Rate` is the lowest of the day, which is not a resting heart rate.
COLUMNS = (
    Column("avg_hrv_ms", Metric.HRV_RMSSD_MS),
    Column("avg_spo2_pct", Metric.SPO2_PCT),
    Column("avg_heart_rate_bpm", Metric.AVERAGE_HR_BPM),
)
NOT_READ = frozenset(
    f"{which}_{name}"
    for which in ("min", "max")
    for name in ("heart_rate_bpm", "spo2_pct", "hrv_ms")
)


class RingConn:
    """Reads ``Vital Signs-...csv``."""

    name: str = "ringconn"
    title: str = "RingConn data export"
    steps: tuple[str, ...] = (
        "In the RingConn app open Profile, Data export; the zip comes by mail.",
        "Save the zip on this computer; the file of vital signs in it is read.",
        "hrvctl import 'Data Export.zip'",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``vital_signs``, by the header."""
        return KIND if frozenset(head_columns(document)) >= MARKS else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each row as its local day; days on which the ring was not worn are empty."""
        file = open_csv(document, {DAY, *NOT_READ, *(c.path for c in COLUMNS)}, today=today)
        values: dict[tuple[date, Metric], float] = {}
        for record in file.records:
            found = file.values(record, COLUMNS)
            if not found:
                file.skipped["day without a value"] += 1
            elif day := file.required_day(record, DAY):
                if day >= today:  # the mean of a day that is not over is of fewer hours
                    found.pop(Metric.AVERAGE_HR_BPM, None)
                values |= {(day, metric): value for metric, value in found.items()}
        if values:
            file.warn(
                "its HRV is the mean of each calendar day, day and night; RingConn calls it RMSSD"
            )
        return file.reading(self.name, KIND, measurements=measure_days(values, self.name))

"""RingConn's export: vital signs by calendar day, with the mean HRV of the day, and sleeps."""

from datetime import date

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.main_sleep import SleepPeriod, measure_days, measure_files
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
# The other file that is read, a row a sleep, by the person's clock.
SLEEP_KIND = "sleep"
START, WOKE, END = "start_time", "wake_up_time", "end_time"
SLEEP_MARKS = frozenset({"falling_asleep_time", WOKE, "time_asleep_min"})
SLEEP_COLUMNS = (
    Column("time_asleep_min", Metric.ASLEEP_MIN),
    Column("sleep_stages_awake_min", Metric.AWAKE_MIN),
    Column("sleep_stages_rem_min", Metric.REM_MIN),
    Column("sleep_stages_light_sleep_min", Metric.LIGHT_MIN),
    Column("sleep_stages_deep_sleep_min", Metric.DEEP_MIN),
)
SLEEP_NOT_READ = frozenset({START, END, "falling_asleep_time", WOKE, "sleep_time_ratio_pct"})


class RingConn:
    """Reads ``Vital Signs-...csv`` and ``Sleep-...csv``."""

    name: str = "ringconn"
    title: str = "RingConn data export"
    steps: tuple[str, ...] = (
        "In the RingConn app open Profile, Data export; the zip comes by mail.",
        "Save the zip on this computer; the files of vital signs and sleep in it are read.",
        "hrvctl import 'Data Export.zip'",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``vital_signs`` or ``sleep``, by the header."""
        columns = frozenset(head_columns(document))
        return KIND if columns >= MARKS else SLEEP_KIND if columns >= SLEEP_MARKS else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each row as its local day; days on which the ring was not worn are empty."""
        if self.identify(document) == SLEEP_KIND:
            return self._read_sleeps(document, today)
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

    def _read_sleeps(self, document: Document, today: date) -> Reading:
        """Read each sleep on the date of its waking; of a day's the longest is the night."""
        known = {*SLEEP_NOT_READ, *(column.path for column in SLEEP_COLUMNS)}
        file = open_csv(document, known, today=today)
        sleeps: list[SleepPeriod] = []
        for record in file.records:
            values = file.values(record, SLEEP_COLUMNS)
            woke = file.moment(record, WOKE) or file.moment(record, END)
            if not values.get(Metric.ASLEEP_MIN) or woke is None:
                file.skipped["row without a sleep"] += 1
                continue
            sleeps.append(
                SleepPeriod(
                    day=woke.date(),
                    asleep_min=values[Metric.ASLEEP_MIN],
                    values=values,
                    key=f"{file.text(record, START)} {woke}",
                )
            )
        (measured,) = measure_files([sleeps], self.name)
        return file.reading(self.name, SLEEP_KIND, measurements=measured)

"""AutoSleep, an app for Apple Watch: one row a night; its HRV is Apple's SDNN."""

from datetime import date

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_nights
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

KIND = "nights"
# A local evening with its offset, on the date of waking.
NIGHT = "iso8601"
WAKE = "waketime"
MARKS = frozenset({NIGHT, "fromdate", "todate", WAKE, "wakingbpm"})
# Since 2023 the mean of the night has a column of its own; `hrv` may be that of another hour.
NIGHT_HRV, OTHER_HRV = "sleephrv", "hrv"
# The waking pulse is one value and no resting heart rate; columns of `Avg7` are means of a week.
COLUMNS = (
    Column("asleep", Metric.ASLEEP_MIN),
    Column("inbed", Metric.IN_BED_MIN),
    Column("awake", Metric.AWAKE_MIN),
    Column("deep", Metric.DEEP_MIN),
    Column("efficiency", Metric.SLEEP_EFFICIENCY_PCT),
    Column("sleepbpm", Metric.NIGHT_HR_BPM),
    Column("spo2avg", Metric.SPO2_PCT),
    Column("respavg", Metric.RESPIRATORY_RATE_RPM),
)
NOT_READ = frozenset(
    {"bedtime", "fellasleepin", "sessions", "asleepavg7", "efficiencyavg7", "quality",
     "qualityavg7", "deepavg7", "sleepbpmavg7", "daybpm", "daybpmavg7", "wakingbpmavg7",
     "hrvavg7", "sleephrvavg7", "spo2min", "spo2max", "respmin", "respmax", "apnea", "tags",
     "notes"}
)  # fmt: skip


class AutoSleep:
    """Reads the history that AutoSleep exports."""

    name: str = "autosleep"
    title: str = "AutoSleep history"
    steps: tuple[str, ...] = (
        "In AutoSleep open History, Export, and choose the dates.",
        "Save the file AutoSleep-...csv on this computer.",
        "hrvctl import FILE",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``nights``, by the header."""
        return KIND if frozenset(head_columns(document)) >= MARKS else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each row as the night that ended on the date of its waking."""
        known = {*MARKS, NIGHT_HRV, OTHER_HRV, *NOT_READ, *(column.path for column in COLUMNS)}
        file = open_csv(document, known, today=today)
        hrv = NIGHT_HRV if NIGHT_HRV in file.columns else OTHER_HRV
        columns = (Column(hrv, Metric.HRV_SDNN_MS), *COLUMNS)
        nights = main_sleeps(n for r in file.records if (n := _night(file, r, columns)))
        if hrv == OTHER_HRV and any(Metric.HRV_SDNN_MS in n.values for n in nights.values()):
            file.warn(
                "this older export does not say whether its HRV is the mean of the night or that"
                " around waking; the export of a newer AutoSleep has the mean of the night"
            )
        _warn_of_other_dates(file)
        return file.reading(self.name, KIND, measurements=measure_nights(nights, self.name))


def _night(file: RecordReader, record: Record, columns: tuple[Column, ...]) -> SleepPeriod | None:
    values = file.values(record, columns)
    if not values:
        file.skipped["day without a value"] += 1
        return None
    day = file.required_day(record, WAKE if record.content.get(WAKE) else NIGHT)
    if day is None:
        return None
    return SleepPeriod(day=day, asleep_min=values.get(Metric.ASLEEP_MIN, 0.0), values=values)


def _warn_of_other_dates(file: RecordReader) -> None:
    """Warn where no waking is on the date of its night: which one is right is not known."""
    both = [r for r in file.records if r.content.get(WAKE) and r.content.get(NIGHT)]
    if both and all(r.content[WAKE][:10] != r.content[NIGHT][:10] for r in both):
        file.warn(
            f"each waking is on another date than its {file.column(NIGHT)}; nights were dated by"
            " the waking; compare one with the app"
        )

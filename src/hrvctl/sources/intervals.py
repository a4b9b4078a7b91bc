"""Intervals.icu wellness: one day a record, measured by whichever device sends it."""

from datetime import date

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import measure_days
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

KIND = "wellness"
# Keys in lower case: CSV and JSON have the same ones. A record is recognised by two and its date.
RESTING_HR = Column("restinghr", Metric.RESTING_HR_BPM)
COLUMNS = (
    Column("hrv", Metric.HRV_RMSSD_MS),
    Column("hrvsdnn", Metric.HRV_SDNN_MS),
    Column("avgsleepinghr", Metric.NIGHT_HR_BPM),
    Column("sleepsecs", Metric.ASLEEP_MIN, 1 / 60),
    Column("spo2", Metric.SPO2_PCT),
    Column("respiration", Metric.RESPIRATORY_RATE_RPM),
    Column("steps", Metric.STEPS),
)
# A field without a value is left out: an Apple Watch has only the second HRV.
MARKS = tuple(map(frozenset, (("hrv", "restinghr"), ("hrv", "hrvsdnn"), ("hrvsdnn", "restinghr"))))
DAYS = ("id", "date")
# True where the resting heart rate is that of an earlier day, carried forward.
CARRIED = "temprestinghr"
UPDATED = "updated"
KNOWN = frozenset({*(c.path for c in (*COLUMNS, RESTING_HR)), *DAYS, CARRIED, UPDATED})


class Intervals:
    """Reads the wellness of Intervals.icu, as JSON or CSV."""

    name: str = "intervals"
    title: str = "Intervals.icu wellness"
    steps: tuple[str, ...] = (
        "At intervals.icu open Settings, Developer settings, and make an API key.",
        'curl -u "API_KEY:KEY" -o wellness.csv'
        " https://intervals.icu/api/v1/athlete/0/wellness.csv?oldest=2020-01-01",
        "hrvctl import wellness.csv",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``wellness``, of records with a date, an HRV and a second mark."""
        keys = {key.casefold() for key in head_keys(document)} or set(head_columns(document))
        has_day = any(name in keys for name in DAYS)
        return KIND if has_day and any(marks <= keys for marks in MARKS) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each record as its local day; of two of one day the one updated last."""
        file = _open(document, today)
        newest: dict[date, Record] = {}
        for record in file.records:
            path = next((name for name in DAYS if record.content.get(name)), DAYS[0])
            day = file.required_day(record, path)
            if day is None:
                continue
            if day in newest:
                file.skipped["repeated day"] += 1
            # ISO 8601 in UTC, so that the order of the texts is that of time.
            if day not in newest or (file.text(newest[day], UPDATED) <= file.text(record, UPDATED)):
                newest[day] = record
        values: dict[tuple[date, Metric], float] = {}
        for day, record in newest.items():
            is_carried = file.text(record, CARRIED).casefold() == "true"
            columns = COLUMNS if is_carried else (*COLUMNS, RESTING_HR)
            values |= {(day, m): value for m, value in file.values(record, columns).items()}
        return file.reading(self.name, KIND, measurements=measure_days(values, self.name))


def _open(document: Document, today: date) -> RecordReader:
    if not head_keys(document):
        return open_csv(document, KNOWN, today=today)
    records, problems = load_json(document)
    lower = [
        Record(r.number, r.group, {key.casefold(): value for key, value in r.content.items()})
        for r in records
    ]
    return RecordReader(document.name, lower, today=today, problems=problems)

"""Intervals.icu wellness: one day a record, measured by whatever device feeds it."""

from dataclasses import replace
from datetime import date

from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, load_lines
from hrvctl.sources.kit.json_records import Entry, head_keys, load_entries
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries

KIND = "wellness"
# Keys in lower case, as CSV and JSON have them alike; a record is known by any two and its date.
FIELDS = {
    "hrv": Metric.HRV_RMSSD_MS,
    "hrvsdnn": Metric.HRV_SDNN_MS,
    "restinghr": Metric.RESTING_HR_BPM,
    "avgsleepinghr": Metric.NIGHT_HR_BPM,
    "sleepsecs": Metric.ASLEEP_MIN,
    "spo2": Metric.SPO2_PCT,
    "respiration": Metric.RESPIRATORY_RATE_RPM,
    "steps": Metric.STEPS,
}
SCALES = {"sleepsecs": 1 / 60}
MARKS = (frozenset({"hrv", "restinghr"}), frozenset({"hrv", "hrvsdnn"}))
DAYS = ("id", "date")
# Set where the resting heart rate is that of an earlier day, carried forward.
CARRIED = "temprestinghr"
# What else stands beside the values and says how to read them.
KNOWN = frozenset({*FIELDS, *DAYS, CARRIED, "updated"})


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
        """Name the kind, ``wellness``, of records with a date, an HRV, and what stands by it."""
        keys = {key.casefold() for key in head_keys(document)} or set(head_columns(document))
        has_day = any(name in keys for name in DAYS)
        return KIND if has_day and any(marks <= keys for marks in MARKS) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each record as its local day; of two of one day the one updated last."""
        entries, unknown = _open(document, today)
        newest: dict[date, Entry] = {}
        for entry in entries.entries:
            path = next((name for name in DAYS if entry.content.get(name)), DAYS[0])
            day = entries.day(entry, path)
            if day is None:
                if not entry.content.get(path):
                    entries.problem(entry, path, "a record must have a date")
                continue
            if day in newest:
                entries.skipped["repeated day"] += 1
            if day not in newest or _updated(newest[day]) <= _updated(entry):
                newest[day] = entry
        found = [
            m for day, entry in sorted(newest.items()) for m in self._measure(entries, entry, day)
        ]
        reading = entries.reading(self.name, KIND, measurements=tuple(found))
        return replace(reading, unknown_columns=unknown)

    def _measure(self, entries: Entries, entry: Entry, day: date) -> list[Measurement]:
        values = {
            metric: value
            for name, metric in FIELDS.items()
            if not (name == "restinghr" and _is_carried(entry))
            and (value := entries.value(entry, name, metric, scale=SCALES.get(name, 1.0)))
            is not None
        }
        return [
            Measurement(day=day, metric=metric, value=values[metric], source=self.name)
            for metric in sorted(values)
        ]


def _open(document: Document, today: date) -> tuple[Entries, tuple[str, ...]]:
    if head_keys(document):
        found, problems = load_entries(document)
        lower = [
            Entry(e.number, e.group, {key.casefold(): value for key, value in e.content.items()})
            for e in found
        ]
        return Entries(document.name, lower, today=today, problems=problems), ()
    lines = load_lines(document)
    entries = Entries(
        document.name, lines.entries, today=today, problems=lines.problems, unit="line"
    )
    return entries, lines.unknown(KNOWN)


def _is_carried(entry: Entry) -> bool:
    return str(entry.content.get(CARRIED)).casefold() == "true"


def _updated(entry: Entry) -> str:
    """When a record was written; ISO 8601 in UTC, so that the order of letters is that of time."""
    return str(entry.content.get("updated") or "")

"""Health Auto Export, an iPhone app that writes Apple Health's values, as JSON or CSV."""

from collections.abc import Iterator, Mapping
from datetime import date

from hrvctl.records import Metric, Reading
from hrvctl.sources.health_auto_export import state_of_mind
from hrvctl.sources.health_auto_export.columns import Columns
from hrvctl.sources.health_auto_export.days import Days
from hrvctl.sources.kit.csv_records import open_csv
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record, RecordReader

JSON_KIND, STATES_KIND, CSV_KIND = "metrics", "states_of_mind", "days"
KEYS = frozenset({"data", "metrics", "units", "name"})

# Names of the lists in the JSON.
LISTS: Mapping[str, Metric] = {
    "heart_rate_variability": Metric.HRV_SDNN_MS,
    "heart_rate_variability_rmssd": Metric.HRV_RMSSD_MS,
    "resting_heart_rate": Metric.RESTING_HR_BPM,
    "respiratory_rate": Metric.RESPIRATORY_RATE_RPM,
    "blood_oxygen_saturation": Metric.SPO2_PCT,
    "apple_sleeping_wrist_temperature": Metric.SKIN_TEMP_C,
    "step_count": Metric.STEPS,
}
# Where a value is: of a sample or a sum, or of several samples.
VALUES = ("qty", "value", "Avg", "avg")
SLEEP_LIST = "sleep_analysis"
HEART_RATES = "heart_rate"
# A night's hours in the JSON; ``asleep`` is the total of people without stages.
HOURS: Mapping[str, Metric] = {
    "totalSleep": Metric.ASLEEP_MIN,
    "core": Metric.LIGHT_MIN,
    "deep": Metric.DEEP_MIN,
    "rem": Metric.REM_MIN,
    "awake": Metric.AWAKE_MIN,
    "inBed": Metric.IN_BED_MIN,
}


class HealthAutoExport:
    """Reads the app's JSON and CSV.

    Its HRV is SDNN: the mean of the night where a file has samples and the sleep, else that of the
    calendar day.
    """

    name: str = "health_auto_export"
    title: str = "Health Auto Export"
    steps: tuple[str, ...] = (
        "In the app Health Auto Export choose Heart Rate Variability, Resting Heart Rate, Sleep,"
        " and Heart Rate.",
        "Export them by day as JSON or CSV (heart rate by hour or minute also serves on the same"
        " evening), and send the file to this computer.",
        "hrvctl import HealthAutoExport-2026-03-01-2026-03-31.json",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``metrics`` or ``states_of_mind`` for the JSON, ``days`` for the CSV."""
        keys = head_keys(document)
        if keys >= KEYS:
            return JSON_KIND
        if keys >= state_of_mind.MARKS:
            return STATES_KIND
        columns = Columns(document)
        return CSV_KIND if columns.day and Metric.HRV_SDNN_MS in columns.values.values() else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read every value; see ``Days.measure`` for what is made of several of a day."""
        kind = self.identify(document) or JSON_KIND
        if kind == CSV_KIND:
            return self._read_csv(document, today)
        return self._read_json(document, kind, today)

    def _read_json(self, document: Document, kind: str, today: date) -> Reading:
        records, problems = load_json(document)
        reader = RecordReader(
            document.name, list(_samples(records)), today=today, problems=problems
        )
        days = Days(reader)
        states = []
        for record in reader.records:
            if record.group == state_of_mind.LIST:
                states.append(record)
            elif record.group == SLEEP_LIST and "startDate" in record.content:
                days.add_stretch(record)
            elif record.group == SLEEP_LIST:
                days.add_sleep(record, HOURS, fallback="asleep", date_path="date")
            elif record.group == HEART_RATES:
                days.add_rate(record)
            elif record.group in LISTS:
                path = next((name for name in VALUES if name in record.content), VALUES[0])
                days.add(record, path, LISTS[record.group], date_path="date")
            else:
                reader.skipped["value of another kind"] += 1
        return reader.reading(
            self.name,
            kind,
            measurements=days.measure(self.name),
            journal=state_of_mind.read_states(reader, states, self.name),
        )

    def _read_csv(self, document: Document, today: date) -> Reading:
        columns = Columns(document)
        known = (columns.day, *columns.values, *columns.hours, columns.asleep, *columns.means)
        reader = open_csv(document, known, today=today)
        days = Days(reader)
        for record in reader.records:
            for path, metric in columns.values.items():
                days.add(record, path, metric, date_path=columns.day)
            days.add_sleep(record, columns.hours, fallback=columns.asleep, date_path=columns.day)
            days.add_day_mean(record, columns.means, date_path=columns.day)
        return reader.reading(self.name, CSV_KIND, measurements=days.measure(self.name))


def _samples(records: list[Record]) -> Iterator[Record]:
    """Yield each value of ``data.metrics``: its list's name is the group, its unit is added.

    States of mind come after them; their list may also stand alone.
    """
    number = 0
    for record in records:
        data = record.content.get("data")
        if record.group == state_of_mind.LIST:
            yield record
            continue
        states = data.get(state_of_mind.LIST) if isinstance(data, Mapping) else None
        for place, state in enumerate(states if isinstance(states, list) else (), 1):
            if isinstance(state, Mapping):
                yield Record(place, state_of_mind.LIST, state)
        metrics = data.get("metrics") if isinstance(data, Mapping) else None
        for metric in metrics if isinstance(metrics, list) else ():
            if not isinstance(metric, Mapping) or not isinstance(metric.get("data"), list):
                continue
            for row in metric["data"]:
                number += 1
                if isinstance(row, Mapping):
                    content = {"units": metric.get("units"), **row}
                    yield Record(number, str(metric.get("name")), content)

"""Health Auto Export, an iPhone app that writes Apple Health's values by day, as JSON or CSV."""

from collections.abc import Iterator, Mapping
from datetime import date

from hrvctl.records import Metric, Reading
from hrvctl.sources.health_auto_export.days import Days, measure_days
from hrvctl.sources.kit.csv_records import head_columns, load_lines
from hrvctl.sources.kit.json_records import Entry, head_keys, load_entries
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries

JSON_KIND, CSV_KIND = "metrics", "days"
KEYS = frozenset({"data", "metrics", "units", "name"})

# Names of the lists in the JSON.
LISTS: Mapping[str, Metric] = {
    "heart_rate_variability": Metric.HRV_SDNN_MS,
    "resting_heart_rate": Metric.RESTING_HR_BPM,
    "respiratory_rate": Metric.RESPIRATORY_RATE_RPM,
    "blood_oxygen_saturation": Metric.SPO2_PCT,
    "apple_sleeping_wrist_temperature": Metric.SKIN_TEMP_C,
    "step_count": Metric.STEPS,
}
SLEEP_LIST = "sleep_analysis"
# A night's hours in the JSON; what stands in ``asleep`` is the total of who has no stages.
HOURS: Mapping[str, Metric] = {
    "totalSleep": Metric.ASLEEP_MIN,
    "core": Metric.LIGHT_MIN,
    "deep": Metric.DEEP_MIN,
    "rem": Metric.REM_MIN,
    "awake": Metric.AWAKE_MIN,
    "inBed": Metric.IN_BED_MIN,
}

# Header cells of the CSV, in English and Dutch, units as the app's settings have them.
DATES = ("date", "date_time", "datum", "datum_tijd")
HRV_COLUMNS = ("heart_rate_variability_ms", "hartslagvariabiliteit_ms")
COLUMNS: Mapping[str, Metric] = {
    **dict.fromkeys(HRV_COLUMNS, Metric.HRV_SDNN_MS),
    **dict.fromkeys(
        [f"{name}_{unit}" for name in ("resting_heart_rate", "rusthartslag")
         for unit in ("bpm", "count_min")],
        Metric.RESTING_HR_BPM,
    ),
    "respiratory_rate_count_min": Metric.RESPIRATORY_RATE_RPM,
    "respiratory_rate_bpm": Metric.RESPIRATORY_RATE_RPM,
    "blood_oxygen_saturation_pct": Metric.SPO2_PCT,
    "apple_sleeping_wrist_temperature_degc": Metric.SKIN_TEMP_C,
    "apple_sleeping_wrist_temperature_c": Metric.SKIN_TEMP_C,
    "apple_sleeping_wrist_temperature_oc": Metric.SKIN_TEMP_C,  # of an ordinal sign, ºC
    "step_count_count": Metric.STEPS,
    "step_count_steps": Metric.STEPS,
    "stappentelling_count": Metric.STEPS,
}  # fmt: skip
HOUR_COLUMNS: Mapping[str, Metric] = {
    "sleep_analysis_total_hr": Metric.ASLEEP_MIN,
    "sleep_analysis_core_hr": Metric.LIGHT_MIN,
    "sleep_analysis_deep_hr": Metric.DEEP_MIN,
    "sleep_analysis_rem_hr": Metric.REM_MIN,
    "sleep_analysis_awake_hr": Metric.AWAKE_MIN,
    "sleep_analysis_in_bed_hr": Metric.IN_BED_MIN,
    "slaap_analyse_total_hr": Metric.ASLEEP_MIN,
    "slaap_analyse_diep_hr": Metric.DEEP_MIN,
    "slaap_analyse_rem_hr": Metric.REM_MIN,
    "slaap_analyse_wakker_hr": Metric.AWAKE_MIN,
}
ASLEEP_COLUMN = "sleep_analysis_asleep_hr"


class HealthAutoExport:
    """Reads the app's JSON and CSV. Its HRV is the mean SDNN of the calendar day, not the night."""

    name: str = "health_auto_export"
    title: str = "Health Auto Export"
    steps: tuple[str, ...] = (
        "In the app Health Auto Export choose Heart Rate Variability, Resting Heart Rate, Sleep.",
        "Export them by day as JSON or CSV, and send the file to this computer.",
        "hrvctl import HealthAutoExport-2026-03-01-2026-03-31.json",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``metrics`` for the JSON, ``days`` for the CSV."""
        if head_keys(document) >= KEYS:
            return JSON_KIND
        columns = head_columns(document)
        has_hrv = any(name in columns for name in HRV_COLUMNS)
        return CSV_KIND if has_hrv and any(name in columns for name in DATES) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read every value of a day; several in a day are told as the day's mean, sum or last."""
        if self.identify(document) == CSV_KIND:
            return self._read_csv(document, today)
        return self._read_json(document, today)

    def _read_json(self, document: Document, today: date) -> Reading:
        whole, problems = load_entries(document)
        rows = list(_rows(whole))
        entries = Entries(document.name, rows, today=today, problems=problems)
        days = Days(entries)
        for row in rows:
            if row.group == SLEEP_LIST and "startDate" in row.content:
                entries.skipped["stretches of sleep one by one"] += 1
            elif row.group == SLEEP_LIST:
                days.take_sleep(row, HOURS, fallback="asleep", date_path="date")
            elif row.group in LISTS:
                path = "qty" if "qty" in row.content else "value"
                days.take(row, path, LISTS[row.group], date_path="date")
            else:
                entries.skipped["values of other kinds"] += 1
        return entries.reading(self.name, JSON_KIND, measurements=measure_days(days, self.name))

    def _read_csv(self, document: Document, today: date) -> Reading:
        lines = load_lines(document)
        entries = Entries(
            document.name, lines.entries, today=today, problems=lines.problems, unit="line"
        )
        days = Days(entries)
        date_path = next((name for name in DATES if name in lines.columns), DATES[0])
        for row in lines.entries:
            for path in (name for name in lines.columns if name in COLUMNS):
                days.take(row, path, COLUMNS[path], date_path=date_path)
            days.take_sleep(row, HOUR_COLUMNS, fallback=ASLEEP_COLUMN, date_path=date_path)
        known = (*DATES, *COLUMNS, *HOUR_COLUMNS, ASLEEP_COLUMN)
        return entries.reading(
            self.name,
            CSV_KIND,
            measurements=measure_days(days, self.name),
            unknown_columns=lines.unknown(known),
        )


def _rows(whole: list[Entry]) -> Iterator[Entry]:
    """Each value of ``data.metrics``, its list's name as the group, and the list's unit."""
    number = 0
    for entry in whole:
        data = entry.content.get("data")
        metrics = data.get("metrics") if isinstance(data, Mapping) else None
        for metric in metrics if isinstance(metrics, list) else ():
            if not isinstance(metric, Mapping) or not isinstance(metric.get("data"), list):
                continue
            for row in metric["data"]:
                number += 1
                if isinstance(row, Mapping):
                    content = {"units": metric.get("units"), **row}
                    yield Entry(number, str(metric.get("name")), content)

"""Health Auto Export, an iPhone app that writes Apple Health's values by day, as JSON or CSV."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import fsum

from hrvctl.records import PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import first_rows, normalise
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.day_heart_rate import NO_NIGHTS, HeartRates, measure_waking
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_nights
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record, RecordReader

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
HEART_RATES = "heart_rate"
# Fields of a heart rate, summarised or single; some versions write them in lower case.
MEANS = ("Avg", "avg", "qty", "value")
# The mean of a calendar day in the CSV.
DAY_MEANS = ("heart_rate_avg_bpm", "heart_rate_avg_count_min")
HOUR_S = 3600
# A night's hours in the JSON; ``asleep`` is the total of people without stages.
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
# In other languages a column is known by a word of its name and by its unit.
OTHER_DATES = frozenset(
    map(normalise, ("Datum/Uhrzeit", "Datum/Zeit", "Fecha", "Fecha/Hora", "Data", "Data/Hora",
                    "Data/Ora", "Date/Heure", "日期", "日期/时间", "日期/時間", "日付", "日付/時刻",
                    "日時", "日付/時間", "Дата", "Дата/Время", "날짜", "날짜/시간"))
)  # fmt: skip
HEADER = re.compile(r"(?P<name>[^\[(]+)(?:\[(?P<phase>[^\]]*)\])?\s*\((?P<unit>[^()]*)\)")
MILLISECONDS = frozenset(map(normalise, ("ms", "мс", "毫秒", "ミリ秒", "밀리초")))
HOUR_UNITS = frozenset(map(normalise, ("hr", "h", "std", "ч", "小时", "小時", "時間", "시간")))
RATE_UNIT = re.compile("bpm|ppm|min|мин|分")


def _words(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(map(normalise, words)))


VARIABILITY = _words("variab", "変動", "变异", "變異", "변이", "вариабельн")
RESTING = _words(
    "resting", "repos", "riposo", "repouso", "ruhe", "rust", "静息", "靜止", "安静", "покое"
)
BREATHING = _words("respir", "atem", "ademh", "呼吸", "дыхан", "호흡")
OXYGEN = _words(
    "oxygen", "oxigen", "ossigen", "sauerstoff", "zuurstof", "血氧", "血中酸素", "кислород"
)
SLEEP = _words("sleep analysis", "slaap analyse", "sueño", "sono", "sonno", "sommeil", "schlaf",
               "睡眠", "сна", "수면")  # fmt: skip
PULSE = _words("heart rate", "frecuencia cardiaca", "frequencia cardiaca", "frequence cardiaque",
               "frequenza cardiaca", "herzfrequenz", "hartslag", "心率", "心拍数")  # fmt: skip
MEAN_PHASE = _words("avg", "average", "prom", "media", "méd", "moy", "durchschn", "gem", "平均")
PHASES = (
    (_words("total", "睡眠时长", "睡眠時間", "gesamt"), Metric.ASLEEP_MIN),
    (_words("core", "núcleo", "核心", "コア", "kern", "principal"), Metric.LIGHT_MIN),
    (_words("deep", "profond", "profund", "深", "tief", "diep"), Metric.DEEP_MIN),
    (_words("rem", "快速动眼期", "快速動眼期", "レム"), Metric.REM_MIN),
    (_words("awake", "despiert", "acordad", "清醒", "起き", "wach", "wakker", "éveil"),
     Metric.AWAKE_MIN),
    (_words("in bed", "en cama", "na cama", "在床", "ベッド", "im bett", "au lit"),
     Metric.IN_BED_MIN),
)  # fmt: skip
ASLEEP_PHASE = _words("asleep", "dormid", "adormecid", "睡眠中", "schlafend", "endormi")
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
MINUTES_AN_HOUR = 60
STAGED = (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)


class HealthAutoExport:
    """Reads the app's JSON and CSV. Its HRV is the mean SDNN of the calendar day, not the night."""

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
        """Name the kind: ``metrics`` for the JSON, ``days`` for the CSV."""
        if head_keys(document) >= KEYS:
            return JSON_KIND
        columns = _Columns(document)
        return CSV_KIND if columns.day and Metric.HRV_SDNN_MS in columns.values.values() else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read every value of a day; several of a day become its mean, sum or last."""
        if self.identify(document) == CSV_KIND:
            return self._read_csv(document, today)
        return self._read_json(document, today)

    def _read_json(self, document: Document, today: date) -> Reading:
        records, problems = load_json(document)
        reader = RecordReader(
            document.name, list(_samples(records)), today=today, problems=problems
        )
        days = _Days(reader)
        for record in reader.records:
            if record.group == SLEEP_LIST and "startDate" in record.content:
                reader.skipped["single stretch of sleep"] += 1
            elif record.group == SLEEP_LIST:
                days.add_sleep(record, HOURS, fallback="asleep", date_path="date")
            elif record.group == HEART_RATES:
                days.add_rate(record)
            elif record.group in LISTS:
                path = "qty" if "qty" in record.content else "value"
                days.add(record, path, LISTS[record.group], date_path="date")
            else:
                reader.skipped["value of another kind"] += 1
        return reader.reading(self.name, JSON_KIND, measurements=days.measure(self.name))

    def _read_csv(self, document: Document, today: date) -> Reading:
        columns = _Columns(document)
        known = (columns.day, *columns.values, *columns.hours, columns.asleep, *columns.means)
        reader = open_csv(document, known, today=today)
        days = _Days(reader)
        for record in reader.records:
            for path, metric in columns.values.items():
                days.add(record, path, metric, date_path=columns.day)
            days.add_sleep(record, columns.hours, fallback=columns.asleep, date_path=columns.day)
            days.add_day_mean(record, columns.means, date_path=columns.day)
        return reader.reading(self.name, CSV_KIND, measurements=days.measure(self.name))


class _Columns:
    """The columns of a CSV by what they hold, in the language of the phone.

    Attributes:
        day: The column of the date; empty where there is none.
        values: Columns of single values, by metric.
        hours: Columns of the night in hours, by metric.
        asleep: The column that counts where the night has no total; empty where there is none.
        means: Columns of the day's mean heart rate.
    """

    def __init__(self, document: Document) -> None:
        names = head_columns(document)
        is_other = bool(names) and names[0] in OTHER_DATES
        self.day = names[0] if is_other else next((n for n in DATES if n in names), "")
        self.values = {name: COLUMNS[name] for name in names if name in COLUMNS}
        self.hours = {name: HOUR_COLUMNS[name] for name in names if name in HOUR_COLUMNS}
        self.asleep = ASLEEP_COLUMN
        self.means = list(DAY_MEANS)
        if not self.day or {Metric.HRV_SDNN_MS} <= set(self.values.values()):
            return
        for cell in first_rows(document.head, 1)[0].cells:
            self._add(
                normalise(cell), HEADER.fullmatch(unicodedata.normalize("NFKC", cell).strip())
            )

    def _add(self, column: str, parts: re.Match[str] | None) -> None:
        """Add a column by the words of its name and its unit."""
        if parts is None or column in self.values or column in self.hours:
            return
        name, phase = normalise(parts["name"]), normalise(parts["phase"] or "")
        unit = normalise(parts["unit"])
        is_rate = bool(RATE_UNIT.search(unit))
        if SLEEP.search(name) and unit in HOUR_UNITS:
            if ASLEEP_PHASE.search(phase):
                self.asleep = column
            elif metric := next((m for words, m in PHASES if words.search(phase)), None):
                self.hours[column] = metric
        elif VARIABILITY.search(name) and unit in MILLISECONDS:
            self.values[column] = Metric.HRV_SDNN_MS
        elif RESTING.search(name) and is_rate and not phase:
            self.values[column] = Metric.RESTING_HR_BPM
        elif BREATHING.search(name) and is_rate and not phase:
            self.values[column] = Metric.RESPIRATORY_RATE_RPM
        elif OXYGEN.search(name) and unit == "pct":
            self.values[column] = Metric.SPO2_PCT
        elif PULSE.fullmatch(name) and is_rate and MEAN_PHASE.search(phase):
            self.means.append(column)


class _Days:
    """One file's values, by day."""

    def __init__(self, reader: RecordReader) -> None:
        self.reader = reader
        self.values: defaultdict[tuple[date, Metric], defaultdict[str, list[float]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self.sleeps: list[SleepPeriod] = []
        self.rates: list[tuple[datetime, float]] = []
        self.day_means: dict[date, float] = {}

    def add(self, row: Record, path: str, metric: Metric, *, date_path: str) -> None:
        """Add a value to its day and source."""
        ratio = metric is Metric.SPO2_PCT and _is_ratio(self.reader.get(row, path))
        if metric is Metric.SKIN_TEMP_C and _is_fahrenheit(row):
            self.reader.skipped["temperature in Fahrenheit"] += 1
            return
        value = self.reader.value(row, path, metric, scale=100 if ratio else 1)
        day = self.reader.day(row, date_path)
        if value is not None and day:
            self.values[day, metric][str(self.reader.get(row, "source") or "")].append(value)

    def add_rate(self, row: Record) -> None:
        """Add a heart rate: a sample, or the mean of an hour or a day."""
        path = next((name for name in MEANS if name in row.content), MEANS[0])
        value, at = self.reader.value(row, path, Metric.AVERAGE_HR_BPM), _moment(row, "date")
        if value is not None and at and not self.reader.why_impossible(at.date()):
            self.rates.append((at, value))

    def add_day_mean(self, row: Record, paths: Sequence[str], *, date_path: str) -> None:
        """Add the mean of a calendar day, the last of its rows."""
        for path in paths:
            value = self.reader.value(row, path, Metric.AVERAGE_HR_BPM)
            if value is not None and (day := self.reader.day(row, date_path)):
                self.day_means[day] = value

    def add_sleep(
        self, row: Record, hours: Mapping[str, Metric], *, fallback: str, date_path: str
    ) -> None:
        """Add a night.

        Args:
            row: The record.
            hours: Its fields in hours.
            fallback: The field of the total where the usual one is empty or 0.
            date_path: The field of the day where no end is given.
        """
        found: dict[Metric, float] = {}
        for path, metric in (*hours.items(), (fallback, Metric.ASLEEP_MIN)):
            value = self.reader.value(row, path, metric, scale=MINUTES_AN_HOUR)
            if value is not None and not found.get(metric):
                found[metric] = value
        stages = fsum(found.get(metric, 0) for metric in STAGED)
        asleep = found.get(Metric.ASLEEP_MIN) or stages
        if not asleep:
            return
        # The app writes three zeros for a night whose stages were not measured.
        values = {m: v for m, v in found.items() if v or (m is Metric.AWAKE_MIN and stages)}
        day = self.reader.day(row, "sleepEnd" if row.content.get("sleepEnd") else date_path)
        if day and asleep <= PLAUSIBLE[Metric.ASLEEP_MIN].high:
            values[Metric.ASLEEP_MIN] = asleep
            start, end = _moment(row, "sleepStart"), _moment(row, "sleepEnd")
            if not (start and end and start < end):
                start = end = None
            self.sleeps.append(
                SleepPeriod(day=day, asleep_min=asleep, values=values, start_at=start, end_at=end)
            )

    def measure(self, source: str) -> list[Measurement]:
        """Make a measurement of each metric of each day.

        HRV, breathing, oxygen and temperature are the mean of the day; with several sources,
        of the one that has most values. A resting heart rate is the day's last, steps are its sum.
        """
        nights = main_sleeps(self.sleeps)
        found = measure_nights(nights, source)
        found += self._measure_waking(nights, source)
        for (day, metric), by_source in self.values.items():
            if metric is Metric.STEPS:
                value = max(map(fsum, by_source.values()))
                if value > PLAUSIBLE[metric].high:
                    continue
            else:
                _, values = max(by_source.items(), key=lambda item: (len(item[1]), item[0]))
                value = (
                    values[-1] if metric is Metric.RESTING_HR_BPM else fsum(values) / len(values)
                )
            found.append(Measurement(day=day, metric=metric, value=value, source=source))
        if any(metric is Metric.HRV_SDNN_MS for _, metric in self.values):
            self.reader.warn(
                "its HRV is the mean SDNN of each calendar day, day and night; the export of the "
                "Health app itself has that of the night alone"
            )
        return found

    def _measure_waking(self, nights: Mapping[date, SleepPeriod], source: str) -> list[Measurement]:
        """Measure the heart rates of the days, by the length of time each value is of."""
        day_means = dict(self.day_means)
        rates = HeartRates()
        if all(at.time() == time() for at, _ in self.rates):
            day_means |= {at.date(): value for at, value in self.rates}
        else:
            is_hourly = all((at.minute, at.second) == (0, 0) for at, _ in self.rates)
            for at, value in self.rates:
                start_s = int(at.timestamp())
                if is_hourly:
                    rates.add_mean(start_s, start_s + HOUR_S, value)
                else:
                    rates.add(start_s, value)
        found = measure_waking(rates, nights.values(), source)
        if rates.n and not any(night.end_at for night in nights.values()):
            self.reader.warn(NO_NIGHTS)
        for day, mean in day_means.items():
            # The mean of a day that is not over is of fewer hours than a day has.
            if day < self.reader.last_day - timedelta(days=1):
                found.append(Measurement(day, Metric.AVERAGE_HR_BPM, mean, source))
        return found


def _moment(row: Record, path: str) -> datetime | None:
    """Read a moment with its offset; ``None`` for any other: the day is known without it."""
    try:
        moment = cell_values.stamp(str(row.content.get(path, "")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_ratio(raw: object) -> bool:
    try:
        return 0 < float(str(raw)) <= 1
    except ValueError:
        return False


def _is_fahrenheit(row: Record) -> bool:
    return str(row.content.get("units", "")).casefold().endswith("f")


def _samples(records: list[Record]) -> Iterator[Record]:
    """Yield each value of ``data.metrics``: its list's name is the group, its unit is added."""
    number = 0
    for record in records:
        data = record.content.get("data")
        metrics = data.get("metrics") if isinstance(data, Mapping) else None
        for metric in metrics if isinstance(metrics, list) else ():
            if not isinstance(metric, Mapping) or not isinstance(metric.get("data"), list):
                continue
            for row in metric["data"]:
                number += 1
                if isinstance(row, Mapping):
                    content = {"units": metric.get("units"), **row}
                    yield Record(number, str(metric.get("name")), content)

"""The columns of Health Auto Export's CSV by what they hold, in the language of the phone."""

import re
import unicodedata
from collections.abc import Mapping

from hrvctl.records import Metric
from hrvctl.sources.kit.cell_values import first_rows, normalise
from hrvctl.sources.kit.csv_records import head_columns
from hrvctl.sources.kit.protocol import Document

# The mean of a calendar day in the CSV.
DAY_MEANS = ("heart_rate_avg_bpm", "heart_rate_avg_count_min")
# Header cells of the CSV, in English and Dutch, units as the app's settings have them.
DATES = ("date", "date_time", "datum", "datum_tijd")
# In other languages a column is known by a word of its name and by its unit.
OTHER_DATES = frozenset(
    map(normalise, ("Datum/Uhrzeit", "Datum/Zeit", "Fecha", "Fecha/Hora", "Data", "Data/Hora",
                    "Data/Ora", "Date/Heure", "日期", "日期/时间", "日期/時間", "日付", "日付/時刻",
                    "日時", "日付/時間", "Дата", "Дата/Время", "날짜", "날짜/시간", "Datum/Tid",
                    "Dato", "Dato/Tid", "Data/Godzina", "Tarih", "Tarih/Saat", "Datum/Čas",
                    "Päivämäärä", "Päivämäärä/Aika", "Dátum/Idő", "Дата/Час"))
)  # fmt: skip
HEADER = re.compile(r"(?P<name>[^\[(]+)(?:\[(?P<phase>[^\]]*)\])?\s*\((?P<unit>[^()]*)\)")
MILLISECONDS = frozenset(map(normalise, ("ms", "мс", "毫秒", "ミリ秒", "밀리초")))
HOUR_UNITS = frozenset(map(normalise, ("hr", "h", "std", "ч", "小时", "小時", "時間", "시간")))
RATE_UNIT = re.compile("bpm|ppm|min|мин|хв|分|vurum|slag|уд")


def _words(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(map(normalise, words)))


VARIABILITY = _words(
    "variab", "変動", "变异", "變異", "변이", "вариабельн", "варіабельн", "pulsvariation",
    "zmienność", "değişkenli", "vaihtelu",
)  # fmt: skip
RESTING = _words(
    "resting",
    "repos",
    "riposo",
    "repouso",
    "ruhe",
    "rust",
    "静息",
    "靜止",
    "安静",
    "покое",
    "спокої",
    "안정",
    "vilopuls",
    "hvile",
    "spoczynk",
    "dinlenme",
    "leposyke",
    "klidov",
    "nyugalmi",
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


class Columns:
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

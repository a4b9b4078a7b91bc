"""Garmin Connect's reports as CSV: HRV status, sleep, resting heart rate, and a single night."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from hrvctl.records import PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.kit import written_dates
from hrvctl.sources.kit.cell_values import Row, is_missing, minutes_or_nan, normalise
from hrvctl.sources.kit.csv_records import load_rows
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.table_reader import TableReader

DATE, IGNORED = "date", "ignored"
HRV_REPORT, SLEEP_REPORT, SLEEP_WEEKS, RESTING_HR, NIGHT_REPORT = (
    "hrv_report",
    "sleep_report",
    "sleep_weeks",
    "resting_hr_report",
    "sleep_night",
)

# English, German and Spanish; a report in any other language is recognised by its cells.
HRV_COLUMNS: Mapping[str, str] = {
    "date": DATE,
    "datum": DATE,
    "fecha": DATE,
    "vfc_durante_la_noche": Metric.HRV_RMSSD_MS,
    "valor_de_referencia": IGNORED,
    "media_de_7_dias": IGNORED,
    "overnight_hrv": Metric.HRV_RMSSD_MS,
    "hfv_uber_nacht": Metric.HRV_RMSSD_MS,
    "baseline": IGNORED,
    "ausgangszustand": IGNORED,
    "7d_avg": IGNORED,
    "7_tage_durchschnitt": IGNORED,
}
UNIT = r"\s?(?:ms|мс|毫秒|ミリ秒|밀리초)\.?"
MILLISECONDS = re.compile(rf"[0-9]{{1,3}}{UNIT}")
SPAN = re.compile(rf"[0-9]{{1,3}}{UNIT}\s?[-\u2013]\s?[0-9]{{1,3}}{UNIT}")
ROWS_SNIFFED, N_HRV_COLUMNS = 8, 3
# Garmin's first watches with an HRV status came in January 2022 (fenix 7, epix 2), so an
# earlier file time is not real: zips and packages write 1980 or 2020 where they have none.
FIRST_REPORT = date(2022, 1, 1)

# Of the sleep report the first column is the date, whatever its title. `HRV Status` is the mean of
# seven days there, never a night's, so it is not read. A skin temperature of an English report may
# be in Fahrenheit, its cells say only `°`; a German one is in Celsius.
NOT_READ = (
    "hrv_status", "hfv_status", "score", "body_battery", "quality", "skin_temp_change", "bedtime",
    "wake_time", "qualitat", "schlafenszeit", "aufwachzeit", "estado_de_vfc", "puntuacion",
    "calidad", "hora_de_acostarse", "hora_de_dormir", "hora_de_levantarse",
    "hora_de_despertarse", "hora_de_despertarte", "alineacion_del_sueno",
    "cambio_de_temperatura_de_la_piel",
)  # fmt: skip
SLEEP_COLUMNS: Mapping[str, str] = {
    "resting_heart_rate": Metric.RESTING_HR_BPM,
    "ruheherzfrequenz": Metric.RESTING_HR_BPM,
    "pulse_ox": Metric.SPO2_PCT,
    "pulsoximeter": Metric.SPO2_PCT,
    "respiration": Metric.RESPIRATORY_RATE_RPM,
    "atmung": Metric.RESPIRATORY_RATE_RPM,
    "veranderung_der_hauttemperatur": Metric.SKIN_TEMP_DEVIATION_C,
    "duration": Metric.ASLEEP_MIN,
    "dauer": Metric.ASLEEP_MIN,
    "sleep_need": Metric.SLEEP_NEED_MIN,
    "schlafbedarf": Metric.SLEEP_NEED_MIN,
    "frecuencia_cardiaca_en_reposo": Metric.RESTING_HR_BPM,
    "pulsioximetria": Metric.SPO2_PCT,
    "pulsioximetro": Metric.SPO2_PCT,
    "respiracion": Metric.RESPIRATORY_RATE_RPM,
    "duracion": Metric.ASLEEP_MIN,
    "necesidad_de_sueno": Metric.SLEEP_NEED_MIN,
    **dict.fromkeys(NOT_READ, IGNORED),
}
# In other languages a column of the sleep report is known by a word; `Body Battery` is its name in
# every language.
SLEEP_WORDS: Sequence[tuple[re.Pattern[str], Metric]] = (
    (re.compile("repos|riposo|repouso|rust|vilo|hvile|spoczynk|покое"), Metric.RESTING_HR_BPM),
    (re.compile("oxy|oxim|ossim|pulsox|pulsoks|zuurstof|пульсокс"), Metric.SPO2_PCT),
    (re.compile("respir|ademh|andning|andedr|oddech|oddych|дыхан"), Metric.RESPIRATORY_RATE_RPM),
    (re.compile("besoin|bisogno|necess|behoefte|behov|potrzeb"), Metric.SLEEP_NEED_MIN),
    (re.compile("^(?:duree|durata|duracao|duur|langd|varighed|varighet)"), Metric.ASLEEP_MIN),
)
BODY_BATTERY, MIN_WORDS = "body_battery", 3
SLEEP_TITLES = ("sleep_score", "puntuacion_de_sueno")
HRV_STATUS = frozenset({"hrv_status", "hfv_status", "estado_de_vfc"})
WEEKS = frozenset({"avg_score", "avg_quality", "avg_duration"})
RESTING_COLUMNS: Mapping[str, str] = {
    "resting_heart_rate": Metric.RESTING_HR_BPM,
    "resting_hr": Metric.RESTING_HR_BPM,
    "ruheherzfrequenz": Metric.RESTING_HR_BPM,
    "ruhe_hf": Metric.RESTING_HR_BPM,
    "reposo": Metric.RESTING_HR_BPM,
    "alta": Metric.MAX_HR_BPM,
    "max_hr": Metric.MAX_HR_BPM,
    "max_hf": Metric.MAX_HR_BPM,
}
# The report of a single night: a label and a value a line, under headings.
NIGHT_TITLE = "sleep_score_1_"  # 1 Day, 1 Tag
NIGHT_DATES = ("date", "datum")
# It has the night's own HRV, unlike the sleep report of many nights; `7d Avg HRV` is not read.
NIGHT_LABELS: Mapping[str, Metric] = {
    "avg_overnight_hrv": Metric.HRV_RMSSD_MS,
    "ø_hfv_uber_nacht": Metric.HRV_RMSSD_MS,
    "resting_heart_rate": Metric.RESTING_HR_BPM,
    "ruheherzfrequenz": Metric.RESTING_HR_BPM,
    "avg_overnight_heart_rate": Metric.NIGHT_HR_BPM,
    "avg_spo2": Metric.SPO2_PCT,
    "durchschnittlicher_spo2": Metric.SPO2_PCT,
    "avg_respiration": Metric.RESPIRATORY_RATE_RPM,
    "ø_atemfrequenz": Metric.RESPIRATORY_RATE_RPM,
    "ø_veranderung_der_hauttemperatur": Metric.SKIN_TEMP_DEVIATION_C,
    "sleep_duration": Metric.ASLEEP_MIN,
    "schlafdauer": Metric.ASLEEP_MIN,
    "deep_sleep_duration": Metric.DEEP_MIN,
    "light_sleep_duration": Metric.LIGHT_MIN,
    "rem_duration": Metric.REM_MIN,
    "awake_time": Metric.AWAKE_MIN,
}
# The number at the beginning of `16 brpm` or `13,9 Atemzüge/min`.
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
# A German temperature of +0,3° is not quoted, and so is in two cells.
WHOLE_DEGREES, TENTHS = re.compile(r"[+-]?[0-9]+"), re.compile(r"[0-9]+\s?°[CF]?")


def find_kind(rows: Sequence[Row]) -> str | None:
    """Name the kind of report, from its header or else from its first rows."""
    if not rows:
        return None
    header = [normalise(cell) for cell in rows[0].cells]
    if _fields(header, HRV_COLUMNS).issuperset({DATE, Metric.HRV_RMSSD_MS}):
        return HRV_REPORT
    if set(header) >= WEEKS:
        return SLEEP_WEEKS
    is_titled = header[0].startswith(SLEEP_TITLES) and len(_fields(header, SLEEP_COLUMNS)) > 2
    is_other = len({metric for name in header[1:] if (metric := _by_word(name))}) >= MIN_WORDS
    if is_titled or (BODY_BATTERY in header and (is_other or HRV_STATUS & set(header))):
        return SLEEP_REPORT
    is_spanish = header[:3] == ["fecha", "reposo", "alta"]
    if is_spanish or (not header[0] and header[1:2] and header[1] in RESTING_COLUMNS):
        return RESTING_HR
    # A narrower first line is a title, below which the header is.
    is_wide = len(header) >= N_HRV_COLUMNS
    is_hrv = is_wide and any(_is_hrv_row(row) for row in rows[:ROWS_SNIFFED])
    return HRV_REPORT if is_hrv else None


def is_night(rows: Sequence[Row]) -> bool:
    """Whether a table's first rows are the title and date of a single night."""
    if not rows or not normalise(rows[0].cells[0]).startswith(NIGHT_TITLE):
        return False
    return any(normalise(row.cells[0]) in NIGHT_DATES for row in rows[1:])


def read_report(document: Document, source: str, *, today: date) -> Reading:
    """Read a report for which ``find_kind`` named a kind; one row a day."""
    rows, problems = load_rows(document)
    kind = find_kind(rows) or HRV_REPORT
    if kind == HRV_REPORT and rows and _is_hrv_row(rows[0]):
        rows = [Row(rows[0].line, ("Date", "Overnight HRV", "Baseline", "7d Avg")), *rows]
    rows = [row if row is rows[0] else _joined(row, len(rows[0].cells)) for row in rows]
    fields = _columns(kind, rows[0]) if rows else []
    sheet = TableReader(document.name, rows, fields, today=today, problems=problems)
    if kind == SLEEP_WEEKS:
        sheet.skipped["row of a week, not a night"] = len(sheet.rows)
        sheet.warn("it has weeks, not nights; choose 4 weeks or less in the report, then export it")
        return sheet.reading(source, kind)
    found: dict[date, Measurement | None] = {}
    measurements: list[Measurement] = []
    for row, day in _dated(sheet, last_day(document, today)):
        values = _values(sheet, row)
        if day in found:
            sheet.skipped["repeated day"] += 1
            continue
        found[day] = None
        if not values:
            sheet.skipped["day without a value"] += 1
        measurements += [
            Measurement(day=day, metric=metric, value=value, source=source)
            for metric, value in values.items()
        ]
    return sheet.reading(source, kind, measurements=measurements)


def read_night(document: Document, source: str, *, today: date) -> Reading:
    """Read the report of a single night."""
    rows, problems = load_rows(document)
    # A decimal comma is not quoted, so a value may be in several cells.
    records = [
        Record(row.line, "", {normalise(row.cells[0]): ",".join(row.cells[1:]).strip(" ,")})
        for row in rows
    ]
    file = RecordReader(document.name, records, today=today, problems=problems, unit="line")
    day: date | None = None
    values: dict[Metric, float] = {}
    for record in records:
        ((label, text),) = record.content.items()
        if label in NIGHT_DATES and day is None:
            day = _night_day(file, record, label, last_day(document, today))
        metric = NIGHT_LABELS.get(label)
        # A label comes twice: with its value, and among the factors with a word (`Good`).
        if metric and metric not in values and not is_missing(text):
            value = _night_value(file, record, label, metric)
            if value is not None:
                values[metric] = value
    if day is None:
        values = {}
        file.skipped["night without a date"] += 1
    measurements = tuple(
        Measurement(day=day, metric=metric, value=values[metric], source=source)
        for metric in sorted(values)
        if day
    )
    return file.reading(source, NIGHT_REPORT, measurements=measurements)


def assumed_year(days: Sequence[date]) -> str:
    """Build the warning for dates without a year."""
    span = f"{min(days)} to {max(days)}" if len(days) > 1 else str(days[0])
    return (
        f"the file has no years: read as {span}; if that is wrong, write the year into its dates"
        " (14 Mar 2025)"
    )


def _fields(header: Sequence[str], columns: Mapping[str, str]) -> set[str]:
    return {columns[name] for name in header if name in columns}


def _by_word(name: str) -> str:
    return next((metric for words, metric in SLEEP_WORDS if words.search(name)), "")


def _columns(kind: str, header: Row) -> list[str]:
    names = [normalise(cell) for cell in header.cells]
    if kind == HRV_REPORT:
        fields = [HRV_COLUMNS.get(name, "") for name in names]
        if {DATE, Metric.HRV_RMSSD_MS} <= set(fields):
            return fields
        return [DATE, Metric.HRV_RMSSD_MS, *[IGNORED] * len(names)][: len(names)]
    if kind == SLEEP_REPORT:
        return [DATE, *(SLEEP_COLUMNS.get(name) or _by_word(name) for name in names[1:])]
    return [DATE, *(RESTING_COLUMNS.get(name, "") for name in names[1:])]


def _is_hrv_row(row: Row) -> bool:
    """Whether a row is a day of the HRV report in any language: date, 61ms, 49ms - 68ms."""
    if len(row.cells) < 3:
        return False
    day, hrv, baseline = (cell.strip() for cell in row.cells[:3])
    has_day = written_dates.parse(day) is not None or bool(re.search(r"[0-9]", day))
    return has_day and bool(MILLISECONDS.fullmatch(hrv)) and bool(SPAN.fullmatch(baseline))


def _joined(row: Row, n_named: int) -> Row:
    """Join two cells that are one number with an unquoted decimal comma."""
    cells = list(row.cells)
    for i in range(len(cells) - 1):
        is_apart = len(cells) > n_named and i + 1 < len(cells)
        whole, rest = (cells[i].strip(), cells[i + 1].strip()) if is_apart else ("", "")
        if WHOLE_DEGREES.fullmatch(whole) and TENTHS.fullmatch(rest):
            cells[i : i + 2] = [f"{whole}.{rest}"]
    return Row(row.line, tuple(cells))


def last_day(document: Document, today: date) -> date:
    """Return the last day a report can hold: the day after its file was written, or tomorrow.

    A day later, since east of the clock that wrote the file (or of this one) the newest night is
    already tomorrow's; taken for last year's it would move all others to last year.
    """
    tomorrow = today + timedelta(days=1)
    written = document.modified_on
    if written is None or written < FIRST_REPORT:
        return tomorrow
    return min(written + timedelta(days=1), tomorrow)


def _dated(sheet: TableReader, until: date) -> list[tuple[Row, date]]:
    cells = [sheet.get(row, DATE) for row in sheet.rows]
    found = []
    for row, day in zip(sheet.rows, written_dates.resolve(cells, until), strict=True):
        if isinstance(day, str):
            sheet.problem(row, DATE, day)
        elif sheet.is_possible(row, DATE, day):
            found.append((row, day))
    written = [one for cell in cells if (one := written_dates.parse(cell))]
    if found and not any(one.year for one in written):
        sheet.warn(assumed_year([day for _, day in found]))
    return found


def _values(sheet: TableReader, row: Row) -> dict[Metric, float]:
    found: dict[Metric, float] = {}
    for metric in Metric:
        text = sheet.get(row, metric)
        if not text or is_missing(text):
            continue
        if metric.endswith("_min"):
            minutes = minutes_or_nan(text)
            low, high = PLAUSIBLE[metric]
            value = minutes if low <= minutes <= high else None
            if value is None:
                sheet.leave_out(row, metric, "not a duration like 7h 31min; left out")
                continue
        else:
            value = sheet.value(row, metric, metric)
        if value is not None:
            found[metric] = value
    return found


def _night_day(file: RecordReader, record: Record, label: str, until: date) -> date | None:
    text = str(file.get(record, label))
    (found,) = written_dates.resolve([text], until)
    if isinstance(found, str):
        file.problem(record, label, found)
        return None
    if (written := written_dates.parse(text)) and not written.year:
        file.warn(assumed_year([found]))
    return found if file.is_possible(record, label, found) else None


def _night_value(file: RecordReader, record: Record, label: str, metric: Metric) -> float | None:
    text = str(file.get(record, label))
    if metric.endswith("_min"):
        minutes = minutes_or_nan(text)
        low, high = PLAUSIBLE[metric]
        return minutes if low <= minutes <= high else None
    number = NUMBER.match(text)
    plain = Record(record.number, "", {label: number[0] if number else text})
    return file.value(plain, label, metric)

"""The columns of WHOOP's app export, in order and in each language.

The order is the same in every language, so a file in a language not listed here is read by place.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from hrvctl.records import Metric
from hrvctl.sources.kit.cell_values import Row, normalise, stamp

# Fields that are not metrics.
CYCLE_START, CYCLE_END, ZONE = "cycle_start", "cycle_end", "zone"
ONSET, WAKE, NAP = "onset", "wake", "nap"
WORKOUT_START, WORKOUT_END, ACTIVITY = "workout_start", "workout_end", "activity"
QUESTION, ANSWER, NOTE = "question", "answer", "note"
IGNORED = "ignored"  # known and not read

SLEEP_COLUMNS = (
    Metric.SLEEP_PERFORMANCE_PCT, Metric.RESPIRATORY_RATE_RPM, Metric.ASLEEP_MIN,
    Metric.IN_BED_MIN, Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN, Metric.AWAKE_MIN,
    Metric.SLEEP_NEED_MIN, Metric.SLEEP_DEBT_MIN, Metric.SLEEP_EFFICIENCY_PCT,
    Metric.SLEEP_CONSISTENCY_PCT,
)  # fmt: skip
CYCLE_COLUMNS = (
    CYCLE_START, CYCLE_END, ZONE, Metric.RECOVERY_PCT, Metric.RESTING_HR_BPM, Metric.HRV_RMSSD_MS,
    Metric.SKIN_TEMP_C, Metric.SPO2_PCT, Metric.STRAIN, Metric.ENERGY_KCAL, Metric.MAX_HR_BPM,
    Metric.AVERAGE_HR_BPM, ONSET, WAKE, *SLEEP_COLUMNS,
)  # fmt: skip
NAP_COLUMNS = (CYCLE_START, CYCLE_END, ZONE, ONSET, WAKE, *SLEEP_COLUMNS, NAP)
WORKOUT_COLUMNS = (
    CYCLE_START, CYCLE_END, ZONE, WORKOUT_START, WORKOUT_END, IGNORED, ACTIVITY, Metric.STRAIN,
    Metric.ENERGY_KCAL, Metric.MAX_HR_BPM, Metric.AVERAGE_HR_BPM, *[IGNORED] * 9,
)  # fmt: skip
JOURNAL_COLUMNS = (CYCLE_START, CYCLE_END, ZONE, QUESTION, ANSWER, NOTE)

# Kind by number of columns: exports of 2022 lack sleep consistency, those of 2026 the distances.
KIND_BY_WIDTH = {26: "cycles", 25: "cycles", 18: "sleeps", 20: "workouts", 17: "workouts", 6: "journal"}  # fmt: skip  # noqa: E501
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "cycles": CYCLE_COLUMNS,
    "sleeps": NAP_COLUMNS,
    "workouts": WORKOUT_COLUMNS,
    "journal": JOURNAL_COLUMNS,
}
# Without these columns a file of the kind has no values, or none with a date.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "cycles": (CYCLE_START, WAKE, Metric.HRV_RMSSD_MS),
    "sleeps": (CYCLE_START, WAKE, NAP),
    "workouts": (WORKOUT_START, WORKOUT_END, ZONE),
    "journal": (CYCLE_START, QUESTION, ANSWER),
}

# The cycles header by language, in the order of CYCLE_COLUMNS; `|` separates two spellings.
CYCLE_HEADERS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Cycle start time", "Cycle end time", "Cycle timezone", "Recovery score %",
        "Resting heart rate (bpm)", "Heart rate variability (ms)", "Skin temp (celsius)",
        "Blood oxygen %", "Day Strain", "Energy burned (cal)", "Max HR (bpm)",
        "Average HR (bpm)", "Sleep onset", "Wake onset", "Sleep performance %",
        "Respiratory rate (rpm)", "Asleep duration (min)", "In bed duration (min)",
        "Light sleep duration (min)", "Deep (SWS) duration (min)", "REM duration (min)",
        "Awake duration (min)", "Sleep need (min)", "Sleep debt (min)", "Sleep efficiency %",
        "Sleep consistency %",
    ),
    "de": (
        "Startzeit des Zyklus", "Endzeit des Zyklus", "Zeitzone des Zyklus", "Erholungswert %",
        "Ruheherzfrequenz (Schläge pro Minute)", "Herzfrequenzvariabilität (ms)",
        "Hauttemperatur (Celsius)", "Blutsauerstoff %", "Tagesbelastung",
        "Verbrannte Energie (cal)", "Max HF|Max. HF (Schläge pro Minute)",
        "Durchschnittliche HF (Schläge pro Minute)", "Beginn des Schlafs",
        "Beginn des Aufwachens", "Schlafleistung %", "Atemfrequenz (Atemzüge/Min.)",
        "Schlafdauer (Min.)", "Dauer im Bett (Min.)", "Dauer des Leichtschlafs (Min.)",
        "Dauer des Tiefschlafs (Min.)", "Dauer des REM-Schlafs (Min.)",
        "Dauer des Aufwachens (Min.)", "Schlafbedarf (Min.)", "Schlafdefizit (Min.)",
        "Schlafeffizienz %", "Schlafbeständigkeit %",
    ),
    "es": (
        "Hora de inicio del ciclo", "Hora de finalización del ciclo", "Zona horaria del ciclo",
        "Puntuación de recuperación (%)", "Frecuencia cardíaca en reposo (lpm)",
        "Variabilidad de la frecuencia cardíaca (ms)", "Temp. cutánea (grados centígrados)",
        "Oxígeno en sangre %", "Esfuerzo del día", "Energía quemada (cal)", "FC máx. (lpm)",
        "FC promedio (lpm)", "Inicio del sueño", "Inicio de la vigilia",
        "Calificación del sueño (%)", "Frecuencia respiratoria (rpm)",
        "Duración del sueño (min)", "Tiempo en la cama (min)",
        "Duración de sueño ligero (min)", "Duración de sueño profundo (SWS) (min)",
        "Duración de sueño REM (min)", "Tempo despierto/a (min)|Tiempo despierto/a (min)",
        "Sueño necesario (min)",
        "Deuda de sueño (min)", "Eficiencia del sueño %", "Regularidad del sueño %",
    ),
    "fr": (
        "Heure de début du cycle", "Heure de fin du cycle", "Fuseau horaire du cycle",
        "Score de récupération %", "Fréquence cardiaque au repos (bpm)",
        "Variabilité de la fréquence cardiaque (ms)", "Température cutanée (Celsius)",
        "Niveau d'oxygène %", "Effort du jour", "Dépense énergétique (cal.)", "FC max. (bpm)",
        "FC moyenne (bpm)", "Premiers signes de sommeil", "Premiers signes de réveil",
        "Performance Sommeil %", "Fréquence respiratoire (tr/min)", "Durée du sommeil (min)",
        "Temps passé au lit (min)", "Durée du sommeil léger (min)",
        "Durée du sommeil profond (min)", "Durée du sommeil paradoxal (min)",
        "Temps d'éveil (min)", "Besoins en sommeil (min)", "Dette de sommeil (min)",
        "Efficacité du sommeil %", "Régularité du sommeil %",
    ),
    "pt": (
        "Hora de início do ciclo", "Hora de fim do ciclo", "Fuso horário do ciclo",
        "Pontuação de recuperação %", "Frequência cardíaca em repouso (bpm)",
        "Variabilidade da frequência cardíaca (ms)", "Temp. da pele (celsius)",
        "% de oxigênio no sangue", "Esforço diário", "Energia queimada (cal)", "FC máx. (bpm)",
        "FC média (bpm)", "Início do sono", "Início da vigília", "Desempenho do sono %",
        "Frequência respiratória (rpm)", "Duração do sono (min)", "Duração na cama (min)",
        "Duração do sono leve (min)", "Duração profundo (Sono) (min)", "Duração REM (min)",
        "Duração de vigília (min)", "Necessidade de sono (min)", "Débito de sono (min)",
        "Eficácia do sono %", "Consistência do sono %",
    ),
    "it": (
        "Ora di inizio ciclo", "Ora di fine ciclo", "Fuso orario ciclo",
        "Punteggio di recupero %", "Frequenza cardiaca a riposo (bpm)",
        "Variabilità della frequenza cardiaca (ms)", "Temp. cutanea (C)",
        "Ossigeno nel sangue %", "Sforzo giornaliero", "Energia bruciata (cal)",
        "FC max. (bpm)", "FC media (bpm)", "Inizio del sonno", "Inizio del risveglio",
        "Andamento del sonno %", "Frequenza respiratoria (rpm)", "Durata del sonno (min)",
        "Tempo a letto (min)", "Durata del sonno leggero (min)", "Durata profondo (SWS) (min)",
        "Durata REM (min)", "Durata del risveglio (min)", "Sonno richiesto (min)",
        "Sonno arretrato (min)", "Efficienza del sonno %", "Regolarità del sonno %",
    ),
}  # fmt: skip

# The other files' own columns: en, de, es, fr, pt, it where known. French journals were never
# seen, and are read by place.
OTHER_HEADERS: Mapping[str, tuple[str, ...]] = {
    NAP: ("Nap", "Nickerchen", "Siesta", "Sieste", "Sesta", "Riposo breve"),
    WORKOUT_START: (
        "Workout start time", "Startzeit des Trainings", "Hora de inicio del entrenamiento",
        "Heure de début de l'entraînement", "Hora de início do treino",
        "Ora di inizio allenamento",
    ),
    WORKOUT_END: (
        "Workout end time", "Endzeit des Trainings", "Hora de finalización del entrenamiento",
        "Heure de fin de l'entraînement", "Hora de fim do treino", "Ora di fine allenamento",
    ),
    ACTIVITY: (
        "Activity name", "Name der Aktivität", "Nombre de la actividad", "Nom de l'activité",
        "Nome da atividade", "Nome attività",
    ),
    Metric.STRAIN: (
        "Activity Strain", "Aktivitätsbelastung", "Esfuerzo de actividad", "Effort activité",
        "Esforço da atividade", "Sforzo richiesto dall'attività",
    ),
    IGNORED: (
        "Duration (min)", "Dauer (Min.)", "Duración (min)", "Durée (min)", "Duração (min)",
        "Durata (min)", *[f"{zone} {n} %" for zone in ("HR Zone", "HF-Zone", "Zona FC", "Zone FC")
        for n in range(1, 6)], *[f"Zona {n} de FC %" for n in range(1, 6)],
        "GPS enabled", "GPS aktiviert", "GPS habilitado", "GPS abilitato",
        "Distance (meters)", "Altitude gain (meters)", "Altitude change (meters)",
    ),
    QUESTION: ("Question text", "Fragetext", "Texto de la pregunta", "Texto de pergunta",
               "Testo domanda"),
    ANSWER: ("Answered yes", "Answered yes/no", "Beantwortet mit Ja", 'Respondió "Sí"',
             "Respondeu sim", "Risposta affermativa"),
    NOTE: ("Notes", "Anmerkungen", "Notas", "Note"),
}  # fmt: skip


def _fields() -> dict[str, str]:
    by_place = [
        (spelling, field)
        for header in CYCLE_HEADERS.values()
        for names, field in zip(header, CYCLE_COLUMNS, strict=True)
        for spelling in names.split("|")
    ]
    own = [(name, field) for field, names in OTHER_HEADERS.items() for name in names]
    return {normalise(name): field for name, field in by_place + own}


FIELDS: Mapping[str, str] = _fields()
ENGLISH_START = normalise(CYCLE_HEADERS["en"][0])


def find_layout(rows: Sequence[Row]) -> tuple[str, tuple[str, ...]] | None:
    """Find the kind of WHOOP file and the field of each column.

    By name; by place where a needed column is not found, as in an unknown language. The English
    names are all known, so in an English file such a column is missing.

    Args:
        rows: The header and at least one data row where there is one.

    Returns:
        The kind and one field for each header cell (empty for an unknown column), or ``None``
        if it is not a WHOOP file.
    """
    if not rows or _is_cycle_row(rows[0]):
        # Without a header the first night would be read as one, and be lost.
        return None
    names = [normalise(cell) for cell in rows[0].cells]
    fields = tuple(FIELDS.get(name, "") for name in names)
    kind = _kind_by_name(fields)
    if kind and (ENGLISH_START in names or not missing_columns(kind, fields)):
        return kind, fields
    by_place = KIND_BY_WIDTH.get(len(names))
    if by_place and ENGLISH_START not in names and any(_is_cycle_row(row) for row in rows[1:]):
        return by_place, COLUMNS[by_place][: len(names)]
    return (kind, fields) if kind else None


def missing_columns(kind: str, fields: Iterable[str]) -> list[str]:
    """List the required columns that a file of this kind does not have, in English."""
    found = set(fields)
    english = dict(zip(CYCLE_COLUMNS, CYCLE_HEADERS["en"], strict=True))
    english |= {field: names[0] for field, names in OTHER_HEADERS.items()} | english
    return [english[field] for field in REQUIRED[kind] if field not in found]


def _kind_by_name(fields: Iterable[str]) -> str | None:
    found = set(fields)
    if CYCLE_START not in found:
        return None
    for field, kind in ((QUESTION, "journal"), (WORKOUT_START, "workouts"), (NAP, "sleeps")):
        if field in found:
            return kind
    if found & {Metric.HRV_RMSSD_MS, Metric.RECOVERY_PCT, Metric.STRAIN, WAKE}:
        return "cycles"
    return None


def _is_cycle_row(row: Row) -> bool:
    """Whether a row begins like WHOOP's: start, end (blank while open), ``UTC`` and an offset."""
    return (
        len(row.cells) >= len(JOURNAL_COLUMNS)
        and _is_stamp(row.cells[0])
        and (not row.cells[1].strip() or _is_stamp(row.cells[1]))
        and row.cells[2].strip().upper().startswith("UTC")
    )


def _is_stamp(cell: str) -> bool:
    try:
        return isinstance(stamp(cell), datetime)
    except ValueError:
        return False

"""WHOOP's app export: cycles (the only file with HRV), sleeps, workouts and the journal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from hrvctl.records import Metric, Reading, Workout
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row, first_rows
from hrvctl.sources.kit.csv_records import load_rows
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.table_reader import TableReader
from hrvctl.sources.whoop.columns import (
    ACTIVITY,
    WORKOUT_END,
    WORKOUT_START,
    ZONE,
    find_layout,
    missing_columns,
)
from hrvctl.sources.whoop.journal import read_journal
from hrvctl.sources.whoop.nights import days_by_start, measure_cycles, measure_sleeps, parse_cycles

# Rows of the head looked at: the header, and enough to recognise the columns.
N_SNIFFED = 6


class Whoop(JointSource):
    """Reads the CSV files of WHOOP's "Data export", in any language.

    A journal alone does not have the dates its nights ended on; see ``read_together``.
    """

    name: str = "whoop"
    title: str = "WHOOP app export"
    steps: tuple[str, ...] = (
        "In the WHOOP app open More, App settings, Data export, and ask for it.",
        "Within a day a mail brings a link; download my_whoop_data_YYYY_MM_DD.zip.",
        "hrvctl import my_whoop_data_YYYY_MM_DD.zip",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``cycles``, ``sleeps``, ``workouts`` or ``journal``."""
        layout = find_layout(first_rows(document.head, N_SNIFFED))
        return layout[0] if layout else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one export; the cycles and sleeps date the journal."""
        readings: dict[int, Reading] = {}
        days: dict[datetime, date] = {}
        sheets = [_open(document, today) for document in documents]
        # The cycles after the sleeps: where their days differ, those of the cycles count.
        for kind in ("sleeps", "cycles", "workouts", "journal"):
            for i, (its_kind, sheet) in enumerate(sheets):
                if its_kind == kind:
                    readings[i] = _read(self.name, kind, sheet, days)
        return [readings[i] for i in range(len(documents))]


def _open(document: Document, today: date) -> tuple[str, TableReader]:
    rows, problems = load_rows(document)
    layout = find_layout(rows[:N_SNIFFED])
    kind, fields = layout or ("cycles", ())
    sheet = TableReader(
        document.name,
        rows,
        fields,
        today=today,
        problems=problems,
        date_order=document.date_order,
    )
    if not problems:
        for column in missing_columns(kind, fields):
            why = "the column is missing; give the export as WHOOP sent it"
            sheet.problem_in_header(column, why)
    return kind, sheet


def _read(source: str, kind: str, sheet: TableReader, days: dict[datetime, date]) -> Reading:
    if kind == "workouts":
        return sheet.reading(source, kind, workouts=read_workouts(sheet, source))
    if kind == "journal":
        journal, answered = read_journal(sheet, source, days)
        return replace(sheet.reading(source, kind, journal=journal), answered=answered)
    cycles = parse_cycles(sheet)
    days |= days_by_start(cycles)
    measure = measure_cycles if kind == "cycles" else measure_sleeps
    reading = sheet.reading(source, kind, measurements=measure(sheet, cycles, source))
    return replace(reading, is_whole=kind == "cycles")


def read_workouts(sheet: TableReader, source: str) -> tuple[Workout, ...]:
    """Read each workout, dated by the local date it started on; in order of start."""
    found: dict[datetime, Workout] = {}
    for row in sheet.rows:
        workout = _parse_workout(sheet, row, source)
        if workout and found.setdefault(workout.start_at, workout) is not workout:
            sheet.skipped["repeated workout"] += 1
    return tuple(found[start] for start in sorted(found))


def _parse_workout(sheet: TableReader, row: Row, source: str) -> Workout | None:
    start, end = (sheet.moment(row, field) for field in (WORKOUT_START, WORKOUT_END))
    zone = cell_values.zone(sheet.get(row, ZONE))
    if zone is None:
        sheet.leave_out(row, ZONE, "not an offset like UTC+02:00; the workout is left out")
        return None
    if not start or not end:
        sheet.skipped["workout without start and end"] += 1
        return None
    if end < start:
        sheet.leave_out(row, WORKOUT_END, f"before the start {start}; the workout is left out")
        return None
    values = sheet.metrics(row)
    return Workout(
        day=start.date(),
        start_at=start.replace(tzinfo=zone),
        end_at=end.replace(tzinfo=zone),
        name=sheet.get(row, ACTIVITY),
        source=source,
        strain=values.get(Metric.STRAIN),
        energy_kcal=values.get(Metric.ENERGY_KCAL),
        average_hr_bpm=values.get(Metric.AVERAGE_HR_BPM),
        max_hr_bpm=values.get(Metric.MAX_HR_BPM),
    )

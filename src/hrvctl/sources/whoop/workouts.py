"""WHOOP's workouts."""

from datetime import datetime

from hrvctl.records import Metric, Workout
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row
from hrvctl.sources.kit.table_reader import Sheet
from hrvctl.sources.whoop.columns import ACTIVITY, WORKOUT_END, WORKOUT_START, ZONE


def read_workouts(sheet: Sheet, source: str) -> tuple[Workout, ...]:
    """Read each workout, dated by the local date it started on; in order of start."""
    found: dict[datetime, Workout] = {}
    for row in sheet.rows:
        workout = _parse(sheet, row, source)
        if workout and found.setdefault(workout.start_at, workout) is not workout:
            sheet.skipped["repeated workout"] += 1
    return tuple(found[start] for start in sorted(found))


def _parse(sheet: Sheet, row: Row, source: str) -> Workout | None:
    start, end = (sheet.moment(row, field) for field in (WORKOUT_START, WORKOUT_END))
    zone = cell_values.zone(sheet.cell(row, ZONE))
    if zone is None:
        sheet.leave_out(row, ZONE, "not an offset like UTC+02:00; the workout is left out")
        return None
    if not start or not end:
        sheet.skipped["workout without start and end"] += 1
        return None
    if end < start:
        sheet.leave_out(row, WORKOUT_END, f"before the start {start}; the workout is left out")
        return None
    values = sheet.values(row)
    return Workout(
        day=start.date(),
        start_at=start.replace(tzinfo=zone),
        end_at=end.replace(tzinfo=zone),
        name=sheet.cell(row, ACTIVITY),
        source=source,
        strain=values.get(Metric.STRAIN),
        energy_kcal=values.get(Metric.ENERGY_KCAL),
        average_hr_bpm=values.get(Metric.AVERAGE_HR_BPM),
        max_hr_bpm=values.get(Metric.MAX_HR_BPM),
    )

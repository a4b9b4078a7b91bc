"""Write a simulated person as a WHOOP app export: four CSV files.

Headers, order and syntax are those of real exports, quirks included: newest row first, an open
newest cycle, local wall clock in each row's own offset, ``UTCZ`` for UTC, rows without sleep, a
question that ends in a blank.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from hrvctl.samples.days import Activity, Day, Nap, Person, Wear

CYCLE_COLUMNS = ("Cycle start time", "Cycle end time", "Cycle timezone")
SLEEP_COLUMNS = (
    "Sleep onset", "Wake onset", "Sleep performance %", "Respiratory rate (rpm)",
    "Asleep duration (min)", "In bed duration (min)", "Light sleep duration (min)",
    "Deep (SWS) duration (min)", "REM duration (min)", "Awake duration (min)",
    "Sleep need (min)", "Sleep debt (min)", "Sleep efficiency %", "Sleep consistency %",
)  # fmt: skip
VITAL_COLUMNS = (
    "Recovery score %", "Resting heart rate (bpm)", "Heart rate variability (ms)",
    "Skin temp (celsius)", "Blood oxygen %", "Day Strain", "Energy burned (cal)",
    "Max HR (bpm)", "Average HR (bpm)",
)  # fmt: skip
WORKOUT_COLUMNS = (
    "Workout start time", "Workout end time", "Duration (min)", "Activity name",
    "Activity Strain", "Energy burned (cal)", "Max HR (bpm)", "Average HR (bpm)", "HR Zone 1 %",
    "HR Zone 2 %", "HR Zone 3 %", "HR Zone 4 %", "HR Zone 5 %", "GPS enabled",
    "Distance (meters)", "Altitude gain (meters)", "Altitude change (meters)",
)  # fmt: skip
HEADERS = {
    "physiological_cycles.csv": (*CYCLE_COLUMNS, *VITAL_COLUMNS, *SLEEP_COLUMNS),
    "sleeps.csv": (*CYCLE_COLUMNS, *SLEEP_COLUMNS, "Nap"),
    "workouts.csv": (*CYCLE_COLUMNS, *WORKOUT_COLUMNS),
    "journal_entries.csv": (*CYCLE_COLUMNS, "Question text", "Answered yes", "Notes"),
}
# Question texts as exported; the blank at the end of the second is the vendor's.
QUESTIONS = {
    "alcohol": "Have any alcoholic drinks?",
    "caffeine": "Have any caffeine? ",
    "stress": "Experience stress?",
    "sick": "Feeling sick or ill?",
}
# A nap is all light sleep but for this share of deep sleep (own choice).
NAP_DEEP_SHARE = 0.2
# Percent of a workout in heart-rate zones 1 to 5, at low and at high strain (own choice); the
# rest is zone 0, which is not exported.
ZONES_EASY = (45, 30, 8, 0, 0)
ZONES_HARD = (12, 20, 38, 22, 5)
HARD_STRAIN = 12.0
Cell = str | int | float | None
Cells = tuple[Cell, ...]


def export_files(person: Person, *, as_of: date | None = None) -> Mapping[str, bytes]:
    """Build the export a person could download on the evening of a day.

    It holds every cycle that began with a night ending on ``as_of`` or before. That of ``as_of``
    is still open: its HRV is there, its end, strain, energy and heart rates are blank. No cycle of
    8,051 exported ones was open for more than 53 hours, so one before a gap is closed. Journal
    answers about ``as_of`` are not in it, because WHOOP stores them under the *next* cycle.

    Args:
        person: The simulated person.
        as_of: The evening; the person's last day by default.

    Returns:
        Content by file name; UTF-8, LF, the same bytes for the same arguments.
    """
    last = as_of or person.days[-1].day
    days = [day for day in person.days if day.day <= last and day.wear is not Wear.OFF]
    days.reverse()
    answers = {day.day + timedelta(days=1): day for day in person.days}
    rows: dict[str, list[Cells]] = {name: [] for name in HEADERS}
    for day in days:
        cycle = _cycle(day, is_open=day.day == last)
        rows["physiological_cycles.csv"].append(
            (*cycle, *_vitals(day, is_open=day.day == last), *_sleep(day))
        )
        rows["sleeps.csv"] += [(*cycle, *_nap(nap, day), "true") for nap in day.naps]
        rows["workouts.csv"] += [(*cycle, *_workout(a)) for a in day.activities]
        if day.wear is Wear.NIGHT:
            rows["sleeps.csv"].append((*cycle, *_sleep(day), "false"))
            if day.day in answers:
                rows["journal_entries.csv"] += _journal(cycle, answers[day.day])
    return {name: _csv(header, rows[name]) for name, header in HEADERS.items()}


def write_export(person: Person, folder: Path, *, as_of: date | None = None) -> list[Path]:
    """Write the four files into a folder, made if missing; see ``export_files``."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in export_files(person, as_of=as_of).items():
        path = folder / name
        path.write_bytes(content)
        written.append(path)
    return written


def _csv(header: Sequence[str], rows: Iterable[Cells]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _clock(instant: datetime, day: Day) -> str:
    """Wall clock in the offset of the row, whatever the offset of the instant."""
    return f"{instant.astimezone(day.wake_at.tzinfo):%Y-%m-%d %H:%M:%S}"


def _cycle(day: Day, *, is_open: bool) -> Cells:
    offset = f"{day.wake_at:%z}"
    return (
        _clock(day.cycle_start_at, day),
        None if is_open else _clock(day.cycle_end_at, day),
        "UTCZ" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:]}",
    )


def _vitals(day: Day, *, is_open: bool) -> Cells:
    vitals = day.vitals
    night: Cells = (None,) * 5
    if day.wear is Wear.NIGHT:
        warmth, oxygen = (
            None if value is None else f"{value:.2f}"
            for value in (vitals.skin_temp_c, vitals.spo2_pct)
        )
        night = (vitals.recovery_pct, vitals.resting_hr, day.hrv_ms, warmth, oxygen)
    if is_open:
        return (*night, None, None, None, None)
    return (*night, day.strain, vitals.energy_kcal, vitals.max_hr, vitals.average_hr)


def _sleep(day: Day) -> Cells:
    if day.wear is not Wear.NIGHT:
        return (None,) * len(SLEEP_COLUMNS)
    sleep = day.sleep
    return (
        _clock(sleep.onset_at, day),
        _clock(sleep.wake_at, day),
        sleep.performance_pct,
        day.vitals.respiratory_rate,
        sleep.asleep_min,
        sleep.in_bed_min,
        sleep.light_min,
        sleep.deep_min,
        sleep.rem_min,
        sleep.awake_min,
        sleep.need_min,
        sleep.debt_min,
        sleep.efficiency_pct,
        sleep.consistency_pct,
    )


def _nap(nap: Nap, day: Day) -> Cells:
    in_bed = int((nap.end_at - nap.start_at).total_seconds() // 60)
    deep = int(nap.asleep_min * NAP_DEEP_SHARE)
    return (
        _clock(nap.start_at, day),
        _clock(nap.end_at, day),
        round(100 * nap.asleep_min / day.sleep.need_min),
        None,
        nap.asleep_min,
        in_bed,
        nap.asleep_min - deep,
        deep,
        0,
        in_bed - nap.asleep_min,
        day.sleep.need_min,
        day.sleep.debt_min,
        round(100 * nap.asleep_min / in_bed),
        None,
    )


def _workout(activity: Activity) -> Cells:
    return (
        f"{activity.start_at:%Y-%m-%d %H:%M:%S}",
        f"{activity.end_at:%Y-%m-%d %H:%M:%S}",
        int((activity.end_at - activity.start_at).total_seconds() // 60),
        activity.name,
        activity.strain,
        float(activity.energy_kcal),
        activity.max_hr,
        activity.average_hr,
        *(ZONES_HARD if activity.strain >= HARD_STRAIN else ZONES_EASY),
        "false",
        None,
        None,
        None,
    )


def _journal(cycle: Cells, day: Day) -> list[Cells]:
    """The answers about the day before the cycle's sleep."""
    return [
        (
            *cycle,
            QUESTIONS[tag],
            "true" if answer else "false",
            day.note if tag == "alcohol" else None,
        )
        for tag, answer in day.answers.items()
    ]

"""Load and save measurements, journal entries and workouts; a newer import may revise them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from sqlite3 import Row

from hrvctl.records import JournalEntry, Measurement, Metric, Workout
from hrvctl.store.database import Store
from hrvctl.store.rows import parse_day, parse_instant, read_row, row_values

METRICS = {metric.value: metric for metric in Metric}
NAMES = {metric: metric.value for metric in Metric}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One file in the import history."""

    file: str
    source: str
    kind: str
    n_new: int
    n_revised: int


def load_measurements(
    store: Store,
    subject: str,
    *,
    until: date | None = None,
    metrics: Sequence[Metric] = tuple(Metric),
) -> list[Measurement]:
    """A subject's measurements of some metrics up to a day, ordered by day, metric, source.

    A manual correction of an HRV replaces the device's value, or adds the value it did not have.
    """
    among = f"({', '.join('?' * len(metrics))})"
    rows = store.connection.execute(
        f"""
        SELECT m.day, m.metric, m.source, m.start_at, m.end_at,
               coalesce((SELECT o.value_ms FROM outcomes o
                         WHERE o.subject = m.subject AND o.day = m.day
                           AND o.metric = m.metric AND o.measured_by = m.source
                         ORDER BY o.revision DESC LIMIT 1), m.value) AS value
        FROM measurements m
        WHERE m.subject = ? AND m.day <= ? AND m.metric IN {among}
        UNION ALL
        SELECT o.day, o.metric, o.measured_by, NULL, NULL, o.value_ms
        FROM outcomes o
        WHERE o.subject = ? AND o.day <= ? AND o.metric IN {among}
          AND o.revision = (SELECT max(revision) FROM outcomes n
                            WHERE n.subject = o.subject AND n.day = o.day
                              AND n.metric = o.metric AND n.measured_by = o.measured_by)
          AND NOT EXISTS (SELECT 1 FROM measurements m
                          WHERE m.subject = o.subject AND m.day = o.day
                            AND m.metric = o.metric AND m.source = o.measured_by)
        ORDER BY 1, 2, 3
        """,  # noqa: S608 - `among` is made of question marks alone
        (subject, _until(until), *metrics) * 2,
    )
    return [_measurement(row) for row in rows]


def load_as_imported(
    store: Store, subject: str, *, metrics: Sequence[Metric] = tuple(Metric)
) -> list[Measurement]:
    """Load measurements without manual corrections, to compare with an import."""
    among = f"({', '.join('?' * len(metrics))})"
    rows = store.connection.execute(
        "SELECT day, metric, source, value, start_at, end_at FROM measurements"  # noqa: S608 - as above
        f" WHERE subject = ? AND metric IN {among} ORDER BY day, metric, source",
        (subject, *metrics),
    )
    return [_measurement(row) for row in rows]


def save_import(store: Store, subject: str, imported: Imported, *, at: datetime) -> int:
    """Add a file to the import history.

    Returns:
        Its id, which the measurements read from it refer to.
    """
    cursor = store.connection.execute(
        "INSERT INTO imports (subject, file, source, kind, imported_at, n_new, n_revised)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            subject,
            imported.file.encode("utf-8", "backslashreplace").decode("utf-8"),
            imported.source,
            imported.kind,
            at.isoformat(),
            imported.n_new,
            imported.n_revised,
        ),
    )
    return int(cursor.lastrowid or 0)


def save_measurements(
    store: Store,
    subject: str,
    measurements: Sequence[Measurement],
    *,
    import_id: int,
    at: datetime,
) -> None:
    """Insert or revise measurements; a revision keeps when the value was first seen."""
    # A night's values share their day and window: each is formatted once. By identity, because
    # equal instants may be in different time zones.
    days = {day: day.isoformat() for day in {m.day for m in measurements}}
    moments = {id(m.start_at): m.start_at for m in measurements}
    moments |= {id(m.end_at): m.end_at for m in measurements}
    texts = {key: moment and moment.isoformat() for key, moment in moments.items()}
    store.write_rows(
        """
        INSERT INTO measurements
            (subject, import_id, first_seen_at, day, metric, source, value, start_at, end_at)
        VALUES {rows}
        ON CONFLICT (subject, day, metric, source) DO UPDATE SET
            value = excluded.value, start_at = excluded.start_at, end_at = excluded.end_at,
            import_id = excluded.import_id, revised_at = excluded.first_seen_at
        """,
        (
            (
                days[m.day],
                NAMES[m.metric],
                m.source,
                m.value,
                texts[id(m.start_at)],
                texts[id(m.end_at)],
            )
            for m in measurements
        ),
        shared=(subject, import_id, at.isoformat()),
    )


def load_journal(
    store: Store, subject: str, *, first: date = date.min, until: date | None = None
) -> list[JournalEntry]:
    """Load a subject's journal entries between two days, ordered by day, tag, source."""
    rows = store.connection.execute(
        "SELECT day, tag, source, value, text, note, unit, at FROM journal"
        " WHERE subject = ? AND day BETWEEN ? AND ? ORDER BY day, tag, source",
        (subject, first.isoformat(), _until(until)),
    )
    # Written out, as in `_measurement`: ten years are 30,000 answers, and this is a third faster.
    return [
        JournalEntry(
            day=parse_day(row["day"]),
            tag=row["tag"],
            value=row["value"],
            text=row["text"],
            source=row["source"],
            note=row["note"],
            unit=row["unit"],
            at=row["at"],
        )
        for row in rows
    ]


def save_journal(
    store: Store, subject: str, entries: Iterable[JournalEntry], *, at: datetime
) -> None:
    """Insert or revise journal entries."""
    store.write_rows(
        """
        INSERT INTO journal
            (subject, first_seen_at, day, tag, value, text, source, note, unit, at)
        VALUES {rows}
        ON CONFLICT (subject, day, tag, source) DO UPDATE SET
            value = excluded.value, text = excluded.text, note = excluded.note,
            unit = excluded.unit, at = excluded.at, revised_at = excluded.first_seen_at
        """,
        (row_values(entry) for entry in entries),
        shared=(subject, at.isoformat()),
    )


def load_workouts(store: Store, subject: str, *, until: date | None = None) -> list[Workout]:
    """Load a subject's workouts up to a day, ordered by start."""
    rows = store.connection.execute(
        "SELECT day, start_at, end_at, name, source, strain, energy_kcal, average_hr_bpm,"
        " max_hr_bpm FROM workouts WHERE subject = ? AND day <= ?",
        (subject, _until(until)),
    )
    workouts = [read_row(Workout, row) for row in rows]
    # As instants: text with another offset sorts by the wall clock.
    return sorted(workouts, key=lambda w: (w.start_at, w.source))


def save_workouts(store: Store, subject: str, workouts: Iterable[Workout], *, at: datetime) -> None:
    """Insert or revise workouts."""
    store.write_rows(
        """
        INSERT INTO workouts (subject, first_seen_at, day, start_at, end_at, name, source, strain,
            energy_kcal, average_hr_bpm, max_hr_bpm)
        VALUES {rows}
        ON CONFLICT (subject, start_at, source) DO UPDATE SET
            day = excluded.day, end_at = excluded.end_at, name = excluded.name,
            strain = excluded.strain, energy_kcal = excluded.energy_kcal,
            average_hr_bpm = excluded.average_hr_bpm, max_hr_bpm = excluded.max_hr_bpm,
            revised_at = excluded.first_seen_at
        """,
        (row_values(workout) for workout in workouts),
        shared=(subject, at.isoformat()),
    )


def _measurement(row: Row) -> Measurement:
    return Measurement(
        day=parse_day(row["day"]),
        metric=METRICS[row["metric"]],
        value=row["value"],
        source=row["source"],
        start_at=parse_instant(row["start_at"]),
        end_at=parse_instant(row["end_at"]),
    )


def _until(day: date | None) -> str:
    return day.isoformat() if day else "9999-12-31"

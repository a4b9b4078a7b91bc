"""Load and save a person's choices: the HRV series to use, and days left out of the baseline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from hrvctl.records import Metric
from hrvctl.store.database import Store
from hrvctl.store.rows import read_row, row_values

# Why a day is left out. With a sensor fault the value itself is wrong; with the others it is right
# but not typical of the person.
SENSOR = "sensor"
REASONS = ("sick", "travel", SENSOR, "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """One day left out of the baseline.

    Attributes:
        day: The morning.
        reason: One of ``REASONS``.
        note: The person's note.
        marked_at: When the day was marked, aware.
    """

    day: date
    reason: str
    note: str
    marked_at: datetime


def load_preference(store: Store, subject: str) -> tuple[Metric, str] | None:
    """Load the HRV series (metric, source) the person chose; ``None`` without a choice."""
    row = store.connection.execute(
        "SELECT metric, source FROM preferences WHERE subject = ?", (subject,)
    ).fetchone()
    return (Metric(row["metric"]), row["source"]) if row else None


def save_preference(
    store: Store, subject: str, series: tuple[Metric, str] | None, *, at: datetime
) -> None:
    """Save the chosen HRV series; ``None`` returns to the automatic choice."""
    store.connection.execute("DELETE FROM preferences WHERE subject = ?", (subject,))
    if series:
        store.connection.execute(
            "INSERT INTO preferences (subject, metric, source, chosen_at) VALUES (?, ?, ?, ?)",
            (subject, series[0].value, series[1], at.isoformat()),
        )


def load_excluded(store: Store, subject: str) -> dict[date, Excluded]:
    """Load the days left out, oldest first."""
    rows = store.connection.execute(
        "SELECT day, reason, note, marked_at FROM excluded_days WHERE subject = ? ORDER BY day",
        (subject,),
    )
    return {day.day: day for day in (read_row(Excluded, row) for row in rows)}


def save_excluded(store: Store, subject: str, days: Iterable[Excluded]) -> None:
    """Leave days out; a day left out before gets the new reason and note."""
    store.connection.executemany(
        "INSERT INTO excluded_days (subject, day, reason, note, marked_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (subject, day) DO UPDATE SET reason = excluded.reason,"
        " note = excluded.note, marked_at = excluded.marked_at",
        ((subject, *row_values(day)) for day in days),
    )


def remove_excluded(store: Store, subject: str, days: Iterable[date]) -> int:
    """Put days back into the baseline; returns how many had been left out."""
    cursor = store.connection.executemany(
        "DELETE FROM excluded_days WHERE subject = ? AND day = ?",
        ((subject, day.isoformat()) for day in days),
    )
    return cursor.rowcount

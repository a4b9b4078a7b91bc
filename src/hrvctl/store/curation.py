"""A person's own word on their data: which series counts, and which days are no ordinary ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from hrvctl.records import Metric
from hrvctl.store.database import Store

# Why a day is left out. Of a sensor fault the value itself is wrong; of the others it is right,
# and says nothing of the person's ordinary days.
SENSOR = "sensor"
REASONS = ("sick", "travel", SENSOR, "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """One day left out of the baseline.

    Attributes:
        day: The morning.
        reason: One of ``REASONS``.
        note: The person's own words.
        marked_at: When they said so, aware.
    """

    day: date
    reason: str
    note: str
    marked_at: datetime


def load_preference(store: Store, subject: str) -> tuple[Metric, str] | None:
    """The series (metric, source) the person wants to count; ``None`` without their word."""
    row = store.connection.execute(
        "SELECT metric, source FROM preferences WHERE subject = ?", (subject,)
    ).fetchone()
    return (Metric(row["metric"]), row["source"]) if row else None


def save_preference(
    store: Store, subject: str, series: tuple[Metric, str] | None, *, at: datetime
) -> None:
    """Let a series count from now on; ``None`` lets the nights decide again."""
    store.connection.execute("DELETE FROM preferences WHERE subject = ?", (subject,))
    if series:
        store.connection.execute(
            "INSERT INTO preferences (subject, metric, source, chosen_at) VALUES (?, ?, ?, ?)",
            (subject, series[0].value, series[1], at.isoformat()),
        )


def load_excluded(store: Store, subject: str) -> dict[date, Excluded]:
    """The days left out, oldest first."""
    rows = store.connection.execute(
        "SELECT day, reason, note, marked_at FROM excluded_days WHERE subject = ? ORDER BY day",
        (subject,),
    )
    found = (
        Excluded(
            day=date.fromisoformat(row["day"]),
            reason=row["reason"],
            note=row["note"],
            marked_at=datetime.fromisoformat(row["marked_at"]),
        )
        for row in rows
    )
    return {row.day: row for row in found}


def save_excluded(store: Store, subject: str, days: Iterable[Excluded]) -> None:
    """Leave days out; the latest word on a day holds."""
    store.connection.executemany(
        "INSERT INTO excluded_days (subject, day, reason, note, marked_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (subject, day) DO UPDATE SET reason = excluded.reason,"
        " note = excluded.note, marked_at = excluded.marked_at",
        (
            (subject, row.day.isoformat(), row.reason, row.note, row.marked_at.isoformat())
            for row in days
        ),
    )


def remove_excluded(store: Store, subject: str, days: Iterable[date]) -> int:
    """Take days in again; returns how many had been out."""
    cursor = store.connection.executemany(
        "DELETE FROM excluded_days WHERE subject = ? AND day = ?",
        ((subject, day.isoformat()) for day in days),
    )
    return cursor.rowcount

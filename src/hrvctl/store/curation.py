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


def load_preference(
    store: Store, subject: str, *, seen_by: datetime | None = None
) -> tuple[Metric, str] | None:
    """Load the HRV series (metric, source) the person chose; ``None`` without a choice.

    Args:
        store: Open.
        subject: Whose.
        seen_by: The choice that stood at this instant; ``None`` for the present one.
    """
    rows = store.connection.execute(
        "SELECT metric, source, chosen_at, ended_at FROM preference_history WHERE subject = ?1"
        " UNION ALL SELECT metric, source, chosen_at, NULL FROM preferences WHERE subject = ?1",
        (subject,),
    ).fetchall()
    for row in reversed(rows):
        if _stood(row["chosen_at"], row["ended_at"], seen_by):
            return Metric(row["metric"]), row["source"]
    return None


def save_preference(
    store: Store, subject: str, series: tuple[Metric, str] | None, *, at: datetime
) -> None:
    """Save the chosen HRV series; ``None`` returns to the automatic choice. History is kept."""
    store.connection.execute(
        "INSERT INTO preference_history (subject, metric, source, chosen_at, ended_at)"
        " SELECT subject, metric, source, chosen_at, ? FROM preferences WHERE subject = ?",
        (at.isoformat(), subject),
    )
    store.connection.execute("DELETE FROM preferences WHERE subject = ?", (subject,))
    if series:
        store.connection.execute(
            "INSERT INTO preferences (subject, metric, source, chosen_at) VALUES (?, ?, ?, ?)",
            (subject, series[0].value, series[1], at.isoformat()),
        )


def load_excluded(
    store: Store, subject: str, *, seen_by: datetime | None = None
) -> dict[date, Excluded]:
    """Load the days left out, oldest first.

    Args:
        store: Open.
        subject: Whose.
        seen_by: Those left out at this instant; ``None`` for the present ones.
    """
    rows = store.connection.execute(
        "SELECT day, reason, note, marked_at, ended_at FROM exclusion_history WHERE subject = ?1"
        " UNION ALL"
        " SELECT day, reason, note, marked_at, NULL FROM excluded_days WHERE subject = ?1"
        " ORDER BY day",
        (subject,),
    )
    stood = [row for row in rows if _stood(row["marked_at"], row["ended_at"], seen_by)]
    return {day.day: day for day in (read_row(Excluded, row) for row in stood)}


def save_excluded(store: Store, subject: str, days: Iterable[Excluded]) -> None:
    """Leave days out; a day left out before gets the new reason and note. History is kept."""
    for day in days:
        remove_excluded(store, subject, [day.day], at=day.marked_at)
        store.connection.execute(
            "INSERT INTO excluded_days (subject, day, reason, note, marked_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (subject, *row_values(day)),
        )


def remove_excluded(store: Store, subject: str, days: Iterable[date], *, at: datetime) -> int:
    """Put days back into the baseline; returns how many had been left out. History is kept."""
    keys = [(subject, day.isoformat()) for day in days]
    store.connection.executemany(
        "INSERT INTO exclusion_history (subject, day, reason, note, marked_at, ended_at)"
        " SELECT subject, day, reason, note, marked_at, ?3 FROM excluded_days"
        " WHERE subject = ?1 AND day = ?2",
        [(*key, at.isoformat()) for key in keys],
    )
    cursor = store.connection.executemany(
        "DELETE FROM excluded_days WHERE subject = ? AND day = ?", keys
    )
    return cursor.rowcount


def _stood(since: str, ended: str | None, at: datetime | None) -> bool:
    if at is None:
        return ended is None
    return datetime.fromisoformat(since) <= at and (
        ended is None or at < datetime.fromisoformat(ended)
    )

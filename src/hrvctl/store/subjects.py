"""The people a home holds something of."""

from dataclasses import dataclass
from datetime import date

from hrvctl.store.database import Store

# Tables a person can begin in: an import, a journal line, a guess or a sealed forecast.
TABLES = ("imports", "measurements", "journal", "notes", "guesses", "ledger_v1", "entries")

# Jumps from one subject to the next in the table's index; DISTINCT would read every row.
_NEXT = """
WITH RECURSIVE found (subject) AS (
    SELECT min(subject) FROM {table}
    UNION ALL
    SELECT (SELECT min(subject) FROM {table} WHERE subject > found.subject)
    FROM found WHERE found.subject IS NOT NULL
)
SELECT subject FROM found WHERE subject IS NOT NULL
"""


def load_subjects(store: Store) -> list[str]:
    """Every subject of whom anything is stored, by name."""
    return sorted(
        {
            row["subject"]
            for table in TABLES
            for row in store.connection.execute(_NEXT.format(table=table))
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSummary:
    """What a home holds of a person.

    Attributes:
        subject: Their name.
        n_nights: Days with an HRV.
        first_night, last_night: The first and the last of them; ``None`` without any.
        n_journal_days: Days with an answer or a text.
        n_evenings: Evenings with a sealed forecast.
    """

    subject: str
    n_nights: int
    first_night: date | None
    last_night: date | None
    n_journal_days: int
    n_evenings: int


def summarise_subjects(store: Store) -> list[SubjectSummary]:
    """Sum up every subject of whom anything is stored, by name."""
    return [_summary(store, subject) for subject in load_subjects(store)]


def _summary(store: Store, subject: str) -> SubjectSummary:
    row = store.connection.execute(
        "SELECT n_nights, first, last, (SELECT count(*) FROM (SELECT day FROM journal"
        " WHERE subject = ?1 UNION SELECT day FROM notes WHERE subject = ?1"
        " AND withdrawn_at IS NULL)) AS n_journal_days, (SELECT count(DISTINCT as_of) FROM ledger"
        " WHERE subject = ?1 AND source <> 'guess') AS n_evenings"
        " FROM (SELECT count(DISTINCT day) AS n_nights, min(day) AS first, max(day) AS last"
        " FROM measurements WHERE subject = ?1 AND metric LIKE 'hrv%')",
        (subject,),
    ).fetchone()
    return SubjectSummary(
        subject=subject,
        n_nights=row["n_nights"],
        first_night=date.fromisoformat(row["first"]) if row["first"] else None,
        last_night=date.fromisoformat(row["last"]) if row["last"] else None,
        n_journal_days=row["n_journal_days"],
        n_evenings=row["n_evenings"],
    )

"""The people a home holds something of."""

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

"""Everything the store holds of one subject, table by table, for other programs."""

from dataclasses import dataclass

from hrvctl.store.database import Store

# Table to the columns its rows are sorted by: the same store gives the same export.
TABLES = {
    "measurements": "day, metric, source",
    "journal": "day, tag, source",
    "notes": "id",
    "workouts": "start_at, source",
    "guesses": "id",
    "ledger": "seq",
    "outcomes": "day, metric, measured_by, revision",
    "preferences": "metric",
    "excluded_days": "day",
    "imports": "id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One table as it is stored, the subject's column left out.

    Attributes:
        name: The table.
        columns: Its columns, in order.
        rows: One tuple a row; text, numbers and ``None`` where nothing is known.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def load_tables(store: Store, subject: str) -> list[Exported]:
    """Read every table of ``TABLES``, empty ones too."""
    return [_load(store, subject, name, order) for name, order in TABLES.items()]


def _load(store: Store, subject: str, name: str, order: str) -> Exported:
    cursor = store.connection.execute(
        f"SELECT * FROM {name} WHERE subject = ? ORDER BY {order}",  # noqa: S608 - our own names
        (subject,),
    )
    columns = [column[0] for column in cursor.description]
    kept = [place for place, column in enumerate(columns) if column != "subject"]
    return Exported(
        name=name,
        columns=tuple(columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in cursor),
    )

"""Find everything that is stored of a source or a person, to forget it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hrvctl.store.database import Store

# Sources of journal rows that are read from texts, with the tables of those texts.
TEXTS = {"user": ("notes", "notes_read"), "folder": ("pages",)}
# Tables with a column that names who measured or answered.
OF_SOURCE = {
    "measurements": "source",
    "measurement_history": "source",
    "journal": "source",
    "journal_history": "source",
    "workouts": "source",
    "outcomes": "measured_by",
    "preferences": "source",
    "preference_history": "source",
    "unknown_words": "source",
}
OF_SUBJECT = (
    *OF_SOURCE,
    *("notes", "notes_read", "pages", "guesses", "ledger_made"),
    *("excluded_days", "exclusion_history", "evenings", "artifacts", "imports"),
)

# Day, metric or tag, source, and value, start or text: what a file is searched for.
Value = tuple[str, str, str, float | str]


@dataclass(slots=True, kw_only=True)
class Selection:
    """All that is stored of what is to be forgotten.

    Attributes:
        rows: Rows to delete, by table, as SQLite numbers them.
        restored: Rows that stand again when a later one is gone, by table: their columns.
        entries: Places of the chain's entries whose content goes.
        old_rows: Places of its rows of format 1.
        values: What files are searched for.
        files: Names of the imported files that the rows came from.
        n_restored: Earlier values and answers among ``restored``.
    """

    rows: dict[str, list[int]] = field(default_factory=dict)
    restored: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    entries: list[int] = field(default_factory=list)
    old_rows: list[int] = field(default_factory=list)
    values: set[Value] = field(default_factory=set)
    files: tuple[str, ...] = ()
    n_restored: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is stored of it."""
        return not (any(self.rows.values()) or self.entries or self.old_rows)


def load_sources(store: Store, subject: str) -> list[str]:
    """Every source of whom something of the subject is stored, by name."""
    rows = store.connection.execute(
        " UNION ".join(
            f"SELECT {column} FROM {table} WHERE subject = ?1"  # noqa: S608 - our own names
            for table, column in OF_SOURCE.items()
        ),
        (subject,),
    )
    return sorted(row[0] for row in rows)


def select_subject(store: Store, subject: str) -> Selection:
    """All that is stored of a person."""
    found = Selection()
    for table in OF_SUBJECT:
        found.rows[table] = row_ids(store, table, "subject = ?", subject)
    found.entries = row_ids(store, "entries", "subject = ?", subject)
    found.old_rows = row_ids(store, "ledger_v1", "subject = ?", subject)
    found.values = _stored_values(store, subject)
    found.files = _file_names(store, found.rows["imports"])
    return found


def select_source(store: Store, subject: str, source: str) -> Selection:
    """All that a source measured or answered of a person, and the forecasts of its HRV."""
    found = Selection()
    for table, column in OF_SOURCE.items():
        found.rows[table] = row_ids(store, table, f"subject = ? AND {column} = ?", subject, source)
    for table in TEXTS.get(source, ()):
        found.rows[table] = row_ids(store, table, "subject = ?", subject)
    found.rows["imports"] = row_ids(
        store,
        "imports",
        "subject = ?1 AND source = ?2 AND id NOT IN (SELECT import_id FROM measurement_revisions"
        " WHERE subject = ?1 AND source <> ?2 AND import_id IS NOT NULL)",
        subject,
        source,
    )
    # A guess is the person's own number, not the source's.
    measured = "subject = ? AND measured_by = ? AND {}"
    found.entries = row_ids(
        store, "entries", measured.format("kind NOT IN ('guess', 'receipt')"), subject, source
    )
    found.old_rows = row_ids(
        store, "ledger_v1", measured.format("source <> 'guess'"), subject, source
    )
    found.rows["ledger_made"] = rows_among(store, "ledger_made", "seq", found.old_rows)
    found.values = _stored_values(store, subject, source)
    found.files = _file_names(store, found.rows["imports"])
    return with_artifacts(store, subject, found)


def with_artifacts(store: Store, subject: str, found: Selection) -> Selection:
    """The copies of the latest evening's files go with anything else."""
    if not found.is_empty:
        found.rows["artifacts"] = row_ids(store, "artifacts", "subject = ?", subject)
    return found


def _stored_values(store: Store, subject: str, source: str | None = None) -> set[Value]:
    rows = store.connection.execute(
        "SELECT day, metric, source, value FROM measurement_revisions"
        " WHERE subject = ?1 AND source = coalesce(?2, source)"
        " UNION ALL SELECT day, tag, source, value FROM journal_revisions"
        " WHERE subject = ?1 AND source = coalesce(?2, source)"
        " UNION ALL SELECT day, '', source, start_at FROM workouts"
        " WHERE subject = ?1 AND source = coalesce(?2, source)"
        " UNION ALL SELECT day, '', 'user', text FROM notes"
        " WHERE subject = ?1 AND 'user' = coalesce(?2, 'user')",
        (subject, source),
    )
    return {tuple(row) for row in rows}


def row_ids(store: Store, table: str, where: str, *given: str) -> list[int]:
    """The rows of a table that meet a condition, as SQLite numbers them."""
    rows = store.connection.execute(f"SELECT rowid FROM {table} WHERE {where}", given)  # noqa: S608
    return [row[0] for row in rows]


def rows_among(store: Store, table: str, column: str, values: Iterable[int]) -> list[int]:
    """The rows of a table with one of some values in a column."""
    wanted = set(values)
    rows = store.connection.execute(f"SELECT rowid, {column} FROM {table}")  # noqa: S608
    return [row[0] for row in rows if row[1] in wanted]


def _file_names(store: Store, ids: Iterable[int]) -> tuple[str, ...]:
    wanted = set(ids)
    rows = store.connection.execute("SELECT id, file FROM imports ORDER BY id")
    return tuple(row["file"] for row in rows if row["id"] in wanted)

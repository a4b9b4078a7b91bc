"""The tables, and the migrations from each older schema."""

from hrvctl.store.first_schemas import (
    BEFORE_OUTCOME,
    CURATION,
    EVENINGS,
    FIRST,
    NOTES,
    append_only,
)

# "HRVC" in ASCII: distinguishes our file from other SQLite databases.
APPLICATION_ID = 0x48525643

# Every revision is kept: a value that is revised or withdrawn goes to the table of its history,
# with the instants it was stored and ended; the newest stays in the table it was in, which costs
# import and load nothing. A value that an older schema overwrote is unknown, and NULL.
_HISTORY = """
CREATE TABLE {history} (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    {definitions},
    seen_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    ended_by TEXT NOT NULL CHECK (ended_by IN ('revision', 'withdrawal'))
);
CREATE INDEX {history}_by_day ON {history} (subject, day);
CREATE TRIGGER {table}_revised BEFORE UPDATE ON {table}
BEGIN
    SELECT RAISE(ABORT, 'first_seen_at never changes') WHERE NEW.first_seen_at <> OLD.first_seen_at;
    INSERT INTO {history} (subject, {columns}, seen_at, ended_at, ended_by)
    VALUES (OLD.subject, {old}, coalesce(OLD.revised_at, OLD.first_seen_at),
            coalesce(NEW.revised_at, OLD.first_seen_at), 'revision');
END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
WHEN NOT EXISTS (
    SELECT 1 FROM {history}
    WHERE (subject, day, {name}, source) = (OLD.subject, OLD.day, OLD.{name}, OLD.source)
      AND ended_by = 'withdrawal' AND seen_at = coalesce(OLD.revised_at, OLD.first_seen_at)
)
BEGIN SELECT RAISE(ABORT, '{table}: a value is withdrawn, not deleted'); END;
INSERT INTO {history} (subject, {columns}, seen_at, ended_at, ended_by)
SELECT subject, {lost}, first_seen_at, revised_at, 'revision' FROM {table}
WHERE revised_at IS NOT NULL;
CREATE VIEW {view} AS
SELECT subject, {columns}, seen_at, ended_at, ended_by, id AS place FROM {history}
UNION ALL
SELECT subject, {columns}, coalesce(revised_at, first_seen_at), NULL, NULL, NULL FROM {table};
"""


def _history(
    table: str, history: str, view: str, name: str, columns: dict[str, str], unknown: set[str]
) -> str:
    script = _HISTORY.format(
        table=table,
        history=history,
        view=view,
        name=name,
        columns=", ".join(columns),
        definitions=",\n    ".join(f"{column} {kind}" for column, kind in columns.items()),
        old=", ".join(f"OLD.{column}" for column in columns),
        lost=", ".join("NULL" if column in unknown else column for column in columns),
    )
    return script + append_only(history)


_REVISIONS = (
    _history(
        "measurements",
        "measurement_history",
        "measurement_revisions",
        "metric",
        {
            "day": "TEXT NOT NULL",
            "metric": "TEXT NOT NULL",
            "source": "TEXT NOT NULL",
            "value": "REAL",
            "start_at": "TEXT",
            "end_at": "TEXT",
            "import_id": "INTEGER REFERENCES imports (id)",
        },
        unknown={"value", "start_at", "end_at", "import_id"},
    )
    + _history(
        "journal",
        "journal_history",
        "journal_revisions",
        "tag",
        {
            "day": "TEXT NOT NULL",
            "tag": "TEXT NOT NULL",
            "source": "TEXT NOT NULL",
            "value": "REAL",
            "text": "TEXT",
            "note": "TEXT",
            "unit": "TEXT",
            "at": "TEXT",
        },
        unknown={"value", "text", "note", "unit", "at"},
    )
    + """
CREATE TABLE exclusion_history (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    marked_at TEXT NOT NULL,
    ended_at TEXT NOT NULL
);
CREATE TABLE preference_history (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    metric TEXT NOT NULL,
    source TEXT NOT NULL,
    chosen_at TEXT NOT NULL,
    ended_at TEXT NOT NULL
);
"""
    + append_only("exclusion_history")
    + append_only("preference_history")
)

# What each sealed row was made with, beside the chain; its fingerprint of the inputs covers it.
_MADE = """
CREATE TABLE ledger_made (
    seq INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    model_version TEXT NOT NULL,
    prior_sha256 TEXT NOT NULL,
    numpy_version TEXT NOT NULL,
    environment TEXT NOT NULL,
    model TEXT NOT NULL,
    bedtime TEXT NOT NULL
);
""" + append_only("ledger_made")

# A row may be sealed until its morning begins, which is before noon of its date; the setting that
# says when is enforced where rows are made. SQLite cannot change a CHECK: the tables are made anew,
# and every row keeps its bytes.
_MORNINGS = "".join(
    (
        """
CREATE TABLE ledger_new (
    seq INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    target TEXT NOT NULL,
    horizon_days INTEGER NOT NULL CHECK (horizon_days >= 1),
    source TEXT NOT NULL,
    metric TEXT NOT NULL,
    measured_by TEXT NOT NULL,
    mean_ms REAL NOT NULL,
    quantiles_ms TEXT NOT NULL,
    as_of TEXT NOT NULL,
    created_at TEXT NOT NULL,
    run_id TEXT NOT NULL,
    inputs_sha256 TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    CHECK (as_of < target),
    CHECK (created_at < target || 'T12:00')
);
INSERT INTO ledger_new SELECT * FROM ledger ORDER BY seq;
DROP TABLE ledger;
ALTER TABLE ledger_new RENAME TO ledger;
CREATE INDEX ledger_by_target ON ledger (subject, target, source);
""",
        BEFORE_OUTCOME,
        """
CREATE TABLE guesses_new (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    target TEXT NOT NULL,
    hrv_ms REAL NOT NULL,
    made_at TEXT NOT NULL,
    CHECK (made_at < target || 'T12:00')
);
INSERT INTO guesses_new SELECT * FROM guesses ORDER BY id;
DROP TABLE guesses;
ALTER TABLE guesses_new RENAME TO guesses;
""",
        append_only("ledger"),
        append_only("guesses"),
    )
)

# Migration i turns schema i into schema i + 1. Never edit a released one: add another.
MIGRATIONS = (FIRST, NOTES, CURATION, EVENINGS, _REVISIONS, _MADE, _MORNINGS)
SCHEMA = len(MIGRATIONS)

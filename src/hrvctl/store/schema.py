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

# The chain goes on in entries of one format; the rows of the old one keep their bytes and hashes.
# What an entry is about lies in its payload, and is computed from it. A payload can be erased,
# with its salt; nothing else ever changes.
_ENTRIES = """
ALTER TABLE ledger RENAME TO ledger_v1;
CREATE TRIGGER ledger_v1_closed BEFORE INSERT ON ledger_v1
BEGIN SELECT RAISE(ABORT, 'the ledger goes on in entries'); END;
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    v INTEGER NOT NULL CHECK (v = 2),
    kind TEXT NOT NULL CHECK (
        kind IN ('forecast', 'guess', 'outcome', 'correction', 'exclusion', 'receipt')
    ),
    created_at TEXT NOT NULL,
    payload_sha256 TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    salt TEXT,
    payload TEXT,
    subject TEXT AS (json_extract(payload, '$.subject')),
    target TEXT AS (json_extract(payload, '$.target')),
    metric TEXT AS (json_extract(payload, '$.metric')),
    measured_by TEXT AS (json_extract(payload, '$.measured_by')),
    lead INTEGER AS (json_extract(payload, '$.lead')),
    CHECK ((salt IS NULL) = (payload IS NULL)),
    CHECK (
        payload IS NULL OR kind NOT IN ('forecast', 'guess') OR (
            json_extract(payload, '$.horizon_days') >= 1
            AND json_extract(payload, '$.as_of') < target
            AND created_at < target || 'T12:00'
        )
    )
);
CREATE INDEX entries_by_target ON entries (subject, lead, target);
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
WHEN NEW.payload IS NOT NULL
    OR (NEW.seq, NEW.v, NEW.kind, NEW.created_at, NEW.payload_sha256, NEW.prev_hash, NEW.hash)
    <> (OLD.seq, OLD.v, OLD.kind, OLD.created_at, OLD.payload_sha256, OLD.prev_hash, OLD.hash)
BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_before_outcome BEFORE INSERT ON entries
WHEN NEW.kind IN ('forecast', 'guess') AND (EXISTS (
    SELECT 1 FROM measurements
    WHERE (subject, day, metric, source) = (NEW.subject, NEW.target, NEW.metric, NEW.measured_by)
) OR EXISTS (
    SELECT 1 FROM outcomes
    WHERE (subject, day, metric, measured_by)
        = (NEW.subject, NEW.target, NEW.metric, NEW.measured_by)
))
BEGIN SELECT RAISE(ABORT, 'the outcome is already known'); END;
CREATE VIEW ledger AS
SELECT seq, subject, target, horizon_days, source, metric, measured_by, mean_ms, quantiles_ms,
       as_of, created_at, run_id, inputs_sha256, prev_hash, hash, 1 AS v, 1 AS lead,
       'ms' AS unit, NULL AS salt, NULL AS payload
FROM ledger_v1
UNION ALL
SELECT seq, subject, target, json_extract(payload, '$.horizon_days'),
       json_extract(payload, '$.source'), metric, measured_by, json_extract(payload, '$.mean'),
       json_extract(payload, '$.quantiles'), json_extract(payload, '$.as_of'), created_at,
       json_extract(payload, '$.run_id'), json_extract(payload, '$.inputs_sha256'), prev_hash,
       hash, v, lead, json_extract(payload, '$.unit'), salt, payload
FROM entries WHERE kind IN ('forecast', 'guess') AND payload IS NOT NULL;
"""

# A row of the old format cannot lose its content: it goes, and its hashes stay in its place. Files
# that hold what was forgotten are listed until they are deleted, over a kill.
_FORGETTING = "".join(
    (
        """
CREATE TABLE erased_rows (
    seq INTEGER PRIMARY KEY,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
DROP TRIGGER ledger_no_delete;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger_v1
WHEN NOT EXISTS (
    SELECT 1 FROM erased_rows
    WHERE (seq, prev_hash, hash) = (OLD.seq, OLD.prev_hash, OLD.hash)
)
BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TABLE leftovers (path TEXT PRIMARY KEY);
""",
        append_only("erased_rows"),
    )
)

# Migration i turns schema i into schema i + 1. Never edit a released one: add another.
MIGRATIONS = (FIRST, NOTES, CURATION, EVENINGS, _REVISIONS, _MADE, _MORNINGS, _ENTRIES, _FORGETTING)
SCHEMA = len(MIGRATIONS)

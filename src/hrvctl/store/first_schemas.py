"""The tables of schemas 1 to 4, and parts of SQL that later migrations share."""

_NEVER = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
"""


def append_only(table: str) -> str:
    """The triggers that refuse to change or delete a row of a table."""
    return _NEVER.format(table=table, verb="update") + _NEVER.format(table=table, verb="delete")


BEFORE_OUTCOME = """
CREATE TRIGGER ledger_before_outcome BEFORE INSERT ON ledger
WHEN EXISTS (
    SELECT 1 FROM measurements
    WHERE subject = NEW.subject AND day = NEW.target
      AND metric = NEW.metric AND source = NEW.measured_by
) OR EXISTS (
    SELECT 1 FROM outcomes
    WHERE subject = NEW.subject AND day = NEW.target
      AND metric = NEW.metric AND measured_by = NEW.measured_by
)
BEGIN SELECT RAISE(ABORT, 'the outcome is already known'); END;
"""

FIRST = "".join(
    (
        """
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    file TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    n_new INTEGER NOT NULL,
    n_revised INTEGER NOT NULL
);
CREATE TABLE measurements (
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    metric TEXT NOT NULL,
    source TEXT NOT NULL,
    value REAL NOT NULL,
    start_at TEXT,
    end_at TEXT,
    import_id INTEGER NOT NULL REFERENCES imports (id),
    first_seen_at TEXT NOT NULL,
    revised_at TEXT,
    PRIMARY KEY (subject, day, metric, source)
);
CREATE TABLE journal (
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    tag TEXT NOT NULL,
    source TEXT NOT NULL,
    value REAL NOT NULL,
    text TEXT NOT NULL,
    note TEXT NOT NULL,
    first_seen_at TEXT NOT NULL,
    revised_at TEXT,
    PRIMARY KEY (subject, day, tag, source)
);
CREATE TABLE workouts (
    subject TEXT NOT NULL,
    start_at TEXT NOT NULL,
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    end_at TEXT NOT NULL,
    name TEXT NOT NULL,
    strain REAL,
    energy_kcal REAL,
    average_hr_bpm REAL,
    max_hr_bpm REAL,
    first_seen_at TEXT NOT NULL,
    revised_at TEXT,
    PRIMARY KEY (subject, start_at, source)
);
CREATE TABLE guesses (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    target TEXT NOT NULL,
    hrv_ms REAL NOT NULL,
    made_at TEXT NOT NULL,
    CHECK (substr(made_at, 1, 10) < target)
);
CREATE TABLE outcomes (
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    metric TEXT NOT NULL,
    measured_by TEXT NOT NULL,
    revision INTEGER NOT NULL,
    value_ms REAL NOT NULL,
    recorded_at TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('import', 'manual')),
    reason TEXT NOT NULL,
    PRIMARY KEY (subject, day, metric, measured_by, revision)
);
CREATE TABLE ledger (
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
    CHECK (substr(created_at, 1, 10) < target)
);
CREATE INDEX ledger_by_target ON ledger (subject, target, source);
CREATE TABLE ledger_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    n INTEGER NOT NULL,
    hash TEXT NOT NULL
);
""",
        BEFORE_OUTCOME,
        append_only("ledger"),
        append_only("outcomes"),
        append_only("guesses"),
    )
)

# From here on the typed text is stored, and answers are derived from it. Answers given before are
# converted to text, so that none is lost when notes are read again; text that accompanied several
# answers of one command becomes one note.
NOTES = """
ALTER TABLE journal ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN at TEXT NOT NULL DEFAULT '';
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    text TEXT NOT NULL,
    written_at TEXT NOT NULL,
    batch INTEGER NOT NULL,
    withdrawn_at TEXT,
    withdrawn_by INTEGER,
    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
);
CREATE INDEX notes_by_day ON notes (subject, day);
CREATE TRIGGER notes_no_rewriting BEFORE UPDATE OF id, subject, day, text, written_at, batch
ON notes BEGIN SELECT RAISE(ABORT, 'a note is withdrawn, not rewritten'); END;
CREATE TRIGGER notes_no_delete BEFORE DELETE ON notes
BEGIN SELECT RAISE(ABORT, 'a note is withdrawn, not deleted'); END;
CREATE TABLE notes_read (
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (subject, day)
);
CREATE TABLE pages (
    subject TEXT NOT NULL,
    path TEXT NOT NULL,
    day TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    guess_ms REAL,
    read_at TEXT NOT NULL,
    PRIMARY KEY (subject, path)
);
CREATE TABLE unknown_words (
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    source TEXT NOT NULL,
    word TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (subject, day, source, word)
);
INSERT INTO notes (subject, day, text, written_at, batch)
SELECT subject, day, text, at, dense_rank() OVER (PARTITION BY subject ORDER BY julianday(at), at)
FROM (
    SELECT subject, day, tag || '=' || printf('%.15g', value) AS text,
           coalesce(revised_at, first_seen_at) AS at, 1 AS place
    FROM journal WHERE source = 'user'
    UNION
    SELECT subject, day, note, coalesce(revised_at, first_seen_at), 2
    FROM journal WHERE source = 'user' AND note <> ''
)
ORDER BY subject, julianday(at), at, day, place, text;
"""

CURATION = """
CREATE TABLE preferences (
    subject TEXT PRIMARY KEY,
    metric TEXT NOT NULL,
    source TEXT NOT NULL,
    chosen_at TEXT NOT NULL
);
CREATE TABLE excluded_days (
    subject TEXT NOT NULL,
    day TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    marked_at TEXT NOT NULL,
    PRIMARY KEY (subject, day)
);
"""

# Evenings that had a run, also those whose forecast was withheld; and a copy of the artifact files
# of the latest run, to rebuild them from.
EVENINGS = """
CREATE TABLE evenings (
    subject TEXT NOT NULL,
    as_of TEXT NOT NULL,
    run_id TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    PRIMARY KEY (subject, as_of)
);
CREATE TABLE artifacts (
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (subject, name)
);
"""

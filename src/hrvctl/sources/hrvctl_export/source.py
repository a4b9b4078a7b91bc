"""Read back what ``hrvctl export`` wrote, as JSON or as one CSV per table."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from hrvctl.records import Problem, Reading
from hrvctl.safe_text import from_spreadsheet
from hrvctl.sources.hrvctl_export.rows import READERS
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row, normalise
from hrvctl.sources.kit.csv_records import head_columns, load_rows
from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import SHOWN_CHARACTERS, Record, RecordReader

# The number of the JSON this reader understands; the export raises it when a column changes.
SCHEMA = 1
WHOLE = "export"
# The mark of the JSON; only a few short values come before it.
MARK = re.compile(r'"artifact"\s*:\s*"hrvctl_export"')
# Every exported table and its columns; a CSV with all of them is that table.
COLUMNS: Mapping[str, frozenset[str]] = {
    name: frozenset(columns.split())
    for name, columns in {
        "measurements": "day metric source value start_at end_at import_id first_seen_at"
        " revised_at",
        "journal": "day tag source value text note first_seen_at revised_at unit at",
        "workouts": "start_at source day end_at name strain energy_kcal average_hr_bpm"
        " max_hr_bpm first_seen_at revised_at",
        "notes": "id day text written_at batch withdrawn_at withdrawn_by",
        "guesses": "id target hrv_ms made_at",
        "ledger": "seq target horizon_days source metric measured_by mean_ms quantiles_ms as_of"
        " created_at run_id inputs_sha256 prev_hash hash v lead unit salt payload",
        "ledger_made": "seq model_version prior_sha256 numpy_version environment model bedtime",
        "outcomes": "day metric measured_by revision value_ms recorded_at origin reason",
        "preference_history": "id metric source chosen_at ended_at",
        "exclusion_history": "id day reason note marked_at ended_at",
        "preferences": "metric source chosen_at",
        "excluded_days": "day reason note marked_at",
        "measurement_history": "id day metric source value start_at end_at import_id seen_at"
        " ended_at ended_by",
        "journal_history": "id day tag source value text note unit at seen_at ended_at ended_by",
        "imports": "id file source kind imported_at n_new n_revised",
    }.items()
}
# The history of imports is skipped without a warning; other tables are skipped with one.
HISTORY = "imports"
NOT_IMPORTED = (
    "forecasts, guesses, outcomes, choices and earlier revisions are not imported from an export;"
    " move them with hrvctl backup and hrvctl restore"
)


class OwnExport:
    """Reads back what ``hrvctl export`` wrote; each row keeps its original source."""

    name: str = "hrvctl"
    title: str = "hrvctl's own export"
    steps: tuple[str, ...] = (
        "Where the data is: hrvctl export FOLDER (or with --format json), and bring FOLDER over.",
        "Measurements, journal, workouts and notes are imported. The ledger of forecasts, guesses,"
        " outcomes and choices move only with hrvctl backup and hrvctl restore.",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the table a CSV holds, or ``export`` for the JSON of all of them."""
        if {"schema", "artifact"} <= head_keys(document):
            text = cell_values.decode(document.head, is_cut=True)
            return WHOLE if text and MARK.search(text) else None
        columns = set(head_columns(document))
        return next((name for name, wanted in COLUMNS.items() if wanted <= columns), None)

    def read(self, document: Document, *, today: date) -> Reading:
        """Read every row of the imported tables; warn that the others are not imported."""
        kind = self.identify(document) or WHOLE
        tables, problems = _whole(document) if kind == WHOLE else _table(document, kind)
        unit = "row" if kind == WHOLE else "line"
        readings = []
        skipped: Counter[str] = Counter()
        for table in tables:
            if table.name in READERS:
                reader = RecordReader(table.file, table.records, today=today, unit=unit)
                rows = READERS[table.name](reader)
                readings.append(reader.reading(self.name, kind, **{table.name: rows}))
            else:
                skipped[table.name] += len(table.records)
        has_more = any(name not in (*READERS, HISTORY) for name in skipped)
        extra = Reading(
            file=document.name,
            source=self.name,
            kind=kind,
            n_rows=skipped.total(),
            problems=tuple(problems),
            skipped={f"row of {name}": n for name, n in skipped.items()},
            warnings=(f"{document.name}: {NOT_IMPORTED}",) if has_more else (),
            unknown_columns=tuple(column for table in tables for column in table.unknown),
        )
        return _joined([extra, *readings])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """One table's rows.

    Attributes:
        file: The name that messages use.
        name: The table.
        records: Its rows, each cell by the name of its column.
        unknown: Columns that are not read.
    """

    file: str
    name: str
    records: Sequence[Record]
    unknown: tuple[str, ...]


def _whole(document: Document) -> tuple[list[_Rows], list[Problem]]:
    """Return the tables of the JSON, and the faults of the file as a whole."""
    found, problems = load_json(document)
    if problems:
        return [], problems
    content = found[0].content if len(found) == 1 else {}
    tables = content.get("tables")
    if content.get("schema") != SCHEMA or not isinstance(tables, Mapping):
        why = f"not an export of schema {SCHEMA}; was it written by a newer hrvctl?"
        return [], [_fault(document.name, 0, why, "schema", content.get("schema"))]
    faults = [
        _fault(document.name, 0, "not a list of rows", "tables", name)
        for name, rows in tables.items()
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows)
    ]
    return ([], faults) if faults else (list(_json_tables(document.name, tables)), [])


def _json_tables(
    file: str, tables: Mapping[str, Sequence[Mapping[str, object]]]
) -> Iterator[_Rows]:
    for table, rows in tables.items():
        # A newer hrvctl may have added tables.
        name = table if table in COLUMNS else "a table unknown here"
        records = [Record(number, name, row) for number, row in enumerate(rows, 1)]
        extra = {key for row in rows for key in row} - COLUMNS.get(name, frozenset())
        unknown = tuple(sorted(extra)) if name in READERS else ()
        yield _Rows(file=f"{file}, {name}", name=name, records=records, unknown=unknown)


def _table(document: Document, name: str) -> tuple[list[_Rows], list[Problem]]:
    """Return the table of a CSV, its texts as they were before the export neutralised them."""
    rows, problems = load_rows(document)
    header = rows[0] if rows else Row(1, ())
    columns = tuple(normalise(cell) for cell in header.cells)
    records: list[Record] = []
    for row in rows[1:]:
        if len(row.cells) < len(columns) or any(row.cells[len(columns) :]):
            why = f"{len(row.cells)} cells under a header of {len(columns)}; is the file cut?"
            problems.append(_fault(document.name, row.line, why))
            continue
        cells = zip(columns, map(restored, row.cells), strict=False)
        records.append(Record(row.line, name, dict(cells)))
    unknown = tuple(
        cell.strip()
        for cell, column in zip(header.cells, columns, strict=True)
        if column and column not in COLUMNS[name]
    )
    return [_Rows(file=document.name, name=name, records=records, unknown=unknown)], problems


def restored(cell: str) -> str:
    """Undo what the export did to a text: remove its apostrophes, restore its line ends."""
    return from_spreadsheet(cell.replace("\r\n", "\n").replace("\r", "\n"))


def _fault(file: str, line: int, why: str, column: str = "", value: object = "") -> Problem:
    return Problem(
        file=file, line=line, column=column, value=str(value)[:SHOWN_CHARACTERS], why=why
    )


def _joined(readings: Sequence[Reading]) -> Reading:
    """Join the readings of a file's tables."""
    skipped: Counter[str] = Counter()
    for reading in readings:
        skipped.update(reading.skipped)
    return replace(
        readings[0],
        measurements=tuple(m for reading in readings for m in reading.measurements),
        journal=tuple(e for reading in readings for e in reading.journal),
        workouts=tuple(w for reading in readings for w in reading.workouts),
        notes=tuple(n for reading in readings for n in reading.notes),
        problems=tuple(p for reading in readings for p in reading.problems),
        warnings=tuple(w for reading in readings for w in reading.warnings),
        n_rows=sum(reading.n_rows for reading in readings),
        skipped=dict(+skipped),
    )

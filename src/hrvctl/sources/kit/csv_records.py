"""Read tables (CSV): their rows as cells, or as records by normalised column name."""

from collections.abc import Iterable
from datetime import date

from hrvctl.records import Problem
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row, first_rows, normalise
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.ragged_rows import JOINED, RowFitter, uneven_row
from hrvctl.sources.kit.record_reader import Record, RecordReader


def head_columns(document: Document, *, line: int = 0) -> tuple[str, ...]:
    """Return the normalised header in a document's first bytes; empty if it is not a table.

    Args:
        document: The document.
        line: Which row is the header, from 0.
    """
    if document.head.lstrip()[:1] in (b"{", b"["):
        return ()
    rows = first_rows(document.head, line + 1)
    return _column_names(rows[line]) if len(rows) > line else ()


def open_csv(
    document: Document,
    known: Iterable[str],
    *,
    today: date,
    header: int = 0,
    optional_first: str = "",
) -> RecordReader:
    """Read a table's rows as records: each cell by its normalised column name.

    Of two columns of one name the first counts. A cell with a word such as ``null`` is empty.

    Args:
        document: The document.
        known: Columns that are read, or left unread on purpose; all others are reported.
        today: The person's date.
        header: Which row is the header, from 0; rows before it are passed over.
        optional_first: The name of a first column whose cell rows may lack altogether.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    rows, problems = load_rows(document)
    if len(rows) <= header:
        return RecordReader(document.name, (), today=today, problems=problems, unit="line")
    cells_of_header = rows[header].cells
    columns = _column_names(rows[header])
    may_lack = bool(optional_first) and columns[0] == optional_first
    known = set(known)
    records: list[Record] = []
    needed = {place for place, column in enumerate(columns) if column in known}
    fitter = RowFitter(rows[header + 1 :], len(columns), needed, may_lack_first=may_lack)
    for row in rows[header + 1 :]:
        if fitted := fitter.fit(row):
            records.append(Record(row.line, "", _by_column(columns, fitted.cells)))
        else:
            problems.append(uneven_row(document.name, row, len(columns)))
    reader = RecordReader(
        document.name,
        records,
        today=today,
        problems=problems,
        unit="line",
        columns=columns,
        unknown_columns=[
            cell.strip()
            for cell, column in zip(cells_of_header, columns, strict=False)
            if column and column not in known
        ],
        date_order=document.date_order,
    )
    if fitter.n_joined:
        reader.warn(JOINED)
    return reader


def load_rows(document: Document) -> tuple[list[Row], list[Problem]]:
    """Load a document's rows, the header first, and the faults of the file as a whole.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    text = cell_values.decode(document.load())
    if text is None:
        return [], [_problem(document.name, 0, "not a text file")]
    found: list[Row] = []
    try:
        for row in cell_values.rows(text):
            found.append(row)
    except cell_values.BrokenTable as error:
        return found, [_problem(document.name, error.line, error.why)]
    return found, []


def _problem(file: str, line: int, why: str) -> Problem:
    return Problem(file=file, line=line, column="", value="", why=why)


def _column_names(row: Row) -> tuple[str, ...]:
    names = [normalise(cell) for cell in row.cells]
    while names and not names[-1]:  # a delimiter at the end of the line
        names.pop()
    return tuple(names)


def _by_column(columns: tuple[str, ...], cells: tuple[str, ...]) -> dict[str, str]:
    content: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        content.setdefault(column, "" if cell_values.is_missing(cell) else cell.strip())
    return content

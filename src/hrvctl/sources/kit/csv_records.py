"""A table's rows as entries, for vendors whose CSV says what their JSON says."""

from collections.abc import Iterable
from dataclasses import dataclass

from hrvctl.records import Problem
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row, first_rows, normalise
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.table_reader import load_rows


@dataclass(frozen=True, slots=True)
class Lines:
    """A table read whole.

    Attributes:
        header: The header as it stands.
        columns: The same in the spelling of ``tabular.normalise``.
        entries: One a row: its line, and each cell by its column; of two columns of one name
            the first. A cell that says there is no value is empty.
        problems: What kept rows from being read.
    """

    header: tuple[str, ...]
    columns: tuple[str, ...]
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]

    def unknown(self, known: Iterable[str]) -> tuple[str, ...]:
        """The columns that have no meaning to us, as the file calls them."""
        meant = set(known)
        pairs = zip(self.header, self.columns, strict=False)
        return tuple(cell.strip() for cell, column in pairs if column and column not in meant)


def head_columns(document: Document, *, line: int = 0) -> tuple[str, ...]:
    """The normalised header in a document's first bytes; empty for what is no table.

    Args:
        document: The document.
        line: Which record is the header, from 0.
    """
    if document.head.lstrip()[:1] in (b"{", b"["):
        return ()
    rows = first_rows(document.head, line + 1)
    return _names(rows[line]) if len(rows) > line else ()


def load_lines(document: Document, *, header: int = 0, optional_first: str = "") -> Lines:
    """Read a table's rows as entries.

    Args:
        document: The document.
        header: Which record is the header, from 0; what stands before it is passed over.
        optional_first: The name of a first column whose cell rows may lack altogether.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    rows, problems = load_rows(document)
    if len(rows) <= header:
        return Lines((), (), (), tuple(problems))
    columns = _names(rows[header])
    may_lack = bool(optional_first) and columns[0] == optional_first
    entries: list[Entry] = []
    for row in rows[header + 1 :]:
        cells = row.cells
        if may_lack and len(cells) == len(columns) - 1:
            cells = ("", *cells)
        if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
            problems.append(_uneven(document, row, len(columns)))
        else:
            entries.append(Entry(row.line, "", _by_column(columns, cells)))
    return Lines(rows[header].cells, columns, tuple(entries), tuple(problems))


def _names(row: Row) -> tuple[str, ...]:
    names = [normalise(cell) for cell in row.cells]
    while names and not names[-1]:  # a delimiter at the end of the line
        names.pop()
    return tuple(names)


def _by_column(columns: tuple[str, ...], cells: tuple[str, ...]) -> dict[str, str]:
    content: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        content.setdefault(column, "" if cell_values.is_missing(cell) else cell.strip())
    return content


def _uneven(document: Document, row: Row, n_named: int) -> Problem:
    why = f"{len(row.cells)} cells under a header of {n_named}; is the file cut or edited?"
    return Problem(file=document.name, line=row.line, column="", value="", why=why)

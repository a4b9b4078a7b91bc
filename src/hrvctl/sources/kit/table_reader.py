"""Read a table's cells by place: for large files, and for headers that change with the language."""

import sys
from collections.abc import Sequence
from datetime import date

from hrvctl.records import PLAUSIBLE, Metric, Problem
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row
from hrvctl.sources.kit.ragged_rows import JOINED, RowFitter, n_filled, uneven_row
from hrvctl.sources.kit.record_reader import FieldReader

# The place of a column that the file does not have, beyond the cells of any row.
NOWHERE = sys.maxsize


class TableReader(FieldReader[Row]):
    """Reads cells by the field their column holds.

    Args:
        file: The document's name.
        rows: The header and the data rows.
        fields: The field of each header cell; empty for a column that is not read.
        today: The person's date; a day after tomorrow is a fault.
        problems: Faults found before the rows could be read.
        date_order: Which number of a date is first, where the person named it; else empty.
    """

    def __init__(
        self,
        file: str,
        rows: Sequence[Row],
        fields: Sequence[str],
        *,
        today: date,
        problems: Sequence[Problem] = (),
        date_order: str = "",
    ) -> None:
        self._header = rows[0] if rows else Row(1, ())
        super().__init__(
            file,
            today=today,
            problems=problems,
            unit="line",
            unknown_columns=[
                cell.strip()
                for cell, field in zip(self._header.cells, fields, strict=False)
                if not field and cell.strip()
            ],
            date_order=date_order,
        )
        self._place: dict[str, int] = {}
        for place, field in enumerate(fields):
            if field:
                self._place.setdefault(field, place)
        self._measured = [
            (field, place, PLAUSIBLE[field])
            for field, place in self._place.items()
            if isinstance(field, Metric)
        ]
        self.n_rows = max(len(rows) - 1, 0)
        fitter = RowFitter(rows[1:], n_filled(self._header.cells), set(self._place.values()))
        self.rows: list[Row] = []
        for row in rows[1:]:
            if fitted := fitter.fit(row):
                self.rows.append(fitted)
            else:
                self.problems.append(uneven_row(file, row, fitter.n_named))
        if fitter.n_joined:
            self.warn(JOINED)

    def has(self, field: str) -> bool:
        """Whether the file has a column of a field."""
        return field in self._place

    def get(self, record: Row, path: str) -> str:
        """Return the text of a field, empty where the file has no such column."""
        place = self._place.get(path, NOWHERE)
        # A column without a header cell may lack its cell as well.
        return record.cells[place].strip() if place < len(record.cells) else ""

    def number_of(self, record: Row) -> int:
        """Return the line a row begins on."""
        return record.line

    def all_records(self) -> Sequence[Row]:
        """Return every row of the file."""
        return self.rows

    def column(self, path: str) -> str:
        """Return the header cell of a field."""
        return self._header.cells[self._place[path]].strip() if path in self._place else path

    def problem_in_header(self, column: str, why: str) -> None:
        """Note a fault of the header."""
        self.add_problem(self._header.line, column, "", why)

    def metrics(self, row: Row) -> dict[Metric, float]:
        """Read every column that holds a metric, as ``value`` does; a large file has millions."""
        found: dict[Metric, float] = {}
        cells = row.cells
        n_cells = len(cells)
        for metric, place, (low, high) in self._measured:
            cell = cells[place] if place < n_cells else ""
            # Nearly every cell is a plausible number; `value` treats all others.
            number = cell_values.number_or_nan(cell)
            if low <= number <= high:
                found[metric] = number
            elif cell and (value := self.value(row, metric, metric)) is not None:
                found[metric] = value
        return found

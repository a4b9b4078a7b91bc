"""A table whose columns have a meaning: its cells as values, and every fault found on the way."""

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hrvctl.records import FIRST_PLAUSIBLE_DAY, HRV_METRICS, PLAUSIBLE, Metric, Problem, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row
from hrvctl.sources.kit.protocol import Document

# Where 0 is how a device says that it measured nothing, in the exports of all vendors seen.
ZERO_IS_MISSING = frozenset(
    {Metric.RESTING_HR_BPM, Metric.SPO2_PCT, Metric.RESPIRATORY_RATE_RPM, Metric.SKIN_TEMP_C}
)
# Left-out values told one by one for each column; the rest is counted. Own choice: three show
# the pattern, and a page of warnings is read by nobody.
TOLD = 3
# The place of a column that a file does not have, beyond those of any row.
NOWHERE = sys.maxsize


class Sheet:
    """One file's rows by field, and what is wrong with them.

    Args:
        file: The document's name.
        rows: The header and the data rows.
        fields: What each header cell means; empty where it means nothing to us.
        today: The user's date; a day after tomorrow is a fault.
        problems: Faults found before the rows could be looked at.
    """

    def __init__(
        self,
        file: str,
        rows: Sequence[Row],
        fields: Sequence[str],
        *,
        today: date,
        problems: Sequence[Problem] = (),
    ) -> None:
        self.file = file
        self.problems = list(problems)
        self.skipped: Counter[str] = Counter()
        self._header = rows[0] if rows else Row(1, ())
        self._n_named = len(_trimmed(self._header.cells))
        self._place: dict[str, int] = {}
        for place, field in enumerate(fields):
            if field:
                self._place.setdefault(field, place)
        self._measured = [
            (field, place, PLAUSIBLE[field])
            for field, place in self._place.items()
            if isinstance(field, Metric)
        ]
        self._unknown = tuple(
            cell.strip()
            for cell, field in zip(self._header.cells, fields, strict=False)
            if not field and cell.strip()
        )
        self._last_day = today + timedelta(days=1)
        self._left_out: dict[str, list[str]] = {}
        self._told: list[str] = []
        self.n_rows = max(len(rows) - 1, 0)
        self.rows = [row for row in rows[1:] if self._is_whole(row)]

    def has(self, field: str) -> bool:
        """Whether the file has a column of this meaning."""
        return field in self._place

    def cell(self, row: Row, field: str) -> str:
        """The text of a field, empty where the file has no such column."""
        place = self._place.get(field, NOWHERE)
        # A column without a header cell may lack its cell as well.
        return row.cells[place].strip() if place < len(row.cells) else ""

    def column(self, field: str) -> str:
        """What the file itself calls a field."""
        return self._header.cells[self._place[field]].strip() if field in self._place else field

    def problem(self, row: Row, field: str, why: str) -> None:
        """Note a fault for which the file cannot be trusted."""
        self.problems.append(
            Problem(
                file=self.file,
                line=row.line,
                column=self.column(field),
                value=self.cell(row, field),
                why=why,
            )
        )

    def problem_in_header(self, column: str, why: str) -> None:
        """Note a fault of the header."""
        line = self._header.line
        self.problems.append(Problem(file=self.file, line=line, column=column, value="", why=why))

    def leave_out(self, row: Row, field: str, why: str, value: str | None = None) -> None:
        """Note a value that is not taken, while the rest of the file is."""
        shown = self.cell(row, field) if value is None else value
        column = self.column(field)
        told = f"{self.file}, line {row.line}: {column} {shown!r}: {why}"
        self._left_out.setdefault(column, []).append(told)

    def warn(self, what: str) -> None:
        """Note something about the whole file that a person may want to know."""
        self._told.append(f"{self.file}: {what}")

    def moment(self, row: Row, field: str) -> datetime | None:
        """Read a date and time as written; an impossible one is a problem."""
        text = self.cell(row, field)
        if not text:
            return None
        # Whether it says that there is none is asked last: nearly every cell is a moment.
        try:
            moment = cell_values.stamp(text)
        except ValueError as error:
            if cell_values.is_missing(text):
                return None
            why = f"{error}; if a spreadsheet rewrote the file, give the original export"
            self.problem(row, field, why)
            return None
        day = moment.date()
        is_usual = FIRST_PLAUSIBLE_DAY <= day <= self._last_day
        return moment if is_usual or self.is_possible(row, field, day) else None

    def is_possible(self, row: Row, field: str, day: date) -> bool:
        """Whether a day can have been measured; if not, that is a problem."""
        if FIRST_PLAUSIBLE_DAY <= day <= self._last_day:
            return True
        is_early = day < FIRST_PLAUSIBLE_DAY
        why = f"before {FIRST_PLAUSIBLE_DAY}" if is_early else f"after {self._last_day}"
        self.problem(row, field, f"{why}, no night can be; was a clock wrong?")
        return False

    def value(self, row: Row, metric: Metric) -> float | None:
        """Read a measured value; an impossible HRV is a problem, any other is left out."""
        text = self.cell(row, metric)
        if not text:
            return None
        low, high = PLAUSIBLE[metric]
        # Whether it says that there is none is asked last: nearly every cell is a number.
        try:
            value = cell_values.number(text)
        except ValueError as error:
            if cell_values.is_missing(text):
                return None
            why = str(error)
        else:
            if value == 0 and metric in ZERO_IS_MISSING:
                return None
            if low <= value <= high:
                return value
            why = f"not within {low:g} to {high:g}"
        if metric in HRV_METRICS:
            self.problem(row, metric, f"{why}; where there is no HRV, the cell must be empty")
        else:
            self.leave_out(row, metric, f"{why}; left out")
        return None

    def values(self, row: Row) -> dict[Metric, float]:
        """Read every measured value of a row, as ``value`` does; an export has 20 times 3,650."""
        found: dict[Metric, float] = {}
        cells = row.cells
        n_cells = len(cells)
        for metric, place, (low, high) in self._measured:
            cell = cells[place] if place < n_cells else ""
            # Nearly every cell is a sound number; whatever else it is, `value` knows.
            number = cell_values.number_or_nan(cell)
            if number and low <= number <= high:
                found[metric] = number
            elif cell and (value := self.value(row, metric)) is not None:
                found[metric] = value
        return found

    def reading(self, source: str, kind: str, **records: Any) -> Reading:  # noqa: ANN401
        """Close the sheet: the records read from it beside everything noted."""
        return Reading(
            file=self.file,
            source=source,
            kind=kind,
            problems=tuple(sorted(self.problems, key=lambda problem: problem.line)),
            warnings=tuple(self._warnings()),
            n_rows=self.n_rows,
            skipped=dict(self.skipped),
            unknown_columns=self._unknown,
            **records,
        )

    def _warnings(self) -> list[str]:
        warnings = list(self._told)
        for column, told in self._left_out.items():
            warnings += told[:TOLD]
            if len(told) > TOLD:
                warnings.append(f"{self.file}: {column}: {len(told) - TOLD} more like these")
        return warnings

    def _is_whole(self, row: Row) -> bool:
        n_named = self._n_named
        if len(row.cells) == n_named or len(row.cells) > n_named >= len(_trimmed(row.cells)):
            return True
        why = f"{len(row.cells)} cells under a header of {n_named}; is the file cut or edited?"
        problem = Problem(file=self.file, line=row.line, column="", value="", why=why)
        self.problems.append(problem)
        return False


def load_rows(document: Document) -> tuple[list[Row], list[Problem]]:
    """Read a document's records, and what kept some of them from being read.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    text = cell_values.decode(document.load())
    if text is None:
        return [], [_of_file(document.name, 0, "not a text file")]
    found: list[Row] = []
    try:
        for row in cell_values.rows(text):
            found.append(row)
    except cell_values.BrokenTable as error:
        return found, [_of_file(document.name, error.line, error.why)]
    return found, []


def _of_file(name: str, line: int, why: str) -> Problem:
    return Problem(file=name, line=line, column="", value="", why=why)


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    n = len(cells)
    while n and not cells[n - 1].strip():
        n -= 1
    return cells[:n]

"""Fit rows with more cells than names under their header, where it is certain which cell is which.

A comma that nobody quoted parts a cell in two. Inside a number (``52,5``) the two are joined where
only one joining fits; behind the last column that is read it does no harm.
"""

import math
import re
from collections.abc import Collection, Sequence
from itertools import combinations, pairwise

from hrvctl.records import Problem
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row

JOINED = "decimal commas without quotes: two cells each were joined to one number"

WHOLE = re.compile(r"\s*[+-]?[0-9]{1,6}\s*")
DIGITS = re.compile(r"\s*[0-9]{1,12}\s*[^\d\s,;]{0,6}\s*")
WITH_POINT = re.compile(r"\s*[+-]?[0-9]*\.[0-9]+\D*")
# Commas in one row up to which every way to join is tried. Own choice: a row has a few numbers,
# and a row of 30 with 4 commas has 27,405 ways.
MAX_JOINED = 4
MAX_PLACES = 24

MISSING, NUMBER, TIME, TEXT = "missing", "number", "time", "text"


class RowFitter:
    """Fits the rows of one table.

    Args:
        rows: Every row below the header.
        n_named: Columns of the header.
        needed: Places of the columns that are read.
        may_lack_first: Whether rows may lack the first cell altogether.

    Attributes:
        n_joined: Rows in which numbers were joined so far.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        n_named: int,
        needed: Collection[int],
        *,
        may_lack_first: bool = False,
    ) -> None:
        self.n_named = n_named
        self.n_joined = 0
        self._rows = rows
        self._n_needed = min(max(needed, default=n_named - 1) + 1, n_named)
        self._may_lack_first = may_lack_first
        self._shapes: list[set[str]] | None = None
        self._has_point: list[bool] = []

    def fit(self, row: Row) -> Row | None:
        """Return the row with its cells under their columns; ``None`` if that is not certain."""
        n, cells = len(row.cells), row.cells
        if n == self.n_named or (n > self.n_named >= n_filled(cells)):
            return row
        if n < self.n_named:
            is_lacking = self._may_lack_first and n == self.n_named - 1
            return Row(row.line, ("", *cells)) if is_lacking else None
        return self._fit_longer(row)

    def _fit_longer(self, row: Row) -> Row | None:
        cells = row.cells[: n_filled(row.cells)]
        if self._shapes is None:
            self._look()
        n_extra = len(cells) - self.n_named
        places = [i for i in range(len(cells) - 1) if _is_number_in_two(cells[i], cells[i + 1])]
        joined = self._joined(cells, places, n_extra)
        if len(joined) == 1:
            self.n_joined += 1
            return Row(row.line, joined[0])
        is_read_apart = any(
            place < self._n_needed and not self._has_point[place] for place in places
        )
        has_tail = self._n_needed < self.n_named or not all(
            WHOLE.fullmatch(cell) for cell in cells[self.n_named :] if cell.strip()
        )
        if joined or is_read_apart or not has_tail or not self._fits(cells[: self._n_needed]):
            return None
        return Row(row.line, tuple(cells[: self.n_named]))

    def _joined(
        self, cells: Sequence[str], places: Sequence[int], n_extra: int
    ) -> list[tuple[str, ...]]:
        if not n_extra <= MAX_JOINED or len(places) > MAX_PLACES:
            return []
        found = []
        for chosen in combinations(places, n_extra):
            if any(b - a < 2 for a, b in pairwise(chosen)):
                continue
            whole: list[str] = []
            for i, cell in enumerate(cells):
                if i - 1 in chosen:
                    whole[-1] = f"{whole[-1].strip()}.{cell.strip()}"
                else:
                    whole.append(cell)
            # A column with a decimal point somewhere has no decimal comma.
            at = [place - n for n, place in enumerate(chosen)]
            if not any(self._has_point[i] for i in at) and self._fits(whole):
                found.append(tuple(whole))
        return found

    def _look(self) -> None:
        """Note what the cells of each column are, in the rows that have as many as the header."""
        self._shapes = [set() for _ in range(self.n_named)]
        self._has_point = [False] * (self.n_named + 1)
        for row in self._rows:
            is_even = n_filled(row.cells) <= self.n_named <= len(row.cells)
            for i, cell in enumerate(row.cells[: self.n_named]):
                if is_even:
                    self._shapes[i].add(_shape(cell))
                if is_even or i < self._n_needed:
                    self._has_point[i] |= bool(WITH_POINT.fullmatch(cell))

    def _fits(self, cells: Sequence[str]) -> bool:
        """Whether the cells are of the kinds that their columns have in other rows."""
        for cell, shapes in zip(cells, self._shapes or (), strict=False):
            shape = _shape(cell)
            known = shapes - {MISSING}
            if shape != MISSING and (shape not in known if known else shape == TEXT):
                return False
        return True


def n_filled(cells: Sequence[str]) -> int:
    """Count the cells up to the last one that is not blank."""
    n = len(cells)
    while n and not cells[n - 1].strip():
        n -= 1
    return n


def uneven_row(file: str, row: Row, n_columns: int) -> Problem:
    """Build the problem of a row with more or fewer cells than the header."""
    why = f"{len(row.cells)} cells under a header of {n_columns}; is the file cut or edited?"
    return Problem(file=file, line=row.line, column="", value="", why=why)


def _is_number_in_two(cell: str, following: str) -> bool:
    return bool(WHOLE.fullmatch(cell) and DIGITS.fullmatch(following))


def _shape(cell: str) -> str:
    if cell_values.is_missing(cell):
        return MISSING
    if not math.isnan(cell_values.number_or_nan(cell)):
        return NUMBER
    return TIME if cell.strip()[:1].isdigit() and re.search(r"[0-9][-:/.][0-9]", cell) else TEXT

"""Read values, days and times out of one file's records, and collect every fault on the way.

Every source reads through this one module, so that a faulty value is treated alike in all of them:

- an impossible HRV or date is a ``Problem``, for which the whole file is refused;
- any other impossible value is left out, with a warning;
- a number that vendors write for "not measured" (0 or -1 where that cannot be a value) is missing
  and counted in ``skipped``; an empty value or a word such as ``null`` is missing.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

from hrvctl.records import (
    FIRST_PLAUSIBLE_DAY,
    HRV_METRICS,
    PLAUSIBLE,
    Measurement,
    Metric,
    Problem,
    Reading,
)
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.column_dates import NO_DATE, ColumnDates

# Left-out values of each column that are shown one by one; the rest is counted. Own choice: three
# show the pattern, and nobody reads a page of warnings.
MAX_SHOWN = 3
# Characters of a value that a message shows.
SHOWN_CHARACTERS = 80
# What Garmin, Samsung and others write for a quantity that was not measured.
NOT_MEASURED = -1
MISSING_VALUE = "value of 0 or -1, which means missing"


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a JSON file or one row of a table.

    Attributes:
        number: Its place, from 1, or its line; faults are located by it.
        group: The name its list has in the file (``sleep``), empty where it has none.
        content: Its values by key or column.
    """

    number: int
    group: str
    content: Mapping[str, Any]


class Column(NamedTuple):
    """Where a value is, what it is, and the factor from the file's unit to the metric's.

    ``path`` is a normalised column name or a dotted path of keys, such as ``score.strain``.
    """

    path: str
    metric: Metric
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordProblem(Problem):
    """A fault in a record whose number does not count lines.

    Attributes:
        unit: What ``line`` counts.
    """

    unit: str

    def __str__(self) -> str:
        where = f"{self.file}, {self.unit} {self.line}" if self.line else self.file
        return f"{where}: {self.column} {self.value!r}: {self.why}"


AnyRecord = TypeVar("AnyRecord")


class FieldReader(Generic[AnyRecord]):
    """Reads fields of one file's records; a subclass says where a field is.

    Args:
        file: The document's name.
        today: The person's date; a day after tomorrow is a fault.
        problems: Faults found before the records could be read.
        unit: What a record's number counts: ``object``, ``line``, ``row`` or ``message``.
        unknown_columns: Columns that are not read.
        date_order: Which number of a date is first, where the person named it; else empty.
    """

    def __init__(
        self,
        file: str,
        *,
        today: date,
        problems: Sequence[Problem] = (),
        unit: str = "object",
        unknown_columns: Sequence[str] = (),
        date_order: str = "",
    ) -> None:
        self.file = file
        self._date_order = date_order
        self._dates: dict[str, ColumnDates] = {}
        self.problems = list(problems)
        self.skipped: Counter[str] = Counter()
        self.unknown_columns = tuple(unknown_columns)
        self.n_rows = 0
        self.last_day = today + timedelta(days=1)
        self._unit = unit
        self._warnings: list[str] = []
        self._left_out: dict[str, list[str]] = {}
        self._n_left_out: Counter[str] = Counter()

    def get(self, record: AnyRecord, path: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value of a field, ``None`` or empty where the record has none."""
        raise NotImplementedError

    def number_of(self, record: AnyRecord) -> int:
        """Return the number a record is located by in messages."""
        raise NotImplementedError

    def all_records(self) -> Sequence[AnyRecord]:
        """Return every record of the file."""
        raise NotImplementedError

    def column(self, path: str) -> str:
        """Return what the file itself calls a field."""
        return path

    def problem(self, record: AnyRecord, path: str, why: str) -> None:
        """Note a fault for which the file is refused."""
        shown = _shown(self.get(record, path))
        self.add_problem(self.number_of(record), self.column(path), shown, why)

    def leave_out(
        self, record: AnyRecord, path: str, why: str, *, value: object | None = None
    ) -> None:
        """Note a value that is left out while the rest of the file is read."""
        shown = _shown(self.get(record, path) if value is None else value)
        self.add_left_out(self.number_of(record), self.column(path), shown, why)

    def warn(self, text: str) -> None:
        """Add a warning about the whole file."""
        self._warnings.append(f"{self.file}: {text}")

    def value(
        self, record: AnyRecord, path: str, metric: Metric, *, scale: float = 1.0
    ) -> float | None:
        """Read a measured value; see the module for how faulty ones are treated.

        Args:
            record: The record.
            path: The field.
            metric: What was measured.
            scale: Factor from the file's unit to the metric's, for example 1 / 60 for seconds.
        """
        raw = self.get(record, path)
        if raw is None or raw == "":
            return None
        # Nearly every value is a plausible number; what else it may be is asked after that.
        number = cell_values.number_or_nan(str(raw))
        value = number * scale
        low, high = PLAUSIBLE[metric]
        if low <= value <= high:
            return value
        minutes = cell_values.minutes_or_nan(str(raw)) if metric.endswith("_min") else math.nan
        if math.isnan(number) and low <= minutes <= high:
            return minutes
        if math.isnan(number):
            if cell_values.is_missing(str(raw)):
                return None
            why = "not a number"
        elif self.is_not_measured(number, metric):
            return None
        else:
            why = f"not within {low:g} to {high:g}"
        if metric not in HRV_METRICS:
            self.leave_out(record, path, f"{why}; left out")
            return None
        advice = "; where there is no HRV, leave the cell empty" if self._unit == "line" else ""
        self.problem(record, path, f"{why}{advice}")
        return None

    def values(self, record: AnyRecord, columns: Iterable[Column]) -> dict[Metric, float]:
        """Read the values of several columns; of two columns of one metric the last."""
        return {
            metric: value
            for path, metric, scale in columns
            if (value := self.value(record, path, metric, scale=scale)) is not None
        }

    def sample(self, record: AnyRecord, path: str, metric: Metric) -> float | None:
        """Read a value of some seconds or minutes; an impossible one is only left out.

        That of an HRV too: it can be all artefact, and is one of many of its night.
        """
        number = cell_values.number_or_nan(str(self.get(record, path)))
        low, high = PLAUSIBLE[metric]
        if low <= number <= high:
            return number
        if not self.is_not_measured(number, metric):
            self.leave_out(record, path, f"not within {low:g} to {high:g}; left out")
        return None

    def is_not_measured(self, number: float, metric: Metric) -> bool:
        """Whether a number means that nothing was measured; if so, count it."""
        low = PLAUSIBLE[metric].low
        if (number == 0 and low > 0) or (number == NOT_MEASURED and low >= 0):
            self.skipped[MISSING_VALUE] += 1
            return True
        return False

    def moment(self, record: AnyRecord, path: str) -> datetime | None:
        """Read a date and time, aware where it has an offset; an impossible one is a problem."""
        raw = self.get(record, path)
        if raw is None or raw == "":
            return None
        try:
            moment = cell_values.stamp(str(raw))
        except ValueError as error:
            if cell_values.is_missing(str(raw)):
                return None
            try:
                moment = cell_values.stamp(self.iso(path, str(raw)))
            except ValueError as styled:
                why = str(error) if str(styled) == NO_DATE else f"{error}: {styled}"
                advice = "; if a spreadsheet rewrote the file, give the original export"
                self.problem(record, path, f"{why}{advice if self._unit == 'line' else ''}")
                return None
        day = moment.date()
        is_usual = FIRST_PLAUSIBLE_DAY <= day <= self.last_day
        return moment if is_usual or self.is_possible(record, path, day) else None

    def day(self, record: AnyRecord, path: str) -> date | None:
        """Read a date, ``YYYY-MM-DD``, ignoring a time after it."""
        raw = self.get(record, path)
        if raw is None or raw == "":
            return None
        try:
            day = date.fromisoformat(str(raw)[:10])
        except ValueError:
            try:
                day = date.fromisoformat(self.iso(path, str(raw))[:10])
            except ValueError as error:
                self.problem(record, path, str(error))
                return None
        return day if self.is_possible(record, path, day) else None

    def iso(self, path: str, text: str) -> str:
        """Rewrite a date in another style than ISO 8601 by what its whole column says.

        Raises:
            ValueError: It is not a date, or which number is the day is open.
        """
        if path not in self._dates:
            cells = [str(self.get(record, path) or "") for record in self.all_records()]
            self._dates[path] = ColumnDates(cells, self.last_day, self._date_order)
            if self._dates[path].is_eliminated:
                order = self._dates[path].order.replace("-", " ")
                self.warn(
                    f"{self.column(path)} is read with the {order}, since the other way some dates"
                    " would be in the future; if that is wrong, give --dates"
                )
        return self._dates[path].iso(text)

    def required_day(self, record: AnyRecord, path: str) -> date | None:
        """Read a date as ``day`` does; a missing one is a problem too."""
        if not self.get(record, path):
            self.problem(record, path, "a record must have a date")
        return self.day(record, path)

    def is_possible(self, record: AnyRecord, path: str, day: date) -> bool:
        """Whether something can have been measured on a day; if not, note a problem."""
        why = self.why_impossible(day)
        if why:
            self.problem(record, path, why)
        return not why

    def why_impossible(self, day: date) -> str:
        """Say why nothing can have been measured on a day; empty if it can."""
        if day < FIRST_PLAUSIBLE_DAY:
            return f"the date is before {FIRST_PLAUSIBLE_DAY}; check the clock of the device"
        if day > self.last_day:
            return f"the date is in the future, after {self.last_day}; check the device's clock"
        return ""

    def add_problem(self, number: int, column: str, value: str, why: str) -> None:
        """Note a fault at a line or record number; 0 for the whole file."""
        problem = Problem(file=self.file, line=number, column=column, value=value, why=why)
        if self._unit != "line" and column:
            problem = RecordProblem(
                file=self.file, line=number, column=column, value=value, why=why, unit=self._unit
            )
        self.problems.append(problem)

    def add_left_out(self, number: int, column: str, value: str, why: str) -> None:
        """Note a left-out value at a line or record number; 0 for the whole file."""
        self._n_left_out[column] += 1
        if self._n_left_out[column] <= MAX_SHOWN:
            where = f", {self._unit} {number}" if number else ""
            shown = f"{self.file}{where}: {column} {value!r}: {why}"
            self._left_out.setdefault(column, []).append(shown)

    def reading(
        self,
        source: str,
        kind: str,
        *,
        measurements: Iterable[Measurement] = (),
        **records: Any,  # noqa: ANN401
    ) -> Reading:
        """Build the file's ``Reading``: the given records, and every fault noted.

        Measurements are put in order of day, then metric; other records stay in theirs.
        """
        return Reading(
            file=self.file,
            source=source,
            kind=kind,
            problems=tuple(sorted(self.problems, key=lambda problem: problem.line)),
            warnings=tuple(self._all_warnings()),
            n_rows=self.n_rows,
            skipped={reason: n for reason, n in self.skipped.items() if n},
            unknown_columns=self.unknown_columns,
            measurements=tuple(sorted(measurements, key=attrgetter("day", "metric"))),
            **records,
        )

    def _all_warnings(self) -> list[str]:
        warnings = list(self._warnings)
        for column, shown in self._left_out.items():
            warnings += shown
            if n_more := self._n_left_out[column] - len(shown):
                warnings.append(f"{self.file}: {column}: {n_more} more like these")
        return warnings


class RecordReader(FieldReader[Record]):
    """Reads fields by key, column name or dotted path. Takes also what ``FieldReader`` does.

    Args:
        records: The records of the file.
        columns: The normalised header of a table; empty for JSON.
    """

    def __init__(
        self,
        file: str,
        records: Sequence[Record],
        *,
        today: date,
        problems: Sequence[Problem] = (),
        unit: str = "object",
        columns: Sequence[str] = (),
        unknown_columns: Sequence[str] = (),
        date_order: str = "",
    ) -> None:
        super().__init__(
            file,
            today=today,
            problems=problems,
            unit=unit,
            unknown_columns=unknown_columns,
            date_order=date_order,
        )
        self.records = records
        self.columns = tuple(columns)
        self.n_rows = len(records)

    def get(self, record: Record, path: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value at a dotted path (``score.strain``), ``None`` where there is none."""
        value: Any = record.content
        for name in path.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(name)
        return value

    def text(self, record: Record, path: str) -> str:
        """Return the value of a top-level field as text, empty where there is none."""
        value = record.content.get(path)
        return "" if value is None else str(value)

    def number_of(self, record: Record) -> int:
        """Return the record's own number."""
        return record.number

    def all_records(self) -> Sequence[Record]:
        """Return every record of the file."""
        return self.records


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:SHOWN_CHARACTERS]

"""Objects of a JSON file whose fields have a meaning: values, days, and every fault on the way."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hrvctl.records import FIRST_PLAUSIBLE_DAY, HRV_METRICS, PLAUSIBLE, Metric, Problem, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.table_reader import TOLD, ZERO_IS_MISSING

# What Garmin, Samsung and others write for a quantity they did not measure.
NOTHING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProblem(Problem):
    """A fault in an entry, whose number need not be that of a line.

    Attributes:
        unit: What ``line`` counts.
    """

    unit: str

    def __str__(self) -> str:
        where = f"{self.file}, {self.unit} {self.line}" if self.line else self.file
        return f"{where}: {self.column} {self.value!r}: {self.why}"


class Entries:
    """One file's objects, and what is wrong with them; the JSON twin of ``Sheet``.

    Args:
        file: The document's name.
        entries: Its objects.
        today: The person's date; a day after tomorrow is a fault.
        problems: Faults found before the objects could be looked at.
        unit: What an entry's number counts, ``object`` or ``line``.
    """

    def __init__(
        self,
        file: str,
        entries: Sequence[Entry],
        *,
        today: date,
        problems: Sequence[Problem] = (),
        unit: str = "object",
    ) -> None:
        self.file = file
        self.entries = entries
        self.problems = list(problems)
        self.skipped: Counter[str] = Counter()
        self._unit = unit
        self._last_day = today + timedelta(days=1)
        self._left_out: dict[str, list[str]] = {}
        self._told: list[str] = []

    def get(self, entry: Entry, path: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """What stands at a dotted path (``score.strain``), ``None`` where nothing does."""
        value: Any = entry.content
        for name in path.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(name)
        return value

    def problem(self, entry: Entry, path: str, why: str) -> None:
        """Note a fault for which the file cannot be trusted."""
        shown = _shown(self.get(entry, path))
        self.problems.append(
            EntryProblem(
                file=self.file,
                line=entry.number,
                column=path,
                value=shown,
                why=why,
                unit=self._unit,
            )
        )

    def leave_out(self, entry: Entry, path: str, why: str) -> None:
        """Note a value that is not taken, while the rest of the file is."""
        shown = _shown(self.get(entry, path))
        where = f", {self._unit} {entry.number}" if entry.number else ""
        told = f"{self.file}{where}: {path} {shown!r}: {why}"
        self._left_out.setdefault(path, []).append(told)

    def warn(self, what: str) -> None:
        """Note something about the whole file that a person may want to know."""
        self._told.append(f"{self.file}: {what}")

    def value(self, entry: Entry, path: str, metric: Metric, *, scale: float = 1.0) -> float | None:
        """Read a measured value; an impossible HRV is a problem, any other is left out.

        Args:
            entry: Where.
            path: Dotted path of the number.
            metric: What it is.
            scale: Factor from the file's unit to the metric's, for example 1 / 60 for seconds.
        """
        raw = self.get(entry, path)
        if raw is None or (isinstance(raw, str) and cell_values.is_missing(raw)):
            return None
        low, high = PLAUSIBLE[metric]
        try:
            number = cell_values.number(str(raw))
        except ValueError as error:
            why = str(error)
        else:
            value = number * scale
            # Zero is how every JSON export seen says that there was nothing to measure, and -1
            # where less than nothing cannot be.
            if value == 0 and (metric in ZERO_IS_MISSING or metric in HRV_METRICS):
                return None
            if number == NOTHING and low >= 0:
                return None
            if low <= value <= high:
                return value
            why = f"not within {low:g} to {high:g}"
        if metric in HRV_METRICS:
            self.problem(entry, path, why)
        else:
            self.leave_out(entry, path, f"{why}; left out")
        return None

    def moment(self, entry: Entry, path: str) -> datetime | None:
        """Read a date and time, aware where it has an offset; an impossible one is a problem."""
        raw = self.get(entry, path)
        if raw is None or raw == "":
            return None
        try:
            moment = cell_values.stamp(str(raw))
        except ValueError as error:
            self.problem(entry, path, str(error))
            return None
        return moment if self.is_possible(entry, path, moment.date()) else None

    def day(self, entry: Entry, path: str) -> date | None:
        """Read a day, ``YYYY-MM-DD``, with whatever time stands behind it left aside."""
        raw = self.get(entry, path)
        if raw is None or raw == "":
            return None
        try:
            day = date.fromisoformat(str(raw)[:10])
        except ValueError:
            self.problem(entry, path, "not a date like 2025-05-03")
            return None
        return day if self.is_possible(entry, path, day) else None

    def is_possible(self, entry: Entry, path: str, day: date) -> bool:
        """Whether a day can have been measured; if not, that is a problem."""
        if FIRST_PLAUSIBLE_DAY <= day <= self._last_day:
            return True
        is_early = day < FIRST_PLAUSIBLE_DAY
        why = f"before {FIRST_PLAUSIBLE_DAY}" if is_early else f"after {self._last_day}"
        self.problem(entry, path, f"{why}, no night can be; was a clock wrong?")
        return False

    def reading(self, source: str, kind: str, **records: Any) -> Reading:  # noqa: ANN401
        """Close the file: the records read from it beside everything noted."""
        return Reading(
            file=self.file,
            source=source,
            kind=kind,
            problems=tuple(sorted(self.problems, key=lambda problem: problem.line)),
            warnings=tuple(self._warnings()),
            n_rows=len(self.entries),
            skipped=dict(self.skipped),
            **records,
        )

    def _warnings(self) -> list[str]:
        warnings = list(self._told)
        for path, told in self._left_out.items():
            warnings += told[:TOLD]
            if len(told) > TOLD:
                warnings.append(f"{self.file}: {path}: {len(told) - TOLD} more like these")
        return warnings


def _shown(value: object) -> str:
    """A value for a message: short, whatever it is."""
    return "" if value is None else str(value)[:80]

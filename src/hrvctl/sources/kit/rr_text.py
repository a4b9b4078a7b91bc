"""Parse RR intervals in plain text: one column or two, or many numbers on a line."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import normalise
from hrvctl.sources.kit.rr_metrics import MEDIAN_HIGH_MS, MEDIAN_LOW_MS, unit_ms

# Header cells of the intervals and the time; a file with any other column is not of this format.
INTERVALS = frozenset(
    {"rr", "rri", "ibi", "nn", "nni", "rr_interval", "rr_intervals", "interval", "ibi_interval"}
)
TIMES = frozenset({"time", "timestamp", "t", "datetime", "date_time", "elapsed", "elapsed_time"})
UNIT = re.compile(r"_(?:ms|s|sec|seconds|millis|milliseconds)$")
COMMENTS = ("#", "//")
OTHER_FORMATS = ("[", "{", "<")  # JSON and XML
BETWEEN = re.compile(r"[,;\s]+")
# One number a line, of a country that writes 0,812; else the comma parts two numbers.
DECIMAL_COMMA = re.compile(r"[0-9],[0-9]{2,}")
# Numbers and their share that must be intervals, for a file without a header to be recognised.
# Own choice: with fewer there is nothing to measure, and a few artefacts are in most recordings.
MIN_NUMBERS, MIN_SHARE = 10, 0.9
# Share of words among the first tokens that even a recording with a preamble stays below. Own
# choice: between the tenth allowed to the whole and the half of a table of dates and numbers.
MAX_WORDS = 0.25
RR, TIME = "rr", "time"


@dataclass(frozen=True, slots=True)
class RrInterval:
    """The text of an interval, its line, and the text of its time column."""

    line: int
    interval: str
    time: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


def parse(text: str) -> list[RrInterval]:
    """Find the intervals of a text; none if it is not laid out as such a file."""
    rest = _lines(text)
    first = next(rest, None)
    if first is None or first.text.startswith(OTHER_FORMATS):
        return []
    lines = [first, *rest]
    delimiter = cell_values.sniff_delimiter(lines[0].text)
    header = [normalise(cell) for cell in lines[0].text.split(delimiter)]
    columns = [_meaning(name) for name in header]
    if columns.count(RR) == 1 and set(columns) <= {RR, TIME} and columns.count(TIME) < 2:
        return _of_columns(lines[1:], columns, delimiter)
    return _of_numbers(lines)


def is_prose(tokens: Sequence[RrInterval]) -> bool:
    """Whether more of a file's first tokens are words than in any recording."""
    words = [t for t in tokens if math.isnan(number_of(t.interval))]
    return sum(not cell_values.is_missing(t.interval) for t in words) > MAX_WORDS * len(tokens)


def is_recording(tokens: Sequence[RrInterval]) -> bool:
    """Whether most tokens are intervals of a heart at rest."""
    numbers = [value for token in tokens if math.isfinite(value := number_of(token.interval))]
    if len(numbers) < max(MIN_NUMBERS, MIN_SHARE * len(tokens)):
        return False
    scale = unit_ms(numbers)
    n = sum(MEDIAN_LOW_MS <= value * scale <= MEDIAN_HIGH_MS for value in numbers)
    return n >= MIN_SHARE * len(numbers)


def number_of(text: str) -> float:
    """Read a number; ``nan`` if it is not one."""
    return cell_values.number_or_nan(text)


def _lines(text: str) -> Iterator[_Line]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith(COMMENTS):
            yield _Line(number, line.strip())


def _meaning(name: str) -> str:
    name = UNIT.sub("", name)
    return RR if name in INTERVALS else TIME if name in TIMES else name


def _of_columns(lines: Sequence[_Line], columns: Sequence[str], delimiter: str) -> list[RrInterval]:
    place = columns.index(RR)
    time = columns.index(TIME) if TIME in columns else None
    found = []
    for line in lines:
        cells = [cell.strip() for cell in line.text.split(delimiter)]
        cells += [""] * (len(columns) - len(cells))
        found.append(RrInterval(line.number, cells[place], "" if time is None else cells[time]))
    return found


def _of_numbers(lines: Sequence[_Line]) -> list[RrInterval]:
    if all(DECIMAL_COMMA.fullmatch(line.text) for line in lines):
        return [RrInterval(line.number, line.text.replace(",", ".")) for line in lines]
    rows = [(line.number, BETWEEN.split(line.text.strip(",;"))) for line in lines]
    if all(len(cells) == 2 for _, cells in rows) and len(rows) > 1:
        first, second = ([number_of(cells[n]) for _, cells in rows] for n in (0, 1))
        if _grows(first):
            return [RrInterval(number, cells[1], cells[0]) for number, cells in rows]
        if _grows(second):
            return [RrInterval(number, cells[0], cells[1]) for number, cells in rows]
    return [RrInterval(number, cell) for number, cells in rows for cell in cells]


def _grows(values: Sequence[float]) -> bool:
    """Whether a column is the time: intervals between beats do not grow from first to last."""
    known = [value for value in values if math.isfinite(value)]
    return len(known) > MIN_SHARE * len(values) and all(a < b for a, b in pairwise(known))

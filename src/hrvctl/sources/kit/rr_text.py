"""Parse RR intervals in plain text: one column or two, or many numbers on a line."""

import csv
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
# Beside them a heart rate proves that "RR" is not a rate of breathing, as it is in most tables with
# both; the share of the interval by which it may be off is own choice.
HEART_RATES = frozenset({"hr", "heart_rate", "heartrate", "bpm", "pulse"})
OTHERS = frozenset({"mode", "source", "note"})
HR_TOLERANCE = 0.15
MINUTE_MS = 60_000.0
# A letter behind each interval: N is a normal beat.
BEAT_LETTERS, NORMAL = re.compile(r"[A-Za-z]"), "N"
UNIT = re.compile(r"_(?:ms|s|sec|seconds|millis|milliseconds)$")
COMMENTS = ("#", "//")
OTHER_FORMATS = ("[", "{", "<")  # JSON and XML
BETWEEN = re.compile(r"[,;\s]+")
# One number a line, of a country that writes 0,812 or 812,5; else the comma parts two numbers.
DECIMAL_COMMA = re.compile(r"[0-9],[0-9]{2,}|[0-9]{3,4},[0-9]{1,2}")
# Numbers and their share that must be intervals, for a file without a header to be recognised.
# Own choice: with fewer there is nothing to measure, and a few artefacts are in most recordings.
MIN_NUMBERS, MIN_SHARE = 10, 0.9
# Share of words among the first tokens that even a recording with a preamble stays below. Own
# choice: between the tenth allowed to the whole and the half of a table of dates and numbers.
MAX_WORDS = 0.25
RR, TIME, HR = "rr", "time", "hr"


@dataclass(frozen=True, slots=True)
class RrInterval:
    """The text of an interval, its line, and the text of its time and heart rate columns."""

    line: int
    interval: str
    time: str = ""
    heart_rate: str = ""


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
    is_table = columns.count(RR) == 1 and columns.count(TIME) < 2 and columns.count(HR) < 2
    if is_table and set(columns) <= {RR, TIME, HR, *OTHERS}:
        found = _of_columns(lines[1:], columns, delimiter)
        return found if HR not in columns or _is_proven(found) else []
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
    if name in HEART_RATES:
        return HR
    return RR if name in INTERVALS else TIME if name in TIMES else name


def _of_columns(lines: Sequence[_Line], columns: Sequence[str], delimiter: str) -> list[RrInterval]:
    found = []
    for line in lines:
        named = dict(zip(columns, _cells(line.text, delimiter), strict=False))
        # Loggers put all the intervals of a moment into one cell.
        for interval in BETWEEN.split(named.get(RR, "")):
            found.append(RrInterval(line.number, interval, named.get(TIME, ""), named.get(HR, "")))
    return found


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:  # a cell of more than 100,000 characters
        return []


def _is_proven(found: Sequence[RrInterval]) -> bool:
    """Whether the heart rates of most rows are those of their intervals."""
    pairs = [(number_of(one.interval), number_of(one.heart_rate)) for one in found]
    known = [(x, hr) for x, hr in pairs if x > 0 and hr > 0]
    scale = unit_ms([x for x, _ in known])
    n = sum(abs(MINUTE_MS / (x * scale) / hr - 1) <= HR_TOLERANCE for x, hr in known)
    return n > len(known) / 2


def _of_numbers(lines: Sequence[_Line]) -> list[RrInterval]:
    if all(DECIMAL_COMMA.fullmatch(line.text) for line in lines):
        return [RrInterval(line.number, line.text.replace(",", ".")) for line in lines]
    rows = [(line.number, BETWEEN.split(line.text.strip(",;"))) for line in lines]
    if len(rows) > 1 and all(len(c) == 2 and BEAT_LETTERS.fullmatch(c[1]) for _, c in rows):
        return [RrInterval(number, c[0] if c[1] == NORMAL else "") for number, c in rows]
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

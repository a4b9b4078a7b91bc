"""Decode text and tables, and parse header names, numbers, times and other cells."""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

DELIMITERS = ",;\t"
RARE_DELIMITER = "|"  # where the header has none of the others

# Words that exports write where there is no value.
MISSING = frozenset({"", "-", "--", "—", "nan", "null", "none", "n/a", "#n/a"})
# en, de, fr, es, pt, it; and what a spreadsheet in that language makes of TRUE and FALSE.
TRUE = frozenset(
    {"true", "1", "1.0", "yes", "y", "ja", "oui", "sí", "si", "sim", "sì"}
    | {"wahr", "vrai", "verdadero", "verdadeiro", "vero"}
)
FALSE = frozenset(
    {"false", "0", "0.0", "no", "n", "nein", "non", "não", "nao"} | {"falsch", "faux", "falso"}
)

# Cells of a row used to recognise a file: the widest header known has some 80, while a JSON file
# without line ends would make one row of 16,000. Own choice.
HEAD_CELLS = 1000
# And characters of a cell: names are shorter, and a web page can be a single cell. Own choice.
HEAD_CHARACTERS = 1000

# Bytes by which UTF-16 without its BOM is known, and the characters there must be. Own choice.
SNIFFED_BYTES, MIN_UTF16 = 16, 4

UNITS = re.compile(
    r"\s*(?:ms|msec|мс|毫秒|ミリ秒|밀리초|bpm|ppm|lpm|brpm|rpm|uderz\./min|уд\.?/мин|[a-z]{1,6}/min|count/min|°?C|%|°)"
    r"\.?$",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# A comma before exactly three digits may separate thousands, so it is not a decimal comma.
DECIMAL_COMMA = re.compile(r"([+-]?[0-9]*),([0-9]{1,2}|[0-9]{4,})")
STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r"(?:\s*(?:Z|[+-][0-9]{2}:?[0-9]{2}))?",
    re.IGNORECASE,
)
# The same on a 12-hour clock, its half of the day before or after the time in any spelling:
# 6:45:12 AM, 6:45:12 a. m. +0000, 下午6:45.
TWELVE_HOURS = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:T|,?\s+)(?P<before>[上下]午|午[前後]|오[전후])?\s*"
    r"(?P<hour>0?[0-9]|1[0-2])(?P<rest>:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)"
    r"\s*(?P<after>[ap]\.?\s*m\b\.?|[上下]午|午[前後]|오[전후])?(?P<zone>.*)",
    re.IGNORECASE,
)
MORNING = ("a", "上", "午前", "오전")
# Excel's own first line, which names the delimiter: `sep=;`.
SEP_LINE = re.compile(r"\ufeff?\s*\"?sep=(.)\"?[,;\t|]*[ ]*(?:\r\n|\r|\n)", re.IGNORECASE)
# A duration: 7h 31min, 7 Std. 31 Min., 45min, 7:31, 07:31:00, 7.5 h. Four digits are enough for the
# minutes of any night, and never too large a number.
DURATION = re.compile(
    r"(?:([0-9]{1,4})\s*(?:h|hrs?|hours?|std\.?))?\s*(?:([0-9]{1,4})\s*(?:min\.?|mins|m))?",
    re.IGNORECASE,
)
HOURS = re.compile(r"([0-9]{1,2}[.,][0-9]{1,4})\s*(?:h|hrs?|hours?|std\.?)", re.IGNORECASE)
CLOCK_DURATION = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9])(?:\.[0-9]+)?)?")
ZONE = re.compile(r"(?:UTC|GMT)?\s*(?:([+-])([0-9]{1,2})(?::?([0-5][0-9]))?|Z)?", re.IGNORECASE)
# Time zones are between UTC-12 and UTC+14 (tz database).
FIRST_ZONE, LAST_ZONE = timedelta(hours=-12), timedelta(hours=14)
# Parsed cells that are cached: an export repeats the same few thousand numbers, and each moment
# in several files. Own choice: the moments of ten years' nights and workouts.
CACHED_CELLS = 16_384


class BrokenTable(ValueError):
    """The quoting of the file does not close, so its rows cannot be separated."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


class Row(NamedTuple):
    """One record and the physical line it begins on, counted from 1."""

    line: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Whether all its cells are empty."""
        return not any(map(str.strip, self.cells))


def decode(data: bytes, *, is_cut: bool = False) -> str | None:
    """Decode bytes as UTF-8, as UTF-16 if they have its BOM or every other one is 0, else cp1252.

    Args:
        data: A file, or its beginning.
        is_cut: Whether the last character may be cut in two.

    Returns:
        The text without its BOM, or ``None`` if it is not text (a NUL, or undecodable bytes).
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = _decode_as("utf-16", data, is_cut)
    elif utf16 := _utf16_without_bom(data):
        text = _decode_as(utf16, data, is_cut)
    else:
        text = _decode_as("utf-8-sig", data, is_cut)
        if text is None:
            text = _decode_as("cp1252", data, is_cut)
    return None if text is None or "\0" in text else text


def _utf16_without_bom(data: bytes) -> str:
    """Name the UTF-16 in which the first line is ASCII; empty if it is neither of the two."""
    first = data[:SNIFFED_BYTES]
    first = first[: len(first) // 2 * 2]
    for encoding, zeros, letters in (
        ("utf-16-le", first[1::2], first[::2]), ("utf-16-be", first[::2], first[1::2]),
    ):  # fmt: skip
        if len(letters) >= MIN_UTF16 and not any(zeros) and all(letters):
            return encoding
    return ""


def _decode_as(encoding: str, data: bytes, is_cut: bool) -> str | None:
    stream = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    try:
        return stream.read()
    except UnicodeDecodeError as error:
        # UTF-8 takes 4 bytes a character at most: only a fault that near the end is the cut.
        if is_cut and len(data) - error.start < 4:
            return _decode_as(encoding, data[: error.start], is_cut=False)
        return None


def rows(text: str) -> Iterator[Row]:
    """Read a table's rows, the header first, as RFC 4180 defines them.

    The delimiter is whichever of ``, ; tab`` is most frequent in the header outside quotes, or, if
    there is none, ``|``.

    Raises:
        BrokenTable: A quote is not closed or not followed by a delimiter.
    """
    delimiter, first, line = sniff_delimiter(text), 0, 1
    if sep := SEP_LINE.match(text):
        delimiter, first, line = sep[1], sep.end(), 2
    lines = io.StringIO(text[first:], newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            row = Row(line, tuple(cells))
            line = reader.line_num + (2 if first else 1)
            if not row.is_blank:
                yield row
    except csv.Error as error:
        why = f"the quotes of the record that begins here do not add up ({error})"
        raise BrokenTable(line, why) from error


def first_rows(head: bytes, n: int) -> list[Row]:
    """Read up to ``n`` rows from a file's first bytes; none if it is not a table."""
    return list(_first_rows(head, n))


# Every source asks for the same document in turn, and an export may hold 30,000 documents.
@lru_cache(maxsize=4)
def _first_rows(head: bytes, n: int) -> tuple[Row, ...]:
    text = decode(head, is_cut=True)
    found: list[Row] = []
    if text is None:
        return ()
    try:
        for row in rows(text):
            cells = (cell[:HEAD_CHARACTERS] for cell in row.cells[:HEAD_CELLS])
            found.append(Row(row.line, tuple(cells)))
            if len(found) == n:
                break
    except BrokenTable:
        pass  # the beginning may end inside a quote; the rows before it are good
    return tuple(found)


def sniff_delimiter(text: str) -> str:
    """Find the delimiter of a header: the most frequent one outside quotes, a comma at a tie.

    A bar counts where there is no other.
    """
    header = text.lstrip("\r\n").splitlines()[:1]
    bare = re.sub(r'"[^"]*"?', "", header[0] if header else "")
    if RARE_DELIMITER in bare and not any(sign in bare for sign in DELIMITERS):
        return RARE_DELIMITER
    return max(DELIMITERS, key=bare.count)


# Every source normalises the header of the same document in turn.
@lru_cache(maxsize=2 * HEAD_CELLS)
def normalise(name: str) -> str:
    """Normalise a header cell to the spelling that every source uses for column names.

    ``Recovery score %``, ``recovery_score_%`` and ``Recovery score%`` all become
    ``recovery_score_pct``; case, accents, blanks and punctuation do not matter.
    """
    bare = name.casefold() if name.isascii() else _without_accents(_as_utf8(name))
    return re.sub(r"[\W_]+", "_", bare.replace("%", " pct ")).strip("_")


def _as_utf8(name: str) -> str:
    """Undo a program that took UTF-8 for cp1252: of ``FrÃ©quence`` make ``Fréquence``."""
    for encoding in ("latin-1", "cp1252"):
        with suppress(UnicodeError):
            return name.encode(encoding).decode("utf-8")
    return name


def _without_accents(name: str) -> str:
    name = unicodedata.normalize("NFKC", name.removeprefix("\ufeff"))
    name = name.replace("\u2018", "'").replace("\u2019", "'").casefold()
    name = unicodedata.normalize("NFKD", name)
    return "".join(char for char in name if not unicodedata.combining(char))


def is_missing(cell: str) -> bool:
    """Whether a cell is empty or a word for no value."""
    return cell.strip().casefold() in MISSING


def number(cell: str) -> float:
    """Read a number with a decimal point or an unambiguous decimal comma, and maybe a unit.

    Raises:
        ValueError: It is not a finite number.
    """
    value = number_or_nan(cell)
    if math.isnan(value):
        raise ValueError("not a number")
    return value


@lru_cache(maxsize=CACHED_CELLS)
def number_or_nan(cell: str) -> float:
    """Read a number as ``number`` does; ``nan`` if it is not one."""
    value = float(cell if NUMBER.fullmatch(cell) else _bare_number(cell))
    return value if math.isfinite(value) else math.nan


def _bare_number(cell: str) -> str:
    text = UNITS.sub("", unicodedata.normalize("NFKC", cell).strip())
    if comma := DECIMAL_COMMA.fullmatch(text):
        text = f"{comma[1]}.{comma[2]}"
    return text if NUMBER.fullmatch(text) else "nan"


def minutes_or_nan(cell: str) -> float:
    """Read a duration such as ``7h 31min``, ``7:31`` or ``7.5 h`` in minutes, else ``nan``."""
    text = cell.strip()
    if hours := HOURS.fullmatch(text):
        return number_or_nan(hours[1]) * 60
    found = DURATION.fullmatch(text) or CLOCK_DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        return math.nan
    whole, minutes, *seconds = (int(part or 0) for part in found.groups())
    return whole * 60 + minutes + sum(seconds) / 60


@lru_cache(maxsize=CACHED_CELLS)
def boolean(cell: str) -> bool:
    """Read yes or no in the languages exports come in.

    Raises:
        ValueError: It is neither.
    """
    word = unicodedata.normalize("NFC", cell).strip().casefold()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError("neither true nor false")


@lru_cache(maxsize=CACHED_CELLS)
def stamp(cell: str) -> datetime:
    """Read ``YYYY-MM-DD HH:MM[:SS]`` or a 12-hour clock, aware if it has an offset, else naive.

    Raises:
        ValueError: It is not such a date and time; a spreadsheet may have rewritten it.
    """
    text = cell.strip()
    if not STAMP.fullmatch(text):
        text = _in_24_hours(text)
    if not STAMP.fullmatch(text):
        raise ValueError("not a date and time like 2025-05-03 23:41:07")
    if len(text) > len("2025-05-03 23:41:07"):
        text = text.upper().replace(" ", "T", 1).replace(" ", "")
    return datetime.fromisoformat(text)


def _in_24_hours(text: str) -> str:
    found = TWELVE_HOURS.fullmatch(unicodedata.normalize("NFKC", text))
    half = (found["before"] or found["after"]) if found else None
    if not found or not half or (found["before"] and found["after"]):
        return text
    is_morning = half.casefold().startswith(MORNING)
    hour = int(found["hour"]) % 12 + (0 if is_morning else 12)
    return f"{found['day']} {hour:02}{found['rest']}{found['zone'].rstrip()}"


@lru_cache(maxsize=CACHED_CELLS)
def zone(cell: str) -> tzinfo | None:
    """Read a fixed offset: ``UTC+02:00``, ``UTCZ``, ``UTC``, ``Z``, ``+02:00``, ``UTC+0530``.

    Returns:
        The zone, or ``None`` where the cell does not name one.
    """
    found = ZONE.fullmatch(cell.strip())
    if not cell.strip() or not found:
        return None
    sign, hours, minutes = found.groups()
    if sign is None:
        return UTC
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    return zone_at(offset.total_seconds())


def instant(seconds: float) -> datetime | None:
    """The instant so many seconds after 1970 (UTC); ``None`` where there is none.

    A year at either end is left, so that any time zone can be applied.
    """
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if 1 < moment.year < 9999 else None


@lru_cache(maxsize=CACHED_CELLS)
def zone_at(offset_s: float) -> tzinfo | None:
    """Return the zone of an offset in seconds east of UTC; ``None`` if no time zone has it."""
    if not FIRST_ZONE.total_seconds() <= offset_s <= LAST_ZONE.total_seconds():
        return None
    return timezone(timedelta(seconds=round(offset_s)))

"""Files of recorders that are text with a layout of their own: Empatica, Polar HRM, Movesense."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hrvctl.sources.kit.json_records import head_keys, load_json
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.rr_text import RrInterval, number_of

EMPATICA, HRM, MOVESENSE = "empatica_ibi", "polar_hrm", "movesense"
# The first line of an Empatica E4's file: when the session began, in seconds of UTC.
SESSION = re.compile(r"\ufeff?\s*([0-9]{9,10}(?:\.[0-9]+)?)\s*,\s*IBI\s*(?:[\r\n]|$)")
# Signals that look like intervals: those of an Empatica, whose first lines are when the session
# began and how many values a second has, and an ECG, which names its rate or its unit.
SIGNAL = re.compile(
    r"\ufeff?\s*[0-9]{9,10}(?:\.[0-9]+)?\s*(?:,[ 0-9.,]*)?[\r\n]+\s*[0-9]{1,3}(?:\.0+)?\s*[,\r\n]"
)
OF_ECG = re.compile(r"sample rate|sampling|hertz|\bhz\b|[\u00b5\u03bcu]v\b", re.IGNORECASE)
COMMENT = re.compile(r"^\s*(?:#|//).*$", re.MULTILINE)
# An E4 writes sound beats alone, so that rows further apart than the interval have lost beats
# between them. Milliseconds; its clock ticks every 15.6 ms.
EMPATICA_GAP_MS = 30.0
PARAMS = re.compile(r"\ufeff?\s*\[Params\]\s*[\r\n]", re.IGNORECASE)
SECTION = re.compile(r"\s*\[([A-Za-z0-9-]+)\]\s*")
# The recording interval of beats; any other number is that of averages, in seconds.
BEATS = "238"
RR_DATA = "rrData"
DEEPEST = 8  # levels of objects in a log


class Recorded(NamedTuple):
    """The intervals of a file, and what else it says.

    Attributes:
        intervals: With the line or object of each.
        stamp: When the recording began; empty where the file does not say.
        why_none: Why the file has no intervals; empty if it has.
    """

    intervals: Sequence[RrInterval]
    stamp: str = ""
    why_none: str = ""


def kind_of(document: Document, text: str) -> str | None:
    """Name the kind of a recorder's file by its first bytes."""
    if SESSION.match(text):
        return EMPATICA
    if PARAMS.match(text):
        return HRM
    return MOVESENSE if RR_DATA in head_keys(document) else None


def is_signal(text: str) -> bool:
    """Whether a file's first characters are those of a signal, which has no beats."""
    return bool(SIGNAL.match(text) or OF_ECG.search(COMMENT.sub("", text)))


def read_empatica(text: str) -> Recorded:
    """Read rows of seconds since the session began, and the interval, s, that ended then."""
    session = SESSION.match(text)
    if session is None:
        return Recorded(())
    began = number_of(session[1])
    found = []
    for line, row in enumerate(text.splitlines()[1:], 2):
        at, _, interval = row.partition(",")
        if row.strip():
            found.append(RrInterval(line, interval.strip(), str(began + number_of(at))))
    return Recorded(found, session[1])


def read_hrm(text: str) -> Recorded:
    """Read a line of ``[HRData]`` as an interval, ms, if the file was recorded beat by beat."""
    section, params, found = "", {}, []
    for line, row in enumerate(text.splitlines(), 1):
        if heading := SECTION.fullmatch(row):
            section = heading[1].casefold()
        elif section == "params":
            name, _, value = row.partition("=")
            params[name.strip().casefold()] = value.strip()
        elif section == "hrdata" and row.strip():
            found.append(RrInterval(line, row.split()[0]))
    if params.get("interval") != BEATS:
        why = f"it has an average every {params.get('interval', '?')} s, not the beats"
        return Recorded((), why_none=why)
    day = params.get("date", "")
    stamp = f"{day[:4]}-{day[4:6]}-{day[6:]} {params.get('starttime', '')[:8]}"
    return Recorded(found, stamp if len(day) == len("20250505") else "")


def read_movesense(document: Document) -> Recorded:
    """Join the intervals, ms, of every notification; they have no clock."""
    records, problems = load_json(document)
    if problems:
        return Recorded((), why_none=problems[0].why)
    found = [
        RrInterval(record.number, str(interval))
        for record in records
        for interval in _intervals(record.content)
    ]
    return Recorded(found)


def _intervals(value: Any, depth: int = 0) -> Iterator[object]:  # noqa: ANN401 - any JSON value
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == RR_DATA:
                yield from inner if isinstance(inner, list) else [inner]
            else:
                yield from _intervals(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _intervals(inner, depth + 1)

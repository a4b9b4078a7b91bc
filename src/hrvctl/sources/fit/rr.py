"""RR intervals in FIT files: what a watch recorded from a strap in a few minutes of rest."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from hrvctl.records import Reading
from hrvctl.sources.fit.hrv_status import (
    BIG_ENDIAN,
    DEFINITION,
    DEFINITION_BYTES,
    FIELD_BYTES,
    HAS_DEVELOPER_FIELDS,
    LOCAL_TYPE,
    Messages,
    open_file,
    type_of,
    zone_of,
)
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.kit.recording_date import Start, day_by_utc
from hrvctl.sources.kit.recordings import Recording, as_readings, measure_recordings
from hrvctl.sources.kit.rr_metrics import SECOND_MS

KIND = "beats"
# The type of a FIT file that is the recording of an activity.
ACTIVITY = 4
# Messages with intervals, and their names in Garmin's kit: of a strap in s, of a watch in ms.
HRV, BEAT_INTERVALS = 78, 290
MESSAGES: Mapping[str, float] = {"hrv_mesgs": SECOND_MS, "beat_intervals_mesgs": 1.0}
# Sports under which a measurement at rest is recorded; any other is no rest.
AT_REST = frozenset({"generic", "meditation", "breathing"})
# Bytes; a larger file is of a training, and decoding it takes a second for nothing. Own choice:
# half an hour at a record of 60 bytes and two intervals a second.
MAX_BYTES = 150_000
# Bit of a record's first byte (FIT protocol 2, "Compressed timestamp header").
COMPRESSED = 0x80


class FitRr(JointSource):
    """Reads beats recorded at rest; not of one source with nights, whose HRV is another."""

    name: str = "fit_rr"
    title: str = "FIT files of a watch (RR intervals at rest)"
    steps: tuple[str, ...] = (
        "pip install 'hrvctl[fit]'",
        "Let the watch log HRV; each morning record 1 to 5 minutes at rest as activity Other.",
        "hrvctl import FOLDER, the one with the .fit files of these activities",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``beats``, of a short activity whose beginning defines intervals."""
        if type_of(document.head) != ACTIVITY or document.n_bytes > MAX_BYTES:
            return None
        return KIND if set(_defined(document.head)) & {HRV, BEAT_INTERVALS} else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Measure the recordings of one import; of each day the first that can be measured."""
        files = [_open(document, today) for document in documents]
        return as_readings(files, measure_recordings(files, self.name), self.name, KIND)


def _open(document: Document, today: date) -> tuple[Entries, list[Recording]]:
    file, messages = open_file(document, list(MESSAGES), today)
    if file.problems:
        return file, []
    session: Mapping[str | int, Any] = next(iter(messages.get("session_mesgs", ())), {})
    sports = {session.get("sport", "generic"), session.get("sub_sport", "generic")}
    if not sports <= AT_REST and "breathing" not in sports:
        file.skipped["recording of a sport"] += 1
        return file, []
    intervals = [
        value * scale
        for name, scale in MESSAGES.items()
        for message in messages.get(name, ())
        for value in _numbers(message.get("time"))
    ]
    start = _start(file, session, messages)
    return file, [Recording(start, intervals)] if start and intervals else []


def _start(file: Entries, session: Mapping[str | int, Any], messages: Messages) -> Start | None:
    file_id: Mapping[str | int, Any] = next(iter(messages.get("file_id_mesgs", ())), {})
    began = session.get("start_time") or file_id.get("time_created")
    entry = Entry(0, "", {"start_time": began})
    if not isinstance(began, datetime):
        file.leave_out(entry, "start_time", "the recording has no time; left out")
        return None
    zone = zone_of(messages, began)
    if zone is None:
        local, day = began, day_by_utc(file, began)
    else:
        local = began.astimezone(zone)
        day = local.date()
    return Start(day, local) if day and file.is_possible(entry, "start_time", day) else None


def _numbers(value: object) -> list[float]:
    """The numbers of a field, without what pads it."""
    values = value if isinstance(value, list) else [value]
    return [float(one) for one in values if isinstance(one, int | float)]


def _defined(head: bytes) -> Iterator[int]:
    """Number each message that records in a file's beginning are of."""
    sizes: dict[int, int] = {}
    at = head[0] if head else 0
    while at < len(head):
        first = head[at]
        if first & COMPRESSED or not first & DEFINITION:
            kind = first >> 5 & 0b11 if first & COMPRESSED else first & LOCAL_TYPE
            if kind not in sizes:
                return  # damaged, or no FIT at all
            at += 1 + sizes[kind]
            continue
        if at + DEFINITION_BYTES > len(head):
            return
        is_big = head[at + 2] == BIG_ENDIAN
        yield int.from_bytes(head[at + 3 : at + 5], "big" if is_big else "little")
        size, end = _fields(head, at + DEFINITION_BYTES - 1)
        if first & HAS_DEVELOPER_FIELDS:
            more, end = _fields(head, end)
            size += more
        sizes[first & LOCAL_TYPE] = size
        at = end


def _fields(head: bytes, at: int) -> tuple[int, int]:
    """Bytes of data that a list of fields takes, and where the list ends."""
    n = head[at] if at < len(head) else 0
    end = at + 1 + FIELD_BYTES * n
    return sum(head[at + 2 : end : FIELD_BYTES]), end

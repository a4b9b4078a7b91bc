"""Read FIT files: what kind they are, by hand, and their messages, with Garmin's own package.

The package is an optional extra, so that files are recognised without it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from operator import itemgetter
from typing import Any, cast

from hrvctl.records import Problem
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record, RecordReader

MAGIC, MAGIC_AT = b".FIT", slice(8, 12)
# Bits of a record's first byte (FIT protocol 2, "Record header"), and the sizes of what follows.
DEFINITION, HAS_DEVELOPER_FIELDS, LOCAL_TYPE = 0x40, 0x20, 0x0F
DEFINITION_BYTES, FIELD_BYTES = 6, 3
BIG_ENDIAN = 1
# Bit of a record's first byte (FIT protocol 2, "Compressed timestamp header").
COMPRESSED = 0x80
# The first message of every FIT file, and its field with the type of the file.
FILE_ID, TYPE_FIELD = 0, 0

INSTALL = "reading FIT files needs one more package: pip install 'hrvctl[fit]'"
# FIT counts its seconds from here (FIT protocol, date_time).
EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
# Time zones differ by whole quarters of an hour; a file's two clocks by a few seconds as well.
QUARTER = timedelta(minutes=15)

Messages = Mapping[str, Sequence[Mapping[str | int, Any]]]


def open_file(
    document: Document, names: Sequence[str], today: date
) -> tuple[RecordReader, Messages]:
    """Read the messages of some names as records; returns all decoded messages as well."""
    messages, why = _decoded(document.load())
    found = [message for name in names for message in messages.get(name, ())]
    records = [
        Record(number, "", {str(name): value for name, value in message.items()})
        for number, message in enumerate(found, 1)
    ]
    problems = [Problem(file=document.name, line=0, column="", value="", why=why)] if why else []
    file = RecordReader(document.name, records, today=today, problems=problems, unit="message")
    return file, messages


def type_of(head: bytes) -> int | None:
    """Return the file type that a FIT file declares, ``None`` if it is not a FIT file."""
    if head[MAGIC_AT] != MAGIC:
        return None
    at = head[0]
    definition = head[at : at + DEFINITION_BYTES]
    if len(definition) < DEFINITION_BYTES or not definition[0] & DEFINITION:
        return None
    number = int.from_bytes(definition[3:5], "big" if definition[2] == BIG_ENDIAN else "little")
    if number != FILE_ID or definition[0] & HAS_DEVELOPER_FIELDS:
        return None
    fields_at = at + DEFINITION_BYTES
    data_at = fields_at + FIELD_BYTES * definition[5]
    if head[data_at : data_at + 1] != bytes([definition[0] & LOCAL_TYPE]):
        return None
    value_at = data_at + 1
    for place in range(fields_at, data_at, FIELD_BYTES):
        if head[place] == TYPE_FIELD:
            return head[value_at] if value_at < len(head) else None
        value_at += head[place + 1]
    return None


def defined_messages(head: bytes) -> Iterator[int]:
    """Yield the message number of each definition in a file's beginning."""
    sizes: dict[int, int] = {}
    at = head[0] if head else 0
    while at < len(head):
        first = head[at]
        if first & COMPRESSED or not first & DEFINITION:
            kind = first >> 5 & 0b11 if first & COMPRESSED else first & LOCAL_TYPE
            if kind not in sizes:
                return  # damaged, or not a FIT file
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
    """Return the bytes of data that a list of fields takes, and where the list ends."""
    n = head[at] if at < len(head) else 0
    end = at + 1 + FIELD_BYTES * n
    return sum(head[at + 2 : end : FIELD_BYTES]), end


def zone_of(messages: Messages, moment: datetime) -> tzinfo | None:
    """Find the zone at a moment from a message with both UTC and local time.

    A file of a night flight has two zones; the message nearest in time counts.
    """
    found: list[tuple[timedelta, timedelta]] = []
    for name in ("monitoring_info_mesgs", "activity_mesgs", "timestamp_correlation_mesgs"):
        for message in messages.get(name, ()):
            utc, local = message.get("timestamp"), message.get("local_timestamp")
            if isinstance(utc, datetime) and isinstance(local, int):
                offset = round((EPOCH + timedelta(seconds=local) - utc) / QUARTER) * QUARTER
                if cell_values.FIRST_ZONE <= offset <= cell_values.LAST_ZONE:
                    found.append((abs(utc - moment), offset))
    return timezone(min(found, key=itemgetter(0))[1]) if found else None


def _decoded(data: bytes) -> tuple[Messages, str]:
    """Decode every message of a file by its name; returns an error text for a damaged file."""
    try:
        from garmin_fit_sdk import Decoder, Stream  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        return {}, INSTALL
    # No is_fit() or check_integrity() first: after them the same decoder reads nothing.
    messages, errors = Decoder(Stream.from_byte_array(bytearray(data))).read(
        merge_heart_rates=False
    )
    # Its own type lists every message name; here they are looked up by variable name.
    found = cast(Messages, messages)
    return found, f"the FIT file is damaged: {errors[0]}" if errors else ""

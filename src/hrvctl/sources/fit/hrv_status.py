"""FIT files with a night's HRV status, read through Garmin's own kit, which is an extra."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from operator import itemgetter
from typing import Any, cast

from hrvctl.records import Metric, Problem, Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.main_sleep import Sleep, main_sleeps, measure_nights, wake_day_in_utc
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries

MAGIC, MAGIC_AT = b".FIT", slice(8, 12)
# Bits of a record's first byte (FIT protocol 2, "Record header"), and the sizes of what follows.
DEFINITION, HAS_DEVELOPER_FIELDS, LOCAL_TYPE = 0x40, 0x20, 0x0F
DEFINITION_BYTES, FIELD_BYTES = 6, 3
BIG_ENDIAN = 1
# The first message of every FIT file, its field that says what the file holds, and the field's
# value in the watches' *_HRV_STATUS.fit.
FILE_ID, TYPE_FIELD = 0, 0
KIND_BY_TYPE: Mapping[int, str] = {68: "hrv_status"}

INSTALL = "reading FIT files needs one package more: pip install 'hrvctl[fit]'"
# FIT counts its seconds from here (FIT protocol, date_time).
EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
# Clocks of the world differ by whole quarters of an hour; a file's two clocks are read as one.
QUARTER = timedelta(minutes=15)

Messages = Mapping[str, Sequence[Mapping[str | int, Any]]]


class Fit:
    """Reads the HRV of a night from a watch's own file; its hours are in UTC."""

    name: str = "fit"
    title: str = "FIT files of a watch (HRV status)"
    steps: tuple[str, ...] = (
        "pip install 'hrvctl[fit]'",
        "Connect the watch by cable, or unpack DI-Connect-Uploaded-Files of Garmin's export.",
        "hrvctl import FOLDER, the one with the files that end in HRV_STATUS.fit",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``hrv_status``, by what the file says of itself in its first message."""
        file_type = type_of(document.head)
        return None if file_type is None else KIND_BY_TYPE.get(file_type)

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each night's mean RMSSD, on the date its summary was written after waking.

        Where the file does not say its time zone, a night late in UTC's day is left out.
        """
        kind = self.identify(document) or KIND_BY_TYPE[68]
        file, messages = open_file(document, ["hrv_status_summary_mesgs"], today)
        nights = _nights(file, messages)
        measured = measure_nights(main_sleeps(nights), self.name)
        return file.reading(self.name, kind, measurements=tuple(measured))


def open_file(document: Document, names: Sequence[str], today: date) -> tuple[Entries, Messages]:
    """Read a file's messages of some names as entries, and all of them as the kit decodes them."""
    messages, why = _decoded(document.load())
    found = [message for name in names for message in messages.get(name, ())]
    entries = [
        Entry(number, "", {str(name): value for name, value in message.items()})
        for number, message in enumerate(found, 1)
    ]
    problems = [Problem(file=document.name, line=0, column="", value="", why=why)] if why else []
    file = Entries(document.name, entries, today=today, problems=problems, unit="message")
    return file, messages


def type_of(head: bytes) -> int | None:
    """What a FIT file says it is, by hand: the kit is not there for everyone, and this is short."""
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


def _decoded(data: bytes) -> tuple[Messages, str]:
    """Every message of a file by its name, and what kept it from being read to its end."""
    try:
        from garmin_fit_sdk import Decoder, Stream  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        return {}, INSTALL
    # A fresh stream and decoder: after is_fit() or check_integrity() the same one reads nothing.
    messages, errors = Decoder(Stream.from_byte_array(bytearray(data))).read(
        merge_heart_rates=False
    )
    # Its type names every message there is; here they are looked up by name.
    found = cast(Messages, messages)
    return found, f"the FIT file is damaged: {errors[0]}" if errors else ""


def _nights(file: Entries, messages: Messages) -> list[Sleep]:
    measured = _measured(messages)
    found: dict[date, Sleep] = {}
    n_unsure = 0
    for entry in file.entries:
        written_at = file.get(entry, "timestamp")
        value = file.value(entry, "last_night_average", Metric.HRV_RMSSD_MS)
        if value is None or not isinstance(written_at, datetime):
            file.skipped["night without an average"] += 1
            continue
        zone = zone_of(messages, written_at)
        local = written_at.astimezone(zone or UTC)
        day = local.date() if zone else wake_day_in_utc(local)
        if day is None:
            why = "its date depends on the time zone, which the file does not say; left out"
            file.leave_out(entry, "timestamp", why)
            continue
        if not file.is_possible(entry, "timestamp", day):
            continue
        n_unsure += zone is None
        start, end = measured if zone and measured else (None, None)
        is_within = start and end and timedelta(0) <= local - end <= timedelta(days=1)
        found[day] = Sleep(
            day=day,
            asleep_min=0.0,
            values={Metric.HRV_RMSSD_MS: value},
            start_at=start.astimezone(zone) if start and is_within else None,
            end_at=end.astimezone(zone) if end and is_within else None,
        )
    if n_unsure:
        file.warn("the file has no time zone, so the night was dated by UTC")
    return list(found.values())


def zone_of(messages: Messages, moment: datetime) -> tzinfo | None:
    """The zone at a moment, where a message has one moment by both clocks.

    Who flies through the night has two of them in one file; the message nearest in time counts.
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


def _measured(messages: Messages) -> tuple[datetime, datetime] | None:
    """First and last of the five-minute values, which are measured asleep."""
    values = messages.get("hrv_value_mesgs", ())
    moments = sorted(at for m in values if isinstance(at := m.get("timestamp"), datetime))
    return (moments[0], moments[-1]) if len(moments) > 1 else None

"""RR intervals in FIT files: a few minutes of rest, recorded by a watch from a strap."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from hrvctl.records import Reading
from hrvctl.sources.fit.file import Messages, defined_messages, open_file, type_of, zone_of
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.recording_date import Start, day_by_utc
from hrvctl.sources.kit.recordings import Recording, as_readings, measure_recordings
from hrvctl.sources.kit.rr_metrics import SECOND_MS

KIND = "beats"
# The type of a FIT file that is the recording of an activity.
ACTIVITY = 4
# Messages with intervals, and their names in Garmin's kit: of a strap in s, of a watch in ms.
HRV, BEAT_INTERVALS = 78, 290
MESSAGES: Mapping[str, float] = {"hrv_mesgs": SECOND_MS, "beat_intervals_mesgs": 1.0}
# Sports under which a measurement at rest is recorded.
AT_REST = frozenset({"generic", "meditation", "breathing"})
# Bytes; a larger file is of a training, and decoding it takes a second for nothing. Own choice:
# half an hour at a record of 60 bytes and two intervals a second.
MAX_BYTES = 150_000


class FitRr(JointSource):
    """Reads beats recorded at rest; a source apart from nights, whose HRV is another quantity."""

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
        return KIND if set(defined_messages(document.head)) & {HRV, BEAT_INTERVALS} else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Measure the recordings of one import; of each day the first that can be measured."""
        files = [_open(document, today) for document in documents]
        return as_readings(files, measure_recordings(files, self.name), self.name, KIND)


def _open(document: Document, today: date) -> tuple[RecordReader, list[Recording]]:
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


def _start(
    file: RecordReader, session: Mapping[str | int, Any], messages: Messages
) -> Start | None:
    file_id: Mapping[str | int, Any] = next(iter(messages.get("file_id_mesgs", ())), {})
    began = session.get("start_time") or file_id.get("time_created")
    record = Record(0, "", {"start_time": began})
    if not isinstance(began, datetime):
        file.leave_out(record, "start_time", "the recording has no time; left out")
        return None
    zone = zone_of(messages, began)
    if zone is None:
        local, day = began, day_by_utc(file, began)
    else:
        local = began.astimezone(zone)
        day = local.date()
    return Start(day, local) if day and file.is_possible(record, "start_time", day) else None


def _numbers(value: object) -> list[float]:
    """Return the numbers of a field without its padding."""
    values = value if isinstance(value, list) else [value]
    return [float(one) for one in values if isinstance(one, int | float)]

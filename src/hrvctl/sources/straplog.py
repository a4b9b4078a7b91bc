"""StrapLog, a phone app for chest straps: its SQLite files of recordings beat by beat."""

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime

from hrvctl.records import Reading
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.databases import MAGIC, load_database
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.recording_date import Start, day_by_utc
from hrvctl.sources.kit.recordings import (
    Recording,
    as_readings,
    measure_recordings,
    with_gaps,
)

KIND = "recordings"
RECORDINGS, BEATS = "recording", "beat"
# What a recording says of itself and its beats; the interval in 1/1024 s is the same one again.
TABLES = {
    RECORDINGS: ("id", "activity", "started_at_ms", "tz_offset_s"),
    BEATS: ("id", "recording_id", "t_end_ms_est", "rr_ms"),
}
TABLE = re.compile(rb'CREATE TABLE\s+["`]?beat["`]?\s*\([^;\0]{0,400}\brr_1024\b', re.IGNORECASE)
# Recordings of anything else are not of a person at rest.
AT_REST = re.compile(r"rest|morning|lying|supine|sitting|sleep|none|other|^$", re.IGNORECASE)


class StrapLog(JointSource):
    """Reads the recordings at rest of one or of many."""

    name: str = "straplog"
    title: str = "StrapLog recordings (SQLite)"
    steps: tuple[str, ...] = (
        "In StrapLog open the list of recordings and share the .sqlite files.",
        "Send them to this computer, all into one folder.",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``recordings``, of SQLite with StrapLog's beats."""
        return KIND if document.head.startswith(MAGIC) and TABLE.search(document.head) else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Measure the recordings of one import; of each day the first that can be measured."""
        files = [_open(document, today) for document in documents]
        return as_readings(files, measure_recordings(files, self.name), self.name, KIND)


def _open(document: Document, today: date) -> tuple[RecordReader, list[Recording]]:
    records, problems = load_database(document, TABLES)
    file = RecordReader(document.name, records, today=today, problems=problems, unit="row")
    beats: defaultdict[float, list[Record]] = defaultdict(list)
    for record in records:
        if record.group == BEATS:
            beats[_number(record, "recording_id")].append(record)
    found = []
    for record in records:
        if record.group != RECORDINGS or not (own := beats.get(_number(record, "id"))):
            continue
        if not AT_REST.search(file.text(record, "activity")):
            file.skipped["recording of an activity"] += 1
        elif start := _start(file, record):
            # The order is that of the beats; their times are estimates, and only show gaps.
            own.sort(key=lambda beat: _number(beat, "id"))
            intervals = [_number(beat, "rr_ms") for beat in own]
            times = [_number(beat, "t_end_ms_est") for beat in own]
            found.append(Recording(start, with_gaps(intervals, times)))
    return file, found


def _start(file: RecordReader, record: Record) -> Start | None:
    try:
        began = datetime.fromtimestamp(_number(record, "started_at_ms") / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        file.skipped["recording without its time"] += 1
        return None
    zone = cell_values.zone_at(_number(record, "tz_offset_s"))
    at = began.astimezone(zone) if zone and 1 < began.year < 9999 else began
    day = at.date() if zone else day_by_utc(file, began)
    if day is None or not file.is_possible(record, "started_at_ms", day):
        return None
    return Start(day, at)


def _number(record: Record, path: str) -> float:
    value = record.content.get(path)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e18 else math.nan

"""Polar Sensor Logger, an Android app that writes what a Polar strap or armband sends."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date

from hrvctl.records import Reading
from hrvctl.sources.kit.csv_records import head_columns, load_lines
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.kit.recording_date import find_start, moment_of
from hrvctl.sources.kit.recordings import Recording, measure_recordings, with_gaps
from hrvctl.sources.kit.rr_metrics import SECOND_MS
from hrvctl.sources.kit.rr_text import number_of

STAMPS = ("phone_timestamp", "phone_data_rx_timestamp")
# Intervals between R waves of a strap, and between pulses of an armband.
RR, PPI = "rr_interval_ms", "pp_interval_ms"
KINDS = {RR: "rr", PPI: "ppi"}
ERROR, BLOCKER = "error_estimate_ms", "blocker"
OTHERS = ("contact", "skin_contact", "skin_contact_supported", "hr_bpm", "sensor_timestamp_ns")
# Of pulse intervals one with a larger error is not used, ms. Own choice: a third of the smallest
# difference that an ectopic beat makes, and what other readers of these files take.
MAX_ERROR_MS = 30.0


class PolarSensorLogger(JointSource):
    """Reads the files that end in ``_RR.txt`` and ``_PPI.txt``; heart rate alone makes no HRV."""

    name: str = "polar_sensor_logger"
    title: str = "Polar Sensor Logger (RR, PPI)"
    steps: tuple[str, ...] = (
        "In Polar Sensor Logger choose the sensor, tick RR (or PPI), and record 1 to 5 minutes.",
        "Copy the files ..._RR.txt or ..._PPI.txt from the phone's folder Polar Sensor Logger.",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``rr`` or ``ppi``, by the header."""
        columns = head_columns(document)
        if not set(columns) & set(STAMPS):
            return None
        return next((kind for column, kind in KINDS.items() if column in columns), None)

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Measure the recordings of one import; of each day the first that can be measured."""
        kinds = [self.identify(document) or KINDS[RR] for document in documents]
        opened = [_open(d, kind, today) for d, kind in zip(documents, kinds, strict=True)]
        files = [(entries, recordings) for entries, recordings, _ in opened]
        readings = []
        for (entries, _, unknown), kind, found in zip(
            opened, kinds, measure_recordings(files, self.name), strict=True
        ):
            reading = entries.reading(self.name, kind, measurements=tuple(found))
            readings.append(replace(reading, unknown_columns=unknown))
        return readings


def _open(
    document: Document, kind: str, today: date
) -> tuple[Entries, list[Recording], tuple[str, ...]]:
    lines = load_lines(document)
    file = Entries(document.name, lines.entries, today=today, problems=lines.problems, unit="line")
    unknown = lines.unknown({*STAMPS, *KINDS, ERROR, BLOCKER, *OTHERS})
    column = next(column for column, name in KINDS.items() if name == kind)
    stamp = next((name for name in STAMPS if name in lines.columns), STAMPS[0])
    # The columns of PPI have one name twice, and their order differs between versions: by name.
    intervals = [_interval(file, entry, column) for entry in lines.entries]
    if not intervals or file.problems:
        return file, [], unknown
    start = find_start(file, document, str(lines.entries[0].content.get(stamp, "")))
    times = [_time_ms(entry, stamp) for entry in lines.entries]
    recordings = [Recording(start, with_gaps(intervals, times))] if start else []
    return file, recordings, unknown


def _interval(file: Entries, entry: Entry, column: str) -> float:
    text = str(entry.content.get(column, ""))
    value = number_of(text)
    if math.isnan(value) and text:
        file.problem(entry, column, "not an interval between two beats")
    is_blocked = number_of(str(entry.content.get(BLOCKER, ""))) == 1
    is_vague = number_of(str(entry.content.get(ERROR, ""))) > MAX_ERROR_MS
    return math.nan if column == PPI and (is_blocked or is_vague) else value


def _time_ms(entry: Entry, stamp: str) -> float:
    """When a row came from the strap; only good for the gaps, since beats come in bursts."""
    moment = moment_of(str(entry.content.get(stamp, "")))
    return moment.replace(tzinfo=UTC).timestamp() * SECOND_MS if moment else math.nan

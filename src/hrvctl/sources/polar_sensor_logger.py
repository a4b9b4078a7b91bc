"""Polar Sensor Logger, an Android app that writes what a Polar strap or armband sends."""

import math
from collections.abc import Sequence
from datetime import date

from hrvctl.records import Reading
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.recording_date import find_start
from hrvctl.sources.kit.recordings import (
    Recording,
    epoch_ms,
    measure_recordings,
    read_interval,
    with_gaps,
)
from hrvctl.sources.kit.rr_text import number_of

STAMPS = ("phone_timestamp", "phone_data_rx_timestamp")
# Intervals between R waves of a strap, and between pulses of an armband.
RR, PPI = "rr_interval_ms", "pp_interval_ms"
KINDS = {RR: "rr", PPI: "ppi"}
ERROR, BLOCKER = "error_estimate_ms", "blocker"
OTHERS = ("contact", "skin_contact", "skin_contact_supported", "hr_bpm", "sensor_timestamp_ns")
# A pulse interval with a larger error is not used, ms. Own choice: a third of the smallest
# difference that an ectopic beat makes, and what other readers of these files take.
MAX_ERROR_MS = 30.0


class PolarSensorLogger(JointSource):
    """Reads the files that end in ``_RR.txt`` and ``_PPI.txt``; heart rate alone has no HRV."""

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
        files = [_open(d, kind, today) for d, kind in zip(documents, kinds, strict=True)]
        return [
            reader.reading(self.name, kind, measurements=found)
            for (reader, _), kind, found in zip(
                files, kinds, measure_recordings(files, self.name), strict=True
            )
        ]


def _open(document: Document, kind: str, today: date) -> tuple[RecordReader, list[Recording]]:
    reader = open_csv(document, {*STAMPS, *KINDS, ERROR, BLOCKER, *OTHERS}, today=today)
    # By name: a file of PPI has one column name twice, and their order differs between versions.
    column = next(column for column, name in KINDS.items() if name == kind)
    stamp = next((name for name in STAMPS if name in reader.columns), STAMPS[0])
    intervals = [_interval(reader, record, column) for record in reader.records]
    if not intervals or reader.problems:
        return reader, []
    start = find_start(reader, document, reader.text(reader.records[0], stamp))
    # The times only serve to find gaps: beats come in bursts.
    times = [epoch_ms(reader.text(record, stamp)) for record in reader.records]
    return reader, [Recording(start, with_gaps(intervals, times))] if start else []


def _interval(reader: RecordReader, record: Record, column: str) -> float:
    value = read_interval(reader, record, column)
    is_blocked = number_of(reader.text(record, BLOCKER)) == 1
    is_vague = number_of(reader.text(record, ERROR)) > MAX_ERROR_MS
    return math.nan if column == PPI and (is_blocked or is_vague) else value

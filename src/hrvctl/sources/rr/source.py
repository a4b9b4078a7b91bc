"""RR intervals as text, as straps, recorders, Elite HRV and Kubios write them."""

import math
from collections.abc import Sequence
from datetime import date

from hrvctl.records import Reading
from hrvctl.sources.kit import cell_values, rr_text
from hrvctl.sources.kit.documents import HEAD_BYTES
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.recording_date import find_start, moment_of
from hrvctl.sources.kit.recordings import (
    GAP_MS,
    Recording,
    epoch_ms,
    measure_recordings,
    read_interval,
    with_gaps,
)
from hrvctl.sources.kit.rr_metrics import SECOND_MS, unit_ms
from hrvctl.sources.kit.rr_text import RR, TIME, RrInterval, number_of
from hrvctl.sources.rr import recorders

KIND = "rr"
# A time that counts from the start of the recording is in seconds where its span is this much
# shorter than the intervals' sum in ms. Own choice: between 1000 and 1, gaps counted.
SPAN_FACTOR = 30.0
# Bytes parsed before the whole head: a file of another kind is recognised by its first 200 words,
# and an export may have 30,000 such files. Own choice.
GLANCE_BYTES = 1024
# A line of one or two columns is shorter, characters. Own choice.
SHORT_LINE = 40


class Rr(JointSource):
    """Reads one recording a file: a number a line, time and interval, or many on a line.

    Also the files of an Empatica E4, of Polar's older watches, and of Movesense.
    """

    name: str = "rr"
    title: str = "RR intervals as text (Elite HRV, Kubios, straps, Empatica, Polar HRM, Movesense)"
    steps: tuple[str, ...] = (
        "Export the raw RR (or IBI) intervals of your morning measurements, one file for each.",
        "Let the file's name be date and time: 2025-05-03 06-41-08.txt, as Elite HRV does.",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``rr``, of a text with nothing but intervals, or that of a recorder."""
        text = cell_values.decode(document.head[:GLANCE_BYTES], is_cut=True) or ""
        if kind := recorders.kind_of(document, text):
            return kind
        if recorders.is_signal(text):
            return None
        if rr_text.is_prose(_tokens(document.head, GLANCE_BYTES)):
            return None
        return KIND if rr_text.is_recording(_tokens(document.head, HEAD_BYTES)) else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Measure the recordings of one import; of each day the first that can be measured."""
        kinds = [self.identify(document) or KIND for document in documents]
        files = [
            _open(document, kind, today) for document, kind in zip(documents, kinds, strict=True)
        ]
        return [
            file.reading(self.name, kind, measurements=own)
            for (file, _), kind, own in zip(
                files, kinds, measure_recordings(files, self.name), strict=True
            )
        ]


def _tokens(head: bytes, n_bytes: int) -> list[RrInterval]:
    """Parse the intervals in a file's first bytes; none if they are not text."""
    text = cell_values.decode(head[:n_bytes], is_cut=True) or ""
    return rr_text.parse(text if len(head) < n_bytes else text[: _end(text)])


def _end(text: str) -> int:
    """Find the end of the last whole number of a text that was cut at any place.

    A short line is dropped completely, since half of it has fewer columns than the rest.
    """
    near = max(len(text) - SHORT_LINE, 0)
    for blank in ("\n", " "):
        if (place := text.rfind(blank, near)) >= 0:
            return place
    return text.rfind(",")


def _open(document: Document, kind: str, today: date) -> tuple[RecordReader, list[Recording]]:
    text = cell_values.decode(document.load())
    recorded = _read(document, kind, text or "")
    tokens = recorded.intervals
    records = [Record(t.line, "", {RR: t.interval, TIME: t.time}) for t in tokens]
    reader = RecordReader(document.name, records, today=today, unit="line")
    if text is None:
        reader.add_problem(0, "", "", "not a text file")
    if recorded.why_none:
        reader.warn(recorded.why_none)
    intervals = [read_interval(reader, record, RR) for record in records]
    if not tokens or reader.problems:
        return reader, []
    start = find_start(reader, document, recorded.stamp)
    gap_ms = recorders.EMPATICA_GAP_MS if kind == recorders.EMPATICA else GAP_MS
    return reader, [Recording(start, _with_gaps(intervals, tokens, gap_ms))] if start else []


def _read(document: Document, kind: str, text: str) -> recorders.Recorded:
    if kind == recorders.EMPATICA:
        return recorders.read_empatica(text)
    if kind == recorders.HRM:
        return recorders.read_hrm(text)
    if kind == recorders.MOVESENSE:
        return recorders.read_movesense(document)
    tokens = rr_text.parse(text)
    return recorders.Recorded(tokens, tokens[0].time if tokens else "")


def _with_gaps(
    intervals: Sequence[float], tokens: Sequence[RrInterval], gap_ms: float
) -> Sequence[float]:
    """Convert to ms and mark the gaps where the time column shows that beats were lost."""
    if not tokens[0].time:
        return intervals
    scale = unit_ms(intervals)
    intervals_ms = [interval * scale for interval in intervals]
    return with_gaps(intervals_ms, _times_ms(tokens, _sum(intervals_ms)), gap_ms)


def _times_ms(tokens: Sequence[RrInterval], sum_ms: float) -> list[float]:
    if moment_of(tokens[0].time):
        return [epoch_ms(token.time) for token in tokens]
    times = [number_of(token.time) for token in tokens]
    known = [time for time in times if math.isfinite(time)] or [0.0]
    scale = SECOND_MS if max(known) - min(known) < sum_ms / SPAN_FACTOR else 1.0
    return [time * scale for time in times]


def _sum(values: Sequence[float]) -> float:
    return math.fsum(value for value in values if math.isfinite(value))

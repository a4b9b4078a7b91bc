"""Raw intervals between heart beats, as straps, Elite HRV and Kubios have them, as plain text."""

import math
from collections.abc import Sequence
from datetime import UTC, date

from hrvctl.records import Problem, Reading
from hrvctl.sources.kit import cell_values, rr_text
from hrvctl.sources.kit.documents import HEAD_BYTES
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.kit.recording_date import find_start, moment_of
from hrvctl.sources.kit.recordings import Recording, as_readings, measure_recordings, with_gaps
from hrvctl.sources.kit.rr_metrics import SECOND_MS, unit_ms
from hrvctl.sources.kit.rr_text import RR, TIME, Token, number_of

KIND = "rr"
# A time that counts from the recording's beginning is in seconds where its span is that much
# shorter than the intervals' sum in ms. Own choice: between 1000 and 1, gaps counted.
SPAN_FACTOR = 30.0
# What is looked at before all of the head is: a file of another kind shows it in its first 200
# words, and an export may have 30,000 such files. Own choice.
GLANCE_BYTES = 1024
# A line of one or two columns is shorter, characters. Own choice.
SHORT_LINE = 40


class Rr(JointSource):
    """Reads one recording a file: a number a line, time and interval, or many on a line."""

    name: str = "rr"
    title: str = "RR intervals as text (Elite HRV, Kubios, straps)"
    steps: tuple[str, ...] = (
        "Export the raw RR (or IBI) intervals of your morning measurements, one file for each.",
        "Let the file's name be date and time: 2025-05-03 06-41-08.txt, as Elite HRV does.",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``rr``, of a text that is intervals between beats and nothing else."""
        if rr_text.is_prose(_tokens(document.head, GLANCE_BYTES)):
            return None
        return KIND if rr_text.is_recording(_tokens(document.head, HEAD_BYTES)) else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Measure the recordings of one import; of each day the first that can be measured."""
        files = [_open(document, today) for document in documents]
        return as_readings(files, measure_recordings(files, self.name), self.name, KIND)


def _tokens(head: bytes, n_bytes: int) -> list[Token]:
    """The intervals in a file's first bytes; none where they are no text."""
    text = cell_values.decode(head[:n_bytes], is_cut=True) or ""
    return rr_text.parse(text if len(head) < n_bytes else text[: _end(text)])


def _end(text: str) -> int:
    """Where the last whole number of a text ends that was cut off anywhere.

    Of a short line nothing stays, because half a line has other columns than the rest.
    """
    near = max(len(text) - SHORT_LINE, 0)
    for blank in ("\n", " "):
        if (place := text.rfind(blank, near)) >= 0:
            return place
    return text.rfind(",")


def _open(document: Document, today: date) -> tuple[Entries, list[Recording]]:
    text = cell_values.decode(document.load())
    tokens = rr_text.parse(text or "")
    entries = [Entry(t.line, "", {RR: t.interval, TIME: t.time}) for t in tokens]
    file = Entries(document.name, entries, today=today, unit="line")
    if text is None:
        whole = Problem(file=document.name, line=0, column="", value="", why="not a text file")
        file.problems.append(whole)
    intervals = [_interval(file, entry) for entry in entries]
    if not tokens or file.problems:
        return file, []
    start = find_start(file, document, tokens[0].time)
    return file, [Recording(start, _apart(intervals, tokens))] if start else []


def _interval(file: Entries, entry: Entry) -> float:
    text = str(entry.content[RR])
    value = number_of(text)
    if math.isnan(value) and not cell_values.is_missing(text):
        file.problem(entry, RR, "not an interval between two beats")
    return value


def _apart(intervals: Sequence[float], tokens: Sequence[Token]) -> Sequence[float]:
    """The intervals in ms, parted where the time column says that beats were lost."""
    if not tokens[0].time:
        return intervals
    scale = unit_ms(intervals)
    intervals_ms = [interval * scale for interval in intervals]
    return with_gaps(intervals_ms, _times_ms(tokens, _sum(intervals_ms)))


def _times_ms(tokens: Sequence[Token], sum_ms: float) -> list[float]:
    if moment_of(tokens[0].time):
        moments = [moment_of(token.time) for token in tokens]
        # Only differences count: a clock without its zone is read as if it were UTC's.
        return [m.replace(tzinfo=UTC).timestamp() * SECOND_MS if m else math.nan for m in moments]
    times = [number_of(token.time) for token in tokens]
    known = [time for time in times if math.isfinite(time)] or [0.0]
    scale = SECOND_MS if max(known) - min(known) < sum_ms / SPAN_FACTOR else 1.0
    return [time * scale for time in times]


def _sum(values: Sequence[float]) -> float:
    return math.fsum(value for value in values if math.isfinite(value))

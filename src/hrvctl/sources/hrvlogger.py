"""HRV Logger, a phone app for straps: raw intervals, and features of windows of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from hrvctl.records import PLAUSIBLE, Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import RecordReader
from hrvctl.sources.kit.recording_date import find_start
from hrvctl.sources.kit.recordings import (
    UNUSABLE,
    Recording,
    Spot,
    epoch_ms,
    measure_recordings,
    measure_spots,
    read_interval,
    with_gaps,
)
from hrvctl.sources.kit.rr_metrics import MAX_SECONDS, MINUTE_MS, SECOND_MS
from hrvctl.sources.kit.rr_text import number_of

RR_KIND, FEATURES_KIND = "rr_intervals", "features"
STAMP, RR, SINCE_START = "timestamp", "rr", "since_start"
AVNN, SDNN, RMSSD, PNN50, REMOVED = "avnn", "sdnn", "rmssd", "pnn50", "artifacts_removed"
MARKS = {
    RR_KIND: frozenset({STAMP, RR, SINCE_START}),
    FEATURES_KIND: frozenset({STAMP, AVNN, RMSSD, REMOVED}),
}
KNOWN = {STAMP, RR, SINCE_START, AVNN, SDNN, RMSSD, PNN50, REMOVED}
NOT_READ = {"index", "hr", "lf", "hf", "lfhf", "alpha_1"}


@dataclass(slots=True)
class _LoggerFile:
    kind: str
    reader: RecordReader
    recordings: list[Recording] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)


class HrvLogger(JointSource):
    """Reads the intervals of a recording, or its features where there are no intervals.

    The times of a file of intervals are in UTC.
    """

    name: str = "hrvlogger"
    title: str = "HRV Logger (RRIntervals, Features)"
    steps: tuple[str, ...] = (
        "In HRV Logger open the recording, choose Export, and send or share its files.",
        "Keep the file that ends in _RRIntervals.csv; without it the one in _Features.csv will do.",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``rr_intervals`` or ``features``, by the header."""
        columns = frozenset(head_columns(document))
        return next((kind for kind, marks in MARKS.items() if marks <= columns), None)

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one import; of each day the first recording, by intervals if possible."""
        files = [_open(d, self.identify(d) or RR_KIND, today) for d in documents]
        measured = measure_recordings([(f.reader, f.recordings) for f in files], self.name)
        days = {m.day for found in measured for m in found}
        for file in files:
            left = [spot for spot in file.spots if spot.start.day not in days]
            if len(left) < len(file.spots):
                file.reader.skipped["features of a day with intervals"] += 1
            file.spots = left
        computed = measure_spots([(file.reader, file.spots) for file in files], self.name)
        return [
            file.reader.reading(self.name, file.kind, measurements=(*of_beats, *of_features))
            for file, of_beats, of_features in zip(files, measured, computed, strict=True)
        ]


def _open(document: Document, kind: str, today: date) -> _LoggerFile:
    reader = open_csv(document, KNOWN | NOT_READ, today=today)
    file = _LoggerFile(kind, reader)
    records = reader.records
    column = RR if kind == RR_KIND else AVNN
    values = [read_interval(reader, record, column) for record in records]
    if not records or reader.problems:
        return file
    start = find_start(reader, document, reader.text(records[0], STAMP))
    if start is None:
        return file
    times = [epoch_ms(reader.text(record, STAMP)) for record in records]
    if kind == RR_KIND:
        file.recordings.append(Recording(start, with_gaps(values, times)))
        return file
    seconds = (times[-1] - times[0]) / SECOND_MS
    if seconds > MAX_SECONDS:
        reader.skipped[UNUSABLE] += 1
        reader.warn(f"the recording of {start.day} is left out: longer than a measurement awake")
    elif measured := _whole_recording(reader):
        file.spots.append(Spot(start, measured))
    return file


def _whole_recording(reader: RecordReader) -> dict[Metric, float]:
    """Combine the windows of a recording, which are of equal length.

    The number of beats of a window is inversely proportional to its mean interval (AVNN). Weighted
    by it, the mean of squared RMSSD is that of the whole but for the differences across window
    borders; the mean of SDNN^2 + (AVNN - mean AVNN)^2 is the variance; and pNN50 is a mean.
    """
    rows = []
    for record in reader.records:
        rmssd = reader.value(record, RMSSD, Metric.HRV_RMSSD_MS)
        interval = number_of(reader.text(record, AVNN))
        if rmssd is None or not interval > 0:
            reader.skipped["window without a value"] += 1
            continue
        sdnn = reader.value(record, SDNN, Metric.HRV_SDNN_MS)
        rows.append((interval, rmssd, sdnn, reader.value(record, PNN50, Metric.PNN50_PCT)))
    if not rows or reader.problems:
        return {}
    weights = [1 / interval for interval, *_ in rows]
    total = math.fsum(weights)

    def mean(values: Sequence[float]) -> float:
        return math.fsum(w * v for w, v in zip(weights, values, strict=True)) / total

    average = mean([interval for interval, *_ in rows])
    found = {
        Metric.HRV_RMSSD_MS: math.sqrt(mean([rmssd**2 for _, rmssd, _, _ in rows])),
        Metric.MORNING_HR_BPM: MINUTE_MS / average,
    }
    sdnns = [(sdnn**2 + (x - average) ** 2) for x, _, sdnn, _ in rows if sdnn is not None]
    if len(sdnns) == len(rows):
        found[Metric.HRV_SDNN_MS] = math.sqrt(mean(sdnns))
    shares = [share for *_, share in rows if share is not None]
    if len(shares) == len(rows):
        found[Metric.PNN50_PCT] = mean(shares)
    return {m: v for m, v in found.items() if PLAUSIBLE[m].low <= v <= PLAUSIBLE[m].high}

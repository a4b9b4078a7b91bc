"""HRV Logger, a phone app for straps: raw intervals, and what it makes of windows of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date

from hrvctl.records import PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, load_lines
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.kit.recording_date import find_start, moment_of
from hrvctl.sources.kit.recordings import (
    Recording,
    Spot,
    measure_recordings,
    measure_spots,
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
class _File:
    kind: str
    entries: Entries
    unknown: tuple[str, ...]
    recordings: list[Recording] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)


class HrvLogger(JointSource):
    """Reads the intervals of a recording, and where they are not there, its features.

    A file of intervals on its own has its hours in UTC.
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
        """Read files of one import; of each day the first recording, by its intervals if it can."""
        opened = [_open(d, self.identify(d) or RR_KIND, today) for d in documents]
        recorded = [(file.entries, file.recordings) for file in opened]
        measured = measure_recordings(recorded, self.name)
        days = {m.day for found in measured for m in found}
        for file in opened:
            left = [spot for spot in file.spots if spot.start.day not in days]
            if len(left) < len(file.spots):
                file.entries.skipped["features of a day whose intervals are there"] += 1
            file.spots = left
        told = measure_spots([(file.entries, file.spots) for file in opened], self.name)
        return [
            _reading(file, [*of_beats, *of_app], self.name)
            for file, of_beats, of_app in zip(opened, measured, told, strict=True)
        ]


def _reading(file: _File, found: Sequence[Measurement], source: str) -> Reading:
    reading = file.entries.reading(source, file.kind, measurements=tuple(found))
    return replace(reading, unknown_columns=file.unknown)


def _open(document: Document, kind: str, today: date) -> _File:
    lines = load_lines(document)
    entries = Entries(
        document.name, lines.entries, today=today, problems=lines.problems, unit="line"
    )
    file = _File(kind, entries, lines.unknown(KNOWN | NOT_READ))
    values = [_value(entries, entry, kind) for entry in lines.entries]
    if not lines.entries or entries.problems:
        return file
    start = find_start(entries, document, _stamp(lines.entries[0]))
    if start is None:
        return file
    times = [_time_ms(entry) for entry in lines.entries]
    if kind == RR_KIND:
        file.recordings.append(Recording(start, with_gaps(values, times)))
        return file
    seconds = (times[-1] - times[0]) / SECOND_MS
    if seconds > MAX_SECONDS:
        entries.skipped["recording that cannot be measured"] += 1
        entries.warn(f"the recording of {start.day} is left out: longer than a measurement awake")
    elif measured := _whole(entries, lines.entries):
        file.spots.append(Spot(start, measured))
    return file


def _value(file: Entries, entry: Entry, kind: str) -> float:
    column = RR if kind == RR_KIND else AVNN
    text = str(entry.content.get(column, ""))
    value = number_of(text)
    if math.isnan(value) and text:
        file.problem(entry, column, "not an interval between two beats")
    return value


def _whole(file: Entries, entries: Sequence[Entry]) -> dict[Metric, float]:
    """The whole recording from its windows, which are of one length.

    A window has beats in inverse proportion to its mean interval (AVNN); so weighted, the mean of
    squared RMSSD is that of the whole but for the differences between windows, the mean of squared
    SDNN and of the squared distance of AVNN from its mean is the variance, and pNN50 is a mean.
    """
    rows = []
    for entry in entries:
        rmssd = file.value(entry, RMSSD, Metric.HRV_RMSSD_MS)
        interval = number_of(str(entry.content.get(AVNN, "")))
        if rmssd is None or not interval > 0:
            file.skipped["window without a value"] += 1
            continue
        sdnn = file.value(entry, SDNN, Metric.HRV_SDNN_MS)
        rows.append((interval, rmssd, sdnn, file.value(entry, PNN50, Metric.PNN50_PCT)))
    if not rows or file.problems:
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


def _stamp(entry: Entry) -> str:
    return str(entry.content.get(STAMP, ""))


def _time_ms(entry: Entry) -> float:
    moment = moment_of(_stamp(entry))
    return moment.replace(tzinfo=UTC).timestamp() * SECOND_MS if moment else math.nan

"""Measure recordings awake: of each day the first usable one of all files."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from hrvctl.records import PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.kit import cell_values, rr_metrics
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.recording_date import Start, moment_of
from hrvctl.sources.kit.rr_metrics import SECOND_MS, RrMetrics

# Milliseconds by which rows may be further apart than the interval between them: straps send
# their beats in bursts of some seconds. Beyond it beats were lost. Own choice.
GAP_MS = 3000.0
# Share of the RMSSD by which a correction may change it without a word; own choice.
SILENT_CHANGE = 0.2
LATER = "recording after the first of its day"
UNUSABLE = "recording that cannot be measured"


@dataclass(frozen=True, slots=True)
class Recording:
    """Intervals between beats as recorded.

    Attributes:
        start: When it began.
        intervals: In s or ms, all in the same unit; ``nan`` where one is unknown.
    """

    start: Start
    intervals: Sequence[float]


@dataclass(frozen=True, slots=True)
class Spot:
    """A measurement awake.

    Attributes:
        start: When it began.
        values: The measured values, each in its metric's unit.
        seconds: How long it lasted; 0 where that is unknown.
    """

    start: Start
    values: dict[Metric, float]
    seconds: float = 0.0


def with_gaps(
    intervals_ms: Sequence[float], times_ms: Sequence[float], gap_ms: float = GAP_MS
) -> list[float]:
    """Put a ``nan`` where beats were lost: where rows are further apart than their intervals.

    Args:
        intervals_ms: The interval of each row, ms.
        times_ms: The time of each row, ms from any origin; ``nan`` where it is unknown.
        gap_ms: By how much more than the interval two rows are apart where beats were lost.
    """
    found: list[float] = []
    before = math.nan
    for interval, time in zip(intervals_ms, times_ms, strict=True):
        if time - before - interval > gap_ms:
            found.append(math.nan)
        found.append(interval)
        before = time
    return found


def read_interval(reader: RecordReader, record: Record, path: str) -> float:
    """Read an interval between beats; ``nan`` if it is missing. Any other text is a problem."""
    text = reader.text(record, path)
    value = cell_values.number_or_nan(text)
    if math.isnan(value) and not cell_values.is_missing(text):
        reader.problem(record, path, "not an interval between two beats")
    return value


def epoch_ms(stamp: str) -> float:
    """Read a time as ms since 1970, ``nan`` if it is not one; for differences only.

    A time without its zone is read as UTC.
    """
    moment = moment_of(stamp)
    return moment.replace(tzinfo=UTC).timestamp() * SECOND_MS if moment else math.nan


def measure_recordings(
    files: Sequence[tuple[RecordReader, Sequence[Recording]]], source: str
) -> list[list[Measurement]]:
    """Measure the recordings of files read together.

    Of each day the first usable one counts; a warning says why another is unusable, or that the
    correction of artefacts changes the RMSSD by more than a fifth.

    Args:
        files: Each file's reader, for counts and warnings, and its recordings.
        source: The source's name.

    Returns:
        One list a file, in order of day, then metric.
    """
    spots: list[tuple[RecordReader, list[Spot]]] = []
    for file, recordings in files:
        own: list[Spot] = []
        for recording in recordings:
            try:
                metrics = rr_metrics.measure(rr_metrics.to_ms(recording.intervals))
                own.append(Spot(recording.start, _values(metrics), metrics.seconds))
                _warn_of_correction(file, recording.start, metrics)
            except rr_metrics.Unusable as error:
                file.skipped[UNUSABLE] += 1
                file.warn(f"the recording of {recording.start.day} is left out: {error}")
        spots.append((file, own))
    return measure_spots(spots, source)


def measure_spots(
    files: Sequence[tuple[RecordReader, Sequence[Spot]]], source: str
) -> list[list[Measurement]]:
    """Choose the first measurement of each day among those an app computed itself."""
    first: dict[date, tuple[str, int, Spot]] = {}
    found: list[list[Measurement]] = [[] for _ in files]
    for place, (_, spots) in enumerate(files):
        for spot in spots:
            key = (_clock(spot.start), place, spot)
            if spot.start.day not in first or key[:2] < first[spot.start.day][:2]:
                first[spot.start.day] = key
    for place, (file, spots) in enumerate(files):
        for spot in spots:
            if first[spot.start.day][2] is spot:
                found[place] += _measurements(spot, source)
            else:
                file.skipped[LATER] += 1
    return [sorted(of_file, key=lambda m: (m.day, m.metric)) for of_file in found]


def as_readings(
    files: Sequence[tuple[RecordReader, object]],
    found: Sequence[Sequence[Measurement]],
    source: str,
    kind: str,
) -> list[Reading]:
    """Build one reading a file."""
    return [
        file.reading(source, kind, measurements=own)
        for (file, _), own in zip(files, found, strict=True)
    ]


def _warn_of_correction(file: RecordReader, start: Start, metrics: RrMetrics) -> None:
    before, after = metrics.uncorrected_rmssd_ms, metrics.rmssd_ms
    if abs(after / before - 1) > SILENT_CHANGE:
        file.warn(
            f"the recording of {start.day}: {metrics.artefact_pct:.1f} % of its intervals were"
            f" corrected, which changes its RMSSD from {before:.1f} to {after:.1f} ms; a cleaner"
            " recording is surer"
        )


def _clock(start: Start) -> str:
    """Return a key for the order within a day; a start without its time comes last."""
    return start.at.replace(tzinfo=None).isoformat() if start.at else "later"


def _values(metrics: RrMetrics) -> dict[Metric, float]:
    values = {
        Metric.HRV_RMSSD_MS: metrics.rmssd_ms,
        Metric.HRV_SDNN_MS: metrics.sdnn_ms,
        Metric.MORNING_HR_BPM: metrics.mean_hr_bpm,
        Metric.PNN50_PCT: metrics.pnn50_pct,
        Metric.ARTEFACT_PCT: metrics.artefact_pct,
    }
    low, high = PLAUSIBLE[Metric.HRV_RMSSD_MS]
    if not low <= metrics.rmssd_ms <= high:
        raise rr_metrics.Unusable(
            f"its RMSSD of {metrics.rmssd_ms:.1f} ms is not within {low:g} to {high:g} ms"
        )
    return {m: v for m, v in values.items() if PLAUSIBLE[m].low <= v <= PLAUSIBLE[m].high}


def _measurements(spot: Spot, source: str) -> list[Measurement]:
    start = spot.start.at if spot.start.at and spot.start.at.tzinfo else None
    end = start + timedelta(seconds=spot.seconds) if start and spot.seconds else None
    return [
        Measurement(
            day=spot.start.day, metric=metric, value=value, source=source,
            start_at=start, end_at=end,
        )
        for metric, value in spot.values.items()
    ]  # fmt: skip

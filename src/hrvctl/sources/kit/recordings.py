"""Recordings awake: of each day the first that can be measured, whichever file it stands in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hrvctl.records import PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.kit import rr_metrics
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.kit.recording_date import Start
from hrvctl.sources.kit.rr_metrics import Heart

# Milliseconds by which rows may lie further apart than the interval between them says: straps
# send their beats in bursts of some seconds. Beyond it beats were lost. Own choice.
GAP_MS = 3000.0
LATER = "recording after the first of its day"
UNUSABLE = "recording that cannot be measured"


@dataclass(frozen=True, slots=True)
class Recording:
    """Intervals between beats as a file has them.

    Attributes:
        start: When it began.
        intervals: In s or ms, all of them alike; ``nan`` where one is not known.
    """

    start: Start
    intervals: Sequence[float]


@dataclass(frozen=True, slots=True)
class Spot:
    """A measurement awake.

    Attributes:
        start: When it began.
        values: What was measured, each in its metric's unit.
        seconds: How long it lasted; 0 where that is not known.
    """

    start: Start
    values: dict[Metric, float]
    seconds: float = 0.0


def with_gaps(intervals_ms: Sequence[float], times_ms: Sequence[float]) -> list[float]:
    """Put a ``nan`` where beats were lost: where rows lie further apart than their intervals say.

    Args:
        intervals_ms: The interval of each row, ms.
        times_ms: The time of each row, ms from anywhere; ``nan`` where it is not known.
    """
    found: list[float] = []
    before = math.nan
    for interval, time in zip(intervals_ms, times_ms, strict=True):
        if time - before - interval > GAP_MS:
            found.append(math.nan)
        found.append(interval)
        before = time
    return found


def measure_recordings(
    files: Sequence[tuple[Entries, Sequence[Recording]]], source: str
) -> list[list[Measurement]]:
    """Measure the recordings of files read together.

    Of each day the first that can be measured counts; why another cannot be is told.

    Args:
        files: Each file's recordings, and where to tell what becomes of them.
        source: Who measured.

    Returns:
        One list a file, in order of day, then metric.
    """
    spots: list[tuple[Entries, list[Spot]]] = []
    for file, recordings in files:
        own: list[Spot] = []
        for recording in recordings:
            try:
                heart = rr_metrics.measure(rr_metrics.to_ms(recording.intervals))
                own.append(Spot(recording.start, _values(heart), heart.seconds))
            except rr_metrics.Unusable as error:
                file.skipped[UNUSABLE] += 1
                file.warn(f"the recording of {recording.start.day} is left out: {error}")
        spots.append((file, own))
    return measure_spots(spots, source)


def measure_spots(
    files: Sequence[tuple[Entries, Sequence[Spot]]], source: str
) -> list[list[Measurement]]:
    """The same for measurements that an app has made of its recordings."""
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
    files: Sequence[tuple[Entries, object]],
    found: Sequence[Sequence[Measurement]],
    source: str,
    kind: str,
) -> list[Reading]:
    """One reading a file, of what was measured in it.

    Args:
        files: Where it is told what became of each.
        found: The measurements of each file.
        source: Who measured.
        kind: What all of them are.
    """
    return [
        file.reading(source, kind, measurements=tuple(own))
        for (file, _), own in zip(files, found, strict=True)
    ]


def _clock(start: Start) -> str:
    """For the order within a day; a start without its time comes last."""
    return start.at.replace(tzinfo=None).isoformat() if start.at else "later"


def _values(heart: Heart) -> dict[Metric, float]:
    values = {
        Metric.HRV_RMSSD_MS: heart.rmssd_ms,
        Metric.HRV_SDNN_MS: heart.sdnn_ms,
        Metric.MORNING_HR_BPM: heart.mean_hr_bpm,
        Metric.PNN50_PCT: heart.pnn50_pct,
        Metric.ARTEFACT_PCT: heart.artefact_pct,
    }
    low, high = PLAUSIBLE[Metric.HRV_RMSSD_MS]
    if not low <= heart.rmssd_ms <= high:
        raise rr_metrics.Unusable(f"its RMSSD is {heart.rmssd_ms:.1f} ms, which no heart's is")
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

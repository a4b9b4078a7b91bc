"""Compute RMSSD, SDNN, pNN50 and heart rate from a recording of RR intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hrvctl.sources.kit.rr_artefacts import correct

MINUTE_MS = 60_000.0
SECOND_MS = 1000.0
# A median interval below is in seconds, above in milliseconds. Own choice: no heart beats every
# 10 ms or every 10 s.
SECONDS_BELOW = 10.0
# Milliseconds between which the median interval of a person at rest lies (240 to 24 bpm).
MEDIAN_LOW_MS, MEDIAN_HIGH_MS = 250.0, 2500.0
# The shortest recording whose RMSSD stands for one of 5 minutes (Esco & Flatt, J Sports Sci Med 13,
# 2014), and, own choice, the beats that it has in an athlete at 50 bpm.
MIN_SECONDS, MIN_BEATS = 60.0, 50
# A measurement awake lasts minutes; what is longer is a night or a training. Own choice.
MAX_SECONDS = 30 * 60.0
# Percent of the intervals above which a short recording is not used. Own choice among what is
# usual: up to 5 % is good, up to 10 % fair.
MAX_ARTEFACT_PCT = 10.0
# Milliseconds; the 50 of pNN50 (Task Force 1996).
NN50_MS = 50.0


class Unusable(ValueError):
    """A recording from which no measurement can be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RrMetrics:
    """HRV metrics of one recording.

    Attributes:
        rmssd_ms: Root mean square of successive differences, ms.
        sdnn_ms: Standard deviation of the normal intervals, with n - 1, ms.
        pnn50_pct: Share of successive differences above 50 ms, percent.
        mean_hr_bpm: 60,000 / mean normal interval, bpm.
        artefact_pct: Share of the intervals that are artefacts, percent.
        uncorrected_rmssd_ms: RMSSD of the intervals as recorded, between neighbours that are known.
        seconds: Sum of the intervals of known length, s.
    """

    rmssd_ms: float
    sdnn_ms: float
    pnn50_pct: float
    mean_hr_bpm: float
    artefact_pct: float
    uncorrected_rmssd_ms: float
    seconds: float


def to_ms(intervals: Sequence[float]) -> list[float]:
    """Convert intervals in seconds or milliseconds to milliseconds.

    Units of 1/1024 s, as straps send them, look like milliseconds and are read as such.

    Args:
        intervals: As recorded; ``nan`` where one is unknown.

    Raises:
        Unusable: Their median is not plausible in either unit.
    """
    scale = unit_ms(intervals)
    median = _median(intervals)
    if not MEDIAN_LOW_MS <= median * scale <= MEDIAN_HIGH_MS:
        shown = "there are none" if math.isnan(median) else f"their median is {median:g}"
        raise Unusable(f"not intervals between heart beats in seconds or milliseconds: {shown}")
    return [interval * scale for interval in intervals]


def unit_ms(intervals: Sequence[float]) -> float:
    """Return the ms in a unit of the intervals: 1000 if their median is below 10, else 1."""
    return SECOND_MS if _median(intervals) < SECONDS_BELOW else 1.0


def measure(intervals_ms: Sequence[float]) -> RrMetrics:
    """Measure a recording of 1 to 30 minutes, at rest.

    Artefacts are found and corrected by the method of Lipponen & Tarvainen (2019). With x the
    corrected intervals, and d = x[i+1] - x[i] of those alone between which no beats were lost (Task
    Force of ESC and NASPE, Circulation 93, 1996):

    - RMSSD = sqrt(mean(d^2))
    - SDNN = sqrt(sum((x - mean(x))^2) / (n - 1))
    - pNN50 = 100 * count(abs(d) > 50 ms) / (count(d) + 1), the number of intervals where no beats
      were lost
    - mean heart rate = 60,000 / mean(x)

    Args:
        intervals_ms: Successive intervals, ms; ``nan`` where one is unknown or beats were lost.

    Raises:
        Unusable: It is too short or too long, has too many artefacts, or does not vary at all.
    """
    seconds = sum(x for x in intervals_ms if math.isfinite(x)) / SECOND_MS
    _check_length(intervals_ms, seconds)
    corrected = correct(intervals_ms)
    artefact_pct = 100 * corrected.n_artefacts / len(intervals_ms)
    if artefact_pct > MAX_ARTEFACT_PCT:
        raise Unusable(
            f"{artefact_pct:.1f} % of its {len(intervals_ms)} intervals are artefacts (ectopic, "
            f"missed or extra beats), at most {MAX_ARTEFACT_PCT:.0f} % may be"
        )
    normal = [x for part in corrected.parts for x in part]
    differences = [y - x for part in corrected.parts for x, y in pairwise(part)]
    mean = math.fsum(normal) / len(normal)
    rmssd = _rms(differences)
    if rmssd == 0:
        raise Unusable("all its intervals are equal, which is not possible for a heart")
    recorded = [y - x for x, y in pairwise(intervals_ms)]
    n_above = sum(abs(d) > NN50_MS for d in differences)
    return RrMetrics(
        rmssd_ms=rmssd,
        sdnn_ms=math.sqrt(math.fsum((x - mean) ** 2 for x in normal) / (len(normal) - 1)),
        pnn50_pct=100 * n_above / (len(differences) + 1),
        mean_hr_bpm=MINUTE_MS / mean,
        artefact_pct=artefact_pct,
        uncorrected_rmssd_ms=_rms([d for d in recorded if math.isfinite(d)]),
        seconds=seconds,
    )


def _check_length(intervals_ms: Sequence[float], seconds: float) -> None:
    n_beats = len(intervals_ms) + 1
    if n_beats < MIN_BEATS:
        raise Unusable(f"too short: {n_beats} beats, at least {MIN_BEATS} are needed")
    # Before the first and after the last interval there is part of another beat.
    if seconds + 2 * seconds / n_beats < MIN_SECONDS:
        raise Unusable(f"too short: {seconds:.0f} s, at least {MIN_SECONDS:.0f} s are needed")
    if seconds > MAX_SECONDS:
        raise Unusable(
            f"too long: {seconds / 60:.0f} min, a measurement awake lasts "
            f"{MAX_SECONDS / 60:.0f} min at most"
        )


def _rms(differences: Sequence[float]) -> float:
    return math.sqrt(math.fsum(d * d for d in differences) / len(differences))


def _median(intervals: Sequence[float]) -> float:
    """Return the upper median of the known intervals; ``nan`` if there are none."""
    known = sorted(interval for interval in intervals if math.isfinite(interval))
    return known[len(known) // 2] if known else math.nan

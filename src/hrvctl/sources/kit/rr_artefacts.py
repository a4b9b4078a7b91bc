"""Find artefacts in RR intervals: ectopic, missed and extra beats."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

# Lipponen & Tarvainen, "A robust algorithm for heart rate variability time series artefact
# correction using novel beat classification", J Med Eng Technol 43(3), 2019: the method of Kubios
# and of NeuroKit2. Its thresholds follow the person's own beats, so neither the wide swings of a
# slow deep breather are artefacts, nor is a small ectopic beat of a steady heart a normal one.
QUARTILE_FACTOR = 5.2  # alpha: quartile deviations; they hold 99.95 % of normal differences
THRESHOLD_BEATS = 91  # beats around, over which a quartile deviation is taken
MEDIAN_BEATS = 11  # beats around, of which a beat's own median is taken
ECTOPIC_SLOPE, ECTOPIC_OFFSET = 0.13, 0.17  # c1 and c2, of the lines beyond which a beat is ectopic
TOO_SHORT_WEIGHT = 2.0  # a beat too short is nearer to its median than one too long
FAR = 3.0  # thresholds from its median at which an interval is long or short by itself
# Intervals outside do not occur at rest (200 to 30 bpm), ms. Own choice: bounds of this kind
# are usual, and no paper gives them a value.
SHORTEST_MS, LONGEST_MS = 300.0, 2000.0
# A threshold is this at least, ms, and so many times the median size. Own choices, measured on
# simulated hearts: where they beat so steadily that the quartiles fall below 20 ms, or swing with
# the breath so evenly that the quartiles nearly meet, the paper's thresholds take one normal beat
# in a hundred, or all of them, for artefacts. An ectopic beat differs by 100 ms and more.
LEAST_THRESHOLD_MS, LEAST_MEDIANS = 20.0, 2.5


def find_artefacts(intervals_ms: Sequence[float]) -> list[bool]:
    """Classify each interval as artefact or not (Lipponen & Tarvainen 2019).

    Unlike in Kubios nothing is interpolated: callers leave artefacts out of differences.

    Args:
        intervals_ms: Successive intervals, ms. An unknown one (``nan``) is an artefact, so is one
            outside 300 to 2000 ms; the others are treated as if they were neighbours.

    Returns:
        True for each interval that is an artefact.
    """
    is_plausible = [SHORTEST_MS <= interval <= LONGEST_MS for interval in intervals_ms]
    known = [interval for interval, ok in zip(intervals_ms, is_plausible, strict=True) if ok]
    answers = iter(_among(known) if known else ())
    return [not ok or next(answers) for ok in is_plausible]


def _among(intervals: Sequence[float]) -> list[bool]:
    """Classify intervals that are all plausible."""
    jumps = [0.0, *(after - before for before, after in pairwise(intervals))]
    jumps = [x / limit for x, limit in zip(jumps, _thresholds(jumps), strict=True)]
    medians = [_quantile(sorted(near), 0.5) for near in _windows(intervals, MEDIAN_BEATS)]
    apart = [x - median for x, median in zip(intervals, medians, strict=True)]
    apart = [x * TOO_SHORT_WEIGHT if x < 0 else x for x in apart]
    limits = _thresholds(apart)
    found = [abs(x) > FAR * limit for x, limit in zip(apart, limits, strict=True)]
    # Two normal beats are added at both ends, so that the first and last are classified too.
    padded = [0.0, *jumps, 0.0, 0.0]
    for i in range(len(intervals)):
        before, jump, after, later = padded[i : i + 4]
        if _is_ectopic(before, jump, after):
            found[i] = True
        elif jump > 1 and min(after, later) < -1:
            found[i] = True  # long: a missed or misplaced beat
        elif jump < -1 and max(after, later) > 1:
            found[i] = True  # short: an extra beat, if it and the next make a normal one together
            both = sum(intervals[i : i + 2])
            if i + 1 < len(found) and abs(both - medians[i]) < limits[i]:
                found[i + 1] = True
    return found


def _is_ectopic(before: float, jump: float, after: float) -> bool:
    """Whether the jump is between two opposite ones, all in thresholds."""
    if jump > 1:
        return max(before, after) < -ECTOPIC_SLOPE * jump - ECTOPIC_OFFSET
    if jump < -1:
        return min(before, after) > -ECTOPIC_SLOPE * jump + ECTOPIC_OFFSET
    return False


def _thresholds(values: Sequence[float]) -> list[float]:
    """Return the threshold of each value, from the quartile deviation of those around it."""
    sizes = [abs(value) for value in values]
    limits = []
    for near in _windows(sizes, THRESHOLD_BEATS):
        ranked = sorted(near)
        low, median, high = (_quantile(ranked, share) for share in (0.25, 0.5, 0.75))
        spread = QUARTILE_FACTOR * (high - low) / 2
        limits.append(max(spread, LEAST_MEDIANS * median, LEAST_THRESHOLD_MS))
    return limits


def _windows(values: Sequence[float], width: int) -> Iterator[Sequence[float]]:
    """Yield the values around each value; at both ends as many, though not centred."""
    width = min(width, len(values))
    for i in range(len(values)):
        start = min(max(i - width // 2, 0), len(values) - width)
        yield values[start : start + width]


def _quantile(ranked: Sequence[float], share: float) -> float:
    """Interpolate linearly between the two nearest ranks (Hyndman & Fan 1996, type 7)."""
    place = (len(ranked) - 1) * share
    low = int(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (place - low) * (ranked[high] - ranked[low])

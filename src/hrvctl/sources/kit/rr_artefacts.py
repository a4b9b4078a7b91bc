"""Find and correct artefacts in RR intervals: ectopic, missed, extra, and long or short beats."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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
# A heart that swings comes to its longest or shortest interval over others that are as far from
# the median as this share of it, on both sides; a beat that was not seen is a leap. Own choice.
SWING_SHARE = 1 / 4
# Of an interval longer than any at rest, how far its half may be from its neighbours for it to be
# two of which the beat between was missed; and of one shorter than any at rest, how far it may be
# from them together with its neighbour for the beat between to be one too many. Own choice.
HALF_NEAR = 0.1


@dataclass(slots=True)
class Artefacts:
    """The places of artefacts among intervals, by what corrects them.

    Attributes:
        extra: A beat too many ends the interval; the next is the rest of it.
        missed: The interval has a beat too few.
        ectopic, long_short: A beat at its end or its start is at the wrong time.
    """

    extra: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    ectopic: list[int] = field(default_factory=list)
    long_short: list[int] = field(default_factory=list)

    @property
    def places(self) -> set[int]:
        """The intervals that are not between two normal beats."""
        rest = [place + 1 for place in self.extra]
        return {*self.extra, *rest, *self.missed, *self.ectopic, *self.long_short}


@dataclass(frozen=True, slots=True)
class Corrected:
    """Intervals whose artefacts are corrected.

    Attributes:
        parts: Successive intervals, ms; between two parts beats were lost.
        n_artefacts: Intervals of the recording that were no normal ones.
    """

    parts: Sequence[Sequence[float]]
    n_artefacts: int


def correct(intervals_ms: Sequence[float]) -> Corrected:
    """Correct artefacts as Lipponen & Tarvainen (2019) and NeuroKit2 do.

    The two pieces of an interval with an extra beat are joined, one with a missed beat is halved,
    and beats at the wrong time are put at equal distances between those that are right; again as
    long as that leaves fewer artefacts. Of an ectopic beat and the pause behind it that is the one
    beat between the two intervals; NeuroKit2 also shifts the next, sound beat, so that at a steady
    heart its RMSSD is several times the true one. A wrong interval at either end, where a beat is
    missing for it, is cut off.

    Args:
        intervals_ms: Successive intervals, ms. An unknown one (``nan``), or one outside 300 to
            2000 ms, parts those before it from those behind.
    """
    joined = _with_pieces_joined(intervals_ms)
    parts = _parts(joined)
    found = _find_in(parts)
    n = _count(found)
    n_artefacts = n + sum(not SHORTEST_MS <= x <= LONGEST_MS for x in joined)
    n_artefacts += 2 * (len(intervals_ms) - len(joined))
    while n:
        parts = [_correct(part, own) for part, own in zip(parts, found, strict=True)]
        found = _find_in(parts)
        if _count(found) >= n:
            break
        n = _count(found)
    return Corrected([part for part in parts if part], n_artefacts)


def _with_pieces_joined(intervals_ms: Sequence[float]) -> list[float]:
    """Join each interval shorter than any at rest with the rest of the one it is a piece of."""
    joined: list[float] = []
    place = 0
    while place < len(intervals_ms):
        pair = intervals_ms[place : place + 2]
        near = [*joined[-1:], *intervals_ms[place + 2 : place + 3]]
        near = [x for x in near if SHORTEST_MS <= x <= LONGEST_MS]
        if len(pair) == 2 and near and min(pair) < SHORTEST_MS and max(pair) < LONGEST_MS:
            is_one = (1 - HALF_NEAR) * min(near) <= sum(pair) <= (1 + HALF_NEAR) * max(near)
        else:
            is_one = False
        joined.append(sum(pair) if is_one else pair[0])
        place += 2 if is_one else 1
    return joined


def _parts(intervals_ms: Sequence[float]) -> list[list[float]]:
    parts: list[list[float]] = [[]]
    for i, interval in enumerate(intervals_ms):
        near = [x for x in intervals_ms[max(i - 1, 0) : i + 2] if SHORTEST_MS <= x <= LONGEST_MS]
        if SHORTEST_MS <= interval <= LONGEST_MS:
            parts[-1].append(interval)
        elif len(near) == 2 and (
            (1 - HALF_NEAR) * min(near) <= interval / 2 <= (1 + HALF_NEAR) * max(near)
        ):
            parts[-1] += [interval / 2, interval / 2]
        elif parts[-1]:
            parts.append([])
    return parts


def _find_in(parts: Sequence[Sequence[float]]) -> list[Artefacts]:
    """Find the artefacts of each part; thresholds are those of all parts, as if neighbours."""
    found = find_artefacts([interval for part in parts for interval in part])
    shares: list[Artefacts] = []
    start = 0
    for part in parts:
        end = start + len(part)
        shares.append(
            Artefacts(
                *(
                    [place - start for place in places if start <= place < end]
                    for places in (found.extra, found.missed, found.ectopic, found.long_short)
                )
            )
        )
        start = end
    return shares


def _count(found: Sequence[Artefacts]) -> int:
    return sum(len(own.places) for own in found)


def find_artefacts(intervals: Sequence[float]) -> Artefacts:
    """Classify successive intervals, ms, that are all within 300 to 2000 ms."""
    found = Artefacts()
    if not intervals:
        return found
    jumps = [0.0, *(after - before for before, after in pairwise(intervals))]
    jumps = [x / limit for x, limit in zip(jumps, _thresholds(jumps), strict=True)]
    medians = [_quantile(sorted(near), 0.5) for near in _windows(intervals, MEDIAN_BEATS)]
    apart = [x - median for x, median in zip(intervals, medians, strict=True)]
    apart = [x * TOO_SHORT_WEIGHT if x < 0 else x for x in apart]
    limits = _thresholds(apart)
    # Two normal beats are added at both ends, so that the first and last are classified too.
    padded = [0.0, *jumps, 0.0, 0.0]
    for i, (interval, limit, median) in enumerate(zip(intervals, limits, medians, strict=True)):
        before, jump, after, later = padded[i : i + 4]
        is_long = jump > 1 and min(after, later) < -1
        is_short = jump < -1 and max(after, later) > 1
        if _is_ectopic(before, jump, after):
            found.ectopic.append(i)
        elif not (is_long or is_short or abs(apart[i]) > FAR * limit):
            continue
        elif is_short and abs(sum(intervals[i : i + 2]) - median) < limit:
            found.extra.append(i)
        elif is_long and abs(interval / 2 - median) < limit:
            found.missed.append(i)
        elif not _is_swing(intervals, i, median):
            found.long_short.append(i)
    return found


def _is_ectopic(before: float, jump: float, after: float) -> bool:
    """Whether the jump is between two opposite ones, all in thresholds."""
    if jump > 1:
        return max(before, after) < -ECTOPIC_SLOPE * jump - ECTOPIC_OFFSET
    if jump < -1:
        return min(before, after) > -ECTOPIC_SLOPE * jump + ECTOPIC_OFFSET
    return False


def _is_swing(intervals: Sequence[float], i: int, median: float) -> bool:
    """Whether an interval is on the way of a swing, or at its end with others on both sides."""
    if not 0 < i < len(intervals) - 1:
        return False
    before, apart, after = (interval - median for interval in intervals[i - 1 : i + 2])
    nearer = min(before * apart, after * apart)
    return min(before, after) < apart < max(before, after) or nearer >= SWING_SHARE * apart**2


def _correct(intervals: Sequence[float], found: Artefacts) -> list[float]:
    """Correct one part: join the pieces of extra beats, halve missed ones, level the others."""
    wrong = {*found.ectopic, *found.long_short}
    corrected: list[float] = []
    place = 0
    while place < len(intervals):
        end = place + 1
        if place in wrong:
            while end in wrong:
                end += 1
            # The beats between wrong intervals are wrong; of one alone, the beat that ends it.
            end = min(max(end, place + 2), len(intervals))
            mean = sum(intervals[place:end]) / (end - place)
            is_cut = end - place < 2 or (place == 0 and 1 not in wrong)
            corrected += [] if is_cut else [mean] * (end - place)
        elif place in found.extra and end < len(intervals):
            end += 1
            corrected.append(sum(intervals[place:end]))
        elif place in found.missed:
            corrected += [intervals[place] / 2] * 2
        else:
            corrected.append(intervals[place])
        place = end
    return corrected


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

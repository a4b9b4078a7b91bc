"""RMSSD of the beats that an Apple Watch records with an HRV sample."""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

# A time of day as any language writes it: 03:11:05,12, 3.11.05,12, 6:14:48.94 PM, Arabic digits.
TIME = re.compile(r"[0-9\u0660-\u0669]+[:.](\d\d)[:.](\d\d)[.,\u066b](\d{1,3})")
# Only minutes and seconds are read, so differences are right with 12 or 24 hours, in another zone
# than the record's, and over midnight. Hundredths of a second.
HOUR = 360_000
MINUTE, SECOND = 6_000, 100
MS = 10  # milliseconds in a hundredth of a second

# A difference this many times the sample's median spans a missed beat; own choice: between one
# late beat and two beats.
GAP = 1.8
# Share by which a difference may differ from 60,000 / bpm; own choice: a whole bpm is 1 to 2 %
# of the difference, and 20 % is Malik's bound for beats that are not neighbours (Malik 1996).
TOLERANCE = 0.20
# Pairs of neighbouring intervals that an RMSSD needs. Own choice: a third of a minute.
MIN_PAIRS = 20
MINUTE_MS = 60_000


def rmssd_ms(beats: Sequence[Mapping[str, str]]) -> float | None:
    """Root mean square of successive differences (Task Force of ESC and NASPE 1996).

    Args:
        beats: Attributes of a sample's beats, in order: ``time`` of day to 10 ms, and ``bpm``,
            the rate of the interval before the beat.

    Returns:
        Milliseconds, from neighbouring intervals with no beat missing between them; ``None``
        where there are fewer than 20 such pairs. The 10 ms grid alone adds 7 ms in quadrature.
    """
    intervals = _intervals_ms(beats)
    known = sorted(interval for interval in intervals if interval)
    if len(known) <= MIN_PAIRS:
        return None
    longest = GAP * known[len(known) // 2]
    is_sound = [
        0 < interval <= longest and _agrees(interval, beat.get("bpm", ""))
        for interval, beat in zip(intervals, beats[1:], strict=True)
    ]
    squares = [
        (after - before) ** 2
        for (before, after), sound in zip(pairwise(intervals), pairwise(is_sound), strict=True)
        if all(sound)
    ]
    return math.sqrt(sum(squares) / len(squares)) if len(squares) >= MIN_PAIRS else None


def _intervals_ms(beats: Sequence[Mapping[str, str]]) -> list[int]:
    """Return the time from each beat to the next; 0 where one of them cannot be read."""
    times = [_hundredths(beat.get("time", "")) for beat in beats]
    return [
        0 if one is None or other is None else (other - one) % HOUR * MS
        for one, other in pairwise(times)
    ]


def _hundredths(time: str) -> int | None:
    found = TIME.match(time)
    if not found:
        return None
    minute, second, rest = found.groups()
    return int(minute) * MINUTE + int(second) * SECOND + int(rest.ljust(2, "0")[:2])


def _agrees(interval_ms: int, bpm: str) -> bool:
    try:
        rate = float(bpm)
    except ValueError:
        return False
    return rate > 0 and abs(MINUTE_MS / rate - interval_ms) <= TOLERANCE * interval_ms

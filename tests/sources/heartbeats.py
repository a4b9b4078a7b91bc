"""Intervals between the beats of made-up hearts, and what straps and ectopic beats do to them."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MINUTE_MS = 60_000


@dataclass(frozen=True)
class Person:
    """A heart at rest.

    Attributes:
        hr_bpm: Mean heart rate.
        breathing_ms: Amplitude of the swing with the breath.
        slow_ms: Amplitude of the swing of ten seconds (Mayer waves).
        noise_ms: Standard deviation from beat to beat.
    """

    hr_bpm: float
    breathing_ms: float
    slow_ms: float
    noise_ms: float


STEADY = Person(hr_bpm=82, breathing_ms=4, slow_ms=8, noise_ms=3)
USUAL = Person(hr_bpm=60, breathing_ms=40, slow_ms=30, noise_ms=12)
ATHLETE = Person(hr_bpm=48, breathing_ms=110, slow_ms=50, noise_ms=20)
PEOPLE = (STEADY, USUAL, ATHLETE)


def beating(person: Person, *, minutes: float, seed: int = 1) -> list[int]:
    """A clean recording, in whole milliseconds."""
    rng = random.Random(seed)  # noqa: S311 - a heart, no secret
    breaths_per_ms = rng.uniform(0.15, 0.3) / 1000
    phases = rng.uniform(0, math.tau), rng.uniform(0, math.tau)
    intervals: list[int] = []
    now = 0
    while now < minutes * MINUTE_MS:
        breath = math.sin(math.tau * breaths_per_ms * now + phases[0])
        slow = math.sin(math.tau * now / 10_000 + phases[1])
        mean = MINUTE_MS / person.hr_bpm
        swing = person.breathing_ms * breath + person.slow_ms * slow
        intervals.append(round(mean + swing + rng.gauss(0, person.noise_ms)))
        now += intervals[-1]
    return intervals


def swinging(*, minutes: float, height_ms: float, period: int, seed: int = 1) -> list[int]:
    """A heart that beats evenly and slows for five beats in every period, as with a deep breath."""
    rng = random.Random(seed)  # noqa: S311 - a heart, no secret
    rise = (0.15, 0.55, 1.0, 0.5, 0.15)
    intervals: list[int] = []
    while sum(intervals) < minutes * MINUTE_MS:
        place = len(intervals) % period
        slower = height_ms * rise[place] if place < len(rise) else 0.0
        intervals.append(round(745 + slower + rng.gauss(0, 12)))
    return intervals


def with_ectopic_beats(intervals: Sequence[int], places: Sequence[int]) -> list[int]:
    """A beat at each place comes a third too early, and the pause after it makes up for that."""
    found = list(intervals)
    for i in places:
        early = found[i] // 3
        found[i] -= early
        found[i + 1] += early
    return found


def with_missed_beats(intervals: Sequence[int], places: Sequence[int]) -> list[int]:
    """The strap does not see the beat at the end of the interval at each place."""
    found = list(intervals)
    for i in sorted(places, reverse=True):
        found[i : i + 2] = [found[i] + found[i + 1]]
    return found


def with_extra_beats(intervals: Sequence[int], places: Sequence[int]) -> list[int]:
    """The strap sees a beat where there is none, two fifths into the interval at each place."""
    found = list(intervals)
    for i in sorted(places, reverse=True):
        first = found[i] * 2 // 5
        found[i : i + 1] = [first, found[i] - first]
    return found


def rmssd_of(intervals: Sequence[float]) -> float:
    """By the formula, without any correction."""
    squares = [(after - before) ** 2 for before, after in pairwise(intervals)]
    return math.sqrt(sum(squares) / len(squares))

"""From intervals between beats to a measurement: formulas, artefacts, and what is refused."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.sources.kit import rr_metrics
from hrvctl.sources.kit.rr_artefacts import find_artefacts
from sources.heartbeats import (
    ATHLETE,
    PEOPLE,
    STEADY,
    USUAL,
    Person,
    beating,
    rmssd_of,
    with_ectopic_beats,
    with_extra_beats,
    with_missed_beats,
)


def refused(intervals: Sequence[float]) -> str:
    """Why a recording cannot be measured."""
    with pytest.raises(rr_metrics.Unusable) as caught:
        rr_metrics.measure(intervals)
    return str(caught.value)


def artefacts(intervals: Sequence[float]) -> list[int]:
    """The places of the artefacts."""
    return sorted(find_artefacts(intervals).places)


def test_the_formulas_by_hand() -> None:
    """Intervals of 1000 and 1060 in turn: every difference is 60, mean 1030."""
    metrics = rr_metrics.measure([1000.0, 1060.0] * 40)
    assert metrics.rmssd_ms == pytest.approx(60)
    assert metrics.sdnn_ms == pytest.approx(30 * math.sqrt(80 / 79))
    assert metrics.mean_hr_bpm == pytest.approx(60_000 / 1030)
    assert metrics.pnn50_pct == pytest.approx(
        100 * 79 / 80
    )  # of 80 intervals, as the Task Force has
    assert (metrics.artefact_pct, metrics.seconds) == (0, 82.4)


@pytest.mark.parametrize("person", PEOPLE)
def test_one_ectopic_beat_is_two_artefacts(person: Person) -> None:
    """The early beat and the pause behind it, whether the heart is steady or swings widely."""
    intervals = with_ectopic_beats(beating(person, minutes=2, seed=4), [50])
    assert artefacts(intervals) == [50, 51]


def test_a_small_ectopic_beat_of_a_steady_heart_is_found() -> None:
    """An eighth too early is far for this heart, and if it stays it more than triples the RMSSD."""
    clean = beating(STEADY, minutes=2, seed=4)
    spoiled = list(clean)
    spoiled[50] -= 90
    spoiled[51] += 90
    assert rmssd_of(spoiled) > 3 * rmssd_of(clean)
    assert rr_metrics.measure(spoiled).rmssd_ms == pytest.approx(rmssd_of(clean), rel=0.03)


def test_the_wide_swings_of_a_slow_breather_are_no_artefacts() -> None:
    """More than a fifth from beat to beat, which a fixed bound of 20 % would cut."""
    yogi = Person(hr_bpm=46, breathing_ms=210, slow_ms=40, noise_ms=15)
    intervals = beating(yogi, minutes=3, seed=4)
    jumps = [abs(after / before - 1) for before, after in pairwise(intervals)]
    assert max(jumps) > 0.20
    assert artefacts(intervals) == []


def test_a_swing_in_steps_is_no_artefact_and_a_leap_is() -> None:
    """Three longer intervals that rise and fall are a breath; a single one is a wrong beat."""
    level = [750.0, 760.0] * 30
    assert artefacts([*level, 850, 1000, 860, *level]) == []
    assert artefacts([*level, 1000, *level]) == [60]


def test_a_pause_of_two_slow_beats_is_a_missed_beat() -> None:
    """Longer than any interval at rest, and its half is like its neighbours."""
    heart = rr_metrics.measure([1200.0, 1210.0] * 30 + [2410.0] + [1200.0, 1210.0] * 30)
    assert heart.artefact_pct == pytest.approx(100 / 121)
    assert heart.rmssd_ms == pytest.approx(10, rel=0.02)
    assert heart.uncorrected_rmssd_ms > 100


def test_a_missed_beat_is_one_artefact_and_an_extra_beat_two() -> None:
    """Two intervals in one, and one in two."""
    clean = beating(USUAL, minutes=2, seed=4)
    assert artefacts(with_missed_beats(clean, [50])) == [50]
    assert artefacts(with_extra_beats(clean, [50])) == [50, 51]


@pytest.mark.parametrize("share", [0.1, 0.4, 0.6, 0.9])
@pytest.mark.parametrize("place", [1, 50, -2])
def test_the_pieces_of_an_interval_are_put_together_however_short(share: float, place: int) -> None:
    """A piece shorter than any interval at rest is no reason to lose the rest of its interval."""
    clean = beating(STEADY, minutes=2, seed=4)
    place %= len(clean)
    first = clean[place] * share
    heart = rr_metrics.measure([*clean[:place], first, clean[place] - first, *clean[place + 1 :]])
    assert heart.rmssd_ms == pytest.approx(rmssd_of(clean))
    assert heart.artefact_pct == pytest.approx(100 * 2 / (len(clean) + 1))


@pytest.mark.parametrize("place", [0, 1, -2, -1])
def test_artefacts_at_either_end_are_found(place: int) -> None:
    """A strap that slips as it is put on or taken off."""
    intervals = beating(USUAL, minutes=2, seed=4)
    place %= len(intervals)
    intervals[place] *= 2
    assert place in artefacts(intervals)
    assert rr_metrics.measure(intervals).rmssd_ms < 60


def test_differences_are_of_neighbours_in_the_recording_alone() -> None:
    """Left out is not joined: two levels with an artefact between them have no step."""
    intervals = [900.0, 910.0] * 30 + [2500.0] + [1100.0, 1110.0] * 30
    assert rr_metrics.measure(intervals).rmssd_ms == pytest.approx(10)


def test_what_is_not_known_parts_its_neighbours() -> None:
    """A nan counts as an artefact and makes no difference with anything."""
    intervals = [900.0, 910.0] * 30 + [math.nan] + [1100.0, 1110.0] * 30
    heart = rr_metrics.measure(intervals)
    assert heart.rmssd_ms == pytest.approx(10)
    assert heart.artefact_pct == pytest.approx(100 / 121)
    assert heart.seconds == pytest.approx(120.6)


def test_a_recording_of_a_minute_is_measured_and_a_shorter_one_refused() -> None:
    """A strap's minute has whole intervals of a little less; half a minute says what it is."""
    minute = beating(USUAL, minutes=1, seed=4)[:-1]
    assert sum(minute) < 60_000
    assert rr_metrics.measure(minute).rmssd_ms > 0
    assert refused(beating(STEADY, minutes=0.7, seed=4)) == (
        "too short: 42 s, at least 60 s are needed"
    )


def test_fewer_than_fifty_beats_are_refused() -> None:
    """However slow the heart; 49 intervals lie between 50 beats."""
    slow = beating(ATHLETE, minutes=2, seed=4)
    assert refused(slow[:48]) == "too short: 49 beats, at least 50 are needed"
    assert rr_metrics.measure(slow[:49]).seconds == pytest.approx(sum(slow[:49]) / 1000)
    assert "0 beats" not in refused([])


def test_a_night_is_no_measurement_awake() -> None:
    """Its mean would be another quantity than that of a morning's minutes."""
    assert refused([1000.0, 1010.0] * 1000) == (
        "too long: 34 min, a measurement awake lasts 30 min at most"
    )


def test_more_than_a_tenth_of_artefacts_is_refused_with_the_share() -> None:
    """Ten of a hundred are borne, eleven are not."""
    intervals: list[float] = [*beating(USUAL, minutes=2, seed=4)[:100]]
    intervals[5:95:9] = [math.nan] * 10
    assert rr_metrics.measure(intervals).artefact_pct == 10
    intervals[51] = math.nan
    assert refused(intervals) == (
        "11.0 % of its 100 intervals are artefacts (ectopic, missed or extra beats), "
        "at most 10 % may be"
    )


def test_intervals_that_never_vary_are_refused() -> None:
    """A pacemaker, or a file that someone made; lnRMSSD has no value there."""
    assert "all its intervals are equal" in refused([1000.0] * 80)


def test_seconds_and_milliseconds_are_told_apart() -> None:
    """By the median; what is unknown stays so."""
    assert rr_metrics.to_ms([0.8, 1.0, math.nan])[:2] == [800, 1000]
    assert rr_metrics.to_ms([800.0, 1000.0, 5.0]) == [800, 1000, 5]
    assert math.isnan(rr_metrics.to_ms([0.8, 1.0, math.nan])[2])


@pytest.mark.parametrize("median", [0.1, 60.0, 9000.0])
def test_what_is_in_no_unit_of_a_heart_is_refused(median: float) -> None:
    """Heart rates and counts are no intervals."""
    with pytest.raises(rr_metrics.Unusable, match=f"their median is {median:g}"):
        rr_metrics.to_ms([median] * 5)


def test_an_empty_recording_is_refused() -> None:
    """With a word on what there is not."""
    with pytest.raises(rr_metrics.Unusable, match="there are none"):
        rr_metrics.to_ms([math.nan])


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=120))
def test_any_numbers_are_measured_or_refused(intervals: list[float]) -> None:
    """Never an error of arithmetic, never an artefact share above what is said."""
    try:
        heart = rr_metrics.measure(intervals)
    except rr_metrics.Unusable:
        return
    assert 0 <= heart.artefact_pct <= rr_metrics.MAX_ARTEFACT_PCT
    assert heart.rmssd_ms > 0


@given(st.integers(1, 400), st.sampled_from(PEOPLE))
def test_time_has_no_direction(seed: int, person: Person) -> None:
    """RMSSD, SDNN and pNN50 of clean beats are those of the same beats backwards."""
    intervals = beating(person, minutes=1.5, seed=seed)
    if artefacts(intervals) or artefacts(intervals[::-1]):
        return
    there, back = rr_metrics.measure(intervals), rr_metrics.measure(intervals[::-1])
    assert there.rmssd_ms == pytest.approx(back.rmssd_ms)
    assert there.sdnn_ms == pytest.approx(back.sdnn_ms)
    assert there.pnn50_pct == pytest.approx(back.pnn50_pct)

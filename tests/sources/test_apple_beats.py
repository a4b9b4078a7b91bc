"""RMSSD of the beats beside an Apple sample: only of neighbours, and only of enough of them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.sources.apple.beats import MIN_PAIRS, rmssd_ms
from sources.apple_tags import beats

ALTERNATING = [800, 850] * 13  # every difference is 50 ms


def told(beats: list[tuple[str, int]]) -> list[dict[str, str]]:
    """The attributes of beats."""
    return [{"time": time, "bpm": str(bpm)} for time, bpm in beats]


@pytest.mark.parametrize(
    "clock",
    [
        "{:%H:%M:%S},{:02}",
        "{:%H:%M:%S}.{:02}",
        "{:%H.%M.%S},{:02}",
        "{:%I:%M:%S}.{:02} AM",
        "{:%I:%M:%S}.{:02}\u202fPM",
        "{:%I:%M:%S}.{:02} p.\xa0m.",
    ],
)
def test_the_phones_language_does_not_matter(clock: str) -> None:
    """Decimal comma, dots, 12 hours, a narrow blank before PM."""
    assert rmssd_ms(told(beats("03:11:05", ALTERNATING, clock=clock))) == pytest.approx(50)


def test_arabic_digits_are_digits() -> None:
    """As a phone set to Arabic writes them."""
    digits = str.maketrans("0123456789,", "٠١٢٣٤٥٦٧٨٩\u066b")
    times = [(time.translate(digits), bpm) for time, bpm in beats("03:11:05", ALTERNATING)]
    assert rmssd_ms(told(times)) == pytest.approx(50)


@pytest.mark.parametrize("start", ["23:59:50", "11:59:50", "12:59:50"])
@pytest.mark.parametrize("clock", ["{:%H:%M:%S},{:02}", "{:%I:%M:%S}.{:02} AM"])
def test_midnight_noon_and_one_o_clock_are_passed(start: str, clock: str) -> None:
    """Only differences count, on a clock of 12 hours or of 24."""
    assert rmssd_ms(told(beats(start, ALTERNATING, clock=clock))) == pytest.approx(50)


def test_a_missed_beat_parts_the_beats_and_adds_nothing() -> None:
    """The gap, and the beats on both its sides, are no neighbours."""
    with_gap = [*ALTERNATING, 1650, *ALTERNATING]
    assert rmssd_ms(told(beats("03:11:05", with_gap))) == pytest.approx(50)


def test_a_difference_that_its_own_rate_denies_is_left_out() -> None:
    """A beat that was not seen leaves its rate behind."""
    marked = told(beats("03:11:05", [*ALTERNATING, 1100, *ALTERNATING]))
    marked[len(ALTERNATING) + 1]["bpm"] = "73"
    assert rmssd_ms(marked) == pytest.approx(50)


def test_fewer_than_twenty_pairs_are_no_rmssd() -> None:
    """Twenty are."""
    enough = beats("03:11:05", ALTERNATING[: MIN_PAIRS + 1])
    assert rmssd_ms(told(enough)) == pytest.approx(50)
    assert rmssd_ms(told(enough[:-1])) is None
    assert rmssd_ms([]) is None


@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"time": st.text(max_size=14), "bpm": st.text(max_size=4)}
        ),
        max_size=40,
    )
)
def test_whatever_stands_there_is_a_number_or_none(marked: list[dict[str, str]]) -> None:
    """No beat list ends in a traceback."""
    value = rmssd_ms(marked)
    assert value is None or value >= 0


@given(st.lists(st.integers(60, 110).map(lambda n: n * 10), min_size=40, max_size=60))
def test_it_never_exceeds_the_largest_difference(intervals: list[int]) -> None:
    """A mean of squares lies within them."""
    value = rmssd_ms(told(beats("03:11:05", intervals)))
    if value is not None:
        largest = max(abs(a - b) for a, b in pairwise(intervals))
        assert value <= largest + 1e-9

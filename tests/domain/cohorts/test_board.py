"""The board of a cohort: who needs attention and why, no light without nights, and the order."""

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.baseline import PROFILES
from hrvctl.domain.cohorts.board import (
    COLUMNS,
    FAILED,
    FAR,
    NO_DATA,
    RED,
    WITHHELD,
    Board,
    SealedRecord,
    failed_line,
    make_line,
    unseen_line,
)
from hrvctl.domain.cohorts.evening import SCHEMA
from hrvctl.records.choices import BoardOrder

AS_OF = date(2026, 3, 10)
USUAL = {
    "subject": "p1",
    "n_nights_7": 6,
    "n_nights_28": 25,
    "last_day": AS_OF,
    "last_ms": 58.0,
    "week_mean": 60.0,
    "range_low": 52.0,
    "range_high": 68.0,
    "light": "green",
    "light_reason": "the 7-day mean of 60 ms is inside the normal range of 52 to 68 ms",
    "withheld": "",
    "served": "hierarchical",
    "models": [{"source": "naive", "mean_ms": 58.0}, {"source": "hierarchical", "mean_ms": 61.0}],
    "p10": 50.0,
    "p90": 72.0,
    "drivers": [],
}


def line(name="", group="", profile="robust60", **changes):
    """Somebody's line, as usual but for the changes."""
    return make_line({**USUAL, **changes}, as_of=AS_OF, profile=profile, name=name, group=group)


def board(*lines, **changes):
    """A board of some lines."""
    return Board(
        cohort="Lions", as_of=AS_OF, target=AS_OF + timedelta(days=1), lines=lines, **changes
    )


def test_the_columns_are_those_of_the_tables() -> None:
    """Each is in the schema of an evening, and the rows of these tests have them all."""
    assert set(COLUMNS) <= set(SCHEMA.names)
    assert set(COLUMNS) == set(USUAL)


def test_somebody_as_usual_needs_nothing() -> None:
    """Their figures are the row's; the forecast is that of the model that is served."""
    found = line(name="Anna K.", group="U19")
    assert (found.name, found.group, found.light, found.age_days) == ("Anna K.", "U19", "green", 0)
    assert (found.tomorrow_ms, found.interval_ms) == (61.0, (50.0, 72.0))
    assert (found.direction, found.needs, found.attention) == ("", {}, "")
    assert line().name == "p1"


def test_a_red_light_needs_you() -> None:
    """In the words of the light."""
    why = "the 7-day mean of 45 ms is below the normal range of 52 to 68 ms"
    found = line(light="red", light_reason=why, week_mean=51.0)
    assert found.needs == {RED: why}
    assert found.direction == "below"


@pytest.mark.parametrize(("days", "is_asked"), [(0, False), (2, False), (3, True), (9, True)])
def test_three_days_without_a_night_need_you(days: int, is_asked: bool) -> None:
    """Whatever the light is."""
    found = line(last_day=AS_OF - timedelta(days=days))
    assert found.age_days == days
    assert found.needs == ({NO_DATA: f"no night for {days} days"} if is_asked else {})


def test_a_withheld_forecast_needs_you() -> None:
    """With the reason, unless that was said already."""
    assert line(withheld="have 0 usable nights").needs == {
        WITHHELD: "no forecast: have 0 usable nights"
    }
    gone = line(last_day=AS_OF - timedelta(days=20), n_nights_7=0, withheld="20 days ago")
    assert gone.attention == "no night for 20 days; no forecast"
    never = line(last_day=None, n_nights_7=0, last_ms=None, withheld="have 0 nights, need 1")
    assert list(never.needs) == [NO_DATA, WITHHELD]
    assert never.age_days is None


def test_who_failed_and_who_was_never_seen_need_you() -> None:
    """They have a line each, without figures."""
    failed = failed_line("p2", "hrv_rmssd_ms 900 is not between 1 and 400", name="Ben")
    assert failed.needs == {
        FAILED: "no forecast could be made: hrv_rmssd_ms 900 is not between 1 and 400"
    }
    assert list(unseen_line("p3").needs) == [NO_DATA]
    for found in (failed, unseen_line("p3")):
        assert (found.light, found.deviation, found.tomorrow_ms) == ("unknown", None, None)


@pytest.mark.parametrize("nights", [0, 1, 2])
@pytest.mark.parametrize("light", ["red", "amber", "green"])
def test_no_light_below_three_nights_of_seven(light: str, nights: int) -> None:
    """Whatever the row has; nor is a week of so few nights called unusual."""
    found = line(light=light, light_reason="a reason", n_nights_7=nights, week_mean=30.0)
    assert found.light == "unknown"
    assert found.reason == f"have {nights} nights in the last 7 days, need 3"
    assert found.needs == {}
    assert line(light=light, n_nights_7=3).light == light


@pytest.mark.parametrize("profile", PROFILES)
def test_the_deviation_is_in_the_persons_own_sds(profile: str) -> None:
    """On the log scale: a week 1.5 SDs below the middle says -1.5 by every method."""
    middle, sd = math.log(60.0), 0.15
    half = PROFILES[profile].k * sd
    found = line(
        profile=profile,
        range_low=math.exp(middle - half),
        range_high=math.exp(middle + half),
        week_mean=math.exp(middle - 1.5 * sd),
    )
    assert found.deviation == pytest.approx(-1.5)
    assert found.direction == "below"


@pytest.mark.parametrize(
    ("own_sds", "words"),
    [
        (-2.4, "the 7-day mean is 2.4 of their own SDs below the usual"),
        (2.1, "the 7-day mean is 2.1 of their own SDs above the usual"),
        (1.9, ""),
    ],
)
def test_a_week_beyond_two_own_sds_needs_you(own_sds: float, words: str) -> None:
    """Below or above, whatever the light."""
    half = math.log(68.0 / 52.0) / 2
    week = math.sqrt(52.0 * 68.0) * math.exp(own_sds * half / PROFILES["robust60"].k)
    assert line(week_mean=week).needs == ({FAR: words} if words else {})


def test_a_range_without_width_has_no_deviation() -> None:
    """A constant series is on its middle, and nothing is divided by zero."""
    found = line(profile="javaloyes", range_low=60.0, range_high=60.0)
    assert (found.deviation, found.needs) == (None, {})


def test_the_largest_drivers_are_named_in_whole_ms() -> None:
    """Three of them, none that rounds to nothing; an answer of none is said as such."""
    effects = [("strain", -6.2, 14.0), ("alcohol", 3.4, 0.0), ("nap", -0.4, 1.0)]
    effects += [("travel", 1.0, None), ("sleep", 0.9, 7.0)]
    drivers = [{"name": n, "effect_ms": e, "value": v} for n, e, v in effects]
    assert line(drivers=drivers).moved_by == "strain -6, no alcohol +3, travel +1"
    assert line(drivers=None).moved_by == ""


A = line("Anna", light="amber", week_mean=70.0)
B = line("ben", light="red", week_mean=50.0)
C = line("Cleo", light="green", week_mean=58.0)
D = line("Dan", n_nights_7=1, range_low=None, range_high=None, week_mean=None)
E = line("Eve", light="red", week_mean=40.0)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("light", ["Eve", "ben", "Anna", "Cleo", "Dan"]),
        ("change", ["Eve", "ben", "Anna", "Cleo", "Dan"]),
        ("name", ["Anna", "ben", "Cleo", "Dan", "Eve"]),
    ],
)
def test_orders(order: str, names: list[str]) -> None:
    """Red first and then the largest deviation; the largest deviation; names as people sort."""
    shown = board(C, D, A, E, B).in_order(BoardOrder(order))
    assert [each.name for each in shown.lines] == names


def test_by_change_a_far_green_week_is_before_a_near_red_one() -> None:
    """The light does not count then."""
    near, far = line("near", light="red", week_mean=59.0), line("far", week_mean=90.0)
    assert [each.name for each in board(near, far).in_order(BoardOrder.CHANGE).lines] == [
        "far",
        "near",
    ]
    assert [each.name for each in board(far, near).in_order(BoardOrder.LIGHT).lines] == [
        "near",
        "far",
    ]


@given(st.permutations([A, B, C, D, E]), st.sampled_from(BoardOrder))
def test_an_order_is_the_same_whatever_the_tables_had(lines, order: BoardOrder) -> None:
    """And nobody is lost."""
    shown = board(*lines).in_order(order).lines
    assert shown == board(A, B, C, D, E).in_order(order).lines
    assert len(shown) == 5


def test_the_queue_has_the_most_urgent_reason_first() -> None:
    """Red before a failure before missing data; within one the order of the board."""
    failed, gone = failed_line("f", "a fault"), line("gone", last_day=AS_OF - timedelta(days=5))
    found = board(gone, C, failed, B, E)
    assert [each.name for each in found.queue] == ["ben", "Eve", "f", "gone"]
    assert found.whole.n_needs == 4
    assert [found.n_with(need) for need in (RED, FAILED, NO_DATA)] == [2, 1, 1]
    assert found.people_text == "5 people, 1 failed, 1 without a night for 3 days"


def test_groups_have_a_line_each() -> None:
    """By name, the people without one last; of a board without groups nothing."""
    members = (line("a", "U19"), line("b", "u17", light="red", n_nights_7=4), line("c", "U19"))
    found = board(*members, line("d"))
    assert [(each.name, each.n, each.n_needs) for each in found.groups] == [
        ("u17", 1, 1),
        ("U19", 2, 0),
        ("", 1, 0),
    ]
    assert found.groups[0].lights == {"red": 1, "amber": 0, "green": 0, "unknown": 0}
    assert found.groups[0].nights_7 == 4
    assert [each.name for each in found.of_group("U19").lines] == ["a", "c"]
    assert [each.name for each in found.of_group("").lines] == ["d"]
    assert board(line("a")).groups == ()


def test_the_record_is_a_sentence() -> None:
    """As soon as there is one."""
    days = {"first": date(2026, 2, 10), "last": date(2026, 3, 9)}
    record = SealedRecord(**days, n=1412, held_80=0.793, n_better=21, n_compared=24)
    assert board(record=record).record_text == (
        "2026-02-10 to 2026-03-09: 80 % intervals held 79 % of 1,412 sealed mornings;"
        " better than the last value for 21 of 24."
    )
    young = SealedRecord(**days, n=1, held_80=1.0, n_better=0, n_compared=0)
    assert board(record=young).record_text.endswith("held 100 % of 1 sealed morning.")
    assert board().record_text == ""
    none = SealedRecord(**days, n=0, held_80=None, n_better=0, n_compared=0)
    assert board(record=none).record_text == ""

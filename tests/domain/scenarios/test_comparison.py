"""Branches are held against the base honestly: differences add up, and what is ignored is said."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.artifacts.fork import BranchResult, Difference, ModelChoice, NormalRange
from hrvctl.domain.artifacts.training import Contribution
from hrvctl.domain.forecast.registry import CANDIDATES, WITH_BEDTIME, find_forecaster
from hrvctl.domain.scenarios.branches import Branch, changed, parse_branch
from hrvctl.domain.scenarios.comparison import compare, failure, learned_from, remarks
from hrvctl.domain.series import History
from hrvctl.errors import DataError
from hrvctl.records import Forecast, Metric
from hrvctl.store.json_values import plain

NAN = math.nan
N = 60
MODEL = find_forecaster("hierarchical")


def person(*, cycle=NAN, **journal) -> History:
    """Sixty nights of noise with strain; answers as given."""
    rng = np.random.default_rng(3)
    return History(
        first=date(2026, 1, 1),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=tuple(rng.normal(60, 6, N).tolist()),
        measured={
            Metric.RESTING_HR_BPM: tuple(rng.normal(55, 2, N).tolist()),
            Metric.STRAIN: tuple(rng.uniform(4, 18, N).tolist()),
            Metric.AVERAGE_HR_BPM: tuple(rng.normal(70, 2, N).tolist()),
            Metric.IN_BED_MIN: tuple(rng.normal(480, 20, N).tolist()),
            Metric.ENERGY_KCAL: tuple(rng.normal(2400, 200, N).tolist()),
            Metric.SKIN_TEMP_C: tuple(rng.normal(34, 0.3, N).tolist()),
            Metric.ASLEEP_MIN: tuple(rng.normal(430, 20, N).tolist()),
            Metric.CYCLE_MIN: (*rng.normal(1440, 30, N - 1).tolist(), cycle),
        },
        journal={tag: tuple(values) for tag, values in journal.items()},
    )


def notes(text, history=None, *, model=MODEL, planned=None):
    known = history or person()
    return remarks(model, known, planned or known, parse_branch(f"x:{text}"))


DRINKS = [1.0, 0.0, 0.0] * (N // 3)


@pytest.mark.parametrize("model", [m for m in CANDIDATES if m.name != "hierarchical"])
def test_a_model_of_hrv_alone_says_that_it_looks_at_nothing_else(model):
    """The journal and the strain do not move it, and it says so of each; HRV does."""
    ignored = notes("alcohol=3,strain=19", person(alcohol=DRINKS), model=model)
    assert len(ignored) == 2
    assert all("past HRV alone" in note and model.title in note for note in ignored)
    assert notes("hrv=40", model=model) == ()


def test_an_answer_never_given_before_is_said_to_be_unknown():
    """A tag without a past cannot move the forecast."""
    (note,) = notes("lion_taming=3")
    assert note == "lion_taming was never answered before: its effect on you is not known yet"


def test_an_answer_always_alike_taught_nothing():
    """Always no, now yes: the person's own past has no evening to compare with."""
    (note,) = notes("magnesium=yes", person(magnesium=[0.0] * N))
    assert "all earlier answers were alike" in note


def test_what_only_others_taught_is_said():
    """Alcohol is known from other people: it moves the forecast before one's own evenings do."""
    (note,) = notes("alcohol=3", person(alcohol=[0.0] * N))
    assert note == "no evening with alcohol so far: its effect is that of other people"
    (note,) = notes("alcohol=0", person(alcohol=[1.0] * N))
    assert note.startswith("no evening without alcohol")


def test_an_amount_after_plain_answers_counts_as_a_yes_and_says_so():
    """How much a yes was nobody knows; after amounts it is known."""
    (note,) = notes("alcohol=3", person(alcohol=DRINKS))
    assert note == "alcohol was yes or no so far: 3 counts as a yes, not as an amount"
    assert notes("alcohol=3", person(alcohol=[2.0, *DRINKS[1:]])) == ()


def test_another_amount_on_an_evening_with_one_counts_as_the_same_yes():
    """Two drinks said already, three asked for: it is known what a yes does, not what one more."""
    (note,) = notes("alcohol=3", person(alcohol=[*DRINKS[:-1], 2.0]))
    assert note == "alcohol was yes or no so far: 3 counts as a yes, not as an amount"


def test_what_moves_the_forecast_needs_no_remark():
    """Strain and alcohol of a person who had both."""
    assert notes("alcohol=1,strain=19", person(alcohol=DRINKS)) == ()


def test_what_is_so_already_is_said():
    """A change to the same value is none."""
    known = person(alcohol=DRINKS)
    assert notes("alcohol=0", known) == ("alcohol is 0 without the change too",)
    assert notes("alcohol=none") == ("alcohol is unanswered without the change too",)


def test_a_metric_no_model_uses_is_said():
    """Oxygen saturation is stored, and not looked at."""
    (note,) = notes("spo2_pct=92")
    assert "does not use spo2_pct" in note


def test_a_bedtime_counts_for_the_model_that_knows_it_alone():
    """The others say that they do not look; a night known already is not planned."""
    known, planned = person(), person(cycle=1600.0)
    with_bedtime = find_forecaster("hierarchical_bedtime", WITH_BEDTIME)
    assert notes("bedtime=01:30", known, model=with_bedtime, planned=planned) == ()
    (note,) = notes("bedtime=01:30", known, model=find_forecaster("ses"), planned=planned)
    assert "does not use the bedtime" in note
    (note,) = notes("bedtime=01:30", planned, model=with_bedtime)
    assert "already recorded" in note


def test_a_window_that_holds_everything_and_a_profile_say_so():
    """Neither is a silent nothing."""
    assert notes(f"window={N}") == (f"window={N} keeps all of the past: {N} days",)
    assert notes(f"window={N - 1}") == ()
    (note,) = notes("profile=plews")
    assert "normal range" in note


def test_evenings_are_counted_that_had_a_morning():
    """The evening itself, and evenings before a night without data, taught nothing."""
    hrv = [60.0, 58.0, NAN, 61.0, 59.0]
    history = History(
        first=date(2026, 1, 1),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=tuple(hrv),
        measured={Metric.STRAIN: (1.0, 2.0, 3.0, NAN, 5.0)},
        journal={"alcohol": (2.0, 1.0, 0.0, 1.0, 3.0)},
    )
    branch = parse_branch("x:alcohol=3,strain=12,unheard=1")
    assert plain(learned_from(history, branch)) == [
        {"name": "strain", "evenings": 2},
        {"name": "alcohol", "evenings": 3, "with": 2, "without": 1},
        {"name": "unheard", "evenings": 0, "with": 0, "without": 0},
    ]


def found(name, mean_ms, drivers=()):
    """The result of a branch."""
    target = date(2026, 3, 11)
    forecast = Forecast(target=target, horizon_days=1, source="agent", mean_ms=mean_ms or 0.0)
    return BranchResult(
        name=name,
        changes=(),
        forecast=None if mean_ms is None else forecast,
        withheld="",
        agent="rules",
        confidence="low",
        sentences=(),
        model=ModelChoice(name="ses", reason=""),
        label="plain",
        stale_days=0,
        drivers=tuple(Contribution(name=driver, effect=ms) for driver, ms in drivers),
        normal_range=NormalRange(profile="plews", low_ms=None, high_ms=None, light="unknown"),
        learned_from=(),
        notes=(),
    )


def differences(*results):
    """The difference of each branch to the base."""
    return [branch.difference for branch in compare(results).branches]


EFFECTS = st.dictionaries(
    st.sampled_from(["alcohol", "strain", "weekday", "recent nights"]),
    st.floats(-20, 20),
    min_size=1,
)


@given(base=EFFECTS, other=EFFECTS, means=st.tuples(st.floats(10, 200), st.floats(10, 200)))
def test_the_parts_of_a_difference_add_up(base, other, means):
    """Drivers that changed and the rest are the whole, largest first."""
    none, difference = differences(
        found("base", means[0], base.items()), found("x", means[1], other.items())
    )
    parts = [row.difference_ms for row in difference.drivers]
    assert difference.total_ms == pytest.approx(means[1] - means[0])
    assert sum(parts) + difference.other_ms == pytest.approx(means[1] - means[0])
    assert [abs(part) for part in parts] == sorted((abs(p) for p in parts), reverse=True)
    assert none == Difference(total_ms=0.0, drivers=(), other_ms=0.0)


def test_without_drivers_on_one_side_the_difference_is_one_number():
    """A model that says nothing of drivers is not said to have taken them away."""
    _, difference = differences(found("base", 60.0, [("alcohol", -2.0)]), found("ses", 61.5))
    assert difference == Difference(total_ms=1.5, drivers=(), other_ms=1.5)


def test_without_a_forecast_there_is_no_difference():
    """Withheld on either side, or a base that failed."""
    assert differences(found("base", None), found("x", 60.0))[1] is None
    assert differences(found("base", 60.0), found("x", None))[1] is None
    assert differences(found("x", 60.0)) == [None]
    assert differences() == []


def test_a_failure_keeps_what_a_person_needs():
    """Which branch, where, what and what to do."""
    error = DataError("strain=99 is not a value", hint="give less")
    row = failure(parse_branch("odd:strain=9"), error, stage="branch_training_op")
    whole = compare([found("base", 60.0)], [row])
    assert whole.failed == (row,)
    assert (row.branch, row.code, row.hint) == ("odd", "bad_data", "give less")
    assert "association" in whole.note


def test_a_branch_without_changes_has_nothing_to_remark():
    """The base is what it is."""
    base = Branch(name="base")
    assert remarks(MODEL, person(), person(), base) == ()
    assert learned_from(changed(person(), base), base) == ()

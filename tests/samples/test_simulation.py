"""A simulated life obeys the rules about days, and its stated truth is the truth."""

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.samples.days import Day, Person, Wear
from hrvctl.samples.people import Traits, draw_people
from hrvctl.samples.simulation import simulate, simulate_until

FIRST = date(2024, 1, 1)
DRINKER = Traits(alcohol_probability=(0.3,) * 7, gap_probability=0.0, long_gaps_per_year=0.0)


@pytest.fixture(scope="module")
def long_life() -> Person:
    """Ten years without a gap, of one who drinks on any day."""
    return simulate(DRINKER, first_day=date(2015, 1, 1), n_days=3650, seed=5)


def test_the_same_seed_gives_the_same_person_for_ever() -> None:
    """A golden life: these numbers may never change, or every benchmark changes with them."""
    person = simulate(Traits(), first_day=FIRST, n_days=400, seed=1)
    assert [day.hrv_ms for day in person.days[:10]] == GOLDEN_HRV_MS
    assert [day.strain for day in person.days[:5]] == GOLDEN_STRAIN
    assert [day.vitals.average_hr for day in person.days[395:]] == GOLDEN_AVERAGE_HR
    assert person.truth[399] == pytest.approx(GOLDEN_LAST_TRUTH, rel=1e-12)


def test_another_seed_gives_another_life() -> None:
    """Two seeds do not share a life."""
    one, other = (simulate(Traits(), first_day=FIRST, n_days=30, seed=seed) for seed in (1, 2))
    assert [day.hrv_ms for day in one.days] != [day.hrv_ms for day in other.days]


@settings(max_examples=25, deadline=None)
@given(
    who=st.integers(0, 30),
    seed=st.integers(0, 2**32),
    n_days=st.integers(1, 90),
    more=st.integers(1, 60),
)
def test_a_longer_life_begins_with_the_shorter(who: int, seed: int, n_days: int, more: int) -> None:
    """Whoever it is, tomorrow changes nothing of what was, down to the last field."""
    traits = draw_people(31, 3)[who]
    shorter = simulate(traits, first_day=FIRST, n_days=n_days, seed=seed)
    longer = simulate(traits, first_day=FIRST, n_days=n_days + more, seed=seed)
    assert longer.days[:n_days] == shorter.days


def test_a_day_more_ending_a_day_later_is_the_same_person_a_day_older() -> None:
    """Going day by day, as the daily job does, never meets another past."""
    last = date(2025, 3, 30)
    today = simulate_until(Traits(), last_day=last, n_days=60, seed=9)
    tomorrow = simulate_until(Traits(), last_day=last + timedelta(days=1), n_days=61, seed=9)
    assert today.days[-1].day == last
    assert tomorrow.days[:60] == today.days


@settings(max_examples=40, deadline=None)
@given(position=st.integers(0, 59), seed=st.integers(0, 2**32))
def test_a_glass_on_day_d_reaches_the_hrv_of_the_next_morning_alone(
    position: int, seed: int
) -> None:
    """Flipping one evening leaves HRV up to D, and after D + 1, alone, and scales D + 1."""
    day = FIRST + timedelta(days=position)
    sober, drunk = (
        simulate(DRINKER, first_day=FIRST, n_days=61, seed=seed, alcohol_on={day: drinks})
        for drinks in (False, True)
    )
    same = [i for i in range(61) if i != position + 1]
    assert [sober.days[i].hrv_ms for i in same] == [drunk.days[i].hrv_ms for i in same]
    assert [sober.truth[i] for i in same] == [drunk.truth[i] for i in same]
    ratio = drunk.truth[position + 1] / sober.truth[position + 1]
    assert ratio == pytest.approx(1 + DRINKER.alcohol_effect)


@settings(max_examples=25, deadline=None)
@given(position=st.integers(1, 58), seed=st.integers(0, 2**32))
def test_what_is_done_on_a_day_leaves_the_past_untouched(position: int, seed: int) -> None:
    """Before the evening that differs, the two lives are one, heart rates and sleep included."""
    day = FIRST + timedelta(days=position)
    sober, drunk = (
        simulate(DRINKER, first_day=FIRST, n_days=60, seed=seed, alcohol_on={day: drinks})
        for drinks in (False, True)
    )
    assert sober.days[:position] == drunk.days[:position]
    assert drunk.days[position].alcohol
    assert not sober.days[position].alcohol


def test_stated_effects_are_recovered_from_a_long_life(long_life: Person) -> None:
    """Ten years of nights give each effect of the day before within four standard errors."""
    traits = long_life.traits
    days, mornings = long_life.days[:-1], long_life.days[1:]
    causes = {
        "alcohol": (math.log1p(traits.alcohol_effect), [day.alcohol for day in days]),
        "stress": (math.log1p(traits.stress_effect), [day.stress for day in days]),
        "strain": (traits.strain_effect / traits.strain_sd, [day.strain for day in days]),
        "caffeine": (0.0, [day.caffeine for day in days]),
    }
    ill = [morning.truth.illness for morning in mornings]
    y = np.array([math.log(m.hrv_ms or math.nan) for m in mornings]) - ill
    x = np.column_stack([np.ones(len(y)), *(np.array(v, float) for _, v in causes.values())])
    found, *_ = np.linalg.lstsq(x, y, rcond=None)
    variance = np.var(y - x @ found) * np.linalg.inv(x.T @ x)
    for i, (name, (truth, _)) in enumerate(causes.items(), start=1):
        error = math.sqrt(variance[i, i])
        assert abs(found[i] - truth) < 4 * error, name
        assert error < 0.01


def test_the_day_itself_shows_no_effect_of_its_drinks(long_life: Person) -> None:
    """The morning before a drink is as high as the morning before none: cause comes first."""
    drunk, sober = (
        [math.log(d.hrv_ms or math.nan) for d in long_life.days if d.alcohol is was]
        for was in (True, False)
    )
    spread = math.hypot(np.std(drunk) / len(drunk) ** 0.5, np.std(sober) / len(sober) ** 0.5)
    assert abs(np.mean(drunk) - np.mean(sober)) < 4 * spread


def test_expected_hrv_is_the_median_and_the_noise_has_its_stated_sd(long_life: Person) -> None:
    """Half of the nights lie above the truth, and they scatter as the traits say."""
    ratio = np.log([(day.hrv_ms or math.nan) / day.expected_hrv_ms for day in long_life.days])
    assert abs(np.median(ratio)) < 0.01
    assert np.std(ratio) == pytest.approx(DRINKER.noise_sd, rel=0.05)


def test_the_parts_of_the_truth_add_up(long_life: Person) -> None:
    """What is said to explain a morning explains all of it but its noise."""
    for day in long_life.days[:50]:
        t = day.truth
        parts = (t.level, t.weekly, t.strain, t.alcohol, t.stress, t.illness, t.arousal)
        assert math.exp(sum(parts)) == pytest.approx(day.expected_hrv_ms)


def test_heart_rate_awake_tells_of_the_next_morning_as_in_real_people() -> None:
    """Derived as the forecast derives it, it correlates -0.30 to -0.45 with tomorrow's HRV."""
    ordinary = Traits(gap_probability=0.0, long_gaps_per_year=0.0)
    days = simulate(ordinary, first_day=FIRST, n_days=3650, seed=2).days
    awake, tomorrow = [], []
    for day, after in pairwise(days):
        cycle_h = (day.cycle_end_at - day.cycle_start_at) / timedelta(hours=1)
        bed_h = day.sleep.in_bed_min / 60
        beats = day.vitals.average_hr * cycle_h - 1.06 * day.vitals.resting_hr * bed_h
        awake.append(beats / (cycle_h - bed_h))
        tomorrow.append(math.log(after.hrv_ms or math.nan) - after.truth.level)
    assert -0.45 < np.corrcoef(awake, tomorrow)[0, 1] < -0.3


@pytest.mark.parametrize("who", range(12))
def test_every_value_lies_where_exports_show_it(who: int) -> None:
    """Two years of anybody stay in the ranges seen in real exports."""
    person = simulate(draw_people(12, 8)[who], first_day=FIRST, n_days=730, seed=who)
    for day in person.days:
        vitals, sleep = day.vitals, day.sleep
        assert (day.hrv_ms is None) == (day.wear is not Wear.NIGHT)
        assert day.hrv_ms is None or 6 <= day.hrv_ms <= 314
        assert 29 <= vitals.resting_hr <= 120
        assert 11.3 <= vitals.respiratory_rate <= 21.1
        assert (vitals.spo2_pct is None) == (vitals.skin_temp_c is None)
        assert 1 <= vitals.recovery_pct <= 99
        assert 0 <= day.strain <= 20.7
        assert 300 <= vitals.energy_kcal <= 8524
        assert vitals.resting_hr < vitals.average_hr < vitals.max_hr <= 205
        stages = sleep.light_min + sleep.deep_min + sleep.rem_min
        assert stages == sleep.asleep_min
        assert stages + sleep.awake_min == sleep.in_bed_min
        assert day.answers.items() <= facts(day).items()


@pytest.mark.parametrize("who", range(12))
def test_nights_end_on_their_day_and_follow_each_other(who: int) -> None:
    """Through DST, trips and gaps: wake dates are whole, cycles touch and never overlap."""
    person = simulate(draw_people(12, 8)[who], first_day=FIRST, n_days=730, seed=who)
    for i, day in enumerate(person.days):
        assert day.day == FIRST + timedelta(days=i)
        assert day.wake_at.date() == day.day
        assert day.onset_at < day.wake_at < day.cycle_end_at
        assert timedelta(hours=5) < day.cycle_end_at - day.cycle_start_at < timedelta(hours=53)
        for part in (*day.naps, *day.activities):
            assert day.wake_at < part.start_at < part.end_at < day.cycle_end_at
    for day, after in pairwise(person.days):
        assert day.cycle_end_at == after.cycle_start_at


def test_the_home_zone_keeps_its_summer_time_and_trips_move_the_clock() -> None:
    """Berlin is at +1 in January and +2 in July; a traveller has nights elsewhere."""
    stays = simulate(Traits(trips_per_year=0.0), first_day=FIRST, n_days=366, seed=1)
    hours = {day.day.month: day.wake_at.utcoffset() for day in stays.days}
    assert hours[1] == timedelta(hours=1)
    assert hours[7] == timedelta(hours=2)
    change = stays.on(date(2024, 3, 31))
    assert change.wake_at.utcoffset() == change.onset_at.utcoffset() == timedelta(hours=2)
    goes = simulate(Traits(trips_per_year=8.0), first_day=FIRST, n_days=366, seed=1)
    assert {day.zone for day in goes.days} == {"Europe/Berlin", *Traits().trip_zones}


def test_the_journal_is_kept_on_some_days_and_not_each_question_is_asked() -> None:
    """Unasked is absent: with half the pages blank, there are days with none and with some."""
    person = simulate(Traits(journal_probability=0.5), first_day=FIRST, n_days=400, seed=3)
    blank = sum(not day.answers for day in person.days)
    assert 150 < blank < 250
    assert any(day.answers and "sick" not in day.answers for day in person.days)


def test_a_life_needs_a_day() -> None:
    """No days is a fault of the caller."""
    with pytest.raises(ValueError, match="n_days is 0"):
        simulate(Traits(), first_day=FIRST, n_days=0, seed=1)


def test_a_day_outside_the_life_is_not_found() -> None:
    """Asking for the day before the first is an error, not the last day."""
    person = simulate(Traits(), first_day=FIRST, n_days=3, seed=1)
    assert person.on(FIRST + timedelta(days=2)) is person.days[2]
    with pytest.raises(KeyError):
        person.on(FIRST - timedelta(days=1))


def facts(day: Day) -> dict[str, bool]:
    """What was true of a day, by the journal's tags."""
    return {
        "alcohol": day.alcohol,
        "caffeine": day.caffeine,
        "stress": day.stress,
        "sick": day.sick,
    }


GOLDEN_HRV_MS = [79, 96, 74, 82, 61, 60, 45, 81, 74, 71]
GOLDEN_STRAIN = [11.2, 12.4, 10.5, 10.9, 0.6]
GOLDEN_AVERAGE_HR = [72, 71, 79, 74, 67]
GOLDEN_LAST_TRUTH = 67.5199022137455

"""The hierarchical ridge: no look-ahead, sane at the edges, calibrated, with additive effects."""

import dataclasses
import json
import math
from datetime import date
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.domain.forecast.attribution import counts_as_yes, with_changes
from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.prior import ANSWER_PRECISION, PRECISION, shipped_prior
from hrvctl.domain.forecast.protocol import MAX_LEAD, ExplainableForecaster
from hrvctl.domain.forecast.ridge import refit_daily
from hrvctl.domain.forecast.targets import HRV, RESPIRATORY_RATE, RESTING_HR, TARGETS, Target
from hrvctl.domain.series import History
from hrvctl.records import LEVELS, Metric

FIRST = date(2024, 1, 1)
NAN = math.nan
LEVEL_MS = 60.0


def person(n: int, *, seed: int = 1, gaps: float = 0.1, rich: bool = True) -> History:
    """A made person: a slow level, strain that lowers tomorrow, alcohol, gaps in everything."""
    rng = np.random.default_rng(seed)
    strain = rng.uniform(4, 18, n)
    alcohol = (rng.random(n) < 0.2).astype(float)
    effect = np.concatenate([[0.0], -0.02 * (strain - 11)[:-1] - 0.25 * alcohol[:-1]])
    ln = math.log(LEVEL_MS) + 0.1 * np.sin(np.arange(n) / 40) + effect + rng.normal(0, 0.12, n)
    columns = {
        Metric.RESTING_HR_BPM: 55 - 8 * (ln - math.log(LEVEL_MS)) + rng.normal(0, 1, n),
        Metric.RESPIRATORY_RATE_RPM: rng.normal(15, 0.4, n),
        Metric.SKIN_TEMP_C: rng.normal(34, 0.3, n),
        Metric.STRAIN: strain,
        Metric.ENERGY_KCAL: 1800 + 60 * strain,
        Metric.AVERAGE_HR_BPM: 66 + strain / 2 + rng.normal(0, 1, n),
        Metric.CYCLE_MIN: rng.normal(1440, 40, n),
        Metric.IN_BED_MIN: rng.normal(480, 30, n),
        Metric.ASLEEP_MIN: rng.normal(430, 30, n),
    }
    night = rng.random(n) >= gaps
    night[0] = True
    holes = {m: rng.random(n) >= gaps / 2 for m in columns}
    return History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=tuple(np.where(night, np.exp(ln), NAN).tolist()),
        measured={m: tuple(np.where(night & holes[m], v, NAN).tolist()) for m, v in columns.items()}
        if rich
        else {},
        journal={
            "alcohol": tuple(np.where(rng.random(n) < 0.8, alcohol, NAN).tolist()),
            "late_meal": tuple(np.where(rng.random(n) < 0.5, 1.0, NAN).tolist()),
        }
        if rich
        else {},
    )


def only_hrv(values: list[float]) -> History:
    """A history of nothing but HRV."""
    return History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=tuple(values),
        measured={},
        journal={},
    )


def day_inputs(waking_bpm: np.ndarray) -> dict[Metric, tuple[float, ...]]:
    """Days of 24 hours with 8 in bed, whose mean heart rate has the waking one in it."""
    n = len(waking_bpm)
    return {
        Metric.RESTING_HR_BPM: (50.0,) * n,
        Metric.CYCLE_MIN: (1440.0,) * n,
        Metric.IN_BED_MIN: (480.0,) * n,
        Metric.AVERAGE_HR_BPM: tuple((waking_bpm * 16 + 1.06 * 50 * 8) / 24),
    }


def quantiles(history: History, model: Hierarchical | None = None) -> np.ndarray:
    """All quantiles of a replay, shape (n + 1, MAX_LEAD, 5)."""
    return (model or Hierarchical()).forecast_quantiles(history)


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
@pytest.mark.parametrize("bedtime", [False, True])
def test_no_forecast_looks_ahead(target: Target, bedtime: bool) -> None:
    """Cutting the past at any evening leaves every forecast made until then unchanged."""
    if bedtime and target is not HRV:
        bedtime = False
    model = Hierarchical(target, bedtime=bedtime, day_closed=True)
    history = person(160)
    whole = quantiles(history, model)
    for cut in np.random.default_rng(3).integers(1, 160, 9).tolist():
        part = quantiles(history.until(history.day(cut - 1)), model)
        np.testing.assert_allclose(part, whole[: cut + 1], rtol=1e-9)


def test_each_pattern_of_inputs_is_used() -> None:
    """The made person has evenings of every kind, so that the tests above see each pattern."""
    done = Hierarchical(bedtime=True).walk_forward(person(160))
    assert set(done.chosen.tolist()) == {0, 1, 2, 3, 4}
    assert done.carried.any()


def test_the_record_of_an_evening_without_day_inputs_is_that_of_the_nights_alone() -> None:
    """What is claimed of tonight is measured with what evenings like tonight's knew."""
    made = person(160, gaps=0.0)
    open_day = {m: (*values[:-1], NAN) for m, values in made.measured.items()}
    history = dataclasses.replace(made, measured=open_day, journal={})
    nights = Hierarchical(patterns=HRV.patterns[:1])
    claimed = Hierarchical().rolling_forecasts(history)
    closed = Hierarchical(day_closed=True).rolling_forecasts(history)
    np.testing.assert_array_equal(claimed.quantiles, quantiles(history, nights))
    assert not np.array_equal(claimed.point, closed.point, equal_nan=True)
    np.testing.assert_array_equal(claimed.point[-1], closed.point[-1])


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_the_record_of_tonight_is_that_of_the_evenings_as_they_were_lived(target: Target) -> None:
    """Over gaps too, and with a journal answered the next morning."""
    history = person(160)
    days = frozenset(map(history.day, range(160)))
    asked_late = dataclasses.replace(history, answered_late=dict.fromkeys(history.journal, days))
    model = Hierarchical(target)
    tonight = asked_late.with_open_day()
    claimed = quantiles(tonight, model)
    evenings = set(np.random.default_rng(4).integers(2, 160, 12).tolist())
    evenings |= {i + 1 for i in np.flatnonzero(np.isnan(history.hrv[:-1])).tolist()[:4]}
    for n in sorted(evenings):
        lived = quantiles(asked_late.until(history.day(n - 1)).with_open_day(), model)
        np.testing.assert_array_equal(claimed[n], lived[-1])


def test_intervals_of_tonight_come_from_the_errors_of_tonights_pattern() -> None:
    """Evenings with heart rate forecast well; one without must not borrow their narrow width."""
    rng = np.random.default_rng(5)
    pulse = rng.normal(size=300)
    hrv = 60 * np.exp(-0.25 * np.concatenate([[0.0], pulse[:-1]]) + 0.02 * rng.normal(size=300))
    history = dataclasses.replace(
        only_hrv(hrv.tolist()),
        measured=day_inputs(75 + 8 * pulse),
    )
    tonight_open = {m: (*values[:-1], NAN) for m, values in history.measured.items()}
    opened = quantiles(dataclasses.replace(history, measured=tonight_open))[-1, 0]
    closed = quantiles(history)[-1, 0]
    assert opened[3] - opened[1] > 1.5 * (closed[3] - closed[1])


@pytest.mark.parametrize("factor", [0.3, 0.5, 2.0, 3.0])
def test_a_wild_first_night_is_forgotten_within_a_week(factor: float) -> None:
    """The level starts at the median of the first nights, not at the first one."""
    values = (60 * np.exp(0.1 * np.random.default_rng(2).normal(size=30))).tolist()
    usual = quantiles(only_hrv(values))[7:, 0, 2]
    wild = quantiles(only_hrv([values[0] * factor, *values[1:]]))[7:, 0, 2]
    assert np.max(np.abs(wild / usual - 1)) < 0.1


def test_alcohol_widens_the_interval_of_tomorrow_alone() -> None:
    """By a fifth at lead 1, after an answer above zero."""
    values = (60 * np.exp(0.1 * np.random.default_rng(3).normal(size=60))).tolist()
    sober, drunk = (
        dataclasses.replace(only_hrv(values), journal={"alcohol": (NAN,) * 59 + (answer,)})
        for answer in (0.0, 2.0)
    )
    widths = [Hierarchical().walk_forward(h).allowance[-1] for h in (sober, drunk)]
    np.testing.assert_allclose(widths[1][0], 1.2 * widths[0][0])
    np.testing.assert_allclose(widths[1][1:], widths[0][1:])


def test_later_values_change_no_earlier_forecast() -> None:
    """Other values on the last day leave every earlier forecast as it was."""
    history = person(120)
    other = dataclasses.replace(
        history,
        hrv=(*history.hrv[:-1], 250.0),
        measured={m: (*v[:-1], 30.0) for m, v in history.measured.items()},
        journal={tag: (*v[:-1], 1.0) for tag, v in history.journal.items()},
    )
    closed = Hierarchical(day_closed=True)
    np.testing.assert_array_equal(quantiles(history, closed)[:-1], quantiles(other, closed)[:-1])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(st.just(NAN), st.floats(1, 400), st.just(1.0), st.just(400.0)),
        min_size=1,
        max_size=60,
    )
)
def test_quantiles_are_positive_and_in_order(values: list[float]) -> None:
    """Whatever the nights were, every quantile is positive and none crosses another."""
    found = quantiles(only_hrv(values))
    seen = np.flatnonzero(~np.isnan(values))
    said = ~np.isnan(found).any(axis=(1, 2))
    assert said.tolist() == [seen.size > 0 and i > seen[0] for i in range(len(values) + 1)]
    assert (found[said] >= 1).all()
    assert (np.diff(found[said], axis=2) >= 0).all()


@pytest.mark.parametrize("target", [RESTING_HR, RESPIRATORY_RATE], ids=["rhr", "resp"])
def test_other_targets_stay_in_what_a_person_can_have(target: Target) -> None:
    """Resting heart rate and respiratory rate are forecast in their own unit."""
    found = quantiles(person(120), Hierarchical(target))[40:]
    usual = np.nanmean(target.values(person(120)))
    assert np.abs(found[:, 0, 2] - usual).max() < 0.2 * usual
    assert (np.diff(found, axis=2) >= 0).all()


def test_a_target_without_a_learned_prior_is_forecast_with_intervals() -> None:
    """One entry is enough: quantiles in order, honest coverage, and better than the last value."""
    target = Target(
        name="temp",
        metric=Metric.SKIN_TEMP_C,
        label="skin temperature",
        unit="°C",
        digits=1,
        log_scale=0.015,
    )
    inside, errors, naive = [], [], []
    for seed in range(4):
        history = person(200, seed=seed)
        found, y = quantiles(history, Hierarchical(target))[30:-1, 0], target.values(history)[30:]
        assert (np.diff(found, axis=1) >= 0).all()
        last = [y[:i][~np.isnan(y[:i])][-1] if i > 20 else NAN for i in range(len(y))]
        seen = ~np.isnan(y) & ~np.isnan(last)
        inside += ((found[:, 1] <= y) & (y <= found[:, 3]))[seen].tolist()
        errors += np.abs(found[:, 2] - y)[seen].tolist()
        naive += np.abs(np.array(last) - y)[seen].tolist()
    assert np.mean(inside) == pytest.approx(0.80, abs=4 * math.sqrt(0.80 * 0.20 / len(inside)))
    assert np.mean(errors) < 0.9 * np.mean(naive)


def test_a_target_that_can_be_zero_or_below_is_refused_on_the_log_scale() -> None:
    """A temperature deviation has no logarithm: said when the target is made, not by NaN later."""
    with pytest.raises(ValueError, match="logarithm"):
        Target(
            name="deviation",
            metric=Metric.SKIN_TEMP_DEVIATION_C,
            label="skin temperature deviation",
            unit="°C",
            log_scale=0.1,
        )


@pytest.mark.parametrize("factor", [0.25, 2.0])
def test_forecasts_scale_with_the_person(factor: float) -> None:
    """A person with twice the HRV gets twice the forecast: nothing depends on the level."""
    history = person(120)
    scaled = dataclasses.replace(history, hrv=tuple(factor * v for v in history.hrv))
    np.testing.assert_allclose(quantiles(scaled), factor * quantiles(history), rtol=1e-2)


@pytest.mark.parametrize(
    "values",
    [
        [60.0] * 200,
        [60.0],
        [60.0, *[NAN] * 400, 62.0, 61.0],
        [1.0] * 60,
        [400.0] * 60,
        [1.0, 400.0] * 60,
        [60.0] * 50 + [255.0] + [60.0] * 10,
    ],
    ids=["constant", "one night", "400 days away", "1 ms", "400 ms", "wild", "glitch"],
)
def test_strange_series_are_forecast_quietly(values: list[float]) -> None:
    """No warning, no hole and no absurd number, whatever the series."""
    found = quantiles(only_hrv(values))[1:]
    assert np.isfinite(found).all()
    assert (found >= 1).all()
    assert (found <= 400).all()


def test_without_a_night_there_is_no_forecast() -> None:
    """No nights, no forecast; no days at all neither."""
    assert np.isnan(quantiles(only_hrv([NAN] * 30))).all()
    assert quantiles(only_hrv([])).shape == (1, MAX_LEAD, len(LEVELS))
    assert np.isnan(quantiles(only_hrv([]))).all()
    for nights in ([], [NAN]):
        rolling = Hierarchical().rolling_forecasts(only_hrv(nights))
        assert Hierarchical().explain(rolling) == ()


def test_a_glitch_hardly_moves_the_forecast() -> None:
    """One night of 255 ms among sixties does not carry tomorrow away."""
    steady = [60.0, 55.0, 65.0, 58.0, 62.0] * 12
    plain = quantiles(only_hrv([*steady, 60.0]))[-1, 0, 2]
    glitch = quantiles(only_hrv([*steady, 255.0]))[-1, 0, 2]
    assert abs(glitch - plain) < 20


def test_unknown_inputs_are_not_taken_for_average() -> None:
    """An evening without heart rate is forecast as if strain were all that is ever known."""
    history = person(90, gaps=0.0)
    without = {
        m: (*v[:-1], NAN) if m is Metric.AVERAGE_HR_BPM else v for m, v in history.measured.items()
    }
    blind = Hierarchical().walk_forward(dataclasses.replace(history, measured=without))
    strain = Hierarchical(patterns=HRV.patterns[:2]).walk_forward(history)
    assert (blind.chosen[-1], strain.chosen[-1]) == (1, 1)
    step = blind.mean[-1, 0] - blind.frame.centre[-1]
    assert step == pytest.approx(strain.mean[-1, 0] - strain.frame.centre[-1])


@pytest.mark.parametrize("days_off", [0, 3, 30])
def test_contributions_add_up(days_off: int) -> None:
    """The level and every part of the explanation make the forecast, on both scales."""
    history = person(120, gaps=0.0)
    history = history.until(history.day(119 + days_off))
    model = Hierarchical()
    rolling = model.rolling_forecasts(history)
    found = model.explanation(rolling)
    assert found is not None
    point = rolling.point[-1, 0]
    on_scale = found.level_on_scale + sum(term.on_scale for term in found.terms)
    assert found.point == pytest.approx(point)
    assert on_scale**2 == pytest.approx(point)
    assert found.level + sum(term.effect for term in found.terms) == pytest.approx(point)
    assert found.level + sum(c.effect for c in model.explain(rolling)) == pytest.approx(point)


def test_contributions_are_labelled_for_a_person() -> None:
    """Largest effect first, each thing once, with the value it had that day."""
    history = person(120, gaps=0.0)
    drivers = Hierarchical().explain(Hierarchical().rolling_forecasts(history))
    effects = [abs(c.effect) for c in drivers]
    assert effects == sorted(effects, reverse=True)
    by_name = {c.name: c for c in drivers}
    assert len(by_name) == len(drivers)
    assert {"recent nights", "weekday", "strain", "waking heart rate", "alcohol"} <= set(by_name)
    assert by_name["strain"].value == history.measured[Metric.STRAIN][-1]
    assert isinstance(Hierarchical(), ExplainableForecaster)


def test_alcohol_is_a_contribution_of_its_own_on_an_evening_without_last_night() -> None:
    """The forecast of before fades on; what was drunk today is a part of its own."""
    history = person(120, gaps=0.0)
    later = with_changes(history.until(history.day(120)), measured={}, journal={"alcohol": 1.0})
    sober = with_changes(later, measured={}, journal={"alcohol": 0.0})
    model = Hierarchical()
    told, without = (
        {c.name: c.effect for c in model.explain(model.rolling_forecasts(evening))}
        for evening in (later, sober)
    )
    assert told["alcohol"] < without["alcohol"]
    rolling = model.rolling_forecasts(later)
    point, explanation = rolling.point[-1, 0], model.explanation(rolling)
    assert explanation is not None
    assert explanation.level + sum(told.values()) == pytest.approx(point)


def test_alcohol_lowers_what_if_and_nothing_else_changes() -> None:
    """The same evening with a drink is forecast lower; with the answer given, the same."""
    history = person(120, gaps=0.0)
    model = Hierarchical()
    drink = model.what_if(history, journal={"alcohol": 1.0})
    none = model.what_if(history, journal={"alcohol": 0.0})
    assert drink[2] < none[2]
    given = {Metric.STRAIN: history.measured[Metric.STRAIN][-1]}
    same = model.what_if(history, measured=given)
    np.testing.assert_array_equal(same, quantiles(history)[-1, 0])


def test_amounts_of_an_answer_count_in_the_persons_own_units() -> None:
    """Caffeine in mg or in cups gives the same forecast (a first 1 would be a plain yes)."""
    history = person(90)
    cups = tuple((0.0, 2.0, 3.0)[i % 3] for i in range(90))
    in_mg = dataclasses.replace(history, journal={"caffeine": tuple(80 * c for c in cups)})
    in_cups = dataclasses.replace(history, journal={"caffeine": cups})
    np.testing.assert_allclose(quantiles(in_mg), quantiles(in_cups), rtol=1e-9)


def test_a_first_amount_after_plain_answers_counts_as_a_yes() -> None:
    """Three drinks say no more than a yes while nobody knows how many a yes was."""
    history = person(120, gaps=0.0)
    model = Hierarchical()
    yes, three = (model.what_if(history, journal={"alcohol": v}) for v in (1.0, 3.0))
    np.testing.assert_array_equal(three, yes)
    changed = with_changes(history, measured={}, journal={"alcohol": 3.0})
    assert counts_as_yes(changed, "alcohol")
    assert not counts_as_yes(history, "alcohol")
    assert not counts_as_yes(history, "never asked")


def test_amounts_count_against_amounts_once_they_are_named() -> None:
    """After the first amount six drinks weigh more than two, whatever plain answers came before."""
    history = person(120, gaps=0.0)
    answers = list(history.journal["alcohol"])
    answers[100:110] = [2.0, 0.0] * 5
    told = dataclasses.replace(history, journal={"alcohol": tuple(answers)})
    model = Hierarchical()
    two, six = (model.what_if(told, journal={"alcohol": v})[2] for v in (2.0, 6.0))
    assert six < two


def test_intervals_widen_with_the_distance() -> None:
    """Beyond tomorrow, and after days without data, the interval is at least as wide."""
    history = person(200, gaps=0.0)
    done = Hierarchical().walk_forward(history)
    assert (np.diff(done.width, axis=1) >= 0).all()
    stale = Hierarchical().walk_forward(history.until(history.day(204)))
    assert stale.width[-1, 0] > done.width[-1, 0]


def test_after_days_without_data_the_forecast_is_the_old_one_fading() -> None:
    """Three days without a night: today's forecast is what was said then, four days ahead."""
    history = person(120, gaps=0.0, rich=False)
    then = Hierarchical().walk_forward(history)
    now = Hierarchical().walk_forward(history.until(history.day(122)))
    old = (then.mean[-1, 3] - then.frame.centre[-1]) / then.frame.scale[-1]
    new = (now.mean[-1, 0] - now.frame.centre[-1]) / now.frame.scale[-1]
    assert new == pytest.approx(old, abs=0.05)


def test_intervals_cover_what_they_promise() -> None:
    """On made people about 80 and 95 of 100 mornings fall inside, within four binomial errors."""
    inside_80, inside_95 = [], []
    for seed in range(6):
        history = person(200, seed=seed)
        found, y = quantiles(history)[30:-1, 0], np.array(history.hrv)[30:]
        seen = ~np.isnan(y)
        inside_80 += ((found[:, 1] <= y) & (y <= found[:, 3]))[seen].tolist()
        inside_95 += ((found[:, 0] <= y) & (y <= found[:, 4]))[seen].tolist()
    n = len(inside_80)
    assert np.mean(inside_80) == pytest.approx(0.80, abs=4 * math.sqrt(0.80 * 0.20 / n))
    assert np.mean(inside_95) == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / n))


def test_the_error_is_smaller_than_that_of_the_7_day_mean() -> None:
    """On made people whose strain and drinks matter, the error is smaller than ma7's."""
    ratios = []
    for seed in range(4):
        history = person(250, seed=seed)
        y = np.array(history.hrv)
        point = Hierarchical().rolling_forecasts(history).point[:-1, 0]
        days = [i for i in range(30, 250) if not math.isnan(y[i])]
        ma7 = np.array([np.nanmean(y[i - 7 : i]) for i in days])
        ratios.append(np.abs(y[days] - point[days]).sum() / np.abs(y[days] - ma7).sum())
    assert np.mean(ratios) < 0.95


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(0, 10_000))
def test_daily_refit_is_the_closed_form(n: int, seed: int) -> None:
    """Every day's coefficients solve the weighted normal equations of that day."""
    rng = np.random.default_rng(seed)
    p = 4
    x, z = rng.normal(size=(n, p)), rng.normal(size=n) * 3
    z[rng.random(n) < 0.2] = NAN
    prior, precision = rng.normal(size=p), np.array([PRECISION, 1.0, 10.0, ANSWER_PRECISION])
    found = refit_daily(x, z, prior, precision)
    gram, right, variance = np.diag(precision), precision * prior, 1.0
    for i in range(n):
        b = np.linalg.solve(gram, right)
        np.testing.assert_allclose(found[i], b, rtol=1e-8, atol=1e-10)
        if math.isnan(z[i]):
            continue
        error = z[i] - x[i] @ b
        weight = min(1.0, math.sqrt(variance) / abs(error))
        gram = gram + weight * np.outer(x[i], x[i])
        right = right + weight * z[i] * x[i]
        variance = 0.98 * variance + 0.02 * min(error**2, 9 * variance)


def test_the_shipped_prior_states_its_origin_and_is_complete() -> None:
    """People, days, script and date stand in the file, and every pattern is complete."""
    text = files("hrvctl.domain.forecast").joinpath("prior.json").read_text(encoding="utf-8")
    learned = json.loads(text)["learned"]
    assert learned["people"] >= 9
    assert learned["days"] > learned["nights"] > 3000
    assert learned["script"] == "benchmarks/learn_prior.py"
    date.fromisoformat(learned["date"])
    for target in TARGETS.values():
        for name in (*target.patterns, *target.with_bedtime):
            pattern = shipped_prior()[name]
            assert len(pattern.features) == len(pattern.coefficients)
            assert (len(pattern.atoms), len(pattern.growth)) == (200, MAX_LEAD)
            assert (np.diff(pattern.growth) >= 0).all()

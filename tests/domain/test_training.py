"""Training serves the best of the past, says why, and says why not."""

import dataclasses
import json
import math
from datetime import date, timedelta
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.domain.artifacts.training import Contribution
from hrvctl.domain.forecast import features
from hrvctl.domain.forecast.local_level import LocalLevel
from hrvctl.domain.forecast.naive import MovingAverage, Naive
from hrvctl.domain.forecast.protocol import MAX_LEAD, RollingForecasts
from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.domain.forecast.ses import Ses
from hrvctl.domain.forecast.vitals import forecast_vitals
from hrvctl.domain.series import History
from hrvctl.domain.training import SELECTION_DAYS, train
from hrvctl.errors import UsageError
from hrvctl.records import LEVELS, Metric
from hrvctl.store.json_values import plain

NAN = math.nan
FIRST = date(2026, 3, 2)
SIMPLE = (Naive(), MovingAverage())
CLASSICAL = (*SIMPLE, Ses(), LocalLevel())


def past(values) -> History:
    """A history from the first Monday of March on."""
    return History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=tuple(float(v) for v in values),
        measured={},
        journal={},
    )


def noise(n: int, seed: int = 0, *, missing: float = 0.0) -> list[float]:
    """Nights around 60 ms; the last one always worn."""
    rng = np.random.default_rng(seed)
    hrv = 60 * np.exp(0.2 * rng.normal(size=n))
    hrv[:-1][rng.random(n - 1) < missing] = NAN
    return hrv.tolist()


def walk(n: int, seed: int = 0) -> list[float]:
    """Nights that wander: the last value is the best forecast there is."""
    return (60 * np.exp(np.cumsum(0.1 * np.random.default_rng(seed).normal(size=n)))).tolist()


class Fixed:
    """Says the same whatever came, with intervals of its own; speaks from a given row on."""

    name = "fixed"
    title = "fixed value"
    min_nights = 1

    def __init__(self, value: float, *, from_row: int = 0) -> None:
        self.value = value
        self.from_row = from_row

    def rolling_forecasts(self, history: History, *, first_origin: int) -> RollingForecasts:
        """The fixed value in every row asked."""
        point = np.full((len(history) + 1, MAX_LEAD), float(self.value))
        point[: max(first_origin, self.from_row)] = np.nan
        spread = np.array([0.5, 0.8, 1.0, 1.2, 1.5])
        return RollingForecasts(point=point, quantiles=point[:, :, np.newaxis] * spread)

    def explain(self, rolling: RollingForecasts) -> tuple[Contribution, ...]:
        """One driver."""
        return (Contribution(name="nights", effect=1.5, value=float(len(rolling.point) - 1)),)


def test_without_nights_there_is_no_forecast_and_it_says_why():
    """An empty past: no forecast, no candidate, the reason has numbers."""
    found = train(past([]), forecasters=SIMPLE)
    assert (found.withheld, found.served, found.label) == ("have 0 nights, need 1", "", "")
    assert (found.forecast, found.stale_days, found.candidates) == (None, None, ())
    assert train(past([NAN, NAN]), forecasters=SIMPLE).withheld == "have 0 nights, need 1"


@pytest.mark.parametrize(
    ("n", "label"),
    [(1, "rough"), (6, "rough"), (7, "provisional"), (13, "provisional"), (14, "plain")],
)
def test_a_short_past_is_labelled(n, label):
    """1 to 6 nights rough, 7 to 13 provisional, then plain; nights count, not days."""
    assert train(past(noise(n)), forecasters=SIMPLE).label == label
    spread = [v for night in noise(n) for v in (night, NAN)][:-1]
    assert train(past(spread), forecasters=SIMPLE).label == label


@pytest.mark.parametrize("stale", [0, 1, 3, 14])
def test_the_target_is_tomorrow_and_the_horizon_counts_from_the_last_night(stale):
    """With stale data the target stays tomorrow, and the horizon says how far that is."""
    history = past(noise(40) + [NAN] * stale)
    found = train(history, forecasters=CANDIDATES)
    assert found.target == history.last + timedelta(days=1)
    assert (found.stale_days, found.horizon_days) == (stale, stale + 1)
    for candidate in found.candidates:
        assert [f.target for f in candidate.forecasts] == [
            found.target + timedelta(days=ahead) for ahead in range(7)
        ]
        assert [f.horizon_days for f in candidate.forecasts] == list(range(stale + 1, stale + 8))


def test_after_two_weeks_without_data_the_forecast_is_withheld():
    """The reason has the last night, its age and the limit."""
    found = train(past(noise(40) + [NAN] * 23), forecasters=SIMPLE)
    assert found.withheld == (
        "last night with HRV is 2026-04-10, 23 days ago; no forecast beyond 14 days without data"
    )
    assert (found.forecast, found.last_observed) == (None, date(2026, 4, 10))


def test_stale_data_and_longer_horizons_are_never_narrower():
    """Each shown day's interval holds at least as much as the one before, relative to its point."""
    for stale in (0, 4):
        found = train(past(noise(120, 5, missing=0.1) + [NAN] * stale), forecasters=CLASSICAL)
        for candidate in found.candidates:
            for level in (0.9, 0.975):
                widths = [f.quantiles_ms[level] / f.mean_ms for f in candidate.forecasts]
                assert np.diff(widths).min() >= -1e-12


@pytest.mark.parametrize("n_nights", [1, 2, 10, 14])
def test_until_models_can_be_compared_the_main_model_serves_and_says_so(n_nights):
    """Below fourteen scored mornings the coefficients of other people's nights serve."""
    found = train(past(noise(n_nights)), forecasters=CANDIDATES)
    assert found.served == "hierarchical"
    assert found.reason == (
        f"have {n_nights} nights; models are compared from 14 scored mornings on, until then the"
        " hierarchical robust ridge is used"
    )
    assert "against" in train(past(noise(30)), forecasters=CANDIDATES).reason


def test_an_interval_that_cannot_be_stated_says_what_it_needs():
    """Two errors make no interval, four make the 80 % one."""
    for n_nights, missing in ((3, ("80 %: have 2 errors, need 4", "95 %: have 2 errors, need 19")),
                              (5, ("95 %: have 4 errors, need 19",))):  # fmt: skip
        tomorrow = train(past(noise(n_nights)), forecasters=SIMPLE).candidates[0].forecasts[0]
        assert tomorrow.missing == missing
        assert len(tomorrow.quantiles_ms) == 5 - 2 * len(missing)


def test_without_the_main_model_few_nights_serve_the_weekly_mean():
    """Ten nights are no record to choose by; one or two make no mean either."""
    assert train(past(noise(10)), forecasters=CLASSICAL).served == "ma7"
    assert train(past(noise(2)), forecasters=CLASSICAL).served == "naive"


def test_a_model_that_is_clearly_better_on_sixty_mornings_is_served():
    """On pure noise the true level wins, from the sixtieth morning on; both errors are named."""
    forecasters = (*SIMPLE, Fixed(60))
    found = train(past(noise(400)), forecasters=forecasters)
    assert found.served == "fixed"
    errors = {c.name: c.backtest.mae_ms for c in found.candidates if c.backtest}
    assert found.reason.startswith("the fixed value was clearly better than the 7-day mean: ")
    assert f"{errors['fixed']:.1f} ms against {errors['ma7']:.1f} ms" in found.reason
    assert train(past(noise(400)[:60]), forecasters=forecasters).served == "ma7"


def test_a_smaller_error_alone_serves_no_other_model():
    """Among equals the smallest error is luck: the main model stays."""
    for seed in range(6):
        found = train(past(noise(150, seed)), forecasters=CLASSICAL)
        errors = {c.name: c.backtest.mae_ms for c in found.candidates if c.backtest}
        if min(errors, key=errors.get) != "ma7" and found.served == "ma7":
            break
    else:
        pytest.fail("no past in which another model was nearer, and not clearly so")


def test_a_past_that_wanders_serves_the_last_value():
    """On a random walk it is clearly better than the 7-day mean, and the reason says so."""
    found = train(past(walk(150)), forecasters=(*SIMPLE, Fixed(60)))
    assert found.served == "naive"
    assert found.reason.startswith("the last value was clearly better than the 7-day mean: ")
    assert found.forecast is not None
    assert found.forecast.source == "naive"


def test_a_main_model_that_has_not_beaten_the_last_value_says_so():
    """Too few mornings to be clear: it is served, with both errors and what is needed."""
    found = train(past(walk(40)), forecasters=SIMPLE)
    assert found.served == "ma7"
    assert found.reason.startswith("the 7-day mean has not beaten the last value: ")
    assert found.reason.endswith("used until another is clearly better on at least 60 mornings")


def test_all_candidates_are_scored_on_the_same_mornings():
    """A newcomer with enough mornings sets the days for all."""
    found = train(past(noise(100, missing=0.1)), forecasters=(*SIMPLE, Fixed(60, from_row=60)))
    days = {(c.backtest.first_day, c.backtest.last_day, c.backtest.n) for c in found.candidates}
    assert len(days) == 1
    assert min(days)[0] >= FIRST + timedelta(days=60)


def test_a_newcomer_with_few_mornings_does_not_shrink_the_others_record():
    """It is listed as not yet eligible, with what it has and needs."""
    found = train(past(noise(100)), forecasters=(*SIMPLE, Fixed(60, from_row=95)))
    naive, _, fixed = found.candidates
    assert naive.backtest.n == 99
    assert (fixed.eligible, fixed.backtest) == (False, None)
    assert fixed.missing == "have 5 scored nights, need 14"
    assert found.served == "ma7"


def test_the_backtest_equals_a_loop_over_evenings():
    """MAE, bias and relative error of the last half year, against the plainest twin."""
    values = noise(260, 4, missing=0.1)
    naive = train(past(values), forecasters=SIMPLE).candidates[0].backtest
    errors = []
    for p in range(260 - SELECTION_DAYS, 260):
        if not math.isnan(values[p]):
            errors.append([v for v in values[:p] if not math.isnan(v)][-1] - values[p])
    assert naive.n == len(errors)
    assert naive.mae_ms == pytest.approx(np.mean(np.abs(errors)))
    assert naive.bias_ms == pytest.approx(np.mean(errors))
    assert naive.rmse_ms == pytest.approx(np.sqrt(np.mean(np.square(errors))))
    assert naive.relative_to_naive == 1


def test_mornings_no_forecast_would_have_been_made_for_are_not_scored():
    """After a long gap the first night back had no forecast: it is nobody's error."""
    values = noise(30) + [NAN] * 20 + [300.0] + noise(30, 1)
    found = train(past(values), forecasters=SIMPLE)
    assert found.candidates[0].backtest.n == 29 + 30


def test_backtest_intervals_hold_about_as_often_as_they_say():
    """On exchangeable noise, 80 % and 95 % within their own uncertainty; causal, so n is less."""
    found = train(past(noise(400, 2)), forecasters=CLASSICAL)
    for candidate in found.candidates:
        for said in (candidate.backtest.coverage_80, candidate.backtest.coverage_95):
            assert said.low - 0.03 <= said.level <= said.high + 0.03
            assert said.n == 180


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99), cut=st.integers(0, 90))
def test_the_same_evening_gives_the_same_training_whatever_came_later(seed, cut):
    """A history cut at an evening trains as it did on that evening."""
    values = noise(90, seed, missing=0.2)
    then = train(past(values[:cut]), forecasters=CANDIDATES)
    later = train(past(values).until(FIRST + timedelta(days=cut - 1)), forecasters=CANDIDATES)
    assert repr(then) == repr(later)


def test_choosing_a_model_serves_it_whatever_its_record():
    """The reason says whose choice it was."""
    found = train(past(walk(150)), forecasters=CANDIDATES, model="ses")
    assert (found.served, found.reason) == ("ses", "chosen by you")


def test_a_chosen_model_that_cannot_speak_yet_is_replaced_and_named():
    """Ten nights and the local level: the weekly mean, and what is needed."""
    found = train(past(noise(10)), forecasters=CLASSICAL, model="local_level")
    assert found.served == "ma7"
    assert found.reason == (
        "you chose local_level, which cannot forecast yet (have 10 nights, need 28);"
        " until then the 7-day mean is used"
    )


def test_choosing_an_unknown_model_names_the_choices():
    """Also when there is nothing to forecast."""
    for values in (noise(20), []):
        with pytest.raises(UsageError) as caught:
            train(past(values), forecasters=SIMPLE, model="prophet")
        assert "naive, ma7" in caught.value.hint


def test_a_model_may_explain_itself_and_state_its_own_quantiles():
    """Contributions and quantiles go through untouched; classical models have none."""
    found = train(past(noise(40)), forecasters=(*SIMPLE, Fixed(60)), model="fixed")
    assert found.chosen.contributions == (Contribution(name="nights", effect=1.5, value=40.0),)
    assert found.candidates[0].contributions == ()
    assert list(found.forecast.quantiles_ms) == list(LEVELS)
    assert list(found.forecast.quantiles_ms.values()) == pytest.approx([30, 48, 60, 72, 90])
    predictions = plain(found.predictions(inputs_sha256=""))
    assert predictions["drivers"] == [{"name": "nights", "effect_ms": 1.5, "value": 40.0}]


@pytest.mark.parametrize("n", [0, 1, 5, 13, 40])
def test_everything_becomes_json_without_a_nan(n):
    """Both artifacts, for any number of nights."""
    found = train(past(noise(n) if n else []), forecasters=CANDIDATES)
    predictions = found.predictions(inputs_sha256="")
    for content in (predictions, found.metrics()):
        json.dumps(plain(content), allow_nan=False)
    assert len(predictions.sealable) == sum(bool(c.forecasts) for c in found.candidates)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.one_of(st.just(NAN), st.sampled_from([1.0, 400.0]), st.floats(1, 400)), max_size=60)
)
def test_any_past_trains(values):
    """Edges, gaps, constants: a positive forecast with rising quantiles, or a reason."""
    found = train(past(values), forecasters=CANDIDATES)
    assert bool(found.withheld) != bool(found.served)
    if found.forecast:
        quantiles = list(found.forecast.quantiles_ms.values())
        assert quantiles == sorted(quantiles)
        assert 0 < quantiles[0] <= found.forecast.mean_ms <= quantiles[-1] < math.inf
        assert len(found.forecast.missing) == (len(LEVELS) - len(quantiles)) // 2
        assert found.reason


def test_resting_heart_rate_and_respiratory_rate_are_forecast_where_measured():
    """Both come with unit, horizon and ordered quantiles; unmeasured, they are left out."""
    pulse = tuple(52 + (i * 5) % 7 / 2 for i in range(60))
    breath = tuple(15 + (i * 3) % 5 / 10 for i in range(57)) + (NAN,) * 3
    measured = {Metric.RESTING_HR_BPM: pulse, Metric.RESPIRATORY_RATE_RPM: breath}
    history = dataclasses.replace(past(noise(60)), measured=measured)
    heart, lungs = train(history, forecasters=CANDIDATES).vitals
    assert (heart.metric, heart.unit, heart.horizon_days) == (Metric.RESTING_HR_BPM, "bpm", 1)
    assert (lungs.metric, lungs.unit, lungs.horizon_days) == (
        Metric.RESPIRATORY_RATE_RPM,
        "rpm",
        4,
    )
    for vital, values in ((heart, pulse), (lungs, breath[:57])):
        stated = list(vital.quantiles.values())
        assert stated == sorted(stated)
        assert min(values) < vital.value < max(values)
    assert train(past(noise(60)), forecasters=CANDIDATES).vitals == ()


def test_vital_signs_are_forecast_from_the_same_inputs_as_hrv_standardised_once(monkeypatch):
    """Made once for all targets, they give each the forecast that its own inputs would give."""
    made = Mock(wraps=features.standard_inputs)
    monkeypatch.setattr(features, "standard_inputs", made)
    pulse = tuple(52 + (i * 5) % 7 / 2 for i in range(60))
    beer = tuple(float(i % 4) if i % 3 else NAN for i in range(60))
    history = dataclasses.replace(
        past(noise(60)),
        measured={Metric.RESTING_HR_BPM: pulse, Metric.RESPIRATORY_RATE_RPM: pulse},
        journal={"alcohol": beer},
    )
    vitals = train(history, forecasters=CANDIDATES).vitals
    assert made.call_count == 1
    assert vitals == forecast_vitals(history)

"""What a record is worth: nothing while it is short, and never more than it showed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evenings import FORECAST
from hrvctl.domain.scoring.scores import MIN_MORNINGS
from hrvctl.domain.track_record import move_forecast, shrunk_weight, track_records
from hrvctl.records import AGENT, AGENT_LLM, Forecast

FIRST = date(2026, 1, 1)
# A made-up person's mornings, ms: never twice the same.
TRUTH = [60.0 + (i * 7) % 11 for i in range(40)]


def by_day(values):
    """One value a morning."""
    return {FIRST + timedelta(days=i): value for i, value in enumerate(values)}


def forecasts(**values):
    """Source to its forecast of each morning, from its values, ms."""
    return {
        name: {
            day: Forecast(target=day, horizon_days=1, source=name, mean_ms=value)
            for day, value in by_day(own).items()
        }
        for name, own in values.items()
    }


def compared(n=40, **others):
    """Track records of n mornings against a model that always forecasts 65."""
    made = forecasts(ses=[65.0] * n, **{name: own[:n] for name, own in others.items()})
    return track_records(made, by_day(TRUTH), model="ses")


def mixed(share):
    """A guess that knows: the truth is this share of the way from the model to it."""
    return [65.0 + (y - 65.0) / share for y in TRUTH]


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_the_best_weight_is_found(share):
    """Where the truth lies a known share of the way to the guess, that share is the weight."""
    guess = compared(guess=mixed(share)).guess
    assert guess.best_weight == pytest.approx(share)
    assert guess.weight == pytest.approx(share * 40 / 60)
    assert f"{100 * guess.weight:.0f} %" in guess.why


def test_a_guess_that_misleads_weighs_nothing():
    """It lay on the wrong side every morning: 0, and the errors of both."""
    guess = compared(guess=[130.0 - y for y in TRUTH]).guess
    assert (guess.best_weight, guess.weight) == (0.0, 0.0)
    assert "no nearer" in guess.why
    assert f"{guess.mae_ms:.1f} ms against the model's {guess.model_mae_ms:.1f}" in guess.why


def test_a_guess_that_repeats_the_model_weighs_nothing():
    """There is nothing to weigh, and no division by nothing."""
    assert compared(guess=[65.0] * 40).guess.weight == 0.0


def test_a_short_record_weighs_nothing_and_says_how_much_is_missing():
    """Thirteen mornings are not fourteen."""
    guess = compared(n=MIN_MORNINGS - 1, guess=TRUTH).guess
    assert guess.weight == 0.0
    assert guess.why.startswith("have 13 mornings")
    assert guess.why.endswith("need 14")
    assert compared(n=MIN_MORNINGS, guess=TRUTH).guess.weight > 0


def test_only_mornings_that_all_share_count():
    """No guess, no model, or no outcome: not a morning of the record."""
    made = forecasts(ses=TRUTH[:30], guess=TRUTH[:25])
    assert track_records(made, by_day(TRUTH[:20]), model="ses").guess.n == 20
    assert track_records(made, by_day(TRUTH[:20]), model="ma7").guess.n == 0


@given(st.floats(0, 1), st.integers(0, 1000), st.integers(0, 1000))
def test_weight_grows_with_the_record_and_never_beyond_the_best(best, one, other):
    """For the same best weight a longer record weighs at least as much; never more than best."""
    few, many = sorted((one, other))
    assert 0 <= shrunk_weight(best, few) <= shrunk_weight(best, many) <= best


@given(st.lists(st.tuples(*[st.floats(1, 400)] * 3), min_size=MIN_MORNINGS, max_size=40))
def test_no_other_weight_would_have_erred_less_in_squares(rows):
    """The weight is the least-squares one within 0 and 1."""
    guess, ses, actual = zip(*rows, strict=True)
    made = forecasts(guess=guess, ses=ses)
    best = track_records(made, by_day(actual), model="ses").guess.best_weight

    def squares(w):
        return sum((y - m - w * (g - m)) ** 2 for g, m, y in rows)

    assert all(squares(best) <= squares(w / 20) * (1 + 1e-9) + 1e-6 for w in range(21))


def test_an_agent_is_demoted_from_the_fourteenth_morning_on_if_it_erred_more():
    """Thirteen worse mornings change nothing; the figures of both are told."""
    worse = [y + 9.0 for y in TRUTH]
    early, late = (compared(n=n, agent_llm=worse).agents[1] for n in (13, 14))
    assert (early.source, early.demoted, late.demoted) == (AGENT_LLM, False, True)
    assert early.why == "have 13 mornings, need 14"
    assert "on 14 sealed mornings it erred more" in late.why
    assert f"{late.mae_ms:.1f} ms against {late.model_mae_ms:.1f} ms" in late.why


def test_an_agent_that_errs_as_much_or_less_keeps_its_place():
    """Level is not losing, and each is judged by its own record."""
    found = compared(agent=[65.0] * 40, agent_llm=TRUTH).agents
    assert [(a.source, a.demoted) for a in found] == [(AGENT, False), (AGENT_LLM, False)]


def test_moving_a_forecast_moves_all_of_it():
    """Point and intervals by the same, held by the 95 % interval."""
    up = move_forecast(FORECAST, 65.4, source="agent")
    assert (up.source, up.mean_ms) == ("agent", 65.4)
    assert up.quantiles_ms[0.1] == pytest.approx(56.0)
    assert up.quantiles_ms[0.975] == 82.0
    assert move_forecast(FORECAST, 500.0, source="agent").mean_ms == 82.0
    assert move_forecast(FORECAST, 1.0, source="agent").mean_ms == 44.0


def test_a_forecast_without_its_interval_stays_where_it_is():
    """Nothing would keep it in bounds."""
    bare = replace(FORECAST, quantiles_ms={0.5: 60.4})
    assert move_forecast(bare, 90.0, source="agent") == replace(bare, source="agent")

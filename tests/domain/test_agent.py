"""The final word: deterministic, in two sentences, never more than the summary knows."""

import re

import pytest

from hrvctl.domain.agent import decide

SUMMARY = {
    "target": "2026-03-11",
    "forecast": {
        "target": "2026-03-11",
        "horizon_days": 1,
        "source": "ses",
        "mean_ms": 60.4,
        "quantiles_ms": {"0.025": 44.0, "0.1": 51.0, "0.5": 60.4, "0.9": 71.0, "0.975": 82.0},
        "missing": [],
    },
    "withheld": "",
    "label": "plain",
    "stale_days": 0,
    "data": {"n_nights": 90, "last_day": "2026-03-10"},
    "baseline": {"low_ms": 54.0, "high_ms": 66.0},
    "model": {"name": "ses", "reason": "ses had the smallest error", "backtest": None},
}


def summary(**changes):
    return {**SUMMARY, **changes}


def test_it_says_what_and_why_in_two_sentences():
    """Value, interval and normal range in the first sentence, the reason in the second."""
    decided = decide(SUMMARY)
    what, why = decided.sentences
    assert "60 ms on Wednesday 2026-03-11" in what
    assert "between 51 and 71" in what
    assert "inside your normal range of 54 to 66" in what
    assert why == "Ses had the smallest error."


def test_it_keeps_the_served_forecast_under_its_own_name():
    """The numbers are the model's, the signature is the agent's."""
    forecast = decide(SUMMARY).forecast
    assert forecast.source == "agent"
    assert forecast.mean_ms == 60.4
    assert forecast.quantiles_ms == {0.025: 44.0, 0.1: 51.0, 0.5: 60.4, 0.9: 71.0, 0.975: 82.0}


@pytest.mark.parametrize(("low", "high", "place"), [(30, 50, "above"), (70, 90, "below")])
def test_it_says_when_tomorrow_leaves_the_normal_range(low, high, place):
    """A forecast outside the range is called so."""
    decided = decide(summary(baseline={"low_ms": low, "high_ms": high}))
    assert f"{place} your normal range" in decided.sentences[0]


def test_no_number_is_made_up():
    """Every number it says stands in its input."""
    said = {float(n) for n in re.findall(r"\d+\.?\d*", decide(SUMMARY).sentences[0])}
    assert said <= {60, 80, 51, 71, 54, 66, 2026, 3, 11}


def test_it_withholds_with_the_reason():
    """Without a forecast it gives none, and says why."""
    decided = decide(summary(forecast=None, withheld="have 0 nights, need 1"))
    assert decided.forecast is None
    assert decided.sentences[-1] == "Have 0 nights, need 1."
    assert decided.confidence == "low"


def test_a_short_history_and_stale_data_are_said():
    """What limits the forecast stands beside it, and lowers the confidence."""
    stale = {**SUMMARY["forecast"], "horizon_days": 3}
    decided = decide(
        summary(
            label="rough",
            stale_days=2,
            forecast=stale,
            data={"n_nights": 5, "last_day": "2026-03-08"},
        )
    )
    assert decided.confidence == "low"
    assert decided.notes[0] == "rough: have 5 nights, need 14 for a plain forecast"
    assert "last night with HRV is 2026-03-08" in decided.notes[1]


def test_confidence_falls_with_the_width():
    """A wide interval is medium at best."""
    wide = {**SUMMARY["forecast"], "quantiles_ms": {"0.1": 40.0, "0.5": 60.4, "0.9": 90.0}}
    assert decide(SUMMARY).confidence == "high"
    assert decide(summary(forecast=wide)).confidence == "medium"


def test_an_interval_that_cannot_be_stated_is_not_stated():
    """Too few errors: the sentence has no interval, the note says how many are needed."""
    bare = {
        **SUMMARY["forecast"],
        "quantiles_ms": {"0.5": 60.4},
        "missing": ["80 %: have 2 errors, need 4"],
    }
    decided = decide(summary(forecast=bare))
    assert "confidence" not in decided.sentences[0]
    assert decided.notes == ("80 %: have 2 errors, need 4",)

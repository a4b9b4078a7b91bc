"""The final word: whose it is, in plain sentences, never more than the summary knows."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evenings import BASELINE, DATA, FORECAST, SUMMARY, forecast, records, summary
from hrvctl.domain.agent import decide
from hrvctl.domain.llm_prompt import Answer
from hrvctl.domain.series import SeriesSpan
from hrvctl.domain.track_record import move_forecast
from hrvctl.records import LEVELS, Metric


def answer(to_ms=58.0, **changes):
    """The answer of an LLM."""
    return Answer(
        forecast=move_forecast(FORECAST, to_ms, source="agent_llm"),
        **{
            "adjust_reason": "two drinks",
            "confidence": "medium",
            "sentences": ("A calm night is likely.",),
            "suggestion": "",
            **changes,
        },
    )


def test_it_says_what_and_why_in_two_sentences():
    """Value, interval and normal range in the first sentence, the reason in the second."""
    what, why = decide(SUMMARY).sentences
    assert "60 ms on Wednesday 2026-03-11" in what
    assert "between 51 and 71" in what
    assert "inside your normal range of 54 to 66" in what
    assert why == "Ses had the smallest error."


def test_it_keeps_the_served_forecast_under_its_own_name():
    """Without guess or record the numbers are the model's, the signature is the agent's."""
    decided = decide(SUMMARY)
    assert decided.forecast.source == "agent"
    assert decided.forecast.mean_ms == FORECAST.mean_ms
    assert decided.forecast.quantiles_ms == FORECAST.quantiles_ms
    assert [own.forecast for own in decided.own_forecasts] == [decided.forecast]


@pytest.mark.parametrize(("low", "high", "place"), [(30, 50, "above"), (70, 90, "below")])
def test_it_says_when_tomorrow_leaves_the_normal_range(low, high, place):
    """A forecast outside the range is called so."""
    decided = decide(summary(baseline=replace(BASELINE, low_ms=low, high_ms=high)))
    assert f"{place} your normal range" in decided.sentences[0]


def test_no_number_is_made_up():
    """Every number of its sentence is in its input."""
    said = {float(n) for n in re.findall(r"\d+\.?\d*", decide(SUMMARY).sentences[0])}
    assert said <= {60, 80, 51, 71, 54, 66, 2026, 3, 11}


def test_it_withholds_with_the_reason():
    """Without a model's forecast no agent has one, and the reason is its last sentence."""
    decided = decide(summary(forecast=None, withheld="have 0 nights, need 1", records=None))
    assert decided.forecast is None
    assert decided.own_forecasts == ()
    assert decided.sentences[-1] == "Have 0 nights, need 1."
    assert decided.confidence == "low"


def test_a_short_history_and_stale_data_are_noted():
    """What limits the forecast is among its notes, lowers the confidence, and has a suggestion."""
    decided = decide(
        summary(
            label="rough",
            stale_days=2,
            forecast=forecast(horizon_days=3),
            data=replace(DATA, n_nights=5, last_day=date(2026, 3, 8)),
        )
    )
    assert decided.confidence == "low"
    assert decided.notes[0] == "rough: have 5 nights, need 14 for a full forecast"
    assert "last night with HRV is 2026-03-08" in decided.notes[1]
    assert "nights after 2026-03-08" in decided.suggestion


def test_confidence_falls_with_the_width():
    """A wide interval is medium at best."""
    wide = forecast(quantiles_ms={0.1: 40.0, 0.5: 60.4, 0.9: 90.0})
    assert decide(SUMMARY).confidence == "high"
    assert decide(summary(forecast=wide)).confidence == "medium"


def test_an_interval_that_cannot_be_stated_is_not_stated():
    """Too few errors: the sentence has no interval, the note says how many are needed."""
    bare = forecast(quantiles_ms={0.5: 60.4}, missing=("80 %: have 2 errors, need 4",))
    decided = decide(summary(forecast=bare))
    assert "confidence" not in decided.sentences[0]
    assert decided.notes == ("80 %: have 2 errors, need 4",)


def test_a_change_of_device_is_noted():
    """Nights of another device are named and left out, never mixed into the baseline."""
    other = SeriesSpan(
        metric=Metric.HRV_RMSSD_MS,
        measured_by="oura",
        n_nights=300,
        first=date(2025, 1, 1),
        last=date(2025, 12, 1),
    )
    (note,) = decide(summary(other_series=(other,))).notes
    assert note.startswith("300 nights of RMSSD from oura (2025-01-01 to 2025-12-01)")
    assert note.endswith("the baseline is that of whoop alone")


def test_drivers_are_those_of_the_model():
    """Name, effect and value, as the summary has them."""
    assert [(d.name, d.effect, d.value) for d in decide(SUMMARY).drivers] == [
        ("waking heart rate", -3.26, 72.5),
        ("recent nights", 1.1, None),
    ]


def test_a_guess_with_a_record_moves_the_forecast_by_its_weight():
    """A quarter of the way from the model to the guess, the interval with it, and it says so."""
    decided = decide(summary(guess_ms=70.4, records=records(weight=0.25)))
    assert decided.forecast.mean_ms == pytest.approx(62.9)
    assert decided.forecast.quantiles_ms[0.1] == pytest.approx(53.5)
    assert decided.forecast.quantiles_ms[0.975] == 82.0
    assert (decided.guess.weight, decided.guess.n) == (0.25, 30)
    assert "your guess of 70 ms moved it by +2.5 ms" in decided.notes[0]
    assert "about 63 ms" in decided.sentences[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"guess_ms": None, "records": records(weight=0.5)}, "no guess tonight"),
        ({"guess_ms": 90.0}, "have 0 mornings"),
        ({"guess_ms": 90.0, "records": None}, "no served model"),
        (
            {
                "guess_ms": 90.0,
                "records": records(weight=0.5),
                "forecast": forecast(quantiles_ms={0.5: 60.4}),
            },
            "no 95 % interval",
        ),
    ],
)
def test_a_guess_that_earned_nothing_moves_nothing(changes, why):
    """No guess, no record, no interval to keep it in: exactly the model's forecast, and why."""
    decided = decide(summary(**changes))
    assert decided.forecast.mean_ms == FORECAST.mean_ms
    assert decided.guess.weight == 0.0
    assert why in decided.guess.why


@given(
    st.lists(st.floats(5, 200), min_size=5, max_size=5, unique=True),
    st.floats(1, 400),
    st.floats(0, 1),
)
def test_the_rules_never_leave_the_models_interval(values, guess_ms, weight):
    """Whatever the guess: point and quantiles inside the 95 % interval, in their order."""
    levels = sorted(values)
    model = forecast(mean_ms=levels[2], quantiles_ms=dict(zip(LEVELS, levels, strict=True)))
    said = decide(
        summary(forecast=model, guess_ms=guess_ms, records=records(weight=weight))
    ).forecast
    quantiles = [said.quantiles_ms[level] for level in sorted(said.quantiles_ms)]
    assert quantiles == sorted(quantiles)
    for value in (said.mean_ms, *quantiles):
        assert levels[0] <= value <= levels[-1]
    between = sorted((levels[2], guess_ms))
    assert between[0] - 1e-9 <= said.mean_ms <= between[1] + 1e-9


def test_an_llm_answer_that_can_be_used_is_the_final_forecast():
    """Its number, sentences and reason; both agents' forecasts are kept under their own names."""
    decided = decide(SUMMARY, answer=answer(suggestion="Go easy."))
    assert (decided.agent, decided.forecast.source) == ("llm", "agent_llm")
    assert decided.forecast.mean_ms == 58.0
    assert decided.sentences == ("A calm night is likely.",)
    assert (decided.confidence, decided.suggestion) == ("medium", "Go easy.")
    assert decided.notes == ("the LLM moved the model's 60 ms by -2.4 ms: two drinks",)
    own = {each.forecast.source: each.forecast.mean_ms for each in decided.own_forecasts}
    assert own == {"agent": 60.4, "agent_llm": 58.0}


def test_without_a_usable_llm_answer_the_rules_forecast_and_the_reason_is_noted():
    """The rules' own forecast, the reason in its field and among the notes."""
    decided = decide(SUMMARY, fallback="it answered 500")
    assert (decided.agent, decided.forecast.source) == ("rules", "agent")
    assert decided.fallback == "it answered 500"
    assert decided.notes == ("the LLM was not used, the rules made the forecast: it answered 500",)


@pytest.mark.parametrize(("source", "said"), [("agent", None), ("agent_llm", answer())])
def test_the_models_forecast_replaces_that_of_a_demoted_agent_which_is_sealed_too(source, said):
    """The model's own forecast under the model's name; the agent's is kept as well."""
    decided = decide(
        summary(guess_ms=70.4, records=records(weight=0.25, demoted=source)), answer=said
    )
    assert decided.forecast == FORECAST
    assert (decided.demoted, decided.demoted_why) == (True, "it erred more")
    assert any("replaces that of the" in note for note in decided.notes)
    assert source in {own.forecast.source for own in decided.own_forecasts}
    assert "about 60 ms" in decided.sentences[0]


def test_a_demoted_agent_does_not_demote_the_other():
    """The rules' bad record leaves the LLM's forecast final."""
    decided = decide(summary(records=records(demoted="agent")), answer=answer())
    assert (decided.demoted, decided.forecast.source) == (False, "agent_llm")

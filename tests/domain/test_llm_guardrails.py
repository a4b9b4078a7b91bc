"""LLM text: only numbers that were given, in plain words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.llm_guardrails import allowed_from, fault

GIVEN = {
    "target": "2026-03-11",
    "weekday": "Wednesday",
    "mean_ms": 60.44,
    "drivers": [{"name": "resting heart rate of 5 days", "effect_ms": -3.26}],
    "n_nights": 90,
}
ALLOWED = allowed_from(GIVEN, 58.0)


def check(text):
    """What is wrong with it."""
    return fault(text, ALLOWED, max_chars=200)


@pytest.mark.parametrize(
    "text",
    [
        "Expect 60 ms on Wednesday, 11 March 2026.",
        "Expect 60.4 ms (60.44), 3.3 ms lower for your heart rate, or 3 ms.",
        "About sixty ms after ninety nights; fifty-eight is my own.",
        "60,4 ms on 2026-03-11 or 11.03.2026.",
        "Nothing to report.",
    ],
)
def test_numbers_that_were_given_may_be_said(text):
    """As they are, rounded to no or one decimal, without their sign, in words, as a date."""
    assert check(text) == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Expect 61 ms.", "61"),
        ("Expect 60.5 ms.", "60.5"),
        ("Expect 60.441 ms.", "60.441"),
        ("Expect 7e1 ms.", "7e1"),
        ("Expect sixty-one ms.", "61"),
        ("Seventeen nights spoke.", "seventeen"),
        ("Expect \uff16\uff11 ms.", "\uff16\uff11"),
        ("About \u00bd of it.", "\u00bd"),
        ("Expect 60 ms on Friday.", "friday"),
        ("In 12.03.2026 terms.", "12.03.2026"),
    ],
)
def test_a_number_or_weekday_of_its_own_is_named(text, named):
    """Digits of any script, words, fractions, exponents: none gets through."""
    assert check(text) == f"says {named}, which is not among the facts"


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred\x1b[0m",
        "two\nlines",
        "<b>bold</b>",
        "**bold**",
        "`code`",
        "see https://example.org",
        "[link](x)",
        "right to left \u202eoverride",
        "zero\u200bwidth",
        "tab\there",
        "bell\x07",
    ],
)
def test_markup_and_control_characters_are_refused(text):
    """No escape reaches a terminal, no link a person."""
    assert check(text) == "is not plain text on one line"


def test_a_long_text_is_refused():
    """Two hundred characters are two hundred."""
    assert check("a" * 200) == ""
    assert check("a" * 201) == "is longer than 200 characters"


@given(st.text(max_size=300))
def test_any_text_gets_a_verdict_and_what_passes_is_plain(text):
    """Nothing a stranger can write raises; whatever passes can be printed on one line."""
    if not check(text):
        assert text.isprintable()
        assert len(text) <= 200


@given(st.integers(0, 10**6), st.integers(0, 3))
def test_no_other_number_passes(units, decimals):
    """A number passes only if a given one rounds to it."""
    value = units / 10**decimals
    text = f"{value:.{decimals}f}"
    given_numbers = (60.44, 3.26, 58.0)  # those in ms
    within = 0.5 * 10.0**-decimals if decimals <= 1 else 0.0
    is_given = any(abs(value - n) <= within + 1e-9 for n in given_numbers)
    assert (check(f"about {text} ms") == "") == is_given


@pytest.mark.parametrize(
    "text",
    [
        *("Expect XCIX ms.", "Expect ninetynine ms.", "About n i n e t y ms.", "lOO ms it is."),
        *("A million ms.", "It will double.", "Half of it.", "Erwarte neunzig ms."),
        *("Attends cent ms.", "Espera ochenta ms.", "Expect девяносто ms.", "⠼⠊⠚ ms."),
        *("Expect 90 ms, no doubt.", "Expect 2026 ms.", "Ninety ms.", "Expect 90 %.", "xcix ms."),
        *("Expect nonante ms.", "Expect 5 milliseconds.", "Expect \u0967\u0968 ms.", "A dozen ms."),
    ],
)
def test_a_number_in_another_spelling_script_or_sense_is_refused(text: str) -> None:
    """Ninety nights are no ninety ms, and no language or typing makes a number pass."""
    assert check(text)


@pytest.mark.parametrize(
    "text",
    [
        *("See www.evil.com", "See evil.com today.", "Mail a@b.de", "go to evil dot com"),
        *("http://x", "Ask at shop.example/x"),
    ],
)
def test_an_address_is_refused(text: str) -> None:
    """A terminal or a page would make a link of it."""
    assert check(text) == "is not plain text on one line"


@pytest.mark.parametrize(
    "text",
    [
        *("Stop taking your beta blockers.", "You have atrial fibrillation.", "Take aspirin."),
        *("See a doctor.", "Raise the dose.", "You have an infection.", "It is sleep apnoea."),
        *("Your blood pressure is high.", "Start insulin.", "This is a symptom."),
    ],
)
def test_medical_advice_is_refused(text: str) -> None:
    """The rules' sentences take its place, and they give none."""
    assert "which is medical" in check(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your HRV should be about 60 ms, close to your usual level.",
        "Expect 60.4 ms; resting heart rate of 5 days took 3.3 ms.",
        "Go to bed early: rest lowers the strain of the day.",
        "Alcohol went with a lower value - mind it, e.g. tonight.",
        "I don\u2019t expect a change \u2013 a calm evening helps.",
    ],
)
def test_plain_sentences_pass(text: str) -> None:
    """What an LLM usually writes."""
    assert check(text) == ""

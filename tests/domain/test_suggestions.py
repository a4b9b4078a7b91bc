"""One suggestion at most, from facts alone."""

from domain.evenings import SUMMARY, effect, effects, summary
from hrvctl.domain.artifacts.journal import Usual
from hrvctl.domain.suggestions import suggest


def unanswered(tag, n_answered=20):
    """A question that was usually answered, and was not today."""
    return Usual(tag=tag, n_answered=n_answered, n_yes=5)


def test_an_ordinary_evening_has_none():
    """Silence where there is nothing to do."""
    assert suggest(SUMMARY) == ""


def test_stale_data_come_first():
    """Nothing helps tomorrow's forecast more than the nights that are missing."""
    said = suggest(summary(stale_days=3, effects=effects(effect("alcohol", -12.0))))
    assert said.startswith("Import the nights after 2026-03-10")


def test_what_lowered_the_morning_before_is_named_with_its_verdict():
    """Answered yes tonight, and found to lower the next morning in this person's past."""
    said = suggest(summary(effects=effects(effect("alcohol", -12.4, "suggestive"))))
    assert "alcohol" in said
    assert "12 %" in said
    assert "suggestive" in said


def test_what_raises_it_or_was_not_done_or_not_found_is_no_reason():
    """A no, a good effect, no evidence: no suggestion."""
    late = effect("late_meal", -9.0)
    assert suggest(summary(effects=effects(late))) == ""
    assert suggest(summary(effects=effects(late), journal={"late_meal": 0.0})) == ""
    assert suggest(summary(effects=effects(effect("alcohol", 5.0)))) == ""
    assert suggest(summary(effects=effects(effect("alcohol", -9.0, "no evidence")))) == ""


def test_a_usual_question_left_open_is_asked_for_if_it_matters():
    """Alcohol always does; another only where an effect was found, and if it is usual."""
    silent = {"journal": {}}
    said = suggest(summary(**silent, unanswered=(unanswered("alcohol"),)))
    assert "hrvctl journal add --tag alcohol=0" in said
    assert suggest(summary(**silent, unanswered=(unanswered("alcohol", 5),))) == ""
    assert suggest(summary(**silent, unanswered=(unanswered("reading"),))) == ""
    matters = effects(effect("reading", 4.0))
    assert "reading" in suggest(
        summary(**silent, unanswered=(unanswered("reading"),), effects=matters)
    )

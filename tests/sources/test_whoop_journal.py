"""WHOOP's journal: the day an answer speaks of, and what its question is called."""

from datetime import date

import pytest

from hrvctl.sources import registry
from hrvctl.sources.whoop.journal import QUESTIONS, tag_of
from hrvctl.sources.whoop.source import Whoop
from sources.exports import document_of
from sources.whoop_rows import HEADER, TODAY, cycle

JOURNAL = "Cycle start time,Cycle end time,Cycle timezone,Question text,Answered yes,Notes\n"


def answers(text: str) -> dict[tuple[date, str], float]:
    """Read a journal file alone."""
    reading = Whoop().read(document_of(JOURNAL + text), today=TODAY)
    assert reading.problems == ()
    return {(entry.day, entry.tag): entry.value for entry in reading.journal}


@pytest.mark.parametrize(
    ("start", "day"),
    [("2025-05-03 23:41:07", 3), ("2025-05-04 00:18:44", 3), ("2025-05-04 12:00:00", 4)],
)
def test_an_answer_speaks_of_the_day_before_its_night_ends(start: str, day: int) -> None:
    """The exposure day is the wake date minus one, also when only the journal is at hand."""
    found = answers(f"{start},,UTC+02:00,Have any alcoholic drinks?,true,\n")
    assert found == {(date(2025, 5, day), "alcohol"): 1.0}


def test_the_cycles_tell_the_journal_the_wake_date_exactly() -> None:
    """A sleep begun at 13:00 that ends at 21:00 the same day: only the cycles file knows."""
    cycles = f"{HEADER}\n{cycle('2025-05-04 13:00:00', '2025-05-04 21:00:00', end='')}\n"
    journal = f"{JOURNAL}2025-05-04 13:00:00,,UTC+02:00,Have any caffeine? ,true,\n"
    documents = [document_of(journal, "journal.csv"), document_of(cycles, "cycles.csv")]
    alone = registry.read(documents[0], today=TODAY)
    together = registry.read_all(documents, today=TODAY).readings[0]
    assert (together.kind, together.journal[0].day) == ("journal", date(2025, 5, 3))
    assert together.warnings == ()
    assert alone.journal[0].day == date(2025, 5, 4)
    assert "inferred" in alone.warnings[0]


def test_yes_wins_over_no_and_the_unasked_is_absent() -> None:
    """A question with two answers is a yes; one without any is not a no."""
    rows = [f"2025-05-04 00:10:00,,UTC,Have any caffeine?,{x},\n" for x in ("false", "true")]
    for order in (rows, rows[::-1]):
        assert answers("".join(order)) == {(date(2025, 5, 3), "caffeine"): 1.0}


def test_a_blank_answer_is_no_answer_and_a_word_is_a_fault() -> None:
    """Neither becomes a no."""
    assert answers("2025-05-04 00:10:00,,UTC,Have any caffeine?,,\n") == {}
    text = f"{JOURNAL}2025-05-04 00:10:00,,UTC,Have any caffeine?,maybe,\n"
    (problem,) = Whoop().read(document_of(text), today=TODAY).problems
    assert (problem.line, problem.column, problem.value) == (2, "Answered yes", "maybe")


def test_a_fault_after_a_quoted_line_end_has_its_physical_line() -> None:
    """The editor's line number, not the record's."""
    text = (
        f'{JOURNAL}2025-05-04 00:10:00,,UTC,Nap?,true,"one\ntwo\nthree"\n'
        "2025-05-04 00:10:00,,UTC,Sauna?,perhaps,\n"
    )
    (problem,) = Whoop().read(document_of(text), today=TODAY).problems
    assert problem.line == 5


def test_questions_are_known_by_their_words_in_any_spelling() -> None:
    """Blanks, case and the question mark do not make a new question."""
    for text in ("Have any caffeine? ", "have any CAFFEINE", "Koffein konsumiert?"):
        assert tag_of(text) == "caffeine"
    assert tag_of("Did you water the plants?") == "did_you_water_the_plants"
    assert tag_of("  ") == ""
    texts = [tag_of(text) for texts in QUESTIONS.values() for text in texts]
    assert set(texts) == set(QUESTIONS)

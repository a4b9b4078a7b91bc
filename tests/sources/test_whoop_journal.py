"""WHOOP's journal: the day an answer speaks of, and what its question is called."""

from datetime import date

import pytest

from hrvctl.sources import registry
from hrvctl.sources.whoop.questions import QUESTIONS, VERBS, plain, read_question
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


def tag_of(question: str) -> str:
    """The tag of a question."""
    return read_question(question).tag


def test_questions_are_known_by_their_words_in_any_spelling() -> None:
    """Blanks, case and the question mark do not make a new question."""
    for text in ("Have any caffeine? ", "have any CAFFEINE", "Koffein konsumiert?"):
        assert tag_of(text) == "caffeine"
    assert tag_of("  ") == ""
    texts = [tag_of(text) for texts in QUESTIONS.values() for text in texts]
    assert set(texts) == set(QUESTIONS)


@pytest.mark.parametrize(
    ("tag", "wordings"),
    [
        ("stress", "Experience any stress? | Experienced stress? | Felt stressed?"),
        ("late_meal", "Ate food close to bedtime? | Did you eat any food close to bedtime?"),
        ("magnesium", "Took a magnesium supplement? | Taking magnesium? | Consumed magnesium"),
        ("meditation", "Meditated? | Did you meditate? | Practised meditation?"),
        ("creatine", "Took creatine? | Take any creatine?"),
        ("daylight_eating", "Ate all your meals during daylight hours?"),
        ("fasting", "Followed an intermittent fasting diet? | Practiced intermittent fasting?"),
        (
            "blue_light_glasses",
            "Wore blue-light-blocking glasses? | Wear blue-light blocking glasses before bed",
        ),
        ("water_the_plants", "Water the plants? | Did you water the plants?"),
        ("melatonin", "Consumed melatonin? | Have any melatonin?"),
        ("electrolytes", "Took electrolyte supplements? | Took electrolytes?"),
        ("take_iron", "Took an iron supplement? | Take iron? | Did you take any iron?"),
    ],
)
def test_tense_and_articles_do_not_make_a_new_question(tag: str, wordings: str) -> None:
    """A behaviour that WHOOP asks for in another tense goes on as one series, known or not."""
    found = {tag_of(text) for text in wordings.split(" | ")}
    assert found == {tag}


def test_no_wording_has_two_tags() -> None:
    """What does not matter in a question never makes two behaviours one."""
    plains = [(plain(text), tag) for tag, texts in QUESTIONS.items() for text in (tag, *texts)]
    assert len(dict(plains)) == len(set(plains))
    verbs = [verb for line in VERBS for verb in line.split()]
    assert len(verbs) == len(set(verbs))
    assert tag_of("Took a zinc supplement?") != tag_of("Took a magnesium supplement?")


def test_what_was_avoided_was_not_done() -> None:
    """A plan's "Avoided alcohol?" with yes is no alcohol; "avoided processed foods" is its own."""
    rows = "2025-05-04 00:10:00,,UTC,{},true,\n"
    assert answers(rows.format("Avoided Alcohol?")) == {(date(2025, 5, 3), "alcohol"): 0.0}
    assert answers(rows.format("Avoided Late Meal?")) == {(date(2025, 5, 3), "late_meal"): 0.0}
    found = answers(rows.format("Avoided processed foods?"))
    assert found == {(date(2025, 5, 3), "avoided_processed_food"): 1.0}


def test_a_journal_without_the_end_of_the_cycle_is_read() -> None:
    """Some exports have five columns, and another name for the answer."""
    header = "Cycle start time,Cycle timezone,Question text,Answered yes/no,Notes\n"
    text = f"{header}2025-05-04 00:10:00,UTC+02:00,Took creatine?,true,5 g\n"
    reading = registry.read(document_of(text), today=TODAY)
    assert (reading.kind, reading.problems) == ("journal", ())
    assert [(e.day, e.tag, e.note) for e in reading.journal] == [
        (date(2025, 5, 3), "creatine", "5 g")
    ]

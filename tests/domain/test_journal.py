"""The journal of a day: what was answered, what was not, and the guess that counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.journal import (
    KEPT_WORDS,
    LISTED_WORDS,
    MAX_WORD,
    USUAL_DAYS,
    JournalFeatures,
    check_guess,
    countable,
    counting_guess,
    journal_entries,
    journal_features,
    page_at,
    read_day,
    with_noted_amount,
)
from hrvctl.domain.journal_text.reader import read_text
from hrvctl.domain.journal_text.vocabulary import build_vocabulary, shipped
from hrvctl.errors import DataError
from hrvctl.records import Guess, JournalEntry

DAY = date(2026, 3, 10)
WORDS = build_vocabulary(shipped())


def entry(tag: str, value: float, *, days_ago: int = 0, source: str = "user") -> JournalEntry:
    """An answer given so many days ago."""
    day = DAY - timedelta(days=days_ago)
    return JournalEntry(day=day, tag=tag, value=value, text=tag, source=source, note="n")


def guess(hrv_ms: float, *, target: date = DAY + timedelta(days=1)) -> Guess:
    """A guess for a morning."""
    return Guess(target=target, hrv_ms=hrv_ms, made_at=datetime(2026, 3, 10, 20, tzinfo=UTC))


def features(*entries: JournalEntry) -> JournalFeatures:
    """The features of the day."""
    return journal_features(entries, [], day=DAY)


def test_unanswered_is_missing_and_never_no() -> None:
    """A habit not spoken of today is named as unanswered; it has no value."""
    found = features(entry("alcohol", 2, days_ago=1), entry("caffeine", 0))
    assert [(f.tag, f.value) for f in found.features] == [("caffeine", 0)]
    assert found.unanswered == ("alcohol",)


def test_answered_no_is_an_answer() -> None:
    """A plain no counts as answered, and as not done."""
    found = features(entry("alcohol", 0), entry("alcohol", 0, days_ago=1))
    assert (found.features[0].value, found.unanswered) == (0, ())
    assert [(u.n_answered, u.n_yes) for u in found.usual] == [(1, 0)]


def test_usual_counts_answers_and_not_days() -> None:
    """Three answers in the month before, two of them more than none."""
    found = features(*(entry("alcohol", v, days_ago=i) for i, v in ((1, 2), (5, 0), (9, 1))))
    assert [(u.tag, u.n_answered, u.n_yes) for u in found.usual] == [("alcohol", 3, 2)]


@pytest.mark.parametrize(
    ("days_ago", "is_usual"), [(-1, False), (0, False), (1, True), (USUAL_DAYS, True)]
)
def test_usual_looks_back_a_month_and_never_ahead(days_ago: int, is_usual: bool) -> None:
    """Neither the day itself, nor what comes after it, nor what is long past."""
    assert bool(features(entry("sick", 1, days_ago=days_ago)).usual) is is_usual
    assert not features(entry("sick", 1, days_ago=USUAL_DAYS + 1)).usual


def test_what_comes_after_the_day_is_not_looked_at() -> None:
    """A replay of an evening knows nothing of the days that followed it."""
    assert features(entry("sick", 1, days_ago=-1)) == features()


def test_two_sources_of_one_tag_stand_side_by_side() -> None:
    """What the device asked and what the person wrote are both kept, and told apart."""
    found = features(entry("alcohol", 1, source="whoop"), entry("alcohol", 3))
    assert [(f.source, f.value) for f in found.features] == [("user", 3), ("whoop", 1)]


def test_last_guess_for_the_next_morning_counts() -> None:
    """Until midnight one may think again; a guess for another morning is not for this one."""
    other = guess(90, target=DAY)
    found = journal_features([], [guess(60), guess(64), other], day=DAY)
    assert found.guess == guess(64)
    assert counting_guess([other], DAY + timedelta(days=1)) is None


entries = st.lists(
    st.builds(
        entry,
        st.sampled_from(["alcohol", "sick", "stress"]),
        st.floats(0, 9),
        days_ago=st.integers(-3, 40),
    ),
    max_size=12,
)


@given(entries, st.randoms(use_true_random=False))
def test_order_of_entries_does_not_matter(said: list[JournalEntry], random) -> None:
    """A journal is a set: the same entries in any order give the same habits and gaps."""
    shuffled = list(said)
    random.shuffle(shuffled)
    first, second = features(*said), features(*shuffled)
    assert (first.unanswered, first.usual) == (second.unanswered, second.usual)


@given(entries)
def test_a_tag_is_answered_or_unanswered_and_never_both(said: list[JournalEntry]) -> None:
    """Every tag known of the month before is one or the other."""
    found = features(*said)
    answered = {f.tag for f in found.features}
    assert answered.isdisjoint(found.unanswered)
    assert {u.tag for u in found.usual} <= answered | set(found.unanswered)


@pytest.mark.parametrize("hrv_ms", [0, -5, 400.1, 5000, float("nan"), float("inf")])
def test_guess_that_nobody_can_have_is_refused(hrv_ms: float) -> None:
    """The message holds the number and the range."""
    with pytest.raises(DataError, match=f"a guess of {hrv_ms:g} ms") as caught:
        check_guess(hrv_ms)
    assert "between 1 and 400" in caught.value.hint
    assert check_guess(62) == 62


def values(text: str, *, stated: list[tuple[int, int]] | None = None) -> dict[str, float]:
    """What a day's text tells, tag by tag."""
    told = read_day(text, WORDS, stated=stated or [])
    return {feature.tag: feature.value for feature in told.features}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two beers\na glass of wine", {"alcohol": 3}),
        ("alcohol=2", {"alcohol": 2}),
        ("alcohol=2\nalcohol=3", {"alcohol": 3}),
        ("alcohol=3\nalcohol=no", {"alcohol": 0}),
        ("alcohol=2\ntwo beers at dinner", {"alcohol": 2}),
        ("two beers at dinner\nalcohol=2", {"alcohol": 2}),
        ("alcohol=no\ntwo beers", {"alcohol": 2}),
        ("alcohol=no\nno beer", {"alcohol": 0}),
        ("  sick=yes  \nalcohol=2", {"sick": 1, "alcohol": 2}),
    ],
)
def test_what_is_stated_is_not_added_to_what_is_told(text: str, expected: dict[str, float]) -> None:
    """`alcohol=2` is the sum of the day; said again it is put right; told apart, drinks add up."""
    assert values(text) == expected


def test_properties_of_a_page_are_stated() -> None:
    """The page's own sum stands before the tale below it, and the tale says what it left out."""
    page = "alcohol: 2\nTwo beers with Ana. Late dinner."
    assert values(page, stated=[(0, 11)]) == {"alcohol": 2, "late_meal": 1}
    assert values(page) == {"alcohol": 4, "late_meal": 1}


pieces = st.lists(
    st.sampled_from(
        [
            "two beers",
            "alcohol=2",
            "sick=no",
            "#sick",
            "zworp",
            "guess 62",
            "x=1",
            "",
            "🍺 ß",
            "# A",
        ]
    ),
    max_size=6,
)


@given(pieces)
def test_words_are_quoted_as_they_stand(said: list[str]) -> None:
    """Every answer points at its own words, also where others around it were left out."""
    text = "\n".join(said)
    told = read_day(text, WORDS)
    for feature in told.features:
        spans = told.spans[feature.tag]
        assert feature.text == "; ".join(text[start:end] for start, end in spans)
    assert all(text[slice(*guess.span)] == guess.text for guess in told.guesses)
    spans = [told.spans[f.tag] for f in told.features]
    assert spans == sorted(spans)
    assert len({f.tag for f in told.features}) == len(told.features)


@given(pieces)
def test_reading_in_two_steps_loses_no_guess_and_no_word(said: list[str]) -> None:
    """What is stated and what is told together hold all that the whole text does."""
    text = "\n".join(said)
    once, parted = read_text(text, WORDS), read_day(text, WORDS)
    assert (parted.guess_ms, parted.unknown) == (once.guess_ms, once.unknown)
    assert {f.tag for f in parted.features} == {f.tag for f in once.features}


def test_rows_carry_the_page_their_words_stand_on() -> None:
    """By the first of the words; without pages no note."""
    told = read_day("two beers\n#sick", WORDS)
    rows = journal_entries(told, day=DAY, source="folder", pages=[(0, "a.md"), (10, "b.md")])
    assert [(row.tag, row.note) for row in rows] == [("alcohol", "a.md"), ("sick", "b.md")]
    (drinks, _) = journal_entries(told, day=DAY, source="user")
    assert drinks == JournalEntry(
        day=DAY, tag="alcohol", value=2, text="two beers", source="user", unit="drinks"
    )
    assert page_at(5, []) == ""


def test_only_words_worth_counting_are_counted() -> None:
    """The most frequent ones; a blob is no word."""
    many = {f"w{i:04}": 1 for i in range(KEPT_WORDS + 50)} | {"often": 3, "x" * (MAX_WORD + 1): 9}
    kept = countable(many)
    assert (len(kept), next(iter(kept))) == (KEPT_WORDS, "often")


def test_tone_and_unknown_words_of_the_day_are_named() -> None:
    """What was typed stands before what was read in the folder; only the first words are listed."""
    found = features(entry("tone", 0.2, source="folder"), entry("tone", 0.9), entry("sick", 1))
    assert found.tone is not None
    assert (found.tone.value, found.tone.source) == (0.9, "user")
    assert features(entry("sick", 1)).tone is None
    words = [(f"w{i}", 99 - i) for i in range(LISTED_WORDS + 5)]
    listed = journal_features([], [], day=DAY, unknown=words).unknown
    assert (len(listed), listed[0].word, listed[0].n) == (LISTED_WORDS, "w0", 99)


@pytest.mark.parametrize(
    ("tag", "note", "amount"),
    [
        ("alcohol", "two glasses", (2, "drinks")),
        ("alcohol", "two glasses, late\nand water", (2, "drinks")),
        ("alcohol", "5 friends came, 2 beers", (2, "drinks")),
        ("alcohol", "~3", (3, "drinks")),
        ("caffeine", "3 cups", (3, "cups")),
        ("magnesium", "400 mg", (400, "mg")),
        ("alcohol", "4 people", (1, "")),
        ("alcohol", "Tom had 5 beers", (1, "")),
        ("alcohol", "2 hours before bed", (1, "")),
        ("alcohol", "none really", (1, "")),
        ("alcohol", "zwei Gläser", (1, "")),
        ("no_such_tag", "two glasses", (1, "")),
    ],
)
def test_a_yes_has_the_amount_that_its_note_names(
    tag: str, note: str, amount: tuple[float, str]
) -> None:
    """What the note says of others, of time or of nothing is no amount."""
    yes = JournalEntry(day=DAY, tag=tag, value=1, text="?", source="whoop", note=note)
    found = with_noted_amount(yes, WORDS)
    assert (found.value, found.unit, found.note) == (*amount, note)
    no = replace(yes, value=0)
    assert with_noted_amount(no, WORDS) == no

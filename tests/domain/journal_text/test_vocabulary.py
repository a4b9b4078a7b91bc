"""The words that ship, a person's own laid over them, and the faults that are named."""

import re
import tomllib
from importlib.resources import files

import pytest

from hrvctl.domain.journal_text.phrases import BadPhrase, spellings
from hrvctl.domain.journal_text.reader import read_text
from hrvctl.domain.journal_text.vocabulary import SHIPPED, build_vocabulary, shipped
from hrvctl.errors import DataError
from hrvctl.sources.whoop.questions import QUESTIONS


def values(text: str, own: str = "") -> dict[str, float]:
    """Tag to value, read with a person's own words over the shipped ones."""
    vocabulary = build_vocabulary(shipped(), tomllib.loads(own))
    return {feature.tag: feature.value for feature in read_text(text, vocabulary).features}


def faults(own: str) -> tuple[str, ...]:
    """The faults named in a person's own words."""
    with pytest.raises(DataError) as caught:
        build_vocabulary(shipped(), tomllib.loads(own))
    assert caught.value.hint
    return caught.value.problems


def test_every_question_of_whoop_has_its_tag() -> None:
    """What the strap asks and what a person writes come to the same column."""
    assert set(QUESTIONS) <= set(build_vocabulary(shipped()).tags)


def test_every_tag_of_whoop_is_its_own_label() -> None:
    """Its name can be answered in each notation."""
    vocabulary = build_vocabulary(shipped())
    for tag in QUESTIONS:
        for text, value in ((f"{tag}=1", 1), (f"#{tag}", 1), (f"{tag}: no", 0)):
            (feature,) = read_text(text, vocabulary).features
            assert (feature.tag, feature.value) == (tag, value), text


def test_shipped_words_are_many_and_each_tag_is_told_apart() -> None:
    """At least eighty tags, each with a title of its own, a kind and its words."""
    tags = build_vocabulary(shipped()).tags.values()
    assert len(tags) >= 80
    titles = [entry["title"] for entry in shipped()["tags"].values()]
    assert len(set(titles)) == len(tags)
    assert {tag.kind for tag in tags} == {"amount", "scale", "yes_no"}
    assert all(tag.words or tag.name.startswith("late_") for tag in tags)


def test_shipped_files_never_speak_of_a_tag_twice() -> None:
    """Each tag stands in one file; every file that ships is read."""
    folder = files("hrvctl.domain.journal_text")
    names = sorted(p.name for p in folder.iterdir() if re.fullmatch(r"english.*\.toml", p.name))
    assert names == sorted(f"english{part}.toml" for part in SHIPPED)
    found = [
        re.findall(r"(?m)^\[tags\.(\w+)\]", folder.joinpath(n).read_text("utf-8")) for n in names
    ]
    tags = [tag for one in found for tag in one]
    assert sorted(tags) == sorted(set(tags)) == sorted(shipped()["tags"])


def test_person_adds_a_tag() -> None:
    """A word of one's own in two lines."""
    own = '[tags.kombucha]\nwords = ["kombucha(s)"]'
    assert values("had a kombucha", own) == {"kombucha": 1}
    assert values("no kombucha", own) == {"kombucha": 0}
    assert values("2 kombuchas", own + '\nunit = "bottles"') == {"kombucha": 2}
    assert values("had a kombucha") == {}


def test_person_adds_words_to_a_tag_and_takes_some_away() -> None:
    """Lists are appended; a leading - removes; the rest stays."""
    own = '[tags.caffeine]\nwords = ["club mate", "-cola"]\n[tags.caffeine.each]\n"-tea(s)" = 1'
    assert values("club mate", own)["caffeine"] == 1
    assert values("a cola", own) == values("a tea", own) == {}
    assert values("2 coffees", own) == {"caffeine": 2}


def test_person_changes_values() -> None:
    """Another unit of one's own, another hour that is late, a scale that is always of five."""
    assert values("a flagon of wine", '[tags.alcohol.units]\n"flagon" = 6') == {"alcohol": 6}
    own = '[late.late_caffeine]\nafter = "18:00"'
    assert "late_caffeine" not in values("coffee at 16:30", own)
    assert values("mood 4", "[scale]\nout_of = [5]") == {"mood": 0.8}
    assert values("stress 4", "[tags.stress]\nout_of = [5]") == {"stress": 0.8}
    assert values("dairy and a beer", "[tags]\ndairy = false") == {"alcohol": 1}
    assert values("went to the gym and ran", "[tags]\nexercise = false") == {"running": 1}


def test_another_language_needs_words_alone() -> None:
    """The rules know no English: a few lines of German are read by themselves."""
    german = """
    language = "de"
    words.negators = ["kein(e|en|)", "ohne"]
    words.borders = ["aber"]
    words.stop = ["ich", "hatte"]
    words.elsewhen = ["gestern", "morgen"]
    words.at = ["um"]
    words.ranges = ["bis", "-"]
    words.out_of = ["/", "von"]
    numbers = { zwei = 2 }
    degrees = { hoch = 0.8 }
    guess = { hrv = ["hrv"], tomorrow = ["morgen"], before = [":"] }
    [tags.alcohol]
    unit = "drinks"
    words = ["alkohol"]
    each = { "bier(e)" = 1 }
    [tags.stress]
    kind = "scale"
    words = ["stress"]
    """
    vocabulary = build_vocabulary(tomllib.loads(german))
    told = read_text(
        "Ich hatte zwei Biere, Stress hoch, gestern 3 Biere, HRV morgen: 62", vocabulary
    )
    assert {f.tag: f.value for f in told.features} == {"alcohol": 2, "stress": 0.8}
    assert (told.guess_ms, told.unknown) == (62, {})
    assert read_text("kein Alkohol, Stress 7 von 10", vocabulary).features[0].value == 0


def test_every_fault_is_named_with_key_value_and_what_to_do() -> None:
    """All at once, so that a person mends the file in one go."""
    found = faults(
        """
        colour = "red"
        [words]
        negators = "no"
        [numbers]
        many = "x"
        [clock]
        tea = "25:00"
        [late.late_nap]
        tags = ["nap"]
        [tags.Wrong]
        [tags.kombucha]
        words = ["(open", "", "..(s|"]
        kind = "maybe"
        night = 1
        implies = ["nothing"]
        degrees = { fine = 2 }
        out_of = [1]
        words_ = []
        """
    )
    keys = [fault.partition(":")[0] for fault in found]
    assert keys == [
        "colour", "words.negators", "numbers.many", "clock.tea", "tags.Wrong",
        "tags.kombucha.words", "tags.kombucha.words", "tags.kombucha.words",
        "tags.kombucha.kind", "tags.kombucha.night", "tags.kombucha.degrees.fine",
        "tags.kombucha.out_of", "tags.kombucha.words_", "tags.kombucha.implies", "late.late_nap",
    ]  # fmt: skip
    for value in ("'no'", "'x'", "'25:00'", "'(open'", "'maybe'", "1", "'nothing'", "2"):
        assert any(value in fault for fault in found), value
    assert all(re.search(r"; |from .* to ", fault) for fault in found), found


@pytest.mark.parametrize(
    "own", ["tags = 3", "[tags]\nbeer = 3", "[scale]\nout_of = 5", "words = []"]
)
def test_wrong_shape_is_a_fault_and_no_crash(own: str) -> None:
    """Whatever stands where a table or a list should."""
    assert len(faults(own)) == 1


def test_fingerprint_is_that_of_the_words() -> None:
    """The same words the same, another word another: what was read before is then read anew."""
    one = build_vocabulary(shipped())
    assert re.fullmatch("[0-9a-f]{64}", one.fingerprint)
    assert one.fingerprint == build_vocabulary(shipped(), {}).fingerprint
    own = {"tags": {"kombucha": {"words": ["kombucha"]}}}
    assert one.fingerprint != build_vocabulary(shipped(), own).fingerprint


def test_layers_are_left_as_they_were() -> None:
    """Building twice from the same documents gives the same words."""
    own = {"tags": {"caffeine": {"words": ["club mate"]}}}
    first = build_vocabulary(shipped(), own).fingerprint
    assert first == build_vocabulary(shipped(), own).fingerprint
    assert own == {"tags": {"caffeine": {"words": ["club mate"]}}}


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("Beer(s)", ["beer", "beers"]),
        ("(ice|cold) bath", ["ice bath", "cold bath"]),
        ("(very|) good", ["very good", "good"]),
        ("Didn\u2019t", ["didn't"]),
        ("ice-bath", ["ice bath"]),
    ],
)
def test_phrases_are_spelt_out(phrase: str, found: list[str]) -> None:
    """Brackets save writing every form."""
    assert spellings(phrase) == found


@pytest.mark.parametrize("phrase", ["", " ", "(", "a)", "a|b", "(a|b(c))", "(a|b)" * 9])
def test_phrase_that_cannot_be_read_is_refused(phrase: str) -> None:
    """No word, open brackets, or hundreds of spellings."""
    with pytest.raises(BadPhrase):
        spellings(phrase)

"""`hrvctl journal list`: the latest days first of all, and how to see the others."""

from collections.abc import Callable
from datetime import timedelta

from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
YESTERDAY = str(TODAY - timedelta(days=1))
LAST_LISTED = TODAY - timedelta(days=13)


def entries(hrvctl: Hrvctl, *words: object) -> dict[tuple[str, str], float]:
    """(day, tag) to value, as listed."""
    listed = hrvctl("journal", "list", *words, "--json").data["entries"]
    return {(e["day"], e["tag"]): e["value"] for e in listed}


def test_list_shows_a_day_or_the_last_days(hrvctl: Hrvctl) -> None:
    """Every answer with unit, time and words; the day alone, or the last N of them."""
    hrvctl("journal", "add", "two beers", "--date", YESTERDAY)
    hrvctl("journal", "add", "#sick")
    lines = hrvctl("journal", "list").out.splitlines()
    assert len(lines) == 3
    assert lines[0].split() == ["day", "tag", "value", "unit", "at", "source", "words"]
    assert lines[1].split() == [YESTERDAY, *["alcohol", "2", "drinks", "user", "two", "beers"]]
    assert set(entries(hrvctl, "--days", 1)) == {(str(TODAY), "sick")}
    assert set(entries(hrvctl, "--date", YESTERDAY)) == {(YESTERDAY, "alcohol")}
    assert len(entries(hrvctl, "--days", 9_999_999)) == 2
    other = hrvctl("journal", "list", "--date", "2026-03-01")
    assert other.out == "Nothing in the journal for Sun 1 Mar 2026.\n"


def test_words_not_understood_are_counted(home: Home, hrvctl: Hrvctl) -> None:
    """The most frequent first, with the file that can teach them and a line that does."""
    hrvctl("journal", "add", "zworp zworp flumming")
    hrvctl("journal", "add", "zworp", "--date", YESTERDAY)
    data = hrvctl("journal", "list", "--words", "--json").data
    assert data["words"] == [{"word": "zworp", "n": 3}, {"word": "flumming", "n": 1}]
    assert data["vocabulary"] == str(home.root / "vocabulary.toml")
    assert hrvctl("journal", "list", "--words", "--days", 1, "--json").data["words"][0]["n"] == 2


def test_the_example_line_teaches_the_word(home: Home, hrvctl: Hrvctl) -> None:
    """Copied into the file as it is printed, the word is understood from then on, and before."""
    hrvctl("journal", "add", "zworp")
    printed = hrvctl("journal", "list", "--words").out
    _, _, example = printed.partition(f"{home.root / 'vocabulary.toml'}:\n")
    (home.root / "vocabulary.toml").write_text(example)
    done = hrvctl("journal", "add", "zworp", "--date", YESTERDAY)
    assert "Not understood" not in done.out
    assert len(entries(hrvctl)) == 2
    assert hrvctl("journal", "list", "--words").out == "Every word was understood.\n"


def test_the_last_two_weeks_are_listed_and_the_newest_stands_last(hrvctl: Hrvctl) -> None:
    """Fourteen days, today among them; what is older is counted, with the way to see it."""
    for days in (0, 13, 14, 300):
        hrvctl("journal", "add", "#sick", "--date", TODAY - timedelta(days=days))
    hrvctl("journal", "add", "#sauna", "--date", TODAY - timedelta(days=14))
    listed = hrvctl("journal", "list")
    lines = listed.out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == [str(LAST_LISTED), str(TODAY)]
    more = "2 earlier days are not shown: hrvctl journal list --all, or --days N."
    assert lines[3:] == ["", more]
    assert hrvctl("journal", "list", "--json").data["n_earlier_days"] == 2
    whole = hrvctl("journal", "list", "--all").out.splitlines()
    assert [line.split()[0] for line in whole[1:]] == sorted(line.split()[0] for line in whole[1:])
    assert len(whole) == 6
    assert "1 earlier day is not shown" in hrvctl("journal", "list", "--days", 20).out
    assert "earlier" not in hrvctl("journal", "list", "--date", TODAY).out


def test_a_journal_that_was_silent_of_late_says_what_there_is(hrvctl: Hrvctl) -> None:
    """It is not empty: nothing of the last days is something else."""
    hrvctl("journal", "add", "#sick", "--date", TODAY - timedelta(days=20))
    assert hrvctl("journal", "list").out.splitlines() == [
        f"Nothing since Wed {LAST_LISTED.day} Feb 2026.",
        "1 earlier day is not shown: hrvctl journal list --all, or --days N.",
    ]
    hrvctl("journal", "undo")
    assert hrvctl("journal", "list").out.startswith("The journal is empty: hrvctl journal add ")


def test_a_note_of_which_nothing_was_understood_is_listed(home: Home, hrvctl: Hrvctl) -> None:
    """What a person wrote is kept and shown, also where it answered nothing."""
    hrvctl("journal", "add", "zworp at the lake")
    hrvctl("journal", "add", "two beers, flumming", "--date", YESTERDAY)
    assert home.exists()
    rows = [line.split() for line in hrvctl("journal", "list").out.splitlines()[1:]]
    assert rows == [
        [YESTERDAY, "alcohol", "2", "drinks", "user", "two", "beers"],
        [str(TODAY), "-", "user", "zworp", "at", "the", "lake"],
    ]


def test_words_are_counted_over_every_day_unless_days_are_named(hrvctl: Hrvctl) -> None:
    """A word to be taught may be an old one."""
    hrvctl("journal", "add", "zworp", "--date", TODAY - timedelta(days=200))
    assert "zworp" in hrvctl("journal", "list", "--words").out
    assert "zworp" not in hrvctl("journal", "list", "--words", "--days", 14).out

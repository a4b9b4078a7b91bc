"""`hrvctl what-if`: tomorrow as it is and as it would be, honestly, and nothing is written."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cli.homes import tree
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
YESTERDAY = TODAY - timedelta(days=1)


def test_base_change_and_difference_stand_below_each_other(imported: Home, hrvctl: Hrvctl) -> None:
    """The morning, both forecasts with intervals, what lies between, and how it is known."""
    assert imported.exists()
    done = hrvctl("what-if", "strain=20,model=hierarchical")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "Wed 11 Mar 2026:"
    assert lines[2].startswith("as it is ")
    assert " 80 % " in lines[2]
    assert lines[3].startswith("strain=20, model=hierarchical ")
    assert lines[4].startswith("difference ")
    assert "association, not cause: strain on " in lines[-1]


def test_an_evening_before_the_first_night_says_which(imported: Home, hrvctl: Hrvctl) -> None:
    """There are nights, but none up to the evening asked of."""
    assert imported.exists()
    done = hrvctl("what-if", "strain=12", "--as-of", "2020-01-01")
    assert done.code == 4
    assert done.out.startswith("me: have 0 nights up to 2020-01-01, need 1.")


def test_nothing_at_all_is_written(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """No run, no artifact, no lock, no byte; also for an earlier evening."""
    before = tree(home_with_two_runs.root)
    for words in ((), ("--as-of", YESTERDAY), ("--json",)):
        assert hrvctl("what-if", "alcohol=3", *words).code == 0
    assert hrvctl("what-if", "model=nope").code == 2
    assert tree(home_with_two_runs.root) == before


def rounded(value: Any) -> Any:
    """The same with every number to four decimals."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 4) + 0.0 if isinstance(value, float) else value


def test_it_says_what_a_fork_says(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The short form of the same question has the same answer."""
    assert home_with_two_runs.exists()
    short = hrvctl("what-if", "alcohol=3", "strain=4", "--as-of", YESTERDAY, "--json").data
    words = ("--as-of", YESTERDAY, "--branch", "x:alcohol=3,strain=4")
    long = hrvctl("fork", *words, "--json").data
    assert long["branches"][0] == short["branches"][0]
    # A fork computes its differences from branches as they are stored, to six decimals.
    assert rounded(long["branches"][1]) == rounded({**short["branches"][1], "name": "x"})
    assert long["note"] == short["note"]


@pytest.mark.parametrize(
    "words",
    [("alcohol=3, strain=12",), ("alcohol=3,strain=12",), ("alcohol=3", "strain=12")],
    ids=" ".join,
)
def test_several_changes_are_written_as_one_likes(
    imported: Home, hrvctl: Hrvctl, words: tuple[str, ...]
) -> None:
    """With commas, spaces or both."""
    assert imported.exists()
    _, other = hrvctl("what-if", *words, "--json").data["branches"]
    assert other["changes"] == ["alcohol=3", "strain=12"]
    assert [row["name"] for row in other["learned_from"]] == ["strain", "alcohol"]


def test_an_answer_nobody_gave_before_moves_nothing_and_says_so(
    imported: Home, hrvctl: Hrvctl
) -> None:
    """No number is made up for what was never home_with_two_runs."""
    assert imported.exists()
    done = hrvctl("what-if", "lion_taming=3,model=hierarchical")
    assert "lion_taming was never answered before" in done.out
    # The note says it; "on 0 evenings, none on 0" would say it again.
    assert done.out.endswith("association, not cause.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("alcohol=lots",), 2, "'lots' is not a number"),
        (("model=nope",), 2, "no model is called 'nope'"),
        (("rhr=500",), 1, "resting_hr_bpm=500 is not a value"),
        (("alcohol=1, alcohol=2",), 2, "alcohol twice"),
        ((), 2, "CHANGE"),
    ],
)
def test_what_cannot_be_is_refused(
    imported: Home, hrvctl: Hrvctl, words: tuple[str, ...], code: int, said: str
) -> None:
    """One line, with what is wrong."""
    assert imported.exists()
    done = hrvctl("what-if", *words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_changes_may_be_said_as_in_the_journal(imported: Home, hrvctl: Hrvctl) -> None:
    """In one's own words, beside others as one likes; what was not understood is named."""
    assert imported.exists()
    done = hrvctl("what-if", "3 beers, no caffeine, strain=12", "--json")
    assert done.data["branches"][1]["changes"] == ["strain=12", "alcohol=3", "caffeine=0"]
    done = hrvctl("what-if", "3 beers and a zorkmid")
    assert (done.code, done.err) == (0, "Not understood: zorkmid.\n")


def test_words_that_say_nothing_are_no_change(imported: Home, hrvctl: Hrvctl) -> None:
    """No comparison of the evening with itself."""
    assert imported.exists()
    done = hrvctl("what-if", "zorkmid")
    assert (done.code, done.out) == (2, "")
    assert "nothing in it was understood" in done.err
    assert "alcohol twice" in hrvctl("what-if", "3 beers, alcohol=2").err

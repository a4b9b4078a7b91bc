"""`hrvctl fork`: what a person sees, and how it ends, whatever becomes of its branches."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from cli.homes import tree
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
YESTERDAY = TODAY - timedelta(days=1)
BROKEN = ("--branch", "broken:hrv_sdnn_ms=60")
STRAINS = {"easy": 3, "hard": 19}
DRY = ("--branch", "dry:alcohol=0,model=hierarchical")


def test_a_broken_branch_is_told_beside_what_was_done(imported: Home, hrvctl: Hrvctl) -> None:
    """Partial: the table on stdout, the branch that failed on stderr with what to do."""
    assert imported.exists()
    words = ("fork", "--branch", "hard:strain=20", "--branch", "ses:model=ses,strain=20", *BROKEN)
    done = hrvctl(*words)
    assert done.code == 3
    names = [line.split()[0] for line in done.out.splitlines()[2:5]]
    assert names == ["base", "hard", "ses"]
    assert "Note (ses): the exponential smoothing uses past HRV alone" in done.out
    assert "nope" not in done.out
    assert done.err.startswith("hrvctl: branch broken: hrv_sdnn_ms is not the HRV metric")
    envelope = hrvctl("--json", *words).json
    (error,) = envelope["errors"]
    assert (envelope["status"], error["branch"], error["code"]) == ("partial", "broken", "bad_data")
    assert error["stage"] == "branch_training_op"
    base, hard, _ = envelope["data"]["branches"]
    assert base["difference"]["total_ms"] == 0
    assert hard["forecast"]["quantiles_ms"].keys() == base["forecast"]["quantiles_ms"].keys()


def test_a_difference_is_told_driver_by_driver(imported: Home, hrvctl: Hrvctl) -> None:
    """Two strains held apart by the model that looks at strain; the parts add up."""
    assert imported.exists()
    texts = (f"{name}:strain={strain},model=hierarchical" for name, strain in STRAINS.items())
    words = [word for text in texts for word in ("--branch", text)]
    base, easy, hard = hrvctl("fork", *words, "--json").data["branches"]
    assert easy["forecast"]["mean_ms"] != hard["forecast"]["mean_ms"]
    by_name = {row["name"]: row["effect_ms"] for row in easy["drivers"]}
    assert by_name["strain"] > {r["name"]: r["effect_ms"] for r in hard["drivers"]}["strain"]
    for row in (base, easy, hard):
        parts = sum(driver["difference_ms"] for driver in row["difference"]["drivers"])
        whole = row["difference"]["total_ms"]
        assert parts + row["difference"]["other_ms"] == pytest.approx(whole, abs=1e-4)


def test_the_base_has_no_difference_to_itself_and_none_has_no_sign(
    imported: Home, hrvctl: Hrvctl
) -> None:
    """A dash for the base; "0.0 ms" and not "+0.0 ms" where nothing moved."""
    assert imported.exists()
    lines = hrvctl("fork", "--branch", "same:spo2_pct=96").out.splitlines()
    _, base, same = (line.split() for line in lines[1:4])
    assert (base[0], base[3]) == ("base", "-")
    assert (same[0], *same[3:5]) == ("same", "0.0", "ms")
    last = hrvctl("what-if", "spo2_pct=96").out.splitlines()[4]
    assert last.split() == ["difference", "0.0", "ms"]


def test_when_every_branch_failed_so_did_the_fork(imported: Home, hrvctl: Hrvctl) -> None:
    """The base alone compares nothing with nothing."""
    assert imported.exists()
    done = hrvctl("fork", *BROKEN, "--json")
    assert (done.code, done.json["status"]) == (1, "failed")
    assert [row["name"] for row in done.data["branches"]] == ["base"]


@pytest.mark.parametrize(
    ("branches", "named"),
    [
        (("dry:alcohol=0", "dry:alcohol=1"), "'dry' is there twice"),
        (("base:alcohol=0",), "'base' is the one without changes"),
        (("dry:alcohol=0", "wet"), "'wet' has no change"),
        (("dry:alcohol",), "'dry': 'alcohol' is not a change"),
        (("../dry:alcohol=0",), "'../dry': a name is a plain word"),
        (("dry:alcohol=lots",), "'dry': 'alcohol=lots': 'lots' is not a number"),
        (("dry:",), "'dry': '' is not a change"),
    ],
)
def test_words_that_make_no_sense_run_nothing(
    home_with_two_runs: Home, hrvctl: Hrvctl, branches: tuple[str, ...], named: str
) -> None:
    """A usage error names the branch, and the home is as it was."""
    before = tree(home_with_two_runs.root)
    done = hrvctl("fork", *(word for text in branches for word in ("--branch", text)))
    assert (done.code, done.out) == (2, "")
    assert f"branch {named}" in done.err
    assert tree(home_with_two_runs.root) == before


def test_without_a_branch_it_says_what_is_missing(hrvctl: Hrvctl) -> None:
    """There is nothing to compare."""
    done = hrvctl("fork")
    assert done.code == 2
    assert "--branch" in done.err


def test_an_evening_that_has_not_come_cannot_be_forked(imported: Home, hrvctl: Hrvctl) -> None:
    """Nor one that is no date; both before anything runs."""
    assert imported.exists()
    assert "in the future" in hrvctl("fork", "--as-of", TODAY + timedelta(days=1), *DRY).err
    assert hrvctl("fork", "--as-of", "soon", *DRY).code == 2


def test_a_dry_run_says_what_would_run_and_what_would_fail(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """With the exit code of the run itself, and not a byte written."""
    before = tree(home_with_two_runs.root)
    words = ("fork", "--dry-run", *DRY, *BROKEN, "--branch", "odd:rhr=500")
    done = hrvctl(*words, "--json")
    assert (done.code, done.data["is_dry_run"], done.data["artifacts"]) == (3, True, None)
    assert [row["name"] for row in done.data["branches"]] == ["base", "dry"]
    assert [row["branch"] for row in done.data["failed"]] == ["broken", "odd"]
    assert "nothing was written" in hrvctl(*words).out
    assert hrvctl("fork", "--dry-run", *DRY).code == 0
    assert hrvctl("fork", "--dry-run", *BROKEN).code == 1
    assert tree(home_with_two_runs.root) == before


@pytest.mark.parametrize("words", [("fork", *DRY), ("what-if", "alcohol=0")])
def test_without_a_night_nothing_is_forked(
    home: Home, hrvctl: Hrvctl, words: tuple[str, ...]
) -> None:
    """Nothing new, what is missing, and no home is made."""
    done = hrvctl(*words)
    assert (done.code, home.root.exists()) == (4, False)
    assert "have 0 nights, need 1" in done.out


@pytest.mark.parametrize(("age", "withheld"), [(3, False), (40, True)])
def test_stale_data_is_told_as_daily_tells_it(
    imported: Home, hrvctl: Hrvctl, age: int, withheld: bool
) -> None:
    """Widened or withheld, exit 5 either way."""
    assert imported.exists()
    on = TODAY + timedelta(days=age)
    done = hrvctl("what-if", "alcohol=3", "--json", on=on)
    assert (done.code, done.json["status"]) == (5, "stale")
    base, other = done.data["branches"]
    assert (base["forecast"] is None, other["difference"] is None) == (withheld, withheld)
    assert str(TODAY) in hrvctl("what-if", "alcohol=3", on=on).out


def test_an_llm_that_is_not_configured_fails_its_branch_alone(
    imported: Home, hrvctl: Hrvctl
) -> None:
    """Nobody is asked; the message says which setting is missing."""
    assert imported.exists()
    done = hrvctl("fork", "--branch", "llm:agent=llm", "--branch", "ses:model=ses", "--json")
    assert done.code == 3
    (error,) = done.json["errors"]
    assert (error["branch"], error["stage"]) == ("llm", "branch_agent_op")
    assert "llm_model" in error["message"]


def test_a_bedtime_brings_in_the_model_that_knows_it(imported: Home, hrvctl: Hrvctl) -> None:
    """As `daily --bedtime` does; the hour of going to bed moves its forecast."""
    assert imported.exists()
    day = "model=hierarchical_bedtime,strain=12,average_hr_bpm=68,energy_kcal=2400"
    words = [
        word
        for name, hour in (("early", "22:00"), ("late", "02:30"))
        for word in ("--branch", f"{name}:bedtime={hour},{day}")
    ]
    done = hrvctl("fork", *words, "--branch", "none:model=hierarchical_bedtime", "--json")
    _, early, late = done.data["branches"]
    assert {early["model"]["name"], late["model"]["name"]} == {"hierarchical_bedtime"}
    assert early["forecast"]["mean_ms"] != late["forecast"]["mean_ms"]
    (error,) = done.json["errors"]
    assert (error["branch"], error["code"]) == ("none", "usage")


@pytest.mark.parametrize("change", ["model=sse", "agent=gpt", "profile=plew"])
def test_a_misspelt_name_is_refused_before_the_run(
    imported: Home, hrvctl: Hrvctl, change: str
) -> None:
    """It says which there are, and leaves no run in the history."""
    assert imported.exists()
    done = hrvctl("fork", "--branch", f"odd:{change}")
    assert (done.code, done.out) == (2, "")
    assert f"is called {change.partition('=')[2]!r}\n  choose from: " in done.err
    assert hrvctl("runs", "--json").data["runs"] == []

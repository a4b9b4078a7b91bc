"""`hrvctl effects`: what a person reads of their answers, and where there is nothing to read."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import TODAY, Result
from hrvctl.samples.days import Person
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
N_DAYS = 300


def someone() -> Person:
    """A made-up person whose drinking costs a fifth and whose caffeine nothing."""
    return simulate_until(Traits(), last_day=TODAY, n_days=N_DAYS, seed=1)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their export of today."""
    folder = tmp_path_factory.mktemp("year") / "mine"
    write_export(someone(), folder)
    return folder


@pytest.fixture
def drinker(home: Home, hrvctl: Hrvctl, year: Path) -> Home:
    """A home with that export in it."""
    assert hrvctl("import", year).code == 0
    return home


def test_every_question_is_listed_with_its_verdict(drinker: Home, hrvctl: Hrvctl) -> None:
    """The one that counts first, the others below it, and what the table is no proof of."""
    assert drinker.exists()
    done = hrvctl("effects")
    assert (done.code, done.err) == (0, "")
    verdict, _, *lines = done.out.splitlines()
    assert verdict.startswith("Credible: alcohol -")
    assert "caffeine" in verdict.partition("No evidence for ")[2]
    assert lines[0].split()[:3] == ["question", "yes", "no"]
    assert lines[1].startswith("alcohol")
    assert lines[1].endswith("credible")
    assert any(line.startswith("caffeine") and line.endswith("no evidence") for line in lines)
    assert "4 questions in the journal," in done.out
    assert "Association is not proof" in done.out


def test_figures_in_json_are_those_of_the_table(drinker: Home, hrvctl: Hrvctl) -> None:
    """Per cent and ms with both ends, p, q, p of the shifts and the night before."""
    assert drinker.exists()
    data = hrvctl("effects", "--json").data
    assert len(data["tested"]) == 4
    assert data["n_tested"] == sum(q["effect"] is not None for q in data["tested"])
    first = data["tested"][0]
    change = first["effect"]
    assert change["pct_low"] < -20 < change["pct_high"] < 0
    assert change["ms_low"] < change["ms"] < change["ms_high"] < 0
    assert {"p", "q", "p_shift", "control", "n_needed", "limits"} <= set(first)
    percent = f"{change['pct']:+.0f} % ({change['pct_low']:+.0f} to {change['pct_high']:+.0f})"
    assert percent in hrvctl("effects").out
    assert data["method"]["hac_lags_days"] == 7


def test_an_uncertain_effect_is_told_without_false_digits(drinker: Home, hrvctl: Hrvctl) -> None:
    """Known to some ms, it is told in whole ms; the file keeps all digits."""
    assert drinker.exists()
    done = hrvctl("effects")
    first = hrvctl("effects", "--json").data["tested"][0]["effect"]
    assert first["ms_high"] - first["ms_low"] > 5
    assert f"  {first['ms']:+.0f} ({first['ms_low']:+.0f} to {first['ms_high']:+.0f})  " in done.out


def test_what_is_not_tested_says_why(imported: Home, hrvctl: Hrvctl) -> None:
    """A month is short: what is lacking is told as have and need."""
    assert imported.exists()
    assert hrvctl("journal", "add", "--tag", "sauna").code == 0
    assert "sauna: not tested, have 0 yes and 0 no, need 8 of each" in hrvctl("effects").out


def test_an_earlier_evening_knows_no_more_than_it_did(
    drinker: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """As of a day it is what someone found who imported the export of that very evening."""
    assert drinker.exists()
    evening = TODAY - timedelta(days=100)
    past = hrvctl("effects", "--as-of", evening, "--json").data
    write_export(someone(), tmp_path / "then", as_of=evening)
    other = ("--home", tmp_path / "other")
    assert hrvctl(*other, "import", tmp_path / "then", on=evening).code == 0
    then = hrvctl(*other, "effects", "--json", on=evening).data
    assert past == then
    assert past["as_of"] == evening.isoformat()
    assert past["tested"][0]["n"] < hrvctl("effects", "--json").data["tested"][0]["n"]
    assert hrvctl("effects", "--as-of", TODAY + timedelta(days=1)).code == 2
    yesterday = hrvctl("effects", "--as-of", "yesterday", "--json").data["as_of"]
    assert yesterday == (TODAY - timedelta(days=1)).isoformat()


def test_the_evenings_summary_holds_the_same(drinker: Home, hrvctl: Hrvctl) -> None:
    """What the daily run writes for the agent is what the command shows."""
    assert hrvctl("daily").code == 0
    summary = json.loads((drinker.artifacts("me") / "intelligence_summary.json").read_text())
    told = hrvctl("effects", "--json").data
    kept = ("as_of", "tested", "n_tested", "method")
    assert summary["effects"] == {name: told[name] for name in kept}


def test_without_a_journal_it_says_how_to_begin(home: Home, hrvctl: Hrvctl, tmp_path: Path) -> None:
    """Nights alone have no effects; without a home none is made."""
    assert hrvctl("effects").code == 4
    assert not home.exists()
    table = tmp_path / "nights.csv"
    table.write_text("date,hrv_ms\n2026-03-01,60\n2026-03-02,61\n", encoding="utf-8")
    assert hrvctl("import", table).code == 0
    done = hrvctl("effects")
    assert done.code == 0
    assert done.out.startswith("Nothing tested yet: have 0 answers, need 8 yes and 8 no")

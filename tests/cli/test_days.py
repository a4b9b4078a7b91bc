"""Commands a person gives day by day: journal, guess, status, show."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cli.homes import rows
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
YESTERDAY = str(TODAY - timedelta(days=1))


def test_journal_holds_what_was_said(hrvctl: Hrvctl) -> None:
    """A tag alone is yes, `no` is said to be so, a number is an amount."""
    hrvctl("journal", "add", "--tag", "alcohol=2", "--tag", "Late-Meal", "--tag", "sick=no")
    hrvctl("journal", "add", "--tag", "alcohol=1.5", "--date", YESTERDAY)
    listed = [
        (e["day"], e["tag"], e["value"])
        for e in hrvctl("journal", "list", "--json").data["entries"]
    ]
    assert listed == [
        (YESTERDAY, "alcohol", 1.5),
        (str(TODAY), "alcohol", 2),
        (str(TODAY), "late_meal", 1),
        (str(TODAY), "sick", 0),
    ]
    assert hrvctl("journal", "list", "--date", YESTERDAY).out.count("\n") == 2


def test_journal_entry_said_again_is_revised(hrvctl: Hrvctl) -> None:
    """One answer a day and tag: the last."""
    hrvctl("journal", "add", "--tag", "alcohol=2")
    hrvctl("journal", "add", "--tag", "alcohol=3")
    (entry,) = hrvctl("journal", "list", "--json").data["entries"]
    assert entry["value"] == 3


def test_last_guess_before_midnight_counts_and_all_are_kept(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Thinking again is allowed; nothing that was said is lost; the ledger stays whole."""
    for ms in (60, 64, 64):
        assert hrvctl("guess", ms).code == 0
    said = [
        row["forecast"]
        for row in hrvctl("show", "ledger", "--json").data["rows"]
        if row["source"] == "guess"
    ]
    assert said == [64]
    assert sum('INSERT INTO "guesses"' in row for row in rows(home_with_two_runs)) == 3
    assert hrvctl("ledger", "verify").code == 0


def test_guess_says_what_was_said_and_what_becomes_of_it(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """To the digit, not rounded; sealed, or as it was; a dry run says that it is one."""
    said = "Your guess for Wed 11 Mar 2026: 55.5 ms"
    dry = hrvctl("guess", 55.5, "--dry-run").out
    assert dry == f"{said}.\nDry run: nothing was written.\n"
    assert hrvctl("guess", 55.5).out == f"{said}; sealed.\n"
    assert hrvctl("guess", 55.5).out == f"{said}; it is the one that counts already.\n"
    assert home_with_two_runs.exists()


def test_guess_far_ahead_is_a_slip(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """A week is what the models look ahead; next year's date is a slip of the hand."""
    before = rows(home_with_two_runs)
    assert hrvctl("guess", 60, "--for", TODAY + timedelta(days=7), "--dry-run").code == 0
    done = hrvctl("guess", 60, "--for", TODAY + timedelta(days=365))
    assert (done.code, done.out) == (2, "")
    assert "lies 365 days ahead" in done.err
    assert rows(home_with_two_runs) == before


def test_a_replay_suggests_nothing(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """What could be noted of an evening long past helps nobody; the file says what was said."""
    live = hrvctl("daily")
    assert "Suggestion: " in live.out
    replay = hrvctl("daily", "--as-of", TODAY)
    assert replay.code == 0
    assert "Suggestion: " not in replay.out
    assert hrvctl("daily", "--as-of", TODAY, "--json").data["agent"]["suggestion"]
    assert home_with_two_runs.exists()


def test_guess_before_any_export_is_kept_for_later(
    home: Home, hrvctl: Hrvctl, export: Path
) -> None:
    """Nobody knows yet which device will speak; the evening's run seals it."""
    assert hrvctl("guess", "61", "--json").data["n_sealed"] == 0
    hrvctl("import", export)
    hrvctl("daily")
    sources = [row["source"] for row in hrvctl("show", "ledger", "--json").data["rows"]]
    assert (sources.count("guess"), home.exists()) == (1, True)


def test_evening_twice_adds_nothing(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The second run of an evening seals no row, says so, and publishes the same bytes."""
    registry = home_with_two_runs.artifacts("me") / "predictions_registry.csv"
    before = (registry.read_bytes(), hrvctl("show", "ledger").out)
    assert hrvctl("daily").code == 4
    assert (registry.read_bytes(), hrvctl("show", "ledger").out) == before


def test_status_says_how_old_the_data_is(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The same home on three days."""
    assert "the last one today" in hrvctl("status").out
    assert "the last one yesterday" in hrvctl("status", on=TODAY + timedelta(days=1)).out
    assert "the last one 3 days ago" in hrvctl("status", on=TODAY + timedelta(days=3)).out
    assert home_with_two_runs.exists()


def test_status_of_an_empty_home_says_how_to_begin(hrvctl: Hrvctl) -> None:
    """Nothing is stored: not an error, and the next command is named."""
    done = hrvctl("status")
    assert (done.code, done.err) == (4, "")
    assert "hrvctl import" in done.out
    for words in (("show", "forecast"), ("show", "ledger"), ("journal", "list")):
        assert "hrvctl" in hrvctl(*words).err


def test_empty_evening_says_what_is_missing(hrvctl: Hrvctl) -> None:
    """No nights at all: no forecast, and how many would be needed."""
    done = hrvctl("daily")
    assert done.code == 4
    assert "have 0 nights, need" in done.out


def test_import_again_says_that_nothing_changed(
    imported: Home, hrvctl: Hrvctl, export: Path
) -> None:
    """No row is touched, not even the history of imports."""
    before = rows(imported)
    done = hrvctl("import", export)
    assert (done.code, "Nothing new: every value was already stored." in done.out) == (4, True)
    assert rows(imported) == before


def test_inbox_is_taken_in_and_moved_aside(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """A good file moves to `done`, one of an odd name too; a bad one stays to be mended."""
    (home_with_two_runs.inbox / "good.csv").write_text("date,hrv_ms\n2025-12-01,60\n")
    (home_with_two_runs.inbox / "bad.csv").write_text("date,hrv_ms\n2025-12-01,abc\n")
    (home_with_two_runs.inbox / "odd\udcff.csv").write_text("date,hrv_ms\n2025-12-02,60\n")
    done = hrvctl("daily")
    assert done.code == 3
    assert "bad.csv, line 2: hrv_ms 'abc'" in done.err
    assert sorted(p.name for p in home_with_two_runs.inbox.iterdir()) == ["bad.csv", "done"]
    assert sorted(p.name for p in home_with_two_runs.done.iterdir()) == [
        "good.csv",
        "odd\udcff.csv",
    ]


def test_demo_is_a_whole_evening_in_a_home_of_its_own(
    home: Home, hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where that home is, and leaves the person's own alone."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    done = hrvctl("daily", "--demo")
    assert done.code == 0
    (made,) = scratch.iterdir()
    assert str(made) in done.err
    assert "80 %" in done.out
    assert not home.root.exists()

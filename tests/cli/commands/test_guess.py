"""`hrvctl guess`: recorded, sealed, and refused when it is too late or too early."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from cli.homes import rows
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]


def test_last_guess_before_the_morning_counts_and_all_are_kept(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """A new guess replaces the last one; every guess stays in the store; the ledger is intact."""
    for ms in (60, 64, 64):
        assert hrvctl("guess", ms).code == 0
    sealed = [
        row["forecast"]
        for row in hrvctl("show", "ledger", "--json").data["rows"]
        if row["source"] == "guess"
    ]
    assert sealed == [64]
    assert sum('INSERT INTO "guesses"' in row for row in rows(home_with_two_runs)) == 3
    assert hrvctl("ledger", "verify").code == 0


def test_guess_is_shown_to_the_digit_with_what_was_done(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Not rounded; sealed, or the one that counts already; a dry run is named as such."""
    guess = "Your guess for Wed 11 Mar 2026: 55.5 ms"
    dry = hrvctl("guess", 55.5, "--dry-run").out
    assert dry == f"{guess}.\nDry run: nothing was written.\n"
    assert hrvctl("guess", 55.5).out == f"{guess}; sealed.\n"
    assert hrvctl("guess", 55.5).out == f"{guess}; it is the one that counts already.\n"
    assert hrvctl("guess", 60).out == (
        "Your guess for Wed 11 Mar 2026: 60 ms, instead of 55.5 ms; sealed.\n"
    )
    assert home_with_two_runs.exists()


def test_the_evening_speaks_of_the_guess_and_of_what_was_sealed(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """What it counts for, and that a model that was only to be looked at counts now."""
    assert home_with_two_runs.exists()
    done = hrvctl("daily", "--guess", 58, "--model", "ses")
    guess = next(line for line in done.out.splitlines() if "Your guess" in line)
    assert guess.startswith("  Your guess: 58 ms, sealed beside it; have ")
    assert "\nSealed: it is scored by what the morning brings.\n" in done.out
    assert "hrvctl what-if model=ses" in done.err
    rehearsed = hrvctl("daily", "--guess", 57, "--model", "ses", "--dry-run").out
    assert "  Your guess: 57 ms; have " in rehearsed
    assert "sealed" not in rehearsed.casefold()


def test_guess_far_ahead_is_refused(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """A guess is for one of the next seven mornings, as far as the models forecast."""
    before = rows(home_with_two_runs)
    assert hrvctl("guess", 60, "--for", TODAY + timedelta(days=7), "--dry-run").code == 0
    done = hrvctl("guess", 60, "--for", TODAY + timedelta(days=365))
    assert (done.code, done.out) == (2, "")
    assert "is 365 days ahead" in done.err
    assert rows(home_with_two_runs) == before


def test_guess_of_a_morning_that_has_begun_is_too_late(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Exit 1, that it is too late, until when guesses are accepted; nothing is written."""
    before = rows(home_with_two_runs)
    done = hrvctl("guess", 60, "--for", TODAY)
    assert (done.code, done.out) == (1, "")
    assert f"the morning of {TODAY} has begun: it is too late for a forecast or a guess" in done.err
    assert "until 04:00 of it" in done.err
    assert rows(home_with_two_runs) == before


def test_guess_of_an_outcome_that_is_known_is_refused(
    home_with_two_runs: Home, hrvctl: Hrvctl, evening: Callable[[date], Callable[[], datetime]]
) -> None:
    """A clock that stands a day back makes this morning tomorrow; nothing promises to seal it."""
    before = rows(home_with_two_runs)
    yesterday = evening(TODAY - timedelta(days=1))()
    for words in (("guess", 60), ("guess", 60, "--dry-run"), ("daily", "--guess", 60)):
        done = hrvctl(*words, at=yesterday)
        assert done.code == 1
        assert f"the HRV of {TODAY} is known already: it is too late for a guess" in done.err
    assert rows(home_with_two_runs) == before
    text = hrvctl("journal", "add", "my guess for tomorrow's HRV is 60", at=yesterday).out
    assert f"was not taken: the HRV of {TODAY} is known already" in text


def test_guess_before_any_export_is_kept_for_later(
    home: Home, hrvctl: Hrvctl, export: Path
) -> None:
    """The device that measures is not known yet; the evening's run seals the guess."""
    assert hrvctl("guess", "61", "--json").data["n_sealed"] == 0
    hrvctl("import", export)
    hrvctl("daily")
    sources = [row["source"] for row in hrvctl("show", "ledger", "--json").data["rows"]]
    assert (sources.count("guess"), home.exists()) == (1, True)

"""Commands a person gives day by day: import, daily, status, show."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from cli.homes import make_export, rows
from conftest import TODAY, ZONE, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
YESTERDAY = str(TODAY - timedelta(days=1))


def test_a_replay_suggests_nothing(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """What could be noted of an evening long past helps nobody; the file says what was said."""
    live = hrvctl("daily")
    assert "Suggestion: " in live.out
    replay = hrvctl("daily", "--as-of", TODAY)
    assert replay.code == 0
    assert "Suggestion: " not in replay.out
    assert hrvctl("daily", "--as-of", TODAY, "--json").data["agent"]["suggestion"]
    assert home_with_two_runs.exists()


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


TOMORROW = TODAY + timedelta(days=1)
HALF_PAST_MIDNIGHT = datetime.combine(TOMORROW, time(0, 31), tzinfo=ZONE)


def test_after_midnight_it_is_still_the_evening(imported: Home, hrvctl: Hrvctl) -> None:
    """What is guessed, written or run at 00:31 belongs to the evening before, and is told so."""
    at = HALF_PAST_MIDNIGHT
    guess = hrvctl("guess", 60, "--json", at=at).data
    assert (guess["guess"]["target"], guess["n_sealed"]) == (str(TOMORROW), 1)
    assert hrvctl("journal", "add", "two beers", "--json", at=at).data["day"] == str(TODAY)
    daily = hrvctl("daily", "--json", at=at)
    assert (daily.code, daily.data["as_of"], daily.data["is_live"]) == (0, str(TODAY), True)
    assert hrvctl("ledger", "reproduce", "--json", at=at).data["n_evenings"] == 1
    for words in (("guess", 60), ("journal", "add", "no coffee"), ("daily",)):
        told = f"it is 00:31, which belongs to the evening of {TODAY}; a day starts at 04:00"
        assert told in hrvctl(*words, at=at).err
        assert "belongs to" not in hrvctl(*words, on=TODAY).err
    sealed = hrvctl("show", "ledger", "--json", at=at).data["rows"]
    assert {row["morning"] for row in sealed} == {str(TOMORROW)}
    assert imported.exists()


def test_day_starts_when_the_person_set_it(imported: Home, hrvctl: Hrvctl) -> None:
    """With midnight as the start 00:31 is the next day, and nothing is told."""
    assert hrvctl("config", "set", "day_starts_at", "13:00").code == 12
    assert hrvctl("config", "set", "day_starts_at", "00:00").code == 0
    done = hrvctl("guess", 60, "--json", at=HALF_PAST_MIDNIGHT)
    assert done.data["guess"]["target"] == str(TOMORROW + timedelta(days=1))
    assert hrvctl("guess", 60, "--for", TOMORROW, at=HALF_PAST_MIDNIGHT).code == 1
    assert "belongs to" not in hrvctl("guess", 61, at=HALF_PAST_MIDNIGHT).err
    assert imported.exists()


def test_rows_sealed_asleep_are_marked_and_such_a_guess_does_not_count(
    imported: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """By the times of the night that a later export has."""
    at = datetime.combine(TOMORROW, time(3, 30), tzinfo=ZONE)
    assert hrvctl("guess", 60, at=at).code == 0
    assert hrvctl("daily", at=at).code == 0
    assert "late" not in hrvctl("score", at=at).out
    assert (
        hrvctl("import", make_export(tmp_path / "next", last_day=TOMORROW), on=TOMORROW).code == 0
    )
    assert hrvctl("daily", on=TOMORROW).code == 0
    shown = hrvctl("show", "ledger", "--json", on=TOMORROW).data
    of_night = [row for row in shown["rows"] if row["morning"] == str(TOMORROW)]
    assert {row["late"] for row in of_night} == {"asleep"}
    assert "guess" not in {row["source"] for row in of_night}
    assert [(row["source"], row["late"]) for row in shown["too_late"]] == [("guess", "asleep")]
    assert "Not counted, sealed too late: 1." in hrvctl("score", on=TOMORROW).out
    assert "Not counted, sealed too late:" in hrvctl("show", "ledger", on=TOMORROW).out
    listed = hrvctl("reconcile", "--date", TOMORROW, "--json", on=TOMORROW).data["rows"]
    assert "guess" not in {row["source"] for row in listed}
    assert len(listed) == len(of_night)
    assert imported.exists()

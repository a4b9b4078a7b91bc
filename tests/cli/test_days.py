"""Commands a person gives day by day: import, daily, status, show."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cli.homes import rows
from conftest import TODAY, Result
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

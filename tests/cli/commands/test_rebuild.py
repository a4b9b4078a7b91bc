"""`hrvctl rebuild`: the files of the latest evening, from the database alone."""

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import pytest

from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
FILES = {
    *("ingest_report.json", "journal_features.json", "model_predictions.json"),
    *("training_metrics.json", "intelligence_summary.json", "agent_forecast.json"),
    *("reconciliation.json", "predictions_registry.csv"),
}


def contents(home: Home) -> dict[str, bytes]:
    """The live files, to the byte."""
    return {p.name: p.read_bytes() for p in home.artifacts("me").iterdir() if p.is_file()}


def test_lost_files_come_back_to_the_byte(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """All of them, run id and instants included, though the whole run history is gone."""
    before = contents(home_with_two_runs)
    assert set(before) == FILES
    shutil.rmtree(home_with_two_runs.dagster)
    done = hrvctl("rebuild", "--json")
    assert (done.code, done.data["n_changed"]) == (0, 8)
    assert contents(home_with_two_runs) == before
    assert hrvctl("show", "forecast").code == 0


def test_changed_files_are_put_right_and_days_later_too(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """What stands in the file does not matter, nor when it is asked for."""
    before = contents(home_with_two_runs)
    (home_with_two_runs.artifacts("me") / "agent_forecast.json").write_text("{}")
    (home_with_two_runs.artifacts("me") / "predictions_registry.csv").unlink()
    later = TODAY + timedelta(days=30)
    dry = hrvctl("rebuild", "--dry-run", "--json", on=later).data
    assert (dry["n_changed"], len(contents(home_with_two_runs))) == (2, 7)
    assert hrvctl("rebuild", "--json", on=later).data["n_changed"] == 2
    assert contents(home_with_two_runs) == before


def test_a_backup_brings_the_files_of_its_evening(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """On another machine, with nothing but the one file that was saved."""
    before = contents(home_with_two_runs)
    hrvctl("backup", tmp_path / "saved.db")
    second = Home(tmp_path / "second")
    hrvctl("--home", second.root, "restore", tmp_path / "saved.db")
    assert hrvctl("--home", second.root, "rebuild").code == 0
    assert contents(second) == before


def test_a_replay_and_a_reconciliation_keep_their_places(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """A replay is not the latest evening; a reconciliation by hand is the latest of its file."""
    hrvctl("daily", "--as-of", "2026-03-05")
    hrvctl("reconcile", "--date", TODAY)
    before = contents(home_with_two_runs)
    assert hrvctl("rebuild", "--json").data["n_changed"] == 0
    assert contents(home_with_two_runs) == before


@pytest.mark.parametrize("name", ["../../../config.toml", "/etc/passwd", "config.toml"])
def test_a_tampered_database_writes_no_other_file(
    home_with_two_runs: Home, hrvctl: Hrvctl, name: str
) -> None:
    """Only the files an evening has are written, whatever names stand in the table."""
    with closing(connect(home_with_two_runs.database)) as database, database:
        database.execute(
            "UPDATE artifacts SET name = ? WHERE name = 'agent_forecast.json'", (name,)
        )
    done = hrvctl("rebuild", "--json")
    assert {Path(file).name for file in done.data["files"]} == FILES - {"agent_forecast.json"}
    assert not (home_with_two_runs.root / "config.toml").exists()


def test_before_the_first_evening_there_is_nothing(home: Home, hrvctl: Hrvctl) -> None:
    """Neither in a home that is not there, nor in one that was only imported into."""
    assert hrvctl("rebuild").code == 4
    assert not home.root.exists()
    hrvctl("guess", "60")
    assert hrvctl("rebuild").code == 4

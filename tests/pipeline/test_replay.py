"""A replay says what would have been said on an evening, and changes nothing that counts."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import TODAY
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_sealed
from pipeline.made_up import NIGHTS, TOMORROW, nights

pytestmark = pytest.mark.slow

YESTERDAY = TODAY - timedelta(days=1)
# What tells one run from another with the same data.
OF_THE_RUN = ("run_id", "written_at")
# The journal and the guess belong to the evening they were made on; imports to their run.
SAID = ("agent_forecast", "intelligence_summary", "journal_features", "model_predictions")
SAID += ("training_metrics", "reconciliation")


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "replays" not in path.parts
    }


def content(path):
    written = json.loads(Path(path).read_text())
    return {name: value for name, value in written.items() if name not in OF_THE_RUN}


@pytest.fixture
def replayed(home_with_two_runs, hrvctl):
    """The lived-in home before and after a replay of its last evening."""
    before = files_of(home_with_two_runs.artifacts("me")), home_with_two_runs.database.read_bytes()
    result = hrvctl("--json", "daily", "--as-of", TODAY)
    return before, result


def test_a_replay_seals_nothing_and_leaves_the_live_files(home_with_two_runs, replayed):
    """The database and every live artifact are the same bytes as before."""
    (files, database), result = replayed
    assert result.code == 0
    assert files_of(home_with_two_runs.artifacts("me")) == files
    assert home_with_two_runs.database.read_bytes() == database
    assert result.data["is_live"] is False


def test_a_replay_writes_under_its_own_date_alone(home_with_two_runs, replayed):
    """All its files lie in replays/<as-of>."""
    folder = home_with_two_runs.artifacts("me") / "replays" / TODAY.isoformat()
    assert replayed[1].data["artifacts"] == str(folder)
    assert {path.name for path in folder.iterdir()} == set(
        files_of(home_with_two_runs.artifacts("me"))
    )


@pytest.mark.usefixtures("replayed")
def test_a_replay_says_what_the_live_run_said(home_with_two_runs):
    """Same data, same evening: every artifact is the same but for the run and the time."""
    live, replay = (
        home_with_two_runs.artifacts("me"),
        home_with_two_runs.artifacts("me") / "replays" / TODAY.isoformat(),
    )
    for name in SAID:
        assert content(replay / f"{name}.json") == content(live / f"{name}.json"), name
    registry = "predictions_registry.csv"
    assert (replay / registry).read_bytes() == (live / registry).read_bytes()


def test_an_earlier_evening_is_replayed_without_what_came_after(home_with_two_runs, hrvctl):
    """What was sealed yesterday, though today's night and guess are known by now."""
    result = hrvctl("--json", "daily", "--as-of", YESTERDAY)
    said = result.data["agent"]["forecast"]
    assert said["target"] == TODAY.isoformat()
    sealed = {row.forecast.source: row.forecast for row in ledger(home_with_two_runs, target=TODAY)}
    assert said["mean_ms"] == pytest.approx(sealed["agent"].mean_ms, abs=1e-6)
    folder = home_with_two_runs.artifacts("me") / "replays" / YESTERDAY.isoformat()
    assert content(folder / "journal_features.json")["guess"] is None
    assert content(folder / "model_predictions.json")["data"]["last_day"] == YESTERDAY.isoformat()


def test_an_earlier_evening_does_not_know_what_came_true_after(home_with_two_runs, hrvctl):
    """Yesterday's forecasts stand in its registry without the outcome that is known by now."""
    assert hrvctl("daily", "--as-of", YESTERDAY).code == 0
    folder = home_with_two_runs.artifacts("me") / "replays" / YESTERDAY.isoformat()
    with (folder / "predictions_registry.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["target"] for row in rows if row["lead"] == "1"} == {TODAY.isoformat()}
    assert {row["actual"] + row["error"] for row in rows} == {""}
    assert content(folder / "reconciliation.json")["rows"] == []


def test_a_replay_of_a_past_nobody_forecast_has_an_empty_registry(home_with_two_runs, hrvctl):
    """Nothing sealed later is put into an earlier evening."""
    early = TODAY - timedelta(days=20)
    assert hrvctl("daily", "--as-of", early).code == 0
    registry = (
        home_with_two_runs.artifacts("me")
        / "replays"
        / early.isoformat()
        / "predictions_registry.csv"
    )
    assert len(registry.read_text().splitlines()) == 1


def test_a_replay_leaves_the_inbox_alone(home_with_two_runs, hrvctl):
    """What lies there waits for a live evening."""
    (home_with_two_runs.inbox / "new.csv").write_text("date,hrv_ms\n2026-03-10,50\n")
    assert hrvctl("daily", "--as-of", TODAY).code == 0
    assert (home_with_two_runs.inbox / "new.csv").exists()


def test_daily_twice_on_one_evening(home_with_two_runs, hrvctl):
    """No second row, a registry of the same bytes, and 4: nothing new."""
    registry = home_with_two_runs.artifacts("me") / "predictions_registry.csv"
    before = registry.read_bytes(), ledger(home_with_two_runs)
    assert hrvctl("daily").code == 4
    assert (registry.read_bytes(), ledger(home_with_two_runs)) == before


def test_a_night_that_comes_late_is_forecast_anew_and_the_last_row_counts(
    home, run_evening, hrvctl
):
    """Sealed from stale data, then with last night in: two rows a model, the second counts."""
    assert run_evening(nights(YESTERDAY, NIGHTS)).code == 5
    fresh = run_evening({TODAY: 44.5})
    assert fresh.code == 0
    naive = [
        row.forecast for row in ledger(home, target=TOMORROW) if row.forecast.source == "naive"
    ]
    assert [forecast.horizon_days for forecast in naive] == [2, 1]
    assert naive[-1].mean_ms == 44.5
    shown = hrvctl("--json", "show", "ledger").data["rows"]
    counts = {row["source"]: row["forecast"] for row in shown}
    assert counts["naive"] == 44.5


def ledger(home, *, target=None):
    with open_store(home, write=False) as store:
        rows = load_sealed(store)
    return [row for row in rows if target in (None, row.forecast.target)]

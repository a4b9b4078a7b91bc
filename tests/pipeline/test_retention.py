"""Run history stays small, and nothing else is ever deleted."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from sqlite3 import connect

import pytest

from cli.homes import tree
from conftest import TODAY, Result
from hrvctl.pipeline import retention
from hrvctl.pipeline.instance import open_instance
from hrvctl.pipeline.runner import list_runs, prune_runs, run_job
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Retention, Workspace

Hrvctl = Callable[..., Result]
GREET = {"greet": {"inputs": {"name": {"value": "you"}}}}


@pytest.fixture
def workspace(home: Home, evening: Callable[[date], Callable]) -> Workspace:
    """A workspace that keeps two runs."""
    return Workspace(home, evening(TODAY), retention=Retention(runs=2, days=365))


def greet(workspace: Workspace) -> str:
    """One short run; returns its id."""
    return run_job("greeting_job", workspace, ops=GREET, tags={}, on_stage=lambda _: None)


def test_the_latest_runs_stay_and_the_rest_leaves_nothing(workspace: Workspace) -> None:
    """Neither a row nor a file of an old run is left, and a second pruning finds nothing."""
    ids = [greet(workspace) for _ in range(5)]
    done = prune_runs(workspace)
    assert done.n_runs == 3
    assert done.n_bytes > 3 * 100_000
    assert [run.run_id for run in list_runs(workspace, limit=10)] == ids[:2:-1]
    left = {
        path.name.partition(".")[0] for path in workspace.home.dagster.rglob("*") if path.is_file()
    }
    assert not left & set(ids[:3])
    assert set(ids[3:]) <= left
    assert prune_runs(workspace).n_runs == 0


def test_old_runs_leave_by_age_as_well(workspace: Workspace, evening: Callable) -> None:
    """A run of last year is not kept because there are few."""
    greet(workspace)
    later = replace(workspace, clock=evening(date(2099, 1, 1)))
    assert prune_runs(later).n_runs == 1
    assert list_runs(workspace, limit=10) == []


def test_runs_prune_by_themselves_in_batches(workspace: Workspace) -> None:
    """However many runs there are, the history holds what is kept and a batch at most."""
    for _ in range(2 + retention.BATCH + 1):
        greet(workspace)
    assert len(list_runs(workspace, limit=100)) == 3
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        assert not retention.is_due(instance, workspace.retention)


def test_old_replays_leave_and_live_artifacts_and_store_stay(
    workspace: Workspace, home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """The replays of the latest evenings stay; nothing outside of them and the history changes."""
    replays = workspace.home.artifacts("me") / "replays"
    for back in range(5):
        (replays / (TODAY - timedelta(days=back)).isoformat()).mkdir(parents=True)
    kept = {
        p: h
        for p, h in tree(home_with_two_runs.root).items()
        if "history" not in p and "replays" not in p
    }
    assert prune_runs(workspace).n_folders == 3
    assert sorted(path.name for path in replays.iterdir()) == ["2026-03-09", "2026-03-10"]
    after = tree(home_with_two_runs.root)
    assert {p: after.get(p) for p in kept if not p.startswith("lock")} == {
        p: h for p, h in kept.items() if not p.startswith("lock")
    }
    assert hrvctl("ledger", "verify").code == 0


def test_of_an_evening_no_row_is_left_either(
    workspace: Workspace, home_with_two_runs: Home
) -> None:
    """Asset checks and all: a history that grows by a few rows a day grows for years."""
    assert prune_runs(replace(workspace, retention=Retention(runs=1, days=365))).n_runs == 1
    (kept,) = [run.run_id for run in list_runs(workspace, limit=10)]
    found: set[str] = set()
    for path in (home_with_two_runs.dagster / "history").rglob("*.db"):
        with closing(connect(path)) as history:
            for (table,) in history.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
                columns = {row[1] for row in history.execute(f"PRAGMA table_info({table})")}
                if "run_id" in columns:
                    found |= {r[0] for r in history.execute(f"SELECT run_id FROM {table}")}  # noqa: S608
    assert found == {kept}


def test_what_a_killed_pruning_left_leaves_with_the_next(workspace: Workspace) -> None:
    """A run that is out of the history while its own file is still there."""
    greet(workspace)
    shards = workspace.home.dagster / "history" / "runs"
    (shard,) = [path for path in shards.glob("*.db") if path.name != "index.db"]
    left = shards / "00000000-0000-4000-8000-000000000000.db"
    left.write_bytes(shard.read_bytes())
    assert prune_runs(workspace).n_runs == 0
    assert sorted(path.name for path in shards.glob("*.db")) == sorted(["index.db", shard.name])

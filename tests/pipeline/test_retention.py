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
from hrvctl.pipeline.run_history import list_runs, prune_runs
from hrvctl.pipeline.run_tags import AS_OF, MODE, SUBJECT
from hrvctl.pipeline.runner import run_job
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Retention, Workspace

Hrvctl = Callable[..., Result]
GREET = {"greet": {"inputs": {"name": {"value": "you"}}}}


@pytest.fixture
def workspace(home: Home, evening: Callable[[date], Callable]) -> Workspace:
    """A workspace that keeps two evenings."""
    return Workspace(home, evening(TODAY), retention=Retention(evenings=2, days=365))


def greet(workspace: Workspace, subject: str = "", day: int = 0, mode: str = "live") -> str:
    """One short run, tagged as that of an evening of March where one is given; returns its id."""
    of = {SUBJECT: subject, AS_OF: f"2026-03-{day:02}" if day else "", MODE: mode}
    tags = {name: value for name, value in of.items() if value}
    return run_job("greeting_job", workspace, ops=GREET, tags=tags, on_stage=lambda _: None)


def kept(workspace: Workspace) -> list[str]:
    """The ids of the runs that are in the history, the latest first."""
    return [run.run_id for run in list_runs(workspace, limit=100)]


def test_the_latest_runs_stay_and_the_rest_leaves_nothing(workspace: Workspace) -> None:
    """Neither a row nor a file of an old run is left, and a second pruning finds nothing."""
    ids = [greet(workspace) for _ in range(5)]
    done = prune_runs(workspace)
    assert done.n_runs == 3
    assert done.n_bytes > 3 * 100_000
    assert kept(workspace) == ids[:2:-1]
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
    assert len(kept(workspace)) == 3


def test_everybody_keeps_their_own_evenings(workspace: Workspace) -> None:
    """A home of many people keeps as many evenings of each as a home of one."""
    ids = [greet(workspace, name, day) for day in (1, 2, 3) for name in ("ana", "ben", "cyd")]
    assert prune_runs(workspace).n_runs == 3
    assert kept(workspace) == ids[:2:-1]


def test_who_has_many_runs_takes_no_evening_from_another(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pruning by itself is a matter of the person whose evening it is."""
    monkeypatch.setattr(retention, "BATCH", 2)
    of_ben = greet(workspace, "ben", 1)
    of_ana = [greet(workspace, "ana", day) for day in range(1, 6)]
    assert kept(workspace) == [*of_ana[:1:-1], of_ben]


def test_an_evening_that_ran_again_is_one_evening(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its runs stay up to a bound, so that a schedule of every minute fills no disk."""
    monkeypatch.setattr(retention, "RUNS_AN_EVENING", 3)
    ids = [greet(workspace, "ana", day) for day in (1, 2, 2, 3, 3, 3, 3)]
    assert prune_runs(workspace).n_runs == 2
    assert kept(workspace) == [*ids[:3:-1], ids[2], ids[1]]


@pytest.mark.parametrize("mode", ["reconcile", "replay", "fork", "doctor"])
def test_other_kinds_of_run_push_no_evening_out(workspace: Workspace, mode: str) -> None:
    """Each kind keeps its own latest; a correction, which is of no evening, counts by itself."""
    evenings = [greet(workspace, "ana", day) for day in (1, 2)]
    days = (0, 0, 0) if mode in ("reconcile", "doctor") else (3, 4, 5)
    others = [greet(workspace, "ana", day, mode) for day in days]
    assert prune_runs(workspace).n_runs == 1
    assert kept(workspace) == [*others[:0:-1], *evenings[::-1]]


def test_a_replay_of_long_ago_is_kept_while_it_is_recent(workspace: Workspace) -> None:
    """Replays count by when they ran, not by the evening they replay."""
    ids = [greet(workspace, "ana", day, "replay") for day in (9, 8, 1)]
    assert prune_runs(workspace).n_runs == 1
    assert kept(workspace) == ids[:0:-1]


def test_old_replays_leave_and_live_artifacts_and_store_stay(
    workspace: Workspace, home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """The replays of the latest evenings stay; nothing outside of them and the history changes."""
    replays = workspace.home.artifacts("me") / "replays"
    for back in range(5):
        (replays / (TODAY - timedelta(days=back)).isoformat()).mkdir(parents=True)
    before = {
        p: h
        for p, h in tree(home_with_two_runs.root).items()
        if "history" not in p and "replays" not in p
    }
    assert prune_runs(workspace).n_folders == 3
    assert sorted(path.name for path in replays.iterdir()) == ["2026-03-09", "2026-03-10"]
    after = tree(home_with_two_runs.root)
    assert {p: after.get(p) for p in before if not p.startswith("lock")} == {
        p: h for p, h in before.items() if not p.startswith("lock")
    }
    assert hrvctl("ledger", "verify").code == 0


def test_of_an_evening_no_row_is_left_either(
    workspace: Workspace, home_with_two_runs: Home
) -> None:
    """Asset checks and all: a history that grows by a few rows a day grows for years."""
    assert prune_runs(replace(workspace, retention=Retention(evenings=1, days=365))).n_runs == 1
    (left,) = kept(workspace)
    found: set[str] = set()
    for path in (home_with_two_runs.dagster / "history").rglob("*.db"):
        with closing(connect(path)) as history:
            for (table,) in history.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
                columns = {row[1] for row in history.execute(f"PRAGMA table_info({table})")}
                if "run_id" in columns:
                    found |= {r[0] for r in history.execute(f"SELECT run_id FROM {table}")}  # noqa: S608
    assert found == {left}


def test_what_a_killed_pruning_left_leaves_with_the_next(workspace: Workspace) -> None:
    """A run that is out of the history while its own file is still there."""
    greet(workspace)
    shards = workspace.home.dagster / "history" / "runs"
    (shard,) = [path for path in shards.glob("*.db") if path.name != "index.db"]
    left = shards / "00000000-0000-4000-8000-000000000000.db"
    left.write_bytes(shard.read_bytes())
    assert prune_runs(workspace).n_runs == 0
    assert sorted(path.name for path in shards.glob("*.db")) == sorted(["index.db", shard.name])

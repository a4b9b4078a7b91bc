"""`hrvctl runs`: the latest runs and how they ended."""

from collections.abc import Callable

from conftest import Result
from hrvctl.errors import ExitCode
from hrvctl.pipeline.definitions import build
from hrvctl.pipeline.instance import open_instance
from hrvctl.pipeline.runner import run_job
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Workspace

Hrvctl = Callable[..., Result]


def greet(workspace: Workspace, **tags: str) -> str:
    """One short run; returns its id."""
    ops = {"greet": {"inputs": {"name": {"value": "you"}}}}
    return run_job("greeting_job", workspace, ops=ops, tags=tags, on_stage=lambda _: None)


def test_a_home_without_runs_lists_none(home: Home, hrvctl: Hrvctl) -> None:
    """Nothing is created by looking."""
    done = hrvctl("runs")
    assert (done.code, done.out) == (ExitCode.DONE, "No run yet.\n")
    assert hrvctl("runs", "--json").data == {"runs": []}
    assert not home.root.exists()


def test_checks_that_were_run_by_hand_are_called_so(workspace: Workspace, hrvctl: Hrvctl) -> None:
    """On Dagster's pages; its own name for them says nothing to a person."""
    greet(workspace)
    checks = build(workspace).resolve_implicit_global_asset_job_def()
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        assert checks.execute_in_process(instance=instance).success
    assert [run["job"] for run in hrvctl("runs", "--json").data["runs"]] == [
        "asset checks",
        "greeting_job",
    ]


def test_the_latest_runs_are_listed_newest_first(workspace: Workspace, hrvctl: Hrvctl) -> None:
    """As many as asked for: job, status, subject and the start of the id."""
    ids = [greet(workspace, **{"hrvctl/subject": name}) for name in ("ana", "ben", "cleo")]
    found = hrvctl("runs", "--limit", "2", "--json").data["runs"]
    assert [run["run_id"] for run in found] == ids[:0:-1]
    assert set(found[0]) == {"run_id", "job", "status", "started_at", "seconds", "tags"}
    assert found[0]["tags"] == {"hrvctl/subject": "cleo", "hrvctl/mode": "live"}
    _, newest, *rest = hrvctl("runs").out.splitlines()
    assert len(rest) == 2
    for word in ("greeting_job", "success", "cleo", ids[-1][:8]):
        assert word in newest

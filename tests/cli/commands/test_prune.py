"""`hrvctl prune`: old run history, in plain numbers."""

from collections.abc import Callable

import pytest

from cli.homes import tree
from conftest import Result
from hrvctl.errors import ExitCode
from hrvctl.pipeline.runner import run_job
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Workspace

Hrvctl = Callable[..., Result]


@pytest.fixture
def three_runs(workspace: Workspace, hrvctl: Hrvctl) -> Home:
    """A home with three short runs, of which the settings keep one."""
    greet = {"greet": {"inputs": {"name": {"value": "you"}}}}
    for _ in range(3):
        run_job("greeting_job", workspace, ops=greet, tags={}, on_stage=lambda _: None)
    hrvctl("config", "set", "keep_runs", "1")
    return workspace.home


def test_a_home_without_runs_has_nothing_to_prune(home: Home, hrvctl: Hrvctl) -> None:
    """Nothing is created by looking."""
    done = hrvctl("prune")
    assert (done.code, done.out) == (ExitCode.NOTHING_NEW, "No run yet.\n")
    assert not home.root.exists()


def test_a_dry_run_counts_and_changes_nothing(three_runs: Home, hrvctl: Hrvctl) -> None:
    """Not a byte of the home, and then as many are deleted as it counted."""
    before = tree(three_runs.root)
    dry = hrvctl("prune", "--dry-run", "--json").data
    assert (dry["n_runs"], dry["is_dry_run"]) == (2, True)
    assert tree(three_runs.root) == before
    done = hrvctl("prune", "--json").data
    assert (done["n_runs"], done["n_folders"]) == (dry["n_runs"], dry["n_folders"])
    again = hrvctl("prune")
    assert (again.code, again.out) == (ExitCode.NOTHING_NEW, "Nothing to remove.\n")


def test_what_was_deleted_is_counted_in_words(three_runs: Home, hrvctl: Hrvctl) -> None:
    """Runs, folders and megabytes."""
    done = hrvctl("prune")
    assert done.code == ExitCode.DONE
    assert done.out.startswith("2 runs, 0 folders of replays and forks: ")
    assert done.out.endswith(" MB removed.\n")
    assert len(hrvctl("runs", "--json").data["runs"]) == 1
    assert three_runs.has_runs()

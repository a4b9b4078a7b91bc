"""``hrvctl prune``: take away old run history."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hrvctl.cli.registration import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode
from hrvctl.store.home import Home
from hrvctl.store.temp_files import scratch_folder
from hrvctl.usecases.workspace import Workspace

MB = 1_000_000  # bytes


def prune(session: Session, dry_run: DryRunOption = False) -> CommandResult:
    """Remove old runs, replays and forks; measurements, journal and ledger are never removed.

    Every run does this by itself; `keep_runs` and `keep_days` in the settings say how much stays.
    """
    workspace = session.workspace()
    if not (workspace.home.dagster / "history").is_dir():
        return CommandResult(
            data={"n_runs": 0, "n_folders": 0, "n_bytes": 0, "is_dry_run": dry_run},
            text="No run yet.",
            code=ExitCode.NOTHING_NEW,
        )
    from hrvctl.pipeline.runner import prune_runs

    with _history(workspace, dry_run=dry_run) as place:
        done = prune_runs(place)
    what = f"{done.n_runs} runs, {done.n_folders} folders of replays and forks"
    how = "would be taken away" if dry_run else "taken away"
    is_any = bool(done.n_runs + done.n_folders)
    return CommandResult(
        data={
            "n_runs": done.n_runs,
            "n_folders": done.n_folders,
            "n_bytes": done.n_bytes,
            "is_dry_run": dry_run,
        },
        text=f"{what}: {done.n_bytes / MB:.1f} MB {how}." if is_any else "Nothing to take away.",
        code=ExitCode.DONE if is_any else ExitCode.NOTHING_NEW,
    )


@contextmanager
def _history(workspace: Workspace, *, dry_run: bool) -> Iterator[Workspace]:
    """The workspace itself, or one with a copy of its run history: even looking writes to that."""
    if not dry_run:
        yield workspace
        return
    with scratch_folder("dry-run") as scratch:
        copy = Home(scratch)
        shutil.copytree(workspace.home.dagster, copy.dagster)
        yield replace(workspace, home=copy)

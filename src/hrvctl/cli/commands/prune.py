"""``hrvctl prune``: delete old run history."""

from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, count

MB = 1_000_000  # bytes


def prune(session: Session, dry_run: DryRunOption = False) -> CommandResult:
    """Remove old runs, replays and forks; measurements, journal and ledger are never removed.

    Every run does this by itself; `keep_runs` and `keep_days` in the settings say how much stays.
    """
    workspace = session.workspace()
    if not workspace.home.has_runs():
        return _result(0, 0, 0, dry_run=dry_run, text="No run yet.")
    from hrvctl.pipeline.run_history import prune_runs

    done = prune_runs(workspace, dry_run=dry_run)
    text = "Nothing to remove."
    if done.n_runs + done.n_folders:
        how = "would be removed" if dry_run else "removed"
        runs, folders = count(done.n_runs, "run"), count(done.n_folders, "folder")
        text = f"{runs}, {folders} of replays and forks: {done.n_bytes / MB:.1f} MB {how}."
    return _result(done.n_runs, done.n_folders, done.n_bytes, dry_run=dry_run, text=text)


def _result(
    n_runs: int, n_folders: int, n_bytes: int, *, dry_run: bool, text: str
) -> CommandResult:
    return CommandResult(
        data={
            "n_runs": n_runs,
            "n_folders": n_folders,
            "n_bytes": n_bytes,
            "is_dry_run": dry_run,
        },
        text=text,
        code=ExitCode.DONE if n_runs + n_folders else ExitCode.NOTHING_NEW,
    )

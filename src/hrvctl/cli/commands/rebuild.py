"""``hrvctl rebuild``: write the latest evening's files again, from the database alone."""

from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session, rehearsal
from hrvctl.errors import ExitCode


def rebuild(session: Session, dry_run: DryRunOption = False) -> CommandResult:
    """Rebuild the latest evening's files, byte for byte, from the database alone.

    For when they were lost or changed, or the database was restored. The registry is rebuilt from
    the ledger as it is now.
    """
    from hrvctl.usecases.rebuild import rebuild_files

    workspace, subject = session.workspace(), session.settings().subject
    folder = workspace.home.artifacts(subject)
    if not workspace.home.exists():
        return _nothing(dry_run)
    with rehearsal(workspace, dry_run=dry_run) as target:
        done = rebuild_files(target, subject, compared_to=folder)
    if not done.files:
        return _nothing(dry_run)
    files = [folder / path.name for path in done.files]
    how = "would be written" if dry_run else "written"
    return CommandResult(
        data={"files": files, "n_changed": done.n_changed, "is_dry_run": dry_run},
        text=f"{len(files)} files {how} in {folder}, {done.n_changed} of them changed.",
    )


def _nothing(dry_run: bool) -> CommandResult:
    return CommandResult(
        data={"files": [], "n_changed": 0, "is_dry_run": dry_run},
        text="No evening had a run yet: hrvctl daily.",
        code=ExitCode.NOTHING_NEW,
    )

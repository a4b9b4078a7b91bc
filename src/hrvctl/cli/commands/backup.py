"""``hrvctl backup`` and ``hrvctl restore``: copy the database to one file, and restore it."""

from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import count
from hrvctl.safe_text import one_line

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="A new file (default: one in <home>/backups)."),
]
BackupArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A file written by `backup`.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is stored now.")]


def backup(
    session: Session, file: FileArgument = None, dry_run: DryRunOption = False
) -> CommandResult:
    """Copy the database to one file, consistently even during a run.

    It holds measurements, journal, guesses, the ledger and its outcomes: everything that the next
    run does not make again.
    """
    from hrvctl.usecases.backup import back_up

    made = back_up(session.workspace(), file, dry_run=dry_run)
    size = "would be written" if dry_run else f"{made.n_bytes:,} bytes"
    return CommandResult(
        data={
            "file": made.file,
            "n_sealed": made.n_sealed,
            "n_bytes": made.n_bytes,
            "is_dry_run": dry_run,
        },
        text=one_line(f"{made.file}: {count(made.n_sealed, 'row')} in the ledger, {size}."),
    )


def restore(
    session: Session,
    file: BackupArgument,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Restore a backup after verifying its ledger; the present database is kept aside.

    `hrvctl rebuild` then writes the files of its last evening again.
    """
    from hrvctl.usecases.backup import restore as restore_backup

    workspace, subject = session.workspace(is_restore=True), session.settings().subject
    restored = restore_backup(workspace, file, force=force, dry_run=dry_run)
    owners = f", of {', '.join(restored.subjects)}" if restored.subjects else ""
    kept = f" The previous database is now {restored.kept}." if restored.kept else ""
    is_other = bool(restored.subjects) and subject not in restored.subjects
    return CommandResult(
        data={
            "file": file,
            "n_sealed": restored.n_sealed,
            "subjects": restored.subjects,
            "n_taken_back": restored.n_taken_back,
            "kept": restored.kept,
            "is_dry_run": dry_run,
        },
        text=one_line(
            f"{file} {'would be restored' if dry_run else 'restored'} to {workspace.home.root}:"
            f" {count(restored.n_sealed, 'row')} in the ledger{owners}.{kept}"
        ),
        warnings=(
            (
                f"hrvctl: the backup is older than the database by"
                f" {count(restored.n_taken_back, 'sealed row')}, which it does not have.",
            )
            if restored.n_taken_back
            else ()
        ),
        notes=(f"It has no data of {subject}: use --subject NAME.",) if is_other else (),
    )

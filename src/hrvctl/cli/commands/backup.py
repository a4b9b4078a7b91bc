"""``hrvctl backup`` and ``hrvctl restore``: a copy of everything that cannot be made anew."""

from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.registration import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import LedgerBroken, UsageError
from hrvctl.store.backup import backup_path, check_backup, restore_backup, save_backup
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, create_home, make_folder
from hrvctl.store.inspection import load_subjects
from hrvctl.store.ledger import load_chain, load_head
from hrvctl.store.lock import PATIENCE_S, run_lock
from hrvctl.store.temp_files import scratch_folder

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="A new file (default: one in <home>/backups)."),
]
BackupArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A file written by `backup`.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is stored now.")]


def backup(
    session: Session, file: FileArgument = None, dry_run: DryRunOption = False
) -> CommandResult:
    """Copy the database to one file, consistently even while a run goes on.

    It holds measurements, journal, guesses, the ledger and its outcomes: everything that is not
    made anew by the next run.
    """
    workspace = session.workspace()
    target = backup_path(workspace.home, workspace.clock()) if file is None else file
    with open_store(workspace.home, write=False) as store:
        n_sealed, _ = load_head(store)
    if not dry_run:
        if file is None:
            make_folder(workspace.home.backups)
        save_backup(workspace.home, target)
    size = target.stat().st_size if target.exists() else None
    how = "would be written" if dry_run else f"{size:,} bytes"
    return CommandResult(
        data={"file": target, "n_sealed": n_sealed, "n_bytes": size, "is_dry_run": dry_run},
        text=f"{target}: {n_sealed} rows in the ledger, {how}.",
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
    workspace = session.workspace()
    n_sealed, subjects = _verify(file, session)
    whose = f", of {', '.join(subjects)}" if subjects else ""
    subject = session.settings().subject
    other = f"It holds nothing of {subject}: see it with --subject NAME."
    if workspace.home.exists() and not force:
        raise UsageError(
            f"{workspace.home.root} holds data already",
            hint="--force puts the backup in its place and keeps what was there in backups/",
        )
    aside = None
    if not dry_run:
        create_home(workspace.home)
        with run_lock(workspace.home, now=workspace.clock(), wait_s=PATIENCE_S):
            aside = restore_backup(workspace.home, file, at=workspace.clock())
    how = "would be restored" if dry_run else "restored"
    kept = f" What was there is now {aside}." if aside else ""
    return CommandResult(
        data={
            "file": file,
            "n_sealed": n_sealed,
            "subjects": subjects,
            "kept": aside,
            "is_dry_run": dry_run,
        },
        text=f"{file} {how} to {workspace.home.root}: {n_sealed} rows in the ledger{whose}.{kept}",
        notes=(other,) if subjects and subject not in subjects else (),
    )


def _verify(file: Path, session: Session) -> tuple[int, tuple[str, ...]]:
    """How many rows a backup's ledger has, and whose, once it was put into a home of its own."""
    from hrvctl.domain.tracking import verify

    check_backup(file)
    with scratch_folder("restore") as scratch:
        trial = Home(scratch / "home")
        restore_backup(trial, file, at=session.clock())
        with open_store(trial, write=True) as store:
            head = load_head(store)
            faults = verify(load_chain(store), head)
            subjects = load_subjects(store)
    if faults:
        raise LedgerBroken(
            f"the ledger in {file} does not verify; nothing was restored",
            problems=faults,
            hint="choose an older backup",
        )
    return head[0], subjects

"""``hrvctl backup`` and ``hrvctl restore``: a copy of everything that cannot be made anew."""

from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.command import DryRunOption
from hrvctl.cli.session import Outcome, Session
from hrvctl.errors import LedgerBroken, UsageError
from hrvctl.store.backup import backup_path, check_backup, restore_backup, save_backup
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, create_home, make_folder
from hrvctl.store.inspection import whose_data
from hrvctl.store.ledger import load_chain, load_head
from hrvctl.store.leftovers import scratch_folder
from hrvctl.store.lock import PATIENCE_S, run_lock

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="A new file (default: one in <home>/backups)."),
]
BackupArgument = Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Put it in the place of what is stored now.")
]


def backup(session: Session, file: FileArgument = None, dry_run: DryRunOption = False) -> Outcome:
    """Copy the database to one file, consistently even while a run goes on.

    It holds measurements, journal, guesses, the ledger and its outcomes: everything that is not
    made anew by the next run.
    """
    house = session.house()
    target = backup_path(house.home, house.clock()) if file is None else file
    with open_store(house.home, write=False) as store:
        n_sealed, _ = load_head(store)
    if not dry_run:
        if file is None:
            make_folder(house.home.backups)
        save_backup(house.home, target)
    size = target.stat().st_size if target.exists() else None
    how = "would be written" if dry_run else f"{size:,} bytes"
    return Outcome(
        data={"file": target, "n_sealed": n_sealed, "n_bytes": size, "is_dry_run": dry_run},
        text=f"{target}: {n_sealed} rows in the ledger, {how}.",
    )


def restore(
    session: Session,
    file: BackupArgument,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
) -> Outcome:
    """Put a backup back, once its ledger was verified; what stood there is kept.

    `hrvctl rebuild` then writes the files of its last evening again.
    """
    house = session.house()
    n_sealed, subjects = _verify(file, session)
    whose = f", of {', '.join(subjects)}" if subjects else ""
    subject = session.settings()["subject"]
    other = f"It holds nothing of {subject}: see it with --subject NAME."
    if house.home.exists() and not force:
        raise UsageError(
            f"{house.home.root} holds data already",
            hint="--force puts the backup in its place and keeps what was there in backups/",
        )
    aside = None
    if not dry_run:
        create_home(house.home)
        with run_lock(house.home, now=house.clock(), wait_s=PATIENCE_S):
            aside = restore_backup(house.home, file, at=house.clock())
    how = "would be restored" if dry_run else "restored"
    kept = f" What was there is now {aside}." if aside else ""
    return Outcome(
        data={
            "file": file,
            "n_sealed": n_sealed,
            "subjects": subjects,
            "kept": aside,
            "is_dry_run": dry_run,
        },
        text=f"{file} {how} to {house.home.root}: {n_sealed} rows in the ledger{whose}.{kept}",
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
            subjects = whose_data(store)
    if faults:
        raise LedgerBroken(
            f"the ledger in {file} does not verify; nothing was restored",
            problems=faults,
            hint="choose an older backup",
        )
    return head[0], subjects

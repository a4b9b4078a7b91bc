"""Back up the database, and restore a backup whose ledger verifies."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hrvctl.domain.tracking import verify
from hrvctl.errors import DataError, HomeError, LedgerBroken, UsageError
from hrvctl.store.backup import backup_path, open_backup, restore_backup, save_backup
from hrvctl.store.damage import find_damage
from hrvctl.store.database import open_store
from hrvctl.store.evenings import first_ended
from hrvctl.store.heads import find_lost, load_heads, note_restored
from hrvctl.store.home import Home, create_home, make_folder
from hrvctl.store.ledger import load_chain, load_head
from hrvctl.store.lock import PATIENCE_S, run_lock
from hrvctl.store.subjects import load_subjects
from hrvctl.usecases.workspace import Workspace

# The copies made without being asked for: how often, how many stay (own choice), and their names.
WEEK, N_WEEKLY, WEEKLY = timedelta(days=7), 3, "weekly"
WEEKLY_NAME = re.compile(rf"{WEEKLY}-\d{{8}}T\d{{6}}(-\d+)?\.db$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """A backup: its path, its size unless it is a dry run, and the rows in its ledger."""

    file: Path
    n_bytes: int | None
    n_sealed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredBackup:
    """A restored backup.

    Attributes:
        n_sealed: Rows in its ledger.
        subjects: The subjects with data in it.
        n_taken_back: Sealed rows of the present database that the backup does not have; without
            a database, or with a damaged one, those that were seen in it.
        kept: Path of the database it replaced; ``None`` without one, or for a dry run.
    """

    n_sealed: int
    subjects: tuple[str, ...]
    n_taken_back: int
    kept: Path | None


def back_up(workspace: Workspace, file: Path | None, *, dry_run: bool) -> BackupFile:
    """Copy the database to a file.

    Args:
        workspace: The home to copy, and the clock that names a default file.
        file: A new file; ``None`` for one in the home's ``backups`` folder.
        dry_run: Write nothing.

    Raises:
        HomeError: There is no database.
        DataError: The file exists or cannot be written.
    """
    target = backup_path(workspace.home, workspace.clock()) if file is None else file
    with open_store(workspace.home, write=False) as store:
        n_sealed, _ = load_head(store)
    if not dry_run:
        if file is None:
            make_folder(workspace.home.backups)
        save_backup(workspace.home, target)
    n_bytes = target.stat().st_size if target.exists() else None
    return BackupFile(file=target, n_bytes=n_bytes, n_sealed=n_sealed)


def back_up_weekly(workspace: Workspace) -> Path | None:
    """Copy the database to ``backups/`` once a week, and keep the last three such copies.

    The first is due a week after the first evening. A damaged database is not copied: the copy
    would take the place of a sound one. Hold the home's lock.

    Returns:
        The new copy; ``None`` when none is due.

    Raises:
        HomeError: The database cannot be read.
        DataError: The copy cannot be written.
    """
    home, now = workspace.home, workspace.clock()
    if not home.exists():
        return None
    kept = _weekly_backups(home)
    if kept:
        # Its name has the local time.
        last = datetime.fromisoformat(kept[-1].name.split("-")[1].removesuffix(".db"))
        is_due = abs(now.replace(tzinfo=None) - last) >= WEEK
    else:
        with open_store(home, write=False) as store:
            first = first_ended(store)
        is_due = first is not None and now - first >= WEEK
    if not is_due:
        return None
    try:
        if find_damage(home):
            return None
        make_folder(home.backups)
        target = backup_path(home, now, WEEKLY)
        save_backup(home, target)
        for path in _weekly_backups(home)[:-N_WEEKLY]:
            path.unlink()
    except OSError as error:
        raise DataError(f"cannot keep a weekly backup in {home.backups}: {error}") from error
    return target


def _weekly_backups(home: Home) -> list[Path]:
    """The copies made by ``back_up_weekly``, the oldest first."""
    try:
        names = sorted(path.name for path in home.backups.iterdir() if WEEKLY_NAME.match(path.name))
    except OSError:
        return []
    return [home.backups / name for name in names]


def restore(workspace: Workspace, file: Path, *, force: bool, dry_run: bool) -> RestoredBackup:
    """Verify a backup and put it in place of the database.

    Raises:
        DataError: The file is not a backup.
        LedgerBroken: Its ledger does not verify.
        UsageError: The home has data, and ``force`` is false.
    """
    hashes, head, subjects, n_seen = _verify(file, workspace)
    present = _sealed_hashes(workspace.home)
    n_taken_back = len(present - hashes) if present else n_seen
    if workspace.home.exists() and not force:
        raise UsageError(
            f"{workspace.home.root} has data already",
            hint="--force replaces them and keeps the old database in backups/",
        )
    kept = None
    if not dry_run:
        create_home(workspace.home, is_restore=True)
        with run_lock(workspace.home, now=workspace.clock(), wait_s=PATIENCE_S):
            kept = restore_backup(workspace.home, file, at=workspace.clock())
            note_restored(workspace.home, head, at=workspace.clock())
    return RestoredBackup(
        n_sealed=len(hashes), subjects=subjects, n_taken_back=n_taken_back, kept=kept
    )


def _sealed_hashes(home: Home) -> frozenset[object]:
    """Hashes of the ledger's rows; empty without a database or where it cannot be read."""
    try:
        with open_store(home, write=False) as store:
            return frozenset(row[-1] for row in load_chain(store))
    except HomeError:
        return frozenset()


def _verify(
    file: Path, workspace: Workspace
) -> tuple[frozenset[object], tuple[int, str], tuple[str, ...], int]:
    """Verify the ledger of a backup.

    Returns:
        Its hashes, its head, the subjects, and how many rows seen last in the home it does not
        have.
    """
    with open_backup(file) as store:
        chain, head = load_chain(store), load_head(store)
        faults = verify(chain, head)
        subjects = tuple(load_subjects(store))
        try:
            lost = find_lost(store.connection, load_heads(workspace.home))
        except DataError:  # `hrvctl doctor` names it
            lost = ()
    if faults:
        raise LedgerBroken(
            f"the ledger in {file} does not verify; nothing was restored",
            problems=faults,
            hint="choose an older backup",
        )
    n_seen = sum(one.n for one in lost if one.is_new)
    return frozenset(row[-1] for row in chain), head, subjects, n_seen

"""Run an operation again and again, its k-th disk call failing, until it succeeds; check each time.

Started by ``test_failing_disk.py`` as a program of its own, with ``failing_disk.c`` loaded.
"""

import ctypes
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from copy import copy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hrvctl.errors import HrvctlError
from hrvctl.records import JournalEntry
from hrvctl.store.backup import restore_backup, save_backup
from hrvctl.store.database import open_store
from hrvctl.store.evenings import save_evening
from hrvctl.store.home import Home
from hrvctl.store.measurements import save_journal
from hrvctl.store.schema import APPLICATION_ID, MIGRATIONS
from hrvctl.usecases.backup import back_up, back_up_weekly
from hrvctl.usecases.demo import write_demo_export
from hrvctl.usecases.workspace import Workspace

AT = datetime(2026, 3, 10, 20, tzinfo=UTC)
MODES = {"full": 0, "failing": 1, "killed": 2}
# More calls than any operation makes.
MOST = 2000

Rows = list[str]


def rows(database: Path) -> Rows | None:
    """Everything in a database, as SQL; ``None`` where there is no whole database."""
    if not database.is_file() or not database.stat().st_size:
        return None
    try:
        with closing(sqlite3.connect(database)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return None
            return list(connection.iterdump())
    except sqlite3.DatabaseError:
        return None


def write_rows(home: Home, tag: str) -> None:
    """Store some journal entries."""
    entries = [
        JournalEntry(day=date(2026, 3, d), tag=tag, value=2, text="", source="user", note=tag)
        for d in range(1, 4)
    ]
    with open_store(home, write=True) as store, store.transaction():
        save_journal(store, "me", entries, at=AT)


def make_old_schema(home: Home) -> None:
    """A database as an older hrvctl wrote it."""
    home.root.mkdir(parents=True)
    with closing(sqlite3.connect(home.database)) as old:
        old.executescript(MIGRATIONS[0])
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        old.execute("INSERT INTO guesses VALUES (1, 'me', '2026-03-11', 60, '2026-03-10T20:00:00')")
        old.commit()


class Trial:
    """A home with a database, and a backup of another state of it.

    Args:
        root: Its folder; made unless it exists.
        state: Of the home's database: sound, damaged, missing or old.
    """

    def __init__(self, root: Path, state: str) -> None:
        self.root, self.state = root, state
        self.home, self.saved = Home(root / "home"), root / "saved.db"
        self.workspace = Workspace(self.home, lambda: AT)
        root.mkdir(parents=True, exist_ok=True)
        if state == "old":
            make_old_schema(self.home)
        elif state == "demo":
            demo(self, seed=1)
        elif state == "weekly":
            make_weeks(self.workspace)
        elif state != "new":
            write_rows(self.home, "early")
            save_backup(self.home, self.saved)
            write_rows(self.home, "late")
        self.old, self.new = rows(self.home.database), rows(self.saved)
        if state == "damaged":
            content = self.home.database.read_bytes()
            self.home.database.write_bytes(b"\0" * 4096 + content[4096:])
        elif state == "missing":
            self.home.database.unlink()
        has_database = self.home.database.exists()
        self.content = self.home.database.read_bytes() if has_database else b""

    def copied(self, root: Path) -> "Trial":
        """The same in another folder."""
        shutil.copytree(self.root, root)
        other = copy(self)
        other.root, other.home, other.saved = root, Home(root / "home"), root / "saved.db"
        other.workspace = Workspace(other.home, lambda: AT)
        return other


def check_restore(trial: Trial, message: str, *, has_succeeded: bool) -> str:
    """The fault after a restore; empty when nothing is lost."""
    if rows(trial.saved) != trial.new:
        return "the backup was changed"
    here = rows(trial.home.database)
    aside = list(trial.home.backups.glob("*.db")) if trial.home.backups.is_dir() else []
    old = [path for path in aside if rows(path) == trial.old or path.read_bytes() == trial.content]
    if has_succeeded:
        if here != trial.new:
            return "it succeeded, but the backup is not there"
        return "" if old or not trial.content else "it succeeded, but the old database is gone"
    is_untouched = (
        trial.home.database.exists() and trial.home.database.read_bytes() == trial.content
    )
    if here in (trial.old, trial.new) or is_untouched:
        is_kept = here == trial.old or is_untouched or old or not trial.content
        return "" if is_kept else "the old database is gone"
    if not trial.content:
        return "" if here is None else "an incomplete database is in the home"
    return "" if any(str(path) in message for path in old) else "no database is left or named"


def check_backup(trial: Trial, _message: str, *, has_succeeded: bool) -> str:
    """The fault after a backup: the database is as it was, a copy is whole or has no name."""
    if rows(trial.home.database) != trial.old:
        return "the database was changed"
    copies = list(trial.home.backups.glob("*.db")) if trial.home.backups.is_dir() else []
    if any(rows(path) != trial.old for path in copies):
        return "an incomplete backup has a name"
    return "" if copies or not has_succeeded else "it succeeded without a backup"


def check_migration(trial: Trial, _message: str, *, has_succeeded: bool) -> str:
    """The fault after a migration: the old rows are there, in the old schema or the new."""
    here = rows(trial.home.database) or []
    guess = next((row for row in trial.old or [] if "2026-03-11" in row), "")
    if guess not in here:
        return "the rows are gone"
    copies = list(trial.home.backups.glob("*.db")) if trial.home.backups.is_dir() else []
    if any(rows(path) != trial.old for path in copies):
        return "an incomplete copy has a name"
    if has_succeeded and here == trial.old:
        return "it succeeded without migrating"
    if here != trial.old and not copies:
        return "migrated without a copy"
    return ""


def check_first_start(trial: Trial, _message: str, *, has_succeeded: bool) -> str:
    """The fault after a first start: whatever it left, the next command begins as if on nothing."""
    here = rows(trial.home.database)
    if has_succeeded and not any("'x'" in row for row in here or []):
        return "it succeeded without the rows"
    try:
        write_rows(trial.home, "x")
    except HrvctlError as error:
        return f"the next command is refused: {error.message}"
    return "" if rows(trial.home.database) else "the next command leaves no database"


def demo(trial: Trial, seed: int) -> dict[str, bytes]:
    """Write a made-up export; returns its files."""
    folder = trial.root / "demo"
    write_demo_export(folder, today=AT.date(), n_days=4, seed=seed, force=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def check_demo(trial: Trial, _message: str, *, has_succeeded: bool) -> str:
    """The fault after replacing an export: each file is whole, and writing it again mends all."""
    there = trial.root / "demo"
    here = {path.name: path.read_bytes() for path in there.iterdir() if path.name[0] != "."}
    new = demo(trial, seed=2)
    shutil.rmtree(there)
    old = demo(trial, seed=1)
    if any(content not in (old.get(name), new.get(name)) for name, content in here.items()):
        return "a file is half-written"
    visible = {name for name in new if name[0] != "."}
    if not visible <= set(here):
        return "a file is gone"
    return "" if not has_succeeded or all(here[name] == new[name] for name in visible) else "old"


def make_weeks(workspace: Workspace) -> None:
    """A home of an evening long ago, with three weekly backups."""
    write_rows(workspace.home, "early")
    with open_store(workspace.home, write=True) as store, store.transaction():
        save_evening(store, "me", date(2026, 1, 1), run_id="1", at=AT - timedelta(days=60))
    for weeks in (4, 3, 2):
        then = AT - timedelta(weeks=weeks)
        back_up_weekly(Workspace(workspace.home, lambda then=then: then))


def check_weekly(trial: Trial, _message: str, *, has_succeeded: bool) -> str:
    """The fault after a weekly backup: three whole ones at any time, the newest after success."""
    copies = sorted(trial.home.backups.glob("weekly-*.db"))
    if any(rows(path) != trial.old for path in copies):
        return "an incomplete backup has a name"
    if len(copies) < 3:
        return "fewer than three are left"
    has_new = any(path.name == f"weekly-{AT:%Y%m%dT%H%M%S}.db" for path in copies)
    return "" if (has_new and len(copies) == 3) or not has_succeeded else "it is not there"


def run_restore(trial: Trial) -> None:
    """Restore over what is there."""
    restore_backup(trial.home, trial.saved, at=AT)


OPERATIONS: dict[str, tuple[str, Callable[[Trial], object], Callable[..., str]]] = {
    "restore over a sound database": ("sound", run_restore, check_restore),
    "restore over a damaged database": ("damaged", run_restore, check_restore),
    "restore without a database": ("missing", run_restore, check_restore),
    "backup": ("sound", lambda t: back_up(t.workspace, None, dry_run=False), check_backup),
    "first start": ("new", lambda trial: write_rows(trial.home, "x"), check_first_start),
    "demo": ("demo", lambda trial: demo(trial, seed=2), check_demo),
    "weekly backup": ("weekly", lambda t: back_up_weekly(t.workspace), check_weekly),
    "migration": ("old", lambda trial: write_rows(trial.home, "x"), check_migration),
}


def attempt(trial: Trial, operate: Callable[[Trial], object], k: int, mode: int) -> tuple[str, str]:
    """Operate in a child whose k-th disk call fails: how it ended, and its message."""
    disk = ctypes.CDLL(None)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        ended, message = "done", ""
        disk.failing_disk_arm(k, mode)
        try:
            operate(trial)
        except HrvctlError as error:
            ended, message = "refused", f"{error.message}\n{error.hint}"
        except (OSError, sqlite3.Error) as error:
            ended, message = "failed", repr(error)
        if not disk.failing_disk_disarm() and ended == "done":
            ended = "over"
        os.write(writing, json.dumps([ended, message]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    ended, message = json.loads(text) if text else ("killed", "")
    return ended, message


def main(name: str, mode: str, root: Path) -> None:
    """Try every k; print the number of trials and the faults found, as JSON."""
    state, operate, check = OPERATIONS[name]
    faults: list[str] = []
    counts: dict[str, int] = {}
    template = Trial(root / "template", state)
    for k in range(1, MOST):
        place = root / str(k)
        trial = template.copied(place)
        ended, message = attempt(trial, operate, k, MODES[mode])
        counts[ended] = counts.get(ended, 0) + 1
        fault = check(trial, message, has_succeeded=ended in ("done", "over"))
        if fault:
            faults.append(f"call {k}: {ended}: {fault}: {message}")
        shutil.rmtree(place)
        if ended == "over":
            break
    sys.stdout.write(json.dumps({"counts": counts, "faults": faults}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))

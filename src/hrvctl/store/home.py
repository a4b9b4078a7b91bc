"""The home folder: paths in it, creation, permissions and log."""

import contextlib
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hrvctl.errors import HomeError
from hrvctl.files import open_file
from hrvctl.safe_text import printable
from hrvctl.store.schema import APPLICATION_ID

# Health data: readable by the owner alone.
FOLDER_MODE = 0o700
FILE_MODE = 0o600

# Dagster opens its SQLite files by URL without quoting, where these two are special.
UNUSABLE_IN_PATH = ("%", "?")

# Names allowed in a home that has no database yet; macOS's Finder makes the last one anywhere.
OUR_NAMES = frozenset(
    {
        "config.toml",
        "connections",
        "inbox",
        "dagster",
        "lock",
        "lock.json",
        "vocabulary.toml",
        "backups",
        "ledger-heads.txt",
        ".DS_Store",
    }
)


@dataclass(frozen=True, slots=True)
class Home:
    """The paths in a home. Creating a ``Home`` touches nothing on disk."""

    root: Path

    @property
    def database(self) -> Path:
        """The SQLite database: measurements, journal, guesses, ledger, outcomes."""
        return self.root / "hrvctl.db"

    @property
    def inbox(self) -> Path:
        """Export files dropped here are imported by the next run."""
        return self.root / "inbox"

    @property
    def done(self) -> Path:
        """Where imported files move to."""
        return self.inbox / "done"

    @property
    def connections(self) -> Path:
        """Keys and tokens of the vendors, a folder for each subject."""
        return self.root / "connections"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: run history and artifacts; both can be rebuilt."""
        return self.root / "dagster"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.root / "backups"

    @property
    def lock_holder(self) -> Path:
        """The process that holds the lock, while one does."""
        return self.root / "lock.json"

    @property
    def heads(self) -> Path:
        """The heads of the ledger seen here, which an older database does not have."""
        return self.root / "ledger-heads.txt"

    @property
    def report(self) -> Path:
        """The report that a schedule writes every week."""
        return self.root / "report.html"

    @property
    def log(self) -> Path:
        """The log of all commands, with tracebacks."""
        return self.root / "hrvctl.log"

    def artifacts(self, subject: str) -> Path:
        """Folder of one subject's artifacts from the latest live run."""
        return self.dagster / "artifacts" / subject

    def cache(self, subject: str) -> Path:
        """Folder of what makes a subject's next run faster; all of it can be made again."""
        return self.dagster / "cache" / subject

    @property
    def verified_chain(self) -> Path:
        """How far the ledger's chain was verified."""
        return self.dagster / "verified_chain.json"

    def has_runs(self) -> bool:
        """Whether there is a run history."""
        return (self.dagster / "history").is_dir()

    def exists(self) -> bool:
        """Whether the database exists; an empty file is one that is being created."""
        try:
            return self.database.stat().st_size > 0
        except OSError:
            return False


def check_home(home: Home) -> None:
    """Check that a home exists or can be created at its path; writes nothing.

    Raises:
        HomeError: The path is unusable, or holds something else.
    """
    if bad := [sign for sign in UNUSABLE_IN_PATH if sign in str(home.root)]:
        raise HomeError(
            f"the home's path contains {bad[0]!r}: {home.root}",
            hint="choose another with --home; run history cannot be kept under such a path",
        )
    try:
        place = next(path for path in (home.root, *home.root.parents) if path.exists())
        if not place.is_dir():
            raise NotADirectoryError(f"{place} is not a folder")
        names = {path.name for path in place.iterdir()}
    except OSError as error:
        raise _unusable(home, error) from error
    # A home becomes private: that must not happen to a folder with other files.
    if place == home.root and not (all(map(_is_ours, names)) or home.database.name in names):
        raise HomeError(
            f"{home.root} holds other files and is not a home of hrvctl",
            hint="name a new or empty folder with --home or HRVCTL_HOME",
        )


def list_backups(home: Home) -> list[Path]:
    """The files in ``home.backups`` that can be restored by their header, newest first."""
    try:
        found = [(path.stat().st_mtime, path) for path in home.backups.glob("*.db")]
    except OSError:
        return []
    return [path for _, path in sorted(found, reverse=True) if _has_our_header(path)]


def check_not_lost(home: Home) -> None:
    """Check that a home without a database never had one: its place is not filled in silence.

    Raises:
        HomeError: Backups, artifacts or SQLite's log show that it had; the newest backup is named.
    """
    if home.exists():
        return
    backups = list_backups(home)
    log = home.database.with_name(f"{home.database.name}-wal")
    traces = [log] if log.is_file() and log.stat().st_size else []
    traces += backups[:1]
    traces += [path for path in [home.dagster / "artifacts"] if any(path.glob("*/*.json"))]
    traces += [path for path in [home.heads] if path.is_file()]
    if not traces:
        return
    state = "is empty" if home.database.exists() else "is gone"
    cures = [f"restore the newest backup: hrvctl restore {shlex.quote(str(p))}" for p in backups]
    cure = f"{cures[0]}, or put the file back" if cures else "put the file back"
    raise HomeError(
        f"the database {home.database} {state}, but {traces[0]} shows that there was one",
        hint=f"{cure}; to begin anew on purpose, move {home.root} away first",
    )


def create_home(home: Home, *, is_restore: bool = False) -> None:
    """Create the folders of a home, readable by the owner alone.

    Args:
        home: The home.
        is_restore: Whether a backup takes the place of a database that is gone.

    Raises:
        HomeError: They cannot be created or written, or the home's database is gone.
    """
    check_home(home)
    if not is_restore:
        check_not_lost(home)
    try:
        for folder in (home.root, home.inbox, home.done, home.dagster):
            make_folder(folder, is_home=folder == home.root)
        if not os.access(home.root, os.W_OK):
            raise PermissionError("it is not writable")
    except OSError as error:
        raise _unusable(home, error) from error


def _unusable(home: Home, error: OSError) -> HomeError:
    return HomeError(
        f"cannot use the home {home.root}: {error.strerror or error}",
        hint="make it writable, or name another with --home or HRVCTL_HOME",
    )


def make_folder(folder: Path, *, is_home: bool = False) -> None:
    """Create a folder, and missing parents, readable by the owner alone whatever the umask.

    Args:
        folder: Where; the mode of a folder that a link leads to is left as it is.
        is_home: Whether it is a checked home, which becomes private also behind a link.
    """
    if not folder.is_dir():
        with private_files():  # `mkdir` applies its mode to the last folder only, not to parents
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077 and (is_home or not folder.is_symlink()):
        folder.chmod(FOLDER_MODE)


def append_log(home: Home, text: str) -> None:
    """Append to the home's log; does nothing without a home or when it cannot be written."""
    # Called while handling another error, which a failing log must not hide.
    with contextlib.suppress(OSError), private_files():
        if home.root.is_dir():
            with open_file(home.log, append=True) as log:
                log.write(printable(text).encode())


def log_line(home: Home, at: datetime, level: str, text: str) -> None:
    """Append a message or a traceback to the home's log, behind its time; as ``append_log``."""
    append_log(home, f"{at.isoformat(' ', 'seconds')} {level} {text}\n")


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Make every file created inside private, also those of other libraries."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _has_our_header(path: Path) -> bool:
    """Whether a file starts as a database of hrvctl (sqlite.org/fileformat.html, 1.3)."""
    try:
        with open_file(path) as file:
            header = file.read(100)
    except OSError:
        return False
    return header[:16] == b"SQLite format 3\0" and header[68:72] == APPLICATION_ID.to_bytes(4)


def _is_ours(name: str) -> bool:
    """Whether a home without a database may have a file of this name."""
    # The log with its rotated copies, and files that were being written: `.NAME.PID.RANDOM`.
    return name in OUR_NAMES or name.startswith(
        ("hrvctl.log", ".hrvctl.", *(f".{one}." for one in OUR_NAMES))
    )

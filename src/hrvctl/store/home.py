"""The home on disk: its places, and who may read them."""

import contextlib
import os
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from hrvctl.errors import HomeError

# Health data: the owner alone (DAC bits).
FOLDER_MODE = 0o700
FILE_MODE = 0o600

# Dagster opens its SQLite files by raw URL, where these two have a meaning of their own.
UNUSABLE_IN_PATH = ("%", "?")

# What may lie in a home that has no database yet.
OUR_NAMES = frozenset(
    {"config.toml", "inbox", "dagster", "lock", "lock.json", "vocabulary.toml", "backups"}
)


@dataclass(frozen=True, slots=True)
class Home:
    """The places in a home. Having a ``Home`` creates nothing."""

    root: Path

    @property
    def database(self) -> Path:
        """The only truth: measurements, journal, guesses, ledger, outcomes."""
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
    def dagster(self) -> Path:
        """DAGSTER_HOME: run history, expendable."""
        return self.root / "dagster"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.root / "backups"

    @property
    def lock_holder(self) -> Path:
        """Who holds the lock, while somebody does."""
        return self.root / "lock.json"

    @property
    def log(self) -> Path:
        """What every run did, tracebacks included."""
        return self.root / "hrvctl.log"

    def artifacts(self, subject: str) -> Path:
        """The latest live run's files of one subject."""
        return self.dagster / "artifacts" / subject

    def exists(self) -> bool:
        """Whether anything was ever stored here; a file of no bytes is one about to be made."""
        try:
            return self.database.stat().st_size > 0
        except OSError:
            return False


def check_home(home: Home) -> None:
    """Make sure that a home is, or may be made, where it is said to be; touches nothing.

    Raises:
        HomeError: Its path is unusable, or something else stands there.
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
        names = {path.name for path in place.iterdir() if not path.name.startswith(".")}
    except OSError as error:
        raise _unusable(home, error) from error
    # A folder full of other things must not be closed to everyone but its owner.
    if place == home.root and not (
        names - _logs(names) <= OUR_NAMES or home.database.name in names
    ):
        raise HomeError(
            f"{home.root} holds other things and is no home of hrvctl",
            hint="name a new or empty folder with --home or HRVCTL_HOME",
        )


def create_home(home: Home) -> None:
    """Make the folders of a home, readable by their owner alone.

    Raises:
        HomeError: It cannot be made or written; says why and what to do.
    """
    check_home(home)
    try:
        for folder in (home.root, home.inbox, home.done, home.dagster):
            make_folder(folder)
        if not os.access(home.root, os.W_OK):
            raise PermissionError("it is not writable")
    except OSError as error:
        raise _unusable(home, error) from error


def _unusable(home: Home, error: OSError) -> HomeError:
    return HomeError(
        f"cannot use the home {home.root}: {error.strerror or error}",
        hint="make it writable, or name another with --home or HRVCTL_HOME",
    )


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone, whatever the umask; parents that exist stay."""
    if not folder.is_dir():
        with private_files():  # `mkdir` does not hand its mode on to the parents it makes
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(FOLDER_MODE)


def append_log(home: Home, text: str) -> None:
    """Add to the home's log; without a home, or where it cannot be written, do nothing."""
    # Told while something else went wrong: a log that fails must not hide that.
    with contextlib.suppress(OSError), private_files():
        if home.root.is_dir():
            with home.log.open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(text)


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Let every file made inside be its owner's alone, also those other libraries make."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _logs(names: Set[str]) -> set[str]:
    """The log and those it was rotated to."""
    return {name for name in names if name.startswith("hrvctl.log")}

"""What a killed process leaves lying about: files half-written, and scratch folders with copies."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from hrvctl.store.home import Home

# A file being written: `.NAME.PID.RANDOM`, with SQLite's own beside it where it is a database;
# nobody else names files so.
PART = re.compile(r"\..+\.(?P<pid>\d+)\.[a-z0-9_]{8}(-journal|-wal|-shm)?")
# A scratch folder: `hrvctl-PURPOSE-PID-RANDOM`.
SCRATCH = re.compile(r"hrvctl-[a-z-]+-(?P<pid>\d+)-[a-z0-9_]{8}")


def new_part(path: Path) -> tuple[int, Path]:
    """Open a new file, its owner's alone, that is to take ``path``'s place once it is whole.

    Returns:
        Its handle and where it is: in the same folder, so that replacing is one step.

    Raises:
        OSError: It cannot be made.
    """
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.{os.getpid()}.")
    return handle, Path(name)


@contextlib.contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder outside of the home, its owner's alone, gone afterwards.

    Args:
        purpose: Lower-case letters and dashes.
    """
    import tempfile

    prefix = f"hrvctl-{purpose}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        yield Path(name)


def sweep(home: Home) -> None:
    """Take away what processes that are gone left behind; call it under the home's lock.

    What cannot be taken away is left: it is in nobody's way.
    """
    import tempfile

    folders = [home.root, home.backups, home.dagster]
    folders += [path for path in (home.dagster / "artifacts").rglob("*") if path.is_dir()]
    for folder in folders:
        for path in _orphans(folder, PART):
            with contextlib.suppress(OSError):
                path.unlink()
    with contextlib.suppress(OSError):  # on a full disk no folder for scratch can be found
        for path in _orphans(Path(tempfile.gettempdir()), SCRATCH):
            shutil.rmtree(path, ignore_errors=True)


def is_gone(pid: int) -> bool:
    """Whether no process of this number is at work on this machine; in doubt there is one."""
    if os.name != "posix":  # elsewhere asking would send a signal
        return False
    try:
        os.kill(pid, 0)  # sends nothing
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def _orphans(folder: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir()):
            found = pattern.fullmatch(path.name)
            if found and _is_ours(path) and is_gone(int(found["pid"])):
                yield path


def _is_ours(path: Path) -> bool:
    # Anybody may make a folder of any name in the system's own for scratch; a link leads elsewhere.
    return not path.is_symlink() and (
        not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
    )

"""Temporary files and scratch folders, and removal of those whose process was killed."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from hrvctl.store.home import Home

# A file being written: `.NAME.PID.RANDOM`, with SQLite's side files where it is a database.
PART = re.compile(r"\..+\.(?P<pid>\d+)\.[a-z0-9_]{8}(-journal|-wal|-shm)?")
# A scratch folder: `hrvctl-PURPOSE-PID-RANDOM`.
SCRATCH = re.compile(r"hrvctl-[a-z-]+-(?P<pid>\d+)-[a-z0-9_]{8}")


def create_temp_file(path: Path) -> tuple[int, Path]:
    """Create a private file in the folder of ``path``, to replace it atomically once written.

    Returns:
        File descriptor and path.

    Raises:
        OSError: The file cannot be created.
    """
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.{os.getpid()}.")
    return handle, Path(name)


@contextlib.contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """Create a private folder outside the home; it is deleted on exit.

    Args:
        purpose: Part of its name: lower-case letters and dashes.
    """
    import tempfile

    prefix = f"hrvctl-{purpose}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        yield Path(name)


def remove_orphans(home: Home) -> None:
    """Delete temporary files and folders of ended processes; call it under the home's lock.

    Files that cannot be deleted are left: they do no harm.
    """
    import tempfile

    folders = [home.root, home.backups, home.dagster]
    for parent in (home.dagster / "artifacts", home.dagster / "cache", home.connections):
        folders += [path for path in parent.rglob("*") if path.is_dir()]
    remove_parts(folders)
    with contextlib.suppress(OSError):  # a full disk has no usable temporary folder
        for path in _orphans(Path(tempfile.gettempdir()), SCRATCH):
            shutil.rmtree(path, ignore_errors=True)


def remove_parts(folders: Iterable[Path]) -> None:
    """Delete the files in some folders that an ended process had begun to write."""
    for folder in folders:
        for path in _orphans(folder, PART):
            with contextlib.suppress(OSError):
                path.unlink()


def has_ended(pid: int) -> bool:
    """Whether no process with this id runs on this machine; ``False`` where that is unknown."""
    if os.name != "posix":  # on Windows os.kill would end the process
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
            if found and _is_ours(path) and has_ended(int(found["pid"])):
                yield path


def _is_ours(path: Path) -> bool:
    # Any user may create any name in the system's temporary folder; a link may point anywhere.
    return not path.is_symlink() and (
        not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
    )

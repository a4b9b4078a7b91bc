"""Copy new exports of synced folders, such as a phone's or a cloud's, into the inbox.

The folders are only read: nothing in them is moved, changed or deleted.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from hrvctl.errors import DataError
from hrvctl.files import read_file
from hrvctl.settings import Settings
from hrvctl.sources.kit.documents import list_files
from hrvctl.store.artifacts import save_text
from hrvctl.store.home import Home, make_folder
from hrvctl.usecases.ingest import Failed
from hrvctl.usecases.pulled_files import is_recognised, new_folder
from hrvctl.usecases.vocabulary import place_in
from hrvctl.usecases.workspace import Workspace

# A file that changed less than this ago may still be growing, seconds (own choice).
SETTLED_S = 60.0
# macOS's mark of a file whose content is still in the cloud (sys/stat.h, SF_DATALESS).
DATALESS = 0x40000000
# Hidden in the inbox: what was looked at, with its size and time.
KNOWN = ".folders.json"
PREFIX = "folder"

Stamp = list[int]


def folders_of(settings: Settings) -> tuple[str, ...]:
    """The synced folders of the settings.

    Raises:
        ConfigError: See ``place_in``.
    """
    return tuple(str(place_in(settings, named)) for named in settings.inbox_folders)


def copy_new(workspace: Workspace, folders: Sequence[str]) -> list[Failed]:
    """Copy what a source recognises and was not copied before into the inbox.

    Files of one folder that came together are imported together. One that may still be growing, or
    is not downloaded yet, waits for the next run.

    Returns:
        The folders that cannot be read.

    Raises:
        HomeError: The inbox cannot be written.
    """
    failed = []
    for folder in folders:
        try:
            _copy(workspace, Path(folder))
        except DataError as error:
            failed.append(
                Failed(
                    file=folder,
                    code=error.code,
                    message=error.message,
                    problems=(),
                    hint="connect the folder, or: hrvctl config set inbox_folders FOLDERS",
                )
            )
    return failed


def _copy(workspace: Workspace, folder: Path) -> None:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    try:
        files = list_files(folder)
    except DataError:
        if any(folder.iterdir()):
            raise
        return  # empty
    home, at = workspace.home, workspace.clock()
    known, now = _load(home), at.timestamp()
    with new_folder(home, PREFIX, at=at, doing=f"copy {folder} to {home.inbox}") as part:
        for file in files:
            stamp = _stamp(file, now)
            if stamp is None or known.get(str(file)) == stamp:
                continue
            if is_recognised(file):
                there = part / file.relative_to(folder)
                make_folder(there.parent)
                shutil.copyfile(file, there)
                if _stamp(file, now) != stamp:  # it grew meanwhile
                    there.unlink()
                    continue
            known[str(file)] = stamp
    save_text(home.inbox / KNOWN, json.dumps(known, indent=0))


def _stamp(file: Path, now: float) -> Stamp | None:
    """Size and time of a file; ``None`` while it is growing, not downloaded, or not a file."""
    try:
        found = file.lstat()
    except OSError:
        return None
    is_file = file.is_file() and not file.is_symlink()
    is_there = not getattr(found, "st_flags", 0) & DATALESS
    # A clock that is behind that of the phone must not hold a file back for ever.
    is_settled = abs(now - found.st_mtime) >= SETTLED_S
    return [found.st_size, found.st_mtime_ns] if is_file and is_there and is_settled else None


def _load(home: Home) -> dict[str, Stamp]:
    try:
        content = json.loads(read_file(home.inbox / KNOWN))
    except (OSError, ValueError, RecursionError):
        return {}  # copied again, and imported again without any change
    return content if isinstance(content, dict) else {}

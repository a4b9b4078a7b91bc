"""The folder a person drops exports into."""

from itertools import chain, count
from pathlib import Path

from hrvctl.errors import DataError
from hrvctl.usecases.workspace import Workspace


def list_inbox(workspace: Workspace) -> list[Path]:
    """List the files and folders in the inbox, by name; hidden ones are left out."""
    if not workspace.home.inbox.is_dir():
        return []
    return sorted(
        path
        for path in workspace.home.inbox.iterdir()
        if path != workspace.home.done and not path.name.startswith(".")
    )


def move_to_done(workspace: Workspace, path: Path) -> None:
    """Move an imported file to ``inbox/done``, under a name that is free there.

    Raises:
        DataError: It cannot be moved; importing it again changes nothing.
    """
    try:
        path.replace(_free_path(workspace, path.name))
    except OSError as error:
        raise DataError(
            f"{path.name} was imported but could not be moved to {workspace.home.done}: {error}",
            hint="move it yourself; importing it again changes nothing",
        ) from error


def _free_path(workspace: Workspace, name: str) -> Path:
    stamp = workspace.clock().strftime("%Y%m%dT%H%M%S")
    again = (f"{stamp}-{n}-{name}" for n in count(2))
    paths = (workspace.home.done / free for free in chain([name, f"{stamp}-{name}"], again))
    return next(path for path in paths if not path.exists())

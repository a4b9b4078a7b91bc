"""The folder a person drops exports into."""

from itertools import chain, count
from pathlib import Path

from hrvctl.errors import DataError
from hrvctl.usecases.workspace import Workspace


def waiting_in(workspace: Workspace) -> list[Path]:
    """What lies in the inbox, by name."""
    if not workspace.home.inbox.is_dir():
        return []
    return sorted(
        path
        for path in workspace.home.inbox.iterdir()
        if path != workspace.home.done and not path.name.startswith(".")
    )


def move_to_done(workspace: Workspace, path: Path) -> None:
    """Put a file that was taken in beside those before it, under a free name.

    Raises:
        DataError: It cannot be moved; importing it again changes nothing.
    """
    try:
        path.replace(_free_place(workspace, path.name))
    except OSError as error:
        raise DataError(
            f"{path.name} was imported but could not be moved to {workspace.home.done}: {error}",
            hint="move it yourself; importing it again changes nothing",
        ) from error


def _free_place(workspace: Workspace, name: str) -> Path:
    stamp = workspace.clock().strftime("%Y%m%dT%H%M%S")
    again = (f"{stamp}-{n}-{name}" for n in count(2))
    places = (workspace.home.done / free for free in chain([name, f"{stamp}-{name}"], again))
    return next(place for place in places if not place.exists())

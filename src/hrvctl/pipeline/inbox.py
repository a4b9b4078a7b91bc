"""The folder a person drops exports into."""

from itertools import chain, count
from pathlib import Path

from hrvctl.errors import DataError
from hrvctl.pipeline.house import House


def waiting_in(house: House) -> list[Path]:
    """What lies in the inbox, by name."""
    if not house.home.inbox.is_dir():
        return []
    return sorted(
        path
        for path in house.home.inbox.iterdir()
        if path != house.home.done and not path.name.startswith(".")
    )


def move_to_done(house: House, path: Path) -> None:
    """Put a file that was taken in beside those before it, under a free name.

    Raises:
        DataError: It cannot be moved; importing it again changes nothing.
    """
    try:
        path.replace(_free_place(house, path.name))
    except OSError as error:
        raise DataError(
            f"{path.name} was imported but could not be moved to {house.home.done}: {error}",
            hint="move it yourself; importing it again changes nothing",
        ) from error


def _free_place(house: House, name: str) -> Path:
    stamp = house.clock().strftime("%Y%m%dT%H%M%S")
    again = (f"{stamp}-{n}-{name}" for n in count(2))
    places = (house.home.done / free for free in chain([name, f"{stamp}-{name}"], again))
    return next(place for place in places if not place.exists())

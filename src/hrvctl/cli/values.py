"""Read values as a person types them, before anything is run; refuse them in plain words."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hrvctl.errors import DataError, UsageError
from hrvctl.records.choices import Agent, Model, Profile

if TYPE_CHECKING:
    from hrvctl.domain.scenarios.branches import Branch

_MS = re.compile(r"(\d+(?:[.,]\d+)?) ?(?:ms)?", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))? ?(am|pm)?", re.IGNORECASE | re.ASCII)
NOON = 12
HOURS, MINUTES = 24, 60

# How Typer's checks begin what they say of a value, and how a person would say it.
_PLAIN = {
    "Input should be a valid integer": "write a whole number",
    "Input should be a valid number": "write a number",
    "Input should be greater than or equal to ": "the least is ",
    "Input should be less than or equal to ": "the most is ",
    "Value error, ": "",
}


def parse_ms(text: str) -> float:
    """Read an HRV, such as ``62``, ``62.5``, ``62,5`` or ``62 ms``.

    Raises:
        UsageError: It is not a number.
    """
    if (found := _MS.fullmatch(text.strip())) is None:
        raise UsageError(f"{text!r} is not an HRV in ms", hint="write a number, for example 62")
    return float(found[1].replace(",", "."))


def parse_clock(text: str) -> str:
    """Read a time of day, such as ``23:30``, ``1:15am`` or ``11 pm``, as ``HH:MM``.

    Raises:
        UsageError: It is not one, or may be one of the morning or of the evening.
    """
    found = _CLOCK.fullmatch(text.strip())
    wrong = UsageError(
        f"{text!r} is not a time", hint="write it as HH:MM, for example 23:30 or 00:45"
    )
    if found is None or (found[2] is None and found[3] is None):
        raise wrong
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= NOON:
            raise wrong
        hour = hour % NOON + (NOON if half == "pm" else 0)
    if hour >= HOURS or minute >= MINUTES:
        raise wrong
    return f"{hour:02}:{minute:02}"


def parse_path(text: str) -> Path:
    """Read the path of an export.

    Raises:
        UsageError: It is empty, or stands for standard input.
    """
    if not text:  # of an unset variable; as a path it would be the current folder
        raise UsageError("a path is empty", hint="name a file, folder or zip")
    if text == "-":
        raise UsageError(
            "an export is not read from standard input", hint="save it as a file, and name that"
        )
    return Path(text)


def check_place(option: str, path: Path | None) -> None:
    """Check that a file can be written at a path, before the work and not after it.

    Raises:
        UsageError: It is a folder, or in one that does not exist.
    """
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        fault = "is a folder" if path.is_dir() else "is in a folder that does not exist"
        raise UsageError(f"{option} {path} {fault}", hint="name a file in a folder that exists")


def parse_export(text: str) -> Path:
    """Read the path of an export that is there.

    Raises:
        UsageError: It is empty, or stands for standard input.
        DataError: There is nothing.
    """
    path = parse_path(text)
    if not path.exists():
        raise DataError(f"{path}: no such file", hint="check the path")
    return path


def check_choices(branches: "Iterable[Branch]") -> None:
    """Check the names that branches of an evening choose.

    Raises:
        UsageError: The model, agent or profile does not exist.
    """
    from hrvctl.domain.forecast.registry import WITH_BEDTIME

    choices: dict[str, list[str]] = {
        "model": [Model.AUTO, *(model.name for model in WITH_BEDTIME)],
        "agent": list(Agent),
        "profile": list(Profile),
    }
    for branch in branches:
        for key, names in choices.items():
            if (name := getattr(branch, key)) and name not in names:
                raise UsageError(
                    f"branch {branch.name!r}: no {key} is called {name!r}",
                    hint=f"choose from: {', '.join(names)}",
                )


def plain_fault(message: str) -> str:
    """Say what is wrong with an option in a person's words rather than in a library's."""
    for theirs, ours in _PLAIN.items():
        before, found, after = message.partition(theirs)
        if found:
            after = after if ours.endswith(" ") or not ours else ""
            return f"{before}{ours}{after}"
    return message

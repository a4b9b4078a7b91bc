"""How values look to a person: numbers with units, aligned columns, a spinner on a terminal."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, TextIO

import typer

LIGHT_COLOURS = {"green": "green", "amber": "yellow", "red": "red"}


def ms(value: float | None) -> str:
    """An HRV, or a dash where there is none."""
    return "-" if value is None else f"{value:.0f} ms"


def day_name(day: date | str) -> str:
    """A day as people say it."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day:%a} {day.day} {day:%b %Y}"


def intervals(quantiles: Mapping[str, float]) -> str:
    """The intervals that can be stated, widest last."""
    said = [
        f"{name} {quantiles[low]:.0f} to {quantiles[high]:.0f}"
        for name, low, high in (("80 %", "0.1", "0.9"), ("95 %", "0.025", "0.975"))
        if low in quantiles and high in quantiles
    ]
    return ", ".join(said)


def columns(rows: Sequence[Sequence[Any]], *, header: Sequence[str]) -> str:
    """Align cells under a header; numbers to the right."""
    table = [list(header), *[[_cell(value) for value in row] for row in rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    right = [bool(rows) and isinstance(rows[0][i], int | float) for i in range(len(header))]
    lines = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in table
    ]
    return "\n".join(lines)


def bold(text: str) -> str:
    """Emphasis on a terminal, plain elsewhere."""
    return typer.style(text, bold=True) if has_colours() else text


def light(colour: str) -> str:
    """The light's name in its colour."""
    if has_colours() and colour in LIGHT_COLOURS:
        return typer.style(colour, fg=LIGHT_COLOURS[colour])
    return colour


def has_colours() -> bool:
    """Whether stdout is a terminal whose owner wants colours (https://no-color.org)."""
    return _is_terminal(sys.stdout) and not os.environ.get("NO_COLOR")


@contextmanager
def progress(*, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """A spinner that names the stage at work; nothing where no person watches."""
    if is_quiet or not _is_terminal(sys.stderr):
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as spinner:
        yield lambda stage: spinner.update(stage.removesuffix("_op"))


def _is_terminal(stream: TextIO | None) -> bool:
    # A stream the caller closed (`2>&-`) is None.
    return stream is not None and stream.isatty()


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)

"""Format values for a person: numbers with units, aligned columns, a spinner on a terminal."""

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from hrvctl.cli import output
from hrvctl.cli.stages import stage_words
from hrvctl.records import INTERVALS, Forecast
from hrvctl.safe_text import one_line

if TYPE_CHECKING:
    from rich.progress import TaskID

# Nights that ended more days ago than this are of another time (own choice: the normal range's
# window).
OLD_DAYS = 60
# Between two columns.
GAP = "  "
LIGHT_COLOURS = {"green": output.GREEN, "amber": output.YELLOW, "red": output.RED}


def ms(value: float | None) -> str:
    """An HRV, or a dash for a missing one."""
    return "-" if value is None else f"{value:.0f} ms"


def day_name(day: date) -> str:
    """A day with its weekday, for example ``Tue 10 Mar 2026``."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def old_data(last_night: date | None, today: date) -> list[str]:
    """What to do with nights that ended long ago; nothing where they did not."""
    if last_night is None or (today - last_night).days <= OLD_DAYS:
        return []
    return [
        f"Your nights end on {last_night}. That time can be looked at: hrvctl daily --as-of"
        f" {last_night}, or hrvctl backtest"
    ]


def forgotten_notes(n: int, result: str) -> tuple[str, ...]:
    """What became of the rows of the ledger that were forgotten; nothing where none were.

    Args:
        n: How many.
        result: What they ``are not``.
    """
    if not n:
        return ()
    return (f"Rows of this home's ledger that were forgotten and {result}: {n}.",)


def intervals(forecast: Forecast) -> str:
    """The intervals that are stated, the widest last."""
    return ", ".join(
        f"{percent} % {ends[0]:.0f} to {ends[1]:.0f}"
        for percent in INTERVALS
        if (ends := forecast.interval(percent))
    )


def columns(
    rows: Sequence[Sequence[Any]],
    *,
    header: Sequence[str],
    to_right: Collection[str] = (),
    n_keys: int = 1,
) -> str:
    """Align cells under a header; numbers, and the columns named, to the right.

    On a terminal that is too narrow for all columns the others follow below.

    Args:
        rows: The cells.
        header: Names of the columns.
        to_right: Names of those to align to the right.
        n_keys: How many columns name a row; they begin each part.
    """
    table = [list(header), *[[_cell(value) for value in row] for row in rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    right = [
        name in to_right or (bool(rows) and isinstance(rows[0][i], int | float))
        for i, name in enumerate(header)
    ]
    cells = [
        [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, right, strict=True)
        ]
        for row in table
    ]
    return "\n\n".join(
        "\n".join(GAP.join(row[i] for i in part).rstrip() for row in cells)
        for part in _parts(widths, n_keys, output.terminal_width())
    )


def _parts(widths: Sequence[int], n_keys: int, limit: int | None) -> list[list[int]]:
    """Numbers of the columns side by side in each part of a table, within a width."""
    keys = list(range(n_keys))
    parts = [[*keys]]
    for i in range(n_keys, len(widths)):
        needed = sum(widths[j] + len(GAP) for j in parts[-1]) + widths[i]
        if limit and needed > limit and len(parts[-1]) > n_keys:
            parts.append([*keys])
        parts[-1].append(i)
    return parts


def fixed(value: float | None, digits: int, *, sign: str = "") -> str | None:
    """A figure with so many digits, for a cell or a sentence; ``None`` where there is none."""
    # Adding zero turns a -0.0 that rounding left into 0.0.
    return None if value is None else f"{round(value, digits) + 0.0:{sign}.{digits}f}"


def percent(share: float | None, digits: int = 0, *, sign: str = "") -> str | None:
    """A share in per cent; ``None`` where there is none."""
    return None if share is None else f"{fixed(100 * share, digits, sign=sign)} %"


def bold(text: str) -> str:
    """Emphasis on a terminal, plain elsewhere."""
    return f"{output.BOLD}{text}{output.END}"


def light(colour: str) -> str:
    """The light's name in its colour."""
    mark = LIGHT_COLOURS.get(colour, "")
    return f"{mark}{colour}{output.END}" if mark else colour


@contextmanager
def progress(*, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """A spinner that names the stage at work; nothing without a terminal."""
    if is_quiet or not output.is_terminal(sys.stderr):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("starting") as spinner:
        yield lambda stage: spinner.update(escape(one_line(stage_words(stage))))


@contextmanager
def progress_bar(total: int, *, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """A bar that counts steps and names the one at work; nothing without a terminal.

    Each call starts the next step.
    """
    if is_quiet or not output.is_terminal(sys.stderr):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        # Started below zero: the first call begins the first step, which is not done yet.
        task = bar.add_task("starting", total=total, completed=-1)
        yield lambda step: bar.update(task, advance=1, description=escape(one_line(step)))


@contextmanager
def people_bar(*, is_quiet: bool) -> Iterator[Callable[[Any], None]]:
    """A bar of an evening's chunks with people done, failed and the time left; else nothing.

    Each call takes a ``Progress`` of ``usecases.cohorts``.
    """
    if is_quiet or not output.is_terminal(sys.stderr):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("planning", total=None)

        def show(progress: Any) -> None:  # noqa: ANN401 - a type that only cohorts load
            words = f"{progress.n_people} people, {progress.n_failed} failed"
            bar.update(
                task,
                total=progress.n_chunks,
                completed=progress.n_chunks_done,
                description=words,
            )

        yield show


@contextmanager
def bytes_bar(*, is_quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar that fills with the bytes read of a long file; nothing without a terminal.

    Each call takes the file, how many bytes of it have been read, and how many it has.
    """
    if is_quiet or not output.is_terminal(sys.stderr):
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def show(file: str, n_read: int, n_bytes: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(escape(_cell(file)), total=n_bytes or None)
            bar.update(tasks[file], completed=n_read)

        yield show


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else one_line(str(value))

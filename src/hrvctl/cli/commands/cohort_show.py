"""``hrvctl cohort show``: the board of a cohort, in the terminal, as a web page and as a table."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import cohorts, render
from hrvctl.cli.options import day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import parse_path
from hrvctl.errors import UsageError, count
from hrvctl.records.choices import BoardOrder
from hrvctl.safe_text import one_line, shortened
from hrvctl.store.artifacts import export_bytes, export_csv

if TYPE_CHECKING:
    from hrvctl.domain.cohorts.board import Board, GroupSummary, Line

# Rows that the terminal shows: of the queue, and of everybody (own choice: a team, on one screen
# or two).
MOST_NEEDS, MOST_LINES = 20, 40
# Letters of a name or a group that have room.
LONGEST_NAME = 16
# Of the seal's root, as `hrvctl cohort run` shows it.
ROOT_SIGNS = 16
SIGNS = {"below": " v", "above": " ^", "": ""}
HEADER = (
    *("person", "7 d", "28 d", "age", "light", "last", "7-day", "range", "SD"),
    *("tomorrow", "what moves it"),
)
NUMBERS = ("7 d", "28 d", "age", "last", "SD")
GROUP_HEADER = ("group", "people", "red", "amber", "green", "no light", "nights of 7", "need you")
CSV_HEADER = (
    *("subject", "name", "group", "nights_7", "nights_28", "age_days", "light", "reason"),
    *("last_ms", "week_mean_ms", "range_low_ms", "range_high_ms", "deviation_sd"),
    *("tomorrow_ms", "tomorrow_p10_ms", "tomorrow_p90_ms", "moved_by", "needs"),
)

AsOfOption = Annotated[
    date | None, day_option("--as-of", "Show that evening (default: the latest).")
]
SortOption = Annotated[
    BoardOrder,
    typer.Option("--sort", help="By light, by how far the week is from usual, or by name."),
]
GroupOption = Annotated[
    str | None, typer.Option("--group", metavar="NAME", help="Show this group alone.")
]
HtmlOption = Annotated[
    Path | None,
    typer.Option(
        "--html", parser=parse_path, metavar="FILE", help="Also write everybody to one web page."
    ),
]
CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", parser=parse_path, metavar="FILE", help="Also write a line a person."),
]


def show(
    session: Session,
    cohort: cohorts.CohortArgument,
    as_of: AsOfOption = None,
    sort: SortOption = BoardOrder.LIGHT,
    group: GroupOption = None,
    html: HtmlOption = None,
    csv: CsvOption = None,
) -> CommandResult:
    """Show the board of a cohort: who needs you, and everybody's week, range and tomorrow.

    No light is shown of somebody with fewer than three nights in the last seven days. The web page
    loads nothing from elsewhere; names and groups are those of people.csv in the cohort's folder.
    """
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.board import load_board

    if html is not None and html == csv:
        raise UsageError(f"--html and --csv both name {html}", hint="name two files")
    settings = cohorts.load(folder)
    board = load_board(folder, settings, as_of=as_of, group=group, order=sort)
    files = {}
    if html is not None:
        from hrvctl.report.board import board_page

        export_bytes(html, board_page(board).encode())
        files["html"] = html
    if csv is not None:
        export_csv(csv, CSV_HEADER, map(_csv_row, board.lines))
        files["csv"] = csv
    age = (settings.today(session.clock()) - board.as_of).days
    lines = _text(board, age_days=age, are_files=bool(files))
    return CommandResult(
        data=_data(board, group, sort, files),
        text="\n".join([*lines, *(one_line(f"Wrote {path}.") for path in files.values())]),
    )


def _data(
    board: "Board", group: str | None, sort: BoardOrder, files: dict[str, Path]
) -> dict[str, object]:
    """Counts alone: a row a person is in the files, where a person asks for them."""
    from hrvctl.domain.cohorts.board import NEEDS

    whole = board.whole
    return {
        "cohort": board.cohort,
        "as_of": board.as_of,
        "target": board.target,
        "group": group,
        "sort": sort,
        "n_people": whole.n,
        "n_groups": len(board.groups),
        "lights": whole.lights,
        "n_needs": whole.n_needs,
        "needs": {need: board.n_with(need) for need in NEEDS},
        "nights_7": whole.nights_7,
        "n_chunks_missing": board.n_chunks_missing,
        "record": board.record,
        "root": board.root,
        "files": files,
    }


def _text(board: "Board", *, age_days: int, are_files: bool) -> Iterator[str]:
    whole = board.whole
    head = f"{board.cohort}, evening of {render.day_name(board.as_of)}: {board.people_text}"
    yield render.bold(one_line(head))
    yield ", ".join(
        f"{n} {'without a light' if light == 'unknown' else render.light(light)}"
        for light, n in whole.lights.items()
    )
    if age_days > 0:
        yield (
            f"This evening is {count(age_days, 'day')} old: hrvctl cohort run COHORT makes a new"
            " one."
        )
    if board.n_chunks_missing:
        yield (
            f"Parts of it that are not done, whose people are not shown: {board.n_chunks_missing}."
            " hrvctl cohort run COHORT goes on."
        )
    yield from _reasons("Needs you", board.queue, lambda line: line.attention)
    if amber := [line for line in board.lines if line.light == "amber"]:
        yield from _reasons("Amber", amber, lambda line: line.reason)
    if board.groups:
        yield ""
        yield render.columns(
            [_group_row(each) for each in board.groups[:MOST_NEEDS]], header=GROUP_HEADER
        )
        yield from _more(len(board.groups) - MOST_NEEDS, "group")
    yield ""
    rows = [_row(line) for line in board.lines[:MOST_LINES]]
    yield render.columns(rows, header=HEADER, to_right=NUMBERS)
    yield from _more(len(board.lines) - MOST_LINES, "person", "people")
    yield ""
    yield (
        "HRV in ms; SD: how far the 7-day mean is from the middle of the normal range, in units of"
        " the person's own spread; age: days since the last night; tomorrow with its 80 % interval."
    )
    if board.record_text:
        yield board.record_text
    yield (
        f"Sealed: root {board.root[:ROOT_SIGNS]}... (hrvctl cohort verify COHORT)"
        if board.root
        else "Not sealed."
    )
    if not are_files and len(board.lines) > MOST_LINES:
        yield "Everybody: --html FILE, --csv FILE, or --group NAME"


def _reasons(title: str, lines: "Sequence[Line]", why: Callable[["Line"], str]) -> Iterator[str]:
    """A sentence a person, of the first ones."""
    yield ""
    yield f"{title}: {len(lines) or 'nobody'}"
    for line in lines[:MOST_NEEDS]:
        yield one_line(f"  {shortened(line.name, LONGEST_NAME)}: {why(line)}")
    yield from _more(len(lines) - MOST_NEEDS, "person", "people")


def _more(n: int, one: str, many: str = "") -> Iterator[str]:
    if n > 0:
        yield f"  and {n:,} more {one if n == 1 else many or one + 's'}"


def _group_row(group: "GroupSummary") -> Sequence[object]:
    lights = group.lights.values()
    return (
        shortened(group.name, LONGEST_NAME) or "no group",
        group.n,
        *lights,
        group.nights_7,
        group.n_needs,
    )


def _row(line: "Line") -> Sequence[object]:
    tomorrow = _ms(line.tomorrow_ms)
    if line.interval_ms:
        tomorrow = f"{tomorrow} ({_span(line.interval_ms)})"
    return (
        shortened(line.name, LONGEST_NAME),
        line.nights_7,
        line.nights_28,
        line.age_days,
        "-" if line.light == "unknown" else line.light,
        _ms(line.last_ms),
        f"{_ms(line.week_ms)}{SIGNS[line.direction]}",
        _span(line.range_ms),
        line.deviation_text or None,
        tomorrow,
        line.moved_by or None,
    )


def _csv_row(line: "Line") -> Sequence[object]:
    return (
        line.subject,
        line.name,
        line.group,
        line.nights_7,
        line.nights_28,
        line.age_days,
        line.light,
        line.reason,
        line.last_ms,
        line.week_ms,
        *(line.range_ms or (None, None)),
        line.deviation,
        line.tomorrow_ms,
        *(line.interval_ms or (None, None)),
        line.moved_by,
        line.attention,
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _span(ends: tuple[float, float] | None) -> str:
    return "-" if ends is None else f"{ends[0]:.0f} to {ends[1]:.0f}"

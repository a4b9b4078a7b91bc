"""Options that several commands take."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrvctl.cli.completion import days, subjects
from hrvctl.errors import UsageError

if TYPE_CHECKING:
    from hrvctl.cli.dates import Lean

# Of the person who runs the command; Typer gives a parser the text alone.
today_of: ContextVar[Callable[[], date]] = ContextVar("today_of")
# Heading of the options that every command has, in its help.
EVERYWHERE = "Options of every command"


def _take_home(context: typer.Context, home: str | None) -> str | None:
    """Keep ``--home`` before other options are parsed: its settings say when a day starts.

    Raises:
        UsageError: It is empty; as a path it would be the current folder.
    """
    if home == "":
        raise UsageError("--home is empty", hint="name a folder, or leave the option out")
    if home is not None:
        context.obj.home = Path(home)
    return home


HomeOption = Annotated[
    str | None,
    typer.Option(
        "--home",
        metavar="FOLDER",
        is_eager=True,
        callback=_take_home,
        rich_help_panel=EVERYWHERE,
        help="Where everything is kept.",
    ),
]
VerboseOption = Annotated[
    bool,
    typer.Option("--verbose", "-v", rich_help_panel=EVERYWHERE, help="Show tracebacks."),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", rich_help_panel=EVERYWHERE, help="Print one JSON envelope on stdout."),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", rich_help_panel=EVERYWHERE, help="Print only what needs you."),
]
SubjectOption = Annotated[
    str | None,
    typer.Option(
        "--subject",
        metavar="NAME",
        autocompletion=subjects,
        rich_help_panel=EVERYWHERE,
        help="Whose data (default: me).",
    ),
]
FullOption = Annotated[bool, typer.Option("--full", help="Show every measure.")]
# Printed by every command whose result reads as if it had been done.
DRY_RUN = "Dry run: nothing was written."
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be done; write nothing.")
]


def day_option(name: str, help_text: str, *, lean: "Lean" = "past") -> Any:  # noqa: ANN401 - as `typer.Option`
    """An option whose value is a date; ``friday`` is the last one, or the next in the future."""
    return typer.Option(
        name, parser=_day_parser(lean), metavar="DATE", autocompletion=days, help=help_text
    )


def day_argument(metavar: str, help_text: str) -> Any:  # noqa: ANN401 - as `typer.Argument`
    """An argument that is a date."""
    return typer.Argument(
        parser=_day_parser("past"), metavar=metavar, autocompletion=days, help=help_text
    )


def _day_parser(lean: "Lean") -> Callable[[str], date]:
    def parse(text: str) -> date:
        from hrvctl.cli.dates import parse_date

        return parse_date(text, today=today_of.get()(), lean=lean)

    return parse


def dry_note(dry_run: bool) -> list[str]:
    """The line that ends the text of a dry run."""
    return [DRY_RUN] if dry_run else []

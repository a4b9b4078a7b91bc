"""Options that several commands take."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from typing import Annotated, Any

import typer

from hrvctl.cli.dates import Lean, parse_date

# Of the person who runs the command; Typer gives a parser the text alone.
today_of: ContextVar[Callable[[], date]] = ContextVar("today_of")
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON envelope on stdout.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what needs you.")]
SubjectOption = Annotated[
    str | None, typer.Option("--subject", metavar="NAME", help="Whose data (default: me).")
]
# Printed by every command whose result reads as if it had been done.
DRY_RUN = "Dry run: nothing was written."
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be done; write nothing.")
]


def day_option(name: str, help_text: str, *, lean: Lean = "past") -> Any:  # noqa: ANN401 - as `typer.Option`
    """An option whose value is a date; ``friday`` is the last one, or the next in the future."""
    return typer.Option(name, parser=_day_parser(lean), metavar="DATE", help=help_text)


def day_argument(metavar: str, help_text: str) -> Any:  # noqa: ANN401 - as `typer.Argument`
    """An argument that is a date."""
    return typer.Argument(parser=_day_parser("past"), metavar=metavar, help=help_text)


def _day_parser(lean: Lean) -> Callable[[str], date]:
    return lambda text: parse_date(text, today=today_of.get()(), lean=lean)


def dry_note(dry_run: bool) -> list[str]:
    """The line that ends the text of a dry run."""
    return [DRY_RUN] if dry_run else []

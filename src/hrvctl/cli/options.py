"""Options that several commands take."""

from datetime import date
from typing import Annotated, Any

import typer


def _parse_day(text: str) -> date:
    from hrvctl.usecases.workspace import parse_day

    return parse_day(text)


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


def day_option(name: str, help_text: str) -> Any:  # noqa: ANN401 - as `typer.Option`
    """An option whose value is a date."""
    return typer.Option(name, parser=_parse_day, metavar="DATE", help=help_text)


def day_argument(metavar: str, help_text: str) -> Any:  # noqa: ANN401 - as `typer.Argument`
    """An argument that is a date."""
    return typer.Argument(parser=_parse_day, metavar=metavar, help=help_text)


def dry_note(dry_run: bool) -> list[str]:
    """The line that ends the text of a dry run."""
    return [DRY_RUN] if dry_run else []

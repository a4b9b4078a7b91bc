"""``hrvctl export``: export all data of a subject."""

from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode
from hrvctl.records.choices import ExportFormat

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A new or empty folder to write to.")
]
FormatOption = Annotated[ExportFormat, typer.Option("--format", help="The file format.")]


def export(
    session: Session,
    folder: FolderArgument,
    format_: FormatOption = ExportFormat.CSV,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Export all your data, one file per table.

    `hrvctl import FOLDER` imports measurements, journal and workouts again; to move the sealed
    ledger, use `hrvctl backup`.
    """
    from hrvctl.usecases.export import export_subject
    from hrvctl.usecases.ledger import n_forgotten

    subject = session.settings().subject
    n_rows = export_subject(session.workspace(), subject, folder, format_, dry_run=dry_run)
    counts = ", ".join(f"{name.replace('_', ' ')}: {n}" for name, n in n_rows.items())
    verb = "Would export" if dry_run else "Exported"
    return CommandResult(
        data={"folder": folder, "format": format_, "n_rows": n_rows, "is_dry_run": dry_run},
        text=f"{verb} to {folder} ({counts})." if n_rows else f"There is no data of {subject}.",
        notes=render.forgotten_notes(n_forgotten(session.workspace()), "are not in it"),
        code=ExitCode.DONE if n_rows else ExitCode.NOTHING_NEW,
    )

"""``hrvctl export``: everything the store holds, for spreadsheets and other programs."""

from collections.abc import Sequence
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.registration import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import DataError, ExitCode, UsageError
from hrvctl.store.artifacts import export_csv, export_json
from hrvctl.store.database import open_store
from hrvctl.store.home import make_folder
from hrvctl.store.inspection import SubjectTable, load_tables

# Raised when a column of a table changes its meaning.
EXPORT_SCHEMA = 1
JSON_NAME = "hrvctl_export.json"
# What pandas can write Parquet with (pandas documentation, DataFrame.to_parquet).
PARQUET_ENGINES = ("pyarrow", "fastparquet")


class Format(StrEnum):
    """What a table is written as."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A new or empty folder to write to.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="The file format.")]


def export(
    session: Session,
    folder: FolderArgument,
    format_: FormatOption = Format.CSV,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Export all your data, one file per table.

    `hrvctl import FOLDER` takes measurements, journal and workouts in again; the sealed record
    moves with a copy of the whole home.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder", hint="name a new one")
    if format_ is Format.PARQUET and not any(map(find_spec, PARQUET_ENGINES)):
        raise UsageError(
            "Parquet needs a package that is not installed", hint="pip install pyarrow"
        )
    settings, workspace = session.settings(), session.workspace()
    with open_store(workspace.home, write=False) as store:
        tables = [table for table in load_tables(store, settings.subject) if table.rows]
    n_rows = {table.name: len(table.rows) for table in tables}
    if tables and not dry_run:
        _write(tables, folder, format_, settings.subject)
    said = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in n_rows.items())
    where = f"{'would go' if dry_run else 'written'} to {folder}"
    return CommandResult(
        data={"folder": folder, "format": format_, "n_rows": n_rows, "is_dry_run": dry_run},
        text=f"{said} {where}." if tables else f"Nothing is stored of {settings.subject}.",
        code=ExitCode.DONE if tables else ExitCode.NOTHING_NEW,
    )


def _write(tables: Sequence[SubjectTable], folder: Path, format_: Format, subject: str) -> None:
    try:
        make_folder(folder)
    except OSError as error:
        raise DataError(f"cannot make {folder}: {error.strerror}", hint="name another") from error
    if format_ is Format.JSON:
        content = {
            "schema": EXPORT_SCHEMA,
            "artifact": "hrvctl_export",
            "subject": subject,
            "tables": {
                table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
                for table in tables
            },
        }
        export_json(folder / JSON_NAME, content)
    for table in tables:
        if format_ is Format.CSV:
            export_csv(folder / f"{table.name}.csv", table.columns, table.rows)
        elif format_ is Format.PARQUET:
            _write_parquet(table, folder / f"{table.name}.parquet")


def _write_parquet(table: SubjectTable, path: Path) -> None:
    import pandas as pd

    pd.DataFrame(table.rows, columns=list(table.columns)).to_parquet(path, index=False)

"""Export every table of a subject to files, for spreadsheets and other programs."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from hrvctl.errors import DataError, UsageError
from hrvctl.records.choices import ExportFormat
from hrvctl.store.artifacts import export_csv, export_json
from hrvctl.store.database import open_store
from hrvctl.store.home import make_folder
from hrvctl.store.inspection import SubjectTable, load_tables
from hrvctl.usecases.workspace import Workspace

# Increased when a column of a table changes its meaning.
EXPORT_SCHEMA = 1
JSON_NAME = "hrvctl_export.json"
# The packages pandas can write Parquet with (pandas documentation, DataFrame.to_parquet).
PARQUET_ENGINES = ("pyarrow", "fastparquet")


def export_subject(
    workspace: Workspace, subject: str, folder: Path, file_format: ExportFormat, *, dry_run: bool
) -> dict[str, int]:
    """Write all rows of a subject to a folder: one file per table, or one JSON file.

    Args:
        workspace: The home to export from.
        subject: The subject.
        folder: A new or empty folder; not created when there are no rows.
        file_format: The format of the files.
        dry_run: Count the rows only.

    Returns:
        Table to number of rows; tables without rows are left out.

    Raises:
        HomeError: There is no database.
        UsageError: The folder is not empty, or the format needs a missing package.
        DataError: The folder cannot be created.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder", hint="name a new one")
    if file_format is ExportFormat.PARQUET and not any(map(find_spec, PARQUET_ENGINES)):
        raise UsageError(
            "Parquet needs a package that is not installed", hint="pip install pyarrow"
        )
    with open_store(workspace.home, write=False) as store:
        tables = [table for table in load_tables(store, subject) if table.rows]
    if tables and not dry_run:
        _write(tables, folder, file_format, subject)
    return {table.name: len(table.rows) for table in tables}


def _write(
    tables: Sequence[SubjectTable], folder: Path, file_format: ExportFormat, subject: str
) -> None:
    try:
        make_folder(folder)
    except OSError as error:
        raise DataError(f"cannot make {folder}: {error.strerror}", hint="name another") from error
    if file_format is ExportFormat.JSON:
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
        if file_format is ExportFormat.CSV:
            export_csv(folder / f"{table.name}.csv", table.columns, table.rows)
        elif file_format is ExportFormat.PARQUET:
            _write_parquet(table, folder / f"{table.name}.parquet")


def _write_parquet(table: SubjectTable, path: Path) -> None:
    import pandas as pd  # noqa: PLC0415 - slow to load, and needed for Parquet alone

    pd.DataFrame(table.rows, columns=list(table.columns)).to_parquet(path, index=False)

"""Tables of many people's nights in files: CSV or Parquet, here or at an address."""

from pathlib import Path

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.types as kinds
from fsspec.implementations.local import LocalFileSystem

from hrvctl.domain.cohorts.tables import DAY, METRIC, SOURCE, SUBJECT, Columns
from hrvctl.errors import DataError
from hrvctl.files import check_file
from hrvctl.records import TAG_PREFIX

# Endings of tables, and the format Arrow reads them by.
TABLES = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}


def open_tables(address: str) -> ds.Dataset:
    """Open tables as one; nothing is read but their beginnings.

    Args:
        address: A file, a folder, a pattern such as ``nights/*.csv``, or an address of fsspec's.

    Raises:
        DataError: There is none, one cannot be read, or they are of two kinds.
    """
    try:
        files, _, paths = fsspec.get_fs_token_paths(address)
        if len(paths) == 1 and files.isdir(paths[0]):
            paths = sorted(path for path in files.find(paths[0]) if table_format(path))
    except (OSError, ImportError, ValueError) as error:
        raise DataError(f"{address} cannot be read: {error}") from error
    formats = {table_format(path) for path in paths}
    if len(formats) != 1 or not (kind := formats.pop()):
        raise DataError(
            f"{address} is no table",
            hint=f"a table ends in {', '.join(TABLES)}, all in one of them",
        )
    try:
        if isinstance(files, LocalFileSystem):
            for path in paths:
                check_file(Path(path))  # a FIFO would be waited for
        return ds.dataset(
            paths, filesystem=files, format=_as_text(files, paths[0]) if kind == "csv" else kind
        )
    except (pa.ArrowException, OSError, ValueError) as error:  # pandas' own are ValueErrors
        raise DataError(f"{address} cannot be read: {error}") from error


def table_format(path: str) -> str:
    """Arrow's format of a table, by its ending; empty for other files."""
    return next((kind for ending, kind in TABLES.items() if path.endswith(ending)), "")


def check_types(schema: pa.Schema, columns: Columns) -> None:
    """Refuse a column whose type cannot hold what is read from it.

    Raises:
        DataError: There is one.
    """
    for ours, theirs in columns.given.items():
        kind = schema.field(theirs).type
        if kinds.is_dictionary(kind):
            kind = kind.value_type
        wanted = _wanted(ours, kind)
        if wanted and not (kinds.is_string(kind) or kinds.is_large_string(kind)):
            raise DataError(f"the column {theirs!r} holds values of type {kind}, not {wanted}")


def _wanted(name: str, kind: pa.DataType) -> str:
    """What a column that is not text should hold; empty where it does."""
    if kinds.is_null(kind) or kinds.is_integer(kind):
        return ""
    if name in (SUBJECT, SOURCE, METRIC):
        return "names"
    if name == DAY:
        return "" if kinds.is_date(kind) or kinds.is_timestamp(kind) else "dates"
    is_answer = name.startswith(TAG_PREFIX) and kinds.is_boolean(kind)
    return "" if kinds.is_floating(kind) or kinds.is_decimal(kind) or is_answer else "numbers"


def _as_text(files: fsspec.AbstractFileSystem, path: str) -> ds.CsvFileFormat:
    """A CSV whose cells are all text: whether they are dates and numbers is checked by person."""
    with files.open(path, "rb", compression="infer") as file:
        names = pd.read_csv(file, nrows=0).columns
    types = {name: pa.string() for name in names}
    return ds.CsvFileFormat(
        convert_options=pa.csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    )

"""A folder of tables that describes itself: a Data Package (datapackage.org, version 2).

``datapackage.json`` names every table with its columns; ``codebook.csv`` says the same, and which
metrics occur, to people.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from hrvctl.domain.cohorts.long_tables import Column, schema
from hrvctl.records import TAG_PREFIX, Metric
from hrvctl.records.choices import ExportFormat
from hrvctl.records.metric_definitions import DEFINITIONS
from hrvctl.safe_text import spreadsheet_cell
from hrvctl.store.artifacts import export_csv, export_json

PACKAGE = "datapackage.json"
CODEBOOK = "codebook"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
CODEBOOK_COLUMNS = ("table", "kind", "name", "type", "unit", "definition", "source")
# Arrow's types to those of Table Schema.
_TYPES = {
    pa.string(): "string",
    pa.date32(): "date",
    pa.float64(): "number",
    pa.int32(): "integer",
    pa.bool_(): "boolean",
}
_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTable:
    """A table in a file of the package.

    Attributes:
        name: Its name.
        path: The file's name.
        columns: In order.
        keys: Names of the columns that together name a row.
        n_rows: Rows.
    """

    name: str
    path: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    n_rows: int


def write_table(
    folder: Path,
    name: str,
    columns: tuple[Column, ...],
    keys: tuple[str, ...],
    parts: Iterable[pa.Table],
    file_format: ExportFormat,
) -> WrittenTable:
    """Write a table, one part after the other.

    Args:
        folder: Where; it exists.
        name: Of the table.
        columns: Of every part.
        keys: Names of the columns that together name a row.
        parts: In order.
        file_format: Parquet or CSV.

    Raises:
        OSError: The file cannot be written.
    """
    file = f"{name}.{file_format.value}"
    n_rows = 0
    of_parts = schema(columns)
    is_csv = file_format is ExportFormat.CSV
    opened = (
        pyarrow.csv.CSVWriter(folder / file, of_parts)
        if is_csv
        else pq.ParquetWriter(folder / file, of_parts, compression="zstd")
    )
    with opened as writer:
        for part in parts:
            writer.write_table(_for_spreadsheets(part) if is_csv else part)
            n_rows += part.num_rows
    return WrittenTable(name=name, path=file, columns=columns, keys=keys, n_rows=n_rows)


def write_package(
    folder: Path,
    tables: Sequence[WrittenTable],
    metrics: Mapping[str, Iterable[str]],
    *,
    title: str,
    at: datetime,
) -> None:
    """Write the codebook, then the package's description, which says that it is whole.

    Args:
        folder: With the tables.
        tables: Those in it.
        metrics: The metrics and tags that occur, each with its sources.
        title: Of the data, for people.
        at: Now, aware.

    Raises:
        DataError: A file cannot be written.
    """
    rows: list[tuple[str, ...]] = [
        (
            table.name,
            "column",
            column.name,
            _TYPES[column.kind],
            column.unit,
            column.definition,
            column.source,
        )
        for table in tables
        for column in table.columns
    ]
    rows += [_metric_row(name, sources) for name, sources in sorted(metrics.items())]
    export_csv(folder / f"{CODEBOOK}.csv", CODEBOOK_COLUMNS, rows)
    resources = [_resource(folder, table) for table in tables]
    codebook = {
        "name": CODEBOOK,
        "title": "What every column and metric is",
        **_file(folder, f"{CODEBOOK}.csv", ExportFormat.CSV),
        "schema": {"fields": [{"name": name, "type": "string"} for name in CODEBOOK_COLUMNS]},
    }
    content = {
        "$schema": PROFILE,
        "name": re.sub(r"[^a-z0-9._-]+", "-", title.lower()).strip("-") or "cohort",
        "title": title,
        "created": at.isoformat(timespec="seconds"),
        "resources": [*resources, codebook],
    }
    export_json(folder / PACKAGE, content)


def _metric_row(name: str, sources: Iterable[str]) -> tuple[str, ...]:
    of = ", ".join(sorted(sources))
    if name in set(Metric):
        metric = Metric(name)
        return ("nights", "metric", name, "number", metric.unit, DEFINITIONS[metric], of)
    tag = name.removeprefix(TAG_PREFIX)
    return ("nights", "metric", name, "number", "", f"Answers of the journal to {tag}", of)


def _resource(folder: Path, table: WrittenTable) -> dict[str, object]:
    fields = []
    for column in table.columns:
        field: dict[str, object] = {
            "name": column.name,
            "type": _TYPES[column.kind],
            "description": column.definition,
        }
        if column.unit:
            field["unit"] = column.unit
        if column.name in table.keys:
            field["constraints"] = {"required": True}
        fields.append(field)
    file_format = ExportFormat(table.path.rpartition(".")[2])
    return {
        "name": table.name,
        **_file(folder, table.path, file_format),
        "rows": table.n_rows,
        "schema": {"fields": fields, "primaryKey": list(table.keys), "missingValues": [""]},
    }


def _file(folder: Path, name: str, file_format: ExportFormat) -> dict[str, object]:
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "path": name,
        "type": "table",
        "format": file_format.value,
        "mediatype": _MEDIA_TYPES[file_format],
        "encoding": "utf-8",
        "bytes": (folder / name).stat().st_size,
        "hash": f"sha256:{digest}",
    }


def _for_spreadsheets(table: pa.Table) -> pa.Table:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    for place, column in enumerate(table.schema):
        if column.type == pa.string():
            encoded = table[place].combine_chunks().dictionary_encode()
            safe = [spreadsheet_cell(each) for each in encoded.dictionary.to_pylist()]
            cells = pa.array(safe, pa.string()).take(encoded.indices)
            table = table.set_column(place, column, cells)
    return table

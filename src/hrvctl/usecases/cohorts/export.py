"""Export everybody's nights and forecasts as tables that describe themselves."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hrvctl.domain.cohorts import pseudonyms
from hrvctl.domain.cohorts.long_tables import (
    FORECAST_KEYS,
    FORECASTS,
    NIGHT_KEYS,
    NIGHTS,
    Column,
    long_forecasts,
    long_nights,
    schema,
    sources_of,
)
from hrvctl.errors import DataError, UsageError
from hrvctl.records.choices import ExportFormat
from hrvctl.store.cohorts.evenings import list_evenings, load_chunk, load_plan
from hrvctl.store.cohorts.folder import CohortFolder, load_cohort
from hrvctl.store.cohorts.nights import load_bucket
from hrvctl.store.cohorts.pseudonym_key import load_key
from hrvctl.store.home import make_folder
from hrvctl.store.temp_files import scratch_folder
from hrvctl.usecases.cohorts.data_package import WrittenTable, write_package, write_table

# Most parts that a table is spread over to be put in the order of pseudonyms: files open at once.
MOST_PARTS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortExport:
    """What was exported: rows of each table, and whether names were replaced."""

    n_nights: int
    n_forecasts: int
    is_pseudonymised: bool


def export_cohort(
    folder: CohortFolder,
    out: Path,
    file_format: ExportFormat,
    *,
    key_file: Path | None = None,
    at: datetime,
    dry_run: bool = False,
) -> CohortExport:
    """Write every night and forecast of a cohort.

    In memory there is one bucket at a time; with pseudonyms also as much as a part of all.

    Args:
        folder: The cohort's.
        out: A new or empty folder.
        file_format: Parquet or CSV.
        key_file: Replace names by pseudonyms with this key, which is made if it is not there.
        at: Now, aware.
        dry_run: Check and count; write nothing.

    Raises:
        UsageError: The folder is not empty or inside the cohort, the format is another, or the
            key is inside the folder.
        DataError: Something cannot be read or written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not an empty folder", hint="name a new one")
    if folder.local and out.resolve().is_relative_to(folder.local.resolve()):
        raise UsageError(
            f"{out} is inside the cohort: whoever is withdrawn would stay in it",
            hint="name a folder elsewhere",
        )
    if file_format is ExportFormat.JSON:
        raise UsageError("a cohort is exported as CSV or Parquet", hint="--format parquet")
    settings = load_cohort(folder)
    key = load_key(key_file, outside=out, may_create=not dry_run) if key_file else None
    n_parts = min(settings.buckets, MOST_PARTS)
    metrics: dict[str, set[str]] = {}

    def write(
        name: str, columns: tuple[Column, ...], keys: tuple[str, ...], tables: Iterable[pa.Table]
    ) -> WrittenTable:
        with scratch_folder("export") as scratch:
            if key:
                tables = _in_order(tables, columns, key, scratch, n_parts)
            return write_table(out, name, columns, keys, tables, file_format)

    def nights() -> Iterator[pa.Table]:
        for bucket in range(settings.buckets):
            table = long_nights(load_bucket(folder, bucket))
            for metric, sources in sources_of(table).items():
                metrics.setdefault(metric, set()).update(sources)
            yield table

    if dry_run:
        return CohortExport(
            n_nights=sum(table.num_rows for table in nights()),
            n_forecasts=sum(table.num_rows for table in _forecasts(folder)),
            is_pseudonymised=key is not None,
        )
    is_new = not out.exists()
    try:
        make_folder(out)
        written = [
            write("nights", NIGHTS, NIGHT_KEYS, nights()),
            write("forecasts", FORECASTS, FORECAST_KEYS, _forecasts(folder)),
        ]
        write_package(out, written, metrics, title=settings.name, at=at)
    except BaseException as error:  # also when stopped: a part of an export is none
        _remove(out, is_new=is_new)
        if isinstance(error, OSError):
            raise DataError(f"cannot write {out}: {error.strerror or error}") from error
        raise
    return CohortExport(
        n_nights=written[0].n_rows,
        n_forecasts=written[1].n_rows,
        is_pseudonymised=key is not None,
    )


def _remove(out: Path, *, is_new: bool) -> None:
    """Empty the folder of an export that was not finished, and remove it where it was made."""
    for path in out.iterdir() if out.is_dir() else ():
        path.unlink()
    if is_new and out.is_dir():
        out.rmdir()


def _forecasts(folder: CohortFolder) -> Iterator[pa.Table]:
    for evening in list_evenings(folder):
        plan = load_plan(folder, evening)
        for chunk in plan.chunks if plan else ():
            try:
                yield long_forecasts(load_chunk(folder, evening, chunk.number)[1])
            except FileNotFoundError:  # not forecast yet
                continue


def _in_order(
    tables: Iterable[pa.Table],
    columns: tuple[Column, ...],
    key: bytes,
    scratch: Path,
    n: int,
) -> Iterator[pa.Table]:
    """The same rows with pseudonyms, all in their order: a bucket's place would narrow the names.

    They are spread over ``n`` files first, so that each can be sorted in memory.
    """
    paths = [scratch / f"{number:03d}.parquet" for number in range(n)]
    writers = [pq.ParquetWriter(path, schema(columns), compression="lz4") for path in paths]
    try:
        for table in tables:
            pseudonymised = pseudonyms.pseudonymised(table, key)
            for writer, part in zip(writers, pseudonyms.parts(pseudonymised, n), strict=True):
                writer.write_table(part)
    finally:
        for writer in writers:
            writer.close()
    order = [(column.name, "ascending") for column in columns]
    for path in paths:
        yield pq.read_table(path).sort_by(order)

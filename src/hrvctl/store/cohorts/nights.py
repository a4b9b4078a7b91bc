"""The nights of a cohort: Parquet tables, one row a person, day and source.

Columns: ``subject`` (text), ``day`` (date the night ended on), ``source`` (text), one number a
metric by the metric's name, one a journal tag as ``tag:NAME``, and ``ingested_at`` (UTC). Rows of
a file are in order of subject, day and source. What is imported again is a new file beside; the
newest value of a cell wins.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hrvctl.errors import DataError
from hrvctl.records import TAG_PREFIX, is_value_name
from hrvctl.store.cohorts.folder import CohortFolder

KEYS = ("subject", "day", "source")
INGESTED_AT = "ingested_at"
# Files of a bucket from which reading them all costs more than writing one anew (own choice).
MAX_FILES = 20

_KEY_TYPES = {
    "subject": pa.string(),
    "day": pa.date32(),
    "source": pa.string(),
    INGESTED_AT: pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file of nights as an evening's plan names it: its path, size in bytes and SHA-256."""

    path: str
    n_bytes: int
    sha256: str


def bucket_of(subject: str, n_buckets: int) -> int:
    """The bucket of a person: by the first 16 bits of the SHA-256 of their name."""
    return int.from_bytes(hashlib.sha256(subject.encode()).digest()[:2], "big") % n_buckets


def bucket_path(bucket: int) -> str:
    """The folder of a bucket, in the notation of Hive partitions."""
    return f"nights/bucket={bucket:04d}"


def list_files(folder: CohortFolder, bucket: int) -> list[str]:
    """The paths of a bucket's files, the oldest first."""
    path = bucket_path(bucket)
    return [f"{path}/{name}" for name in folder.list(path) if name.endswith(".parquet")]


def describe_file(path: str, content: bytes) -> InputFile:
    """Size and hash of a file."""
    return InputFile(path=path, n_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def read_subjects(path: str, content: bytes) -> list[str]:
    """The person of every row of a file; nothing else of it is read.

    Raises:
        DataError: The file holds something else.
    """
    try:
        subjects: list[str] = pq.read_table(io.BytesIO(content), columns=["subject"])[0].to_pylist()
    except (pa.ArrowException, OSError, IndexError) as error:
        raise DataError(f"{path} is no Parquet file of nights: {error}") from error
    return subjects


def read_tags(path: str, content: bytes) -> set[str]:
    """The journal tags that a file has answers to.

    Raises:
        DataError: The file holds something else.
    """
    try:
        names: list[str] = pq.read_schema(io.BytesIO(content)).names
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is no Parquet file of nights: {error}") from error
    return {name.removeprefix(TAG_PREFIX) for name in names if name.startswith(TAG_PREFIX)}


def read_input(folder: CohortFolder, file: InputFile) -> bytes:
    """The content of a file that an evening's plan names.

    Raises:
        DataError: It is gone, or was changed since.
    """
    try:
        content = folder.read(file.path)
    except FileNotFoundError as error:
        raise DataError(f"{file.path} is gone; the evening's plan names it") from error
    if describe_file(file.path, content) != file:
        raise DataError(f"{file.path} is not what the evening's plan names: it was changed")
    return content


def load_inputs(folder: CohortFolder, inputs: Sequence[InputFile]) -> pa.Table:
    """The nights in the files that a plan names, merged.

    Raises:
        DataError: A file is gone, was changed since, or holds something else.
    """
    return merge([_read(each.path, read_input(folder, each)) for each in inputs])


def load_nights(folder: CohortFolder, paths: Sequence[str]) -> pa.Table:
    """The nights in files, merged.

    Raises:
        DataError: A file holds something else.
    """
    return merge([_read(path, folder.read(path)) for path in paths])


def load_bucket(folder: CohortFolder, bucket: int) -> pa.Table:
    """The nights of a bucket; errors as of ``load_nights``."""
    return load_nights(folder, list_files(folder, bucket))


def find_news(folder: CohortFolder, bucket: int, nights: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a value which is not stored yet; of a row all its values.

    Args:
        folder: The cohort's.
        bucket: The bucket; every row belongs to it.
        nights: ``KEYS`` and any metric and tag; one row a key.
    """
    stored = load_bucket(folder, bucket)
    if not stored.num_rows:
        return nights
    before = _by_key(stored.to_pandas(date_as_object=False))
    after = _by_key(nights)
    values = before.reindex(index=after.index, columns=after.columns)
    is_new = (after.notna() & (after != values)).any(axis=1)
    news: pd.DataFrame = nights[is_new.to_numpy()]
    return news


def save_nights(folder: CohortFolder, bucket: int, nights: pd.DataFrame, *, at: datetime) -> None:
    """Add rows to a bucket as one file."""
    _write(folder, bucket, nights, at)


def compact(folder: CohortFolder, bucket: int, *, at: datetime) -> bool:
    """Write a bucket of more than ``MAX_FILES`` files as one; returns whether it did."""
    paths = list_files(folder, bucket)
    if len(paths) <= MAX_FILES:
        return False
    rewrite(folder, bucket, load_nights(folder, paths), at=at)
    return True


def rewrite(folder: CohortFolder, bucket: int, nights: pa.Table, *, at: datetime) -> None:
    """Leave a bucket with these nights alone, in one file."""
    before = list_files(folder, bucket)
    written = None
    if nights.num_rows:
        written = _write(folder, bucket, nights.drop_columns([INGESTED_AT]).to_pandas(), at)
    folder.delete(path for path in before if path != written)


def merge(tables: Sequence[pa.Table]) -> pa.Table:
    """One table of several, one row a key: of two values of one cell the later file's counts."""
    if not tables:
        return pa.table({name: pa.array([], kind) for name, kind in _KEY_TYPES.items()})
    if len(tables) == 1:
        return tables[0]
    every = pa.concat_tables(tables, promote_options="default")
    order = [(name, "ascending") for name in (*KEYS, INGESTED_AT)]
    every = every.sort_by(order).combine_chunks()
    if not _has_repeated_keys(every):
        return every
    merged = every.to_pandas(types_mapper=_nullable).groupby(list(KEYS), sort=False).last()
    merged = merged.reset_index()
    return pa.Table.from_pandas(merged, schema=every.schema, preserve_index=False)


def _nullable(kind: pa.DataType) -> object:
    return pd.ArrowDtype(kind)


def _has_repeated_keys(nights: pa.Table) -> bool:
    """Whether two rows in order of their keys have the same."""
    if nights.num_rows < 2:
        return False
    same = None
    for name in KEYS:
        column = nights[name]
        equal = pc.equal(column.slice(1), column.slice(0, len(column) - 1))
        same = equal if same is None else pc.and_(same, equal)
    return bool(pc.any(same).as_py())


def _read(path: str, content: bytes) -> pa.Table:
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is no Parquet file of nights: {error}") from error
    if missing := [name for name in _KEY_TYPES if name not in table.column_names]:
        raise DataError(f"{path} has no column {', '.join(missing)}")
    values = [name for name in table.column_names if name not in _KEY_TYPES]
    if unknown := [name for name in values if not is_value_name(name)]:
        raise DataError(f"{path}: {', '.join(unknown)} is neither a metric nor tag:NAME")
    schema = pa.schema([*_KEY_TYPES.items(), *((name, pa.float64()) for name in sorted(values))])
    try:
        return table.select(schema.names).cast(schema)
    except pa.ArrowException as error:
        raise DataError(f"{path}: {error}") from error


def _by_key(nights: pd.DataFrame) -> pd.DataFrame:
    return nights.astype({"subject": str, "day": "datetime64[s]", "source": str}).set_index(
        list(KEYS)
    )


def _write(folder: CohortFolder, bucket: int, nights: pd.DataFrame, at: datetime) -> str:
    nights = nights.sort_values(list(KEYS), kind="stable")
    values = sorted(name for name in nights.columns if name not in _KEY_TYPES)
    values = [name for name in values if nights[name].notna().any()]
    moment = at.astimezone(UTC)
    schema = pa.schema([*_KEY_TYPES.items(), *((name, pa.float64()) for name in values)])
    table = pa.Table.from_pandas(
        nights.assign(**{INGESTED_AT: pd.Timestamp(moment)}), schema=schema, preserve_index=False
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    # The name begins with the instant, so that files sort by age.
    path = f"{bucket_path(bucket)}/{moment:%Y%m%dT%H%M%S%fZ}-{digest[:16]}.parquet"
    folder.write(path, content)
    return path

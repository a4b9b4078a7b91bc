"""Import into a cohort: a folder of exports, one a person, or tables of everybody.

Both are first spread over the cohort's buckets in a scratch folder, one batch of rows at a time,
and then each bucket is checked and added: memory is bounded by a batch and a bucket.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from hrvctl.domain import ingest
from hrvctl.domain.cohorts.tables import (
    SUBJECT,
    Columns,
    find_columns,
    long_rows,
    nights_of,
)
from hrvctl.domain.forecast.registry import CANDIDATES, find_forecaster
from hrvctl.engines.protocol import Done, Engine, Lost
from hrvctl.errors import DataError, HrvctlError, UsageError, count
from hrvctl.records import MA7, NAIVE
from hrvctl.settings import check_subject
from hrvctl.store.cohorts.evenings import Failure
from hrvctl.store.cohorts.folder import (
    MAX_BUCKETS,
    SETTINGS,
    CohortFolder,
    CohortSettings,
    load_cohort,
    save_cohort,
)
from hrvctl.store.cohorts.nights import bucket_of, compact, find_news, save_nights
from hrvctl.store.cohorts.salts import add_salts
from hrvctl.store.temp_files import scratch_folder
from hrvctl.usecases.cohorts.table_files import check_types, open_tables
from hrvctl.usecases.export_files import ImportOptions, read_export

# Rows of a bucket: about two seconds of work and 22 MB of memory (measured).
BUCKET_ROWS = 200_000
# Values a night in a long table; rough, to count nights by (a WHOOP export has about 15).
VALUES_A_NIGHT = 10
BUCKET = "bucket"
# Arrow's own default; more would meet a common limit of 1,024 open files.
MAX_OPEN_FILES = 900

# Without those that statsmodels fits: exponential smoothing takes a year's forecasts eight times as
# long, the local level longer still (benchmarks/forecast_speed.py).
DEFAULT_MODELS = ("naive", "ma7", "hierarchical")
ALL_MODELS = "all"

OnPerson = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortImport:
    """What became of an import.

    Attributes:
        n_people: People in it without faults.
        n_nights: Rows of theirs, one a person, day and source.
        n_new: Rows that had a value which was not there.
        failed: Who was left out, and why.
        unknown_columns: Columns of a table that are not read.
    """

    n_people: int
    n_nights: int
    n_new: int
    failed: Mapping[str, Failure]
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCohort:
    """What is fixed when the first import makes a cohort.

    Attributes:
        name: What people read for it.
        zone: IANA name of its time zone.
        day_starts_at: HH:MM, until when its evening lasts.
        profile: Method of the normal range.
        models: Models that forecast.
        buckets: Parts its people are spread over; ``None`` for as many as the import needs.
    """

    name: str
    zone: str
    day_starts_at: str
    profile: str
    models: tuple[str, ...]
    buckets: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExport:
    """The task of reading one person's export into a table of the scratch folder."""

    path: str
    subject: str
    table: str
    today: date
    vocabulary: str
    skip_faulty: bool


def check_models(names: str) -> tuple[str, ...]:
    """The models of a list with commas, the plainest first; all of them for ``all``.

    Raises:
        UsageError: There is no such model, or one that every other is compared with is missing.
    """
    if not names:
        return ()
    every = [forecaster.name for forecaster in CANDIDATES]
    chosen = every if names == ALL_MODELS else [name.strip() for name in names.split(",")]
    for name in chosen:
        find_forecaster(name)
    if missing := [name for name in (NAIVE, MA7) if name not in chosen]:
        raise UsageError(f"{' and '.join(missing)} must be among the models: others are compared")
    return tuple(name for name in every if name in chosen)


def import_exports(
    folder: CohortFolder,
    exports: Path,
    new: NewCohort,
    *,
    engine: Engine,
    now: datetime,
    options: ImportOptions,
    on_person: OnPerson | None = None,
    dry_run: bool = False,
) -> CohortImport:
    """Import a folder that has one export a person: a file, a folder or a zip named after them.

    Args:
        folder: The cohort's.
        exports: The folder.
        new: For a cohort that is not there yet.
        engine: Reads the exports.
        now: Aware.
        options: How to read them.
        on_person: Called with how many exports of how many have been read.
        dry_run: Check everything and write nothing.

    Raises:
        DataError: The folder is empty, or not one export could be read.
    """
    paths = sorted(path for path in exports.iterdir() if not path.name.startswith("."))
    if not paths:
        raise DataError(f"{exports} is empty", hint="put one export a person there")
    failed: dict[str, Failure] = {}
    with scratch_folder("cohort") as scratch:
        tasks: list[PersonExport] = []
        for path in paths:
            subject = path.name.partition(".")[0] if path.is_file() else path.name
            if fault := check_subject(subject):
                failed[path.name] = Failure(
                    code="usage", message=f"{subject!r} is no name: {fault}"
                )
                continue
            tasks.append(
                PersonExport(
                    path=str(path),
                    subject=subject,
                    table=str(scratch / f"{len(tasks):07d}.parquet"),
                    today=now.date(),
                    vocabulary=options.vocabulary or "",
                    skip_faulty=options.skip_faulty,
                )
            )
        for n, each in enumerate(engine.run(read_person, tasks), start=1):
            match each:
                case Done(task=task, result=Failure() as failure):
                    failed[task.subject] = failure
                case Lost(task=task, reason=reason):
                    failed[task.subject] = Failure(code="bug", message=reason)
            if on_person:
                on_person(n, len(tasks))
        tables = sorted(str(path) for path in scratch.glob("*.parquet"))
        if not tables:
            return CohortImport(n_people=0, n_nights=0, n_new=0, failed=failed)
        rows = ds.dataset(tables, format="parquet")
        columns = find_columns(rows.schema.names, {})
        found = _import_rows(folder, rows, columns, new, now=now, scratch=scratch, dry_run=dry_run)
    return CohortImport(
        n_people=found.n_people,
        n_nights=found.n_nights,
        n_new=found.n_new,
        failed={**failed, **found.failed},
    )


def read_person(task: PersonExport) -> Failure | None:
    """Read one person's export into a table; returns why it could not be."""
    options = ImportOptions(vocabulary=task.vocabulary, skip_faulty=task.skip_faulty)
    try:
        readings = read_export(
            Path(task.path), options, today=task.today, own_vocabulary=task.vocabulary
        )
        plans = ingest.plan(
            readings, ingest.StoredRows(), force=False, skip_faulty=task.skip_faulty
        )
    except HrvctlError as error:
        return Failure(code=error.code, message="; ".join([error.message, *error.problems[:1]]))
    rows = long_rows(
        task.subject,
        [m for plan in plans for m in plan.measurements],
        [e for plan in plans for e in plan.journal],
    )
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), task.table)
    return None


def import_tables(
    folder: CohortFolder,
    address: str,
    new: NewCohort,
    *,
    columns: Mapping[str, str],
    now: datetime,
    dry_run: bool = False,
) -> CohortImport:
    """Import tables of everybody, long or wide.

    Args:
        folder: The cohort's.
        address: A file, a folder, a pattern such as ``nights/*.csv``, or an address of fsspec's.
        new: For a cohort that is not there yet.
        columns: Our names of columns to the table's, where they differ.
        now: Aware.
        dry_run: Check everything and write nothing.

    Raises:
        DataError: There is no such file, it is no table, or a column is missing or of no use.
    """
    rows = open_tables(address)
    found = find_columns(rows.schema.names, columns)
    check_types(rows.schema, found)
    with scratch_folder("cohort") as scratch:
        try:
            return _import_rows(folder, rows, found, new, now=now, scratch=scratch, dry_run=dry_run)
        except pa.ArrowException as error:  # beyond the beginning
            raise DataError(f"{address} cannot be read: {error}") from error


def _import_rows(
    folder: CohortFolder,
    rows: ds.Dataset,
    columns: Columns,
    new: NewCohort,
    *,
    now: datetime,
    scratch: Path,
    dry_run: bool,
) -> CohortImport:
    settings = _settings(folder, new, rows, columns)
    if not (dry_run or folder.exists(SETTINGS)):
        save_cohort(folder, settings)
    _spread(rows, columns, settings.buckets, scratch / "buckets")
    failed: dict[str, Failure] = {}
    n_people = n_nights = n_new = 0
    for bucket in range(settings.buckets):
        parts = sorted((scratch / "buckets" / str(bucket)).glob("*.parquet"))
        if not parts:
            continue
        table = pq.read_table(parts[0].parent, partitioning=None)
        table = table.to_pandas(date_as_object=False)  # a date may be of any year
        nights, faults = nights_of(table, is_long=columns.is_long, today=settings.today(now))
        for subject in sorted(set(nights[SUBJECT].tolist())):
            if fault := check_subject(subject):
                faults[subject] = f"{subject!r} is no name: {fault}"
        nights = nights[~nights[SUBJECT].isin(faults.keys())]
        failed |= {who: Failure(code="bad_data", message=why) for who, why in faults.items()}
        if nights.empty:
            continue
        subjects = set(nights[SUBJECT].tolist())
        if not dry_run:
            add_salts(folder, bucket, subjects)
        n_people += len(subjects)
        n_nights += len(nights)
        news = find_news(folder, bucket, nights)
        n_new += len(news)
        if not (news.empty or dry_run):
            save_nights(folder, bucket, news, at=now)
    return CohortImport(
        n_people=n_people,
        n_nights=n_nights,
        n_new=n_new,
        failed=failed,
        unknown_columns=columns.unknown,
    )


def compact_cohort(folder: CohortFolder, settings: CohortSettings, *, now: datetime) -> int:
    """Write every bucket of many files as one; returns of how many."""
    return sum(compact(folder, bucket, at=now) for bucket in range(settings.buckets))


def _settings(
    folder: CohortFolder, new: NewCohort, rows: ds.Dataset, columns: Columns
) -> CohortSettings:
    """Those of the cohort, or those of the one that is to be made."""
    if folder.exists(SETTINGS):
        settings = load_cohort(folder)
        if new.buckets not in (None, settings.buckets):
            raise UsageError(
                f"{folder.address} has {count(settings.buckets, 'bucket')}; that is fixed"
            )
        return settings
    n_rows = rows.count_rows() / (VALUES_A_NIGHT if columns.is_long else 1)
    return CohortSettings(
        name=new.name,
        zone=new.zone,
        buckets=new.buckets or min(max(ceil(n_rows / BUCKET_ROWS), 1), MAX_BUCKETS),
        day_starts_at=new.day_starts_at,
        profile=new.profile,
        models=new.models,
    )


def _spread(rows: ds.Dataset, columns: Columns, n_buckets: int, to: Path) -> None:
    """Write every row to its bucket's folder, with our names of columns."""
    names = list(columns.given)

    def batches() -> Iterator[pa.RecordBatch]:
        scanner = rows.scanner(columns=[columns.given[name] for name in names])
        for batch in scanner.to_batches():
            table = batch.rename_columns(names)
            subjects = table[SUBJECT].cast(pa.string()).fill_null("").dictionary_encode()
            of_each = pa.array(
                [bucket_of(name, n_buckets) for name in subjects.dictionary.to_pylist()], pa.int32()
            )
            yield table.append_column(BUCKET, of_each.take(subjects.indices))

    first = rows.scanner(columns=[columns.given[name] for name in names])
    fields = [first.projected_schema.field(columns.given[name]).with_name(name) for name in names]
    schema = pa.schema([*fields, pa.field(BUCKET, pa.int32())])
    ds.write_dataset(
        batches(),
        to,
        schema=schema,
        format="parquet",
        partitioning=ds.partitioning(pa.schema([(BUCKET, pa.int32())])),
        max_open_files=min(n_buckets + 1, MAX_OPEN_FILES),
        existing_data_behavior="error",
    )

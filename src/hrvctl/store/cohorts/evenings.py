"""The evenings of a cohort: the plan of each, and what every chunk of it produced."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from hrvctl.errors import DataError
from hrvctl.store.cohorts.folder import CohortFolder
from hrvctl.store.cohorts.nights import InputFile
from hrvctl.store.cohorts.seals import EVENINGS, find_evenings
from hrvctl.store.json_values import Content, FieldFault, plain, read_value

# The key of a Parquet file's metadata that holds our own.
METADATA = b"hrvctl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChunk:
    """A part of an evening's work: the people of one bucket.

    Attributes:
        number: Of the bucket.
        n_rows: Rows in its files.
        inputs: Its files of nights, as they were when the plan was made.
    """

    number: int
    n_rows: int
    inputs: tuple[InputFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an evening is made of; written once, before the first chunk.

    Attributes:
        as_of: The evening: nights after it are not read.
        target: The morning that is forecast.
        made_at: When the plan was made.
        versions: What every worker must have: program, models, prior, NumPy.
        models: The models that forecast, the plainest first.
        profile: Method of the normal range.
        loops: Whether the models' loops run ``compiled`` or ``plain``; equal to a billionth.
        chunks: Buckets with nights, in order.
        prior: What the main model starts from, in the evening's folder; ``None`` for the shipped
            one.
    """

    as_of: date
    target: date
    made_at: datetime
    versions: Mapping[str, str]
    models: tuple[str, ...]
    profile: str
    loops: str
    chunks: tuple[PlannedChunk, ...]
    prior: InputFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkSummary:
    """What a chunk produced; in the metadata of its table.

    Attributes:
        number: Of the chunk.
        inputs_sha256: Of what it was made from; see ``ChunkTask``.
        root: Root of the Merkle tree over its leaves, in hexadecimal.
        n_leaves: Forecasts in it.
        n_people: People with a row.
        n_failed: People without one, listed in the failures' file.
        n_withheld: People whose forecast is withheld.
        n_outcome_known: People whose outcome is known, so that nothing of theirs is sealed.
        n_nights: Nights the forecasts were made from.
        seconds: Processor time.
    """

    number: int
    inputs_sha256: str
    root: str
    n_leaves: int
    n_people: int
    n_failed: int
    n_withheld: int
    n_outcome_known: int
    n_nights: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EveningSummary:
    """An evening in numbers; the content of ``summary.json``.

    Attributes:
        as_of: The evening.
        target: The morning forecast.
        engine: Where its chunks ran.
        n_workers: How many at once.
        n_chunks: Chunks planned.
        n_people: People with a row.
        n_failed: People without one.
        n_withheld: People whose forecast is withheld.
        n_outcome_known: People whose outcome was known already: nothing of theirs is sealed.
        n_nights: Nights the forecasts were made from.
        n_forecasts: Leaves of the seal's tree: one a person and model.
        lost: Number of each chunk that could not be done, and why.
        cpu_seconds: Processor time of the chunks.
        root: The seal's; empty while nothing is sealed.
        sealed_at: When it was sealed.
        is_news: Whether this run sealed it, or forecast anything where nothing is to be sealed.
        late_zones: Zones in which the morning had begun when it was sealed.
    """

    as_of: date
    target: date
    engine: str
    n_workers: int
    n_chunks: int
    n_people: int
    n_failed: int
    n_withheld: int
    n_outcome_known: int
    n_nights: int
    n_forecasts: int
    lost: Mapping[str, str]
    cpu_seconds: float
    root: str = ""
    sealed_at: datetime | None = None
    is_news: bool = True
    late_zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a person has no row."""

    code: str
    message: str


def evening_path(as_of: date) -> str:
    """The folder of an evening."""
    return f"{EVENINGS}/{as_of}"


def forecasts_path(as_of: date, chunk: int) -> str:
    """The table of a chunk."""
    return f"{evening_path(as_of)}/forecasts/{chunk:04d}.parquet"


def failures_folder(as_of: date) -> str:
    """The folder of the people without a row."""
    return f"{evening_path(as_of)}/failures"


def failures_path(as_of: date, chunk: int) -> str:
    """The people of a chunk without a row."""
    return f"{failures_folder(as_of)}/{chunk:04d}.json"


def plan_path(as_of: date) -> str:
    """The plan of an evening."""
    return f"{evening_path(as_of)}/plan.json"


def summary_path(as_of: date) -> str:
    """An evening in numbers."""
    return f"{evening_path(as_of)}/summary.json"


def prior_path(as_of: date, sha256: str) -> str:
    """A prior that an evening is forecast with."""
    return f"{evening_path(as_of)}/prior-{sha256[:16]}.json"


def list_evenings(folder: CohortFolder) -> list[date]:
    """The evenings that have a plan, the oldest first."""
    return [day for day in find_evenings(folder) if folder.exists(plan_path(day))]


def load_plan(folder: CohortFolder, as_of: date) -> Plan | None:
    """Read the plan of an evening; ``None`` where there is none.

    Raises:
        DataError: It is damaged.
    """
    return load_json(folder, plan_path(as_of), Plan)


def create_plan(folder: CohortFolder, plan: Plan) -> Plan:
    """Write a plan unless there is one; returns the one that is there now."""
    try:
        folder.create(plan_path(plan.as_of), json_bytes(plan))
    except FileExistsError:
        other = load_plan(folder, plan.as_of)
        return other or plan
    return plan


def json_bytes(content: object) -> bytes:
    """A dataclass as JSON."""
    return (json.dumps(plain(content), indent=1, ensure_ascii=False) + "\n").encode()


def load_json(folder: CohortFolder, path: str, kind: type[Content]) -> Content | None:
    """Read what ``json_bytes`` wrote; ``None`` where there is no file.

    Raises:
        DataError: It is damaged.
    """
    try:
        return read_value(kind, json.loads(folder.read(path)))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError, FieldFault) as error:
        raise DataError(f"{path} is damaged: {error}") from error


def save_chunk(
    folder: CohortFolder,
    as_of: date,
    forecasts: pa.Table,
    summary: ChunkSummary,
    failures: Mapping[str, Failure],
) -> None:
    """Write a chunk: first who failed, then the table, which says that the chunk is done."""
    path = failures_path(as_of, summary.number)
    if failures:
        folder.write(path, json_bytes(failures))
    else:
        folder.delete([path])
    save_table(folder, as_of, forecasts, summary)


def save_table(
    folder: CohortFolder, as_of: date, forecasts: pa.Table, summary: ChunkSummary
) -> None:
    """Write the table of a chunk with what its metadata says."""
    metadata = {METADATA: json.dumps(plain(summary)).encode()}
    folder.write(
        forecasts_path(as_of, summary.number),
        parquet_bytes(forecasts.replace_schema_metadata(metadata)),
    )


def load_chunk(folder: CohortFolder, as_of: date, number: int) -> tuple[ChunkSummary, pa.Table]:
    """Read the table of a chunk and what its metadata says.

    Raises:
        FileNotFoundError: The chunk is not done.
        DataError: The file is damaged.
    """
    path = forecasts_path(as_of, number)
    content = folder.read(path)
    try:
        table = pq.read_table(io.BytesIO(content))
        found = json.loads((table.schema.metadata or {})[METADATA])
        return read_value(ChunkSummary, found), table
    except (pa.ArrowException, OSError, KeyError, ValueError, RecursionError, FieldFault) as error:
        raise DataError(f"{path} is damaged: {error}") from error


def load_summary(folder: CohortFolder, as_of: date, number: int) -> ChunkSummary | None:
    """What a chunk produced; ``None`` while it is not done."""
    try:
        return load_chunk(folder, as_of, number)[0]
    except FileNotFoundError:
        return None


def load_summaries(folder: CohortFolder, plan: Plan) -> list[ChunkSummary]:
    """What the chunks of an evening that are done produced, in the order of the plan."""
    found = (load_summary(folder, plan.as_of, chunk.number) for chunk in plan.chunks)
    return [each for each in found if each is not None]


def load_failures(folder: CohortFolder, as_of: date, number: int) -> dict[str, Failure]:
    """The people of a chunk without a row."""
    path = failures_path(as_of, number)
    try:
        found = json.loads(folder.read(path))
        return {subject: read_value(Failure, each) for subject, each in found.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, RecursionError, FieldFault) as error:
        raise DataError(f"{path} is damaged: {error}") from error


def parquet_bytes(table: pa.Table) -> bytes:
    """The bytes of a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()

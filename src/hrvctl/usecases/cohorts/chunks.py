"""One chunk of an evening: nights in, a table of forecasts out; the work of every engine."""

import hashlib
import json
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import platformdirs
import pyarrow as pa

from hrvctl.domain.cohorts.evening import SCHEMA, Row, forecast_person
from hrvctl.domain.cohorts.people import PersonNights, split_people
from hrvctl.domain.forecast.compilation import can_compile, compiled_loops
from hrvctl.domain.forecast.protocol import Forecaster
from hrvctl.domain.forecast.version import MODEL_VERSION, prior_sha256
from hrvctl.errors import HrvctlError, SealRefused
from hrvctl.records import LEVELS
from hrvctl.records.cohort_seals import CohortForecast
from hrvctl.records.merkle import root
from hrvctl.store.cohorts.evenings import (
    ChunkSummary,
    Failure,
    Plan,
    PlannedChunk,
    load_summary,
    save_chunk,
)
from hrvctl.store.cohorts.folder import CohortFolder
from hrvctl.store.cohorts.nights import InputFile, load_inputs
from hrvctl.store.cohorts.people import load_people
from hrvctl.store.cohorts.salts import load_salts
from hrvctl.store.cohorts.seals import seal_path
from hrvctl.store.json_values import plain
from hrvctl.usecases.cohorts.priors import find_forecasters

# How a plan says that the models' loops run compiled, or as they are written.
COMPILED, PLAIN = "compiled", "plain"
# Why a chunk is not made any more: a seal is over what was done by then.
NOT_SEALED = "it was not done when the evening was sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkTask:
    """All that a worker is sent: names, never data.

    Attributes:
        address: Of the cohort.
        as_of: The evening.
        chunk: Its number and input files.
        versions: As the plan has them.
        models: Names of the models.
        profile: Method of the normal range.
        loops: As the plan has it.
        prior: As the plan has it.
    """

    address: str
    as_of: date
    chunk: PlannedChunk
    versions: tuple[tuple[str, str], ...]
    models: tuple[str, ...]
    profile: str
    loops: str
    prior: InputFile | None

    @property
    def inputs_sha256(self) -> str:
        """Hash of everything the chunk is made from; a chunk with another is made anew."""
        options = (self.versions, self.models, self.profile, self.loops, self.prior)
        content = plain((self.as_of, self.chunk.inputs, *options))
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def versions() -> dict[str, str]:
    """What must be equal wherever chunks of one evening are made."""
    return {
        "hrvctl": version("hrvctl"),
        "model_version": MODEL_VERSION,
        "prior_sha256": prior_sha256(),
        "numpy": np.__version__,
        "numba": version("numba") if can_compile() else "",
    }


def loops_folder() -> Path:
    """Where this machine keeps the models' compiled loops."""
    return platformdirs.user_cache_path("hrvctl", appauthor=False) / "loops"


def loops_of(loops: str) -> AbstractContextManager[None]:
    """Compiled loops where a plan says ``COMPILED``."""
    return compiled_loops(loops_folder()) if loops == COMPILED else nullcontext()


def task_of(address: str, plan: Plan, chunk: PlannedChunk) -> ChunkTask:
    """The task of a planned chunk."""
    return ChunkTask(
        address=address,
        as_of=plan.as_of,
        chunk=chunk,
        versions=tuple(sorted(plan.versions.items())),
        models=plan.models,
        profile=plan.profile,
        loops=plan.loops,
        prior=plan.prior,
    )


def forecast_chunk(task: ChunkTask) -> ChunkSummary:
    """Forecast the people of a chunk and write their table; one that is done is left as it is.

    A person whose data has a fault is listed, and the others go on.

    Raises:
        DataError: The nights or the prior are not those of the plan.
        SealRefused: The evening was sealed without it.
    """
    folder = CohortFolder(task.address)
    if done := _find_done(folder, task):
        return done
    started = time.process_time()
    forecasters = find_forecasters(folder, task.models, task.prior)
    people = tuple(split_people(load_inputs(folder, task.chunk.inputs)))
    salts = load_salts(folder, task.chunk.number, [person.subject for person in people])
    zones = load_people(folder).zones
    rows: list[Row] = []
    failures: dict[str, Failure] = {}
    with loops_of(task.loops):
        for person in people:
            row = _try(person, task, forecasters, failures)
            if row is not None:
                row["zone"] = zones.get(person.subject)
                is_sealed = not row["outcome_known"]
                row["leaves"] = leaves_of(row, salts[person.subject]) if is_sealed else []
                rows.append(row)
    leaves = [leaf for row in rows for leaf in row["leaves"]]
    summary = ChunkSummary(
        number=task.chunk.number,
        inputs_sha256=task.inputs_sha256,
        root=root(leaves).hex(),
        n_leaves=len(leaves),
        n_people=len(rows),
        n_failed=len(failures),
        n_withheld=sum(bool(row["withheld"]) for row in rows),
        n_outcome_known=sum(row["outcome_known"] for row in rows),
        n_nights=sum(row["n_nights"] for row in rows),
        seconds=round(time.process_time() - started, 3),
    )
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    if done := _find_done(folder, task):  # by another run in the meantime, or given up by it
        return done
    save_chunk(folder, task.as_of, table, summary, failures)
    return summary


def _find_done(folder: CohortFolder, task: ChunkTask) -> ChunkSummary | None:
    """What the chunk produced before; ``None`` while it is to be done."""
    done = load_summary(folder, task.as_of, task.chunk.number)
    if done and done.inputs_sha256 == task.inputs_sha256:
        return done
    if folder.exists(seal_path(task.as_of)):
        raise SealRefused(f"chunk {task.chunk.number}: {NOT_SEALED}")
    return None


def sealed_forecasts(row: Row) -> list[CohortForecast]:
    """Every model's forecast in a row, in the order of the row's leaves."""
    return [
        CohortForecast(
            subject=row["subject"],
            target=row["target"],
            source=model["source"],
            metric=row["metric"],
            measured_by=row["measured_by"],
            as_of=row["as_of"],
            mean=model["mean_ms"],
            quantiles={
                level: value
                for level, value in zip(LEVELS, model["quantiles_ms"], strict=True)
                if value is not None
            },
            inputs_sha256=row["inputs_sha256"],
        )
        for model in row["models"]
    ]


def leaves_of(row: Row, salt: bytes) -> list[bytes]:
    """The hashes that stand for a row's forecasts in the tree."""
    return [forecast.leaf(salt) for forecast in sealed_forecasts(row)]


def _try(
    person: PersonNights,
    task: ChunkTask,
    forecasters: tuple[Forecaster, ...],
    failures: dict[str, Failure],
) -> Row | None:
    try:
        return forecast_person(
            person, as_of=task.as_of, forecasters=forecasters, profile=task.profile
        )
    except HrvctlError as error:
        failures[person.subject] = Failure(code=error.code, message=error.message)
    except Exception as error:  # noqa: BLE001 - a fault with one person is no fault of the others
        failures[person.subject] = Failure(code="bug", message=f"{type(error).__name__}: {error}")
    return None

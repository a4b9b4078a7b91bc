"""Verify the seals of a cohort, prove one forecast, and say what a forecast was made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from hrvctl.domain.cohorts.evening import Row, forecast_person
from hrvctl.domain.cohorts.people import split_people
from hrvctl.errors import DataError, HrvctlError, LedgerBroken, NotEnoughData
from hrvctl.records import merkle
from hrvctl.records.cohort_seals import (
    Proof,
    Seal,
    chain_faults,
    evening_root,
    prove,
    published_faults,
)
from hrvctl.store.cohorts.evenings import (
    ChunkSummary,
    Plan,
    PlannedChunk,
    forecasts_path,
    load_chunk,
    load_plan,
    load_summaries,
)
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import bucket_of, describe_file, load_inputs
from hrvctl.store.cohorts.salts import load_salts
from hrvctl.store.cohorts.seals import load_seal, load_seals
from hrvctl.usecases.cohorts.chunks import leaves_of, loops_of, sealed_forecasts, versions
from hrvctl.usecases.cohorts.priors import find_forecasters, load_prior


@dataclass(frozen=True, slots=True, kw_only=True)
class EveningCheck:
    """What the verification of one sealed evening found.

    Attributes:
        seal: The evening's.
        faults: What was changed since, a sentence each; none where all of it is as it was sealed.
        notes: What cannot be compared any more, and why that is no fault.
        n_forecasts: Forecasts compared with their leaves.
        n_withdrawn: Leaves of people who were withdrawn.
    """

    seal: Seal
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    n_forecasts: int
    n_withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the verification of a cohort found.

    Attributes:
        evenings: Every sealed evening, the oldest first.
        chain_faults: What is wrong with the chain of seals, and against published roots.
    """

    evenings: tuple[EveningCheck, ...]
    chain_faults: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.chain_faults, *(fault for each in self.evenings for fault in each.faults))


def verify_cohort(
    folder: CohortFolder,
    *,
    published: Mapping[date, str] | None = None,
    with_inputs: bool = True,
    on_evening: Callable[[date], None] | None = None,
) -> Verification:
    """Compare everything that was sealed with its seal, and the inputs with the plans.

    Args:
        folder: The cohort's.
        published: Evening to root, of a copy kept elsewhere.
        with_inputs: Also compare the nights with what the plans name.
        on_evening: Called before each evening.

    Raises:
        LedgerBroken: A seal cannot be read.
    """
    seals = load_seals(folder)
    chain = (*chain_faults(seals), *published_faults(seals, published or {}))
    checks = []
    for seal in seals:
        if on_evening:
            on_evening(seal.evening)
        checks.append(check_evening(folder, seal, with_inputs=with_inputs))
    return Verification(evenings=tuple(checks), chain_faults=chain)


def check_evening(folder: CohortFolder, seal: Seal, *, with_inputs: bool) -> EveningCheck:
    """Compare one evening with its seal."""
    faults: list[str] = []
    notes: list[str] = []
    plan = load_plan(folder, seal.evening)
    if plan is None:
        return EveningCheck(
            seal=seal,
            faults=(f"{seal.evening}: its plan is gone",),
            notes=(),
            n_forecasts=0,
            n_withdrawn=0,
        )
    roots, n_forecasts, n_withdrawn = [], 0, 0
    for chunk in plan.chunks:
        where = forecasts_path(plan.as_of, chunk.number)
        try:
            summary, table = load_chunk(folder, plan.as_of, chunk.number)
        except FileNotFoundError:
            continue  # lost that evening, or removed since: then the root differs
        except DataError as error:
            faults.append(error.message)
            continue
        found = _check_chunk(folder, where, summary, table)
        faults += found.faults
        roots.append(bytes.fromhex(summary.root))
        n_forecasts += found.n_forecasts
        n_withdrawn += found.n_withdrawn
    if len(roots) != seal.n_chunks:
        faults.append(f"{seal.evening}: {len(roots)} of {seal.n_chunks} sealed chunks are there")
    elif evening_root(roots) != seal.forecasts_root:
        faults.append(f"{seal.evening}: the forecasts are not those that were sealed")
    if plan.prior is not None:
        try:
            load_prior(folder, plan.prior)
        except DataError as error:
            faults.append(error.message)
    if with_inputs:
        changed, gone = _check_inputs(folder, plan)
        faults += [f"{path} was changed since the evening of {seal.evening}" for path in changed]
        if gone:
            notes.append(
                f"{seal.evening}: {len(gone)} files of nights were replaced since (compacted, or"
                " a person was withdrawn), and cannot be compared"
            )
    return EveningCheck(
        seal=seal,
        faults=tuple(faults),
        notes=tuple(notes),
        n_forecasts=n_forecasts,
        n_withdrawn=n_withdrawn,
    )


@dataclass(frozen=True, slots=True)
class _ChunkCheck:
    faults: list[str]
    n_forecasts: int
    n_withdrawn: int


def _check_chunk(
    folder: CohortFolder, where: str, summary: ChunkSummary, table: pa.Table
) -> _ChunkCheck:
    rows = table.to_pylist()
    salts = load_salts(folder, summary.number, [r["subject"] for r in rows if r["subject"]])
    faults = []
    n_forecasts = n_withdrawn = 0
    for row in rows:
        if row["subject"] is None:
            n_withdrawn += len(row["leaves"])
        elif row["leaves"]:
            n_forecasts += len(row["leaves"])
            salt = salts.get(row["subject"])
            if salt is None:
                faults.append(f"{where}: the salt of {row['subject']} is gone")
            elif leaves_of(row, salt) != row["leaves"]:
                faults.append(f"{where}: the forecasts of {row['subject']} were changed")
    leaves = [leaf for row in rows for leaf in row["leaves"]]
    if merkle.root(leaves).hex() != summary.root:
        faults.append(f"{where}: a forecast was added, removed or changed")
    return _ChunkCheck(faults, n_forecasts, n_withdrawn)


def _check_inputs(folder: CohortFolder, plan: Plan) -> tuple[list[str], list[str]]:
    """Paths of the plan's files that were changed, and of those that are gone."""
    changed, gone = [], []
    for chunk in plan.chunks:
        for each in chunk.inputs:
            try:
                content = folder.read(each.path)
            except FileNotFoundError:
                gone.append(each.path)
                continue
            if describe_file(each.path, content) != each:
                changed.append(each.path)
    return changed, gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One person's row of an evening, and where it is."""

    plan: Plan
    chunk: PlannedChunk
    summary: ChunkSummary
    rows: tuple[Row, ...]
    row: Row


def find_row(folder: CohortFolder, settings: CohortSettings, subject: str, as_of: date) -> Found:
    """A person's row of an evening.

    Raises:
        NotEnoughData: That evening has no row of theirs.
    """
    plan = load_plan(folder, as_of)
    number = bucket_of(subject, settings.buckets)
    chunk = next((each for each in plan.chunks if each.number == number), None) if plan else None
    if plan is not None and chunk is not None:
        try:
            summary, table = load_chunk(folder, as_of, number)
        except FileNotFoundError:
            raise _no_row(subject, as_of) from None
        rows = tuple(table.to_pylist())
        for row in rows:
            if row["subject"] == subject:
                return Found(plan=plan, chunk=chunk, summary=summary, rows=rows, row=row)
    raise _no_row(subject, as_of)


def _no_row(subject: str, as_of: date) -> NotEnoughData:
    return NotEnoughData(f"there is no forecast of {subject} from the evening of {as_of}")


def prove_forecast(
    folder: CohortFolder, settings: CohortSettings, subject: str, as_of: date, *, model: str = ""
) -> Proof:
    """The proof that a person's forecast is in a sealed evening.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        subject: The person.
        as_of: The evening.
        model: The model's name; empty for the one that was served.

    Raises:
        NotEnoughData: There is no such forecast.
        DataError: The evening is not sealed, or nothing of this person was.
        LedgerBroken: The forecast is not the one that was sealed.
    """
    found = find_row(folder, settings, subject, as_of)
    seal = load_seal(folder, as_of)
    if seal is None or not found.row["leaves"]:
        raise DataError(f"nothing of {subject} was sealed on the evening of {as_of}")
    model = model or found.row["served"]
    forecasts = {each.source: each for each in sealed_forecasts(found.row)}
    if model not in forecasts:
        raise NotEnoughData(
            f"{model} made no forecast of {subject}", hint=f"choose one of: {', '.join(forecasts)}"
        )
    done = load_summaries(folder, found.plan)
    leaves = [leaf for row in found.rows for leaf in row["leaves"]]
    try:
        proof = prove(
            seal,
            forecasts[model],
            load_salts(folder, found.chunk.number, [subject])[subject],
            leaves=leaves,
            chunk_roots=[bytes.fromhex(each.root) for each in done],
            chunk=[each.number for each in done].index(found.chunk.number),
        )
    except (KeyError, ValueError) as error:
        raise LedgerBroken(f"the forecast of {subject} is not the one that was sealed") from error
    if proof.root() != seal.root:
        raise LedgerBroken(f"the evening of {as_of} is not as it was sealed")
    return proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a person's forecast was made from.

    Attributes:
        subject: The person.
        as_of: The evening.
        plan: Its plan, with versions, models and the method of the normal range.
        chunk: The person's part of it, with its files of nights.
        row: The person's row.
        seal: The evening's; ``None`` where it is not sealed.
        is_same: Whether the same comes out when it is made again now; ``None`` where it cannot be.
        why_not: Why it cannot be made again; empty otherwise.
    """

    subject: str
    as_of: date
    plan: Plan
    chunk: PlannedChunk
    row: dict[str, Any]
    seal: Seal | None
    is_same: bool | None
    why_not: str


def explain_forecast(
    folder: CohortFolder, settings: CohortSettings, subject: str, as_of: date
) -> Provenance:
    """Follow a person's forecast back to the files it was made from, and make it again.

    Raises:
        NotEnoughData: That evening has no row of theirs.
    """
    found = find_row(folder, settings, subject, as_of)
    is_same, why_not = None, ""
    if dict(found.plan.versions) != versions():
        why_not = "it was made with other versions"
    else:
        try:
            nights = load_inputs(folder, found.chunk.inputs)
            person = next(each for each in split_people(nights) if each.subject == subject)
            with loops_of(found.plan.loops):
                again = forecast_person(
                    person,
                    as_of=as_of,
                    forecasters=find_forecasters(folder, found.plan.models, found.plan.prior),
                    profile=found.plan.profile,
                )
            is_same = [f.written() for f in sealed_forecasts(again)] == [
                f.written() for f in sealed_forecasts(found.row)
            ]
        except (HrvctlError, StopIteration) as error:
            why_not = getattr(error, "message", "the person's nights are gone")
    return Provenance(
        subject=subject,
        as_of=as_of,
        plan=found.plan,
        chunk=found.chunk,
        row=found.row,
        seal=load_seal(folder, as_of),
        is_same=is_same,
        why_not=why_not,
    )

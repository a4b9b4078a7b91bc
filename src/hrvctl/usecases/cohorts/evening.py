"""The evening of a cohort: plan it, forecast its chunks wherever an engine runs them, sum up."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hrvctl.domain.forecast.hierarchical import MAIN
from hrvctl.engines.protocol import Done, Engine, Lost
from hrvctl.errors import DataError, NotEnoughData, UsageError
from hrvctl.store.cohorts.evenings import (
    ChunkSummary,
    EveningSummary,
    Failure,
    Plan,
    PlannedChunk,
    create_plan,
    failures_path,
    forecasts_path,
    json_bytes,
    load_failures,
    load_json,
    load_plan,
    load_summary,
    plan_path,
    summary_path,
)
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import describe_file, list_files, read_subjects
from hrvctl.store.cohorts.salts import add_salts
from hrvctl.store.cohorts.seals import load_seal
from hrvctl.usecases.cohorts.chunks import (
    NOT_SEALED,
    ChunkTask,
    forecast_chunk,
    task_of,
    versions,
)
from hrvctl.usecases.cohorts.engine_choice import choose_loops
from hrvctl.usecases.cohorts.priors import save_prior

# What helps where an evening was begun in another way.
OTHER_EVENING = "choose another evening with --as-of, or make this one anew with --fresh"

# Called as chunks end: how many of how many, people done and failed.
OnProgress = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an evening is."""

    n_chunks: int
    n_chunks_done: int
    n_people: int
    n_failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may choose for an evening; empty leaves it to the cohort's settings.

    Attributes:
        models: Names of the models.
        profile: Method of the normal range.
        prior: Content of a prior file; empty for the one of the plan, or else the shipped one.
    """

    models: tuple[str, ...] = ()
    profile: str = ""
    prior: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasted:
    """What became of an evening's chunks.

    Attributes:
        as_of: The evening.
        chunks: Those that are done, in order.
        lost: Number of each chunk that could not be done, and why.
        n_new: Chunks done now, not before.
    """

    as_of: date
    chunks: tuple[ChunkSummary, ...]
    lost: dict[int, str]
    n_new: int

    @property
    def n_people(self) -> int:
        """People with a row."""
        return sum(chunk.n_people for chunk in self.chunks)


def evening_of(settings: CohortSettings, now: datetime, as_of: date | None) -> date:
    """The evening to forecast from: tonight's unless another is asked for.

    Raises:
        UsageError: It is in the future.
    """
    today = settings.today(now)
    if as_of is not None and as_of > today:
        raise UsageError(f"--as-of {as_of} is in the future; in {settings.zone} it is {today}")
    return as_of or today


def plan_evening(
    folder: CohortFolder,
    settings: CohortSettings,
    as_of: date,
    options: Options,
    *,
    now: datetime,
    fresh: bool = False,
) -> Plan:
    """The plan of an evening, made unless there is one.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        as_of: The evening.
        options: What was chosen for it.
        now: Aware.
        fresh: Make it anew, from the nights there are now; what its chunks produced is deleted.

    Raises:
        UsageError: There is a plan with other options, the evening to be made anew is sealed, or
            no model uses the prior.
        NotEnoughData: Nobody has a night.
    """
    if fresh:
        _forget_evening(folder, as_of)
    models = options.models or settings.models
    profile = options.profile or settings.profile
    if options.prior and MAIN not in models:
        raise UsageError(f"a prior is for the model {MAIN}, which is not among the models")
    plan = load_plan(folder, as_of)
    if plan is None:
        chunks = _chunks(folder, settings, with_salts=True)
        plan = create_plan(
            folder,
            Plan(
                as_of=as_of,
                target=as_of + timedelta(days=1),
                made_at=now,
                versions=versions(),
                models=models,
                profile=profile,
                loops=choose_loops(chunks),
                chunks=chunks,
                prior=save_prior(folder, as_of, options.prior) if options.prior else None,
            ),
        )
    if (plan.models, plan.profile, dict(plan.versions)) != (models, profile, versions()):
        raise UsageError(
            f"the evening of {as_of} was begun with other options or another version:"
            f" models {', '.join(plan.models)}, range {plan.profile},"
            f" hrvctl {plan.versions.get('hrvctl')}",
            hint=OTHER_EVENING,
        )
    if options.prior and not (
        plan.prior and plan.prior.sha256 == hashlib.sha256(options.prior).hexdigest()
    ):
        raise UsageError(f"the evening of {as_of} was begun with another prior", hint=OTHER_EVENING)
    return plan


def find_chunks(
    folder: CohortFolder, settings: CohortSettings, as_of: date
) -> tuple[PlannedChunk, ...]:
    """The chunks of an evening as they are planned, or would be; errors as of ``plan_evening``."""
    plan = load_plan(folder, as_of)
    return plan.chunks if plan else _chunks(folder, settings, with_salts=False)


def count_done(folder: CohortFolder, as_of: date, chunks: Sequence[PlannedChunk]) -> int:
    """How many chunks of an evening are done."""
    return sum(folder.exists(forecasts_path(as_of, chunk.number)) for chunk in chunks)


def _chunks(
    folder: CohortFolder, settings: CohortSettings, *, with_salts: bool
) -> tuple[PlannedChunk, ...]:
    """Every bucket with nights; ``with_salts`` gives a salt to whoever has none."""
    chunks = []
    for bucket in range(settings.buckets):
        inputs, n_rows = [], 0
        subjects: set[str] = set()
        for path in list_files(folder, bucket):
            content = folder.read(path)
            inputs.append(describe_file(path, content))
            rows = read_subjects(path, content)
            n_rows += len(rows)
            subjects |= set(rows)
        if n_rows:
            if with_salts:
                add_salts(folder, bucket, subjects)
            chunks.append(PlannedChunk(number=bucket, n_rows=n_rows, inputs=tuple(inputs)))
    if not chunks:
        raise NotEnoughData(
            f"{folder.address} has 0 nights, need 1", hint="hrvctl cohort import SOURCE COHORT"
        )
    return tuple(chunks)


def _forget_evening(folder: CohortFolder, as_of: date) -> None:
    plan = load_plan(folder, as_of)
    if load_seal(folder, as_of):
        raise UsageError(
            f"the evening of {as_of} is sealed and stands", hint="choose another with --as-of"
        )
    if plan is None:
        return
    for chunk in plan.chunks:
        folder.delete([forecasts_path(as_of, chunk.number), failures_path(as_of, chunk.number)])
    folder.delete([plan_path(as_of), *([plan.prior.path] if plan.prior else [])])


def find_chunk(plan: Plan, number: int) -> PlannedChunk:
    """The chunk of a number, counted from 0 in the order of the plan.

    Raises:
        UsageError: There is none.
    """
    if not 0 <= number < len(plan.chunks):
        last = len(plan.chunks) - 1
        raise UsageError(f"there is no chunk {number}; they are numbered 0 to {last}")
    return plan.chunks[number]


def forecast_evening(
    folder: CohortFolder, plan: Plan, engine: Engine, on_progress: OnProgress | None = None
) -> Forecasted:
    """Forecast every chunk that is not done; those that are stay.

    A chunk that cannot be done has all its people listed as failed; so has one that is not done
    when the evening is sealed, for a seal is over what was done by then.
    """
    tasks = [task_of(folder.address, plan, chunk) for chunk in plan.chunks]
    done: dict[int, ChunkSummary] = {}
    for task in tasks:
        found = load_summary(folder, plan.as_of, task.chunk.number)
        if found and found.inputs_sha256 == task.inputs_sha256:
            done[task.chunk.number] = found
    n_before = len(done)
    lost: dict[int, str] = {}

    def report() -> None:
        if on_progress:
            on_progress(
                Progress(
                    n_chunks=len(tasks),
                    n_chunks_done=len(done) + len(lost),
                    n_people=sum(chunk.n_people for chunk in done.values()),
                    n_failed=sum(chunk.n_failed for chunk in done.values()),
                )
            )

    report()
    left = [task for task in tasks if task.chunk.number not in done]
    if left and load_seal(folder, plan.as_of):
        for task in left:
            lost[task.chunk.number] = NOT_SEALED
            if not load_failures(folder, plan.as_of, task.chunk.number):
                _list_lost(folder, task, NOT_SEALED)
        left = []
    # Closed at once when this is interrupted: no worker goes on alone.
    with closing(engine.run(forecast_chunk, left)) as ended:
        for each in ended:
            number = each.task.chunk.number
            match each:
                case Done(result=summary):
                    done[number] = summary
                case Lost(reason=reason):
                    lost[number] = reason
                    _list_lost(folder, each.task, reason)
            report()
    return Forecasted(
        as_of=plan.as_of,
        chunks=tuple(done[number] for number in sorted(done)),
        lost=lost,
        n_new=len(tasks) - len(lost) - n_before,
    )


def summarise(
    folder: CohortFolder, plan: Plan, found: Forecasted, engine: Engine
) -> EveningSummary:
    """An evening in numbers, before it is sealed."""
    chunks = found.chunks
    return EveningSummary(
        as_of=plan.as_of,
        target=plan.target,
        engine=engine.name,
        n_workers=engine.n_workers,
        n_chunks=len(plan.chunks),
        n_people=found.n_people,
        n_failed=len(load_all_failures(folder, plan)),
        n_withheld=sum(chunk.n_withheld for chunk in chunks),
        n_outcome_known=sum(chunk.n_outcome_known for chunk in chunks),
        n_nights=sum(chunk.n_nights for chunk in chunks),
        n_forecasts=sum(chunk.n_leaves for chunk in chunks),
        lost={str(number): reason for number, reason in found.lost.items()},
        cpu_seconds=round(sum(chunk.seconds for chunk in chunks), 3),
        is_news=found.n_new > 0,
    )


def save_summary(folder: CohortFolder, summary: EveningSummary) -> None:
    """Write ``summary.json``."""
    folder.write(summary_path(summary.as_of), json_bytes(summary))


def load_evening_summary(folder: CohortFolder, as_of: date) -> EveningSummary | None:
    """Read ``summary.json``; ``None`` where there is none."""
    return load_json(folder, summary_path(as_of), EveningSummary)


def _list_lost(folder: CohortFolder, task: ChunkTask, reason: str) -> None:
    subjects: set[str] = set()
    for each in task.chunk.inputs:
        try:
            subjects |= set(read_subjects(each.path, folder.read(each.path)))
        except (DataError, OSError):  # the file itself is the fault: nobody in it is known
            continue
    failure = Failure(code="chunk_lost", message=reason)
    content = json_bytes(dict.fromkeys(sorted(subjects), failure))
    folder.write(failures_path(task.as_of, task.chunk.number), content)


def load_all_failures(folder: CohortFolder, plan: Plan) -> dict[str, Failure]:
    """Everybody without a row, and why."""
    found: dict[str, Failure] = {}
    for chunk in plan.chunks:
        found |= load_failures(folder, plan.as_of, chunk.number)
    return found

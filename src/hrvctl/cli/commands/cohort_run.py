"""``hrvctl cohort run``, ``chunk`` and ``warm``: nights in, sealed forecasts out."""

import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import cohorts, render
from hrvctl.cli.options import DryRunOption, day_option, dry_note
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import parse_path
from hrvctl.errors import ExitCode, UsageError, count
from hrvctl.store.json_values import plain

if TYPE_CHECKING:
    from hrvctl.store.cohorts.evenings import EveningSummary
    from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings

AsOfOption = Annotated[
    date | None, day_option("--as-of", "Forecast from that evening (default: tonight).")
]
ProfileOption = Annotated[
    str, typer.Option("--profile", metavar="NAME", help="How the normal range is computed.")
]
PriorOption = Annotated[
    Path | None,
    typer.Option(
        "--prior",
        parser=parse_path,
        metavar="FILE",
        help="What the main model starts from: a file of `hrvctl cohort learn-prior`.",
    ),
]
SealOption = Annotated[
    bool, typer.Option("--seal/--no-seal", help="Seal the evening before its morning begins.")
]
FreshOption = Annotated[
    bool,
    typer.Option("--fresh", help="Forecast an evening anew that is not sealed yet."),
]
NumberArgument = Annotated[
    int, typer.Argument(metavar="N", min=0, help="Number of the chunk, from 0.")
]


def run(
    session: Session,
    cohort: cohorts.CohortArgument,
    as_of: AsOfOption = None,
    models: cohorts.ModelsOption = "",
    profile: ProfileOption = "",
    prior: PriorOption = None,
    engine: cohorts.EngineOption = "auto",
    workers: cohorts.WorkersOption = None,
    scheduler: cohorts.SchedulerOption = "",
    seal: SealOption = True,
    fresh: FreshOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Forecast everybody's coming morning, and seal the forecasts before it begins.

    A run that was stopped goes on where it was. Who fails is listed, and the others go on.
    """
    folder = cohorts.open_cohort(cohort)
    from hrvctl.pipeline.cohort_job import run_cohort
    from hrvctl.store.cohorts.evenings import failures_folder, load_plan
    from hrvctl.usecases.cohorts.evening import evening_of, load_all_failures
    from hrvctl.usecases.cohorts.imports import check_models
    from hrvctl.usecases.cohorts.priors import read_prior

    began = time.monotonic()
    settings = cohorts.load(folder)
    evening = evening_of(settings, session.clock(), as_of)
    if prior is not None:
        read_prior(prior)
    if dry_run:
        return _rehearse(folder, settings, evening, engine, workers, scheduler)
    is_tonight = evening == settings.today(session.clock())
    ops = {
        "plan_op": {
            "config": {
                "cohort": folder.address,
                "as_of": evening.isoformat(),
                "models": list(check_models(models)),
                "profile": profile,
                "prior": str(prior.absolute()) if prior else "",
                "fresh": fresh,
            }
        },
        "forecast_op": {
            "config": {"engine": engine, "workers": workers or 0, "scheduler": scheduler}
        },
        # Once its morning has begun an evening cannot be sealed; then it is only looked at.
        "seal_op": {"config": {"seal": seal and is_tonight}},
    }
    with render.people_bar(is_quiet=session.quiet or session.json) as on_progress:
        run_id, summary = run_cohort(
            session.workspace(),
            ops=ops,
            tags={"hrvctl/cohort": settings.name, "hrvctl/evening": evening.isoformat()},
            partition=evening.isoformat(),
            on_stage=lambda _: None,
            on_progress=on_progress,
        )
    plan = load_plan(folder, evening)
    failures = load_all_failures(folder, plan) if plan and summary.n_failed else {}
    prior_sha256 = plan.prior.sha256 if plan and plan.prior else None
    seconds = time.monotonic() - began
    where = f"{folder.address}/{failures_folder(evening)}"
    return CommandResult(
        data={
            "run_id": run_id,
            **{field: getattr(summary, field) for field in summary.__slots__},
            "seconds": round(seconds, 1),
            "prior": prior_sha256,
            "failures": where if failures else None,
        },
        text="\n".join(_run_lines(cohort, summary, prior_sha256, seconds, is_tonight=is_tonight)),
        notes=(*cohorts.failed_notes(failures), *([f"All of them: {where}"] if failures else [])),
        code=_run_code(summary),
    )


def chunk(
    session: Session,
    cohort: cohorts.CohortArgument,
    number: NumberArgument,
    as_of: AsOfOption = None,
    models: cohorts.ModelsOption = "",
    profile: ProfileOption = "",
    prior: PriorOption = None,
) -> CommandResult:
    """Forecast one chunk of an evening, for a scheduler of your own: Slurm, Kubernetes, a shell.

    The first one plans the evening. When all are done, `hrvctl cohort run` seals it.
    """
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.chunks import forecast_chunk, task_of
    from hrvctl.usecases.cohorts.evening import Options, evening_of, find_chunk, plan_evening
    from hrvctl.usecases.cohorts.imports import check_models
    from hrvctl.usecases.cohorts.priors import read_prior

    settings = cohorts.load(folder)
    evening = evening_of(settings, session.clock(), as_of)
    content = read_prior(prior) if prior else b""
    options = Options(models=check_models(models), profile=profile, prior=content)
    plan = plan_evening(folder, settings, evening, options, now=session.clock())
    planned = find_chunk(plan, number)
    done = forecast_chunk(task_of(folder.address, plan, planned))
    n = len(plan.chunks)
    return CommandResult(
        data={**plain(done), "chunk": number, "n_chunks": n},
        text=f"Chunk {number} of {n}: {count(done.n_people, 'person', 'people')},"
        f" {done.n_failed} failed.",
        code=ExitCode.PARTIAL if done.n_failed else ExitCode.DONE,
    )


def warm(session: Session) -> CommandResult:  # noqa: ARG001 - as every command
    """Compile the models' loops once, for example when a container's image is built."""
    with cohorts.needed_extra():
        from hrvctl.domain.forecast.compilation import can_compile
        from hrvctl.domain.forecast.compilation import warm as compile_loops
        from hrvctl.usecases.cohorts.chunks import loops_folder
    if not can_compile():
        raise UsageError("numba is not installed", hint=cohorts.INSTALL)
    began = time.monotonic()
    compile_loops(loops_folder())
    seconds = time.monotonic() - began
    return CommandResult(
        data={"folder": loops_folder(), "seconds": round(seconds, 1)},
        text=f"Compiled in {seconds:.0f} s: {loops_folder()}",
    )


def _rehearse(
    folder: "CohortFolder",
    settings: "CohortSettings",
    evening: date,
    engine: str,
    workers: int | None,
    scheduler: str,
) -> CommandResult:
    """What a run would do."""
    from hrvctl.usecases.cohorts.engine_choice import choose_engine
    from hrvctl.usecases.cohorts.evening import count_done, find_chunks

    chunks = find_chunks(folder, settings, evening)
    n_rows = sum(chunk.n_rows for chunk in chunks)
    n_done = count_done(folder, evening, chunks)
    chosen = choose_engine(engine, chunks=chunks, n_workers=workers, scheduler=scheduler)
    where = f"{chosen.name} of {chosen.n_workers}"
    return CommandResult(
        data={
            "as_of": evening,
            "n_chunks": len(chunks),
            "n_chunks_done": n_done,
            "n_rows": n_rows,
            "engine": chosen.name,
            "n_workers": chosen.n_workers,
            "is_dry_run": True,
        },
        text="\n".join(
            [
                f"Evening of {render.day_name(evening)}: {count(n_rows, 'row')} of nights in"
                f" {count(len(chunks), 'chunk')}, {n_done} done already; engine {where}.",
                *dry_note(True),
            ]
        ),
    )


def _run_lines(
    cohort: str,
    summary: "EveningSummary",
    prior_sha256: str | None,
    seconds: float,
    *,
    is_tonight: bool,
) -> list[str]:
    people = count(summary.n_people, "person", "people")
    lines = [
        f"Evening of {render.day_name(summary.as_of)}: {people} forecast,"
        f" {summary.n_failed} failed, {summary.n_withheld} without a forecast"
        f" ({summary.engine}, {seconds:.0f} s)."
    ]
    if prior_sha256:
        lines.append(f"The main model started from the prior {prior_sha256[:16]}.")
    if summary.lost:
        lines.append(f"Chunks that could not be done: {', '.join(summary.lost)}.")
    if summary.n_outcome_known:
        n = count(summary.n_outcome_known, "person's morning is", "people's mornings are")
        lines.append(f"{n} known already: nothing of theirs is sealed.")
    if summary.late_zones:
        lines.append(
            f"The morning has begun in {', '.join(summary.late_zones)}: forecasts of people there"
            " do not count."
        )
    if summary.root:
        news = "Sealed" if summary.is_news else "Sealed before, and it stands"
        forecasts = count(summary.n_forecasts, "forecast")
        lines.append(f"{news}: {forecasts}, root {summary.root[:16]}")
    else:
        lines.append("Not sealed." if is_tonight else "Not sealed: its morning has begun.")
    lines.append(f"The board: hrvctl cohort show {cohort}")
    return lines


def _run_code(summary: "EveningSummary") -> ExitCode:
    if not summary.n_people:
        return ExitCode.FAILED
    if summary.n_failed:
        return ExitCode.PARTIAL
    return ExitCode.DONE if summary.is_news else ExitCode.NOTHING_NEW

"""The ops of ``cohort_job``: plan an evening, forecast everybody, seal it, score what came.

Ops pass each other a small key; the data is in the cohort's folder. The fan-out over chunks is
inside ``forecast_op``: Dagster has one event an evening, none a person and none a chunk.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from hrvctl.errors import ConfigError
from hrvctl.pipeline.failures import hrv_op
from hrvctl.pipeline.run_logger import active_listener
from hrvctl.store.cohorts.evenings import EveningSummary, Plan, load_plan, load_summaries
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings, load_cohort
from hrvctl.usecases.cohorts.board import save_record
from hrvctl.usecases.cohorts.engine_choice import choose_engine
from hrvctl.usecases.cohorts.evening import (
    OnProgress,
    Options,
    Progress,
    evening_of,
    forecast_evening,
    load_evening_summary,
    plan_evening,
    save_summary,
    summarise,
)
from hrvctl.usecases.cohorts.priors import read_prior
from hrvctl.usecases.cohorts.scores import score_cohort
from hrvctl.usecases.cohorts.seals import seal_evening
from hrvctl.usecases.workspace import Workspace, parse_day

WorkspaceParam = dg.ResourceParam[Workspace]

# Evenings that a run scores; `hrvctl cohort score` scores all (own choice: four weeks).
SCORED_EVENINGS = 28
# The run's log has a line each time so much more is done, percent.
LOG_EVERY = 5
# Checks: at most so many people fail, and where the coverage of 80 % intervals should lie.
MAX_FAILED_SHARE = 0.01
COVERAGE_BAND = (0.75, 0.85)


class _Config(dg.Config):
    # Dagster's pages show the text below each field as it is: no backticks.
    model_config = {"use_attribute_docstrings": True}


class PlanConfig(_Config):
    """The cohort, the evening, and how it is forecast."""

    cohort: str = ""
    """The cohort's folder, or an address such as s3://bucket/lions."""
    as_of: str = ""
    """The evening, YYYY-MM-DD; empty means the run's partition, or else tonight."""
    models: list[str] = []
    """Models that forecast; empty for those of the cohort."""
    profile: str = ""
    """Method of the normal range; empty for that of the cohort."""
    prior: str = ""
    """Path of a prior file that the main model starts from; empty for the shipped one."""
    fresh: bool = False
    """Forecast an evening that is not sealed anew, from the nights there are now."""


class ForecastConfig(_Config):
    """Where the chunks run."""

    engine: str = "auto"
    """auto, loop, pool or dask."""
    workers: int = 0
    """Worker processes; 0 for as many as are worth it."""
    scheduler: str = ""
    """Address of a Dask scheduler."""


class SealConfig(_Config):
    """Whether the evening is sealed."""

    seal: bool = True
    """Seal it; an evening that is past is never sealed."""


@dataclass(frozen=True, slots=True)
class CohortEvening:
    """The key that ops pass on.

    Attributes:
        cohort: Address of the cohort.
        as_of: The evening.
    """

    cohort: str
    as_of: date

    def folder(self) -> CohortFolder:
        """The cohort's folder."""
        return CohortFolder(self.cohort)

    def plan(self, folder: CohortFolder) -> Plan:
        """The plan, which ``plan_op`` made."""
        plan = load_plan(folder, self.as_of)
        if plan is None:
            raise ConfigError(f"the plan of {self.as_of} is gone", hint="run it again")
        return plan


@hrv_op
def plan_op(
    context: dg.OpExecutionContext, config: PlanConfig, workspace: WorkspaceParam
) -> CohortEvening:
    """Plan the evening, unless it is planned already."""
    if not config.cohort:
        raise ConfigError("no cohort is named", hint="give the folder of a cohort")
    folder = CohortFolder(config.cohort)
    settings = load_cohort(folder)
    named = config.as_of or (context.partition_key if context.has_partition_key else "")
    now = workspace.clock()
    as_of = evening_of(settings, now, parse_day(named) if named else None)
    content = read_prior(Path(config.prior)) if config.prior else b""
    options = Options(models=tuple(config.models), profile=config.profile, prior=content)
    plan = plan_evening(folder, settings, as_of, options, now=now, fresh=config.fresh)
    context.log.info(
        f"evening of {as_of}: {len(plan.chunks)} chunks,"
        f" {sum(chunk.n_rows for chunk in plan.chunks)} rows of nights"
    )
    return CohortEvening(config.cohort, as_of)


@hrv_op
def forecast_op(
    context: dg.OpExecutionContext, config: ForecastConfig, evening: CohortEvening
) -> CohortEvening:
    """Forecast every person in chunks; those that are done stay."""
    folder = evening.folder()
    plan = evening.plan(folder)
    engine = choose_engine(
        config.engine,
        chunks=plan.chunks,
        n_workers=config.workers or None,
        scheduler=config.scheduler,
    )
    found = forecast_evening(folder, plan, engine, _reporter(context))
    summary = summarise(folder, plan, found, engine)
    before = load_evening_summary(folder, evening.as_of)
    if before and before.root:  # sealed already: what it says of the seal stands
        summary = replace(
            summary, root=before.root, sealed_at=before.sealed_at, late_zones=before.late_zones
        )
    _save(folder, summary)
    settings = load_cohort(folder)
    _log(context, settings, summary, "forecasts", _figures(summary))
    _check(
        context,
        settings,
        "forecasts",
        "few_failures",
        summary.n_failed <= MAX_FAILED_SHARE * (summary.n_people + summary.n_failed),
        {"failed": summary.n_failed, "people": summary.n_people},
    )
    return evening


@hrv_op
def seal_op(
    context: dg.OpExecutionContext,
    config: SealConfig,
    workspace: WorkspaceParam,
    evening: CohortEvening,
) -> CohortEvening:
    """Seal the evening before its morning begins; what is sealed stands."""
    if not config.seal:
        return evening
    folder = evening.folder()
    plan, settings = evening.plan(folder), load_cohort(folder)
    chunks = load_summaries(folder, plan)
    sealed = seal_evening(folder, settings, plan, chunks, now=workspace.clock())
    summary = load_evening_summary(folder, evening.as_of)
    if summary is not None:
        summary = replace(
            summary,
            root=sealed.seal.root,
            sealed_at=sealed.seal.sealed_at,
            is_news=sealed.is_new,
            late_zones=sealed.late_zones,
        )
        _save(folder, summary)
        figures = {"root": sealed.seal.root, "forecasts": sealed.seal.n}
        _log(context, settings, summary, "seal", figures)
        _check(context, settings, "seal", "sealed", True, figures)
    return evening


@hrv_op
def score_op(context: dg.OpExecutionContext, evening: CohortEvening) -> None:
    """Score the sealed evenings of the last weeks whose mornings have come."""
    folder = evening.folder()
    settings = load_cohort(folder)
    scores = score_cohort(folder, settings, last=SCORED_EVENINGS)
    save_record(folder, evening.as_of, scores)
    served = scores.served
    summary = load_evening_summary(folder, evening.as_of)
    if served is None or summary is None:
        return
    coverage = served.coverage_80
    figures = {
        "mornings": served.n,
        "mae_ms": round(served.mae_ms, 2),
        "coverage_80": None if coverage is None else round(coverage, 3),
        "better_than_last_value": scores.n_better,
        "compared": scores.n_compared,
    }
    _log(context, settings, summary, "scores", figures)
    if coverage is not None:
        low, high = COVERAGE_BAND
        _check(context, settings, "scores", "coverage_80", low <= coverage <= high, figures)
    if scores.n_compared:
        is_half = 2 * scores.n_better >= scores.n_compared
        _check(context, settings, "scores", "beats_naive", is_half, figures)


def _save(folder: CohortFolder, summary: EveningSummary) -> None:
    save_summary(folder, summary)
    # Another run of the same evening may replace the file before this one ends.
    if listener := active_listener.get():
        listener.summary = summary


def _figures(summary: EveningSummary) -> dict[str, object]:
    return {
        "people": summary.n_people,
        "failed": summary.n_failed,
        "withheld": summary.n_withheld,
        "nights": summary.n_nights,
        "chunks": summary.n_chunks,
        "lost_chunks": len(summary.lost),
        "cpu_seconds": summary.cpu_seconds,
        "engine": f"{summary.engine} of {summary.n_workers}",
    }


def _reporter(context: dg.OpExecutionContext) -> OnProgress:
    """One feed for the progress bar of the terminal and the lines of the run's log."""
    listener = active_listener.get()
    logged = 0

    def report(progress: Progress) -> None:
        nonlocal logged
        if listener:
            listener.on_progress(progress)
        percent = 100 * progress.n_chunks_done // max(progress.n_chunks, 1)
        if percent >= logged + LOG_EVERY:
            logged = percent
            context.log.info(
                f"{percent} %: {progress.n_people} people forecast, {progress.n_failed} failed"
            )

    return report


def asset_key(settings: CohortSettings, name: str) -> dg.AssetKey:
    """The asset of a cohort: each has a history of its own."""
    return dg.AssetKey(["cohort", re.sub(r"[^A-Za-z0-9_-]+", "_", settings.name), name])


def _log(
    context: dg.OpExecutionContext,
    settings: CohortSettings,
    summary: EveningSummary,
    name: str,
    figures: dict[str, Any],
) -> None:
    context.log_event(
        dg.AssetMaterialization(
            asset_key=asset_key(settings, name),
            partition=summary.as_of.isoformat(),
            metadata={key: value for key, value in figures.items() if value is not None},
        )
    )


def _check(
    context: dg.OpExecutionContext,
    settings: CohortSettings,
    name: str,
    check: str,
    passed: bool,
    figures: dict[str, Any],
) -> None:
    evaluation: Any = dg.AssetCheckEvaluation(
        asset_key=asset_key(settings, name),
        check_name=check,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={key: value for key, value in figures.items() if value is not None},
    )
    context.log_event(evaluation)  # Dagster takes it, though its types do not say so

"""The artifacts as Dagster's assets: their lineage, their metadata, and the checks on them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

import dagster as dg

from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.fork import ForkComparison
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.artifacts.training import ModelPredictions, TrainingMetrics
from hrvctl.domain.reconcile import Reconciliation
from hrvctl.errors import HomeError
from hrvctl.pipeline.asset_metadata import Metadata, Registry, metadata_of, storable
from hrvctl.settings import Settings
from hrvctl.store.artifacts import Artifact, ContentT
from hrvctl.usecases.daily_notes import JournalReport
from hrvctl.usecases.ingest import IngestReport
from hrvctl.usecases.ledger import check_chain
from hrvctl.usecases.workspace import Evening, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class EveningAsset:
    """One artifact of an evening as an asset.

    Attributes:
        content: The artifact's class, whose name is the asset's as well.
        deps: The artifacts it is computed from.
        description: Of its content.
        kind: The ending of its file.
    """

    content: type[Artifact]
    deps: tuple[type[Artifact], ...] = ()
    description: str
    kind: str = "json"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check.

    Attributes:
        passed: Whether it passed.
        description: Why, in a sentence.
        metadata: The numbers it was decided by.
    """

    passed: bool
    description: str
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactCheck:
    """A condition that an artifact should meet.

    Attributes:
        name: The check's.
        of: The artifact's class.
        description: The condition, in a sentence.
        find: Runs the check on an evening; ``None`` where it is too early to tell.
        severity: Whether a failure is an error, or only worth knowing.
    """

    name: str
    of: type[Artifact]
    description: str
    find: Callable[[Workspace, Evening], Finding | None]
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN


class _Evaluation(TypedDict):
    passed: bool
    description: str
    severity: dg.AssetCheckSeverity
    metadata: Metadata


def asset_key(evening: Evening, name: str) -> dg.AssetKey:
    """The asset of an artifact; live evenings, replays and each subject have plots of their own."""
    replays = [] if evening.is_live else ["replays"]
    return dg.AssetKey([*_subject_prefix(evening.subject), *replays, name])


def comparison_key(subject: str) -> dg.AssetKey:
    """The asset of a subject's latest fork."""
    return dg.AssetKey([*_subject_prefix(subject), ForkComparison.artifact])


def _subject_prefix(subject: str) -> list[str]:
    return [] if subject == Settings.subject else [subject]


def log_artifact(
    context: dg.OpExecutionContext,
    workspace: Workspace,
    evening: Evening,
    content: Artifact,
    path: Path,
    *,
    is_final: bool = True,
    n_sealed: int | None = None,
) -> None:
    """Log an artifact that was written, and on a live evening its checks.

    Args:
        context: The op's.
        workspace: Where it was written.
        evening: Of the artifact.
        content: The artifact.
        path: The file.
        is_final: Whether no later op of the evening writes it again; only then it is checked.
        n_sealed: Rows that the op added to the ledger, where the content does not have it.
    """
    key = asset_key(evening, content.artifact)
    metadata = storable(metadata_of(content) | ({} if n_sealed is None else {"sealed": n_sealed}))
    context.log_event(
        dg.AssetMaterialization(
            asset_key=key, metadata={**metadata, "path": dg.MetadataValue.path(path)}
        )
    )
    for check in CHECKS if evening.is_live and is_final else ():
        if check.of is type(content) and (found := check.find(workspace, evening)):
            evaluation: Any = dg.AssetCheckEvaluation(
                asset_key=key, check_name=check.name, **_evaluation(check, found)
            )
            context.log_event(evaluation)  # Dagster takes it, though its types do not say so


def specs(subject: str) -> list[dg.AssetSpec]:
    """Every artifact of a subject's live evenings, replays and forks, for Dagster's catalogue."""
    live = _any_evening(subject)
    fork = dg.AssetSpec(
        comparison_key(subject),
        deps=[asset_key(live, name) for name in ("ingest_report", "journal_features")],
        description="The branches of the latest fork, compared with its unchanged base."
        " Written by `fork_compare_job`.",
        group_name="forks",
        kinds={"json"},
    )
    replays = replace(live, is_live=False)
    return [*_specs_of(live, group="evening"), *_specs_of(replays, group="replays"), fork]


def _specs_of(evening: Evening, *, group: str) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            asset_key(evening, one.content.artifact),
            deps=[asset_key(evening, each.artifact) for each in one.deps],
            description=f"{one.description} {WRITTEN_BY}",
            group_name=group,
            kinds={one.kind},
        )
        for one in ASSETS
    ]


def checks(workspace: Workspace, subject: str) -> dg.AssetChecksDefinition:
    """The checks, which read the latest evening when they are run by hand."""
    evening = _any_evening(subject)

    @dg.multi_asset_check(
        name="evening_checks",
        specs=[
            dg.AssetCheckSpec(
                one.name, asset=asset_key(evening, one.of.artifact), description=one.description
            )
            for one in CHECKS
        ],
        can_subset=True,
    )
    def evening_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        for check in CHECKS:
            key = asset_key(evening, check.of.artifact)
            if dg.AssetCheckKey(key, check.name) not in context.selected_asset_check_keys:
                continue
            found = check.find(workspace, evening) or Finding(True, "it is too early to tell")
            yield dg.AssetCheckResult(
                asset_key=key, check_name=check.name, **_evaluation(check, found)
            )

    return evening_checks


def _any_evening(subject: str) -> Evening:
    """A live evening; the places of its artifacts do not depend on the day."""
    return Evening(subject, date.min, is_live=True)


def _evaluation(check: ArtifactCheck, found: Finding) -> _Evaluation:
    return {
        "passed": found.passed,
        "description": found.description,
        "severity": check.severity,
        "metadata": storable(found.metadata),
    }


def _find_content(workspace: Workspace, evening: Evening, kind: type[ContentT]) -> ContentT | None:
    try:
        return workspace.load(evening, kind)
    except HomeError:  # no evening has had a run yet
        return None


def _check_data_fresh(workspace: Workspace, evening: Evening) -> Finding | None:
    predictions = _find_content(workspace, evening, ModelPredictions)
    if predictions is None:
        return None
    days = predictions.stale_days
    if days is None:
        return Finding(False, "there is no night yet")
    last = predictions.last_observed
    return Finding(days == 0, f"the last night is that of {last}", {"stale_days": days})


def _check_baseline_ready(workspace: Workspace, evening: Evening) -> Finding | None:
    summary = _find_content(workspace, evening, IntelligenceSummary)
    if summary is None:
        return None
    base = summary.baseline
    return Finding(base.low_ms is not None, base.reason, {"nights": base.n_nights})


def _check_coverage(workspace: Workspace, evening: Evening) -> Finding | None:
    metrics = _find_content(workspace, evening, TrainingMetrics)
    backtest = metrics.backtests.get(metrics.served) if metrics else None
    held = backtest.coverage_80 if backtest else None
    if held is None:
        return None
    why = f"{held.inside} of {held.n} mornings: {held.low:.2f} to {held.high:.2f} (Wilson, 95 %)"
    numbers: Metadata = {"coverage_80": held.rate, "low": held.low, "high": held.high}
    return Finding(held.low <= held.level <= held.high, why, numbers)


def _check_ledger_intact(workspace: Workspace, _: Evening) -> Finding | None:
    if not workspace.home.exists():
        return None
    faults, head = check_chain(workspace)
    why = "; ".join(faults) or f"{head[0]} rows, head {head[1][:16]}"
    return Finding(not faults, why, {"rows": head[0], "faults": len(faults)})


# Dagster greys out "Materialize" for what a job of ops writes; a reader wonders why.
WRITTEN_BY = "Written by `hrv_daily_job`: run that job to write it again."

ASSETS = (
    EveningAsset(
        content=IngestReport,
        description="The files imported from the inbox and by name, and those refused.",
    ),
    EveningAsset(
        content=JournalReport,
        deps=(IngestReport,),
        description="The day's answers, and the usual questions left unanswered.",
    ),
    EveningAsset(
        content=ModelPredictions,
        deps=(IngestReport, JournalReport),
        description="Every model's forecast of the next seven mornings.",
    ),
    EveningAsset(
        content=TrainingMetrics,
        deps=(IngestReport, JournalReport),
        description="How good each model was on the person's past, and which is served.",
    ),
    EveningAsset(
        content=IntelligenceSummary,
        deps=(JournalReport, ModelPredictions, TrainingMetrics),
        description="History, normal range, trend and effects of one evening.",
    ),
    EveningAsset(
        content=AgentForecast,
        deps=(IntelligenceSummary,),
        description="The final forecast and its explanation.",
    ),
    EveningAsset(
        content=Registry,
        kind="csv",
        deps=(ModelPredictions, AgentForecast),
        description="The ledger and its outcomes, for spreadsheets.",
    ),
    EveningAsset(
        content=Reconciliation,
        deps=(Registry,),
        description="Forecasts compared to the measured mornings, and everyone's record.",
    ),
)

CHECKS = (
    ArtifactCheck(
        name="data_fresh",
        of=ModelPredictions,
        description="Last night is among the data.",
        find=_check_data_fresh,
    ),
    ArtifactCheck(
        name="baseline_ready",
        of=IntelligenceSummary,
        description="There are enough nights for a normal range.",
        find=_check_baseline_ready,
    ),
    ArtifactCheck(
        name="coverage_in_band",
        of=TrainingMetrics,
        description="The served model's 80 % interval held about 80 % of the past mornings.",
        find=_check_coverage,
    ),
    ArtifactCheck(
        name="ledger_intact",
        of=Registry,
        description="No sealed forecast was changed, removed or inserted.",
        find=_check_ledger_intact,
        severity=dg.AssetCheckSeverity.ERROR,
    ),
)

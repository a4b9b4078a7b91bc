"""The artifacts as Dagster's assets: what each came from, and what should hold of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from hrvctl.domain import tracking
from hrvctl.pipeline import asset_metadata as metadata
from hrvctl.pipeline.asset_metadata import Content, Told, known
from hrvctl.settings import Settings
from hrvctl.store.artifacts import load_json
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_chain, load_head
from hrvctl.usecases.workspace import Evening, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file of an evening.

    Attributes:
        name: The file's, without its ending; the asset's as well.
        kind: Its ending.
        made_of: The artifacts it is made of.
        says: What is in it.
        told: What is told of it beside the run.
    """

    name: str
    kind: str = "json"
    made_of: tuple[str, ...] = ()
    says: str
    told: Callable[[Content], Told]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        passed: Whether all is well.
        why: In a sentence.
        told: The numbers it stands on.
    """

    passed: bool
    why: str
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that should hold of an artifact.

    Attributes:
        name: The check's.
        of: The artifact's.
        says: What should hold.
        find: Looks; ``None`` where it is too early to tell.
        severity: Whether a failure is a fault, or only worth knowing.
    """

    name: str
    of: str
    says: str
    find: Callable[[Workspace, Content], Finding | None]
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.WARN


def asset_key(evening: Evening, name: str) -> dg.AssetKey:
    """The asset of an artifact; replays and other subjects keep out of each other's plots."""
    own = [] if evening.subject == Settings.subject else [evening.subject]
    return dg.AssetKey([*own, *([] if evening.is_live else ["replays"]), name])


def tell(
    context: dg.OpExecutionContext,
    workspace: Workspace,
    evening: Evening,
    path: Path,
    *,
    is_final: bool = True,
    **counts: int,
) -> None:
    """Log an artifact that was written, and what is checked of it on a live evening.

    Args:
        context: The op's.
        workspace: Where.
        evening: Whose.
        path: The file.
        is_final: No later op of the evening writes it again; it is checked then.
        counts: What only the op knows of it.
    """
    content = load_json(path) if path.suffix == ".json" else {}
    (artifact,) = [one for one in ARTIFACTS if one.name == path.stem]
    key = asset_key(evening, artifact.name)
    told = {**known(artifact.told({**content, **counts})), "path": dg.MetadataValue.path(path)}
    context.log_event(dg.AssetMaterialization(asset_key=key, metadata=told))
    for check in CHECKS if evening.is_live and is_final else ():
        if check.of == artifact.name and (found := check.find(workspace, content)):
            outcome = _outcome(check, found)
            evaluation: Any = dg.AssetCheckEvaluation(
                asset_key=key, check_name=check.name, **outcome
            )
            context.log_event(evaluation)  # Dagster takes it, though its types do not say so


def specs(subject: str) -> list[dg.AssetSpec]:
    """Every artifact of a subject's live evenings, for Dagster's catalogue."""
    evening = _any_evening(subject)
    return [
        dg.AssetSpec(
            asset_key(evening, one.name),
            deps=[asset_key(evening, name) for name in one.made_of],
            description=one.says,
            group_name="evening",
            kinds={one.kind},
        )
        for one in ARTIFACTS
    ]


def checks(workspace: Workspace, subject: str) -> dg.AssetChecksDefinition:
    """The checks, which look at the latest evening when they are run by hand."""
    evening = _any_evening(subject)

    @dg.multi_asset_check(
        name="evening_checks",
        specs=[
            dg.AssetCheckSpec(one.name, asset=asset_key(evening, one.of), description=one.says)
            for one in CHECKS
        ],
        can_subset=True,
    )
    def evening_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        for check in CHECKS:
            key = asset_key(evening, check.of)
            if dg.AssetCheckKey(key, check.name) not in context.selected_asset_check_keys:
                continue
            path = workspace.folder(evening) / f"{check.of}.json"
            found = check.find(workspace, load_json(path) if path.exists() else {})
            found = found or Finding(True, "it is too early to tell", {})
            yield dg.AssetCheckResult(
                asset_key=key, check_name=check.name, **_outcome(check, found)
            )

    return evening_checks


def _any_evening(subject: str) -> Evening:
    """A live evening; the places of its artifacts do not depend on the day."""
    return Evening(subject, date.min, is_live=True)


def _outcome(check: Check, found: Finding) -> dict[str, Any]:
    return {
        "passed": found.passed,
        "description": found.why,
        "severity": check.severity,
        "metadata": known(found.told),
    }


def _fresh(_: Workspace, predictions: Content) -> Finding | None:
    if "stale_days" not in predictions:
        return None
    days = predictions["stale_days"]
    last = predictions["last_observed"]
    if days is None:
        return Finding(False, "there is no night yet", {})
    return Finding(days == 0, f"the last night is that of {last}", {"stale_days": days})


def _ready(_: Workspace, summary: Content) -> Finding | None:
    if "baseline" not in summary:
        return None
    base = summary["baseline"]
    return Finding(base["low_ms"] is not None, base["reason"], {"nights": base["n_nights"]})


def _held(_: Workspace, metrics: Content) -> Finding | None:
    tests = {one["name"]: one["backtest"] for one in metrics.get("candidates", ())}
    held = (tests.get(metrics.get("served")) or {}).get("coverage_80")
    if held is None:
        return None
    low, high = held["low"], held["high"]
    why = f"{held['inside']} of {held['n']} mornings: {low:.2f} to {high:.2f} (Wilson, 95 %)"
    numbers = {"coverage_80": held["rate"], "low": low, "high": high}
    return Finding(low <= held["level"] <= high, why, numbers)


def _intact(workspace: Workspace, _: Content) -> Finding | None:
    if not workspace.home.exists():
        return None
    with open_store(workspace.home, write=False) as store:
        chain, head = load_chain(store), load_head(store)
    faults = tracking.verify(chain, head)
    why = "; ".join(faults) or f"{head[0]} rows, head {head[1][:16]}"
    return Finding(not faults, why, {"rows": head[0], "faults": len(faults)})


ARTIFACTS = (
    Artifact(
        name="ingest_report",
        says="What was taken in from the inbox and from files that were named.",
        told=metadata.of_ingest,
    ),
    Artifact(
        name="journal_features",
        made_of=("ingest_report",),
        says="The day's answers, and what was left unanswered.",
        told=metadata.of_journal,
    ),
    Artifact(
        name="model_predictions",
        made_of=("ingest_report", "journal_features"),
        says="Every model's forecast of the next seven mornings.",
        told=metadata.of_predictions,
    ),
    Artifact(
        name="training_metrics",
        made_of=("ingest_report", "journal_features"),
        says="How good each model was on the person's past, and which is served.",
        told=metadata.of_metrics,
    ),
    Artifact(
        name="intelligence_summary",
        made_of=("journal_features", "model_predictions", "training_metrics"),
        says="History, normal range, trend and effects, the evening on one page.",
        told=metadata.of_summary,
    ),
    Artifact(
        name="agent_forecast",
        made_of=("intelligence_summary",),
        says="The final forecast and its explanation.",
        told=metadata.of_decision,
    ),
    Artifact(
        name="predictions_registry",
        kind="csv",
        made_of=("model_predictions", "agent_forecast"),
        says="The ledger and its outcomes, for spreadsheets.",
        told=metadata.of_registry,
    ),
    Artifact(
        name="reconciliation",
        made_of=("predictions_registry",),
        says="Forecasts beside what came true, and everyone's record.",
        told=metadata.of_reconciliation,
    ),
)

CHECKS = (
    Check(
        name="data_fresh",
        of="model_predictions",
        says="Last night is among the data.",
        find=_fresh,
    ),
    Check(
        name="baseline_ready",
        of="intelligence_summary",
        says="There are nights enough for a normal range.",
        find=_ready,
    ),
    Check(
        name="coverage_in_band",
        of="training_metrics",
        says="The served model's 80 % interval held about 80 % of the past mornings.",
        find=_held,
    ),
    Check(
        name="ledger_intact",
        of="predictions_registry",
        says="No sealed forecast was changed, removed or inserted.",
        find=_intact,
        severity=dg.AssetCheckSeverity.ERROR,
    ),
)

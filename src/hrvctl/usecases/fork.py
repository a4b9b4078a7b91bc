"""Fork an evening: the checkpoint, and one branch from training to the final forecast."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import ClassVar

from hrvctl.domain import effects, intelligence, journal, tracking, training
from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.fork import (
    BranchFailure,
    BranchPredictions,
    BranchRemarks,
    BranchResult,
    ForkComparison,
)
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.artifacts.training import TrainingMetrics
from hrvctl.domain.baseline import DEFAULT_PROFILE, baseline
from hrvctl.domain.forecast.protocol import Forecaster
from hrvctl.domain.forecast.registry import CANDIDATES, WITH_BEDTIME, find_forecaster
from hrvctl.domain.journal_text.reader import read_text
from hrvctl.domain.scenarios import comparison
from hrvctl.domain.scenarios.branches import (
    BASE,
    Branch,
    answered,
    changed,
    check_values,
    parse_branches,
)
from hrvctl.domain.series import History
from hrvctl.errors import DataError, HomeError, HrvctlError, UsageError
from hrvctl.records import Metric
from hrvctl.records.choices import Agent
from hrvctl.settings import Settings
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_guesses
from hrvctl.usecases import agent
from hrvctl.usecases.agent import AgentSettings
from hrvctl.usecases.history import load_answers, load_history, load_planned, load_series
from hrvctl.usecases.vocabulary import load_vocabulary, own_vocabulary
from hrvctl.usecases.workspace import Evening, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkDefaults:
    """The settings of every branch that does not change them.

    Attributes:
        model: The model to serve, or ``auto``.
        profile: The profile of the normal range.
        agent: Which agent makes the final forecast, and where the LLM is.
    """

    model: str = training.AUTO
    profile: str = DEFAULT_PROFILE
    agent: AgentSettings = field(default_factory=AgentSettings, metadata={"json_key": "speaker"})

    def with_changes(self, branch: Branch) -> "ForkDefaults":
        """The same, with the changes of the branch."""
        return ForkDefaults(
            model=branch.model or self.model,
            profile=branch.profile or self.profile,
            agent=replace(self.agent, agent=branch.agent or self.agent.agent),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The data known on the evening of a day, and the settings of every branch.

    Attributes:
        evening: Whose evening, and which; never live, for a fork seals nothing.
        defaults: The settings where a branch does not change them.
        metric: Which HRV metric is forecast.
        n_nights: Nights with HRV.
        inputs_sha256: Fingerprint of the past: every branch must find the same.
    """

    evening: Evening
    defaults: ForkDefaults
    metric: Metric
    n_nights: int
    inputs_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFile:
    """``checkpoint.json``: a checkpoint, and the branches to run.

    Attributes:
        defaults: The settings where a branch does not change them.
        metric: Which HRV metric is forecast.
        n_nights: Nights with HRV.
        inputs_sha256: Fingerprint of the past.
        branches: Each ``NAME:CHANGE[,CHANGE]...``, as the person wrote it.
    """

    artifact: ClassVar[str] = "checkpoint"

    defaults: ForkDefaults = field(metadata={"json_key": "choices"})
    metric: Metric
    n_nights: int
    inputs_sha256: str
    branches: tuple[str, ...]


def take_checkpoint(
    workspace: Workspace, subject: str, as_of: date | None, defaults: ForkDefaults
) -> Checkpoint:
    """Record the data known on an evening; writes nothing.

    Raises:
        UsageError: The day is in the future.
        HomeError: Nothing is stored yet.
    """
    evening = replace(workspace.evening(subject, as_of), is_live=False)
    with open_store(workspace.home, write=False) as store:
        history = load_history(store, evening)
    return Checkpoint(
        evening=evening,
        defaults=defaults,
        metric=history.metric,
        n_nights=len(history.observed),
        inputs_sha256=tracking.fingerprint(history),
    )


def save_checkpoint(
    workspace: Workspace, checkpoint: Checkpoint, branches: Sequence[str], *, run_id: str
) -> None:
    """Write ``checkpoint.json``, and remove an older fork of the same evening.

    Raises:
        HomeError: The older fork cannot be removed.
    """
    folder = fork_folder(workspace, checkpoint.evening)
    _remove(folder)
    content = CheckpointFile(
        defaults=checkpoint.defaults,
        metric=checkpoint.metric,
        n_nights=checkpoint.n_nights,
        inputs_sha256=checkpoint.inputs_sha256,
        branches=tuple(branches),
    )
    workspace.save(checkpoint.evening, content, run_id=run_id, folder=folder)


def load_checkpoint(
    workspace: Workspace, evening: Evening
) -> tuple[Checkpoint, tuple[Branch, ...]]:
    """Read what ``save_checkpoint`` wrote; the base is the first branch."""
    content = workspace.load(evening, CheckpointFile, folder=fork_folder(workspace, evening))
    checkpoint = Checkpoint(
        evening=evening,
        defaults=content.defaults,
        metric=content.metric,
        n_nights=content.n_nights,
        inputs_sha256=content.inputs_sha256,
    )
    return checkpoint, parse_branches(content.branches)


def fork_folder(workspace: Workspace, evening: Evening) -> Path:
    """The folder of an evening's fork, next to the live files and the replays."""
    return workspace.home.artifacts(evening.subject) / "forks" / evening.as_of.isoformat()


def check_branch(checkpoint: Checkpoint, branch: Branch) -> None:
    """Find the faults of a branch that show without running it.

    Raises:
        UsageError: It names a model, profile or agent that does not exist.
        DataError: A value of it is not one a person can have.
        ConfigError: It chooses an LLM that is not configured.
    """
    chosen = checkpoint.defaults.with_changes(branch)
    check_values(branch, checkpoint.metric)
    if chosen.model != training.AUTO:
        find_forecaster(chosen.model, forecasters(branch))
    baseline({}, day=checkpoint.evening.as_of, profile=chosen.profile)
    _check_agent(chosen.agent)


def check_branches(
    checkpoint: Checkpoint, branches: Sequence[Branch]
) -> tuple[list[Branch], list[BranchFailure]]:
    """Split branches into those that can run and those that cannot; see ``check_branch``."""
    sound, failed = [], []
    for branch in branches:
        try:
            check_branch(checkpoint, branch)
            sound.append(branch)
        except HrvctlError as error:
            failed.append(comparison.failure(branch, error, stage=""))
    return sound, failed


def _check_agent(chosen: AgentSettings) -> None:
    """Make sure that the agent exists, and that an LLM can be asked."""
    if chosen.agent not in list(Agent):
        raise UsageError(
            f"no agent is called {chosen.agent!r}", hint=f"choose one of: {', '.join(Agent)}"
        )
    agent.check_agent(chosen)


def forecasters(branch: Branch) -> tuple[Forecaster, ...]:
    """The models that compete: a planned bedtime adds the one that can use it."""
    return WITH_BEDTIME if branch.bedtime else CANDIDATES


def train_branch(
    workspace: Workspace, checkpoint: Checkpoint, branch: Branch
) -> tuple[BranchPredictions, TrainingMetrics]:
    """Fit and select the models on the branch's past.

    Raises:
        HrvctlError: The branch is faulty, or the data are no longer the checkpoint's.
    """
    known, planned = _past(workspace, checkpoint, branch)
    history, among = changed(planned, branch), forecasters(branch)
    model = checkpoint.defaults.with_changes(branch).model
    trained = training.train(history, forecasters=among, model=model)
    notes: tuple[str, ...] = ()
    if trained.served:
        notes = comparison.remarks(find_forecaster(trained.served, among), known, planned, branch)
    if branch.model not in ("", training.AUTO, trained.served):
        notes = (trained.reason, *notes)
    predictions = trained.predictions(inputs_sha256=tracking.fingerprint(history))
    return (
        BranchPredictions(
            **{each.name: getattr(predictions, each.name) for each in fields(predictions)},
            branch=BranchRemarks(
                notes=notes, learned_from=comparison.learned_from(history, branch)
            ),
        ),
        trained.metrics(),
    )


def summarise_branch(
    workspace: Workspace,
    checkpoint: Checkpoint,
    branch: Branch,
    predictions: BranchPredictions,
    metrics: TrainingMetrics,
) -> IntelligenceSummary:
    """Summarise the branch's evening.

    Raises:
        HrvctlError: As ``train_branch``; or it names a profile that does not exist.
    """
    evening = checkpoint.evening
    _, planned = _past(workspace, checkpoint, branch)
    with open_store(workspace.home, write=False) as store:
        _, others = load_series(store, evening)
        entries = load_answers(store, evening)
        guesses = load_guesses(store, evening.subject)
        records = agent.load_records(store, workspace, evening, predictions)
    features = journal.journal_features(
        answered(entries, branch, day=evening.as_of), guesses, day=evening.as_of
    )
    history = changed(planned, branch)
    return intelligence.summarise(
        history,
        predictions=predictions,
        metrics=metrics,
        journal=features,
        others=others,
        profile=checkpoint.defaults.with_changes(branch).profile,
        effects=effects.measure_effects(history),
        records=records,
    )


def decide_branch(
    checkpoint: Checkpoint, branch: Branch, summary: IntelligenceSummary
) -> AgentForecast:
    """Make the branch's final forecast.

    Raises:
        UsageError: There is no agent of that name; the hint lists the names.
        ConfigError: It is an LLM that is not configured.
    """
    chosen = checkpoint.defaults.with_changes(branch).agent
    _check_agent(chosen)
    return agent.decide(summary, chosen)


def run_branch(workspace: Workspace, checkpoint: Checkpoint, branch: Branch) -> BranchResult:
    """Run one branch from training to the final forecast in this process; writes nothing.

    Raises:
        HrvctlError: The branch is faulty.
    """
    predictions, metrics = train_branch(workspace, checkpoint, branch)
    summary = summarise_branch(workspace, checkpoint, branch, predictions, metrics)
    decided = decide_branch(checkpoint, branch, summary)
    return comparison.result(branch, predictions=predictions, summary=summary, decided=decided)


def read_answers(text: str, settings: Settings) -> tuple[dict[str, float], tuple[str, ...]]:
    """Read free text as the journal does: tag to answer, and the words not understood."""
    found = read_text(text, load_vocabulary(own_vocabulary(settings)))
    return {feature.tag: feature.value for feature in found.features}, tuple(found.unknown)


def what_if(workspace: Workspace, checkpoint: Checkpoint, branch: Branch) -> ForkComparison:
    """Run the base and one branch in this process and compare them; writes nothing.

    Raises:
        HrvctlError: The branch is faulty.
    """
    return comparison.compare(
        [run_branch(workspace, checkpoint, each) for each in (Branch(name=BASE), branch)]
    )


def _remove(folder: Path) -> None:
    """Remove an older fork of the same evening, all of it."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise HomeError(
            f"cannot replace the older fork in {folder}: {error.strerror or error}",
            hint="make it writable, or remove it",
        ) from error


def _past(workspace: Workspace, checkpoint: Checkpoint, branch: Branch) -> tuple[History, History]:
    """The past as it was known, and the same with the branch's bedtime."""
    with open_store(workspace.home, write=False) as store:
        known = load_history(store, checkpoint.evening)
        if tracking.fingerprint(known) != checkpoint.inputs_sha256:
            raise DataError(
                f"the data of {checkpoint.evening.as_of} changed while its branches ran",
                hint="fork it again",
            )
        if not branch.bedtime:
            return known, known
        return known, load_planned(store, checkpoint.evening, branch.bedtime)

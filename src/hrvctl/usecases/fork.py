"""Forking an evening: the checkpoint, and one branch from training to the final word."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hrvctl.domain import effects, intelligence, journal, tracking, training
from hrvctl.domain.baseline import DEFAULT_PROFILE, baseline
from hrvctl.domain.forecast.protocol import Forecaster
from hrvctl.domain.forecast.registry import CANDIDATES, WITH_BEDTIME, find_forecaster
from hrvctl.domain.scenarios import comparison
from hrvctl.domain.scenarios.branches import Branch, answered, changed, check_values
from hrvctl.domain.series import History
from hrvctl.errors import DataError, UsageError
from hrvctl.records import Metric
from hrvctl.records.choices import Agent
from hrvctl.store.artifacts import plain
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_guesses
from hrvctl.store.measurements import load_journal
from hrvctl.usecases import agent
from hrvctl.usecases.workspace import Evening, Workspace, load_history, load_planned, load_series

Content = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What holds in every branch that does not say otherwise.

    Attributes:
        model: The model to serve, or ``auto``.
        profile: How the normal range is made.
        speaker: Who gives the final word, and where the llm is.
    """

    model: str = training.AUTO
    profile: str = DEFAULT_PROFILE
    speaker: agent.Choice = agent.Choice()  # noqa: RUF009 - it is frozen

    def of(self, branch: Branch) -> "Choices":
        """The same, with what the branch chooses."""
        return Choices(
            model=branch.model or self.model,
            profile=branch.profile or self.profile,
            speaker=replace(self.speaker, agent=branch.agent or self.speaker.agent),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """All that was known on the evening of a day, and what holds in every branch.

    Attributes:
        evening: Whose evening, and which; never live, for a fork seals nothing.
        choices: What holds where a branch says nothing.
        metric: Which HRV metric is forecast.
        n_nights: Nights with HRV.
        inputs_sha256: Fingerprint of the past: every branch must find the same.
    """

    evening: Evening
    choices: Choices
    metric: Metric
    n_nights: int
    inputs_sha256: str


def take_checkpoint(workspace: Workspace, subject: str, as_of: str, choices: Choices) -> Checkpoint:
    """See what was known on an evening; writes nothing.

    Args:
        workspace: Where.
        subject: Whose evening.
        as_of: Which, YYYY-MM-DD; empty for today's.
        choices: What holds where a branch says nothing.

    Raises:
        UsageError: The day lies ahead, or is no date.
        HomeError: Nothing is stored yet.
    """
    evening = replace(workspace.evening(subject, as_of), is_live=False)
    with open_store(workspace.home, write=False) as store:
        history = load_history(store, evening)
    return Checkpoint(
        evening=evening,
        choices=choices,
        metric=history.metric,
        n_nights=len(history.observed),
        inputs_sha256=tracking.fingerprint(history),
    )


def check_branch(checkpoint: Checkpoint, branch: Branch) -> None:
    """Find what would make a branch fail, without running it.

    Raises:
        UsageError: It names a model, profile or agent that does not exist.
        DataError: A value of it is none a person can have.
        ConfigError: It asks for an llm that is not configured.
    """
    chosen = checkpoint.choices.of(branch)
    check_values(branch, checkpoint.metric)
    if chosen.model != training.AUTO:
        find_forecaster(chosen.model, forecasters(branch))
    baseline({}, day=checkpoint.evening.as_of, profile=chosen.profile)
    check_speaker(chosen.speaker)


def check_speaker(speaker: agent.Choice) -> None:
    """Make sure that an agent there is was chosen, and that it can be asked.

    Raises:
        UsageError: There is none of that name; names those there are.
        ConfigError: It is an llm that is not configured.
    """
    if speaker.agent not in list(Agent):
        raise UsageError(
            f"no agent is called {speaker.agent!r}", hint=f"choose one of: {', '.join(Agent)}"
        )
    agent.check_choice(speaker)


def forecasters(branch: Branch) -> tuple[Forecaster, ...]:
    """Who competes: a plan for the night brings in the model that can use it."""
    return WITH_BEDTIME if branch.bedtime else CANDIDATES


def train_branch(
    workspace: Workspace, checkpoint: Checkpoint, branch: Branch
) -> tuple[Content, Content]:
    """Fit and select the models on the branch's past.

    Returns:
        The content of ``model_predictions.json`` and of ``training_metrics.json``.

    Raises:
        HrvctlError: The branch cannot be, or the data are not the checkpoint's any more.
    """
    known, planned = _past(workspace, checkpoint, branch)
    history, among = changed(planned, branch), forecasters(branch)
    trained = training.train(history, forecasters=among, model=checkpoint.choices.of(branch).model)
    notes: tuple[str, ...] = ()
    if trained.served:
        notes = comparison.remarks(find_forecaster(trained.served, among), known, planned, branch)
    if branch.model not in ("", training.AUTO, trained.served):
        notes = (trained.reason, *notes)
    about = {"notes": notes, "learned_from": comparison.learned_from(history, branch)}
    predictions = {
        **trained.predictions(),
        "inputs_sha256": tracking.fingerprint(history),
        "branch": about,
    }
    return plain(predictions), plain(trained.metrics())


def summarise_branch(
    workspace: Workspace,
    checkpoint: Checkpoint,
    branch: Branch,
    predictions: Content,
    metrics: Content,
) -> Content:
    """The content of the branch's ``intelligence_summary.json``.

    Raises:
        HrvctlError: As ``train_branch``; or it names a profile that does not exist.
    """
    evening = checkpoint.evening
    _, planned = _past(workspace, checkpoint, branch)
    with open_store(workspace.home, write=False) as store:
        _, others = load_series(store, evening)
        entries = load_journal(store, evening.subject, until=evening.as_of)
        guesses = load_guesses(store, evening.subject)
        records = agent.load_records(store, workspace, evening, predictions)
    features = journal.journal_features(
        answered(entries, branch, day=evening.as_of), guesses, day=evening.as_of
    )
    history = changed(planned, branch)
    summary = intelligence.summarise(
        history,
        predictions=predictions,
        metrics=metrics,
        journal=plain(features),
        others=others,
        profile=checkpoint.choices.of(branch).profile,
        effects=effects.measure_effects(history),
    )
    summary["records"] = records
    return dict(plain(summary))


def decide_branch(checkpoint: Checkpoint, branch: Branch, summary: Mapping[str, Any]) -> Content:
    """The content of the branch's ``agent_forecast.json``.

    Raises:
        HrvctlError: See ``check_speaker``.
    """
    speaker = checkpoint.choices.of(branch).speaker
    check_speaker(speaker)
    return dict(plain(agent.decide(summary, speaker)))


def run_branch(workspace: Workspace, checkpoint: Checkpoint, branch: Branch) -> Content:
    """One branch from training to the final word, in this process; writes nothing.

    Returns:
        See ``comparing.result``.

    Raises:
        HrvctlError: What is at fault with it.
    """
    predictions, metrics = train_branch(workspace, checkpoint, branch)
    summary = summarise_branch(workspace, checkpoint, branch, predictions, metrics)
    decided = decide_branch(checkpoint, branch, summary)
    return comparison.result(branch, predictions=predictions, summary=summary, decided=decided)


def _past(workspace: Workspace, checkpoint: Checkpoint, branch: Branch) -> tuple[History, History]:
    """The past as it was known, and with the branch's bedtime laid over it."""
    with open_store(workspace.home, write=False) as store:
        known = load_history(store, checkpoint.evening)
        if tracking.fingerprint(known) != checkpoint.inputs_sha256:
            raise DataError(
                f"what is known of {checkpoint.evening.as_of} changed while its branches ran",
                hint="fork it again",
            )
        if not branch.bedtime:
            return known, known
        return known, load_planned(store, checkpoint.evening, branch.bedtime)

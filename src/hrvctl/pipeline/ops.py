"""The ops: each loads, calls the domain, saves, and says what it did. None of them computes."""

import dataclasses
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import dagster as dg

from hrvctl.domain import effects, intelligence, tracking, training
from hrvctl.domain.forecast.registry import CANDIDATES, WITH_BEDTIME
from hrvctl.pipeline.assets import tell
from hrvctl.pipeline.failures import stage
from hrvctl.store.database import open_store
from hrvctl.usecases import agent as agent_usecase
from hrvctl.usecases import daily_notes, ingest, journal, ledger, rebuild, vocabulary
from hrvctl.usecases.workspace import Evening, Workspace, load_history, load_planned, load_series

WorkspaceParam = dg.ResourceParam[Workspace]

# How far back `daily` lists what came true; every morning counts in the records all the same.
LISTED_DAYS = 7

# The names of the settings once more: written out, Dagster's pages offer them and refuse others.
Model = Literal["auto", "hierarchical", "local_level", "ses", "ma7", "naive"]
Profile = Literal["robust60", "plews", "hrv4t-like", "javaloyes"]
Agent = Literal["rules", "llm"]


class _Config(dg.Config):
    # Dagster shows the text below each field beside it.
    model_config = {"use_attribute_docstrings": True}


class IngestConfig(_Config):
    """Whose evening it is, and what to read besides the inbox."""

    subject: str = "me"
    """Whose data."""
    as_of: str = ""
    """Replay the evening of this day, YYYY-MM-DD, sealing nothing; empty means tonight."""
    paths: list[str] = []
    """Export files, folders or zips to take in besides the inbox."""


class JournalConfig(_Config):
    """Where the person's daily notes and own words are, and their guess for the morning."""

    folder: str = ""
    """Folder of your daily notes, read where it lies; empty for none."""
    vocabulary: str = ""
    """Your own words, a TOML file; empty for none."""
    guess_ms: float | None = None
    """Your guess, ms. Dagster keeps what is written here; ``hrvctl guess`` does not tell it."""


class TrainingConfig(_Config):
    """Which model to serve."""

    model: Model = "auto"
    """A model's name; ``auto`` lets the person's own past decide."""
    bedtime: str = ""
    """When you mean to sleep tonight, HH:MM; lets a model that knows it compete."""


class IntelligenceConfig(_Config):
    """How the normal range is made."""

    profile: Profile = "robust60"
    """Name of the method."""


class AgentConfig(_Config):
    """Who gives the final word, and where the llm is. A key has no place here: see the README."""

    agent: Agent = "rules"
    """``rules``, or ``llm`` to ask a language model as well."""
    llm_url: str = agent_usecase.Choice().url
    """OpenAI-compatible endpoint; Dagster keeps what is written here."""
    llm_model: str = ""
    """Its model, as the endpoint names it."""
    llm_timeout_s: float = agent_usecase.Choice().timeout_s
    """Seconds it may take in all."""
    may_send: bool = True
    """False in a rehearsal: the llm is not asked."""


class ReconcileConfig(_Config):
    """Which mornings to list, and a correction of one; used when the op runs alone."""

    subject: str = "me"
    """Whose data."""
    first: str = ""
    """First morning, YYYY-MM-DD; empty means the last week."""
    last: str = ""
    """Last morning, YYYY-MM-DD; empty means the first one alone."""
    actual_ms: float | None = None
    """What the first morning should have been, ms. Dagster keeps what is written here."""
    reason: str = ""
    """Why it is corrected."""


@stage
def ingest_op(
    context: dg.OpExecutionContext, config: IngestConfig, workspace: WorkspaceParam
) -> Evening:
    """Take in new export files from the inbox and from ``--import``."""
    evening = workspace.evening(config.subject, config.as_of)
    report = ingest.take_in(workspace, evening, [Path(path) for path in config.paths])
    path = workspace.save(evening, "ingest_report", report.artifact(), run_id=context.run_id)
    tell(context, workspace, evening, path)
    return evening


@stage
def journal_op(
    context: dg.OpExecutionContext,
    config: JournalConfig,
    workspace: WorkspaceParam,
    evening: Evening,
) -> Evening:
    """Read the day's features out of notes and folder; record the guess."""
    guess_ms = workspace.private.guess_ms if config.guess_ms is None else config.guess_ms
    words = vocabulary.load_vocabulary(config.vocabulary)
    with open_store(workspace.home, write=True) as store:
        report = daily_notes.gather(store, workspace, evening, config.folder, words)
        if guess_ms is not None:
            journal.record_guess(store, workspace, evening, guess_ms)
        features = journal.load_features(store, evening, words)
    content = {**dataclasses.asdict(features), "folder": report}
    path = workspace.save(evening, "journal_features", content, run_id=context.run_id)
    tell(context, workspace, evening, path)
    return evening


@stage
def training_op(
    context: dg.OpExecutionContext,
    config: TrainingConfig,
    workspace: WorkspaceParam,
    evening: Evening,
) -> Evening:
    """Fit and select the forecast models."""
    bedtime = config.bedtime or workspace.private.bedtime
    with open_store(workspace.home, write=False) as store:
        history = load_planned(store, evening, bedtime) if bedtime else load_history(store, evening)
    forecasters = WITH_BEDTIME if bedtime else CANDIDATES
    trained = training.train(history, forecasters=forecasters, model=config.model)
    inputs = tracking.fingerprint(history, version=version("hrvctl"))
    predictions = {**trained.predictions(), "inputs_sha256": inputs}
    path = workspace.save(evening, "model_predictions", predictions, run_id=context.run_id)
    tell(context, workspace, evening, path)
    path = workspace.save(evening, "training_metrics", trained.metrics(), run_id=context.run_id)
    tell(context, workspace, evening, path)
    return evening


@stage
def tracking_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, evening: Evening
) -> Evening:
    """Seal the models' forecasts, and the guess, in the ledger."""
    predictions = workspace.load(evening, "model_predictions")
    with open_store(workspace.home, write=True) as store:
        n_sealed = ledger.seal_models(store, workspace, evening, predictions, run_id=context.run_id)
        sealed = ledger.sealed_by(store, evening)
        path, n_rows = ledger.publish_registry(store, workspace, evening, sealed)
    tell(context, workspace, evening, path, is_final=False, rows=n_rows, sealed=n_sealed)
    return evening


@stage
def intelligence_op(
    context: dg.OpExecutionContext,
    config: IntelligenceConfig,
    workspace: WorkspaceParam,
    evening: Evening,
) -> Evening:
    """Summarise history, baseline, trend, effects and how good the models have been."""
    predictions = workspace.load(evening, "model_predictions")
    with open_store(workspace.home, write=False) as store:
        history, (_, others) = load_history(store, evening), load_series(store, evening)
        records = agent_usecase.load_records(store, workspace, evening, predictions)
    found = effects.measure_effects(history)
    summary = intelligence.summarise(
        history,
        predictions=predictions,
        metrics=workspace.load(evening, "training_metrics"),
        journal=workspace.load(evening, "journal_features"),
        others=others,
        profile=config.profile,
        effects=found,
    )
    summary["records"] = records
    path = workspace.save(evening, "intelligence_summary", summary, run_id=context.run_id)
    tell(context, workspace, evening, path)
    return evening


@stage
def agent_op(
    context: dg.OpExecutionContext, config: AgentConfig, workspace: WorkspaceParam, evening: Evening
) -> Evening:
    """Give the final word, and seal what each agent said."""
    choice = agent_usecase.Choice(
        agent=config.agent,
        url=config.llm_url,
        model=config.llm_model,
        timeout_s=config.llm_timeout_s,
        may_send=config.may_send,
    )
    decided = agent_usecase.decide(workspace.load(evening, "intelligence_summary"), choice)
    path = workspace.save(
        evening, "agent_forecast", dataclasses.asdict(decided), run_id=context.run_id
    )
    predictions = workspace.load(evening, "model_predictions")
    with open_store(workspace.home, write=True) as store:
        n_sealed = ledger.seal_agent(
            store, workspace, evening, decided, predictions, run_id=context.run_id
        )
    tell(context, workspace, evening, path, sealed=n_sealed)
    return evening


@stage
def reconcile_op(
    context: dg.OpExecutionContext,
    config: ReconcileConfig,
    workspace: WorkspaceParam,
    evenings: list[Evening] | None = None,
) -> Evening:
    """Join forecasts with what came true, last of all."""
    evening = evenings[0] if evenings else workspace.evening(config.subject)
    first, last = _mornings(config, workspace, evening)
    actual_ms = workspace.private.actual_ms if config.actual_ms is None else config.actual_ms
    with open_store(workspace.home, write=True) as store:
        if actual_ms is not None:
            reason = config.reason or workspace.private.reason
            ledger.correct(store, workspace, evening, first, actual_ms, reason)
        ledger.record_outcomes(store, workspace, evening)
        sealed = ledger.sealed_by(store, evening)
        done = ledger.reconcile_mornings(store, workspace, evening, sealed, first=first, last=last)
        table, n_rows = ledger.publish_registry(store, workspace, evening, sealed)
    path = workspace.save(
        evening, "reconciliation", dataclasses.asdict(done), run_id=context.run_id
    )
    rebuild.keep_evening(workspace, evening, run_id=context.run_id, is_whole=bool(evenings))
    tell(context, workspace, evening, path)
    tell(context, workspace, evening, table, rows=n_rows)
    return evening


@dg.op
def greet(name: str) -> str:
    """Make the greeting of the smoke test."""
    return f"Hello, {name}!"


@dg.op
def log_greeting(context: dg.OpExecutionContext, greeting: str) -> None:
    """Log the greeting, so that a person sees that ops run and logs are kept."""
    context.log.info(greeting)


def _mornings(config: ReconcileConfig, workspace: Workspace, evening: Evening) -> tuple[date, date]:
    if not config.first:
        return evening.as_of - timedelta(days=LISTED_DAYS - 1), evening.as_of
    first = workspace.day(config.first)
    return first, workspace.day(config.last) if config.last else first

"""The ops of the daily, reconcile and greeting jobs: load, call the domain, save, log metadata."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from hrvctl.domain import intelligence, tracking, training
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.artifacts.training import ModelPredictions, TrainingMetrics
from hrvctl.domain.forecast.registry import CANDIDATES, WITH_BEDTIME
from hrvctl.domain.series import History
from hrvctl.pipeline.asset_metadata import Registry
from hrvctl.pipeline.assets import log_artifact
from hrvctl.pipeline.failures import hrv_op
from hrvctl.pipeline.run_config import AgentName, ModelName, ProfileName
from hrvctl.pipeline.run_tags import tag_run
from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.store.database import open_store
from hrvctl.usecases import (
    agent,
    daily_notes,
    guesses,
    inbox_folders,
    ingest,
    journal,
    ledger,
    outcomes,
    pull,
    rebuild,
    registry_file,
    seals,
    vocabulary,
)
from hrvctl.usecases.agent import AgentSettings
from hrvctl.usecases.effects import weekly_effects
from hrvctl.usecases.fits import keep_fits
from hrvctl.usecases.history import load_history, load_planned, load_series
from hrvctl.usecases.reproduction import made_with
from hrvctl.usecases.workspace import Evening, Workspace, parse_day

WorkspaceParam = dg.ResourceParam[Workspace]

# Mornings that `daily` lists; the records count every morning.
LISTED_DAYS = 7


class _Config(dg.Config):
    # Dagster's pages show the text below each field as it is: no backticks.
    model_config = {"use_attribute_docstrings": True}


class IngestConfig(_Config):
    """The person, the evening, and files to import besides the inbox."""

    subject: str = "me"
    """Name of the person whose data it is."""
    as_of: str = ""
    """Replay the evening of this day, YYYY-MM-DD, sealing nothing; empty means tonight."""
    pull: list[str] = []
    """Connected vendors to pull from first; a replay pulls nothing."""
    paths: list[str] = []
    """Files to import out of order, inside the inbox or the folder of your daily notes."""
    whole_inbox: bool = True
    """Also import what a person put into the inbox; false: only what was pulled for the subject."""


class JournalConfig(_Config):
    """The person's guess for the morning; folder and vocabulary come from the settings."""

    guess_ms: float | None = None
    """Your guess, ms. Dagster stores what is written here; hrvctl guess keeps it out."""


class TrainingConfig(_Config):
    """The model to serve."""

    model: ModelName = Model.AUTO.value
    """A model's name; auto selects by the person's own history."""
    bedtime: str = ""
    """Planned bedtime tonight, HH:MM; adds the model that uses it to the candidates."""


class IntelligenceConfig(_Config):
    """The method of the normal range."""

    profile: ProfileName = Profile.ROBUST60.value
    """Name of the method."""


class AgentConfig(_Config):
    """Who makes the final forecast; the llm's endpoint comes from the settings alone."""

    agent: AgentName = Agent.RULES.value
    """Who makes it: rules, or llm to ask a language model as well."""
    may_send: bool = True
    """Whether the llm may be asked; false in a dry run."""


class ReconcileConfig(_Config):
    """The mornings to list and a correction of one; used when the op runs alone."""

    subject: str = "me"
    """Name of the person whose data it is."""
    first: str = ""
    """First morning, YYYY-MM-DD; empty means the last week."""
    last: str = ""
    """Last morning, YYYY-MM-DD; empty means the first one alone."""
    actual_ms: float | None = None
    """The corrected HRV of the first morning, ms. Dagster stores what is written here."""
    reason: str = ""
    """Reason of the correction."""


@hrv_op
def ingest_op(
    context: dg.OpExecutionContext, config: IngestConfig, workspace: WorkspaceParam
) -> Evening:
    """Pull from vendors and folders, then import the inbox and what ``--import`` names."""
    as_of = parse_day(config.as_of) if config.as_of else None
    evening = workspace.evening(config.subject, as_of)
    mode = "live" if evening.is_live else "replay"
    tag_run(context, subject=evening.subject, mode=mode, as_of=evening.as_of.isoformat())
    paths = [Path(path) for path in workspace.private.paths]
    if config.paths:  # whoever may start a run on Dagster's pages must not read other files
        paths += ingest.paths_inside(workspace, config.paths)
    # A run from the command line has pulled before it locked the home; any other pulls here, before
    # the store is opened: whoever reads it meanwhile does not wait for a vendor.
    pulled = pull.pull_evening(workspace, evening, config.pull)
    for one in pulled:
        context.log.info(f"pulled from {one.vendor}: {one.outcome}, {one.n_records} records")
    folders = workspace.personal().inbox_folders if evening.is_live else ()
    unread = inbox_folders.copy_new(workspace, folders)
    done = ingest.import_new(workspace, evening, paths, whole_inbox=config.whole_inbox)
    report = done.artifact()
    report = replace(report, pulled=pulled, failed=(*unread, *report.failed))
    path = workspace.save(evening, report, run_id=context.run_id)
    log_artifact(context, workspace, evening, report, path)
    return evening


@hrv_op
def journal_op(
    context: dg.OpExecutionContext,
    config: JournalConfig,
    workspace: WorkspaceParam,
    evening: Evening,
) -> Evening:
    """Extract the day's features from journal and daily notes; record the guess."""
    guess_ms = workspace.private.guess_ms if config.guess_ms is None else config.guess_ms
    personal = workspace.personal()
    words = vocabulary.load_vocabulary(personal.vocabulary)
    with open_store(workspace.home, write=True) as store:
        report = daily_notes.gather(store, workspace, evening, personal.folder, words)
        if guess_ms is not None:
            guesses.record_guess(store, workspace, evening, guess_ms)
        features = journal.load_features(store, evening, words)
    content = daily_notes.journal_report(features, report)
    path = workspace.save(evening, content, run_id=context.run_id)
    log_artifact(context, workspace, evening, content, path)
    return evening


@hrv_op
def training_op(
    context: dg.OpExecutionContext,
    config: TrainingConfig,
    workspace: WorkspaceParam,
    evening: Evening,
) -> Evening:
    """Fit and select the forecast models."""
    bedtime = config.bedtime or workspace.private.bedtime
    if bedtime:
        with open_store(workspace.home, write=False) as store:
            history = load_planned(store, evening, bedtime)
    else:
        history = _history(context, workspace, evening)
    forecasters = WITH_BEDTIME if bedtime else CANDIDATES
    with keep_fits(workspace, evening):
        trained = training.train(history, forecasters=forecasters, model=config.model)
    made = made_with(config.model, bedtime)
    inputs = tracking.fingerprint(history, **made.hashed)
    for content in (trained.predictions(inputs_sha256=inputs, made=made), trained.metrics()):
        path = workspace.save(evening, content, run_id=context.run_id)
        log_artifact(context, workspace, evening, content, path)
    return evening


@hrv_op
def tracking_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, evening: Evening
) -> Evening:
    """Seal the models' forecasts, and the guess, in the ledger."""
    predictions = workspace.load(evening, ModelPredictions)
    with open_store(workspace.home, write=True) as store:
        n_sealed = seals.seal_models(store, workspace, evening, predictions, run_id=context.run_id)
        path, n_rows = registry_file.publish_registry(store, workspace, evening)
    registry = Registry(n_rows=n_rows, n_sealed=n_sealed)
    log_artifact(context, workspace, evening, registry, path, is_final=False)
    return evening


@hrv_op
def intelligence_op(
    context: dg.OpExecutionContext,
    config: IntelligenceConfig,
    workspace: WorkspaceParam,
    evening: Evening,
) -> Evening:
    """Summarise history, baseline, trend, effects and the models' accuracy."""
    predictions = workspace.load(evening, ModelPredictions)
    history = _history(context, workspace, evening)
    with open_store(workspace.home, write=False) as store:
        _, others = load_series(store, evening)
        records = agent.load_records(store, workspace, evening, predictions)
    summary = intelligence.summarise(
        history,
        predictions=predictions,
        metrics=workspace.load(evening, TrainingMetrics),
        journal=workspace.load(evening, daily_notes.JournalReport),
        others=others,
        profile=config.profile,
        effects=weekly_effects(workspace, evening, history),
        records=records,
    )
    path = workspace.save(evening, summary, run_id=context.run_id)
    log_artifact(context, workspace, evening, summary, path)
    return evening


@hrv_op
def agent_op(
    context: dg.OpExecutionContext, config: AgentConfig, workspace: WorkspaceParam, evening: Evening
) -> Evening:
    """Make the final forecast, and seal each agent's."""
    personal = workspace.personal()
    chosen = AgentSettings(
        agent=config.agent,
        url=personal.llm_url,
        model=personal.llm_model,
        timeout_s=personal.llm_timeout_s,
        may_send=config.may_send,
    )
    decided = agent.decide(workspace.load(evening, IntelligenceSummary), chosen)
    path = workspace.save(evening, decided, run_id=context.run_id)
    predictions = workspace.load(evening, ModelPredictions)
    with open_store(workspace.home, write=True) as store:
        n_sealed = seals.seal_agent(
            store, workspace, evening, decided, predictions, run_id=context.run_id
        )
    log_artifact(context, workspace, evening, decided, path, n_sealed=n_sealed)
    return evening


@hrv_op
def reconcile_op(
    context: dg.OpExecutionContext,
    config: ReconcileConfig,
    workspace: WorkspaceParam,
    evenings: list[Evening] | None = None,
) -> Evening:
    """Compare forecasts with the measured mornings; the last op."""
    evening = evenings[0] if evenings else workspace.evening(config.subject)
    if not evenings:
        tag_run(context, subject=evening.subject, mode="reconcile")
    first, last = _mornings(config, workspace, evening)
    actual_ms = workspace.private.actual_ms if config.actual_ms is None else config.actual_ms
    with open_store(workspace.home, write=True) as store:
        if actual_ms is not None:
            reason = config.reason or workspace.private.reason
            outcomes.correct(store, workspace, evening, first, actual_ms, reason)
        outcomes.record_outcomes(store, workspace, evening)
        sealed = ledger.sealed_by(store, evening)
        done = ledger.reconcile_mornings(store, workspace, evening, sealed, first=first, last=last)
        table, n_rows = registry_file.publish_registry(store, workspace, evening)
    path = workspace.save(evening, done, run_id=context.run_id)
    rebuild.keep_evening(workspace, evening, run_id=context.run_id, is_whole=bool(evenings))
    log_artifact(context, workspace, evening, done, path)
    log_artifact(context, workspace, evening, Registry(n_rows=n_rows), table)
    return evening


@dg.op
def greet(name: str) -> str:
    """Make the greeting of the smoke test."""
    return f"Hello, {name}!"


@dg.op
def log_greeting(context: dg.OpExecutionContext, greeting: str) -> str:
    """Log the greeting and return it: ops run, and the log is kept."""
    context.log.info(greeting)
    return greeting


# The history of the run that is going on.
_loaded: dict[tuple[str, Evening], History] = {}


def _history(context: dg.OpExecutionContext, workspace: Workspace, evening: Evening) -> History:
    """Load the history once a run; the forecast and what is said of it are made from the same."""
    key = context.run_id, evening
    if key not in _loaded:
        _loaded.clear()
        with open_store(workspace.home, write=False) as store:
            _loaded[key] = load_history(store, evening)
    return _loaded[key]


def _mornings(config: ReconcileConfig, workspace: Workspace, evening: Evening) -> tuple[date, date]:
    if not config.first:
        return evening.as_of - timedelta(days=LISTED_DAYS - 1), evening.as_of
    first = workspace.check_day(parse_day(config.first))
    return first, workspace.check_day(parse_day(config.last)) if config.last else first

"""The ops: each loads, calls the domain, saves, and says what it did. None of them computes."""

import dataclasses
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import dagster as dg

from hrvctl.domain import effects, intelligence, tracking, training
from hrvctl.domain.forecast.candidates import CANDIDATES, WITH_BEDTIME
from hrvctl.pipeline import (
    deciding,
    folder,
    importing,
    journaling,
    rebuilding,
    sealing,
    vocabulary,
)
from hrvctl.pipeline.assets import tell
from hrvctl.pipeline.faults import stage
from hrvctl.pipeline.house import Evening, House, load_history, load_planned, load_series
from hrvctl.store.database import open_store

HouseParam = dg.ResourceParam[House]

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
    llm_url: str = deciding.Choice().url
    """OpenAI-compatible endpoint; Dagster keeps what is written here."""
    llm_model: str = ""
    """Its model, as the endpoint names it."""
    llm_timeout_s: float = deciding.Choice().timeout_s
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
def ingest_op(context: dg.OpExecutionContext, config: IngestConfig, house: HouseParam) -> Evening:
    """Take in new export files from the inbox and from ``--import``."""
    evening = house.evening(config.subject, config.as_of)
    report = importing.take_in(house, evening, [Path(path) for path in config.paths])
    path = house.save(evening, "ingest_report", report.artifact(), run_id=context.run_id)
    tell(context, house, evening, path)
    return evening


@stage
def journal_op(
    context: dg.OpExecutionContext, config: JournalConfig, house: HouseParam, evening: Evening
) -> Evening:
    """Read the day's features out of notes and folder; record the guess."""
    guess_ms = house.said.guess_ms if config.guess_ms is None else config.guess_ms
    words = vocabulary.load_vocabulary(config.vocabulary)
    with open_store(house.home, write=True) as store:
        report = folder.gather(store, house, evening, config.folder, words)
        if guess_ms is not None:
            journaling.record_guess(store, house, evening, guess_ms)
        features = journaling.load_features(store, evening, words)
    content = {**dataclasses.asdict(features), "folder": report}
    path = house.save(evening, "journal_features", content, run_id=context.run_id)
    tell(context, house, evening, path)
    return evening


@stage
def training_op(
    context: dg.OpExecutionContext, config: TrainingConfig, house: HouseParam, evening: Evening
) -> Evening:
    """Fit and select the forecast models."""
    bedtime = config.bedtime or house.said.bedtime
    with open_store(house.home, write=False) as store:
        history = load_planned(store, evening, bedtime) if bedtime else load_history(store, evening)
    forecasters = WITH_BEDTIME if bedtime else CANDIDATES
    trained = training.train(history, forecasters=forecasters, model=config.model)
    inputs = tracking.fingerprint(history, version=version("hrvctl"))
    predictions = {**trained.predictions(), "inputs_sha256": inputs}
    path = house.save(evening, "model_predictions", predictions, run_id=context.run_id)
    tell(context, house, evening, path)
    path = house.save(evening, "training_metrics", trained.metrics(), run_id=context.run_id)
    tell(context, house, evening, path)
    return evening


@stage
def tracking_op(context: dg.OpExecutionContext, house: HouseParam, evening: Evening) -> Evening:
    """Seal the models' forecasts, and the guess, in the ledger."""
    predictions = house.load(evening, "model_predictions")
    with open_store(house.home, write=True) as store:
        n_sealed = sealing.seal_models(store, house, evening, predictions, run_id=context.run_id)
        sealed = sealing.sealed_by(store, evening)
        path, n_rows = sealing.publish_registry(store, house, evening, sealed)
    tell(context, house, evening, path, is_final=False, rows=n_rows, sealed=n_sealed)
    return evening


@stage
def intelligence_op(
    context: dg.OpExecutionContext,
    config: IntelligenceConfig,
    house: HouseParam,
    evening: Evening,
) -> Evening:
    """Summarise history, baseline, trend, effects and how good the models have been."""
    predictions = house.load(evening, "model_predictions")
    with open_store(house.home, write=False) as store:
        history, (_, others) = load_history(store, evening), load_series(store, evening)
        records = deciding.load_records(store, house, evening, predictions)
    found = effects.measure_effects(history)
    summary = intelligence.summarise(
        history,
        predictions=predictions,
        metrics=house.load(evening, "training_metrics"),
        journal=house.load(evening, "journal_features"),
        others=others,
        profile=config.profile,
        effects=found,
    )
    summary["records"] = records
    path = house.save(evening, "intelligence_summary", summary, run_id=context.run_id)
    tell(context, house, evening, path)
    return evening


@stage
def agent_op(
    context: dg.OpExecutionContext, config: AgentConfig, house: HouseParam, evening: Evening
) -> Evening:
    """Give the final word, and seal what each agent said."""
    choice = deciding.Choice(
        agent=config.agent,
        url=config.llm_url,
        model=config.llm_model,
        timeout_s=config.llm_timeout_s,
        may_send=config.may_send,
    )
    decided = deciding.decide(house.load(evening, "intelligence_summary"), choice)
    path = house.save(evening, "agent_forecast", dataclasses.asdict(decided), run_id=context.run_id)
    predictions = house.load(evening, "model_predictions")
    with open_store(house.home, write=True) as store:
        n_sealed = sealing.seal_agent(
            store, house, evening, decided, predictions, run_id=context.run_id
        )
    tell(context, house, evening, path, sealed=n_sealed)
    return evening


@stage
def reconcile_op(
    context: dg.OpExecutionContext,
    config: ReconcileConfig,
    house: HouseParam,
    evenings: list[Evening] | None = None,
) -> Evening:
    """Join forecasts with what came true, last of all."""
    evening = evenings[0] if evenings else house.evening(config.subject)
    first, last = _mornings(config, house, evening)
    actual_ms = house.said.actual_ms if config.actual_ms is None else config.actual_ms
    with open_store(house.home, write=True) as store:
        if actual_ms is not None:
            reason = config.reason or house.said.reason
            sealing.correct(store, house, evening, first, actual_ms, reason)
        sealing.record_outcomes(store, house, evening)
        sealed = sealing.sealed_by(store, evening)
        done = sealing.reconcile_mornings(store, house, evening, sealed, first=first, last=last)
        table, n_rows = sealing.publish_registry(store, house, evening, sealed)
    path = house.save(evening, "reconciliation", dataclasses.asdict(done), run_id=context.run_id)
    rebuilding.keep_evening(house, evening, run_id=context.run_id, is_whole=bool(evenings))
    tell(context, house, evening, path)
    tell(context, house, evening, table, rows=n_rows)
    return evening


@dg.op
def greet(name: str) -> str:
    """Make the greeting of the smoke test."""
    return f"Hello, {name}!"


@dg.op
def log_greeting(context: dg.OpExecutionContext, greeting: str) -> None:
    """Log the greeting, so that a person sees that ops run and logs are kept."""
    context.log.info(greeting)


def _mornings(config: ReconcileConfig, house: House, evening: Evening) -> tuple[date, date]:
    if not config.first:
        return evening.as_of - timedelta(days=LISTED_DAYS - 1), evening.as_of
    first = house.day(config.first)
    return first, house.day(config.last) if config.last else first

"""The ops: each loads, calls the domain, saves, and says what it did. None of them computes."""

import dataclasses
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import dagster as dg

from hrvctl.domain import agent, intelligence, journal, tracking, training
from hrvctl.domain.forecast.candidates import CANDIDATES, WITH_BEDTIME
from hrvctl.errors import SealRefused
from hrvctl.pipeline import importing, sealing
from hrvctl.pipeline.house import Evening, House, load_history, load_planned, load_series
from hrvctl.records import Guess
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_guesses, save_guess
from hrvctl.store.measurements import load_journal

HouseParam = dg.ResourceParam[House]

# How far back `daily` lists what came true; every morning counts in the records all the same.
LISTED_DAYS = 7


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
    """The person's own guess for the coming morning."""

    guess_ms: float | None = None
    """Your guess, ms. Dagster keeps what is written here; ``hrvctl guess`` does not tell it."""


class TrainingConfig(_Config):
    """Which model to serve."""

    model: str = training.AUTO
    """A model's name; ``auto`` lets the person's own past decide."""
    bedtime: str = ""
    """When you mean to sleep tonight, HH:MM; lets a model that knows it compete."""


class IntelligenceConfig(_Config):
    """How the normal range is made."""

    profile: str = "robust60"
    """Name of the method."""


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


@dg.op
def ingest_op(context: dg.OpExecutionContext, config: IngestConfig, house: HouseParam) -> Evening:
    """Take in new export files from the inbox and from ``--import``."""
    evening = house.evening(config.subject, config.as_of)
    report = importing.take_in(house, evening, [Path(path) for path in config.paths])
    path = house.save(evening, "ingest_report", report.artifact(), run_id=context.run_id)
    _materialise(context, path, files=len(report.files), failed=len(report.failed))
    return evening


@dg.op
def journal_op(
    context: dg.OpExecutionContext, config: JournalConfig, house: HouseParam, evening: Evening
) -> Evening:
    """Write the day's features; record the guess."""
    guess_ms = house.said.guess_ms if config.guess_ms is None else config.guess_ms
    with open_store(house.home, write=True) as store:
        if guess_ms is not None:
            if not evening.is_live:
                raise SealRefused("a guess belongs to a live evening, not to a replay")
            target = evening.as_of + timedelta(days=1)
            guess = Guess(
                target=target,
                hrv_ms=journal.check_guess(guess_ms),
                made_at=house.clock(),
            )
            save_guess(store, evening.subject, guess)
        features = journal.journal_features(
            load_journal(store, evening.subject, until=evening.as_of),
            load_guesses(store, evening.subject),
            day=evening.as_of,
        )
    path = house.save(
        evening, "journal_features", dataclasses.asdict(features), run_id=context.run_id
    )
    _materialise(context, path, answers=len(features.features))
    return evening


@dg.op
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
    _materialise(context, path, nights=trained.data.n_nights, served=trained.served or "none")
    path = house.save(evening, "training_metrics", trained.metrics(), run_id=context.run_id)
    _materialise(context, path, models=len(trained.candidates))
    return evening


@dg.op
def tracking_op(context: dg.OpExecutionContext, house: HouseParam, evening: Evening) -> Evening:
    """Seal the models' forecasts, and the guess, in the ledger."""
    predictions = house.load(evening, "model_predictions")
    with open_store(house.home, write=True) as store:
        n_sealed = sealing.seal_models(store, house, evening, predictions, run_id=context.run_id)
        path, n_rows = sealing.publish_registry(store, house, evening)
    _materialise(context, path, rows=n_rows, sealed=n_sealed)
    return evening


@dg.op
def intelligence_op(
    context: dg.OpExecutionContext,
    config: IntelligenceConfig,
    house: HouseParam,
    evening: Evening,
) -> Evening:
    """Summarise history, baseline, trend and how good the models have been."""
    with open_store(house.home, write=False) as store:
        history, others = load_series(store, evening)
    summary = intelligence.summarise(
        history,
        predictions=house.load(evening, "model_predictions"),
        metrics=house.load(evening, "training_metrics"),
        journal=house.load(evening, "journal_features"),
        others=others,
        profile=config.profile,
    )
    path = house.save(evening, "intelligence_summary", summary, run_id=context.run_id)
    _materialise(context, path, nights=len(history.observed))
    return evening


@dg.op
def agent_op(context: dg.OpExecutionContext, house: HouseParam, evening: Evening) -> Evening:
    """Give the final word, and seal it."""
    decided = agent.decide(house.load(evening, "intelligence_summary"))
    path = house.save(evening, "agent_forecast", dataclasses.asdict(decided), run_id=context.run_id)
    predictions = house.load(evening, "model_predictions")
    with open_store(house.home, write=True) as store:
        n_sealed = sealing.seal_agent(
            store, house, evening, decided, predictions, run_id=context.run_id
        )
    _materialise(context, path, confidence=decided.confidence, sealed=n_sealed)
    return evening


@dg.op
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
        done = sealing.reconcile_mornings(store, house, evening, first, last)
        table, n_rows = sealing.publish_registry(store, house, evening)
    path = house.save(evening, "reconciliation", dataclasses.asdict(done), run_id=context.run_id)
    _materialise(context, path, mornings=len({row.target for row in done.rows}))
    _materialise(context, table, rows=n_rows)
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


def _materialise(context: dg.OpExecutionContext, path: Path, **metadata: int | str) -> None:
    # Counts, names and paths only: the event log must not become a second health record.
    context.log_event(
        dg.AssetMaterialization(
            asset_key=path.stem, metadata={"path": dg.MetadataValue.path(path), **metadata}
        )
    )

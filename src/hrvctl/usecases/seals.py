"""Seal forecasts in the ledger, before their mornings and before their outcomes are known."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from hrvctl.domain import tracking
from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.training import ModelPredictions
from hrvctl.domain.journal import counting_guess
from hrvctl.records import GUESS, Forecast, MadeWith, Metric, SealedForecast
from hrvctl.records.chain import Kind, make_entry
from hrvctl.store.database import Store
from hrvctl.store.ledger import (
    append_entry,
    append_sealed,
    has_outcome,
    load_guesses,
    load_head,
    load_sealed,
)
from hrvctl.usecases.history import load_spans
from hrvctl.usecases.workspace import Evening, Workspace

# Bytes of a salt: as long as half the hash it protects.
SALT_BYTES = 16

# The run of what a person sealed without one.
BY_HAND = "by hand"
# Longest that a run takes from its first sealed row to its last (own choice: the ten minutes that
# an llm may take, and half as much for the rest).
MAX_RUN = timedelta(minutes=15)

# A forecast and the SHA-256 of everything it was made from.
WithFingerprint = tuple[Forecast, str]


def seal_models(
    store: Store,
    workspace: Workspace,
    evening: Evening,
    predictions: ModelPredictions,
    *,
    run_id: str,
) -> int:
    """Seal the models' forecasts, and the guess; returns the rows added."""
    forecasts = {
        metric: [(forecast, predictions.inputs_sha256) for forecast in of_metric]
        for metric, of_metric in predictions.all_sealable.items()
    }
    target = evening.as_of + timedelta(days=1)
    guess = _guess_with_fingerprint(store, evening, target, predictions.last_observed)
    forecasts[predictions.metric] += guess
    by = predictions.measured_by
    return _seal(store, workspace, evening, forecasts, by, run_id, predictions.made)


def seal_agent(
    store: Store,
    workspace: Workspace,
    evening: Evening,
    decided: AgentForecast,
    predictions: ModelPredictions,
    *,
    run_id: str,
) -> int:
    """Seal each agent's own forecast; returns the rows added (none when withheld)."""
    inputs = predictions.inputs_sha256, predictions.served
    # A guess or an LLM that moved the model's forecast is known by the mean it was moved to.
    forecasts = [
        (own.forecast, _sha256(*inputs, repr(own.forecast.mean_ms)))
        for own in decided.own_forecasts
    ]
    of_metric = {predictions.metric: forecasts}
    by = predictions.measured_by
    return _seal(store, workspace, evening, of_metric, by, run_id, predictions.made)


def seal_guess(store: Store, workspace: Workspace, evening: Evening, target: date) -> int:
    """Seal the guess for a morning by itself, as soon as it is made; returns the rows added."""
    spans = load_spans(store, evening.subject)
    if not spans:
        return 0
    # With a night of tomorrow's date (a flight over the date line) the horizon would be zero.
    last = min(spans[0].last, evening.as_of)
    guess = {spans[0].metric: _guess_with_fingerprint(store, evening, target, last)}
    return _seal(store, workspace, evening, guess, spans[0].measured_by, run_id=BY_HAND)


def _seal(
    store: Store,
    workspace: Workspace,
    evening: Evening,
    forecasts: Mapping[Metric, Sequence[WithFingerprint]],
    measured_by: str,
    run_id: str,
    made: MadeWith | None = None,
) -> int:
    """Append the forecasts of each metric whose outcome is open; returns the rows added."""
    if not evening.is_live:
        return 0
    n_rows = 0
    with store.transaction():
        now = workspace.clock()
        sealed = load_sealed(store, evening.subject, after=evening.as_of, of_tomorrow=False)
        decided_at = _decided_at(now, (row for row in sealed if row.run_id == run_id))
        for metric, of_metric in forecasts.items():
            # A person who flew east over the date line may have woken on tomorrow's date already.
            open_mornings = [
                (forecast, inputs)
                for forecast, inputs in of_metric
                if not has_outcome(store, evening.subject, forecast.target, metric, measured_by)
            ]
            rows = tracking.seal(
                open_mornings,
                tracking.SealContext(
                    subject=evening.subject,
                    metric=metric,
                    measured_by=measured_by,
                    as_of=evening.as_of,
                    sealed_at=now,
                    decided_at=decided_at,
                    day_starts_at=workspace.day_starts_at,
                    run_id=run_id,
                    new_salt=new_salt,
                    made=made,
                ),
                head=load_head(store),
                sealed=sealed,
            )
            append_sealed(store, rows)
            n_rows += len(rows)
    return n_rows


def _decided_at(now: datetime, of_run: Iterable[SealedForecast]) -> datetime:
    """When it was decided whether the morning has begun: by the first row of the run.

    A run seals the models and the agent apart, and an llm takes its time between them. What any of
    them knows was fixed before; a morning that begins meanwhile must not seal half of them.
    """
    times = [row.created_at for row in of_run if row.run_id != BY_HAND]
    return min((at for at in times if timedelta() <= now - at <= MAX_RUN), default=now)


def append_to_chain(
    store: Store, kind: Kind, content: Mapping[str, object], *, at: datetime
) -> None:
    """Append an entry that is no forecast; call it in a transaction."""
    n_rows, last_hash = load_head(store)
    entry = make_entry(
        kind,
        content,
        seq=n_rows + 1,
        created_at=at.isoformat(),
        prev_hash=last_hash,
        salt=new_salt(),
    )
    append_entry(store, entry)


def new_salt() -> str:
    """Random text for an entry."""
    return secrets.token_hex(SALT_BYTES)


def _guess_with_fingerprint(
    store: Store, evening: Evening, target: date, last_observed: date | None
) -> list[WithFingerprint]:
    guess = counting_guess(load_guesses(store, evening.subject), target)
    if guess is None or last_observed is None:
        return []
    forecast = Forecast(
        target=target,
        horizon_days=(target - last_observed).days,
        source=GUESS,
        mean_ms=guess.hrv_ms,
    )
    return [(forecast, _sha256(target.isoformat(), repr(guess.hrv_ms)))]


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

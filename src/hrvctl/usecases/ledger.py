"""Append forecasts and outcomes to the ledger, one transaction each."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from hrvctl.domain import reconcile, tracking
from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.training import ModelPredictions
from hrvctl.domain.journal import counting_guess
from hrvctl.errors import LedgerBroken, NotEnoughData
from hrvctl.records import (
    GUESS,
    HRV_METRICS,
    Forecast,
    MadeWith,
    Measurement,
    Metric,
    Morning,
    Outcome,
    SealedForecast,
)
from hrvctl.store.artifacts import save_csv
from hrvctl.store.database import Store, open_store
from hrvctl.store.inspection import schema_faults
from hrvctl.store.ledger import (
    append_outcomes,
    append_sealed,
    damage,
    has_outcome,
    load_chain,
    load_guesses,
    load_head,
    load_mornings,
    load_outcomes,
    load_sealed,
)
from hrvctl.store.measurements import load_as_imported
from hrvctl.usecases.history import load_spans
from hrvctl.usecases.witness import Seen, contradictions
from hrvctl.usecases.workspace import Evening, Workspace

# Bytes of a salt: as long as half the hash it protects.
SALT_BYTES = 16

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
    """Seal every model's forecast of tomorrow, and the guess; returns the rows added."""
    series = predictions.metric, predictions.measured_by
    forecasts = [(forecast, predictions.inputs_sha256) for forecast in predictions.sealable]
    target = evening.as_of + timedelta(days=1)
    forecasts += _guess_with_fingerprint(store, evening, target, predictions.last_observed)
    return _seal(store, workspace, evening, forecasts, series, run_id, predictions.made)


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
    series = predictions.metric, predictions.measured_by
    inputs = predictions.inputs_sha256, predictions.served
    # A guess or an LLM that moved the model's forecast is known by the mean it was moved to.
    forecasts = [
        (own.forecast, _sha256(*inputs, repr(own.forecast.mean_ms)))
        for own in decided.own_forecasts
    ]
    return _seal(store, workspace, evening, forecasts, series, run_id, predictions.made)


def seal_guess(store: Store, workspace: Workspace, evening: Evening, target: date) -> int:
    """Seal the guess for a morning by itself, as soon as it is made; returns the rows added."""
    spans = load_spans(store, evening.subject)
    if not spans:
        return 0
    # With a night of tomorrow's date (a flight over the date line) the horizon would be zero.
    last = min(spans[0].last, evening.as_of)
    series = spans[0].metric, spans[0].measured_by
    guess = _guess_with_fingerprint(store, evening, target, last)
    return _seal(store, workspace, evening, guess, series, run_id="by hand")


def publish_registry(
    store: Store, workspace: Workspace, evening: Evening, sealed: Sequence[SealedForecast]
) -> tuple[Path, int]:
    """Write the ledger and its outcomes for spreadsheets; returns the file and its rows."""
    outcomes = [o for o in load_outcomes(store, evening.subject) if o.day <= evening.as_of]
    rows = tracking.registry(sealed, outcomes, load_nights_measured(store, evening.subject))
    path = workspace.folder(evening) / "predictions_registry.csv"
    save_csv(path, tracking.REGISTRY_COLUMNS, rows)
    return path, len(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedForecast:
    """A sealed forecast in a list.

    Attributes:
        row: As it was sealed.
        actual_ms: The newest measured HRV of its morning, ms; ``None`` before it is known.
        late: Whether it was sealed after the night had begun, or had ended.
    """

    row: SealedForecast
    actual_ms: float | None
    late: tracking.Late


def list_forecasts(
    workspace: Workspace, subject: str
) -> tuple[list[ListedForecast], list[ListedForecast]]:
    """Every sealed forecast that counts, and those sealed too late to count.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        sealed = load_sealed(store, subject)
        nights = load_nights_measured(store, subject)
        actual = {
            (o.day, o.metric, o.measured_by): o.value_ms for o in load_outcomes(store, subject)
        }
    too_late = [row for row in sealed if not tracking.can_count(row, nights)]
    counts, late = (
        [
            ListedForecast(
                row=row, actual_ms=actual.get(row.morning), late=tracking.lateness(row, nights)
            )
            for row in rows
        ]
        for rows in (tracking.counting(sealed, nights).values(), too_late)
    )
    return counts, late


def load_nights_measured(
    store: Store, subject: str, *, seen_by: datetime | None = None
) -> dict[Morning, Measurement]:
    """Load every HRV as it was imported, with the times of its night.

    Args:
        store: Open.
        subject: Whose.
        seen_by: As of ``load_measurements``.
    """
    return {
        (m.day, m.metric, m.source): m
        for m in load_as_imported(store, subject, metrics=HRV_METRICS, seen_by=seen_by)
    }


def counting_as_of(
    store: Store,
    evening: Evening,
    sealed: Iterable[SealedForecast],
    *,
    at: datetime,
    seen_by: datetime | None = None,
) -> tuple[list[SealedForecast], dict[Morning, Outcome]]:
    """Load the forecasts that count and the newest outcomes, as of that evening; writes nothing.

    Measured values that no run has recorded as outcomes yet are included.

    Args:
        store: Open.
        evening: Nights measured after it are left out.
        sealed: The rows sealed by then.
        at: Time of the outcomes that no run has recorded yet.
        seen_by: Leave out what was stored after this instant.
    """
    imported = _imported(store, evening, seen_by=seen_by)
    rows = list(tracking.counting(sealed, imported).values())
    outcomes = [
        o
        for o in load_outcomes(store, evening.subject)
        if seen_by is None or o.recorded_at <= seen_by
    ]
    mornings = [row.morning for row in rows]
    outcomes += reconcile.new_outcomes(mornings, imported, outcomes, at=at)
    _, newest = tracking.revisions(o for o in outcomes if o.day <= evening.as_of)
    return rows, newest


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLedger:
    """A ledger that verifies.

    Attributes:
        n_rows: Rows of the chain.
        head: Hash of the last one.
        n_seen: Rows seen elsewhere that are in it.
        oddities: Rows sealed before the one before them, or in a zone far from it.
    """

    n_rows: int
    head: str
    n_seen: int
    oddities: tuple[str, ...]


def verify_ledger(workspace: Workspace, seen: Sequence[Seen] = ()) -> VerifiedLedger:
    """Check the hash chain, what was seen of it elsewhere, the schema and the database file.

    Raises:
        HomeError: Nothing is stored yet.
        LedgerBroken: A row was changed, removed or inserted, a row that was seen is not there, a
            trigger is missing or changed, or the file is damaged.
    """
    with open_store(workspace.home, write=False) as store:
        chain, head = load_chain(store), load_head(store)
        faults = [*tracking.verify(chain, head), *damage(store), *schema_faults(store)]
        faults += contradictions([str(row[-1]) for row in chain], seen)
        oddities = () if faults else tracking.oddities(load_sealed(store))
    if faults:
        raise LedgerBroken(
            "the ledger does not verify",
            problems=tuple(faults),
            hint="the scores cannot be trusted; restore a backup: hrvctl restore FILE --force",
        )
    return VerifiedLedger(n_rows=head[0], head=head[1], n_seen=len(seen), oddities=oddities)


def record_outcomes(store: Store, workspace: Workspace, evening: Evening) -> None:
    """Record the outcome of every morning with a forecast; a replay records nothing."""
    if not evening.is_live:
        return
    with store.transaction():
        added = reconcile.new_outcomes(
            load_mornings(store, evening.subject),
            _imported(store, evening),
            load_outcomes(store, evening.subject),
            at=workspace.clock(),
        )
        append_outcomes(store, evening.subject, added)


def correct(
    store: Store, workspace: Workspace, evening: Evening, day: date, actual_ms: float, reason: str
) -> None:
    """Record a person's correction of one morning.

    Raises:
        DataError: The value is impossible, the reason is empty, or the day is in the future.
        NotEnoughData: There is no HRV to correct yet.
    """
    with store.transaction():
        added = reconcile.correction(
            _morning(store, evening, day),
            actual_ms,
            reason,
            imported=_imported(store, evening),
            outcomes=load_outcomes(store, evening.subject),
            at=workspace.clock(),
            today=workspace.today(),
        )
        append_outcomes(store, evening.subject, added)


def reconcile_mornings(
    store: Store,
    workspace: Workspace,
    evening: Evening,
    sealed: Sequence[SealedForecast],
    *,
    first: date,
    last: date,
) -> reconcile.Reconciliation:
    """Join the counting forecasts with their outcomes."""
    counting = tracking.counting(sealed, load_nights_measured(store, evening.subject)).values()
    return reconcile.reconcile(
        [row for row in counting if evening.is_live or row.forecast.target <= evening.as_of],
        load_outcomes(store, evening.subject),
        first=first,
        last=last,
        today=workspace.today(),
    )


def sealed_by(store: Store, evening: Evening) -> Sequence[SealedForecast]:
    """Load the forecasts sealed until that evening, ordered by seq."""
    sealed = load_sealed(store, evening.subject)
    if evening.is_live:
        return sealed
    return [row for row in sealed if row.as_of <= evening.as_of]


def _seal(
    store: Store,
    workspace: Workspace,
    evening: Evening,
    forecasts: Iterable[WithFingerprint],
    series: tuple[Metric, str],
    run_id: str,
    made: MadeWith | None = None,
) -> int:
    if not evening.is_live:
        return 0
    metric, measured_by = series
    with store.transaction():
        # A person who flew east over the date line may have woken on tomorrow's date already.
        open_mornings = [
            (forecast, inputs)
            for forecast, inputs in forecasts
            if not has_outcome(store, evening.subject, forecast.target, metric, measured_by)
        ]
        rows = tracking.seal(
            open_mornings,
            tracking.SealContext(
                subject=evening.subject,
                metric=metric,
                measured_by=measured_by,
                as_of=evening.as_of,
                sealed_at=workspace.clock(),
                day_starts_at=workspace.day_starts_at,
                run_id=run_id,
                new_salt=_new_salt,
                made=made,
            ),
            head=load_head(store),
            sealed=load_sealed(store, evening.subject, after=evening.as_of),
        )
        append_sealed(store, rows)
    return len(rows)


def _new_salt() -> str:
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


def _imported(
    store: Store, evening: Evening, *, seen_by: datetime | None = None
) -> dict[Morning, Measurement]:
    nights = load_nights_measured(store, evening.subject, seen_by=seen_by)
    return {morning: m for morning, m in nights.items() if m.day <= evening.as_of}


def _morning(store: Store, evening: Evening, day: date) -> Morning:
    for row in reversed(load_sealed(store, evening.subject)):
        if row.forecast.target == day:
            return day, row.metric, row.measured_by
    spans = load_spans(store, evening.subject)
    if not spans:
        raise NotEnoughData(
            "there is no HRV to correct: have 0 nights, need 1",
            hint="import an export first: hrvctl import FILE",
        )
    return day, spans[0].metric, spans[0].measured_by


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

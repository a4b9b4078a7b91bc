"""Record and correct outcomes, each with its entry in the chain, one transaction each."""

from collections.abc import Iterable
from datetime import date

from hrvctl.domain import reconcile
from hrvctl.errors import NotEnoughData
from hrvctl.records import FORECAST_METRICS, MANUAL, Morning, Outcome
from hrvctl.records.chain import Kind
from hrvctl.store.database import Store
from hrvctl.store.ledger import (
    append_outcomes,
    has_chained_outcomes,
    last_forgotten,
    load_all_outcomes,
    load_mornings,
    load_outcomes,
    load_sealed,
)
from hrvctl.usecases.history import load_spans
from hrvctl.usecases.ledger import imported_by
from hrvctl.usecases.seals import append_to_chain
from hrvctl.usecases.workspace import Evening, Workspace


def record_outcomes(store: Store, workspace: Workspace, evening: Evening) -> None:
    """Record the outcome of every morning with a forecast; a replay records nothing."""
    if not evening.is_live:
        return
    with store.transaction():
        imported = imported_by(store, evening, FORECAST_METRICS)
        outcomes = load_outcomes(store, evening.subject)
        days = {day.isoformat() for day, _, _ in reconcile.unrecorded(imported, outcomes)}
        mornings = load_mornings(store, evening.subject, days)
        added = reconcile.new_outcomes(
            mornings,
            imported,
            outcomes,
            at=workspace.clock(),
            has_forgotten=last_forgotten(store) is not None,
        )
        _append(store, workspace, evening.subject, added)


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
            imported=imported_by(store, evening),
            outcomes=load_outcomes(store, evening.subject),
            at=workspace.clock(),
            today=workspace.today(),
            has_forgotten=last_forgotten(store) is not None,
        )
        _append(store, workspace, evening.subject, added)


def _append(store: Store, workspace: Workspace, subject: str, outcomes: Iterable[Outcome]) -> None:
    added = list(outcomes)
    # Once, what an older version recorded before outcomes were in the chain.
    before = {} if has_chained_outcomes(store) else load_all_outcomes(store)
    append_outcomes(store, subject, added)
    chained = [(whose, outcome) for whose, known in before.items() for outcome in known]
    chained += [(subject, outcome) for outcome in added]
    for whose, outcome in chained:
        kind = Kind.CORRECTION if outcome.origin == MANUAL else Kind.OUTCOME
        append_to_chain(store, kind, outcome.payload(whose), at=workspace.clock())


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

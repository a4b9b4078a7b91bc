"""List, publish, verify and reconcile the ledger, and append outcomes to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from hrvctl.domain import reconcile, tracking
from hrvctl.errors import LedgerBroken, NotEnoughData
from hrvctl.records import (
    HRV_METRICS,
    VITALS,
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
    damage,
    load_chain,
    load_head,
    load_mornings,
    load_outcomes,
    load_sealed,
)
from hrvctl.store.measurements import load_as_imported
from hrvctl.usecases.history import load_spans
from hrvctl.usecases.witness import Seen, contradictions
from hrvctl.usecases.workspace import Evening, Workspace

SEALED_METRICS = (*HRV_METRICS, *VITALS)


def publish_registry(store: Store, workspace: Workspace, evening: Evening) -> tuple[Path, int]:
    """Write the ledger and its outcomes for spreadsheets; returns the file and its rows."""
    sealed = sealed_by(store, evening, of_tomorrow=False)
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
    store: Store,
    subject: str,
    metrics: Sequence[Metric] = HRV_METRICS,
    *,
    seen_by: datetime | None = None,
) -> dict[Morning, Measurement]:
    """Load every HRV as it was imported, with the times of its night.

    Args:
        store: Open.
        subject: Whose.
        metrics: Others beside or instead of HRV, which have no times.
        seen_by: As of ``load_measurements``.
    """
    return {
        (m.day, m.metric, m.source): m
        for m in load_as_imported(store, subject, metrics=metrics, seen_by=seen_by)
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
        oddities = () if faults else tracking.oddities(load_sealed(store, of_tomorrow=False))
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
            _imported(store, evening, SEALED_METRICS),
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


def sealed_by(
    store: Store, evening: Evening, *, of_tomorrow: bool = True
) -> Sequence[SealedForecast]:
    """Load the forecasts sealed until that evening, ordered by seq.

    Args:
        store: Open.
        evening: The evening.
        of_tomorrow: As of ``load_sealed``.
    """
    sealed = load_sealed(store, evening.subject, of_tomorrow=of_tomorrow)
    if evening.is_live:
        return sealed
    return [row for row in sealed if row.as_of <= evening.as_of]


def _imported(
    store: Store,
    evening: Evening,
    metrics: Sequence[Metric] = HRV_METRICS,
    *,
    seen_by: datetime | None = None,
) -> dict[Morning, Measurement]:
    nights = load_nights_measured(store, evening.subject, metrics, seen_by=seen_by)
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

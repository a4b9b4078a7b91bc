"""List, publish, verify and reconcile the ledger."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hrvctl.domain import evidence, reconcile, seal_times, tracking
from hrvctl.errors import LedgerBroken
from hrvctl.records import (
    HRV_METRICS,
    NO_HASH,
    Measurement,
    Metric,
    Morning,
    Outcome,
    SealedForecast,
)
from hrvctl.records.chain import Kind
from hrvctl.records.exclusions import excluded_rows
from hrvctl.store.checkpoints import load_checkpoint, save_checkpoint
from hrvctl.store.database import Store, open_store
from hrvctl.store.exclusions import load_exclusions
from hrvctl.store.heads import LOST, LostRows, find_lost, load_heads
from hrvctl.store.inspection import schema_faults
from hrvctl.store.ledger import (
    count_forgotten,
    damage,
    last_forgotten,
    load_all_outcomes,
    load_chain,
    load_guessed,
    load_head,
    load_outcomes,
    load_sealed,
)
from hrvctl.usecases.exclusions import days_in_question, describe_excluded
from hrvctl.usecases.history import load_nights_measured
from hrvctl.usecases.witness import Seen, contradictions
from hrvctl.usecases.workspace import Evening, Workspace

# What to do where the ledger does not verify.
BROKEN = "the scores cannot be trusted; restore a backup: hrvctl restore FILE --force"


def n_forgotten(workspace: Workspace) -> int:
    """Number of rows of the ledger whose content was forgotten, of all subjects.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        return count_forgotten(store)


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


def list_forecasts(workspace: Workspace, subject: str) -> tuple[list[ListedForecast], ...]:
    """Every sealed forecast that counts, those sealed too late to count, and those excluded.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        everything = load_sealed(store, subject, with_excluded=True)
        left_out = excluded_rows(load_exclusions(store))
        nights = load_nights_measured(store, subject)
        actual = {
            (o.day, o.metric, o.measured_by): o.value_ms for o in load_outcomes(store, subject)
        }
    sealed = [row for row in everything if row.seq not in left_out]
    too_late = [row for row in sealed if not tracking.can_count(row, nights)]
    excluded = [row for row in everything if row.seq in left_out]
    return tuple(
        [
            ListedForecast(
                row=row, actual_ms=actual.get(row.morning), late=tracking.lateness(row, nights)
            )
            for row in rows
        ]
        for rows in (tracking.counting(sealed, nights).values(), too_late, excluded)
    )


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
    imported = imported_by(store, evening, seen_by=seen_by)
    rows = list(tracking.counting(sealed, imported).values())
    outcomes = [
        o
        for o in load_outcomes(store, evening.subject)
        if seen_by is None or o.recorded_at <= seen_by
    ]
    mornings = [row.morning for row in rows]
    has_forgotten = last_forgotten(store) is not None
    outcomes += reconcile.new_outcomes(
        mornings, imported, outcomes, at=at, has_forgotten=has_forgotten
    )
    _, newest = tracking.revisions(o for o in outcomes if o.day <= evening.as_of)
    return rows, newest


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLedger:
    """A ledger that verifies.

    Attributes:
        n_rows: Rows of the chain.
        head: Hash of the last one.
        n_seen: Rows seen elsewhere that are in it.
        oddities: Rows sealed before the one before them, or in a zone far from it, or excluded
            although their times agree with the others.
        in_question: The days, as the clock then had them, on which it was wrong.
        excluded: What was left out by hand because of that, with the reasons.
        lost: Rows that a restore took back.
        n_unchained: Outcomes that an older version recorded, which are not in the chain yet.
        n_forgotten: Rows whose content was forgotten; their hashes are in the chain.
    """

    n_rows: int
    head: str
    n_seen: int
    oddities: tuple[str, ...]
    in_question: tuple[date, ...]
    excluded: tuple[str, ...]
    lost: tuple[LostRows, ...]
    n_unchained: int
    n_forgotten: int


def verify_ledger(workspace: Workspace, seen: Sequence[Seen] = ()) -> VerifiedLedger:
    """Check the hash chain, the outcomes and guesses by it, the schema and the database file.

    Args:
        workspace: The home.
        seen: What was seen of the chain elsewhere, which it must have.

    Raises:
        HomeError: Nothing is stored yet.
        LedgerBroken: A row was changed, removed or inserted, an outcome or a guess differs from
            its entry, a row that was seen is not there, a trigger is missing or changed, or the
            file is damaged.
        DataError: The file of the heads seen cannot be read.
    """
    with open_store(workspace.home, write=False) as store:
        chain, head = load_chain(store), load_head(store)
        faults = [*tracking.verify(chain, head), *damage(store), *schema_faults(store)]
        faults += contradictions([str(row[-1]) for row in chain], seen)
        compared = evidence.compare_outcomes(
            tracking.payloads(chain, Kind.OUTCOME, Kind.CORRECTION), load_all_outcomes(store)
        )
        faults += compared.faults
        faults += evidence.compare_guesses(
            tracking.payloads(chain, Kind.GUESS), load_guessed(store)
        )
        lost = find_lost(store.connection, load_heads(workspace.home))
        gone = [one.described for one in lost if not one.restored_on]
        hint = BROKEN if faults else LOST
        faults += gone
        if faults:
            raise LedgerBroken("the ledger does not verify", problems=tuple(faults), hint=hint)
        sealed = load_sealed(store, of_tomorrow=False, with_excluded=True)
        exclusions = load_exclusions(store)
        excluded = excluded_rows(exclusions)
        return VerifiedLedger(
            n_rows=head[0],
            head=head[1],
            n_seen=len(seen),
            oddities=(
                *seal_times.oddities(row for row in sealed if row.seq not in excluded),
                *seal_times.doubtful_exclusions(sealed, excluded, workspace.clock()),
            ),
            in_question=days_in_question(store, workspace.clock()),
            excluded=describe_excluded(exclusions, sealed),
            lost=lost,
            n_unchained=compared.n_unchained,
            n_forgotten=count_forgotten(store),
        )


def check_chain(workspace: Workspace) -> tuple[tuple[str, ...], tuple[int, str]]:
    """Check the hash chain from the row on that the last check ended at; all of it once a week.

    That row must be the one that was checked. Only ``verify_ledger`` always checks every row.

    Returns:
        The faults, and the length of the chain and its last hash.

    Raises:
        HomeError: Nothing is stored yet.
    """
    path, (year, week, _) = workspace.home.verified_chain, workspace.today().isocalendar()
    checkpoint = load_checkpoint(path) or {}
    with open_store(workspace.home, write=False) as store:
        head = load_head(store)
        first = checkpoint.get("n", 1) if checkpoint.get("week") == [year, week] else 1
        chain = load_chain(store, first=first)
        after = (0, NO_HASH)
        if chain and chain[0][-1] == checkpoint.get("hash"):
            after = first - 1, str(chain[0][-2])
        elif first != 1:
            chain = load_chain(store)
    faults = tracking.verify(chain, head, after=after)
    if not faults:
        save_checkpoint(path, {"n": head[0], "hash": head[1], "week": [year, week]})
    return faults, head


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
    store: Store,
    evening: Evening,
    *,
    sources: Collection[str] = (),
    of_tomorrow: bool = True,
    with_excluded: bool = False,
) -> Sequence[SealedForecast]:
    """Load the forecasts sealed until that evening, ordered by seq.

    Args:
        store: Open.
        evening: The evening.
        sources: As of ``load_sealed``.
        of_tomorrow: As of ``load_sealed``.
        with_excluded: As of ``load_sealed``.
    """
    sealed = load_sealed(
        store,
        evening.subject,
        sources=sources,
        of_tomorrow=of_tomorrow,
        with_excluded=with_excluded,
    )
    if evening.is_live:
        return sealed
    return [row for row in sealed if row.as_of <= evening.as_of]


def imported_by(
    store: Store,
    evening: Evening,
    metrics: Sequence[Metric] = HRV_METRICS,
    *,
    seen_by: datetime | None = None,
) -> dict[Morning, Measurement]:
    """Load what was measured until that evening; as of ``load_nights_measured``."""
    nights = load_nights_measured(store, evening.subject, metrics, seen_by=seen_by)
    return {morning: m for morning, m in nights.items() if m.day <= evening.as_of}

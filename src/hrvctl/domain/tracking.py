"""Rules of the ledger: seal forecasts before their morning, chain and verify rows by hash."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from hrvctl.domain.seal_times import check_morning
from hrvctl.domain.series import History
from hrvctl.records import (
    GUESS,
    HRV_METRICS,
    LEVELS,
    NO_HASH,
    Forecast,
    MadeWith,
    Measurement,
    Metric,
    Morning,
    Outcome,
    SealedForecast,
)
from hrvctl.records.chain import Kind, payload_hash, row_hash

REGISTRY_COLUMNS = (
    "subject",
    "target",
    "source",
    "lead",
    "seq",
    "counts",
    "horizon_days",
    "metric",
    "unit",
    "measured_by",
    "mean",
    *(f"p{100 * level:g}".replace(".", "_") for level in LEVELS),
    "as_of",
    "created_at",
    "run_id",
    "inputs_sha256",
    "hash",
    "first_seen",
    "actual",
    "error",
    "sealed_late",
)

# Columns of an entry of format 2 as ``load_chain`` returns it; a row of format 1 has more.
ENTRY_COLUMNS = 9
# Columns of a row of format 1 that was forgotten: place, previous hash, hash.
ERASED_COLUMNS = 3

# Subject, target, metric, source and lead: of the rows with one key the last one counts.
Key = tuple[str, date, Metric, str, int]

# What was measured of each morning, with its main sleep from start to end.
Nights = Mapping[Morning, Measurement]


class Late(StrEnum):
    """Whether a row was sealed after the main sleep of its morning had begun, or had ended."""

    NO = ""
    ASLEEP = "asleep"
    AWAKE = "awake"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealContext:
    """What all forecasts sealed at one moment have in common.

    Attributes:
        subject: The person.
        metric: The metric forecast.
        measured_by: The source whose measurement will be the outcome.
        as_of: The last day whose data was used.
        sealed_at: Now, aware, in the person's own zone.
        day_starts_at: When a morning begins, local time.
        run_id: The run that seals them.
        new_salt: Makes random text, which keeps an erased row from being guessed.
        made: The program and the choices all but the guess were made with.
        decided_at: When it was decided whether a morning has begun; ``None`` for now.
    """

    subject: str
    metric: Metric
    measured_by: str
    as_of: date
    sealed_at: datetime
    day_starts_at: time
    run_id: str
    new_salt: Callable[[], str]
    made: MadeWith | None = None
    decided_at: datetime | None = None


def fingerprint(history: History, **choices: str) -> str:
    """SHA-256 of everything a forecast is made from: the history and the options."""
    content = {
        "first": history.first.isoformat(),
        "metric": history.metric,
        "measured_by": history.measured_by,
        # repr is exact for floats, and writes a missing value as nan.
        "hrv": repr(history.hrv),
        "measured": {metric: repr(values) for metric, values in history.measured.items()},
        "journal": {tag: repr(values) for tag, values in history.journal.items()},
        "choices": choices,
    }
    import hashlib  # noqa: PLC0415 - as in hrvctl.records.chain

    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def seal(
    forecasts: Iterable[tuple[Forecast, str]],
    context: SealContext,
    *,
    head: tuple[int, str],
    sealed: Sequence[SealedForecast],
) -> tuple[SealedForecast, ...]:
    """Make the rows to append to the chain.

    Args:
        forecasts: Each with the fingerprint of its inputs.
        context: Subject, series, evening, instant and run.
        head: Length of the chain and hash of its last row.
        sealed: Rows already in the chain, in order.

    Returns:
        Rows in order; none for a forecast whose inputs are those of the row that counts already.

    Raises:
        SealRefused: A target's morning had begun.
    """
    newest = {_key(row): row for row in sealed}
    decided_at = context.decided_at or context.sealed_at
    n, last_hash = head
    rows = []
    for forecast, inputs_sha256 in forecasts:
        check_morning(forecast.target, decided_at, context.day_starts_at)
        lead = 1 if forecast.source == GUESS else (forecast.target - context.as_of).days
        key = context.subject, forecast.target, context.metric, forecast.source, lead
        counted = newest.get(key)
        if counted and counted.inputs_sha256 == inputs_sha256:
            continue
        n += 1
        draft = SealedForecast(
            salt=context.new_salt(),
            lead=lead,
            seq=n,
            subject=context.subject,
            forecast=forecast,
            metric=context.metric,
            measured_by=context.measured_by,
            as_of=context.as_of,
            created_at=context.sealed_at,
            run_id=context.run_id,
            inputs_sha256=inputs_sha256,
            prev_hash=last_hash,
            made=context.made if forecast.source != GUESS else None,
        )
        last_hash = draft.computed_hash()
        rows.append(replace(draft, hash=last_hash))
    return tuple(rows)


def verify(
    chain: Iterable[Sequence[object]],
    head: tuple[int, str],
    *,
    after: tuple[int, str] = (0, NO_HASH),
) -> tuple[str, ...]:
    """Verify the hash chain, or its end.

    Args:
        chain: Rows of format 1 and entries of format 2 as stored, ``hash`` last, by ``seq``. Of a
            row or an entry that was forgotten the hashes alone.
        head: The length and last hash recorded when the last row was appended.
        after: Place and hash of the row before the first one of ``chain``.

    Returns:
        The faults, one sentence each; empty when the chain is whole.
    """
    faults = []
    erased, receipts = set(), set()
    n, last_hash = after
    for row in chain:
        *stored, recorded_hash = row
        n += 1
        if len(row) == ENTRY_COLUMNS:
            salt, payload, *stored = stored
            if payload is None:
                erased.add(n)
            elif payload_hash(str(salt), str(payload)) != stored[4]:
                faults.append(f"row {n}: its content was changed after it was sealed")
            elif stored[2] == Kind.RECEIPT:
                receipts |= set(json.loads(str(payload))["erased"])
        if stored[0] != n:
            faults.append(f"row {n}: expected here, found row {stored[0]!r}")
        if stored[-1] != last_hash:
            faults.append(f"row {n}: does not follow the previous row")
        if len(row) == ERASED_COLUMNS:
            erased.add(n)
        elif row_hash(stored) != recorded_hash:
            faults.append(f"row {n}: changed after it was sealed")
        last_hash = str(recorded_hash)
    faults += [f"row {i}: its content is gone without a receipt" for i in sorted(erased - receipts)]
    if (n, last_hash) != head:
        faults.append(f"the chain ends at row {n}, but row {head[0]} was the last one sealed")
    return tuple(faults)


def payloads(chain: Iterable[Sequence[object]], *kinds: Kind) -> list[tuple[int, str]]:
    """Place and payload of the entries of some kinds that were not erased, in order.

    Args:
        chain: As of ``verify``.
        kinds: Which.
    """
    entries = (row for row in chain if len(row) == ENTRY_COLUMNS)
    return [
        (int(str(seq)), str(payload))
        for _, payload, seq, _, kind, *_ in entries
        if kind in kinds and payload is not None
    ]


def lateness(row: SealedForecast, nights: Nights) -> Late:
    """When a row was sealed; in time where the source gives no times of the sleep."""
    day, _, measured_by = row.morning
    # Only HRV is stored with the times of its night.
    of_day = (nights.get((day, metric, measured_by)) for metric in (row.metric, *HRV_METRICS))
    night = next(filter(None, of_day), None)
    if night and night.end_at and row.created_at > night.end_at:
        return Late.AWAKE
    if night and night.start_at and row.created_at > night.start_at:
        return Late.ASLEEP
    return Late.NO


def can_count(row: SealedForecast, nights: Nights) -> bool:
    """Whether a forecast was sealed before the sleep had ended, a guess before it had begun."""
    late = lateness(row, nights)
    return late is Late.NO or (late is Late.ASLEEP and row.forecast.source != GUESS)


def counting(sealed: Iterable[SealedForecast], nights: Nights) -> dict[Key, SealedForecast]:
    """The forecasts that count: of each key the last one sealed in time.

    Args:
        sealed: Rows in the order they were sealed.
        nights: The subject's nights, as imported.
    """
    return {_key(row): row for row in sealed if can_count(row, nights)}


def _key(row: SealedForecast) -> Key:
    return row.subject, row.forecast.target, row.metric, row.forecast.source, row.lead


def missed_mornings(
    forecast_for: Collection[date], evenings: Collection[date], *, until: date
) -> tuple[date, ...]:
    """Mornings without a forecast because there was no run on the evening before.

    They stay without one: a forecast is never made after its morning. A guess is not a run.

    Args:
        forecast_for: One subject's mornings with a sealed forecast, guesses left out.
        evenings: Days with a completed evening run, with or without a forecast.
        until: The last morning to list.

    Returns:
        Mornings from the day after the first one forecast, in order; none before any forecast.
    """
    if not forecast_for:
        return ()
    first = min(forecast_for)
    days = (first + timedelta(days=n) for n in range((until - first).days + 1))
    return tuple(
        day for day in days if day not in forecast_for and day - timedelta(days=1) not in evenings
    )


def registry(
    sealed: Sequence[SealedForecast],
    outcomes: Iterable[Outcome],
    nights: Nights,
    excluded: Collection[int] = (),
) -> list[tuple[object, ...]]:
    """The ledger with its outcomes as rows of ``REGISTRY_COLUMNS``.

    Those of HRV first; of each metric by target, source, lead and place in the chain.

    Args:
        sealed: The rows.
        outcomes: Every revision.
        nights: The subject's nights, as imported.
        excluded: Places of the rows that count by hand no more.
    """
    rows_kept = (row for row in sealed if row.seq not in excluded)
    counts = {row.seq for row in counting(rows_kept, nights).values()}
    first, newest = revisions(outcomes)
    rows: list[tuple[object, ...]] = []
    for row in sorted(sealed, key=_place):
        forecast = row.forecast
        key = row.morning
        # A first revision is there whenever a newest one is.
        first_seen, actual = (
            (first[key].value_ms, newest[key].value_ms) if key in newest else (None, None)
        )
        rows.append(
            (
                row.subject,
                forecast.target.isoformat(),
                forecast.source,
                row.lead,
                row.seq,
                "yes" if row.seq in counts else "no",
                forecast.horizon_days,
                row.metric,
                row.metric.unit,
                row.measured_by,
                forecast.mean_ms,
                *map(forecast.quantiles_ms.get, LEVELS),
                row.as_of.isoformat(),
                row.created_at.isoformat(),
                row.run_id,
                row.inputs_sha256,
                row.hash,
                first_seen,
                actual,
                None if actual is None else round(forecast.mean_ms - actual, 6),
                lateness(row, nights),
            )
        )
    return rows


def _place(row: SealedForecast) -> tuple[bool, Metric, date, str, int, int]:
    forecast = row.forecast
    is_vital = row.metric not in HRV_METRICS
    return is_vital, row.metric, forecast.target, forecast.source, row.lead, row.seq


def revisions(
    outcomes: Iterable[Outcome],
) -> tuple[dict[Morning, Outcome], dict[Morning, Outcome]]:
    """The first and the newest revision of each morning's outcome."""
    first: dict[Morning, Outcome] = {}
    newest: dict[Morning, Outcome] = {}
    for outcome in sorted(outcomes, key=lambda o: o.revision):
        key = (outcome.day, outcome.metric, outcome.measured_by)
        first.setdefault(key, outcome)
        newest[key] = outcome
    return first, newest

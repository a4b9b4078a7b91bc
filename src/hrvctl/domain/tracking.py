"""The ledger's rules: sealing before the morning, one chain, one counting forecast a source."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hrvctl.domain.series import History
from hrvctl.errors import SealRefused
from hrvctl.records import GUESS, LEVELS, NO_HASH, Forecast, Metric, Outcome, SealedForecast

REGISTRY_COLUMNS = (
    "subject",
    "target",
    "source",
    "seq",
    "counts",
    "horizon_days",
    "metric",
    "measured_by",
    "mean_ms",
    *(f"p{100 * level:g}_ms".replace(".", "_") for level in LEVELS),
    "as_of",
    "created_at",
    "run_id",
    "inputs_sha256",
    "hash",
    "first_seen_ms",
    "actual_ms",
    "error_ms",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealContext:
    """What all forecasts sealed at one moment share.

    Attributes:
        subject: Whose.
        metric: The HRV metric forecast.
        measured_by: Whose measurement will count.
        as_of: The last day whose data was used.
        sealed_at: Now, aware, in the person's own zone.
        run_id: The run that seals.
    """

    subject: str
    metric: Metric
    measured_by: str
    as_of: date
    sealed_at: datetime
    run_id: str


def fingerprint(history: History, **choices: str) -> str:
    """SHA-256 of everything a forecast is made from: the history and the choices made."""
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
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def seal(
    forecasts: Iterable[tuple[Forecast, str]],
    context: SealContext,
    *,
    head: tuple[int, str],
    sealed: Sequence[SealedForecast],
) -> tuple[SealedForecast, ...]:
    """Make the rows that are to be added to the chain.

    Args:
        forecasts: Each with the fingerprint of its inputs.
        context: Who, when, from what.
        head: Length of the chain and hash of its last row.
        sealed: What is in the chain already, in order.

    Returns:
        Rows in order; none for a forecast whose inputs are those of the row that counts already.

    Raises:
        SealRefused: A target's morning has begun.
    """
    counts = counting(sealed)
    n, last_hash = head
    rows = []
    for forecast, inputs_sha256 in forecasts:
        check_morning(forecast.target, context.sealed_at)
        before = counts.get((context.subject, forecast.target, forecast.source))
        if before and before.inputs_sha256 == inputs_sha256:
            continue
        n += 1
        draft = SealedForecast(
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
        )
        last_hash = row_hash(draft.stored())
        rows.append(replace(draft, hash=last_hash))
    return tuple(rows)


def check_morning(target: date, now: datetime) -> None:
    """Refuse a morning that has begun.

    Raises:
        SealRefused: The target's date has come, as the person's calendar has it.
    """
    if now.date() >= target:
        raise SealRefused(
            f"the morning of {target} has begun: nothing can be said of it in advance any more",
            hint="forecasts and guesses are locked at midnight before the day they are for",
        )


def row_hash(stored: Sequence[object]) -> str:
    """SHA-256 of a row as it is stored, the hash of the row before it included."""
    return hashlib.sha256(json.dumps(list(stored), default=repr).encode()).hexdigest()


def verify(chain: Iterable[Sequence[object]], head: tuple[int, str]) -> tuple[str, ...]:
    """Walk the chain.

    Args:
        chain: Rows as stored, ``hash`` last, in order of ``seq``.
        head: The length and last hash that were noted when the last row was added.

    Returns:
        What is wrong, a sentence each; empty when all is well.
    """
    faults = []
    n, last_hash = 0, NO_HASH
    for row in chain:
        *stored, noted = row
        n += 1
        if stored[0] != n:
            faults.append(f"row {n}: expected here, found row {stored[0]!r}")
        if stored[-1] != last_hash:
            faults.append(f"row {n}: does not follow the row before it")
        if row_hash(stored) != noted:
            faults.append(f"row {n}: changed after it was sealed")
        last_hash = str(noted)
    if (n, last_hash) != head:
        faults.append(f"the chain ends at row {n}, but row {head[0]} was the last one sealed")
    return tuple(faults)


def counting(
    sealed: Iterable[SealedForecast],
) -> dict[tuple[str, date, str], SealedForecast]:
    """The forecast that counts for each (subject, target, source): the last one sealed."""
    return {(row.subject, row.forecast.target, row.forecast.source): row for row in sealed}


def missed_mornings(
    sealed: Iterable[SealedForecast], evenings: Collection[date], *, until: date
) -> tuple[date, ...]:
    """Mornings without a forecast because no run was made on the evening before.

    They are never made up for: a forecast after its morning is none. A guess is no run.

    Args:
        sealed: One subject's part of the chain.
        evenings: Days on whose evening a run came to its end, with or without a forecast.
        until: The last morning asked for.

    Returns:
        Mornings from the day after the first one forecast, in order; none before any forecast.
    """
    forecast_for = {row.forecast.target for row in sealed if row.forecast.source != GUESS}
    if not forecast_for:
        return ()
    first = min(forecast_for)
    days = (first + timedelta(days=n) for n in range((until - first).days + 1))
    return tuple(
        day for day in days if day not in forecast_for and day - timedelta(days=1) not in evenings
    )


def registry(
    sealed: Sequence[SealedForecast], outcomes: Iterable[Outcome]
) -> list[tuple[object, ...]]:
    """The ledger and its outcomes as rows of ``REGISTRY_COLUMNS``, sorted by target and source."""
    counts = {row.seq for row in counting(sealed).values()}
    first, newest = revisions(outcomes)
    rows: list[tuple[object, ...]] = []
    for row in sorted(sealed, key=lambda r: (r.forecast.target, r.forecast.source, r.seq)):
        forecast = row.forecast
        key = (forecast.target, row.metric, row.measured_by)
        actual = newest[key].value_ms if key in newest else None
        rows.append(
            (
                row.subject,
                forecast.target.isoformat(),
                forecast.source,
                row.seq,
                "yes" if row.seq in counts else "no",
                forecast.horizon_days,
                row.metric.value,
                row.measured_by,
                forecast.mean_ms,
                *(forecast.quantiles_ms.get(level) for level in LEVELS),
                row.as_of.isoformat(),
                row.created_at.isoformat(),
                row.run_id,
                row.inputs_sha256,
                row.hash,
                first[key].value_ms if key in first else None,
                actual,
                None if actual is None else round(forecast.mean_ms - actual, 6),
            )
        )
    return rows


OutcomeKey = tuple[date, Metric, str]


def revisions(
    outcomes: Iterable[Outcome],
) -> tuple[dict[OutcomeKey, Outcome], dict[OutcomeKey, Outcome]]:
    """Split outcomes into the first seen and the newest of each morning."""
    first: dict[OutcomeKey, Outcome] = {}
    newest: dict[OutcomeKey, Outcome] = {}
    for outcome in sorted(outcomes, key=lambda o: o.revision):
        key = (outcome.day, outcome.metric, outcome.measured_by)
        first.setdefault(key, outcome)
        newest[key] = outcome
    return first, newest

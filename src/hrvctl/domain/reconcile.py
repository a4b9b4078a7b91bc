"""Join sealed forecasts with their outcomes, and append every correction of an outcome."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from hrvctl.domain.scoring.measures import Coverage
from hrvctl.domain.scoring.scores import Scores, score
from hrvctl.errors import DataError, LedgerBroken
from hrvctl.records import (
    MANUAL,
    PLAUSIBLE,
    Forecast,
    Measurement,
    Morning,
    Outcome,
    SealedForecast,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A forecast that counts, with its outcome.

    Attributes:
        target: The morning.
        source: The forecaster.
        horizon_days: How far ahead it was made.
        mean_ms: The forecast.
        first_seen_ms: The outcome when first seen.
        actual_ms: The newest revision of the outcome, which is scored.
        n_revisions: 1 when the outcome was never corrected.
        reason: Why it was last corrected.
        error_first_seen_ms: Forecast minus first seen.
        error_ms: Forecast minus actual.
        inside_80: Whether the 80 % interval contains the outcome; ``None`` without an interval.
        inside_95: The same at 95 %.
    """

    target: date
    source: str
    horizon_days: int
    mean_ms: float
    first_seen_ms: float
    actual_ms: float
    n_revisions: int
    reason: str
    error_first_seen_ms: float
    error_ms: float
    inside_80: bool | None
    inside_95: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """The scores of one forecaster on all its reconciled mornings; see ``Scores``."""

    source: str
    n: int
    mae_ms: float | None
    bias_ms: float | None
    pinball_ms: float | None
    coverage_80: Coverage | None
    coverage_95: Coverage | None

    @classmethod
    def from_scores(cls, scores: Scores) -> "SourceRecord":
        """The part of the scores that ``reconciliation.json`` publishes."""
        return cls(
            source=scores.source,
            n=scores.n,
            mae_ms=scores.mae_ms,
            bias_ms=scores.bias_ms,
            pinball_ms=scores.pinball_ms,
            coverage_80=scores.coverage_80,
            coverage_95=scores.coverage_95,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The content of ``reconciliation.json``.

    Attributes:
        first: First morning listed.
        last: Last morning listed.
        rows: Forecasts with an outcome, by target and source.
        waiting: Mornings with a forecast and no outcome yet, and why.
        records: Every forecaster on all its mornings, listed or not.
    """

    artifact: ClassVar[str] = "reconciliation"

    first: date
    last: date
    rows: tuple[Reconciled, ...]
    waiting: Mapping[str, str]
    records: tuple[SourceRecord, ...]


def new_outcomes(
    mornings: Iterable[Morning],
    imported: Mapping[Morning, Measurement],
    outcomes: Sequence[Outcome],
    *,
    at: datetime,
    has_forgotten: bool = False,
) -> list[Outcome]:
    """Outcomes to append for mornings with a forecast, from the values imported since.

    A first value is revision 1; a value the vendor has changed since is a new revision. A manual
    correction stays until the vendor's value changes.

    Args:
        mornings: Those with a forecast.
        imported: What was measured.
        outcomes: Every revision recorded.
        at: Now.
        has_forgotten: Whether anything was forgotten, so that earlier revisions may be gone.

    Raises:
        LedgerBroken: An earlier revision is missing: appended to what is left, this one would take
            the place of a correction.
    """
    by_morning = _by_morning(outcomes)
    added = []
    for morning in sorted(set(mornings).intersection(unrecorded(imported, outcomes))):
        revisions = by_morning.get(morning, [])
        is_newer = any(o.origin == "import" for o in revisions)
        reason = "the newer export has another value" if is_newer else ""
        if not has_forgotten:
            _check_complete(morning, revisions)
        added.append(_outcome(morning, revisions, imported[morning].value, at, "import", reason))
    return added


def unrecorded(
    imported: Mapping[Morning, Measurement], outcomes: Iterable[Outcome]
) -> list[Morning]:
    """The mornings whose measured value is not the last one recorded from an import."""
    recorded: dict[Morning, tuple[int, float]] = {}
    for o in outcomes:
        key = (o.day, o.metric, o.measured_by)
        if o.origin == "import" and o.revision > recorded.get(key, (0, 0.0))[0]:
            recorded[key] = o.revision, o.value_ms
    return [
        morning
        for morning, measured in imported.items()
        if morning not in recorded or recorded[morning][1] != measured.value
    ]


def correction(
    morning: Morning,
    actual_ms: float,
    reason: str,
    *,
    imported: Mapping[Morning, Measurement],
    outcomes: Sequence[Outcome],
    at: datetime,
    today: date,
    has_forgotten: bool = False,
) -> list[Outcome]:
    """The revisions to append for a person's correction; the measured value stays as the first.

    Raises:
        DataError: The value is impossible, no reason is given, or the day is in the future.
        LedgerBroken: As of ``new_outcomes``.
    """
    low, high = PLAUSIBLE[morning[1]]
    if not low <= actual_ms <= high:
        raise DataError(
            f"an HRV of {actual_ms:g} ms cannot be", hint=f"give ms between {low:g} and {high:g}"
        )
    if not reason.strip():
        raise DataError(
            "a correction needs a reason", hint='add one, for example: --reason "sensor slipped"'
        )
    if morning[0] > today:
        raise DataError(f"{morning[0]} has not come yet", hint="choose a past morning")
    revisions = [*_by_morning(outcomes).get(morning, [])]
    added = new_outcomes([morning], imported, revisions, at=at, has_forgotten=has_forgotten)
    revisions += added
    if revisions and revisions[-1].value_ms == actual_ms:
        return added
    if not has_forgotten:
        _check_complete(morning, revisions)
    return [*added, _outcome(morning, revisions, actual_ms, at, MANUAL, reason.strip())]


def reconcile(
    counting: Iterable[SealedForecast],
    outcomes: Sequence[Outcome],
    *,
    first: date,
    last: date,
    today: date,
) -> Reconciliation:
    """Join the forecasts that count with their outcomes.

    Args:
        counting: The last sealed forecast of each source for each target.
        outcomes: Every revision of every outcome.
        first: First target to list.
        last: Last target to list.
        today: The person's date: a future morning is not waiting.
    """
    by_morning = _by_morning(outcomes)
    pairs, waiting = [], {}
    for row in sorted(counting, key=lambda r: (r.forecast.target, r.forecast.source)):
        target = row.forecast.target
        if revisions := by_morning.get((target, row.metric, row.measured_by)):
            pairs.append((row, revisions))
        elif first <= target <= min(last, today):
            waiting[target.isoformat()] = f"no night from {row.measured_by} for {target} yet"
    return Reconciliation(
        first=first,
        last=last,
        rows=tuple(
            _reconciled(row, revisions)
            for row, revisions in pairs
            if first <= row.forecast.target <= last
        ),
        waiting=waiting,
        records=_records(pairs),
    )


def _records(
    pairs: Iterable[tuple[SealedForecast, Sequence[Outcome]]],
) -> tuple[SourceRecord, ...]:
    forecasts: dict[str, dict[date, Forecast]] = {}
    actual: dict[str, dict[date, float]] = {}
    for row, revisions in pairs:
        own = row.forecast
        forecasts.setdefault(own.source, {})[own.target] = own
        actual.setdefault(own.source, {})[own.target] = revisions[-1].value_ms
    return tuple(
        SourceRecord.from_scores(score(source, {source: forecasts[source]}, actual[source]))
        for source in sorted(forecasts)
    )


def _reconciled(row: SealedForecast, revisions: Sequence[Outcome]) -> Reconciled:
    forecast, first, newest = row.forecast, revisions[0], revisions[-1]
    return Reconciled(
        target=forecast.target,
        source=forecast.source,
        horizon_days=forecast.horizon_days,
        mean_ms=forecast.mean_ms,
        first_seen_ms=first.value_ms,
        actual_ms=newest.value_ms,
        n_revisions=len(revisions),
        reason=newest.reason,
        error_first_seen_ms=forecast.mean_ms - first.value_ms,
        error_ms=forecast.mean_ms - newest.value_ms,
        inside_80=_inside(forecast.interval(80), newest.value_ms),
        inside_95=_inside(forecast.interval(95), newest.value_ms),
    )


def _inside(ends: tuple[float, float] | None, value: float) -> bool | None:
    return None if ends is None else ends[0] <= value <= ends[1]


def _by_morning(outcomes: Iterable[Outcome]) -> dict[Morning, list[Outcome]]:
    by_morning: dict[Morning, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda o: o.revision):
        by_morning.setdefault((outcome.day, outcome.metric, outcome.measured_by), []).append(
            outcome
        )
    return by_morning


def _check_complete(morning: Morning, revisions: Sequence[Outcome]) -> None:
    known = {o.revision for o in revisions}
    if missing := sorted(set(range(1, len(known) + 1)) - known):
        raise LedgerBroken(
            f"the outcome of {morning[0]} cannot be recorded: its revision {missing[0]} is missing",
            hint="hrvctl ledger verify names what is damaged; restore a backup: hrvctl restore FILE"
            " --force",
        )


def _outcome(
    morning: Morning,
    earlier: Sequence[Outcome],
    value_ms: float,
    at: datetime,
    origin: str,
    reason: str,
) -> Outcome:
    day, metric, measured_by = morning
    return Outcome(
        day=day,
        metric=metric,
        measured_by=measured_by,
        revision=max((o.revision for o in earlier), default=0) + 1,
        value_ms=value_ms,
        recorded_at=at,
        origin=origin,
        reason=reason,
    )

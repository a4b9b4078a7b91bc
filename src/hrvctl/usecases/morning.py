"""The morning on one screen: last night, where it lies, and what was forecast of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from hrvctl.domain.baseline import Baseline, baseline
from hrvctl.domain.tracking import counting, revisions
from hrvctl.records import AGENT, AGENT_LLM, GUESS, NAIVE, Forecast, Metric
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_outcomes, load_sealed
from hrvctl.usecases.history import load_nights
from hrvctl.usecases.ingest import ImportReport, import_new
from hrvctl.usecases.ledger import load_nights_measured, record_outcomes
from hrvctl.usecases.workspace import Evening, Workspace, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How far off a forecaster was so far, on all its mornings with an outcome.

    Attributes:
        n: Those mornings.
        mae_ms: Its mean absolute error, ms.
    """

    n: int
    mae_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What a morning knows.

    Attributes:
        day: The morning.
        n_nights: Nights known, of the series that counts.
        last_night: The last of them; ``None`` without one.
        metric: The HRV metric.
        measured_by: The source that measures it.
        hrv_ms: The morning's HRV; ``None`` while it is not known.
        baseline: Normal range and light.
        forecast: The final forecast that was sealed for it; ``None`` without one.
        guess_ms: The guess sealed for it; ``None`` without one.
        records: Of the final forecast, the last value and the guess, where they have any.
        tomorrow: The final forecast sealed for tomorrow; ``None`` before the evening.
    """

    day: date
    n_nights: int
    last_night: date | None
    metric: Metric
    measured_by: str
    hrv_ms: float | None
    baseline: Baseline
    forecast: Forecast | None
    guess_ms: float | None
    records: dict[str, Record]
    tomorrow: Forecast | None

    @property
    def is_inside(self) -> bool | None:
        """Whether the morning lay in the forecast's 80 % interval; ``None`` if not known."""
        ends = self.forecast.interval(80) if self.forecast else None
        if self.hrv_ms is None or ends is None:
            return None
        low, high = ends
        return low <= self.hrv_ms <= high


def load_morning(workspace: Workspace, evening: Evening, profile: str) -> Morning:
    """Read what is known of a day's morning; writes nothing.

    Raises:
        HomeError: Nothing is stored yet.
    """
    day = evening.as_of
    with open_store(workspace.home, write=False) as store:
        history = load_nights(store, evening)
        nights = load_nights_measured(store, evening.subject)
        sealed = counting(load_sealed(store, evening.subject), nights)
        _, newest = revisions(load_outcomes(store, evening.subject))
    rows = {(target, source): row for (_, target, source), row in sealed.items()}
    final = next((s for s in (AGENT_LLM, AGENT) if (day, s) in rows), AGENT)
    errors: dict[str, list[float]] = {}
    for (_, source), row in rows.items():
        outcome = newest.get(row.morning)
        if outcome is not None and source in (final, NAIVE, GUESS):
            errors.setdefault(source, []).append(abs(row.forecast.mean_ms - outcome.value_ms))
    value = history.hrv[-1] if len(history) else float("nan")
    forecast, guess = rows.get((day, final)), rows.get((day, GUESS))
    tomorrow = next(
        (rows[key] for s in (AGENT_LLM, AGENT) if (key := (day + timedelta(days=1), s)) in rows),
        None,
    )
    return Morning(
        day=day,
        n_nights=len(history.observed),
        last_night=history.observed[-1] if history.observed else None,
        metric=history.metric,
        measured_by=history.measured_by,
        hrv_ms=None if value != value else value,
        baseline=baseline((history.first, history.ordinary), day=day, profile=profile),
        forecast=forecast.forecast if forecast else None,
        guess_ms=guess.forecast.mean_ms if guess else None,
        records={
            name: Record(n=len(errors[source]), mae_ms=fmean(errors[source]))
            for name, source in (("forecast", final), ("last_value", NAIVE), ("guess", GUESS))
            if source in errors
        },
        tomorrow=tomorrow.forecast if tomorrow else None,
    )


def take_in(workspace: Workspace, evening: Evening) -> ImportReport:
    """Import what is new in the inbox, and record the outcomes that have come in.

    Raises:
        Locked: A run is active for longer than a person should wait.
    """
    with writing(workspace):
        report = import_new(workspace, evening, ())
        with open_store(workspace.home, write=True) as store:
            record_outcomes(store, workspace, evening)
    return report

"""The morning on one screen: last night, where it lies, and what was forecast of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from hrvctl.domain.baseline import Baseline, baseline
from hrvctl.domain.scoring.scores import Scores, by_source, score
from hrvctl.domain.tracking import counting, revisions
from hrvctl.records import AGENT, GUESS, NAIVE, Forecast, Metric
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_outcomes, load_sealed
from hrvctl.usecases.history import load_nights, load_nights_measured
from hrvctl.usecases.status import final_source
from hrvctl.usecases.workspace import Evening, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class MorningReport:
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
        records: Scores of the final forecast, the last value and the guess, each on all its
            mornings with an outcome; without those that have none.
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
    records: Mapping[str, Scores]
    tomorrow: Forecast | None

    @property
    def is_inside(self) -> bool | None:
        """Whether the morning lay in the forecast's 80 % interval; ``None`` if not known."""
        ends = self.forecast.interval(80) if self.forecast else None
        if self.hrv_ms is None or ends is None:
            return None
        low, high = ends
        return low <= self.hrv_ms <= high


def load_morning(workspace: Workspace, evening: Evening, profile: str) -> MorningReport:
    """Read what is known of a day's morning; writes nothing.

    Raises:
        HomeError: Nothing is stored yet.
    """
    day, subject = evening.as_of, evening.subject
    with open_store(workspace.home, write=False) as store:
        history = load_nights(store, evening)
        sealed = counting(load_sealed(store, subject), load_nights_measured(store, subject))
        _, newest = revisions(load_outcomes(store, subject))
    series = (history.metric, history.measured_by)
    forecasts = by_source(row for row in sealed.values() if (row.metric, row.measured_by) == series)
    actual = {
        outcome.day: outcome.value_ms
        for outcome in newest.values()
        if (outcome.metric, outcome.measured_by) == series
    }
    # The latest run's; the rules' forecast where that agent has sealed none.
    final = forecasts.get(AGENT, {}) | forecasts.get(final_source(workspace, evening), {})
    by_name = {"forecast": final, "last_value": forecasts.get(NAIVE, {})}
    by_name["guess"] = forecasts.get(GUESS, {})
    records = {name: score(name, by_name, actual) for name in by_name}
    guess = by_name["guess"].get(day)
    nights = history.observed
    return MorningReport(
        day=day,
        n_nights=len(nights),
        last_night=nights[-1] if nights else None,
        metric=history.metric,
        measured_by=history.measured_by,
        hrv_ms=history.hrv[-1] if nights and nights[-1] == day else None,
        baseline=baseline((history.first, history.ordinary), day=day, profile=profile),
        forecast=final.get(day),
        guess_ms=guess.mean_ms if guess else None,
        records={name: scores for name, scores in records.items() if scores.n},
        tomorrow=final.get(day + timedelta(days=1)),
    )

"""What is known on a day: last night, where it lies, what was forecast of it, what is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from hrvctl.domain.baseline import Baseline, baseline
from hrvctl.domain.scoring.scores import Scores, by_source, score
from hrvctl.domain.series import History
from hrvctl.domain.tracking import counting, revisions
from hrvctl.errors import DataError, HomeError
from hrvctl.records import AGENT, GUESS, NAIVE, Forecast
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_head, load_outcomes, load_sealed
from hrvctl.store.subjects import load_subjects
from hrvctl.usecases.history import load_nights, load_nights_measured
from hrvctl.usecases.workspace import Evening, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class MorningReport:
    """What a morning knows.

    Attributes:
        day: The morning.
        history: The HRV of the series that counts.
        nights: The days that have one, oldest first.
        hrv_ms: The morning's HRV; ``None`` while it is not known.
        baseline: Normal range and light.
        forecast: The final forecast that was sealed for it; ``None`` without one.
        guess_ms: The guess sealed for it; ``None`` without one.
        records: Scores of the final forecast, the last value and the guess, each on all its
            mornings with an outcome; without those that have none.
        tomorrow: The final forecast sealed for tomorrow; ``None`` before the evening.
        n_sealed: Rows of the ledger, of all subjects.
        subjects: Everyone of whom something is stored.
    """

    day: date
    history: History
    nights: tuple[date, ...]
    hrv_ms: float | None
    baseline: Baseline
    forecast: Forecast | None
    guess_ms: float | None
    records: Mapping[str, Scores]
    tomorrow: Forecast | None
    n_sealed: int
    subjects: tuple[str, ...]

    @property
    def is_inside(self) -> bool | None:
        """Whether the morning lay in the forecast's 80 % interval; ``None`` if not known."""
        ends = self.forecast.interval(80) if self.forecast else None
        if self.hrv_ms is None or ends is None:
            return None
        low, high = ends
        return low <= self.hrv_ms <= high


@dataclass(frozen=True, slots=True)
class _Final:
    """Of an evening's ``agent_forecast.json`` the final forecast alone."""

    artifact: ClassVar[str] = "agent_forecast"

    forecast: Forecast | None


def load_morning(workspace: Workspace, evening: Evening, profile: str) -> MorningReport:
    """Read what is known of a day's morning; writes nothing.

    Raises:
        HomeError: Nothing is stored yet.
    """
    day, subject = evening.as_of, evening.subject
    final_by = final_source(workspace, evening)
    with open_store(workspace.home, write=False) as store:
        history = load_nights(store, evening)
        rows = load_sealed(store, subject, sources=(AGENT, final_by, NAIVE, GUESS))
        first = min((row.forecast.target for row in rows), default=date.max)
        sealed = counting(rows, load_nights_measured(store, subject, first=first))
        _, newest = revisions(load_outcomes(store, subject))
        n_sealed, _ = load_head(store)
        subjects = tuple(load_subjects(store))
    series = (history.metric, history.measured_by)
    forecasts = by_source(row for row in sealed.values() if (row.metric, row.measured_by) == series)
    actual = {
        outcome.day: outcome.value_ms
        for outcome in newest.values()
        if (outcome.metric, outcome.measured_by) == series
    }
    # The latest run's; the rules' forecast where that agent has sealed none.
    final = forecasts.get(AGENT, {}) | forecasts.get(final_by, {})
    by_name = {"forecast": final, "last_value": forecasts.get(NAIVE, {})}
    by_name["guess"] = forecasts.get(GUESS, {})
    records = {name: score(name, by_name, actual) for name in by_name}
    guess = by_name["guess"].get(day)
    nights = history.observed
    return MorningReport(
        day=day,
        history=history,
        nights=nights,
        hrv_ms=history.hrv[-1] if nights and nights[-1] == day else None,
        baseline=baseline((history.first, history.ordinary), day=day, profile=profile),
        forecast=final.get(day),
        guess_ms=guess.mean_ms if guess else None,
        records={name: scores for name, scores in records.items() if scores.n},
        tomorrow=final.get(day + timedelta(days=1)),
        n_sealed=n_sealed,
        subjects=subjects,
    )


def final_source(workspace: Workspace, evening: Evening) -> str:
    """Whose forecast was final in the latest run; the rules' without one."""
    try:
        final = workspace.load(evening, _Final).forecast
    except (HomeError, DataError):
        return AGENT
    return final.source if final else AGENT

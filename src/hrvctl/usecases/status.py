"""The state of one person's data: nights, normal range, and the forecast sealed for tomorrow."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.baseline import Baseline, baseline
from hrvctl.domain.trend import TrendDay, trend
from hrvctl.errors import DataError, HomeError
from hrvctl.records import AGENT, Forecast, Metric, SealedForecast
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_head, load_sealed
from hrvctl.store.subjects import load_subjects
from hrvctl.usecases.history import load_nights
from hrvctl.usecases.workspace import Evening, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStatus:
    """The state of one person's data on an evening.

    Attributes:
        nights: Days that have an HRV, oldest first.
        metric: The HRV metric.
        measured_by: The source it is measured by.
        baseline: Normal range, trend and light.
        n_sealed: Rows of the ledger, of all subjects.
        subjects: Everyone of whom something is stored.
        tomorrow: The final forecast sealed for tomorrow; ``None`` without one.
    """

    nights: tuple[date, ...]
    metric: Metric
    measured_by: str
    baseline: Baseline
    n_sealed: int
    subjects: tuple[str, ...]
    tomorrow: Forecast | None


def load_status(workspace: Workspace, evening: Evening, profile: str) -> DataStatus:
    """Read the state of the data of an evening.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        history = load_nights(store, evening)
        n_sealed, _ = load_head(store)
        subjects = tuple(load_subjects(store))
        sealed = load_sealed(store, evening.subject, after=evening.as_of)
    return DataStatus(
        nights=history.observed,
        metric=history.metric,
        measured_by=history.measured_by,
        baseline=baseline((history.first, history.ordinary), day=evening.as_of, profile=profile),
        n_sealed=n_sealed,
        subjects=subjects,
        tomorrow=_final(workspace, evening, sealed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentDays:
    """The last days, and the final forecast sealed for tomorrow; ``None`` without one."""

    days: tuple[TrendDay, ...]
    tomorrow: Forecast | None


def load_recent(workspace: Workspace, evening: Evening, profile: str, *, n_days: int) -> RecentDays:
    """Read the last days up to an evening, each with the normal range it is held against.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        history = load_nights(store, evening)
        sealed = load_sealed(store, evening.subject, after=evening.as_of)
    day = evening.as_of
    of_tomorrow = [
        row
        for row in sealed
        if row.morning == (day + timedelta(days=1), history.metric, history.measured_by)
    ]
    first = day - timedelta(days=n_days - 1)
    return RecentDays(
        days=trend(history, first=first, last=day, profile=profile),
        tomorrow=_final(workspace, evening, of_tomorrow),
    )


def _final(
    workspace: Workspace, evening: Evening, sealed: Iterable[SealedForecast]
) -> Forecast | None:
    """The final forecast among sealed ones; the rules' where the latest run's is not there."""
    by_source = {row.forecast.source: row.forecast for row in sealed}
    return by_source.get(final_source(workspace, evening), by_source.get(AGENT))


def final_source(workspace: Workspace, evening: Evening) -> str:
    """Whose forecast was final in the latest run; the rules' without one."""
    try:
        final = workspace.load(evening, AgentForecast).forecast
    except (HomeError, DataError):
        return AGENT
    return final.source if final else AGENT

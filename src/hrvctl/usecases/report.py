"""Everything a report shows of one person and period, as figures; it writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hrvctl.domain.artifacts.effects import Effects
from hrvctl.domain.baseline import Baseline, baseline
from hrvctl.domain.calibration import Race, Share, pit_histogram, race, reliability
from hrvctl.domain.effects import measure_effects
from hrvctl.domain.scoring.scoreboard import SeriesScores, score_ledger
from hrvctl.domain.scoring.scores import by_source
from hrvctl.domain.series import SeriesSpan
from hrvctl.domain.tracking import counting, revisions
from hrvctl.domain.trend import PeriodFigures, TrendDay, of_period, trend
from hrvctl.records import AGENT, GUESS, NAIVE, Forecast, Metric, SealedForecast
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_outcomes, load_sealed
from hrvctl.usecases.history import load_history, load_nights_measured, load_series
from hrvctl.usecases.morning import final_source
from hrvctl.usecases.workspace import Evening, Workspace

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """The forecasts sealed on one evening for the mornings after it, tomorrow's first."""

    as_of: date
    forecasts: tuple[Forecast, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of a report.

    Attributes:
        subject: Whose.
        first: First day of the period.
        last: Its last day; nothing dated later is used.
        metric: The HRV metric.
        measured_by: The source it is measured by.
        last_night: The last night up to ``last``, also before the period; ``None`` without one.
        others: HRV series of other devices or metrics, which are left out.
        baseline: Of the last day, as in ``hrvctl status``.
        days: Every day of the period.
        before: The nights of as many days before it.
        forecast: The final forecast that was sealed for the last day; ``None`` without one.
        guess_ms: The guess sealed for it, ms.
        fan: The latest evening's forecasts; ``None`` while nothing is sealed.
        earlier_fan: Those of the evening before it.
        scores: Of all sealed forecasts up to the last day, as in ``hrvctl score``.
        reliability: Of the final forecasts, at every level.
        pit: Of the final forecasts, between the levels.
        race: The running errors of all forecasters.
        effects: Of the journal's answers; ``None`` where they are left out.
    """

    subject: str
    first: date
    last: date
    metric: Metric
    measured_by: str
    last_night: date | None
    others: tuple[SeriesSpan, ...]
    baseline: Baseline
    days: tuple[TrendDay, ...]
    before: PeriodFigures
    forecast: Forecast | None
    guess_ms: float | None
    fan: Fan | None
    earlier_fan: Fan | None
    scores: SeriesScores | None
    reliability: tuple[Share, ...]
    pit: tuple[Share, ...]
    race: tuple[Race, ...]
    effects: Effects | None

    @property
    def period(self) -> PeriodFigures:
        """The nights of the period itself."""
        return of_period(self.days)


def load_report(
    workspace: Workspace, subject: str, *, first: date, last: date, profile: str, with_journal: bool
) -> Report:
    """Read what is known of a period.

    Args:
        workspace: The home to read.
        subject: Whose.
        first: First day.
        last: Last day; nothing dated later is used, not even what corrects an earlier day.
        profile: The method of the normal range.
        with_journal: Whether the journal is read at all.

    Raises:
        HomeError: Nothing is stored yet.
    """
    evening = Evening(subject, last, is_live=last == workspace.today())
    with open_store(workspace.home, write=False) as store:
        history, others = load_series(store, evening)
        effects = measure_effects(load_history(store, evening)) if with_journal else None
        sealed = load_sealed(store, subject, of_tomorrow=False)
        counts = counting(sealed, load_nights_measured(store, subject)).values()
        revised = revisions(o for o in load_outcomes(store, subject) if o.day <= last)
    series = (history.metric, history.measured_by)
    own = [row for row in counts if (row.metric, row.measured_by) == series and row.as_of <= last]
    known = [row for row in own if row.is_of_tomorrow and row.forecast.target <= last]
    final = final_source(workspace, evening)
    by_name = by_source(known)
    finals = by_name.get(AGENT, {}) | by_name.get(final, {})
    first_seen, newest = revised
    actual = {day: o.value_ms for (day, *of), o in newest.items() if (*of,) == series}
    n_days = (last - first).days + 1
    ranges = (history.first, history.ordinary)
    fans = _fans(own, final)
    guess = by_name.get(GUESS, {}).get(last)
    scores = score_ledger(known, newest, first_seen)
    before = trend(history, first=first - n_days * DAY, last=first - DAY, profile=profile)
    return Report(
        subject=subject,
        first=first,
        last=last,
        metric=history.metric,
        measured_by=history.measured_by,
        last_night=history.observed[-1] if history.observed else None,
        others=others,
        baseline=baseline(ranges, day=last, profile=profile),
        days=trend(history, first=first, last=last, profile=profile),
        before=of_period(before),
        forecast=finals.get(last),
        guess_ms=guess.mean_ms if guess else None,
        fan=fans[-1] if fans else None,
        earlier_fan=fans[-2] if len(fans) > 1 else None,
        scores=scores[0] if scores else None,
        reliability=reliability(finals, actual),
        pit=pit_histogram(finals, actual),
        race=race(by_name, actual),
        effects=effects,
    )


def _fans(rows: Sequence[SealedForecast], final: str) -> list[Fan]:
    """The forecasts of each evening: tomorrow's final one, and the served model's after it."""
    by_evening: dict[date, dict[int, Forecast]] = {}
    # The later in this order replaces the earlier.
    order: Mapping[str, int] = {NAIVE: 0, AGENT: 2, final: 3}
    of_evening = [row for row in rows if row.forecast.source != GUESS]
    for row in sorted(of_evening, key=lambda row: order.get(row.forecast.source, 1)):
        if row.lead > 1 or row.forecast.source in (AGENT, final):
            by_evening.setdefault(row.as_of, {})[row.lead] = row.forecast
    return [
        Fan(as_of=as_of, forecasts=tuple(by_lead[lead] for lead in sorted(by_lead)))
        for as_of, by_lead in sorted(by_evening.items())
    ]

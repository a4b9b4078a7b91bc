"""Score a subject's sealed forecasts against their outcomes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hrvctl.domain.tracking import can_count, counting, revisions
from hrvctl.records.exclusions import excluded_rows
from hrvctl.store.database import open_store
from hrvctl.store.exclusions import load_exclusions
from hrvctl.store.ledger import count_forgotten, load_outcomes, load_sealed
from hrvctl.usecases.exclusions import describe_excluded
from hrvctl.usecases.history import load_nights_measured
from hrvctl.usecases.workspace import Workspace

if TYPE_CHECKING:
    from hrvctl.domain.scoring.scoreboard import LeadScores, SeriesScores, VitalScores


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerScores:
    """The scores of a subject's sealed forecasts.

    Attributes:
        series: Of each HRV series with an outcome, the latest first.
        later: Of the latest series the forecasts of mornings two to seven days ahead.
        vitals: The forecasts of each vital sign, from the device of the latest series.
        n_sealed: Mornings with a sealed forecast, scored or not.
        n_late: Rows sealed too late to count.
        excluded: How many evenings were left out by hand, and why; a sentence a reason.
        n_forgotten: Rows of the chain whose content was forgotten, of all subjects.
    """

    series: "tuple[SeriesScores, ...]"
    later: "tuple[LeadScores, ...]"
    vitals: "tuple[VitalScores, ...]"
    n_sealed: int
    n_late: int
    excluded: tuple[str, ...]
    n_forgotten: int


def score_sealed(workspace: Workspace, subject: str) -> LedgerScores:
    """Score the forecasts that count against the newest value of their morning.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        everything = load_sealed(store, subject, of_tomorrow=False, with_excluded=True)
        exclusions = load_exclusions(store)
        n_forgotten = count_forgotten(store)
        nights = load_nights_measured(store, subject)
        first, newest = revisions(load_outcomes(store, subject))
    left_out = excluded_rows(exclusions)
    sealed = [row for row in everything if row.seq not in left_out]
    excluded = describe_excluded(exclusions, everything)
    counted = counting(sealed, nights).values()
    rows = [row for row in counted if row.is_of_tomorrow]
    others = [row for row in counted if not row.is_of_tomorrow]
    n_late = sum(row.is_of_tomorrow and not can_count(row, nights) for row in sealed)
    n_sealed = len({row.forecast.target for row in rows})
    if not any(row.morning in newest for row in rows):
        return LedgerScores(
            series=(),
            later=(),
            vitals=(),
            n_sealed=n_sealed,
            n_late=n_late,
            excluded=excluded,
            n_forgotten=n_forgotten,
        )
    # It loads NumPy: only where there is something to score.
    from hrvctl.domain.scoring import scoreboard  # noqa: PLC0415 - see above

    series = scoreboard.score_ledger(rows, newest, first)
    latest = series[0].metric, series[0].measured_by
    return LedgerScores(
        series=series,
        later=scoreboard.score_later(others, newest, latest),
        vitals=scoreboard.score_vitals(others, newest, measured_by=series[0].measured_by),
        n_sealed=n_sealed,
        n_late=n_late,
        excluded=excluded,
        n_forgotten=n_forgotten,
    )

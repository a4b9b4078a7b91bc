"""Score a subject's sealed forecasts against their outcomes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hrvctl.domain.tracking import can_count, counting, revisions
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_outcomes, load_sealed
from hrvctl.usecases.ledger import load_nights_measured
from hrvctl.usecases.workspace import Workspace

if TYPE_CHECKING:
    from hrvctl.domain.scoring.scoreboard import SeriesScores


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerScores:
    """The scores of a subject's sealed forecasts.

    Attributes:
        series: Of each HRV series with an outcome, the latest first.
        n_sealed: Mornings with a sealed forecast, scored or not.
        n_late: Rows sealed too late to count.
    """

    series: "tuple[SeriesScores, ...]"
    n_sealed: int
    n_late: int


def score_sealed(workspace: Workspace, subject: str) -> LedgerScores:
    """Score the forecasts that count against the newest value of their morning.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        sealed, nights = load_sealed(store, subject), load_nights_measured(store, subject)
        first, newest = revisions(load_outcomes(store, subject))
    rows = counting(sealed, nights).values()
    n_late = sum(not can_count(row, nights) for row in sealed)
    n_sealed = len({row.forecast.target for row in rows})
    if not any(row.morning in newest for row in rows):
        return LedgerScores(series=(), n_sealed=n_sealed, n_late=n_late)
    # It loads statsmodels, which takes a second: only where there is something to score.
    from hrvctl.domain.scoring.scoreboard import score_ledger  # noqa: PLC0415 - see above

    return LedgerScores(series=score_ledger(rows, newest, first), n_sealed=n_sealed, n_late=n_late)

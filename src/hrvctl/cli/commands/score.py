"""``hrvctl score``: who forecast best, by the sealed ledger alone."""

from typing import TYPE_CHECKING

from hrvctl.cli import scoreboard
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_outcomes, load_sealed

if TYPE_CHECKING:
    from hrvctl.domain.scoring.scoreboard import SeriesScores


def score(session: Session) -> CommandResult:
    """Score the sealed forecasts: models, naive ones, the agent and your guess side by side.

    Only what was sealed before its morning counts, against the newest value of the morning.
    Replays and backtests never enter.
    """
    from hrvctl.domain.tracking import counting, revisions

    subject, workspace = session.settings().subject, session.workspace()
    if not workspace.home.exists():
        return _nothing(subject, 0, code=ExitCode.NOTHING_NEW)
    with open_store(workspace.home, write=False) as store:
        rows = counting(load_sealed(store, subject)).values()
        _, newest = revisions(load_outcomes(store, subject))
    if not any((r.forecast.target, r.metric, r.measured_by) in newest for r in rows):
        return _nothing(subject, len({row.forecast.target for row in rows}))

    from hrvctl.domain.scoring.scoreboard import score_ledger

    scores = score_ledger(rows, newest)
    return CommandResult(
        data={
            "subject": subject,
            "n_mornings": sum(s.n_mornings for s in scores),
            "series": scores,
        },
        text="\n\n".join(_series(s) for s in scores),
    )


def _series(score: "SeriesScores") -> str:
    waiting = f", {score.n_waiting} waiting for their outcome" if score.n_waiting else ""
    return (
        f"{score.n_mornings} sealed mornings from {score.first_day} to {score.last_day},"
        f" {score.metric} of {score.measured_by}{waiting}.\n\n{scoreboard.table(score.figures)}"
    )


def _nothing(subject: str, n_waiting: int, *, code: ExitCode = ExitCode.DONE) -> CommandResult:
    waiting = f" {n_waiting} sealed and waiting for their outcome." if n_waiting else ""
    return CommandResult(
        data={"subject": subject, "n_mornings": 0, "n_waiting": n_waiting, "series": ()},
        text=f"Nothing scored yet: have 0 mornings, need 1.{waiting}\n"
        "Run `hrvctl daily` in the evening; after the next night there is something to score.",
        code=code,
    )

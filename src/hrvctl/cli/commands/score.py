"""``hrvctl score``: the sealed forecasts of models, agents and guess against their outcomes."""

from typing import TYPE_CHECKING

from hrvctl.cli import score_table
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, count

if TYPE_CHECKING:
    from hrvctl.domain.scoring.scoreboard import SeriesScores
    from hrvctl.usecases.scores import LedgerScores


def score(session: Session) -> CommandResult:
    """Score the sealed forecasts: models, naive ones, the agent and your guess side by side.

    Only what was sealed before its morning counts, against the newest value of the morning.
    Replays and backtests never enter.
    """
    from hrvctl.usecases.scores import score_sealed

    subject, workspace = session.settings().subject, session.workspace()
    if not workspace.home.exists():
        return _nothing(subject, 0, code=ExitCode.NOTHING_NEW)
    scores = score_sealed(workspace, subject)
    if not scores.series:
        return _nothing(subject, scores.n_sealed)
    late = [f"Not counted, sealed too late: {scores.n_late}."] if scores.n_late else []
    return CommandResult(
        data={
            "subject": subject,
            "n_mornings": sum(s.n_mornings for s in scores.series),
            "n_late": scores.n_late,
            "series": scores.series,
            "later": scores.later,
            "vitals": scores.vitals,
        },
        text="\n\n".join([*(_series(s) for s in scores.series), *_others(scores), *late]),
    )


def _series(scores: "SeriesScores") -> str:
    waiting = f", {scores.n_waiting} waiting for their outcome" if scores.n_waiting else ""
    lines = [
        f"{scores.n_mornings} sealed mornings from {scores.first_day} to {scores.last_day},"
        f" {scores.metric} of {scores.measured_by}{waiting}.",
    ]
    if scores.n_by_hand:
        lines.append(
            f"Outcomes corrected or entered by hand: {count(scores.n_by_hand, 'morning')}."
        )
    lines += ["", score_table.table(scores.figures)]
    if scores.first_seen:
        lines += ["", "Without the corrections, by the values first seen:", ""]
        lines.append(score_table.errors(scores.first_seen))
    return "\n".join(lines)


def _others(scores: "LedgerScores") -> list[str]:
    """The tables of the week ahead and of the vital signs."""
    from hrvctl.domain.scoring.scoreboard import SERVED

    blocks = []
    if later := score_table.lead_table(scores.later, (SERVED,)):
        blocks.append(f"The days after tomorrow:\n\n{later}")
    if scores.vitals:
        vitals = score_table.vitals_table(scores.vitals)
        blocks.append(f"Resting heart rate and respiratory rate:\n\n{vitals}")
    return blocks


def _nothing(subject: str, n_waiting: int, *, code: ExitCode = ExitCode.DONE) -> CommandResult:
    waiting = f" {n_waiting} sealed and waiting for their outcome." if n_waiting else ""
    return CommandResult(
        data={"subject": subject, "n_mornings": 0, "n_waiting": n_waiting, "series": ()},
        text=f"Nothing scored yet: have 0 mornings, need 1.{waiting}\n"
        "Run `hrvctl daily` in the evening; after the next night there is something to score.",
        code=code,
    )

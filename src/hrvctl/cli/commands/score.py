"""``hrvctl score``: the sealed forecasts of models, agents and guess against their outcomes."""

from typing import TYPE_CHECKING

from hrvctl.cli import render, score_table
from hrvctl.cli.options import FullOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, count

if TYPE_CHECKING:
    from hrvctl.domain.scoring.scoreboard import SeriesScores
    from hrvctl.usecases.scores import LedgerScores


def score(session: Session, full: FullOption = False) -> CommandResult:
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
        return _nothing(subject, scores.n_sealed, scores.excluded, n_forgotten=scores.n_forgotten)
    left_out = [f"Not counted, sealed too late: {scores.n_late}."] if scores.n_late else []
    left_out += [f"Not counted: {one}." for one in scores.excluded]
    return CommandResult(
        data={
            "subject": subject,
            "n_mornings": sum(s.n_mornings for s in scores.series),
            "n_late": scores.n_late,
            "excluded": scores.excluded,
            "n_forgotten": scores.n_forgotten,
            "series": scores.series,
            "later": scores.later,
            "vitals": scores.vitals,
        },
        text="\n\n".join(
            [
                *(_series(s, is_full=full) for s in scores.series),
                *_others(scores, is_full=full),
                *left_out,
                *([] if full else ["More measures: hrvctl score --full"]),
            ]
        ),
        notes=render.forgotten_notes(scores.n_forgotten, "are not scored"),
    )


def _series(scores: "SeriesScores", *, is_full: bool) -> str:
    waiting = f", {scores.n_waiting} waiting for their outcome" if scores.n_waiting else ""
    lines = [
        score_table.verdict(scores.figures),
        "",
        f"{count(scores.n_mornings, 'sealed morning')} from {scores.first_day} to"
        f" {scores.last_day}, {scores.metric} of {scores.measured_by}{waiting}.",
    ]
    if scores.n_by_hand:
        lines.append(
            f"Outcomes corrected or entered by hand: {count(scores.n_by_hand, 'morning')}."
        )
    shown = score_table.table if is_full else score_table.short_table
    lines += ["", shown(scores.figures)]
    if scores.first_seen:
        lines += ["", "Without the corrections, by the values first seen:", ""]
        lines.append(
            (score_table.errors if is_full else score_table.short_table)(scores.first_seen)
        )
    return "\n".join(lines)


def _others(scores: "LedgerScores", *, is_full: bool) -> list[str]:
    """The week ahead and the vital signs: their tables, or a line each."""
    if not is_full:
        return _other_lines(scores)
    from hrvctl.domain.scoring.scoreboard import SERVED

    blocks = []
    if later := score_table.lead_table(scores.later, (SERVED,)):
        blocks.append(f"The days after tomorrow:\n\n{later}")
    if scores.vitals:
        vitals = score_table.vitals_table(scores.vitals)
        blocks.append(f"Resting heart rate and respiratory rate:\n\n{vitals}")
    return blocks


def _other_lines(scores: "LedgerScores") -> list[str]:
    from hrvctl.domain.scoring.scoreboard import SERVED

    lines = []
    served = [s for found in scores.later for s in found.scores if s.source == SERVED]
    errors = [s.mae_ms for s in served if s.mae_ms is not None]
    if errors:
        lines.append(
            f"The days after tomorrow, up to 7 ahead: {min(errors):.1f} to {max(errors):.1f} ms"
            " off."
        )
    for vital in scores.vitals:
        held = "" if vital.held_80 is None else f"; 80 % held {100 * vital.held_80:.0f} %"
        label = score_table.vital_label(vital)
        lines.append(
            f"{label.capitalize()}: {vital.mae:.1f} {vital.unit} off on"
            f" {count(vital.n, 'morning')}{held}."
        )
    return ["\n".join(lines)] if lines else []


def _nothing(
    subject: str,
    n_waiting: int,
    excluded: tuple[str, ...] = (),
    *,
    n_forgotten: int = 0,
    code: ExitCode = ExitCode.DONE,
) -> CommandResult:
    waiting = f" {n_waiting} sealed and waiting for their outcome." if n_waiting else ""
    waiting += "".join(f" Not counted: {one}." for one in excluded)
    return CommandResult(
        data={"subject": subject, "n_mornings": 0, "n_waiting": n_waiting, "series": ()},
        text=f"Nothing scored yet: have 0 mornings, need 1.{waiting}\n"
        "Run `hrvctl daily` in the evening; after the next night there is something to score.",
        notes=render.forgotten_notes(n_forgotten, "are not scored"),
        code=code,
    )

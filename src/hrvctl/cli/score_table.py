"""Render scores as a table: errors, skill, coverage of the intervals, and what is missing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hrvctl.cli import render

if TYPE_CHECKING:
    from hrvctl.domain.scoring.measures import Coverage
    from hrvctl.domain.scoring.scoreboard import LeadScores, VitalScores
    from hrvctl.domain.scoring.scores import Scores

ERRORS = ("", "mornings", "MAE ms", "bias ms", "/ ma7", "/ naive", "RMSSE", "skill", "won", "p")
INTERVALS = ("", "mornings", "pinball ms", "80 % held", "width ms", "95 % held", "width ms ")
# A smaller p-value is shown as "<" this: the table has three digits.
LEAST_P = 0.001
LEADS = ("ahead", "", "mornings", "MAE ms", "/ naive", "80 % held", "95 % held")
VITALS = ("", "mornings", "MAE", "/ naive", "80 % held", "95 % held")
LEGEND = (
    "MAE over ma7's and naive's on the same mornings: below 1 is better. skill = 1 - MAE / naive's,"
    "\nwith its 95 % interval; won: mornings nearer than naive. More: hrvctl explain score"
)


def table(rows: "Sequence[Scores]") -> str:
    """Errors, intervals, and what cannot be stated yet: three blocks, one line per forecaster."""
    intervals = [_intervals(s) for s in rows]
    blocks = [
        errors(rows),
        render.columns(intervals, header=INTERVALS, to_right=INTERVALS[1:]),
        LEGEND,
    ]
    if missing := [f"  {s.source}: {'; '.join(s.missing)}" for s in rows if s.missing]:
        blocks.append("\n".join(["Not enough yet:", *missing]))
    return "\n\n".join(blocks)


def errors(rows: "Sequence[Scores]") -> str:
    """The errors alone, one line per forecaster."""
    return render.columns([_errors(s) for s in rows], header=ERRORS, to_right=ERRORS[1:])


def lead_table(leads: "Sequence[LeadScores]", sources: Sequence[str]) -> str:
    """Each of the mornings ahead: errors of some forecasters, and how their intervals held."""
    lines = [
        (f"{found.lead} days" if found.lead > 1 else "tomorrow", *_lead(s))
        for found in leads
        for s in found.scores
        if s.source in sources and s.n
    ]
    return render.columns(lines, header=LEADS, to_right=LEADS[2:]) if lines else ""


def vitals_table(vitals: "Sequence[VitalScores]") -> str:
    """The forecasts of each vital sign: errors in its unit, and how its intervals held."""
    from hrvctl.domain.forecast.targets import TARGETS

    labels = {target.metric: target.label for target in TARGETS.values()}
    lines = [
        (
            labels[vital.metric],
            vital.n,
            f"{_fixed(vital.mae, 2)} {vital.unit}",
            _fixed(vital.relative_to_naive, 3),
            *_percent(vital.held_80, vital.held_95),
        )
        for vital in vitals
    ]
    return render.columns(lines, header=VITALS, to_right=VITALS[1:])


def _lead(s: "Scores") -> tuple[object, ...]:
    held = _percent(*(c.rate if c else None for c in (s.coverage_80, s.coverage_95)))
    return (s.source, s.n, _fixed(s.mae_ms, 2), _fixed(s.relative_to_naive, 3), *held)


def _percent(*shares: float | None) -> list[str | None]:
    return [None if share is None else f"{100 * share:.0f} %" for share in shares]


def _errors(s: "Scores") -> tuple[object, ...]:
    skill = wins = p_value = None
    if s.skill:
        skill = f"{100 * s.skill.value:+.0f} %"
        if s.skill.low is not None and s.skill.high is not None:
            skill += f" ({100 * s.skill.low:+.0f} to {100 * s.skill.high:+.0f})"
    if s.against_naive:
        wins = f"{s.against_naive.wins} of {s.against_naive.wins + s.against_naive.losses}"
        p_value = _p(s.against_naive.p_value)
    return (
        s.source,
        s.n,
        _fixed(s.mae_ms, 2),
        _fixed(s.bias_ms, 2, sign="+"),
        _fixed(s.relative_to_ma7, 3),
        _fixed(s.relative_to_naive, 3),
        _fixed(s.rmsse, 3),
        skill,
        wins,
        p_value,
    )


def _intervals(s: "Scores") -> tuple[object, ...]:
    return (
        s.source,
        s.n_pinball,
        _fixed(s.pinball_ms, 2),
        *_coverage(s.coverage_80),
        *_coverage(s.coverage_95),
    )


def _coverage(found: "Coverage | None") -> tuple[str | None, str | None]:
    if found is None:
        return None, None
    ends = f"{100 * found.low:.0f} to {100 * found.high:.0f}"
    return f"{100 * found.rate:.1f} % ({ends})", _fixed(found.width_ms, 1)


def _fixed(value: float | None, digits: int, *, sign: str = "") -> str | None:
    # Adding zero turns a -0.0 that rounding left into 0.0.
    return None if value is None else f"{round(value, digits) + 0.0:{sign}.{digits}f}"


def _p(value: float | None) -> str | None:
    return "<.001" if value is not None and value < LEAST_P else _fixed(value, 3)

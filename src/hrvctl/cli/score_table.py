"""Render scores as a table: errors, skill, coverage of the intervals, and what is missing."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hrvctl.cli import render
from hrvctl.errors import count
from hrvctl.records import GUESS, NAIVE, SPOKEN_NAMES

if TYPE_CHECKING:
    from hrvctl.domain.scoring.measures import Coverage
    from hrvctl.domain.scoring.scoreboard import LeadScores, VitalScores
    from hrvctl.domain.scoring.scores import Scores

ERRORS = ("", "mornings", "MAE ms", "bias ms", "/ ma7", "/ naive", "RMSSE", "skill", "won", "p")
INTERVALS = ("", "mornings", "pinball ms", "80 % held", "width ms", "95 % held", "width ms ")
# A smaller p-value is shown as "<" this: the table has three digits.
LEAST_P = 0.001
SHORT = ("", "mornings", "MAE ms", "/ naive", "80 % held", "95 % held")
LEADS = ("ahead", *SHORT)
VITALS = ("", "mornings", "MAE", "/ naive", "80 % held", "95 % held")
LEGEND = (
    "MAE over ma7's and naive's on the same mornings: below 1 is better. skill = 1 - MAE / naive's,"
    " with its 95 % interval; won: mornings nearer than naive. More: hrvctl explain score"
)


def verdict(rows: "Sequence[Scores]", *, name: str = "") -> str:
    """Who forecast best so far, and how sure that is: one or two sentences.

    Args:
        rows: All forecasters.
        name: The forecaster to describe; empty for the one with the smallest error.
    """
    from hrvctl.domain.scoring.skill import MIN_BOOTSTRAP_MORNINGS

    scored = {s.source: s for s in rows if s.mae_ms is not None}
    models = [s for s in scored.values() if s.source != GUESS]
    if not models:
        return ""
    best = scored.get(name) or min(models, key=_against_naive)
    title = SPOKEN_NAMES.get(best.source, f"the {best.source.replace('_', ' ')} model")
    found = f"{title} was {render.fixed(best.mae_ms, 1)} ms off on {count(best.n, 'morning')}"
    naive = scored.get(NAIVE)
    if best.source != NAIVE and naive and best.relative_to_naive and best.mae_ms:
        last_value = render.fixed(best.mae_ms / best.relative_to_naive, 1)
        found += f", {SPOKEN_NAMES[NAIVE]} {last_value}"
        if best.skill is None or best.skill.low is None:
            n = best.skill.n if best.skill else 0
            found += f"; too few to be sure, have {n} and need {MIN_BOOTSTRAP_MORNINGS}"
        elif best.skill.low > 0:
            found += ", a difference that is more than chance"
        else:
            found += ", a difference that may be chance"
    sentences = [f"{'' if name else 'Nearest so far: '}{found}."]
    if best.coverage_80:
        sentences.append(f"Its 80 % interval held {100 * best.coverage_80.rate:.0f} % of them.")
    if (guess := scored.get(GUESS)) is not None:
        sentences.append(
            f"Your guess was {render.fixed(guess.mae_ms, 1)} ms off on {count(guess.n, 'morning')}."
        )
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}" for sentence in sentences)


def short_table(rows: "Sequence[Scores]") -> str:
    """The columns most people want; ``table`` has all."""
    return render.columns([_lead(s) for s in rows], header=SHORT, to_right=SHORT[1:])


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
    if not lines:
        return ""
    return render.columns(lines, header=LEADS, to_right=LEADS[2:], n_keys=2)


def vitals_table(vitals: "Sequence[VitalScores]") -> str:
    """The forecasts of each vital sign: errors in its unit, and how its intervals held."""
    lines = [
        (
            vital_label(vital),
            vital.n,
            f"{render.fixed(vital.mae, 2)} {vital.unit}",
            render.fixed(vital.relative_to_naive, 3),
            *map(render.percent, (vital.held_80, vital.held_95)),
        )
        for vital in vitals
    ]
    return render.columns(lines, header=VITALS, to_right=VITALS[1:])


def vital_label(vital: "VitalScores") -> str:
    """What a person calls a vital sign."""
    from hrvctl.domain.forecast.targets import TARGETS

    return next(target.label for target in TARGETS.values() if target.metric is vital.metric)


def _lead(s: "Scores") -> tuple[object, ...]:
    held = [render.percent(c.rate if c else None) for c in (s.coverage_80, s.coverage_95)]
    return (s.source, s.n, render.fixed(s.mae_ms, 2), render.fixed(s.relative_to_naive, 3), *held)


def _against_naive(s: "Scores") -> float:
    """Its error over that of the last value, on mornings both have; the last value's own is 1."""
    return math.inf if s.relative_to_naive is None else s.relative_to_naive


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
        render.fixed(s.mae_ms, 2),
        render.fixed(s.bias_ms, 2, sign="+"),
        render.fixed(s.relative_to_ma7, 3),
        render.fixed(s.relative_to_naive, 3),
        render.fixed(s.rmsse, 3),
        skill,
        wins,
        p_value,
    )


def _intervals(s: "Scores") -> tuple[object, ...]:
    return (
        s.source,
        s.n_pinball,
        render.fixed(s.pinball_ms, 2),
        *_coverage(s.coverage_80),
        *_coverage(s.coverage_95),
    )


def _coverage(found: "Coverage | None") -> tuple[str | None, str | None]:
    if found is None:
        return None, None
    ends = f"{100 * found.low:.0f} to {100 * found.high:.0f}"
    return f"{100 * found.rate:.1f} % ({ends})", render.fixed(found.width_ms, 1)


def _p(value: float | None) -> str | None:
    return "<.001" if value is not None and value < LEAST_P else render.fixed(value, 3)

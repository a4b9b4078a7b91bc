"""How a score table looks to a person: who erred by how much, and whose intervals held."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hrvctl.cli import render

if TYPE_CHECKING:
    from hrvctl.domain.scoring.measures import Coverage
    from hrvctl.domain.scoring.scores import Scores

ERRORS = ("", "mornings", "MAE ms", "bias ms", "/ ma7", "/ naive", "RMSSE", "skill", "won", "p")
INTERVALS = ("", "mornings", "pinball ms", "80 % held", "width ms", "95 % held", "width ms ")
# Below it a p-value is told as below it: three digits hold no more.
LEAST_P = 0.001
LEGEND = (
    "MAE over ma7's and naive's on the same mornings: below 1 is better. skill = 1 - MAE / naive's,"
    "\nwith its 95 % interval; won: mornings nearer than naive. More: hrvctl explain score"
)


def table(figures: "Sequence[Scores]") -> str:
    """Errors, intervals, and what cannot be stated yet: three blocks, a line a forecaster."""
    errors = [_errors(f) for f in figures]
    intervals = [_intervals(f) for f in figures]
    blocks = [
        render.columns(errors, header=ERRORS, to_right=ERRORS[1:]),
        render.columns(intervals, header=INTERVALS, to_right=INTERVALS[1:]),
        LEGEND,
    ]
    if missing := [f"  {f.source}: {'; '.join(f.missing)}" for f in figures if f.missing]:
        blocks.append("\n".join(["Not enough yet:", *missing]))
    return "\n\n".join(blocks)


def _errors(f: "Scores") -> tuple[object, ...]:
    skill = duel = p_value = None
    if f.skill:
        skill = f"{100 * f.skill.value:+.0f} %"
        if f.skill.low is not None and f.skill.high is not None:
            skill += f" ({100 * f.skill.low:+.0f} to {100 * f.skill.high:+.0f})"
    if f.against_naive:
        duel = f"{f.against_naive.wins} of {f.against_naive.wins + f.against_naive.losses}"
        p_value = _p(f.against_naive.p_value)
    return (
        f.source,
        f.n,
        _fixed(f.mae_ms, 2),
        _fixed(f.bias_ms, 2, sign="+"),
        _fixed(f.relative_to_ma7, 3),
        _fixed(f.relative_to_naive, 3),
        _fixed(f.rmsse, 3),
        skill,
        duel,
        p_value,
    )


def _intervals(f: "Scores") -> tuple[object, ...]:
    return (
        f.source,
        f.n_pinball,
        _fixed(f.pinball_ms, 2),
        *_held(f.coverage_80),
        *_held(f.coverage_95),
    )


def _held(found: "Coverage | None") -> tuple[str | None, str | None]:
    if found is None:
        return None, None
    ends = f"{100 * found.low:.0f} to {100 * found.high:.0f}"
    return f"{100 * found.rate:.1f} % ({ends})", _fixed(found.width_ms, 1)


def _fixed(value: float | None, digits: int, *, sign: str = "") -> str | None:
    # Adding zero turns a -0.0 that rounding left into 0.0.
    return None if value is None else f"{round(value, digits) + 0.0:{sign}.{digits}f}"


def _p(value: float | None) -> str | None:
    return "<.001" if value is not None and value < LEAST_P else _fixed(value, 3)

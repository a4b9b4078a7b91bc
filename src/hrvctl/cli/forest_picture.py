"""The forest plot of a cohort's effect in the terminal: a line a person, then the mean of all."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hrvctl.cli import output
from hrvctl.cli.trend_picture import picture_width
from hrvctl.safe_text import shortened

if TYPE_CHECKING:
    from hrvctl.domain.cohorts.effects import CohortEffect

# People shown, those with the smallest errors (own choice: a screen; the mean is of all).
MOST_PEOPLE = 20
# Letters of a name that have room, and the least columns the lines need.
LONGEST_NAME, LEAST_COLUMNS = 20, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the picture is drawn with."""

    zero: str
    interval: str
    person: str
    mean: str
    predicted: str


BLOCKS = Signs(zero="\u2502", interval="\u2500", person="\u25a0", mean="\u25c6", predicted="\u254c")
ASCII = Signs(zero="|", interval="-", person="o", mean="#", predicted=".")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A name with an estimate and its interval, per cent, and the HRV the per cent are of."""

    name: str
    low: float
    value: float
    high: float
    usual_ms: float
    mark: str
    dash: str

    @property
    def figures(self) -> tuple[str, str]:
        low, high = map(_signed, (self.low, self.high))
        percent = f"{_signed(self.value)} % ({low} to {high})"
        return percent, f"{_signed(self.usual_ms * self.value / 100)} ms"


def picture(effect: "CohortEffect", *, width: int, signs: Signs) -> str:
    """Draw an effect of at least one person; empty of nobody.

    Args:
        effect: What was found.
        width: Columns of the terminal.
        signs: What to draw with.
    """
    lines = _lines(effect, signs)
    if not lines:
        return ""
    names = max(len(line.name) for line in lines)
    percents, ms = (
        max(map(len, texts)) for texts in zip(*(line.figures for line in lines), strict=True)
    )
    columns = max(width - names - percents - ms - 6, LEAST_COLUMNS)
    # An interval that is much wider than all estimates is cut off, and drawn with an arrow.
    ends = [0.0, *(line.value for line in lines)]
    ends += [end for line in lines[-2:] for end in (line.low, line.high)]
    pad = (max(ends) - min(ends) or 1.0) * 0.2
    scale = _Scale(low=min(ends) - pad, high=max(ends) + pad, columns=columns)
    return "\n".join(
        f"{line.name:<{names}}  {line.figures[0]:>{percents}}  {line.figures[1]:>{ms}}"
        f"  {_drawn(line, scale, signs)}".rstrip()
        for line in lines
    )


def drawn(effect: "CohortEffect") -> str:
    """The picture for this terminal: of lines where its encoding has them, else of ASCII."""
    signs = BLOCKS if output.can_show("".join((BLOCKS.interval, BLOCKS.mean))) else ASCII
    return picture(effect, width=picture_width(), signs=signs)


def _lines(effect: "CohortEffect", signs: Signs) -> list[_Line]:
    from hrvctl.domain.cohorts.effects import percent

    lines = [
        _Line(
            name=shortened(one.subject, LONGEST_NAME),
            low=one.change.pct_low,
            value=one.change.pct,
            high=one.change.pct_high,
            usual_ms=one.usual_ms,
            mark=signs.person,
            dash=signs.interval,
        )
        for one in effect.best_known(MOST_PEOPLE)
    ]
    pooled, usual_ms = effect.pooled, effect.usual_ms
    if pooled is None or usual_ms is None:
        return lines
    of_all = (
        (f"mean of {pooled.n}", pooled.low, pooled.high, signs.interval),
        ("one more person", pooled.predicted_low, pooled.predicted_high, signs.predicted),
    )
    return lines + [
        _Line(
            name=name,
            low=percent(low),
            value=percent(pooled.mean),
            high=percent(high),
            usual_ms=usual_ms,
            mark=signs.mean,
            dash=dash,
        )
        for name, low, high, dash in of_all
        if low is not None and high is not None
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Columns from the left for a value; beyond both ends there are none."""

    low: float
    high: float
    columns: int

    def place(self, value: float) -> int:
        return round((value - self.low) / (self.high - self.low) * (self.columns - 1))


def _drawn(line: _Line, scale: _Scale, signs: Signs) -> str:
    row = [" "] * scale.columns
    row[scale.place(0.0)] = signs.zero
    first, last = scale.place(line.low), scale.place(line.high)
    for place in range(max(first, 0), min(last, scale.columns - 1) + 1):
        row[place] = line.dash
    if first < 0:
        row[0] = "<"
    if last >= scale.columns:
        row[-1] = ">"
    row[scale.place(line.value)] = line.mark
    return "".join(row)


def _signed(value: float) -> str:
    return f"{round(value):+d}" if round(value) else "0"

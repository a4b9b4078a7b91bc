"""The forest plot of a cohort's effect: a line a person, the mean, and one more person."""

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from hrvctl.domain.cohorts.effects import CohortEffect, percent
from hrvctl.errors import count
from hrvctl.report.charts import Palette
from hrvctl.report.style import PAPER, styled
from hrvctl.safe_text import shortened

# People drawn, those with the smallest errors (own choice: a page high; the mean is of all).
MOST_PEOPLE = 40
# Inches at 72 dots: the width of a page's text; above and below the lines, and of each line.
WIDTH, MARGINS, LINE = 6.5, 1.1, 0.2
# Letters of a name that have room.
LONGEST_NAME = 24
# Points: the sides of the squares, from the least to the greatest weight.
SMALLEST, LARGEST = 2.0, 6.0


def forest_svg(effect: CohortEffect) -> str:
    """Draw the plot as an SVG file of its own: the same effect gives the same text.

    Args:
        effect: Of at least one person.
    """
    people = effect.best_known(MOST_PEOPLE)
    with styled(PAPER, salt="forest"):
        height = MARGINS + LINE * (len(people) + 2)
        figure = Figure(figsize=(WIDTH, height), layout="constrained", facecolor="white")
        FigureCanvasSVG(figure)
        draw(figure.subplots(), effect, PAPER)
        buffer = io.StringIO()
        metadata = {"Date": None, "Creator": "hrvctl", "Title": _title(effect)}
        figure.savefig(buffer, format="svg", metadata=metadata, facecolor="white")
    return buffer.getvalue()


def draw(axes: Axes, effect: CohortEffect, palette: Palette) -> None:
    """Draw the plot; the effect is of at least one person."""
    people = effect.best_known(MOST_PEOPLE)
    names = []
    tau2 = (effect.pooled.tau2 if effect.pooled else None) or 0.0
    weights = [1 / (one.error**2 + tau2) for one in people]
    heaviest = max(weights)
    for y, (one, weight) in enumerate(zip(people, weights, strict=True)):
        change = one.change
        axes.plot([change.pct_low, change.pct_high], [y, y], color=palette.dot, linewidth=1)
        size = SMALLEST + (LARGEST - SMALLEST) * (weight / heaviest) ** 0.5
        axes.plot(change.pct, y, "s", color=palette.dot, markersize=size)
        names.append(f"{shortened(one.subject, LONGEST_NAME)}, {one.n_yes}")
    if effect.pooled and effect.pooled.low is not None and effect.pooled.high is not None:
        low, mean, high = map(percent, (effect.pooled.low, effect.pooled.mean, effect.pooled.high))
        y = len(names)
        axes.fill([low, mean, high, mean], [y, y - 0.32, y, y + 0.32], color=palette.line)
        axes.axvline(mean, color=palette.faint, linewidth=0.8, linestyle="--", zorder=0)
        names.append(f"mean of {effect.pooled.n}")
    if effect.pooled and effect.pooled.predicted_low is not None:
        ends = [percent(effect.pooled.predicted_low), percent(effect.pooled.predicted_high or 0.0)]
        axes.plot(ends, [len(names)] * 2, "|-", color=palette.line, linewidth=1.4, markersize=7)
        names.append("one more person")
    axes.axvline(0, color=palette.ink, linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.3, -0.7)
    axes.set_xlabel("next morning's HRV, %")
    axes.set_title(_title(effect), loc="left", fontsize=9)


def _title(effect: CohortEffect) -> str:
    n, shown = len(effect.people), min(len(effect.people), MOST_PEOPLE)
    of = count(n, "person", "people")
    some = "" if shown == n else f", the {shown} best known drawn"
    return (
        f"{shortened(effect.tag, LONGEST_NAME)}: change after a yes with 95 % interval, {of}{some}"
    )

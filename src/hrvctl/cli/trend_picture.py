"""The last weeks in the terminal: each night against the normal range, then tomorrow's interval."""

import shutil
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from hrvctl.cli import output, render
from hrvctl.cli.session import Session

if TYPE_CHECKING:
    from hrvctl.domain.trend import TrendDay
    from hrvctl.records import Forecast
    from hrvctl.usecases.morning import MorningReport

# Columns that are used of a terminal (own choice: a line longer than that is not read as one).
NARROWEST, WIDEST = 60, 200
# Columns on the left for the scale, and on the right for tomorrow.
SCALE, AHEAD = 5, 3
# Lines of the picture (own choice: half of a small terminal's).
ROWS = 9
# Days shown where the person names no number: 8 weeks, about the window of the normal range.
DAYS = 56
# As many as the widest terminal has columns for.
MOST_DAYS = WIDEST - SCALE - AHEAD


class Signs(NamedTuple):
    """What the picture is drawn with; a night is in the upper or the lower half of a line."""

    upper: str
    lower: str
    inside: str
    aside: str
    interval: str
    expected: str


BLOCKS = Signs(
    upper="\u2580",
    lower="\u2584",
    inside="\u2591",
    aside="\u00b7",
    interval="\u2502",
    expected="\u253c",
)
ASCII = Signs(upper="*", lower="*", inside=".", aside="o", interval="|", expected="+")


def picture(
    days: "Sequence[TrendDay]", tomorrow: "Forecast | None", *, width: int, signs: Signs
) -> str:
    """Draw the days, the oldest first, as many of the latest as the width has room for.

    Args:
        days: One a column.
        tomorrow: The forecast sealed for the day after; its 80 % interval is drawn.
        width: Columns of the terminal.
        signs: What to draw with.

    Returns:
        Lines; empty without a night.
    """
    shown = list(days)[-(width - SCALE - AHEAD) :]
    if not any(day.hrv_ms for day in shown):
        return ""
    ends = tomorrow.interval(80) if tomorrow else None
    known = [v for day in shown for v in (day.hrv_ms, day.low_ms, day.high_ms) if v is not None]
    known += [*ends] if ends else []
    scale = _Scale(low=min(known), high=max(known))
    columns = [_column(day, scale, signs) for day in shown]
    if tomorrow and ends:
        columns += [[" "] * ROWS, _ahead(tomorrow.mean_ms, ends, scale, signs)]
    labels = {0: scale.high, ROWS // 2: (scale.low + scale.high) / 2, ROWS - 1: scale.low}
    lines = [
        f"{f'{labels[row]:.0f}' if row in labels else '':>{SCALE - 1}} "
        + "".join(column[row] for column in columns).rstrip()
        for row in range(ROWS)
    ]
    return "\n".join([*lines, _legend(shown, signs, has_tomorrow=ends is not None)])


def drawn(days: "Sequence[TrendDay]", tomorrow: "Forecast | None") -> str:
    """The picture for this terminal: of blocks where its encoding has them, else of ASCII."""
    signs = BLOCKS if output.can_show("".join((BLOCKS.upper, BLOCKS.inside))) else ASCII
    return picture(days, tomorrow, width=picture_width(), signs=signs)


def picture_width() -> int:
    """Columns of this terminal that a picture is drawn in."""
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)


def recent_days(found: "MorningReport", n_days: int = DAYS) -> "tuple[TrendDay, ...]":
    """The last days up to a morning, each with the normal range it is held against."""
    from hrvctl.domain.trend import trend

    first = found.day - timedelta(days=n_days - 1)
    return trend(found.history, first=first, last=found.day, profile=found.baseline.profile)


def on_terminal(session: Session, found: "MorningReport") -> list[str]:
    """The picture for a command that says other things first: on a terminal alone."""
    if session.json or session.quiet or not output.is_terminal(sys.stdout):
        return []
    shown = drawn(recent_days(found), found.tomorrow)
    return ["", shown] if shown else []


class _Scale(NamedTuple):
    """Half lines from the top, from 0, for a value in ms."""

    low: float
    high: float

    def place(self, value: float) -> int:
        span = max(self.high - self.low, 1.0)
        return round((self.high - value) / span * (2 * ROWS - 1))


def _column(day: "TrendDay", scale: _Scale, signs: Signs) -> list[str]:
    column = [" "] * ROWS
    if day.low_ms is not None and day.high_ms is not None:
        for row in range(scale.place(day.high_ms) // 2, scale.place(day.low_ms) // 2 + 1):
            column[row] = signs.inside
    if day.hrv_ms is not None:
        place = scale.place(day.hrv_ms)
        night = signs.lower if place % 2 else signs.upper
        column[place // 2] = signs.aside if day.is_set_aside else night
    return column


def _ahead(mean_ms: float, ends: tuple[float, float], scale: _Scale, signs: Signs) -> list[str]:
    column = [" "] * ROWS
    low, high = ends
    for row in range(scale.place(high) // 2, scale.place(low) // 2 + 1):
        column[row] = signs.interval
    column[scale.place(mean_ms) // 2] = signs.expected
    return column


def _legend(shown: "Sequence[TrendDay]", signs: Signs, *, has_tomorrow: bool) -> str:
    night = signs.upper if signs.upper == signs.lower else signs.upper + signs.lower
    parts = [f"{night} night", f"{signs.inside} normal range"]
    if any(day.is_set_aside for day in shown):
        parts.append(f"{signs.aside} set aside")
    if has_tomorrow:
        parts.append(f"{signs.interval} tomorrow")
    dates = f"{render.day_name(shown[0].day)} to {render.day_name(shown[-1].day)}"
    return f"{' ' * SCALE}{dates}\n{' ' * SCALE}{', '.join(parts)}"

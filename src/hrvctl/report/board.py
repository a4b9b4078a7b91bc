"""The board of a cohort as one web page: no script, and nothing loaded from elsewhere."""

from dataclasses import dataclass

from hrvctl.domain.cohorts.board import LIGHTS, Board, Line
from hrvctl.report.templates import fill

# People on a page (own choice: about 6 MB, which a browser opens at once).
MOST_PEOPLE = 10_000
# The picture: its size, and the person's own SDs from its middle to either end (own choice: a
# week hardly lies farther out).
WIDTH, HEIGHT, ENDS_SD = 120, 16, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Places in a person's picture, from its left end.

    Attributes:
        band: Ends of the normal range.
        week: The week's mean.
        tomorrow: Ends of tomorrow's 80 % interval.
    """

    band: tuple[float, float]
    week: float | None
    tomorrow: tuple[float, float] | None


def board_page(board: Board) -> str:
    """Write the page; of more than ``MOST_PEOPLE`` the first, and it says how many there are."""
    shown = board.lines[:MOST_PEOPLE]
    return fill(
        "board.html.jinja",
        title=f"{board.cohort}, evening of {board.as_of:%a} {board.as_of.day} {board.as_of:%b %Y}",
        subtitle=board.people_text,
        board=board,
        whole=board.whole,
        queue=board.queue[:MOST_PEOPLE],
        lines=[(line, picture(line)) for line in shown],
        n_hidden=len(board.lines) - len(shown),
        lights=LIGHTS,
        width=WIDTH,
        height=HEIGHT,
        ends_sd=ENDS_SD,
    )


def picture(line: Line) -> Picture | None:
    """The places of a person's range, week and tomorrow; ``None`` without a normal range."""
    band, week = _places(line, line.range_ms), line.deviation
    if band is None:
        return None
    return Picture(
        band=band,
        week=None if week is None else _place(week),
        tomorrow=_places(line, line.interval_ms),
    )


def _places(line: Line, ends_ms: tuple[float, float] | None) -> tuple[float, float] | None:
    if ends_ms is None:
        return None
    low, high = map(line.in_own_spread, ends_ms)
    return None if low is None or high is None else (_place(low), _place(high))


def _place(own_sd: float) -> float:
    share = (own_sd + ENDS_SD) / (2 * ENDS_SD)
    return round(WIDTH * min(max(share, 0.0), 1.0), 1)

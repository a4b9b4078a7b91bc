"""How fast a long pull goes back in time, and how long the rest takes at most."""

import time
from collections.abc import Callable
from datetime import date

from hrvctl.records import FIRST_PLAUSIBLE_DAY

# From here on minutes are said instead of seconds (own choice).
MINUTES_FROM_S = 90.0


class Pace:
    """The pace of one pull.

    A vendor does not say when its data begin: what is said is the longest the rest may take, back
    to the first wearables.
    """

    def __init__(
        self, today: date, first: date, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin at the earliest day that was pulled before."""
        self._today, self._first = today, first
        self._clock, self._began = clock, clock()

    def line(self, first: date) -> str:
        """How far the pull has come, now that all from a day on is there."""
        text = f"{(self._today - first).days + 1} days, back to {first}"
        if not (done := (self._first - first).days):
            return text
        left_s = (self._clock() - self._began) / done * (first - FIRST_PLAUSIBLE_DAY).days
        left = f"{left_s / 60:.0f} min" if left_s >= MINUTES_FROM_S else f"{left_s:.0f} s"
        return f"{text}; the rest takes {left} at most"

"""Sealed rows left out of every score by hand, because a wrong clock had sealed them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """An entry of the chain that leaves rows before it out of every score, or takes them in again.

    Attributes:
        seq: Its place in the chain.
        rows: Places of the rows.
        sealed_on: Days on which the clock was wrong, as it had them.
        reason: Why.
        is_undone: Whether it takes the rows in again.
    """

    seq: int
    rows: frozenset[int]
    sealed_on: frozenset[date]
    reason: str
    is_undone: bool

    def payload(self) -> dict[str, object]:
        """The payload of its entry in the chain."""
        return {
            "rows": sorted(self.rows),
            "sealed_on": sorted(day.isoformat() for day in self.sealed_on),
            "reason": self.reason,
            "is_undone": self.is_undone,
        }


def excluded_rows(exclusions: Iterable[Exclusion], *, before: int | None = None) -> set[int]:
    """Places of the rows left out.

    Args:
        exclusions: In the order of the chain.
        before: Place in the chain; what was excluded from there on counts not yet.
    """
    rows: set[int] = set()
    for one in exclusions:
        if before is None or one.seq < before:
            rows = rows - one.rows if one.is_undone else rows | one.rows
    return rows


def days_of_wrong_clock(exclusions: Iterable[Exclusion]) -> dict[date, str]:
    """The days on which the clock was wrong, each with the reason given last."""
    days: dict[date, str] = {}
    for one in exclusions:
        for day in one.sealed_on:
            days.pop(day, None)
            if not one.is_undone:
                days[day] = one.reason
    return days

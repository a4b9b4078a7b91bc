"""Write the days of a report: as dates, or as days before its last one where dates are private."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DayLabels:
    """How a report writes a day.

    Attributes:
        last: Its last day.
        is_shared: Whether exact dates are left out.
    """

    last: date
    is_shared: bool = False

    def position(self, day: date) -> int:
        """Where a day is on a chart: days after the last one, below zero before it."""
        return (day - self.last).days

    def text(self, day: date) -> str:
        """A day in a table."""
        return self.at(self.position(day)) if self.is_shared else day.isoformat()

    def words(self, day: date) -> str:
        """A day in a sentence."""
        if not self.is_shared:
            return f"{day:%a} {day.day} {day:%b %Y}"
        return {0: "the last day", 1: "the day after"}.get(self.position(day), self.text(day))

    def at(self, position: int) -> str:
        """A place on the axis of days."""
        if self.is_shared:
            return f"{position:+d} d" if position else "0"
        day = date.fromordinal(self.last.toordinal() + position)
        return f"{day.day} {day:%b}"

"""Sleeps of one source, and which of a day's sleeps is the night."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from hrvctl.records import Measurement, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """One sleep as a source has it.

    Attributes:
        day: Local date it ended on.
        asleep_min: Minutes asleep, by which the longest is chosen; in bed where that is unknown.
        values: What was measured in it, each in its metric's unit.
        start_at, end_at: Its window, aware, where the zone is known.
    """

    day: date
    asleep_min: float
    values: Mapping[Metric, float] = field(default_factory=dict)
    start_at: datetime | None = None
    end_at: datetime | None = None


def main_sleeps(sleeps: Iterable[Sleep]) -> dict[date, Sleep]:
    """The longest sleep that ends on each day; of equals the one that ends last."""
    found: dict[date, Sleep] = {}
    for sleep in sleeps:
        rival = found.get(sleep.day)
        if rival is None or _rank(sleep) >= _rank(rival):
            found[sleep.day] = sleep
    return found


def measure_nights(nights: Mapping[date, Sleep], source: str) -> list[Measurement]:
    """One measurement for each value of each night, in order of day, then metric."""
    return [
        Measurement(
            day=day,
            metric=metric,
            value=night.values[metric],
            source=source,
            start_at=night.start_at,
            end_at=night.end_at,
        )
        for day, night in sorted(nights.items())
        for metric in sorted(night.values)
    ]


def _rank(sleep: Sleep) -> tuple[float, str]:
    return sleep.asleep_min, sleep.end_at.isoformat() if sleep.end_at else ""

"""Correct the waking heart rate of a running day for the hour it was read at."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from math import fsum
from typing import NamedTuple

from hrvctl.domain.series import History
from hrvctl.records import Metric

# Evenings of that hour of which the mean difference is taken (own choice).
MIN_EVENINGS = 10
# Days back in which they are looked for; own choice: half a year, in which a season passes.
DAYS_BACK = 180


class WakingReading(NamedTuple):
    """The waking heart rate of a day as it was stored at one time.

    Attributes:
        day: The day.
        bpm: The mean from waking to ``end_at``.
        end_at: The last sample, aware, in the person's zone of that day.
        seen_at: When it was stored, aware.
    """

    day: date
    bpm: float
    end_at: datetime
    seen_at: datetime


def correct_for_hour(
    history: History, readings: Iterable[WakingReading], *, morning: time
) -> History:
    """Subtract from the last day's value what values of its hour usually differ by at the end.

    The heart beats faster in some hours than in others, while past days are compared by their
    final values. A day that was over when it was read is not changed, nor is any before there are
    ``MIN_EVENINGS`` evenings that were read at the hour, to the nearest whole one, and after them.

    Args:
        history: The last day may be running.
        readings: Of the history's source, in any order, known by that evening.
        morning: When a day is over, on the next date.
    """
    values = history.measured.get(Metric.WAKING_HR_BPM)
    if not values:
        return history
    by_day: dict[date, list[WakingReading]] = {}
    for reading in sorted(readings, key=lambda r: r.seen_at):
        by_day.setdefault(reading.day, []).append(reading)
    tonight = by_day.pop(history.last, [])
    if not tonight or not _is_running(tonight[-1], morning):
        return history
    hour = _hour(tonight[-1])
    differences = [
        difference
        for own in by_day.values()
        if (difference := _difference(own, hour, morning)) is not None
    ]
    if len(differences) < MIN_EVENINGS:
        return history
    corrected = values[-1] - fsum(differences) / len(differences)
    measured = {**history.measured, Metric.WAKING_HR_BPM: (*values[:-1], corrected)}
    return replace(history, measured=measured)


def _difference(readings: Sequence[WakingReading], hour: int, morning: time) -> float | None:
    """Return how far a day's value of an hour was above its final one, bpm."""
    early = [r for r in readings if _is_running(r, morning) and _hour(r) == hour]
    if not early or _is_running(readings[-1], morning):
        return None
    return early[-1].bpm - readings[-1].bpm


def _is_running(reading: WakingReading, morning: time) -> bool:
    """Whether the day was not over when the value was stored."""
    end_at = datetime.combine(reading.day + timedelta(days=1), morning, reading.end_at.tzinfo)
    return reading.seen_at < end_at


def _hour(reading: WakingReading) -> int:
    """Return the nearest whole hour since midnight of the day; 25 is one o'clock of the next."""
    midnight = datetime.combine(reading.day, time(), reading.end_at.tzinfo)
    return round((reading.end_at - midnight) / timedelta(hours=1))

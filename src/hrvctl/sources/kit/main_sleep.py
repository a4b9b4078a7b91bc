"""Choose the main sleep of each day among a source's sleeps, and make measurements of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from hrvctl.records import PLAUSIBLE, Measurement, Metric

# Hour of UTC from which the local date of a waking may be UTC's next date. A person who wakes at 5
# or later in a zone up to UTC+13, while UTC is still on the date before, wakes at 16 UTC or later
# (24 + 5 - 13). Own choice: strict, since a night on the wrong day is worse than one left out.
FIRST_UNSURE_UTC_HOUR = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepPeriod:
    """One sleep as its source records it.

    Attributes:
        day: Local date it ended on.
        asleep_min: Minutes asleep, by which the longest is chosen; in bed where that is unknown.
        values: What was measured in it, each in its metric's unit.
        start_at, end_at: Its window, aware, where the zone is known.
        is_main: Whether the source itself marks it as the night.
        is_nap: Whether the source itself marks it as a nap.
        key: Equal for the same sleep in another file of the source; empty where unknown.
    """

    day: date
    asleep_min: float
    values: Mapping[Metric, float] = field(default_factory=dict)
    start_at: datetime | None = None
    end_at: datetime | None = None
    is_main: bool = False
    is_nap: bool = False
    key: str = ""


def main_sleeps(sleeps: Iterable[SleepPeriod]) -> dict[date, SleepPeriod]:
    """Choose the night of each day: the one the source marks, else the longest, else the last."""
    found: dict[date, SleepPeriod] = {}
    for sleep in sleeps:
        rival = found.get(sleep.day)
        if not sleep.is_nap and (rival is None or _rank(sleep) >= _rank(rival)):
            found[sleep.day] = sleep
    return found


def measure_nights(nights: Mapping[date, SleepPeriod], source: str) -> list[Measurement]:
    """Make a measurement of each value of each night, in order of day, then metric."""
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


def measure_days(
    values: Mapping[tuple[date, Metric], float], source: str
) -> tuple[Measurement, ...]:
    """Make a measurement without a window of each day's values, in order of day, then metric."""
    return tuple(
        Measurement(day=day, metric=metric, value=value, source=source)
        for (day, metric), value in sorted(values.items())
    )


def measure_files(files: Sequence[Sequence[SleepPeriod]], source: str) -> list[list[Measurement]]:
    """Measure the nights and naps of files that may overlap, each in one file only.

    A sleep that is in two files counts in the later one. The other sleeps of a day are naps, and
    their minutes are summed; but a sleep that overlaps the night is the same night with the times
    that the vendor gave it earlier, and does not count.

    Returns:
        One list a file, in order of day, then metric.
    """
    pool = {
        sleep.key or f"{place} {n}": (place, sleep)
        for place, sleeps in enumerate(files)
        for n, sleep in enumerate(sleeps)
    }
    nights = main_sleeps(sleep for _, sleep in pool.values())
    own: list[dict[date, SleepPeriod]] = [{} for _ in files]
    naps: dict[date, tuple[int, float]] = {}
    for place, sleep in pool.values():
        night = nights.get(sleep.day)
        if night is sleep:
            own[place][sleep.day] = sleep
        elif not (night and _overlap(night, sleep)):
            minutes = naps.get(sleep.day, (0, 0.0))[1] + sleep.asleep_min
            naps[sleep.day] = place, minutes
    found = [measure_nights(of_file, source) for of_file in own]
    for day, (place, minutes) in naps.items():
        if not 0 < minutes <= PLAUSIBLE[Metric.NAP_MIN].high:
            continue
        nap = Measurement(day=day, metric=Metric.NAP_MIN, value=minutes, source=source)
        found[place].append(nap)
    return [sorted(of_file, key=lambda m: (m.day, m.metric)) for of_file in found]


def wake_day_in_utc(woke_at: datetime) -> date | None:
    """Date a waking whose time zone is unknown by UTC; ``None`` late in UTC's day.

    Args:
        woke_at: Aware. The date is right for people who wake between 5 and 12 local time (from 6
            on where that is ahead of UTC+13), so callers warn that it was assumed.
    """
    instant = woke_at.astimezone(UTC)
    return instant.date() if instant.hour < FIRST_UNSURE_UTC_HOUR else None


def _overlap(one: SleepPeriod, other: SleepPeriod) -> bool:
    if not (one.start_at and one.end_at and other.start_at and other.end_at):
        return False
    return one.start_at < other.end_at and other.start_at < one.end_at


def _rank(sleep: SleepPeriod) -> tuple[bool, float, float]:
    # By the instant: for a traveller the later night of a date may end earlier by its own clock.
    ended_s = sleep.end_at.timestamp() if sleep.end_at else -math.inf
    return sleep.is_main, sleep.asleep_min, ended_s

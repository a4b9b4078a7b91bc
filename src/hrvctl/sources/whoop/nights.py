"""WHOOP's cycles and sleeps: the day and window of each value."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from operator import attrgetter

from hrvctl.records import PLAUSIBLE, Measurement, Metric
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row
from hrvctl.sources.kit.table_reader import TableReader
from hrvctl.sources.whoop.columns import (
    CYCLE_END,
    CYCLE_START,
    NAP,
    ONSET,
    WAKE,
    ZONE,
)

# Measured from waking to the next sleep; all other metrics are measured asleep.
DAY_METRICS = frozenset(
    {
        Metric.STRAIN,
        Metric.ENERGY_KCAL,
        Metric.AVERAGE_HR_BPM,
        Metric.MAX_HR_BPM,
        Metric.CYCLE_MIN,
    }
)
# A sleep of more than a day has a wrong start or end; none of 8,051 exported cycles is as long.
LONGEST_SLEEP = timedelta(hours=24)
MINUTE_S = 60
# Moments with their zone that are cached: a waking ends the night and begins the day, and the
# sleeps file repeats the nights of the cycles. Own choice: the moments of ten years.
CACHED_MOMENTS = 16_384


# Not frozen: creating one would take twice as long.
@dataclass(slots=True, kw_only=True)
class Cycle:
    """One row of the cycles or sleeps file; its times are local wall clock, as written.

    Attributes:
        day: Wake date; without a sleep, the date the middle of the cycle falls on.
        values: Every plausible value of the row, in the metric's unit.
    """

    row: Row
    day: date
    start: datetime
    end: datetime | None
    onset: datetime | None
    wake: datetime | None
    zone: tzinfo | None
    is_nap: bool
    values: Mapping[Metric, float]

    @property
    def main_rank(self) -> tuple[bool, float, datetime]:
        """The main sleep of a day has an HRV, and is the longest asleep."""
        asleep = self.values.get(Metric.ASLEEP_MIN, 0.0)
        return Metric.HRV_RMSSD_MS in self.values, asleep, self.start


def parse_cycles(sheet: TableReader) -> list[Cycle]:
    """Read each row of a cycles or sleeps file; rows with problems are left out."""
    return [cycle for row in sheet.rows if (cycle := _parse(sheet, row))]


def measure_cycles(
    sheet: TableReader, cycles: Sequence[Cycle], source: str
) -> tuple[Measurement, ...]:
    """Date each cycle's values: the night by its waking, strain and energy by the same waking.

    A cycle without sleep gives its day strain and energy, unless the day has a real sleep.
    """
    nights = _main_sleeps(sheet, cycles)
    days = dict(nights)
    sleepless = (cycle for cycle in cycles if not cycle.wake)
    for cycle in sorted(sleepless, key=_length, reverse=True):
        if Metric.HRV_RMSSD_MS in cycle.values:
            why = "no wake onset, so the night has no date; left out"
            sheet.leave_out(cycle.row, Metric.HRV_RMSSD_MS, why)
        if not any(metric in cycle.values for metric in DAY_METRICS if metric != Metric.CYCLE_MIN):
            sheet.skipped["empty cycle"] += 1
        elif days.setdefault(cycle.day, cycle) is not cycle:
            sheet.skipped["cycle without sleep on a day that has another"] += 1
    return _measurements(days.values(), source)


def measure_sleeps(
    sheet: TableReader, cycles: Sequence[Cycle], source: str
) -> tuple[Measurement, ...]:
    """Date each sleep's values by its waking, and sum the naps of a day, in minutes.

    This file has nothing of the day after the sleep, so a cycle's length is not read from it.
    """
    asleep = [cycle for cycle in cycles if cycle.wake]
    if len(asleep) < len(cycles):
        sheet.skipped["sleep without a waking"] = len(cycles) - len(asleep)
    naps: dict[date, float] = {}
    for nap in (cycle for cycle in asleep if cycle.is_nap):
        if Metric.ASLEEP_MIN in nap.values:
            naps[nap.day] = naps.get(nap.day, 0.0) + nap.values[Metric.ASLEEP_MIN]
        else:
            sheet.skipped["nap without a duration"] += 1
    nights = _main_sleeps(sheet, [cycle for cycle in asleep if not cycle.is_nap])
    summed = tuple(
        Measurement(day=day, metric=Metric.NAP_MIN, value=minutes, source=source)
        for day, minutes in naps.items()
    )
    asleep_only = [m for m in _measurements(nights.values(), source) if m.metric not in DAY_METRICS]
    return tuple(sorted((*asleep_only, *summed)))


def days_by_start(cycles: Iterable[Cycle]) -> dict[datetime, date]:
    """Map each cycle's start to its day; of two sleeps of one cycle the first counts."""
    latest_first = sorted(cycles, key=lambda cycle: cycle.wake or cycle.start, reverse=True)
    return {cycle.start: cycle.day for cycle in latest_first if not cycle.is_nap}


def _parse(sheet: TableReader, row: Row) -> Cycle | None:
    n_problems = len(sheet.problems)
    start, end, onset, wake = (
        sheet.moment(row, field) for field in (CYCLE_START, CYCLE_END, ONSET, WAKE)
    )
    if not start and cell_values.is_missing(sheet.get(row, CYCLE_START)):
        sheet.problem(row, CYCLE_START, "a cycle must have a start")
    if onset and wake and not timedelta(0) < wake - onset <= LONGEST_SLEEP:
        sheet.problem(row, WAKE, f"not within 24 hours after the sleep onset {onset}")
    values = sheet.metrics(row)
    is_nap = _is_nap(sheet, row)
    if not start or len(sheet.problems) > n_problems:
        return None
    if end and (minutes := _cycle_min(sheet, row, end - start)) is not None:
        values[Metric.CYCLE_MIN] = minutes
    return Cycle(
        row=row,
        day=_day(start, end, wake),
        start=start,
        end=end,
        onset=onset,
        wake=wake,
        zone=_zone(sheet, row),
        is_nap=is_nap,
        values=values,
    )


def _zone(sheet: TableReader, row: Row) -> tzinfo | None:
    zone = cell_values.zone(sheet.get(row, ZONE))
    if zone is None and sheet.has(ZONE):
        sheet.leave_out(row, ZONE, "not an offset like UTC+02:00; the hours are left out")
    return zone


def _cycle_min(sheet: TableReader, row: Row, length: timedelta) -> float | None:
    minutes = length.total_seconds() / MINUTE_S
    low, high = PLAUSIBLE[Metric.CYCLE_MIN]
    if low <= minutes <= high:
        return minutes
    sheet.leave_out(
        row, CYCLE_END, f"a cycle of {minutes:g} minutes is not plausible; its length is left out"
    )
    return None


def _is_nap(sheet: TableReader, row: Row) -> bool:
    text = sheet.get(row, NAP)
    if cell_values.is_missing(text):
        return False
    try:
        return cell_values.boolean(text)
    except ValueError as error:
        sheet.problem(row, NAP, str(error))
        return False


def _day(start: datetime, end: datetime | None, wake: datetime | None) -> date:
    if wake:
        return wake.date()
    # Cycles without sleep mostly run from midnight to the next sleep's onset, which is as often
    # after midnight as before. Of 87 seen in nine exports, 52 end on the date of the next real
    # sleep and none has its middle there; so the day is that of the middle.
    return (start + (end - start) / 2).date() if end else start.date()


def _length(cycle: Cycle) -> float:
    return cycle.values.get(Metric.CYCLE_MIN, 0.0)


def _main_sleeps(sheet: TableReader, cycles: Iterable[Cycle]) -> dict[date, Cycle]:
    """Choose the longest sleep of each wake date; count the others as skipped."""
    main: dict[date, Cycle] = {}
    for cycle in cycles:
        if not cycle.wake:
            continue
        rival = main.get(cycle.day)
        if rival:
            is_same = rival.start == cycle.start
            sheet.skipped["repeated cycle" if is_same else "secondary sleep"] += 1
        if not rival or cycle.main_rank > rival.main_rank:
            main[cycle.day] = cycle
    return main


def _measurements(cycles: Iterable[Cycle], source: str) -> tuple[Measurement, ...]:
    """Make a measurement of each value of cycles of different days, by day, then metric."""
    found = []
    for cycle in sorted(cycles, key=attrgetter("day")):
        # Once a cycle and not once a value: an export has 22 values a cycle.
        night = in_zone(cycle.onset, cycle.zone), in_zone(cycle.wake, cycle.zone)
        day = in_zone(cycle.wake or cycle.start, cycle.zone), in_zone(cycle.end, cycle.zone)
        for metric in sorted(cycle.values):
            is_of_day = metric in DAY_METRICS
            if not is_of_day and not cycle.wake:
                continue
            start_at, end_at = day if is_of_day else night
            value = cycle.values[metric]
            found.append(Measurement(cycle.day, metric, value, source, start_at, end_at))
    return tuple(found)


@lru_cache(maxsize=CACHED_MOMENTS)
def in_zone(moment: datetime | None, zone: tzinfo | None) -> datetime | None:
    """Make a local wall clock time aware; ``None`` where it or its zone is unknown."""
    return moment.replace(tzinfo=zone) if moment and zone else None

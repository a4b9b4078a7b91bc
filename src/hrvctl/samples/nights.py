"""Simulate the main sleep of each night: onset and waking in local time, stages, need and debt."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np

from hrvctl.samples.behaviour import Behaviour
from hrvctl.samples.days import Night
from hrvctl.samples.draws import Draw, Draws, Floats
from hrvctl.samples.people import Traits

# Sleep onset in hours after midnight of the wake date, and hours in bed. The earliest onset and
# the shortest night still end after 01:30, so that the wake date holds through any DST change.
ONSET_BOUNDS_H = (-3.0, 4.5)
IN_BED_BOUNDS_H = (4.5, 11.0)
# Night-to-night sd in hours, later at the weekend and after alcohol (own choice, in the range of
# exports: onset sd 1.1 to 1.7 h, in bed 0.9 to 1.4 h).
ONSET_SD_H = 0.9
IN_BED_SD_H = 0.9
WEEKEND_LATER_H = 0.8
ALCOHOL_LATER_H = 0.4
WEEKEND_WEEKDAYS = (5, 6)
# Share of a later bedtime that is lost from time in bed (an alarm ends the night).
ALARM_SHARE = 0.5
# Least time awake between two nights; binds after a flight that shifts the clock.
MIN_AWAKE = timedelta(hours=3)
# Shares of sleep and their sd: deep 22 %, REM 25 % of sleep, efficiency 92 % (means of exports).
EFFICIENCY = (0.92, 0.035)
EFFICIENCY_BOUNDS = (0.70, 0.99)
DEEP_SHARE = (0.22, 0.045)
REM_SHARE = (0.25, 0.06)
STAGE_BOUNDS = (0.05, 0.40)
# Sleep need: minutes at rest and per point of strain; debt on the first night, the share of it
# that is kept, and the share of lost sleep that is added (means of exports: need 547 min, debt
# 65 min).
NEED_AT_REST_MIN = 460.0
NEED_PER_STRAIN_MIN = 3.0
DEBT_AT_FIRST_MIN = 40.0
DEBT_KEPT = 0.5
DEBT_ADDED = 0.3
# Consistency falls by this many points per hour that onset differs from the night before.
CONSISTENCY_TOP = 82.0
CONSISTENCY_PER_H = 9.0


def simulate_sleep(
    traits: Traits, draws: Draws, behaviour: Behaviour, *, first_day: date
) -> tuple[Night, ...]:
    """Simulate the main sleep of every night.

    Args:
        traits: The person.
        draws: Random numbers.
        behaviour: n rows; row r is the night that ends on day r.
        first_day: Wake date of row 0.

    Returns:
        One sleep per row, in order, never overlapping; each ends on its wake date in local time.
    """
    onset_h, in_bed_h = _hours(traits, draws, behaviour, first_day=first_day)
    efficiency = _share(draws, Draw.EFFICIENCY, EFFICIENCY, EFFICIENCY_BOUNDS)
    deep = _share(draws, Draw.DEEP, DEEP_SHARE, STAGE_BOUNDS)
    rem = _share(draws, Draw.REM, REM_SHARE, STAGE_BOUNDS)
    seconds = draws.uniform(Draw.SECONDS)
    nights: list[Night] = []
    debt = DEBT_AT_FIRST_MIN
    earliest = datetime.min.replace(tzinfo=UTC)
    for row, zone in enumerate(behaviour.zones):
        day = first_day + timedelta(days=row)
        length = timedelta(seconds=int(in_bed_h[row] * 3600 + seconds[row] * 60))
        onset, wake = _window(day, zone, float(onset_h[row]), length, earliest=earliest)
        earliest = wake + MIN_AWAKE
        need = float(NEED_AT_REST_MIN + NEED_PER_STRAIN_MIN * behaviour.strain[row]) + debt
        drift_h = abs(onset_h[row] - onset_h[max(row - 1, 0)])
        night = _stages(
            onset,
            wake,
            shares=(float(efficiency[row]), float(deep[row]), float(rem[row])),
            need=need,
            debt=debt,
            consistency=CONSISTENCY_TOP - CONSISTENCY_PER_H * float(drift_h),
        )
        debt = DEBT_KEPT * debt + DEBT_ADDED * max(need - debt - night.asleep_min, 0)
        nights.append(night)
    return tuple(nights)


def _hours(
    traits: Traits, draws: Draws, behaviour: Behaviour, *, first_day: date
) -> tuple[Floats, Floats]:
    weekday = (np.arange(len(behaviour.strain)) + first_day.weekday()) % 7
    later = (
        ONSET_SD_H * draws.normal(Draw.BEDTIME)
        + WEEKEND_LATER_H * np.isin(weekday, WEEKEND_WEEKDAYS)
        + ALCOHOL_LATER_H * behaviour.alcohol
    )
    onset_h = np.clip(traits.bedtime_h + later, *ONSET_BOUNDS_H)
    in_bed_h = traits.in_bed_h - ALARM_SHARE * later + IN_BED_SD_H * draws.normal(Draw.IN_BED)
    return onset_h, np.clip(in_bed_h, *IN_BED_BOUNDS_H)


def _share(
    draws: Draws, column: Draw, shape: tuple[float, float], bounds: tuple[float, float]
) -> Floats:
    mean, sd = shape
    return np.clip(mean + sd * draws.normal(column), *bounds)


def _window(
    day: date, zone: str, onset_h: float, length: timedelta, *, earliest: datetime
) -> tuple[datetime, datetime]:
    """Onset and waking as instants, both in the offset that holds at waking."""
    place = ZoneInfo(zone)
    clock = datetime.combine(day, time(), tzinfo=place) + timedelta(seconds=int(onset_h * 3600))
    onset = max(clock.astimezone(UTC), earliest)
    wake = onset + length
    offset = wake.astimezone(place).utcoffset()
    here = timezone(offset if offset is not None else timedelta(0))
    return onset.astimezone(here), wake.astimezone(here)


def _stages(
    onset: datetime,
    wake: datetime,
    *,
    shares: tuple[float, float, float],
    need: float,
    debt: float,
    consistency: float,
) -> Night:
    in_bed = int((wake - onset).total_seconds() // 60)
    efficiency, deep_share, rem_share = shares
    asleep = int(in_bed * efficiency)
    deep, rem = int(asleep * deep_share), int(asleep * rem_share)
    return Night(
        onset_at=onset,
        wake_at=wake,
        in_bed_min=in_bed,
        asleep_min=asleep,
        light_min=asleep - deep - rem,
        deep_min=deep,
        rem_min=rem,
        awake_min=in_bed - asleep,
        need_min=round(need),
        debt_min=round(debt),
        efficiency_pct=round(100 * asleep / in_bed),
        performance_pct=min(round(100 * asleep / need), 100),
        consistency_pct=round(min(max(consistency, 0.0), 100.0)),
    )

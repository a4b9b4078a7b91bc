"""The binary record of a night that watches of Huami (Amazfit, Zepp) keep.

Little-endian: the instant of the local midnight in the night, the sleep's edges in minutes from 24
hours before it, and the minutes of each stage (Gadgetbridge, HuamiSleepSessionSample).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from hrvctl.records import Metric

MIDNIGHT_AT, EDGES_AT, TOTALS_AT = 0x04, 0x0A, 0x24A
TOTALS = (Metric.REM_MIN, Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.AWAKE_MIN)
ASLEEP = frozenset({Metric.REM_MIN, Metric.LIGHT_MIN, Metric.DEEP_MIN})
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HuamiSleep:
    """A night: its edges, and its minutes by stage where the record has them."""

    start: datetime
    end: datetime
    minutes: Mapping[Metric, float]


def parse_session(data: bytes) -> HuamiSleep | None:
    """Parse a record; ``None`` if it is too short or has no time."""
    try:
        (midnight_s,) = struct.unpack_from("<I", data, MIDNIGHT_AT)
        edges = struct.unpack_from("<HH", data, EDGES_AT)
    except struct.error:
        return None
    # The zone is that in which it was midnight; of the two that there may be, the nearer to UTC.
    east = timedelta(seconds=-midnight_s % DAY.total_seconds())
    zone = timezone(east if east <= DAY / 2 else east - DAY)
    first = datetime.fromtimestamp(midnight_s, zone) - DAY
    start, end = (first + timedelta(minutes=minutes) for minutes in edges)
    minutes: dict[Metric, float] = {}
    if len(data) >= TOTALS_AT + 2 * len(TOTALS):
        totals = struct.unpack_from(f"<{len(TOTALS)}H", data, TOTALS_AT)
        minutes = {metric: float(n) for metric, n in zip(TOTALS, totals, strict=True)}
        minutes[Metric.ASLEEP_MIN] = sum(n for metric, n in minutes.items() if metric in ASLEEP)
    return HuamiSleep(start, end, minutes)

"""Until when a morning's forecast may be sealed, and what the times of sealed rows say."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from hrvctl.errors import SealRefused
from hrvctl.records import SealedForecast, day_at

# A larger change of the zone between two rows is a journey or a wrong setting, not summer time.
ZONE_JUMP = timedelta(hours=1)
# Largest difference between two clocks that agree (own choice; NTP keeps them within a second).
CLOCK_SLACK = timedelta(minutes=2)


def may_be_sealed(now: datetime, target: date, zone: tzinfo, day_starts_at: time) -> bool:
    """Whether a morning has not begun yet where it will be measured.

    Args:
        now: Aware.
        target: The morning.
        zone: Where the person is.
        day_starts_at: When a morning begins, local time.
    """
    return day_at(now.astimezone(zone), day_starts_at) < target


def late_zones(
    now: datetime, target: date, zones: Iterable[str], day_starts_at: time
) -> frozenset[str]:
    """The zones in which a morning has begun.

    Args:
        now: Aware.
        target: The morning.
        zones: IANA names.
        day_starts_at: When a morning begins, local time.

    Raises:
        ValueError, zoneinfo.ZoneInfoNotFoundError: There is no such zone.
    """
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - not loaded for one person's own zone

    return frozenset(
        name for name in set(zones) if not may_be_sealed(now, target, ZoneInfo(name), day_starts_at)
    )


def check_morning(target: date, now: datetime, day_starts_at: time) -> None:
    """Refuse a morning that has begun.

    Raises:
        SealRefused: ``day_starts_at`` of the target has come, as the person's clock has it.
    """
    if day_at(now, day_starts_at) >= target:
        raise SealRefused(
            f"the morning of {target} has begun: it is too late for a forecast or a guess",
            hint=f"forecasts and guesses for a day are accepted until {day_starts_at:%H:%M} of it",
        )


def oddities(sealed: Iterable[SealedForecast]) -> tuple[str, ...]:
    """Rows that a wrong clock or zone may have sealed, one sentence each.

    Args:
        sealed: The chain, in order.
    """
    found = []
    for before, row in pairwise(sealed):
        if row.created_at < before.created_at:
            found.append(
                f"row {row.seq} was sealed at {row.created_at.isoformat(' ', 'minutes')}, before"
                f" row {before.seq} at {before.created_at.isoformat(' ', 'minutes')}: the clock was"
                " set back"
            )
        then, now = before.created_at.utcoffset(), row.created_at.utcoffset()
        if then is not None and now is not None and abs(now - then) > ZONE_JUMP:
            found.append(
                f"row {row.seq} was sealed at UTC{row.created_at:%z}, row {before.seq} at"
                f" UTC{before.created_at:%z}"
            )
    return tuple(found)


def rows_in_question(sealed: Sequence[SealedForecast], now: datetime) -> tuple[SealedForecast, ...]:
    """The fewest rows without which time never runs back in the chain, nor ahead of now.

    They are those beside a longest run of rows in the order of their times (Schensted 1961, Canad
    J Math 13), found in one pass; where two runs are as long, the one with the earlier times.

    Args:
        sealed: The chain, in order.
        now: What the clock says, aware.
    """
    times = [row.created_at for row in sealed]
    latest = now + CLOCK_SLACK
    if all(b >= a - CLOCK_SLACK for a, b in pairwise(times)) and max(times, default=now) <= latest:
        return ()
    last: list[int] = []  # of the runs of each length the one that ends first: its last row
    ends: list[datetime] = []  # their times
    previous: list[int | None] = []
    for place, at in enumerate(times):
        n = bisect_right(ends, at)
        previous.append(last[n - 1] if n else None)
        if at <= latest:
            last[n : n + 1], ends[n : n + 1] = [place], [at]
    kept = set()
    place_of_end = last[-1] if last else None
    while place_of_end is not None:
        kept.add(place_of_end)
        place_of_end = previous[place_of_end]
    return tuple(row for place, row in enumerate(sealed) if place not in kept)


def doubtful_exclusions(
    sealed: Sequence[SealedForecast], excluded: Collection[int], now: datetime
) -> tuple[str, ...]:
    """Excluded rows that no wrong clock can have sealed, one sentence for each day.

    Whoever sets the clock back before a row can exclude it; the rows sealed later show that.

    Args:
        sealed: The chain with them, in order.
        excluded: Their places.
        now: What the clock says, aware.
    """
    wrong = {row.seq for row in rows_in_question(sealed, now)}
    days = {row.created_at.date() for row in sealed if row.seq in excluded and row.seq not in wrong}
    return tuple(
        f"what was sealed on {day} is excluded, though its time agrees with that of the rows before"
        " and after it"
        for day in sorted(days)
    )

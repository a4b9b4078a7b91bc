"""This machine's clock and zone, and how they compare with what was written and seen before."""

import os
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hrvctl.domain.seal_times import CLOCK_SLACK, ZONE_JUMP
from hrvctl.errors import DataError, OldSchema
from hrvctl.records.exclusions import days_of_wrong_clock
from hrvctl.store.database import Store, open_store
from hrvctl.store.exclusions import load_exclusions
from hrvctl.store.heads import LOST, find_lost, load_heads
from hrvctl.store.inspection import last_sealed_at, last_written
from hrvctl.usecases.workspace import Workspace

ZERO = timedelta()


def wrong_days(store: Store) -> Collection[date]:
    """The days on which the person said that the clock was wrong."""
    return days_of_wrong_clock(load_exclusions(store))


def clock_behind(store: Store, now: datetime, *, but: Collection[date]) -> str:
    """Describe a clock that is behind the last write to the home; empty when it is not.

    Args:
        store: Open.
        now: What the clock says, aware.
        but: Days on which the clock was wrong.
    """
    written = last_written(store, but=but)
    if written is None or written[1] - now <= CLOCK_SLACK:
        return ""
    table, at = written
    return (
        f"the last row of {table} was written on {at:%Y-%m-%d %H:%M %z}, but this machine's clock"
        f" is at {now:%Y-%m-%d %H:%M %z}"
    )


def _zone_jump(store: Store, now: datetime, *, but: Collection[date]) -> str:
    """Describe a zone far from that of the last sealed row; empty when they agree."""
    at = last_sealed_at(store, but=but)
    if at is None or abs((now.utcoffset() or ZERO) - (at.utcoffset() or ZERO)) <= ZONE_JUMP:
        return ""
    return f"the last forecast was sealed at UTC{at:%z}, and this machine is at UTC{now:%z}"


def seal_warnings(workspace: Workspace) -> tuple[str, ...]:
    """What a person should know before something is sealed, each with the cure.

    A clock or a zone that does not agree with what was written before; and, until something is
    sealed again, rows that the ledger does not have any more.
    """
    if not workspace.home.exists():
        return ()
    now = workspace.clock()
    try:
        with open_store(workspace.home, write=False) as store:
            but = wrong_days(store)
            behind, jump = clock_behind(store, now, but=but), _zone_jump(store, now, but=but)
            faults = _lost_rows(store, workspace)
    except OldSchema:  # the first run after an upgrade, which updates it
        return ()
    faults += [
        (behind, "set this machine's clock; if it is right now, see hrvctl doctor"),
        (jump, "unless you travelled, set its time zone"),
    ]
    return tuple(f"hrvctl: {fault}\n  {cure}".rstrip() for fault, cure in faults if fault)


def _lost_rows(store: Store, workspace: Workspace) -> list[tuple[str, str]]:
    try:
        lost = find_lost(store.connection, load_heads(workspace.home))
    except DataError as error:  # it must not keep an evening from its forecast
        return [(error.message, error.hint)]
    return [(one.described, "" if one.restored_on else LOST) for one in lost if one.is_new]


def local_zone() -> str:
    """The IANA name of this machine's time zone; UTC if it cannot be determined."""
    named = os.environ.get("TZ", "").removeprefix(":")
    # On most systems a link to the zone's file: .../zoneinfo/Europe/Berlin.
    linked = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    for name in (named, linked):
        try:
            return ZoneInfo(name).key
        except (ValueError, OSError, ZoneInfoNotFoundError):
            continue
    return "UTC"

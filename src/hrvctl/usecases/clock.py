"""Compare this machine's clock and zone with those of what was written before."""

from datetime import datetime, timedelta

from hrvctl.domain.tracking import ZONE_JUMP
from hrvctl.store.database import Store, open_store
from hrvctl.store.inspection import last_sealed_at, last_written
from hrvctl.usecases.workspace import Workspace

# Largest difference between two clocks that agree (own choice; NTP keeps them within a second).
CLOCK_SLACK = timedelta(minutes=2)
ZERO = timedelta()


def clock_behind(store: Store, now: datetime) -> str:
    """Describe a clock that is behind the last write to the home; empty when it is not."""
    written = last_written(store)
    if written is None or written[1] - now <= CLOCK_SLACK:
        return ""
    table, at = written
    return (
        f"the last row of {table} was written on {at:%Y-%m-%d %H:%M %z}, but this machine's clock"
        f" is at {now:%Y-%m-%d %H:%M %z}"
    )


def zone_jump(store: Store, now: datetime) -> str:
    """Describe a zone far from that of the last sealed row; empty when they agree."""
    at = last_sealed_at(store)
    if at is None or abs((now.utcoffset() or ZERO) - (at.utcoffset() or ZERO)) <= ZONE_JUMP:
        return ""
    return f"the last forecast was sealed at UTC{at:%z}, and this machine is at UTC{now:%z}"


def clock_warnings(workspace: Workspace) -> tuple[str, ...]:
    """What is odd about this machine's clock before something is sealed by it, with the cure."""
    if not workspace.home.exists():
        return ()
    now = workspace.clock()
    with open_store(workspace.home, write=False) as store:
        behind, jump = clock_behind(store, now), zone_jump(store, now)
    faults = (behind, "set this machine's clock"), (jump, "unless you travelled, set its time zone")
    return tuple(f"hrvctl: {fault}\n  {cure}" for fault, cure in faults if fault)

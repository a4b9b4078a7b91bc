"""When a key or a sign-in ends by itself, and what to say some days before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.store.connections import Connection

# Days before its end from which it is said (own choice: a holiday lies between).
WARN_DAYS = 14


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a connection.

    Attributes:
        on: The day; the latest possible one where the person did not say.
        warning: That it is near; empty before.
        cure: What to do about it.
    """

    on: date
    warning: str = ""
    cure: str = ""


def find_ending(connection: Connection, now: datetime) -> Ending | None:
    """When a connection ends by itself; ``None`` if not known, if never, or if it has ended."""
    on = _last_day(connection, now.tzinfo)
    if on is None or connection.ended:
        return None
    left = (on - now.date()).days
    if left > WARN_DAYS:
        return Ending(on)
    described = DESCRIPTIONS[connection.vendor]
    what = "key" if described.oauth is None else "sign-in"
    when = f"ends in {left} days, on {on}" if left > 0 else f"ends on {on}"
    first = f"{described.before_end}, then " if described.before_end else ""
    return Ending(on, f"the {what} {when}", f"{first}hrvctl connect {connection.vendor}")


def _last_day(connection: Connection, zone: tzinfo | None) -> date | None:
    described, tokens = DESCRIPTIONS[connection.vendor], connection.tokens
    if connection.key_ends:
        return connection.key_ends
    if described.key_days:
        return (connection.connected_at + timedelta(days=described.key_days)).date()
    if tokens is None:
        return None
    ends_at = tokens.grant_ends_at
    if ends_at is None and not connection.keyring_name and not tokens.refresh:
        ends_at = tokens.expires_at  # nothing renews it
    try:
        return None if ends_at is None else datetime.fromtimestamp(ends_at, zone).date()
    except (ValueError, OverflowError, OSError):  # never, in a vendor's words
        return None

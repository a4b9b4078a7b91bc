"""How a person's connections to vendors are; asks no vendor."""

from dataclasses import dataclass
from datetime import datetime

from hrvctl.errors import SignInNeeded
from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile, list_connections
from hrvctl.usecases.connection_end import find_ending
from hrvctl.usecases.workspace import Workspace

# Why a copy does not renew tokens: the first of two homes to do so would end those of the other.
COPIED = "this home is a copy of the one that signed in"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionState:
    """How one connection is.

    Attributes:
        vendor: Which.
        is_well: Whether nothing needs the person.
        finding: How it is, on one line.
        cure: What to do; empty where nothing needs doing.
    """

    vendor: Vendor
    is_well: bool
    finding: str
    cure: str = ""


def states(workspace: Workspace, subject: str) -> list[ConnectionState]:
    """How each of a person's connections is; asks no vendor."""
    return [_state(file, workspace.clock()) for file in list_connections(workspace.home, subject)]


def _state(file: ConnectionFile, now: datetime) -> ConnectionState:
    sign_in = f"sign in again: hrvctl connect {file.vendor}"
    try:
        connection = file.load()
    except SignInNeeded as error:
        return ConnectionState(
            vendor=file.vendor, is_well=False, finding=error.message, cure=error.hint
        )
    if connection is None:
        return ConnectionState(vendor=file.vendor, is_well=False, finding="gone", cure=sign_in)
    progress, faults, cures = connection.progress, [], []
    if reason := connection.ended or (COPIED if is_copy(file, connection) else ""):
        faults.append(reason)
        cures.append(sign_in)
    if progress.fault:
        faults.append(f"the last pull failed: {progress.fault}")
        cures.append(f"hrvctl connect test {file.vendor}")
    if progress.skew_s:
        is_ahead = "ahead of" if progress.skew_s > 0 else "behind"
        faults.append(f"this clock is {abs(progress.skew_s) / 60:.0f} min {is_ahead} the vendor's")
        cures.append("set this machine's clock")
    ending = find_ending(connection, now)
    if ending and ending.warning:
        faults.append(ending.warning)
        cures.append(ending.cure)
    words = [f"connected {connection.connected_at:%Y-%m-%d}"]
    if ending and not ending.warning:
        words.append(f"signed in until {ending.on}")
    if connection.keyring_name:
        words.append("secrets in the keyring")
    if progress.pulled_at is None:
        words.append("not pulled yet")
    else:
        words.append(f"last good pull {progress.pulled_at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}")
        words.append(f"newest night {progress.newest_night or 'none'}")
        if not progress.has_all:
            words.append(f"older data than {progress.first} is still to come")
    if progress.missing:
        words.append(f"not allowed: {', '.join(progress.missing)}")
    return ConnectionState(
        vendor=file.vendor,
        is_well=not faults,
        finding="; ".join([*faults, ", ".join(words)]),
        cure=", then ".join(cures),
    )


def is_copy(file: ConnectionFile, connection: Connection) -> bool:
    """Whether a connection with single-use tokens is in a copy of the home they were given to."""
    way = DESCRIPTIONS[connection.vendor].oauth
    return bool(way and way.is_single_use and connection.folder_id != file.folder_id())


def sign_in_needed(connection: Connection) -> SignInNeeded:
    """The error of a connection that has ended."""
    return SignInNeeded(
        f"{DESCRIPTIONS[connection.vendor].title}: {connection.ended}",
        hint=f"sign in again: hrvctl connect {connection.vendor}",
    )

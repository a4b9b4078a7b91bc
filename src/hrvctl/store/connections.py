"""Connections to vendors: one private file each, on the disk before what is in it is used."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from hrvctl.errors import HomeError, SignInNeeded
from hrvctl.files import read_file
from hrvctl.records.choices import Vendor
from hrvctl.records.tokens import Tokens
from hrvctl.store.copies import sync
from hrvctl.store.disk import HINT
from hrvctl.store.home import Home, create_home, make_folder
from hrvctl.store.json_values import FieldFault, plain, read_value
from hrvctl.store.lock import file_lock
from hrvctl.store.temp_files import create_temp_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the data of a connection have been pulled.

    Attributes:
        pulled_at: The last time that every request succeeded; ``None`` before it.
        newest_night: The last night with an HRV that the vendor gave.
        first: Earliest day pulled; ``None`` before the first pull.
        last: Latest day pulled.
        has_all: Whether the vendor has nothing before ``first``.
        seen: Digests of the records of the last pull, so that one without news is known.
        missing: What the vendor refused although the sign-in is good: not allowed, or not paid.
        fault: Why the last pull failed; empty when it did not.
        skew_s: How far this machine's clock is ahead of the vendor's, seconds.
    """

    pulled_at: datetime | None = None
    newest_night: date | None = None
    first: date | None = None
    last: date | None = None
    has_all: bool = False
    seen: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fault: str = ""
    skew_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A person's connection to a vendor.

    Attributes:
        vendor: Which vendor.
        connected_at: When they signed in.
        folder_id: The folder it was made in, as the file system numbers it: a copy has another.
        keyring_name: The name under which the system's keyring has the secrets; empty where they
            are here.
        address: Where the vendor is asked, if not at its own address.
        account: The vendor's number for the person.
        client_id: Of the person's own app; empty for a key.
        secret: The key, or the secret of the app.
        key_ends: When the key ends, as the person said; ``None`` where they did not.
        token_url: Where tokens are renewed; empty for a key.
        tokens: The latest tokens; ``None`` for a key.
        renewing_since: Set before tokens are renewed and cleared with the answer: where it is still
            set, a process ended between the two.
        ended: Why signing in again is needed; empty while the connection is alive.
        progress: What has been pulled.
    """

    vendor: Vendor
    connected_at: datetime
    folder_id: int
    keyring_name: str = ""
    address: str = ""
    account: str = field(default="", repr=False)
    client_id: str = field(default="", repr=False)
    secret: str = field(repr=False)
    key_ends: date | None = None
    token_url: str = ""
    tokens: Tokens | None = None
    renewing_since: datetime | None = None
    ended: str = ""
    progress: Progress = Progress()


class ConnectionFile:
    """The file of one person's connection to one vendor."""

    def __init__(self, home: Home, subject: str, vendor: Vendor) -> None:
        self.home = home
        self.vendor = vendor
        self.path = home.connections / subject / f"{vendor}.json"

    @contextmanager
    def lock(self, *, wait_s: float) -> Iterator[None]:
        """Lock the connection; take it before reading what is to be changed.

        Raises:
            Taken: Another process has it.
            HomeError: The file cannot be locked.
        """
        self._make_folder()
        with file_lock(self.path.with_suffix(".lock"), wait_s=wait_s):
            yield

    def folder_id(self) -> int:
        """The number of the folder: it stays when the home moves, and a copy has another."""
        return self.path.parent.stat().st_ino

    def load(self) -> Connection | None:
        """Read the connection; ``None`` where there is none.

        Raises:
            SignInNeeded: The file is damaged.
            HomeError: It cannot be read.
        """
        try:
            return read_value(Connection, json.loads(read_file(self.path)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise HomeError(f"cannot read {self.path}: {error.strerror or error}") from error
        except (ValueError, RecursionError, FieldFault):
            # Not raised from it: its text may quote a secret.
            raise SignInNeeded(
                f"{self.path} is damaged", hint=f"sign in again: hrvctl connect {self.vendor}"
            ) from None

    def save(self, connection: Connection) -> None:
        """Write the connection; it is on the disk when this returns.

        Raises:
            HomeError: It cannot be written; the old one is left as it was.
        """
        content = json.dumps(plain(connection), indent=1, allow_nan=False)
        try:
            self._make_folder()
            handle, part = create_temp_file(self.path)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(f"{content}\n")
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            sync(self.path.parent)
        except OSError as error:
            raise HomeError(
                f"cannot write {self.path}: {error.strerror or error}", hint=HINT
            ) from error

    def remove(self) -> bool:
        """Delete the file; returns whether there was one."""
        try:
            self.path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def _make_folder(self) -> None:
        create_home(self.home)
        try:
            make_folder(self.home.connections)
            make_folder(self.path.parent)
        except OSError as error:
            raise HomeError(
                f"cannot create {self.path.parent}: {error.strerror or error}", hint=HINT
            ) from error


def list_connections(home: Home, subject: str) -> list[ConnectionFile]:
    """The files of a person's connections, by vendor."""
    files = (ConnectionFile(home, subject, vendor) for vendor in Vendor)
    return [file for file in files if is_file(file.path)]


def list_connected_subjects(home: Home) -> list[str]:
    """Everybody who has a connection."""
    try:
        folders = list(home.connections.iterdir())
    except OSError:
        return []
    return sorted({folder.name for folder in folders if list_connections(home, folder.name)})


def is_file(path: Path) -> bool:
    """Whether there is a file; an unreadable folder has none."""
    try:
        return path.is_file()
    except OSError:
        return False

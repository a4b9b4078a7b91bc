"""Receive what a phone's app posts, and put it into the inbox."""

import ipaddress
import json
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from hrvctl.errors import HomeError, UsageError
from hrvctl.files import read_file
from hrvctl.network import receiver
from hrvctl.store.artifacts import save_text
from hrvctl.store.copies import sync
from hrvctl.store.disk import HINT
from hrvctl.store.home import FILE_MODE, create_home, make_folder
from hrvctl.usecases.pulled_files import PREFIX, free_place, is_recognised
from hrvctl.usecases.workspace import Workspace

# Of a new token, bytes (own choice: as many as a key of 256 bits has).
TOKEN_BYTES = 32
# Where requests are taken without leaving this machine.
LOOPBACK = "127.0.0.1"
NAME = "phone"


def check_address(lan: str, *, is_encrypted: bool, is_plain: bool) -> str:
    """The address to listen at: this machine's own, or the one of its network that is named.

    Raises:
        UsageError: It is not one address, or the network could read what is sent.
    """
    if not lan:
        return LOOPBACK
    try:
        address = ipaddress.ip_address(lan)
    except ValueError as error:
        raise UsageError(
            f"--lan {lan}: it is not an address", hint="for example --lan 192.168.1.20"
        ) from error
    if address.is_unspecified or address.is_global or address.is_multicast:
        raise UsageError(f"--lan {lan}: name this machine's one address in your own network")
    if not (is_encrypted or is_plain or address.is_loopback):
        raise UsageError(
            "without encryption everybody in that network could read your data and the token",
            hint="give --cert and --key, or accept it with --plain",
        )
    return lan


def load_token(workspace: Workspace, subject: str) -> tuple[str, bool]:
    """The person's token, and whether it was made just now.

    Raises:
        HomeError: It cannot be written.
    """
    path = workspace.home.connections / subject / f"{NAME}.token"
    try:
        if token := read_file(path).decode("ascii", "replace").strip():
            return token, False
    except OSError:
        pass
    create_home(workspace.home)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    save_text(path, f"{token}\n")
    return token, True


def listen(
    workspace: Workspace,
    subject: str,
    host: str,
    port: int,
    *,
    token: str,
    certificate: tuple[Path, Path] | None,
) -> AbstractContextManager[int]:
    """Receive posts into the inbox until the block ends; yields the port.

    Raises:
        UsageError: The address or the certificate cannot be used.
    """
    take = taker(workspace, subject)
    return receiver.receiving(host, port, token=token, take=take, certificate=certificate)


def taker(workspace: Workspace, subject: str) -> Callable[[bytes], bool]:
    """Make the function that puts one posted body into the inbox, if a source recognises it."""
    home = workspace.home

    def take(body: bytes) -> bool:
        part = home.inbox / f".{PREFIX}.{subject}.{NAME}"
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return False
        try:
            create_home(home)
            shutil.rmtree(part, ignore_errors=True)  # left by a process that was killed
            make_folder(part)
            path = part / f"{NAME}.json"
            _write(path, body)
            if not is_recognised(path):
                shutil.rmtree(part)
                return False
            at = f"{workspace.clock():%Y%m%dT%H%M%S}"
            part.rename(free_place(home, f"{PREFIX}.{subject}.{NAME}.{at}"))
            sync(home.inbox)
        except OSError as error:
            raise HomeError(f"cannot write {part}: {error.strerror or error}", hint=HINT) from error
        return True

    return take


def _write(path: Path, body: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())

"""Receive what a phone's app posts, and put it into the inbox."""

import ipaddress
import json
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from hrvctl.errors import UsageError
from hrvctl.files import read_file
from hrvctl.network import receiver
from hrvctl.store.artifacts import save_bytes, save_text
from hrvctl.store.home import create_home
from hrvctl.usecases.pulled_files import PREFIX, is_recognised, new_folder
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
    name = f"{PREFIX}.{subject}.{NAME}"

    def take(body: bytes) -> bool:
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return False
        with new_folder(workspace.home, name, at=workspace.clock()) as folder:
            path = folder / f"{NAME}.json"
            save_bytes(path, body)
            is_ours = is_recognised(path)
            if not is_ours:
                path.unlink()
        return is_ours

    return take

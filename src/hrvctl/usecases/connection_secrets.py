"""Where the secrets of a connection are: in its own file, or in the system's keyring."""

import json
import secrets
import time
from dataclasses import replace

from hrvctl.network import system_keyring
from hrvctl.network.system_keyring import KeyringFault
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile

# Of the random part of a name, bytes (own choice: the homes of one person never meet).
NAME_BYTES = 6
# Longest that a pull waits for the keyring, seconds (own choice: nobody is there to unlock it).
PULL_S = 10.0


def new_name(subject: str, vendor: Vendor) -> str:
    """A name for the secrets of a new connection."""
    return f"{subject} {vendor} {secrets.token_hex(NAME_BYTES)}"


def with_secrets(connection: Connection, *, wait_s: float = PULL_S) -> Connection:
    """The connection as its file has it, with what the keyring has of it.

    Raises:
        KeyringFault: The keyring cannot be used, or has nothing of it.
    """
    name, tokens = connection.keyring_name, connection.tokens
    if not name:
        return connection
    in_file = f"or keep the secrets in a file: hrvctl connect {connection.vendor}"
    try:
        text = system_keyring.read(name, deadline=time.monotonic() + wait_s)
    except KeyringFault as error:
        raise KeyringFault(error.message, hint=f"{error.hint}, {in_file}") from None
    try:
        found = json.loads(text)
        return replace(
            connection,
            client_id=found["client_id"],
            secret=found["secret"],
            tokens=tokens and replace(tokens, access=found["access"], refresh=found["refresh"]),
        )
    except (ValueError, LookupError, TypeError):
        # Not raised from it: its text may quote a secret.
        raise KeyringFault(
            f"this keyring has nothing under '{name}'",
            hint=f"use the one it was put into, {in_file}",
        ) from None


def save(file: ConnectionFile, connection: Connection, before: Connection | None = None) -> None:
    """Keep a connection; its secrets first, so that the file never promises what is not there.

    Args:
        file: Its file.
        connection: With its secrets.
        before: The one that is kept now: secrets that are the same are not written again, except
            before a renewal, which must be able to keep the next ones.

    Raises:
        KeyringFault: The keyring cannot be used; the file is as it was.
        HomeError: The file cannot be written.
    """
    tokens = connection.tokens
    if connection.keyring_name:
        text = _secrets(connection)
        if before is None or connection.renewing_since or _secrets(before) != text:
            deadline = time.monotonic() + system_keyring.KEYRING_S
            system_keyring.write(connection.keyring_name, text, deadline=deadline)
        connection = replace(
            connection,
            client_id="",
            secret="",
            tokens=tokens and replace(tokens, access="", refresh=""),
        )
    file.save(connection)


def delete(connection: Connection | None) -> None:
    """Delete what the keyring has of a connection.

    Raises:
        KeyringFault: The keyring cannot be used.
    """
    if connection and (name := connection.keyring_name):
        try:
            system_keyring.delete(name, deadline=time.monotonic() + system_keyring.KEYRING_S)
        except KeyringFault as error:
            raise KeyringFault(
                f"the keyring still has '{name}'",
                hint=f"delete it there: keyring del {system_keyring.SERVICE} '{name}'",
            ) from error


def _secrets(connection: Connection) -> str:
    tokens = connection.tokens
    return json.dumps(
        {
            "client_id": connection.client_id,
            "secret": connection.secret,
            "access": tokens.access if tokens else "",
            "refresh": tokens.refresh if tokens else "",
        }
    )

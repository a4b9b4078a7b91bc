"""The system's keyring, which may be missing, locked, or wait for a password for ever."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from hrvctl.errors import HrvctlError
from hrvctl.network.deadline import DeadlinePassed, call_with_deadline

# Service name of all that hrvctl keeps in the keyring.
SERVICE = "hrvctl"
# Longest wait for the keyring, seconds (own choice: time to type a password, should it ask).
KEYRING_S = 30.0

T = TypeVar("T")


class KeyringFault(HrvctlError):
    """The keyring cannot be used now."""

    code = "keyring"


def read(name: str, *, deadline: float) -> str:
    """Read what is kept under a name; empty where nothing is.

    Args:
        name: The name.
        deadline: When to stop waiting, on the clock of ``time.monotonic``, seconds.

    Raises:
        KeyringFault: The keyring cannot be used.
    """
    return _ask(lambda ring: ring.get_password(SERVICE, name), deadline) or ""


def write(name: str, text: str, *, deadline: float) -> None:
    """Keep a text under a name; arguments and errors as for ``read``."""
    _ask(lambda ring: ring.set_password(SERVICE, name, text), deadline)


def delete(name: str, *, deadline: float) -> None:
    """Delete what is kept under a name, if anything; arguments and errors as for ``read``."""
    if read(name, deadline=deadline):
        _ask(lambda ring: ring.delete_password(SERVICE, name), deadline)


def _ask(work: Callable[[Any], T], deadline: float) -> T:
    try:
        import keyring
    except ImportError as error:
        raise KeyringFault(
            "the keyring needs a package that is not installed",
            hint="pip install 'hrvctl[keyring]'",
        ) from error
    deadline = min(deadline, time.monotonic() + KEYRING_S)
    try:
        return call_with_deadline(lambda: work(keyring), deadline=deadline)
    except DeadlinePassed:
        why = "it waits for a password"
    except Exception as error:  # noqa: BLE001 - every system's keyring fails in its own way
        why = type(error).__name__
    # Not raised from it: its text may quote a secret.
    raise KeyringFault(
        f"the system's keyring cannot be used ({why}): it is locked, or nobody is logged in",
        hint="log in, which unlocks it",
    )

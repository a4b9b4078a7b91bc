"""Which key an endpoint is given; it is never stored, logged, or shown."""

import ipaddress
import os
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hrvctl.network.deadline import Unanswered, within

# The variable every OpenAI-compatible tool reads.
VARIABLE = "OPENAI_API_KEY"
# What keys are filed under in the system's keyring; the user name there is the endpoint's host.
SERVICE = "hrvctl"
# Sent where no key is needed: the protocol wants one.
NO_KEY = "none"
# Longest wait for the keyring, seconds (own choice: time to type a password, should it ask).
KEYRING_S = 30.0


@dataclass(frozen=True, slots=True)
class Key:
    """A key and where it was found."""

    value: str = field(repr=False)
    origin: str


def find_key(url: str, *, deadline: float) -> Key:
    """Find the key for an endpoint: the environment's, then the keyring's, then none if it is near.

    The environment's key is handed to another machine only over https.

    Args:
        url: The endpoint.
        deadline: When to stop waiting for the keyring, by ``time.monotonic``.

    Raises:
        Unanswered: It needs a key and there is none; the hint says how to give one.
    """
    host = host_of(url)
    is_private_line = urlsplit(url).scheme == "https" or _is_this_machine(host)
    if is_private_line and (value := os.environ.get(VARIABLE, "").strip()):
        return Key(value, f"environment variable {VARIABLE}")
    if value := _from_keyring(host, min(deadline, time.monotonic() + KEYRING_S)):
        return Key(value, "keyring")
    if _is_near(host):
        return Key(NO_KEY, f"not needed on {host}")
    raise Unanswered(
        f"{host} needs a key and there is none",
        hint=f"keep one in the keyring: keyring set {SERVICE} {host}; or set {VARIABLE} (https)",
    )


def host_of(url: str) -> str:
    """The host of an address, in lower case; empty when it has none."""
    return (urlsplit(url).hostname or "").lower()


def _from_keyring(host: str, deadline: float) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return (within(deadline, lambda: keyring.get_password(SERVICE, host)) or "").strip()
    except (KeyringError, Unanswered):
        # No keyring on this machine, locked, or nobody there to open it: then it holds none.
        return ""


def _is_this_machine(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _is_near(host: str) -> bool:
    """Whether it is this machine or one in the same house."""
    address = _address(host)
    if address is None:
        return "." not in host or host.endswith((".local", ".localhost", ".lan", ".home.arpa"))
    return address.is_loopback or address.is_private


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

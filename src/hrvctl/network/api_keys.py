"""Find the API key of an endpoint; keys are never stored, logged or shown."""

import ipaddress
import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import urlsplit

from hrvctl.network import system_keyring
from hrvctl.network.http import RequestFailed, host_of

# The variable every OpenAI-compatible tool reads.
VARIABLE = "OPENAI_API_KEY"
# Sent where no key is needed: the protocol requires one.
NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key and where it was found."""

    value: str = field(repr=False)
    origin: str


def find_key(url: str, *, deadline: float) -> ApiKey:
    """Find the key of an endpoint: from the environment, else the keyring, else none if local.

    The key of the environment is sent to another machine over https only.

    Args:
        url: Base address of the endpoint.
        deadline: When to stop waiting for the keyring, on the clock of ``time.monotonic``, seconds.

    Raises:
        RequestFailed: The endpoint needs a key and there is none; the hint says how to set one.
    """
    host = host_of(url)
    is_encrypted = urlsplit(url).scheme == "https" or is_this_machine(host)
    if is_encrypted and (value := os.environ.get(VARIABLE, "").strip()):
        return ApiKey(value, f"environment variable {VARIABLE}")
    if value := _from_keyring(host, deadline):
        return ApiKey(value, "keyring")
    if _is_local(host):
        return ApiKey(NO_KEY, f"not needed on {host}")
    install = "" if find_spec("keyring") else "pip install 'hrvctl[keyring]', then "
    raise RequestFailed(
        f"{host} needs an API key and none was found",
        hint=f"set {VARIABLE} (https only), or keep the key in the keyring:"
        f" {install}keyring set {system_keyring.SERVICE} {host}",
    )


def _from_keyring(host: str, deadline: float) -> str:
    try:
        return system_keyring.read(host, deadline=deadline).strip()
    except system_keyring.KeyringFault:
        # This machine has no keyring, it is locked, or no person is there to unlock it.
        return ""


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine itself."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _is_local(host: str) -> bool:
    """Whether it is this machine or one on the local network."""
    address = _address(host)
    if address is None:
        return "." not in host or host.endswith((".local", ".localhost", ".lan", ".home.arpa"))
    return address.is_loopback or address.is_private


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

"""Send a message to the person through a service of their choice, by an address of Apprise."""

import contextlib
import os
import time
from collections.abc import Iterator

from hrvctl.errors import HrvctlError
from hrvctl.network.deadline import DeadlinePassed, call_with_deadline

# Longest that a message may take, seconds (own choice: as a ping, and some services ask twice).
MESSAGE_S = 20.0
INSTALL = "pip install 'hrvctl[notify]'"
# What requests, which Apprise uses, takes from the environment: proxies and credentials.
SURROUNDINGS = {"NO_PROXY": "*", "no_proxy": "*", "NETRC": os.devnull}


class MessageFailed(HrvctlError):
    """A message was not sent; the address, which may hold a secret, is not quoted."""

    code = "message"


def send(address: str, *, title: str, body: str) -> None:
    """Send a message; redirects are not followed, proxies of the environment are not used.

    Args:
        address: As Apprise writes it, for example ``ntfy://example.org/topic``.
        title: One line.
        body: Plain text.

    Raises:
        MessageFailed: It was not sent, or not within ``MESSAGE_S``.
    """
    try:
        import apprise
    except ImportError as error:
        raise MessageFailed("messages need a package that is not installed", hint=INSTALL) from (
            error
        )
    scheme, has_scheme, _ = address.partition("://")
    service = scheme[:20] if has_scheme else "it"  # without one it may be a secret
    sender = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    if not sender.add(address):
        raise MessageFailed(
            f"notify_url: {service!r} does not begin an address of Apprise that is complete",
            hint="its documentation lists them: https://appriseit.com",
        )
    try:
        with _without_surroundings():
            is_sent = call_with_deadline(
                lambda: sender.notify(title=title, body=body),
                deadline=time.monotonic() + MESSAGE_S,
            )
    except DeadlinePassed as error:
        raise MessageFailed(f"{service} did not answer in {MESSAGE_S:.0f} seconds") from error
    if not is_sent:
        raise MessageFailed(f"{service} did not accept the message, or was not reached")


@contextlib.contextmanager
def _without_surroundings() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in SURROUNDINGS}
    os.environ.update(SURROUNDINGS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

"""How `requests` connects: the authorities that are trusted, and sockets that can be closed."""

import os
import socket
import ssl
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

# The variables that name other authorities to OpenSSL.
AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
# What is wrong with a certificate, by OpenSSL's number of it (x509_vfy.h, X509_V_ERR).
CERTIFICATE_FAULTS = {
    9: "is not valid yet, if this machine's clock is right",
    10: "has expired, if this machine's clock is right",
    **dict.fromkeys((18, 19, 20, 21), "is from an authority that this machine does not trust"),
    **dict.fromkeys((62, 64), "belongs to another host"),
}


def adapter_of(note: Callable[[socket.socket], None]) -> "requests.adapters.HTTPAdapter":
    """Make an adapter that trusts the system's authorities and notes each socket it connects."""
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - theirs
            files = (os.environ.get(name, "") for name in AUTHORITIES)
            options["ssl_context"] = _authorities(*files)
            super().init_poolmanager(*args, **options)

        def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - theirs
            pool: Any = super().get_connection_with_tls_context(*args, **options)
            pool.ConnectionCls = partial(_noting_connection, pool.ConnectionCls, note)
            return pool

    return Adapter()


def certificate_fault(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong with a host's certificate."""
    return CERTIFICATE_FAULTS.get(error.verify_code, f"is not valid: {error.verify_message}")


@lru_cache(maxsize=1)
def _authorities(*_: str) -> ssl.SSLContext:
    """The system's authorities; loading them takes longer than most requests on this machine."""
    return ssl.create_default_context()


def _noting_connection(
    kind: Callable[..., Any],
    note: Callable[[socket.socket], None],
    *args: Any,  # noqa: ANN401 - theirs
    **options: Any,  # noqa: ANN401 - theirs
) -> Any:  # noqa: ANN401 - theirs
    """Make a connection that notes its socket; it lets go of it before the answer is read."""
    connection = kind(*args, **options)
    connect = connection.connect

    def connect_and_note() -> None:
        connect()
        note(connection.sock)

    connection.connect = connect_and_note
    return connection

"""Receive what a phone's app posts: one address, one method, for whoever has the token."""

import contextlib
import secrets
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hrvctl.errors import HrvctlError, UsageError

# Largest body, bytes (own choice: a year of a watch's samples in one post is smaller).
MAX_BODY = 32 * 2**20
# Most requests a minute, with or without the token (own choice: an app posts in a few batches).
MAX_PER_MINUTE = 60
# Longest wait for the next bytes of a request, seconds (own choice).
PATIENCE_S = 30.0


@contextmanager
def receiving(
    host: str,
    port: int,
    *,
    token: str,
    take: Callable[[bytes], bool],
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[int]:
    """Receive posts until the block ends.

    Args:
        host: The address to listen at, and no other.
        port: The port; 0 for any that is free.
        token: What a request must carry as bearer.
        take: Takes one body, one at a time; returns whether it is data that can be imported.
        certificate: Files of a certificate and its key; ``None`` for plain http.

    Yields:
        The port.

    Raises:
        UsageError: The address or the certificate cannot be used.
    """
    handler = _handler(token, take)
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise UsageError(
            f"cannot listen at {host}, port {port}: {error.strerror or error}",
            hint="--lan is an address of this machine; --port another port",
        ) from error
    with contextlib.closing(server.socket):
        if certificate is not None:
            server.socket = _encrypted(server, certificate)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()


def _encrypted(server: ThreadingHTTPServer, certificate: tuple[Path, Path]) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(*certificate)
    except (OSError, ValueError) as error:
        server.server_close()
        raise UsageError(f"the certificate or its key cannot be used: {error}") from error
    # The handshake belongs to the request's own thread: a slow client holds up nobody.
    return context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def _handler(token: str, take: Callable[[bytes], bool]) -> type[BaseHTTPRequestHandler]:
    """A handler that answers a good post with 200 and everything else with its fault."""
    expected = f"Bearer {token}".encode()
    lock = threading.Lock()
    times: deque[float] = deque(maxlen=MAX_PER_MINUTE)

    def is_too_often() -> bool:
        with lock:
            now = time.monotonic()
            if len(times) == MAX_PER_MINUTE and now - times[0] < 60:
                return True
            times.append(now)
            return False

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_S
        server_version, sys_version = "hrvctl", ""

        def do_POST(self) -> None:
            given = self.headers.get("Authorization", "").encode()
            length = self.headers.get("Content-Length", "")
            if is_too_often():
                self._answer(429)
            elif not secrets.compare_digest(given, expected):
                self._answer(401)
            elif self.path != "/":
                self._answer(404)
            elif not (length.isascii() and length.isdecimal()):
                self._answer(411)
            elif len(length) > len(str(MAX_BODY)) or int(length) > MAX_BODY:
                self._answer(413)
            else:
                body = self.rfile.read(int(length))
                if len(body) < int(length):
                    return  # the phone went away
                try:
                    with lock:
                        status = 200 if take(body) else 422
                except HrvctlError:  # the disk is full, for example: the app posts it again
                    status = 503
                self._answer(status)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Write nothing: a request is the person's own."""

    return Handler

"""Wait on this machine for the browser that a vendor sends back after a sign-in."""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from hrvctl.errors import HrvctlError, UsageError
from hrvctl.network.oauth import code_of

# The page after the sign-in; it has nothing of the person's.
PAGE = b"<!doctype html><title>hrvctl</title><p>Signed in: go back to the terminal."
# Longest wait for the person, seconds (own choice: time to sign in with a second factor).
WAIT_S = 300.0


def wait_for_code(redirect: str, state: str, *, wait_s: float = WAIT_S) -> str:
    """Listen at a redirect address of this machine until the sign-in's code comes.

    Requests that do not fit the sign-in are answered with 404 and change nothing.

    Args:
        redirect: An address on this machine, with its port.
        state: Of the sign-in.
        wait_s: Longest wait, seconds.

    Raises:
        UsageError: The port is taken, nobody came in time, or the sign-in was refused.
    """
    parts = urlsplit(redirect)
    came: list[str | HrvctlError] = []
    has_come = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # of a browser that connects ahead and sends nothing, seconds

        def do_GET(self) -> None:
            if urlsplit(self.path).path != parts.path or f"state={state}" not in self.path:
                self.send_error(404)
                return
            try:
                came.append(code_of(self.path, state))
            except UsageError as error:
                came.append(error)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)
            has_come.set()

        def log_message(self, *_: object) -> None:
            """Write nothing: the request has the code in it."""

    servers = _listen(parts.hostname or "", parts.port or 80, Handler)
    try:
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        deadline = time.monotonic() + wait_s
        # In short steps, so that Ctrl-C ends it at once on every system.
        while not has_come.wait(0.2):
            if time.monotonic() > deadline:
                raise UsageError(
                    f"nobody signed in within {wait_s / 60:.0f} minutes",
                    hint="try again, or use --paste where the browser is on another machine",
                )
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
    if isinstance(came[0], HrvctlError):
        raise came[0]
    return came[0]


def _listen(
    host: str, port: int, handler: type[BaseHTTPRequestHandler]
) -> list[ThreadingHTTPServer]:
    """Listen on this machine alone, by both protocols where a browser may try either."""

    class Server6(ThreadingHTTPServer):
        address_family = socket.AF_INET6

    servers: list[ThreadingHTTPServer] = []
    try:
        servers.append(ThreadingHTTPServer(("127.0.0.1", port), handler))
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used: {error.strerror or error}",
            hint="close what uses it, or use --paste",
        ) from error
    if host == "localhost":
        with contextlib.suppress(OSError):  # a machine without IPv6
            servers.append(Server6(("::1", port), handler))
    return servers

"""A made-up OpenAI-compatible endpoint on this machine, as bad as one can be."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that was sent."""
        return json.loads(self.raw)


@dataclass
class Endpoint:
    """Where it listens, and what it was sent.

    Attributes:
        url: Its base.
        requests: In the order they came.
        over: Set when the test is done: whoever hangs goes home.
        megabytes: How many were taken from a flood.
        hung_up: Set when the client went away in the middle.
    """

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    megabytes: int = 0
    hung_up: threading.Event = field(default_factory=threading.Event)


Reply = Callable[[BaseHTTPRequestHandler, Endpoint], None]


@contextmanager
def serving(*replies: Reply, certificate: Path | None = None) -> Iterator[Endpoint]:
    """Answer the first request with the first reply and so on; the last one answers the rest."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            endpoint.requests.append(Request(self.command, self.path, headers, raw))
            replies[min(len(endpoint.requests), len(replies)) - 1](self, endpoint)

        do_GET = do_POST  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            endpoint.hung_up.set()

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if certificate is None else "https"
    endpoint.url = f"{scheme}://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def sends(status: int, body: bytes, **headers: str) -> Reply:
    """Any answer at all."""

    def reply(handler: BaseHTTPRequestHandler, _: Endpoint) -> None:
        # The other one adds a date of its own.
        answer = handler.send_response_only if "date" in headers else handler.send_response
        answer(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def says(content: object) -> Reply:
    """A chat completion with this text, or the JSON of this."""
    text = content if isinstance(content, str) else json.dumps(content)
    completion = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}
    return sends(200, json.dumps(completion).encode(), content_type="application/json")


def refuses(status: int, message: str = "no", **headers: str) -> Reply:
    """An error as OpenAI words it."""
    return sends(status, json.dumps({"error": {"message": message}}).encode(), **headers)


def hangs(_: BaseHTTPRequestHandler, endpoint: Endpoint) -> None:
    """Takes the question and says nothing."""
    endpoint.over.wait()


def drips(every_s: float = 0.05, *, status: int = 200) -> Reply:
    """One byte of body at a time, for ever."""

    def reply(handler: BaseHTTPRequestHandler, endpoint: Endpoint) -> None:
        handler.send_response(status)
        handler.end_headers()
        while not endpoint.over.wait(every_s):
            handler.wfile.write(b" ")

    return reply


def drips_headers(handler: BaseHTTPRequestHandler, endpoint: Endpoint) -> None:
    """One byte of a header at a time, for ever."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-endless: ")
    while not endpoint.over.wait(0.05):
        handler.wfile.write(b"a")


def closes(handler: BaseHTTPRequestHandler, _: Endpoint) -> None:
    """Promises a body and goes away in the middle of it."""
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')


def floods(status: int = 200, *, megabytes: int = 100) -> Reply:
    """A body without end, nearly."""

    def reply(handler: BaseHTTPRequestHandler, endpoint: Endpoint) -> None:
        handler.send_response(status)
        handler.end_headers()
        while endpoint.megabytes < megabytes and not endpoint.over.is_set():
            handler.wfile.write(b" " * 1_000_000)
            endpoint.megabytes += 1

    return reply


def swells(handler: BaseHTTPRequestHandler, _: Endpoint) -> None:
    """Headers larger than any book."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for i in range(5000):
        handler.wfile.write(b"x-%d: " % i + b"a" * 1000 + b"\r\n")
    handler.wfile.write(b"\r\n")


def redirects(to: str) -> Reply:
    """Sends the question elsewhere."""
    return sends(307, b"", location=to)


@contextmanager
def taking_at_most(seconds: float) -> Iterator[None]:
    """Fail when the block takes longer."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds

"""HTTP requests to other hosts, by one policy for every caller.

- **Time.** One deadline covers a request with all its retries, pauses, name look-ups and reading;
  at the deadline the connection is closed.
- **Addresses.** A client reaches only addresses under the base addresses its caller allows.
  Redirects are not followed.
- **Proxies.** Proxies and credentials that the environment sets for other programs
  (``HTTPS_PROXY``, ``.netrc``) are not used: a request with health data in it goes to the
  configured host or nowhere.
- **Certificates** are checked against the authorities of the system (OpenSSL's ``SSL_CERT_FILE``
  included) and of ``certifi``; ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE`` are not used.
- **Headers.** Only ``HEADERS`` and those the caller names are sent; cookies are dropped.
- **Size.** An answer is read as a stream and refused beyond a limit; compression is refused, since
  a megabyte of compressed zeros is a gigabyte.
- **Retries.** Broken connections and the statuses of ``is_transient_status`` are tried again, after
  a growing pause or after ``Retry-After``, where the deadline leaves time for it.
- **Secrets.** Neither a path, a query, a header nor a body appears in a message; what the libraries
  would log is dropped.
"""

import contextlib
import http.client
import json
import logging
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode, urlsplit

from hrvctl.errors import HrvctlError, exception_chain
from hrvctl.network.adapter import adapter_of, certificate_fault
from hrvctl.network.deadline import DeadlinePassed, call_with_deadline

if TYPE_CHECKING:
    import requests

# Largest answer read unless the caller sets another limit, bytes (own choice: a thousand times a
# chat completion or a page of a vendor's API).
MAX_BYTES = 1_000_000
# How much of a refusal is read, bytes, and quoted, characters (own choice).
REFUSAL_BYTES = 10_000
QUOTED_CHARS = 200
# What is read at once, bytes (own choice).
CHUNK_BYTES = 65_536
# Pauses before the second and later tries, seconds (own choice: doubling, as is usual; the server
# may ask for a longer one).
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
# Transient statuses besides all from 500 on: timeout, conflict, too early, too many requests
# (RFC 9110, 8470 and 6585).
TRANSIENT = frozenset({408, 409, 425, 429})
FIRST_SERVER_ERROR = 500
# Larger numbers are seconds since 1970 and not from now (2001; no server asks for decades).
SINCE_1970_S = 1e9
# How much later than the deadline a socket times out, seconds, so that the deadline comes first.
GRACE_S = 1.0
# The content type of a form.
FORM = "application/x-www-form-urlencoded"
# Sent with every request, besides Host and Content-Length.
HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "hrvctl",
}
# Loggers of the libraries that write addresses and headers.
LOGGERS = ("requests", "urllib3")


class RequestFailed(HrvctlError):
    """A host gave no answer that can be used.

    Args:
        message: What went wrong, without any part of the address but its host.
        status: The HTTP status of the answer; ``None`` without one.
        reason: The server's own words, shortened to one line; may quote what it was sent.
        is_transient: Whether the same request may succeed a little later.
        wait_s: How long the server asks to wait before that, seconds.
        hint: What to do about it.
    """

    code = "request_failed"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        reason: str = "",
        is_transient: bool = False,
        wait_s: float = 0.0,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.reason = reason
        self.is_transient = is_transient
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Response:
    """A response with a status from 200 to 299.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case.
        body: At most as many bytes as the client reads.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - JSON may hold anything
        """Parse the body.

        Raises:
            RequestFailed: It is not JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise RequestFailed("the answer is not JSON", status=self.status) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpClient:
    """A client for the addresses one caller allows.

    Attributes:
        allowed: Base addresses; every request goes to one of them or to a path below one.
        headers: Sent with every request besides ``HEADERS``.
        max_bytes: Largest answer, bytes.
        pauses_s: Pauses before the second and later tries, seconds; none for a single try.
        clock: Seconds of a clock that never goes back; deadlines are on it.
        sleep: Waits so many seconds.
    """

    allowed: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_bytes: int = MAX_BYTES
    pauses_s: Sequence[float] = PAUSES_S
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def get(self, url: str, *, deadline: float, query: Mapping[str, str] | None = None) -> Response:
        """Get a document.

        Args:
            url: Where.
            deadline: When to give up, on ``clock``; no try and no pause outlasts it.
            query: Added to the address.

        Raises:
            RequestFailed: There is no usable answer; the message says why in one line.
        """
        full = f"{url}?{urlencode(query)}" if query else url
        return self._send("GET", full, b"", {}, deadline)

    def post(self, url: str, body: bytes, *, deadline: float, content_type: str = "") -> Response:
        """Post bytes; arguments and errors as for ``get``."""
        headers = {"Content-Type": content_type} if content_type else {}
        return self._send("POST", url, body, headers, deadline)

    def post_json(self, url: str, content: object, *, deadline: float) -> Response:
        """Post JSON; arguments and errors as for ``get``."""
        body = json.dumps(content).encode()
        return self.post(url, body, deadline=deadline, content_type="application/json")

    def _send(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], deadline: float
    ) -> Response:
        _check_address(url, self.allowed)
        request = _Request(method, url, body, {**HEADERS, **self.headers, **headers})
        first: RequestFailed | None = None
        for pause in (*self.pauses_s, 0.0):
            try:
                return self._try_once(request, deadline)
            except RequestFailed as error:
                # A try that the deadline cut short says less than the one before it.
                if first is not None and self.clock() >= deadline:
                    raise first from None
                wait = max(pause, error.wait_s)
                if not pause or not error.is_transient or self.clock() + wait >= deadline:
                    raise
                first = first or error
                self.sleep(wait)
        raise AssertionError("unreachable: the last try returns or raises")

    def _try_once(self, request: "_Request", deadline: float) -> Response:
        left_s = max(deadline - self.clock(), 0.0)
        exchange = _Exchange(request, max_bytes=self.max_bytes, timeout_s=left_s + GRACE_S)
        try:
            return call_with_deadline(exchange.run, deadline=time.monotonic() + left_s)
        except DeadlinePassed:
            raise RequestFailed("no complete answer within the time limit") from None
        finally:
            exchange.close()  # also ends the reading of an answer that is late


def host_of(url: str) -> str:
    """The host of an address in lower case; empty when it has none."""
    return (urlsplit(url).hostname or "").lower()


def http_date(text: str) -> datetime | None:
    """Read a date of HTTP (RFC 9110, 5.6.7); ``None`` where it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_transient_status(status: int) -> bool:
    """Whether the same request may succeed a little later."""
    return status in TRANSIENT or status >= FIRST_SERVER_ERROR


def one_line(text: str) -> str:
    """Shorten a server's words to one line without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= QUOTED_CHARS else f"{line[: QUOTED_CHARS - 1]}…"


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]


class _Exchange:
    """One request and its response, on a connection of its own that another thread can close."""

    def __init__(self, request: _Request, *, max_bytes: int, timeout_s: float) -> None:
        self._request = request
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._sockets: list[socket.socket] = []
        self._is_closed = False

    def run(self) -> Response:
        try:
            with self._open() as response:
                return self._read(response)
        except RequestFailed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a server or a library does wrong
            raise _connection_failed(error) from None

    def close(self) -> None:
        self._is_closed = True
        for connected in self._sockets:
            with contextlib.suppress(OSError):  # closed already
                connected.shutdown(socket.SHUT_RDWR)

    def _note(self, connected: socket.socket) -> None:
        self._sockets.append(connected)
        if self._is_closed:  # connected after the deadline: nothing is sent any more
            raise TimeoutError

    def _open(self) -> "requests.Response":
        import requests

        for name in LOGGERS:
            logging.getLogger(name).propagate = False
        sent = self._request
        # A Request that no session has touched: no header, cookie or credential is added to it.
        prepared = requests.Request(
            sent.method, sent.url, dict(sent.headers), data=sent.body
        ).prepare()
        with requests.Session() as session:
            session.trust_env = False
            adapter = adapter_of(self._note)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            return session.send(
                prepared, stream=True, allow_redirects=False, timeout=self._timeout_s
            )

    def _read(self, response: "requests.Response") -> Response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if not 200 <= response.status_code < 300:  # RFC 9110, 15.3
            raise _refusal(response.status_code, headers, _body(response, REFUSAL_BYTES))
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise RequestFailed("the answer is compressed, which was not asked for")
        body = _body(response, self._max_bytes + 1)
        if len(body) > self._max_bytes:
            raise RequestFailed(f"the answer is longer than {self._max_bytes} bytes")
        return Response(response.status_code, headers, body)


def _check_address(url: str, allowed: Sequence[str]) -> None:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise RequestFailed("the address contains a user name or a password; these are never sent")
    # "/v1/../admin" lies below "/v1" for a comparison of texts, but not for the server.
    climbs = ".." in unquote(parts.path).split("/")
    for base in (base.rstrip("/") for base in allowed):
        if not climbs and (url == base or url.startswith((f"{base}/", f"{base}?"))):
            return
    raise RequestFailed(f"requests to {host_of(url)} are not allowed here")


def _body(response: "requests.Response", limit: int) -> bytes:
    """The beginning of a body, at most so many bytes, as it was sent."""
    body = bytearray()
    for chunk in response.raw.stream(min(limit, CHUNK_BYTES), decode_content=False):
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> RequestFailed:
    if "location" in headers and 300 <= status < 400:  # RFC 9110, 15.4
        reason = "a redirect to another address, which is not followed"
    else:
        reason = body.decode("utf-8", "replace")
        with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
            reason = str(json.loads(reason)["error"]["message"])
    return RequestFailed(
        f"the server answered {status}",
        status=status,
        reason=reason,
        is_transient=is_transient_status(status),
        wait_s=_retry_after_s(headers),
    )


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds to wait; a date counts from the server's own ``Date`` (RFC 9110, 10.2.3).

    Some vendors give ``X-RateLimit-Reset`` instead, in seconds from now or since 1970.
    """
    text = headers.get("retry-after", headers.get("x-ratelimit-reset", "")).strip()
    there = http_date(headers.get("date", ""))
    if text.isdecimal():
        seconds = float(text)
        if there is None or seconds < SINCE_1970_S:
            return seconds
        return max(seconds - there.timestamp(), 0.0)
    until = http_date(text)
    return max((until - there).total_seconds(), 0.0) if there and until else 0.0


def _connection_failed(error: Exception) -> RequestFailed:
    """Say which fault of the system's or the server's ended a connection, without the address."""
    import requests

    # The libraries' own errors quote the whole address; the error they were raised from does not.
    cause = list(exception_chain(error))[-1]
    if isinstance(cause, requests.RequestException):  # an OSError, but not of a connection
        return RequestFailed(f"the request could not be sent: {type(cause).__name__}")
    if isinstance(cause, ssl.SSLCertVerificationError):
        return RequestFailed(f"nothing was sent: the host's certificate {certificate_fault(cause)}")
    reason = type(cause).__name__
    if isinstance(cause, OSError) and cause.strerror:
        reason = cause.strerror
    is_connection = isinstance(cause, OSError | http.client.HTTPException)
    return RequestFailed(f"the connection failed: {reason}", is_transient=is_connection)

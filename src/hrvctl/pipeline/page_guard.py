"""ASGI middleware in front of Dagster's web app: only the person's own browser gets an answer.

Dagster's server checks neither Host, Origin nor Sec-Fetch-Site and runs mutations sent by GET, so
any web page could drive it. The defences: a list of hosts (DNS rebinding), Fetch Metadata
(https://www.w3.org/TR/fetch-metadata/), a check of Origin, GraphQL by POST of JSON only, and a
token as Jupyter has it, which also keeps out other users of this machine.
"""

import hmac
import html
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]

# The query parameter of the opened URL.
TOKEN = "token"  # noqa: S105 - a name
GRAPHQL = "/graphql"
# Values of Sec-Fetch-Site that a page of another origin causes.
FOREIGN = ("cross-site", "same-site")
# WebSocket close code "policy violation" (RFC 6455, 7.4.1).
POLICY_VIOLATION = 1008

FORBIDDEN = 403

# The list of runs: the Overview, at /, shows the last hours alone, where an evening is seldom.
ENTER = """<!doctype html><title>hrvctl</title><meta http-equiv="refresh" content="0; url=/runs">
<a href="/runs">Dagster's pages</a>
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a refused request."""

    status: int
    sentence: str


BAD_HOST = Refusal(FORBIDDEN, "These pages answer on this machine's own address only.")
FOREIGN_PAGE = Refusal(FORBIDDEN, "A page of another origin may not use these pages.")
NO_TOKEN = Refusal(FORBIDDEN, "Open the address with the token that `hrvctl ui` printed.")
NOT_BY_GET = Refusal(405, "Send GraphQL by POST, not by GET.")
NOT_JSON = Refusal(415, "Send GraphQL as application/json.")
READ_ONLY = Refusal(FORBIDDEN, "These pages only show: start `hrvctl ui --may-run`.")


def cookie_of(token: str, port: int) -> tuple[str, str]:
    """Name and value of the cookie: the value proves the token without containing it."""
    value = hmac.new(token.encode(), b"cookie", "sha256").hexdigest()
    return f"hrvctl-{port}", value  # a browser sends the cookies of all ports of a host


@dataclass(frozen=True, slots=True)
class PageGuard:
    """Refuse requests that do not come from the person's own browser.

    Attributes:
        app: Dagster's web app.
        port: The port it is served on.
        token: The secret of this server.
        may_run: Whether anything besides reading is allowed.
    """

    app: AsgiApp
    port: int
    token: str = field(repr=False)
    may_run: bool

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket (ASGI 3)."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif (refusal := self._refusal(scope)) is not None:
            await _refuse(scope, send, refusal)
        elif self._has_token(scope):
            await self._enter(send)
        else:
            await self.app(scope, receive, send)

    def _refusal(self, scope: Message) -> Refusal | None:
        headers = _headers(scope)
        hosts = headers.get("host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts():
            return BAD_HOST
        if any(
            origin.lower() != f"http://{hosts[0].lower()}" for origin in headers.get("origin", [])
        ):
            return FOREIGN_PAGE
        is_entry = self._has_token(scope)
        if any(site in FOREIGN for site in headers.get("sec-fetch-site", [])) and not (
            is_entry
            and headers.get("sec-fetch-mode") == ["navigate"]
            and headers.get("sec-fetch-dest") == ["document"]
        ):
            return FOREIGN_PAGE
        if not is_entry and not self._has_cookie(headers.get("cookie", [])):
            return NO_TOKEN
        return self._refused_method(scope, headers) if scope["type"] == "http" else None

    def _refused_method(self, scope: Message, headers: dict[str, list[str]]) -> Refusal | None:
        is_graphql = scope["path"].rstrip("/") == GRAPHQL
        if is_graphql and scope["method"] != "POST":
            return NOT_BY_GET
        if is_graphql:
            kinds = [kind.partition(";")[0].strip() for kind in headers.get("content-type", [])]
            return None if kinds == ["application/json"] else NOT_JSON
        if scope["method"] not in ("GET", "HEAD") and not self.may_run:
            return READ_ONLY
        return None

    def _hosts(self) -> tuple[str, ...]:
        return tuple(f"{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]"))

    def _has_token(self, scope: Message) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN, [])
        return len(given) == 1 and _equal(given[0], self.token)

    def _has_cookie(self, lines: list[str]) -> bool:
        name, value = cookie_of(self.token, self.port)
        for line in lines:
            for cookie in line.split(";"):  # others on this host may be malformed
                given_name, _, given = cookie.strip().partition("=")
                if given_name == name and _equal(given, value):
                    return True
        return False

    async def _enter(self, send: Send) -> None:
        """Set the cookie and go on to the first page.

        By a page that refreshes and not by a redirect: after a redirect the browser counts the
        request as one of the file or page that held the link, and withholds the strict cookie.
        """
        name, value = cookie_of(self.token, self.port)
        cookie = f"{name}={value}; Path=/; HttpOnly; SameSite=Strict"
        await _respond(send, 200, ENTER, "text/html", [(b"set-cookie", cookie.encode())])


def entry_file(url: str) -> str:
    """A file that leads to the URL: a browser's command line is visible to other users."""
    address = html.escape(url)
    return (
        '<!doctype html><meta charset="utf-8"><title>hrvctl</title>'
        f'<meta http-equiv="refresh" content="0; url={address}"><a href="{address}">Pages</a>\n'
    )


def _headers(scope: Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


async def _refuse(scope: Message, send: Send, refusal: Refusal) -> None:
    if scope["type"] == "websocket":  # closed before it was accepted: the server answers 403
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    else:
        await _respond(send, refusal.status, refusal.sentence + "\n", "text/plain")


async def _respond(
    send: Send,
    status: int,
    text: str,
    media_type: str,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    body = text.encode()
    fixed = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [*fixed, *(headers or [])]})
    await send({"type": "http.response.body", "body": body})

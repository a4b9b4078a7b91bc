"""The page guard answers the person's own browser, and nobody else."""

import asyncio
from typing import Any

import pytest

from hrvctl.pipeline.page_guard import PageGuard, cookie_of, entry_file

PORT, SECRET = 3000, "s3cret-token"
COOKIE = "=".join(cookie_of(SECRET, PORT))
OWN = {"host": "127.0.0.1:3000", "cookie": COOKIE}
NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
JSON = {"content-type": "application/json"}


async def _dagster(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})


def answer(
    method: str = "GET",
    path: str = "/",
    *,
    query: str = "",
    kind: str = "http",
    may_run: bool = False,
    **headers: str,
) -> list[dict[str, Any]]:
    """What the guard sends; status 299 is the app's own."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": pairs}
    if kind == "http":
        scope["method"] = method
    guard = PageGuard(_dagster, PORT, SECRET, may_run)
    asyncio.run(guard(scope, None, send))  # type: ignore[arg-type]
    return sent


def status(*args: str, **kwargs: Any) -> int:
    return answer(*args, **kwargs)[0]["status"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "LOCALHOST:3000"]
)
def test_the_own_address_is_answered(host):
    """With the cookie, from a page of the same origin or a bookmark."""
    own = {"host": host, "cookie": f"odd=[1]; {COOKIE}; other=x"}
    assert status(**own) == 299
    assert status(**own, sec_fetch_site="none") == 299
    assert status("POST", "/graphql", **own, **JSON, origin=f"http://{host}") == 299


@pytest.mark.parametrize(
    "host",
    ["rebind.evil.example:3000", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:3000.evil.example", ""],
)
def test_a_rebound_name_is_refused(host):
    """Whatever its DNS answers, the browser names it in Host."""
    assert status(**{**OWN, "host": host}) == 403
    assert status(query=f"token={SECRET}", host=host) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},  # the host is 127.0.0.1
        {"origin": "https://127.0.0.1:3000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", **NAVIGATION},
    ],
)
def test_a_page_of_another_origin_is_refused(headers):
    """Even if the browser sent the cookie."""
    assert status(**OWN, **headers) == 403
    assert status("POST", "/graphql", **OWN, **JSON, **headers) == 403
    closed = answer(path="/graphql", kind="websocket", **OWN, **headers)
    assert closed == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_graphql_comes_by_post_alone(method, path):
    """A mutation by GET needs no preflight and no click: an image would do."""
    assert status(method, path, **OWN, may_run=True) == 405


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_graphql_comes_as_json_alone(kind):
    """A form of another page cannot send JSON without asking first."""
    assert status("POST", "/graphql", **OWN, content_type=kind, may_run=True) == 415


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "hrvctl-3000",
        "hrvctl-3000=",
        f"hrvctl-3000={SECRET}",
        f"x{COOKIE}",
        "hrvctl-3000=\u00e9",
    ],
)
def test_without_the_token_there_is_one_sentence(cookie):
    """Nothing else, for another user of the machine too."""
    head, body = answer(host="127.0.0.1:3000", cookie=cookie)
    assert head["status"] == 403
    assert body["body"] == b"Open the address with the token that `hrvctl ui` printed.\n"


def test_the_cookie_of_another_token_or_port_is_refused():
    """Of an earlier start, or of another home's pages."""
    for token, port in (("other", PORT), (SECRET, 3001)):
        cookie = "=".join(cookie_of(token, port))
        assert status(host="127.0.0.1:3000", cookie=cookie) == 403


def test_the_token_is_exchanged_for_a_cookie():
    """The opened file is another origin to the browser; only a navigation to it may do so."""
    opened = {"host": "127.0.0.1:3000", "sec-fetch-site": "cross-site"}
    head, body = answer(query=f"token={SECRET}", **opened, **NAVIGATION)
    assert head["status"] == 200
    headers = dict(head["headers"])
    assert headers[b"set-cookie"].decode() == f"{COOKIE}; Path=/; HttpOnly; SameSite=Strict"
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert b"url=/runs" in body["body"]
    assert SECRET.encode() not in body["body"] + headers[b"set-cookie"]
    assert status(query=f"token={SECRET}", **opened, sec_fetch_mode="no-cors") == 403
    for wrong in ("token=other", "token=", "", f"token={SECRET}&token={SECRET}"):
        assert status(query=wrong, **opened, **NAVIGATION) == 403
    assert status("POST", query=f"token={SECRET}", host="127.0.0.1:3000") == 403


def test_what_is_no_query_is_refused_unless_the_pages_may_run():
    """Dagster's own read-only mode covers GraphQL; the rest is refused here."""
    report = ("POST", "/report_asset_materialization/agent_forecast")
    assert status(*report, **OWN) == 403
    assert status(*report, **OWN, may_run=True) == 299


def test_the_token_is_not_shown_with_the_guard():
    """In a traceback, for example."""
    assert SECRET not in repr(PageGuard(_dagster, PORT, SECRET, may_run=False))


def test_the_entry_file_leads_to_the_address():
    """Escaped, as HTML wants it."""
    assert 'url=http://h/?token=a&amp;b"' in entry_file("http://h/?token=a&b")

"""One question to an OpenAI-compatible endpoint: bounded in time and size, and sent nowhere else.

What a person has set for other programs is not used: no proxy, no organisation, no extra header,
no address but the configured one. Redirects are not followed. What the libraries would log is
dropped, because it could hold what was sent.
"""

import contextlib
import json
import logging
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hrvctl.network.api_keys import NO_KEY
from hrvctl.network.deadline import Unanswered, within

if TYPE_CHECKING:
    import openai

# Largest answer, bytes (own choice: a thousand times what is asked for).
MAX_BYTES = 1_000_000
# How much of a refusal is read, bytes, and shown, characters (own choice).
REFUSAL_BYTES = 10_000
QUOTED_CHARS = 200
# Pauses before the tries after the first, seconds, when the fault may pass (own choice: doubling,
# as is usual; the endpoint may ask for a longer one).
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
# Statuses that may pass besides all from 500 on: timeout, conflict, too many requests (RFC 9110
# and RFC 6585).
PASSING = frozenset({408, 409, 429})
FIRST_SERVER_ERROR = 500
# All that is told of who asks. The last one never matters to the endpoint; the library reads it.
HEADERS = frozenset(
    {
        *("host", "accept", "accept-encoding", "authorization", "connection"),
        *("content-length", "content-type", "user-agent", "x-stainless-raw-response"),
    }
)
LOUD = ("openai", "httpx", "httpx2", "httpcore", "httpcore2")

INSTALL = "pip install 'hrvctl[llm]'"


def ask(url: str, body: Mapping[str, Any], *, key: str, deadline: float) -> str:
    """Ask once, and again where the fault may pass, until there is an answer or no time.

    Args:
        url: The endpoint's base, to which ``/chat/completions`` is added.
        body: The request, sent as it is.
        key: Its key.
        deadline: When to give up, by ``time.monotonic``; no try and no pause outlives it.

    Returns:
        The text of the answer, whatever it says; should it repeat the key, without it.

    Raises:
        Unanswered: There is none; the message says why in a line without the key.
        ImportError: See ``check_installed``.
    """
    first: Unanswered | None = None
    for pause in (*PAUSES_S, 0.0):
        try:
            return _text(_turn(url, body, key, deadline), key)
        except Unanswered as error:
            # A try that time ran out on tells less than the one before it.
            if first is not None and time.monotonic() >= deadline:
                raise first from None
            wait = max(pause, error.wait_s)
            if not pause or not error.may_pass or time.monotonic() + wait >= deadline:
                raise
            first = first or error
            time.sleep(wait)
    raise AssertionError("unreachable: the last try returns or raises")


def check_installed() -> None:
    """Make sure that the extra this room needs is installed.

    Raises:
        Unanswered: It is not; the message and the hint have the line that installs it.
    """
    try:
        import openai  # noqa: F401
    except ImportError as error:
        raise Unanswered(f"the llm extra is not installed: {INSTALL}", hint=INSTALL) from error


def address(url: str) -> str:
    """Where a question to an endpoint goes."""
    return f"{url.rstrip('/')}/chat/completions"


def plain(text: str, key: str) -> str:
    """A stranger's words on one short line, without control characters and without the key."""
    text = _without(key, text)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= QUOTED_CHARS else f"{line[: QUOTED_CHARS - 1]}…"


def _without(key: str, text: str) -> str:
    return text.replace(key, "[key]") if key and key != NO_KEY else text


def _turn(url: str, body: Mapping[str, Any], key: str, deadline: float) -> bytes:
    client = _open(url, key, deadline)
    try:
        return within(deadline, lambda: _exchange(client, body, key, deadline))
    finally:
        # Also ends the reading of one that is late.
        client.close()


def _open(url: str, key: str, deadline: float) -> "openai.OpenAI":
    import openai

    for name in LOUD:
        logging.getLogger(name).propagate = False
        logging.getLogger(name).addHandler(logging.NullHandler())
    http = openai.DefaultHttpxClient(
        trust_env=False,
        follow_redirects=False,
        event_hooks={
            "request": [_keep_to_ours],
            "response": [lambda response: _refuse(response, key, deadline)],
        },
    )
    return openai.OpenAI(
        base_url=url,
        api_key=key,
        # Empty, not None: the library would look for one in the environment.
        admin_api_key="",
        # Its own retries would sleep for as long as the endpoint says.
        max_retries=0,
        timeout=max(deadline - time.monotonic(), 0.001),
        http_client=http,
        default_headers={
            "Authorization": f"Bearer {key}",
            # A megabyte of zipped zeros is a gigabyte.
            "Accept-Encoding": "identity",
            "User-Agent": "hrvctl",
        },
    )


def _exchange(client: "openai.OpenAI", body: Mapping[str, Any], key: str, deadline: float) -> bytes:
    try:
        with client.chat.completions.with_streaming_response.create(**body) as response:
            answer = _read(response.iter_bytes(), MAX_BYTES + 1, deadline)
    except Unanswered:
        raise
    except Exception as error:  # noqa: BLE001 - no fault out there may cost the forecast
        cause = error.__cause__ or error
        said = plain(f"{type(cause).__name__}: {cause}", key)
        raise Unanswered(f"the connection failed: {said}", may_pass=True) from None
    if len(answer) > MAX_BYTES:
        raise Unanswered(f"it answered more than {MAX_BYTES} bytes")
    return answer


def _read(chunks: Iterable[bytes], most: int, deadline: float) -> bytes:
    """The beginning of a body, at most so many bytes."""
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) >= most:
            break
        if time.monotonic() >= deadline:
            raise Unanswered("no whole answer in the time it was given")
    return bytes(whole[:most])


def _text(raw: bytes, key: str) -> str:
    try:
        text = json.loads(raw)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise Unanswered("what it answered is no chat completion") from error
    if not isinstance(text, str):
        raise Unanswered("it answered without a text")
    return _without(key, text)


def _keep_to_ours(request: Any) -> None:  # noqa: ANN401 - httpx's own, which we do not depend on
    """Drop what the library tells of the machine, and what the environment adds."""
    for name in [name for name in request.headers if name not in HEADERS]:
        del request.headers[name]
    request.headers["host"] = request.url.netloc.decode("ascii")


def _refuse(response: Any, key: str, deadline: float) -> None:  # noqa: ANN401 - as above
    """Turn every answer but a good one into ``Unanswered``, before the library reads all of it."""
    if response.is_success:
        return
    status = int(response.status_code)
    said = _read(response.iter_bytes(), REFUSAL_BYTES, deadline).decode("utf-8", "replace")
    with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
        said = str(json.loads(said)["error"]["message"])
    if response.has_redirect_location:
        said = "another address, which is not followed"
    wait = response.headers.get("retry-after", "")
    raise Unanswered(
        plain(f"it answered {status}: {said or 'no reason given'}", key),
        status=status,
        may_pass=status in PASSING or status >= FIRST_SERVER_ERROR,
        wait_s=float(wait) if wait.isdecimal() else 0.0,
    )

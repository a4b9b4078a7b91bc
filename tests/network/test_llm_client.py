"""Chat completions: bounded in time and size, and sent to the configured endpoint only."""

import time

import pytest

from hrvctl.network.http import RequestFailed
from hrvctl.network.llm_client import complete_chat
from network.endpoint import (
    closes,
    drips,
    drips_headers,
    floods,
    hangs,
    redirects,
    refuses,
    says,
    sends,
    serving,
    swells,
    taking_at_most,
)

KEY = "sk-zanzibar-0123456789"
BODY = {
    "model": "m",
    "messages": [{"role": "user", "content": "how will it be?"}],
    "temperature": 0,
    "response_format": {"type": "json_object"},
}


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """The client's library, which takes longer to load than the shortest budgets here."""
    with serving(says("ready")) as endpoint:
        assert complete(endpoint) == "ready"


def complete(endpoint, *, seconds=10.0, key=KEY):
    """Request a completion from the endpoint."""
    return complete_chat(endpoint.url, BODY, key=key, deadline=time.monotonic() + seconds)


def refusal(endpoint, *, seconds=10.0):
    """The message of the error of a request."""
    with pytest.raises(RequestFailed) as caught:
        complete(endpoint, seconds=seconds)
    message = caught.value.message
    assert KEY not in message
    assert message.isprintable()
    assert len(message) <= 300
    return message


def test_the_text_of_the_first_choice_is_returned():
    """Whatever it says; requested from one path."""
    with serving(says("anything")) as endpoint:
        assert complete(endpoint) == "anything"
    assert [request.path for request in endpoint.requests] == ["/v1/chat/completions"]


def test_the_body_is_sent_unchanged():
    """As JSON, no field more or less."""
    with serving(says("ok")) as endpoint:
        complete(endpoint)
    assert endpoint.requests[0].body == BODY


def test_configuration_for_other_programs_is_not_used(monkeypatch):
    """No other address, key, organisation, header or proxy; nothing about the machine."""
    for name, value in {
        "OPENAI_BASE_URL": "http://127.0.0.1:9/elsewhere",
        "OPENAI_API_KEY": "sk-other",
        "OPENAI_ADMIN_KEY": "sk-admin",
        "OPENAI_ORG_ID": "org-zanzibar",
        "OPENAI_PROJECT_ID": "proj-zanzibar",
        "OPENAI_CUSTOM_HEADERS": "Authorization: Bearer sk-custom\nX-Mine: 1\nHost: evil.example",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    with serving(says("ok")) as endpoint:
        complete(endpoint)
    (request,) = endpoint.requests
    headers = dict(request.headers)
    assert headers.pop("authorization") == f"Bearer {KEY}"
    assert headers.pop("host") in endpoint.url
    assert headers.pop("user-agent") == "hrvctl"
    assert set(headers) == {
        *("accept", "accept-encoding", "connection", "content-length", "content-type"),
    }


@pytest.mark.parametrize(
    "reply",
    [hangs, drips(), drips(status=500), drips_headers],
    ids=["hangs", "drips", "drips an error", "drips headers"],
)
def test_the_deadline_ends_a_request_to_any_server(reply):
    """Whether it is silent or sends one byte at a time."""
    with serving(reply) as endpoint, taking_at_most(3.0):
        assert "within the time limit" in refusal(endpoint, seconds=0.6)
        assert endpoint.requests


@pytest.mark.parametrize("reply", [drips(), drips_headers], ids=["body", "headers"])
def test_the_connection_is_closed_at_the_deadline(reply):
    """It is not left open for a server that sends one byte at a time."""
    with serving(reply) as endpoint:
        refusal(endpoint, seconds=0.6)
        assert endpoint.requests
        assert endpoint.hung_up.wait(2.0)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
def test_transient_statuses_are_retried(status):
    """Too many requests or a server error: the same request may succeed a little later."""
    with serving(refuses(status), says("ok")) as endpoint:
        assert complete(endpoint) == "ok"
    assert len(endpoint.requests) == 2


def test_a_broken_connection_is_retried():
    """The server closes it in the middle of the body and answers the second try."""
    with serving(closes, says("ok")) as endpoint:
        assert complete(endpoint) == "ok"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_other_statuses_are_not_retried(status):
    """The status and the endpoint's own words, on one line."""
    with serving(refuses(status, "no such\r\nmodel\x1b[31m")) as endpoint:
        assert refusal(endpoint) == f"the server answered {status}: no such model [31m"
    assert len(endpoint.requests) == 1


def test_retry_after_is_honoured_within_the_deadline():
    """Retry-After is honoured where there is time for it; else it is over at once."""
    with serving(refuses(429, retry_after="1"), says("ok")) as endpoint:
        begun = time.monotonic()
        assert complete(endpoint) == "ok"
        assert time.monotonic() - begun >= 1.0
    with serving(refuses(429, retry_after="120")) as endpoint, taking_at_most(3.0):
        assert refusal(endpoint).startswith("the server answered 429")
    with serving(refuses(429, retry_after="nan"), says("ok")) as endpoint:
        assert complete(endpoint) == "ok"


def test_retries_end_at_the_deadline():
    """No pause begins that would outlast it."""
    with serving(refuses(500)) as endpoint, taking_at_most(3.0):
        assert refusal(endpoint, seconds=1.2).startswith("the server answered 500")
    assert len(endpoint.requests) == 2


def test_a_refused_connection_is_an_error():
    """The message has the system's reason."""
    with serving(hangs) as endpoint:
        pass
    assert "the connection failed: " in refusal(endpoint, seconds=0.4)


def test_the_first_error_is_kept_when_the_deadline_cuts_the_last_try_short():
    """It is the one a person can act on."""
    with serving(closes, hangs) as endpoint:
        assert "the connection failed: " in refusal(endpoint, seconds=1.5)
        assert len(endpoint.requests) == 2


def test_a_key_in_the_answer_is_replaced():
    """The endpoint may echo it; it is neither shown nor stored."""
    with serving(says(f"you sent Bearer {KEY}")) as endpoint:
        assert complete(endpoint) == "you sent Bearer [key]"


def test_a_refusal_without_a_reason_says_so():
    """An empty body."""
    with serving(sends(404, b"")) as endpoint:
        assert refusal(endpoint) == "the server answered 404: no reason given"


@pytest.mark.parametrize("status", [200, 400])
def test_an_endless_answer_is_cut_off(status):
    """A hundred megabytes, as an answer or as a refusal: not read to the end."""
    with serving(floods(status)) as endpoint, taking_at_most(5.0):
        message = refusal(endpoint)
        assert endpoint.hung_up.wait(2.0)
    # What the system held on its way is more than what was read.
    assert endpoint.megabytes < 50
    assert "longer than 1000000 bytes" in message or message.startswith("the server answered 400")


def test_endless_headers_are_refused():
    """Five megabytes of them."""
    with serving(swells) as endpoint, taking_at_most(5.0):
        assert "the connection failed" in refusal(endpoint, seconds=1.0)


def test_a_redirect_is_not_followed():
    """Neither the question nor the key goes to another address."""
    with serving(says("gotcha")) as other, serving(redirects(f"{other.url}/x")) as endpoint:
        assert (
            refusal(endpoint)
            == "the server answered 307: a redirect to another address, which is not followed"
        )
    assert other.requests == []


@pytest.mark.parametrize(
    "reply",
    [
        sends(200, b"<html>hello</html>"),
        sends(200, b"[]"),
        sends(200, b'{"choices": []}'),
        sends(200, b'{"choices": [{"message": {"content": null}}]}'),
        sends(200, b"\xff\xfe\x00"),
        sends(200, b"[" * 100_000),
        sends(204, b""),
        sends(200, b"x", content_encoding="gzip"),
    ],
    ids=["page", "list", "empty", "null", "bytes", "deep", "nothing", "gzip"],
)
def test_anything_but_a_chat_completion_is_an_error(reply):
    """A page, an empty list, no text, no JSON, a broken encoding."""
    with serving(reply) as endpoint:
        assert refusal(endpoint, seconds=1.0)


def test_a_key_in_a_refusal_is_replaced():
    """The beginning of the reason is shown, the key is not."""
    with serving(refuses(401, f"bad key {KEY} " + "x" * 1000)) as endpoint:
        message = refusal(endpoint)
    assert message.startswith("the server answered 401: bad key [key] xxx")
    assert len(message) <= 200

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
        assert put(endpoint) == "ready"


def put(endpoint, *, seconds=10.0, key=KEY):
    """Ask the endpoint."""
    return complete_chat(endpoint.url, BODY, key=key, deadline=time.monotonic() + seconds)


def refusal(endpoint, *, seconds=10.0):
    """Why there is no answer."""
    with pytest.raises(RequestFailed) as caught:
        put(endpoint, seconds=seconds)
    message = caught.value.message
    assert KEY not in message
    assert message.isprintable()
    assert len(message) <= 300
    return message


def test_the_text_of_the_answer_comes_back_whatever_it_says():
    """The first choice's message."""
    with serving(says("anything")) as endpoint:
        assert put(endpoint) == "anything"
    assert [request.path for request in endpoint.requests] == ["/v1/chat/completions"]


def test_what_is_sent_is_the_body_as_it_was_given():
    """Not a key more, not a key less."""
    with serving(says("ok")) as endpoint:
        put(endpoint)
    assert endpoint.requests[0].body == BODY


def test_nothing_the_person_set_for_other_programs_is_sent_or_followed(monkeypatch):
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
        put(endpoint)
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
def test_no_server_outlives_the_budget(reply):
    """Silent, or one byte at a time: at the deadline it is over."""
    with serving(reply) as endpoint, taking_at_most(3.0):
        assert "within the time limit" in refusal(endpoint, seconds=0.6)
        assert endpoint.requests


@pytest.mark.parametrize("reply", [drips(), drips_headers], ids=["body", "headers"])
def test_whoever_is_late_is_hung_up_on(reply):
    """The connection is closed at the deadline, not left to drip on."""
    with serving(reply) as endpoint:
        refusal(endpoint, seconds=0.6)
        assert endpoint.requests
        assert endpoint.hung_up.wait(2.0)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
def test_what_may_pass_is_tried_again(status):
    """Too many requests, a server's own fault: a little later it may answer."""
    with serving(refuses(status), says("ok")) as endpoint:
        assert put(endpoint) == "ok"
    assert len(endpoint.requests) == 2


def test_a_connection_that_breaks_is_tried_again():
    """Gone in the middle of the body, there at the second try."""
    with serving(closes, says("ok")) as endpoint:
        assert put(endpoint) == "ok"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_will_not_pass_is_asked_once(status):
    """The status and the endpoint's own words, on one line."""
    with serving(refuses(status, "no such\r\nmodel\x1b[31m")) as endpoint:
        assert refusal(endpoint) == f"the server answered {status}: no such model [31m"
    assert len(endpoint.requests) == 1


def test_a_server_may_ask_for_a_longer_pause_but_not_beyond_the_budget():
    """Retry-After is honoured where there is time for it; else it is over at once."""
    with serving(refuses(429, retry_after="1"), says("ok")) as endpoint:
        begun = time.monotonic()
        assert put(endpoint) == "ok"
        assert time.monotonic() - begun >= 1.0
    with serving(refuses(429, retry_after="120")) as endpoint, taking_at_most(3.0):
        assert refusal(endpoint).startswith("the server answered 429")
    with serving(refuses(429, retry_after="nan"), says("ok")) as endpoint:
        assert put(endpoint) == "ok"


def test_a_server_that_is_down_is_not_asked_for_ever():
    """The pauses grow, and none begins that would outlive the budget."""
    with serving(refuses(500)) as endpoint, taking_at_most(3.0):
        assert refusal(endpoint, seconds=1.2).startswith("the server answered 500")
    assert len(endpoint.requests) == 2


def test_nobody_at_the_address():
    """The system's own words."""
    with serving(hangs) as endpoint:
        pass
    assert "the connection failed: " in refusal(endpoint, seconds=0.4)


def test_a_refused_connection_is_named_though_time_ran_out_on_the_last_try():
    """Not "no whole answer in time": nobody is there, and that is what can be mended."""
    with serving(closes, hangs) as endpoint:
        assert "the connection failed: " in refusal(endpoint, seconds=1.5)
        assert len(endpoint.requests) == 2


def test_an_answer_that_repeats_the_key_is_read_without_it():
    """Whatever the endpoint echoes, the key is shown and stored nowhere."""
    with serving(says(f"you sent Bearer {KEY}")) as endpoint:
        assert put(endpoint) == "you sent Bearer [key]"


def test_a_refusal_without_a_word_says_so():
    """No colon with nothing behind it."""
    with serving(sends(404, b"")) as endpoint:
        assert refusal(endpoint) == "the server answered 404: no reason given"


@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_without_end_is_cut(status):
    """A hundred megabytes, as an answer or as a refusal: not read to the end."""
    with serving(floods(status)) as endpoint, taking_at_most(5.0):
        said = refusal(endpoint)
        assert endpoint.hung_up.wait(2.0)
    # What the system held on its way is more than what was read.
    assert endpoint.megabytes < 50
    assert "longer than 1000000 bytes" in said or said.startswith("the server answered 400")


def test_headers_without_end_are_refused():
    """Five megabytes of headers are no answer."""
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
def test_what_is_no_chat_completion_is_no_answer(reply):
    """A page, an empty list, no text, no JSON, a broken encoding."""
    with serving(reply) as endpoint:
        assert refusal(endpoint, seconds=1.0)


def test_a_refusal_that_repeats_the_key_is_told_without_it():
    """Some endpoints do; the beginning is shown, the key is not."""
    with serving(refuses(401, f"bad key {KEY} " + "x" * 1000)) as endpoint:
        said = refusal(endpoint)
    assert said.startswith("the server answered 401: bad key [key] xxx")
    assert len(said) <= 200

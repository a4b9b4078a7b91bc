"""One HTTP policy: time, addresses, headers, size, retries, and no secret in a message or a log."""

import json
import logging
import socket
import threading
import time

import pytest

from hrvctl.network.http import PAUSES_S, HttpClient, RequestFailed
from network.endpoint import (
    drips,
    floods,
    hangs,
    redirects,
    refuses,
    sends,
    serving,
    taking_at_most,
)

SECRET = "check-4711-zanzibar"  # noqa: S105 - made up


def client(endpoint, **options):
    """A client that is allowed the endpoint and nothing else."""
    return HttpClient(allowed=[endpoint.url], **options)


def soon(seconds=5.0):
    """A deadline."""
    return time.monotonic() + seconds


def failure(call):
    """The error of a request, with nothing secret in it."""
    with pytest.raises(RequestFailed) as caught:
        call()
    assert SECRET not in str(caught.value)
    assert SECRET not in caught.value.hint
    return caught.value


def test_get_and_post_return_status_headers_and_body():
    """JSON is parsed, bytes stay bytes; a query is encoded."""
    with serving(sends(200, b'{"a": [1]}', x_page="2"), sends(201, b"\x00\xff")) as endpoint:
        first = client(endpoint).get(
            f"{endpoint.url}/days", query={"from": "2026-03-10", "to": "a&b"}, deadline=soon()
        )
        second = client(endpoint).post(f"{endpoint.url}/in", b"\x01\x02", deadline=soon())
    assert (first.status, first.json(), first.headers["x-page"]) == (200, {"a": [1]}, "2")
    assert (second.status, second.body) == (201, b"\x00\xff")
    got, posted = endpoint.requests
    assert (got.method, got.path) == ("GET", "/v1/days?from=2026-03-10&to=a%26b")
    assert (posted.method, posted.path, posted.raw) == ("POST", "/v1/in", b"\x01\x02")


def test_json_is_posted_as_json():
    """With its content type, and the headers the caller names."""
    with serving(sends(200, b"{}")) as endpoint:
        client(endpoint, headers={"Authorization": "Bearer x"}).post_json(
            endpoint.url, {"a": None}, deadline=soon()
        )
    (request,) = endpoint.requests
    assert json.loads(request.raw) == {"a": None}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer x"


def test_only_named_headers_are_sent_whatever_the_environment_holds(monkeypatch, tmp_path):
    """No proxy, no credentials from a .netrc, no cookie; a request is one connection."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password swordfish\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(sends(200, b"", set_cookie="a=b")) as endpoint:
        mine = client(endpoint)
        for _ in range(2):
            mine.get(endpoint.url, deadline=soon())
    for request in endpoint.requests:
        assert set(request.headers) == {
            *("host", "accept", "accept-encoding", "connection", "user-agent"),
        }
        assert request.headers["accept-encoding"] == "identity"
        assert request.headers["user-agent"] == "hrvctl"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/v1",
        "{base}1/days",
        "{base}/../admin",
        "{base}/%2e%2e/admin",
        "https://evil.example/?{base}",
    ],
)
def test_an_address_outside_the_allowed_ones_is_never_reached(url):
    """A link in a vendor's answer cannot lead a request with its token elsewhere."""
    with serving(sends(200, b"")) as endpoint:
        error = failure(
            lambda: client(endpoint).get(url.format(base=endpoint.url), deadline=soon())
        )
    assert "not allowed" in error.message
    assert endpoint.requests == []


def test_an_address_with_a_password_is_refused():
    """It would be sent as a header nobody named; the password is not repeated."""
    url = f"http://me:{SECRET}@127.0.0.1/check"
    error = failure(lambda: HttpClient(allowed=[url]).get(url, deadline=soon()))
    assert "a user name or a password" in error.message


def test_a_redirect_is_not_followed():
    """Not to the same host either."""
    with serving(redirects("/v1/other")) as endpoint:
        error = failure(lambda: client(endpoint).get(endpoint.url, deadline=soon()))
    assert (error.status, len(endpoint.requests)) == (307, 1)
    assert "not followed" in error.reason


def test_a_message_contains_no_part_of_the_address_but_the_host():
    """The path of a monitor's check is a secret, whatever goes wrong."""
    with serving(refuses(404, SECRET)) as endpoint:
        url = f"{endpoint.url}/{SECRET}"
        error = failure(lambda: client(endpoint).post(url, b"", deadline=soon()))
        assert error.message == "the server answered 404"
        assert error.reason == SECRET  # the server's own words, which the caller may drop
    closed = failure(lambda: client(endpoint).post(url, b"", deadline=soon(0.4)))
    assert closed.message == "the connection failed: Connection refused"
    unknown = f"http://{SECRET}.invalid/x"
    error = failure(
        lambda: HttpClient(allowed=[unknown], pauses_s=()).get(unknown, deadline=soon())
    )
    assert error.message.startswith(("the connection failed: ", "no complete answer"))


def test_a_header_that_cannot_be_sent_is_not_repeated():
    """A key with a line break in it."""
    with serving(sends(200, b"")) as endpoint:
        mine = client(endpoint, headers={"Authorization": f"Bearer {SECRET}\n{SECRET}"})
        error = failure(lambda: mine.get(endpoint.url, deadline=soon()))
    assert (error.is_transient, endpoint.requests) == (False, [])


def test_an_answer_has_a_limit_the_caller_sets():
    """The limit itself is still read."""
    with serving(sends(200, b"12345")) as endpoint:
        assert client(endpoint, max_bytes=5).get(endpoint.url, deadline=soon()).body == b"12345"
        error = failure(lambda: client(endpoint, max_bytes=4).get(endpoint.url, deadline=soon()))
    assert error.message == "the answer is longer than 4 bytes"


def test_a_flood_is_cut_off():
    """A hundred megabytes are not read to the end."""
    with serving(floods()) as endpoint, taking_at_most(5.0):
        assert (
            "longer than"
            in failure(lambda: client(endpoint).get(endpoint.url, deadline=soon())).message
        )
        assert endpoint.hung_up.wait(2.0)


def test_a_compressed_answer_is_refused():
    """It was not asked for, and its size is known too late."""
    with serving(sends(200, b"x", content_encoding="gzip")) as endpoint:
        error = failure(lambda: client(endpoint).get(endpoint.url, deadline=soon()))
    assert "compressed" in error.message


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.pauses = []

    def now(self):
        """Seconds slept so far."""
        return sum(self.pauses)

    def options(self):
        """The client's clock and sleep."""
        return {"clock": self.now, "sleep": self.pauses.append}


def test_pauses_grow_and_the_tries_come_to_an_end():
    """One try more than there are pauses."""
    clock = Clock()
    with serving(refuses(503)) as endpoint:
        error = failure(
            lambda: client(endpoint, **clock.options()).get(endpoint.url, deadline=60.0)
        )
    assert error.status == 503
    assert clock.pauses == list(PAUSES_S) == sorted(PAUSES_S)
    assert len(endpoint.requests) == len(PAUSES_S) + 1


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry_after": "7"}, 7.0),
        (
            {
                "date": "Tue, 10 Mar 2026 21:00:00 GMT",
                "retry_after": "Tue, 10 Mar 2026 21:00:09 GMT",
            },
            9.0,
        ),
        (
            {
                "date": "Tue, 10 Mar 2026 21:00:00 GMT",
                "retry_after": "Mon, 09 Mar 2026 21:00:00 GMT",
            },
            PAUSES_S[0],
        ),
        ({"date": "Tue, 10 Mar 2026 21:00:00 GMT", "x_ratelimit_reset": "1773176411"}, 11.0),
        ({"x_ratelimit_reset": "12"}, 12.0),
        ({"retry_after": "soon"}, PAUSES_S[0]),
        ({"retry_after": "nan"}, PAUSES_S[0]),
        ({"retry_after": "-5"}, PAUSES_S[0]),
    ],
    ids=["seconds", "date", "past", "reset at", "reset in", "words", "nan", "negative"],
)
def test_retry_after_is_honoured(headers, pause):
    """Seconds or a date, by the server's own clock; nonsense leaves the usual pause."""
    clock = Clock()
    with serving(refuses(429, **headers), sends(200, b"ok")) as endpoint:
        mine = client(endpoint, **clock.options())
        assert mine.get(endpoint.url, deadline=60.0).body == b"ok"
    assert clock.pauses == [pause]


def test_a_pause_beyond_the_deadline_is_not_begun():
    """The refusal is raised at once."""
    clock = Clock()
    with serving(refuses(429, retry_after="61")) as endpoint:
        mine = client(endpoint, **clock.options())
        assert failure(lambda: mine.get(endpoint.url, deadline=60.0)).wait_s == 61.0
    assert (clock.pauses, len(endpoint.requests)) == ([], 1)


@pytest.mark.parametrize("reply", [hangs, drips()], ids=["hangs", "drips"])
def test_the_deadline_ends_a_request_and_its_connection(reply):
    """Silent, or one byte at a time."""
    with serving(reply) as endpoint, taking_at_most(3.0):
        error = failure(lambda: client(endpoint).get(endpoint.url, deadline=soon(0.6)))
    assert "within the time limit" in error.message


@pytest.mark.parametrize("pauses", [(), (0.1,)])
def test_the_caller_chooses_the_number_of_tries(pauses):
    """Without pauses once."""
    with serving(refuses(500)) as endpoint:
        failure(lambda: client(endpoint, pauses_s=pauses).get(endpoint.url, deadline=soon()))
    assert len(endpoint.requests) == len(pauses) + 1


def test_a_request_that_connects_after_its_deadline_sends_nothing(monkeypatch):
    """A name look-up may return long after its caller stopped waiting."""
    connected = threading.Event()
    look_up = socket.getaddrinfo

    def slow(*args, **options):
        time.sleep(0.4)
        connected.set()
        return look_up(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with serving(sends(200, b"")) as endpoint:
        error = failure(lambda: client(endpoint).get(endpoint.url, deadline=soon(0.1)))
        assert connected.wait(2.0)
        time.sleep(0.2)
    assert "within the time limit" in error.message
    assert endpoint.requests == []


@pytest.fixture
def certificate(authority, tmp_path):
    """A certificate for 127.0.0.1, and its key, in one file."""
    pem = tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    return pem


def test_an_untrusted_certificate_is_refused_and_not_retried(authority, certificate, monkeypatch):
    """A retry cannot help; bundles meant for other programs are not used."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(authority.file))
    with serving(sends(200, b"ok"), certificate=certificate) as endpoint:
        error = failure(lambda: client(endpoint).get(endpoint.url, deadline=soon()))
    assert "an authority that this machine does not trust" in error.message
    assert (error.is_transient, endpoint.requests) == (False, [])


def test_a_certificate_the_system_trusts_is_accepted(authority, certificate, monkeypatch):
    """An authority of the person's own, where OpenSSL looks for the system's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with serving(sends(200, b"ok"), certificate=certificate) as endpoint:
        assert client(endpoint).get(endpoint.url, deadline=soon()).body == b"ok"


def test_the_libraries_log_nothing(monkeypatch):
    """Not even where everything is logged: their lines hold the whole address."""
    records = []

    class Recorder(logging.Handler):
        def emit(self, record):
            records.append(f"{record.name} {record.getMessage()}")

    recorder = Recorder(logging.DEBUG)
    root = logging.getLogger()
    for name in ("", "requests", "urllib3", "urllib3.connectionpool"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
        logging.getLogger(name).manager._clear_cache()
    root.addHandler(recorder)
    try:
        with serving(refuses(500), sends(200, b"ok")) as endpoint:
            client(endpoint).get(f"{endpoint.url}/{SECRET}", deadline=soon())
    finally:
        root.removeHandler(recorder)
    assert [line for line in records if line.startswith(("requests", "urllib3"))] == []
    assert not any(SECRET in line for line in records)

"""`hrvctl morning --once`: a morning is told once a wake date, and sent where the person wants."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from cli.homes import make_export
from conftest import TODAY, Result
from hrvctl.store.home import Home
from hrvctl.usecases import morning_message

Hrvctl = Callable[..., Result]
TOMORROW = TODAY + timedelta(days=1)


class Service(http.server.ThreadingHTTPServer):
    """What Apprise's address ``json://`` posts to, on loopback."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.location = 200, ""
        self.asked: list[str] = []
        self.messages: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        """As ``notify_url`` has it, with a made-up secret."""
        return f"json://user:swordfish@127.0.0.1:{self.server_port}/here"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        if self.server.status == 200:
            self.server.messages.append(json.loads(body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    """A service at work."""
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def night_to_tell(home_with_two_runs: Home, hrvctl: Hrvctl, service: Service) -> None:
    """Tomorrow's night waits in the inbox, and the service's address is set."""
    hrvctl("config", "set", "notify_url", service.address)
    make_export(home_with_two_runs.inbox / "new", last_day=TOMORROW)


@pytest.fixture
def look(home_with_two_runs: Home, hrvctl: Hrvctl) -> Callable[[], Result]:
    """Look for the night of tomorrow, as a schedule does."""
    assert home_with_two_runs.exists()
    return lambda: hrvctl("morning", "--once", on=TOMORROW)


def check_silent(done: Result) -> None:
    """Code 4, and nothing on either stream."""
    assert (done.code, done.out, done.err) == (4, "", "")


def test_it_is_silent_until_the_night_is_there_and_after_it_was_told(
    home_with_two_runs: Home, look: Callable[[], Result]
) -> None:
    """Nothing on either stream but the one time, so that cron writes one mail."""
    check_silent(look())
    make_export(home_with_two_runs.inbox / "new", last_day=TOMORROW)
    told = look()
    assert told.code == 0
    assert told.out.startswith("Wed 11 Mar 2026: ")
    check_silent(look())
    check_silent(look())


@pytest.mark.parametrize("detail", ["full", "light", "ping"])
def test_the_message_says_as_much_as_is_wanted(
    home_with_two_runs: Home,
    hrvctl: Hrvctl,
    look: Callable[[], Result],
    service: Service,
    detail: str,
) -> None:
    """Numbers only in the full one; one message a morning; no secret in the log."""
    hrvctl("config", "set", "notify_url", service.address)
    hrvctl("config", "set", "notify_detail", detail)
    look()
    make_export(home_with_two_runs.inbox / "new", last_day=TOMORROW)
    said = look().out.splitlines()[0]
    look()
    (message,) = service.messages
    text = f"{message['title']}\n{message['message']}"
    assert (said in text) == (detail == "full")
    assert ("Light:" in text) == (detail == "light")
    assert any(sign.isdigit() for sign in text) == (detail == "full")
    assert "swordfish" not in home_with_two_runs.log.read_text()
    assert "swordfish" not in hrvctl("doctor").out


@pytest.mark.usefixtures("night_to_tell")
def test_a_message_that_did_not_go_is_tried_again(
    home_with_two_runs: Home, look: Callable[[], Result], service: Service
) -> None:
    """The run is not failed by it; the reason is in the log. A redirect is not followed."""
    service.status, service.location = 307, f"http://127.0.0.1:{service.server_port}/elsewhere"
    check_silent(look())
    assert service.asked == ["/here"]
    assert "the morning's message was not sent: json" in home_with_two_runs.log.read_text()
    service.status, service.location = 200, ""
    assert look().code == 0
    assert len(service.messages) == 1


@pytest.mark.usefixtures("night_to_tell")
def test_a_proxy_of_the_environment_is_not_used(
    look: Callable[[], Result],
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message goes to the address that was set, or nowhere."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert look().code == 0
    assert len(service.messages) == 1


@pytest.mark.usefixtures("night_to_tell")
def test_nobody_waits_for_a_service_that_is_slow(
    hrvctl: Hrvctl,
    look: Callable[[], Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line of journal is written while the message is on its way."""
    codes = []
    monkeypatch.setattr(
        morning_message,
        "send",
        lambda *_, **__: codes.append(hrvctl("journal", "add", "two beers", on=TOMORROW).code),
    )
    assert look().code == 0
    assert codes == [0]


@pytest.mark.usefixtures("night_to_tell")
def test_a_kill_while_it_is_sent_is_followed_by_no_second_message(
    look: Callable[[], Result],
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody knows whether it went: once is better than twice."""

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(morning_message, "send", killed)
        assert look().code == 130
    check_silent(look())
    assert service.messages == []


def test_an_address_that_is_none_is_said_without_its_secret(
    home_with_two_runs: Home, hrvctl: Hrvctl, look: Callable[[], Result]
) -> None:
    """In the log, with where addresses are explained."""
    hrvctl("config", "set", "notify_url", "nosuch://swordfish")
    make_export(home_with_two_runs.inbox / "new", last_day=TOMORROW)
    assert look().code == 4
    log = home_with_two_runs.log.read_text()
    assert "'nosuch' does not begin an address of Apprise" in log
    hrvctl("config", "set", "notify_url", "swordfish/hook")
    look()
    assert "swordfish" not in home_with_two_runs.log.read_text()

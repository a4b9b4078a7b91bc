"""How an evening ended is told to whoever the person named, and never stands in the way."""

import http.server
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]


class Monitor(http.server.ThreadingHTTPServer):
    """A monitor in the manner of healthchecks.io, on loopback."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.heard: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        """Its address, with a made-up check in it."""
        return f"http://127.0.0.1:{self.server_port}/secret-check"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Monitor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(params=[200])
def monitor(request: pytest.FixtureRequest) -> Iterator[Monitor]:
    """A monitor that answers as the test asks."""
    with Monitor(request.param) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("imported")
def test_a_good_evening_is_pinged_at_start_and_end(hrvctl: Hrvctl, monitor: Monitor) -> None:
    """Nothing of the person goes with it; nothing new is a good evening too."""
    hrvctl("config", "set", "ping_url", monitor.url)
    assert [hrvctl("daily").code for _ in range(2)] == [0, 4]
    assert monitor.heard == [("/secret-check/start", b""), ("/secret-check/0", b"")] * 2


def test_a_bad_evening_is_pinged_with_its_code_and_the_log(
    hrvctl: Hrvctl, monitor: Monitor, imported: Home
) -> None:
    """Stale data need a person: the code, and the log's last lines."""
    hrvctl("config", "set", "ping_url", monitor.url)
    late = hrvctl("daily", on=TODAY + timedelta(days=5))
    assert late.code == 5
    (_, (path, body)) = monitor.heard
    assert path == "/secret-check/5"
    assert body
    assert imported.log.read_bytes().endswith(body)


@pytest.mark.usefixtures("imported")
def test_a_failing_evening_is_told_too(hrvctl: Hrvctl, monitor: Monitor, tmp_path: Path) -> None:
    """An error that ends the run still reaches the monitor and the person's command."""
    hrvctl("config", "set", "ping_url", monitor.url)
    hrvctl("config", "set", "on_failure", f"echo $HRV_EXIT_CODE > {tmp_path}/failed")
    assert hrvctl("daily", "--bedtime", "soon").code == 2
    assert monitor.heard[-1][0] == "/secret-check/2"
    assert (tmp_path / "failed").read_text() == "2\n"


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("monitor", [500], indirect=True)
def test_a_failing_ping_is_a_warning(hrvctl: Hrvctl, monitor: Monitor) -> None:
    """The evening is what it is; the check's address is a secret and not told."""
    hrvctl("config", "set", "ping_url", monitor.url)
    done = hrvctl("daily")
    assert done.code == 0
    assert done.err.count("the ping to 127.0.0.1 failed: HTTP Error 500") == 2
    assert "secret" not in done.err


@pytest.mark.usefixtures("imported")
def test_an_address_that_makes_no_sense_is_a_warning(hrvctl: Hrvctl) -> None:
    """Nothing of it is quoted: a password stands in it where its port should be."""
    hrvctl("config", "set", "ping_url", "http://me:swordfish@127.0.0.1/check")
    done = hrvctl("daily")
    assert done.code == 0
    assert done.err.count("the ping to 127.0.0.1 failed: InvalidURL") == 2
    assert "swordfish" not in done.err


@pytest.mark.usefixtures("imported")
def test_commands_of_the_person_run_after_the_evening(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """The one for success or the one for failure; a command that fails is a warning."""
    hrvctl("config", "set", "on_success", f"echo well >> {tmp_path}/said")
    hrvctl("config", "set", "on_failure", f"echo ill >> {tmp_path}/said")
    assert hrvctl("daily").code == 0
    assert (tmp_path / "said").read_text() == "well\n"
    hrvctl("config", "set", "on_success", "echo no such mailer >&2; exit 3")
    again = hrvctl("daily")
    assert again.code == 4
    assert "ended with 3: no such mailer" in again.err


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("words", [("--dry-run",), ("--as-of", "2026-03-09")])
def test_rehearsals_and_replays_are_told_to_nobody(
    hrvctl: Hrvctl, monitor: Monitor, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Only the evening itself counts for a monitor."""
    hrvctl("config", "set", "ping_url", monitor.url)
    hrvctl("config", "set", "on_success", f"touch {tmp_path}/said")
    assert hrvctl("daily", *words).code == 0
    assert monitor.heard == []
    assert not (tmp_path / "said").exists()


def test_a_wrong_address_is_a_fault_of_the_configuration(hrvctl: Hrvctl) -> None:
    """Found before the evening, not in it."""
    refused = hrvctl("config", "set", "ping_url", "ftp://example.org/x")
    assert refused.code == 12
    assert "begins with http" in refused.err

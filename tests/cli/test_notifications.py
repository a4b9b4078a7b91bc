"""How an evening ended is told to whoever the person named, and never stands in the way."""

import contextlib
import http.server
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conftest import TODAY, Result
from hrvctl.errors import ExitCode
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
    assert done.err.count("the ping to 127.0.0.1 failed: the server answered 500") == 2
    assert "secret" not in done.err


@pytest.mark.usefixtures("imported")
def test_an_address_that_makes_no_sense_is_a_warning(hrvctl: Hrvctl) -> None:
    """Nothing of it is quoted: a password stands in it where its port should be."""
    hrvctl("config", "set", "ping_url", "http://me:swordfish@127.0.0.1/check")
    done = hrvctl("daily")
    assert done.code == 0
    assert done.err.count("the ping to 127.0.0.1 failed: the address contains a user name") == 2
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


@pytest.mark.usefixtures("imported")
def test_a_faulty_configuration_is_told_by_what_is_sound_in_it(
    hrvctl: Hrvctl, home: Home, monitor: Monitor, tmp_path: Path
) -> None:
    """Nobody watches a scheduled evening: monitor, command and status hear of it all the same."""
    lines = [f'ping_url = "{monitor.url}"', 'keep_runs = "many"', "keep_run = 3"]
    lines.append(f'on_failure = "echo $HRV_EXIT_CODE > {tmp_path}/failed"')
    (home.root / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    assert hrvctl("--quiet", "daily").code == 12
    assert [path for path, _ in monitor.heard] == ["/secret-check/start", "/secret-check/12"]
    assert (tmp_path / "failed").read_text() == "12\n"
    (home.root / "config.toml").unlink()
    assert hrvctl("--json", "status").data["last_run"]["code"] == 12


def test_a_wrong_word_of_the_person_is_told_to_nobody(hrvctl: Hrvctl, monitor: Monitor) -> None:
    """They see it themselves, and the evening is still to come."""
    hrvctl("config", "set", "ping_url", monitor.url)
    assert hrvctl("daily", "--model", "crystal-ball").code == 2
    assert monitor.heard == []


def test_a_folder_that_is_no_home_is_told_of_and_gets_no_log(
    hrvctl: Hrvctl, home: Home, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monitor hears of a home that cannot be used; what lies there stays alone."""
    home.root.mkdir()
    (home.root / "thesis.tex").touch()
    monkeypatch.setenv("HRVCTL_PING_URL", monitor.url)
    assert hrvctl("daily").code == 10
    assert [path for path, _ in monitor.heard] == ["/secret-check/start", "/secret-check/10"]
    assert [path.name for path in home.root.iterdir()] == ["thesis.tex"]


@pytest.mark.usefixtures("imported")
def test_a_failing_command_is_told_even_when_quiet(hrvctl: Hrvctl, home: Home) -> None:
    """Nobody else would say it; the log names the setting and not what the command said."""
    hrvctl("config", "set", "on_success", "echo the key is swordfish >&2; exit 3")
    done = hrvctl("--quiet", "daily")
    assert (done.code, done.out) == (0, "")
    assert done.err == "hrvctl: on_success ended with 3: the key is swordfish\n"
    assert "WARNING on_success ended with 3\n" in home.log.read_text()
    assert "swordfish" not in home.log.read_text()


@pytest.mark.usefixtures("imported")
def test_a_failing_ping_is_in_the_log(hrvctl: Hrvctl, home: Home) -> None:
    """Quiet leaves it to the monitor, which misses the ping; the log says why."""
    hrvctl("config", "set", "ping_url", "http://127.0.0.1:9/secret-check")
    done = hrvctl("--quiet", "daily")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert home.log.read_text().count("WARNING the ping to 127.0.0.1 failed") == 2
    assert "secret" not in home.log.read_text()


@pytest.mark.usefixtures("imported")
def test_a_command_that_hangs_is_ended_with_all_it_started(
    hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that holds the command's stderr open does not hold up the evening."""
    monkeypatch.setattr("hrvctl.usecases.notifications.COMMAND_TIMEOUT_S", 0.3)
    hrvctl("config", "set", "on_success", f"sleep 8 && touch {tmp_path}/late; true")
    began = time.monotonic()
    done = hrvctl("daily")
    assert time.monotonic() - began < 8
    assert "on_success ran longer than 0 seconds and was stopped" in done.err


@pytest.mark.usefixtures("imported")
def test_a_command_may_leave_something_at_work(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """Who starts a program in the background is not waited for, and it goes on."""
    hrvctl("config", "set", "on_success", f"(sleep 3; touch {tmp_path}/done) & true")
    began = time.monotonic()
    assert hrvctl("daily").err == ""
    took = time.monotonic() - began
    assert not (tmp_path / "done").exists(), f"it was waited for: {took:.1f} s"
    while not (tmp_path / "done").exists() and time.monotonic() - began < 60:
        time.sleep(0.05)
    assert (tmp_path / "done").exists()


@pytest.mark.usefixtures("imported")
def test_a_monitor_that_trickles_is_not_waited_for(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte now and then is never late for a socket; it is for the evening."""
    monkeypatch.setattr("hrvctl.usecases.notifications.PING_TIMEOUT_S", 0.5)
    with _trickling() as url:
        hrvctl("config", "set", "ping_url", url)
        done = hrvctl("daily")
    assert done.code == 0
    assert done.err.count("the ping to 127.0.0.1 failed: no complete answer") == 2


@pytest.mark.parametrize(
    ("sign", "code"),
    [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)],
)
def test_the_end_comes_in_time_whatever_monitor_and_command_do(
    imported: Home, tmp_path: Path, sign: signal.Signals, code: ExitCode
) -> None:
    """Two seconds, though the monitor trickles and the command sleeps; the log has the code."""
    words = [sys.executable, "-m", "hrvctl", "--home", str(imported.root)]
    with _trickling(first=b"HTTP/1.0 200 OK\r\n\r\n") as url:
        (imported.root / "config.toml").write_text(
            f'ping_url = "{url}"\non_failure = "echo $HRV_EXIT_CODE > {tmp_path}/code; sleep 20"',
            encoding="utf-8",
        )
        with subprocess.Popen([*words, "daily"], stderr=subprocess.PIPE, text=True) as process:
            until = time.monotonic() + 60
            while not imported.lock_holder.exists() and time.monotonic() < until:
                time.sleep(0.01)
            began = time.monotonic()
            process.send_signal(sign)
            _, err = process.communicate(timeout=60)
            took = time.monotonic() - began
    assert (process.returncode, err.splitlines()[0][:15]) == (code, "hrvctl: stopped")
    assert took < 2.0
    assert (tmp_path / "code").read_text() == f"{int(code)}\n"
    assert f"ended with {int(code)} " in imported.log.read_text()


@contextmanager
def _trickling(first: bytes = b"") -> Iterator[str]:
    """A monitor that answers the first question with ``first``, all others byte by byte."""
    stop = threading.Event()
    answers = iter([first] if first else [])

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.recv(65536)
                if answer := next(answers, b""):
                    self.request.sendall(answer)
                    return
                while not stop.wait(0.1):
                    self.request.sendall(b"x")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/secret-check"
        finally:
            stop.set()
            server.shutdown()
            thread.join()

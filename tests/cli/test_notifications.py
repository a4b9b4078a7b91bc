"""Monitor and commands are notified of how a run ended, and cannot make it fail."""

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
from hrvctl.blas_threads import BLAS_THREADS
from hrvctl.errors import ExitCode
from hrvctl.store.home import Home

pytestmark = pytest.mark.slow

Hrvctl = Callable[..., Result]


class Monitor(http.server.ThreadingHTTPServer):
    """A monitor in the manner of healthchecks.io, on loopback."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.received: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        """Its address, with a made-up check in it."""
        return f"http://127.0.0.1:{self.server_port}/secret-check"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Monitor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, body))
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
def test_a_successful_run_is_pinged_at_start_and_end(hrvctl: Hrvctl, monitor: Monitor) -> None:
    """The body witnesses the ledger; a run with nothing new counts as success too."""
    hrvctl("config", "set", "ping_url", monitor.url)
    assert [hrvctl("daily").code for _ in range(2)] == [0, 4]
    ledger = hrvctl("ledger", "verify", "--json").data
    body = f"ledger {ledger['n_rows']} {ledger['head']}".encode()
    assert monitor.received == [("/secret-check/start", b""), ("/secret-check/0", body)] * 2


def test_a_failed_run_is_pinged_with_its_exit_code_and_the_end_of_the_log(
    hrvctl: Hrvctl, monitor: Monitor, imported: Home
) -> None:
    """With stale data: exit code 5, and the last lines of the log, redacted."""
    hrvctl("config", "set", "ping_url", monitor.url)
    late = hrvctl("daily", on=TODAY + timedelta(days=5))
    assert late.code == 5
    (_, (path, body)) = monitor.received
    assert path == "/secret-check/5"
    assert b"hrv_daily_job agent_op STEP_SUCCESS" in body
    assert b"lines left out" in body
    assert str(imported.root).encode() not in body


@pytest.mark.usefixtures("imported")
def test_a_bug_sends_no_value_that_it_quotes(
    hrvctl: Hrvctl, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The traceback quotes one, and stays in the log."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError("Invalid isoformat string: 'ZQVALUE 61.7'")

    monkeypatch.setattr("hrvctl.domain.training.train", broken)
    hrvctl("config", "set", "ping_url", monitor.url)
    assert hrvctl("daily").code == 1
    (_, (path, body)) = monitor.received
    assert path == "/secret-check/1"
    assert b"ValueError" in body
    assert b"ZQVALUE" not in body


@pytest.mark.usefixtures("imported")
def test_an_error_that_ends_the_run_is_notified_too(
    hrvctl: Hrvctl, monitor: Monitor, tmp_path: Path
) -> None:
    """An error that ends the run still reaches the monitor and the person's command."""
    hrvctl("config", "set", "ping_url", monitor.url)
    hrvctl("config", "set", "on_failure", f"echo $HRV_EXIT_CODE > {tmp_path}/failed")
    # Last night is missing, which only the run can tell.
    assert hrvctl("daily", "--bedtime", "23:00", on=TODAY + timedelta(days=1)).code == 1
    assert monitor.received[-1][0] == "/secret-check/1"
    assert (tmp_path / "failed").read_text() == "1\n"


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("monitor", [500], indirect=True)
def test_a_failed_ping_is_a_note(hrvctl: Hrvctl, monitor: Monitor) -> None:
    """The exit code stays 0; of the check's secret address only the host is shown."""
    hrvctl("config", "set", "ping_url", monitor.url)
    done = hrvctl("daily")
    assert done.code == 0
    assert done.err.count("the ping to 127.0.0.1 failed: the server answered 500") == 2
    assert "secret" not in done.err


@pytest.mark.usefixtures("imported")
def test_a_ping_address_with_a_password_is_a_note_that_does_not_quote_it(hrvctl: Hrvctl) -> None:
    """Only the host of it is shown."""
    hrvctl("config", "set", "ping_url", "http://me:swordfish@127.0.0.1/check")
    done = hrvctl("daily")
    assert done.code == 0
    assert done.err.count("the ping to 127.0.0.1 failed: the address contains a user name") == 2
    assert "swordfish" not in done.err


@pytest.mark.usefixtures("imported")
def test_the_command_for_success_or_failure_runs_after_the_run(
    hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """The one for success or the one for failure; a command that fails is a warning."""
    hrvctl("config", "set", "on_success", f"echo well >> {tmp_path}/output")
    hrvctl("config", "set", "on_failure", f"echo ill >> {tmp_path}/output")
    assert hrvctl("daily").code == 0
    assert (tmp_path / "output").read_text() == "well\n"
    hrvctl("config", "set", "on_success", "echo no such mailer >&2; exit 3")
    again = hrvctl("daily")
    assert again.code == 4
    assert "ended with 3: no such mailer" in again.err


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("words", [("--dry-run",), ("--as-of", "2026-03-09")])
def test_dry_runs_and_replays_are_not_notified(
    hrvctl: Hrvctl, monitor: Monitor, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A monitor counts live runs only."""
    hrvctl("config", "set", "ping_url", monitor.url)
    hrvctl("config", "set", "on_success", f"touch {tmp_path}/output")
    assert hrvctl("daily", *words).code == 0
    assert monitor.received == []
    assert not (tmp_path / "output").exists()


def test_an_invalid_ping_address_is_a_configuration_error(hrvctl: Hrvctl) -> None:
    """Found when it is set."""
    refused = hrvctl("config", "set", "ping_url", "ftp://example.org/x")
    assert refused.code == 12
    assert "begins with http" in refused.err


@pytest.mark.usefixtures("imported")
def test_a_faulty_configuration_is_notified_by_its_valid_settings(
    hrvctl: Hrvctl, home: Home, monitor: Monitor, tmp_path: Path
) -> None:
    """Nobody watches a scheduled run: monitor, command and status get its exit code."""
    lines = [f'ping_url = "{monitor.url}"', 'keep_runs = "many"', "keep_run = 3"]
    lines.append(f'on_failure = "echo $HRV_EXIT_CODE > {tmp_path}/failed"')
    (home.root / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    assert hrvctl("--quiet", "daily").code == 12
    assert [path for path, _ in monitor.received] == ["/secret-check/start", "/secret-check/12"]
    assert (tmp_path / "failed").read_text() == "12\n"
    (home.root / "config.toml").unlink()
    assert hrvctl("--json", "status").data["last_run"]["code"] == 12


@pytest.mark.parametrize("given", [{}, {"OPENBLAS_NUM_THREADS": "3"}])
def test_a_command_gets_the_persons_own_threads(
    program: Hrvctl,
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
) -> None:
    """Those of linear algebra: one thread is for the run, and no command inherits it."""
    for name in BLAS_THREADS:
        monkeypatch.delenv(name, raising=False)
    home.root.mkdir()
    lines = ['profile = "other"', f'on_failure = "env > {tmp_path}/env"']  # fails at once
    (home.root / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    assert program("daily", **given).code == 12
    variables = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert variables["HRV_EXIT_CODE"] == "12"
    assert {name: variables[name] for name in BLAS_THREADS if name in variables} == given


def test_a_wrong_option_is_not_notified(hrvctl: Hrvctl, monitor: Monitor) -> None:
    """The person sees it at once, and the run is still to come."""
    hrvctl("config", "set", "ping_url", monitor.url)
    assert hrvctl("daily", "--model", "crystal-ball").code == 2
    assert monitor.received == []


def test_an_unusable_home_is_notified_and_gets_no_log(
    hrvctl: Hrvctl, home: Home, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monitor gets its exit code; the files in the folder stay as they are."""
    home.root.mkdir()
    (home.root / "thesis.tex").touch()
    monkeypatch.setenv("HRVCTL_PING_URL", monitor.url)
    assert hrvctl("daily").code == 10
    assert [path for path, _ in monitor.received] == ["/secret-check/start", "/secret-check/10"]
    assert [path.name for path in home.root.iterdir()] == ["thesis.tex"]


@pytest.mark.usefixtures("imported")
def test_a_failed_command_is_reported_even_when_quiet(hrvctl: Hrvctl, home: Home) -> None:
    """The log names the setting but not the command's output, which may hold a secret."""
    hrvctl("config", "set", "on_success", "echo the key is swordfish >&2; exit 3")
    done = hrvctl("--quiet", "daily")
    assert (done.code, done.out) == (0, "")
    assert done.err == "hrvctl: on_success ended with 3: the key is swordfish\n"
    assert "WARNING on_success ended with 3\n" in home.log.read_text()
    assert "swordfish" not in home.log.read_text()


@pytest.mark.usefixtures("imported")
def test_a_failed_ping_is_logged(hrvctl: Hrvctl, home: Home) -> None:
    """With --quiet nothing is printed: the monitor misses the ping, and the log has the reason."""
    hrvctl("config", "set", "ping_url", "http://127.0.0.1:9/secret-check")
    done = hrvctl("--quiet", "daily")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert home.log.read_text().count("WARNING the ping to 127.0.0.1 failed") == 2
    assert "secret" not in home.log.read_text()


@pytest.mark.usefixtures("imported")
def test_a_command_that_hangs_is_killed_with_all_its_processes(
    hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that keeps the command's stderr open does not delay the end of the run."""
    monkeypatch.setattr("hrvctl.usecases.notifications.COMMAND_TIMEOUT_S", 0.3)
    hrvctl("config", "set", "on_success", f"sleep 8 && touch {tmp_path}/late; true")
    began = time.monotonic()
    done = hrvctl("daily")
    assert time.monotonic() - began < 8
    assert "on_success ran longer than 0 seconds and was stopped" in done.err


@pytest.mark.usefixtures("imported")
def test_a_background_process_of_a_command_is_not_waited_for(
    hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """It goes on after the run has ended."""
    hrvctl("config", "set", "on_success", f"(sleep 3; touch {tmp_path}/done) & true")
    began = time.monotonic()
    assert hrvctl("daily").err == ""
    took = time.monotonic() - began
    assert not (tmp_path / "done").exists(), f"it was waited for: {took:.1f} s"
    while not (tmp_path / "done").exists() and time.monotonic() - began < 60:
        time.sleep(0.05)
    assert (tmp_path / "done").exists()


@pytest.mark.usefixtures("imported")
def test_a_slow_monitor_is_left_at_its_time_limit(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte at a time never lets a socket time out; the ping has a deadline."""
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
def test_a_stopped_run_ends_within_two_seconds_whatever_monitor_and_command_do(
    imported: Home, tmp_path: Path, sign: signal.Signals, code: ExitCode
) -> None:
    """The monitor sends one byte at a time, the command sleeps; the log has the exit code."""
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

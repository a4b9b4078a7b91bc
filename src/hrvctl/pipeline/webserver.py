"""Dagster's own web server and daemon, over one home: started, waited for, and stopped again."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import IO

from hrvctl.errors import HrvctlError, Interrupted
from hrvctl.pipeline.dagster_private import DAEMON_MODULE
from hrvctl.pipeline.instance import LOCATION, open_instance
from hrvctl.store.home import create_home
from hrvctl.usecases.workspace import Workspace

# This machine alone: health data is shown to whoever can open the page.
HOST = "127.0.0.1"
INSTALL = "pip install 'hrvctl[ui]'"

# Ports tried from the one wished for (own choice: as many homes as a person may have open).
PORTS_TRIED = 20
# Longest wait for the first page, seconds: 4 to 8 were measured, a busy small machine takes more.
START_S = 120.0
# Longest wait for a process to end by itself, seconds: 2.6 were measured.
STOP_S = 8.0
POLL_S = 0.1
# Lines of what a server said that are shown when it fails.
SHOWN_LINES = 15


@dataclass(frozen=True, slots=True)
class _Program:
    """One process of Dagster's, with all that it starts; ``said`` keeps its words."""

    name: str
    process: subprocess.Popen[bytes]
    said: IO[bytes] | None


def check_installed() -> None:
    """Make sure that the web server is there.

    Raises:
        HrvctlError: It is not; says how to install it.
    """
    if find_spec("dagster_webserver") is None:
        raise HrvctlError("Dagster's web server is not installed", hint=INSTALL)


def free_port(wished: int) -> int:
    """The port wished for, or the next that nobody listens on.

    Raises:
        HrvctlError: All of those tried are taken.
    """
    last = min(wished + PORTS_TRIED, 2**16) - 1
    for port in range(wished, last + 1):
        if _is_free(port):
            return port
    raise HrvctlError(
        f"the ports {wished} to {last} are all taken", hint="name another: hrvctl ui --port N"
    )


@contextlib.contextmanager
def serving(
    workspace: Workspace,
    *,
    port: int,
    variables: Mapping[str, str],
    with_daemon: bool,
    is_loud: bool,
) -> Iterator[Callable[[], None]]:
    """Serve the home's runs until the block is left; nothing it started is left then.

    Args:
        workspace: Whose runs.
        port: Where, on this machine alone.
        variables: Which home and subject the servers are to find, for their surroundings.
        with_daemon: Whether to run Dagster's daemon too, which schedules and sensors need.
        is_loud: Whether what the servers say goes to stderr.

    Yields:
        Waits until somebody asks for the end (Ctrl-C, SIGTERM).

    Raises:
        HrvctlError: A server does not start, or ends by itself; shows the last it said.
        Interrupted: Somebody asked for the end before the first page could be shown.
    """
    create_home(workspace.home)
    # Made before the servers start: two first openings at once would break it.
    with open_instance(workspace.home, now=workspace.clock()):
        pass
    surroundings = {**os.environ, "DAGSTER_HOME": str(workspace.home.dagster), **variables}
    words = {"web server": ["dagster_webserver", "-h", HOST, "-p", str(port), "-m", LOCATION]}
    if with_daemon:
        words["daemon"] = [DAEMON_MODULE, "run", "-m", LOCATION]
    with contextlib.ExitStack() as held:
        programs: list[_Program] = []
        held.callback(_stop_all, programs)
        try:
            for name, argv in words.items():
                said = None if is_loud else held.enter_context(tempfile.TemporaryFile())
                programs.append(_start(name, argv, surroundings, workspace, said))
            _wait_for_page(port, programs)
        except KeyboardInterrupt as error:
            raise Interrupted("stopped before the first page could be shown") from error
        yield lambda: _wait_for_end(programs)


def _start(
    name: str, argv: list[str], env: Mapping[str, str], workspace: Workspace, said: IO[bytes] | None
) -> _Program:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and fixed words
        [sys.executable, "-P", "-m", *argv],  # -P: no module of the home's own
        env=env,
        cwd=workspace.home.root,
        stdin=subprocess.DEVNULL,
        stdout=said or sys.stderr,
        stderr=said or sys.stderr,
        # Ctrl-C reaches us alone, and what it starts in turn can be stopped with it.
        start_new_session=True,
    )
    return _Program(name, process, said)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # else a port is taken for minutes after its last user left
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _wait_for_page(port: int, programs: list[_Program]) -> None:
    until = time.monotonic() + START_S
    while not _answers(port):
        _check_alive(programs)
        if time.monotonic() > until:
            raise HrvctlError(
                f"Dagster's web server gave no page within {START_S:.0f} s{_last_words(programs)}",
                hint="see what it says: hrvctl -v ui",
            )
        time.sleep(POLL_S)


def _answers(port: int) -> bool:
    # No proxy, whatever the surroundings say: it is this machine.
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/server_info")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wait_for_end(programs: list[_Program]) -> None:
    try:
        while True:
            _check_alive(programs)
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        return


def _check_alive(programs: list[_Program]) -> None:
    for program in programs:
        if (code := program.process.poll()) is not None:
            raise HrvctlError(
                f"Dagster's {program.name} ended by itself ({code}){_last_words([program])}",
                hint="see what it says: hrvctl -v ui",
            )


def _last_words(programs: list[_Program]) -> str:
    lines: list[str] = []
    for said in (program.said for program in programs if program.said is not None):
        said.seek(0)
        lines += said.read().decode(errors="backslashreplace").splitlines()[-SHOWN_LINES:]
    return "".join(f"\n  {line}" for line in lines)


def _stop_all(programs: list[_Program]) -> None:
    """Ask the servers to end, and end what does not: them, and the runs they started."""
    for ask in (_ask_server, _ask_all):
        with contextlib.suppress(KeyboardInterrupt):  # who is impatient gets there sooner
            for program in programs:
                ask(program.process)
            until = time.monotonic() + STOP_S
            while _any_left(programs) and time.monotonic() < until:
                time.sleep(POLL_S)
    for program in programs:
        _end_all(program.process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.process.wait(timeout=STOP_S)


def _ask_server(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C would: the server ends the others in its own order, which is quickest."""
    if os.name == "posix":
        process.send_signal(signal.SIGINT)
    else:
        process.terminate()


def _ask_all(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, signal.SIGTERM)


def _end_all(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            # Each leads a group of its own; what it left behind is still in it.
            os.killpg(process.pid, number)
        else:
            process.terminate()


def _any_left(programs: list[_Program]) -> bool:
    for program in programs:
        if program.process.poll() is None:
            return True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(program.process.pid, 0)
                return True
    return False

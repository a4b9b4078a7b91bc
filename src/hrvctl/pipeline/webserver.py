"""Start Dagster's web server, behind our guard, and daemon for one home; wait; stop them."""

import contextlib
import http.client
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import IO

from hrvctl.errors import HrvctlError, Interrupted
from hrvctl.pipeline.dagster_private import DAEMON_MODULE
from hrvctl.pipeline.instance import LOCATION, open_instance
from hrvctl.pipeline.page_guard import TOKEN, cookie_of, entry_file
from hrvctl.store.home import create_home, private_files
from hrvctl.store.memory import check_memory
from hrvctl.store.temp_files import scratch_folder
from hrvctl.usecases.workspace import Workspace

# The module of the web server's process, its option, and its address: this machine alone.
SERVER_MODULE, MAY_RUN, HOST = "hrvctl.pipeline.page_server", "--may-run", "127.0.0.1"
# Random bytes of the token: too many to guess (the default of Python's secrets module).
TOKEN_BYTES = 32
INSTALL = "pip install 'hrvctl[ui]'"

# Ports tried, starting with the requested one (own choice: more homes than anyone has open).
PORTS_TRIED = 20
# Longest wait for the first page, seconds: 4 to 8 were measured, a busy small machine takes more.
START_S = 120.0
# Longest wait for a process to end by itself, seconds: 2.6 were measured.
STOP_S = 8.0
POLL_S = 0.1
# Last lines of a server's output that are shown when it fails.
SHOWN_LINES = 15
# What Dagster's log has around its words also where it is no terminal (ECMA-48, 8.3.117 SGR).
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class _Program:
    """A Dagster process; ``output`` is a file, or ``None`` if its lines are shown."""

    name: str
    process: subprocess.Popen[bytes]
    output: IO[bytes] | None


def check_installed() -> None:
    """Check that the web server is installed.

    Raises:
        HrvctlError: It is not; the hint says how to install it.
    """
    if find_spec("dagster_webserver") is None:
        raise HrvctlError("Dagster's web server is not installed", hint=INSTALL)


def free_port(requested: int) -> int:
    """The requested port, or the next one that is free.

    Raises:
        HrvctlError: All ports tried are taken.
    """
    last = min(requested + PORTS_TRIED, 2**16) - 1
    for port in range(requested, last + 1):
        if _is_free(port):
            return port
    raise HrvctlError(
        f"the ports {requested} to {last} are all taken", hint="choose another: hrvctl ui --port N"
    )


def new_token() -> str:
    """A random token for one start of the pages."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def page_url(port: int, token: str = "") -> str:
    """The address to open; the token is in it."""
    return f"http://{HOST}:{port}" + (f"/?{TOKEN}={token}" if token else "")


@contextlib.contextmanager
def private_entry(url: str) -> Iterator[str]:
    """The address of a private file that leads to the URL, for a browser's command line."""
    with scratch_folder("pages") as folder:
        path = folder / "pages.html"
        with private_files():
            path.write_text(entry_file(url), encoding="utf-8")
        yield path.as_uri()


@contextlib.contextmanager
def serving(
    workspace: Workspace,
    *,
    port: int,
    token: str,
    may_run: bool,
    variables: Mapping[str, str],
    with_daemon: bool,
    show: Callable[[str], None] | None,
) -> Iterator[Callable[[], None]]:
    """Serve the home's runs inside the block; every process it started has ended afterwards.

    Args:
        workspace: The home.
        port: The port, on this machine only.
        token: The secret that opens the pages.
        may_run: Whether the pages may start runs and change anything.
        variables: Environment variables that name the home and subject.
        with_daemon: Whether to run Dagster's daemon too, which schedules and sensors need.
        show: Called with each line that the servers print, from threads of their own; ``None``
            shows their last lines if one fails.

    Yields:
        A function that waits for Ctrl-C or SIGTERM.

    Raises:
        HrvctlError: A server does not start, or ends by itself; shows its last output.
        Interrupted: Ctrl-C or SIGTERM before the first page could be shown.
    """
    create_home(workspace.home)
    check_memory()
    # Created before the servers start: two processes that create it at once would break it.
    with open_instance(workspace.home, now=workspace.clock()):
        pass
    environment = {**os.environ, "DAGSTER_HOME": str(workspace.home.dagster), **variables}
    rights = [MAY_RUN] if may_run else []
    commands = {"web server": [SERVER_MODULE, str(port), *rights]}
    if with_daemon:
        commands["daemon"] = [DAEMON_MODULE, "run", "-m", LOCATION]
    with contextlib.ExitStack() as stack:
        programs: list[_Program] = []
        stack.callback(_stop_all, programs)
        try:
            for name, argv in commands.items():
                output = None if show else stack.enter_context(tempfile.TemporaryFile())
                programs.append(_start(name, argv, environment, workspace, output))
                if show:
                    threading.Thread(
                        target=_show_lines, args=(programs[-1].process, show), daemon=True
                    ).start()
            _give_token(programs[0].process, token)
            _wait_for_page(port, token, programs)
        except KeyboardInterrupt as error:
            raise Interrupted("stopped before the first page could be shown") from error
        yield lambda: _wait_for_end(programs)


def _start(
    name: str,
    argv: list[str],
    env: Mapping[str, str],
    workspace: Workspace,
    output: IO[bytes] | None,
) -> _Program:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
        [sys.executable, "-P", "-m", *argv],  # -P: import nothing from the home
        env=env,
        cwd=workspace.home.root,
        stdin=subprocess.DEVNULL if argv[0] == DAEMON_MODULE else subprocess.PIPE,
        stdout=output or subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Ctrl-C reaches only us, and the whole process group can be stopped.
        start_new_session=True,
    )
    return _Program(name, process, output)


def _show_lines(process: subprocess.Popen[bytes], show: Callable[[str], None]) -> None:
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    for line in process.stdout:
        show(COLOUR.sub("", line.decode(errors="backslashreplace").rstrip("\r\n")))


def _give_token(process: subprocess.Popen[bytes], token: str) -> None:
    """Send the token by stdin, which no other user sees and no run inherits."""
    assert process.stdin is not None  # noqa: S101 - it was started with a pipe
    # A process that has ended already is reported with its output.
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(f"{token}\n".encode())


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # a closed port would count as taken for minutes
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _wait_for_page(port: int, token: str, programs: list[_Program]) -> None:
    until = time.monotonic() + START_S
    while not _answers(port, token):
        _check_alive(programs)
        if time.monotonic() > until:
            raise HrvctlError(
                f"Dagster's web server gave no page within {START_S:.0f} s",
                problems=_last_output(programs),
                hint="see its output: hrvctl -v ui",
            )
        time.sleep(POLL_S)


def _answers(port: int, token: str) -> bool:
    # http.client uses no proxy, whatever the environment says: this is our own machine.
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        cookie = "=".join(cookie_of(token, port))
        connection.request("GET", "/server_info", headers={"Cookie": cookie})
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
                f"Dagster's {program.name} ended by itself ({code})",
                problems=_last_output([program]),
                hint="see its output: hrvctl -v ui",
            )


def _last_output(programs: list[_Program]) -> list[str]:
    lines: list[str] = []
    for output in (program.output for program in programs if program.output is not None):
        output.seek(0)
        lines += output.read().decode(errors="backslashreplace").splitlines()[-SHOWN_LINES:]
    return lines


def _stop_all(programs: list[_Program]) -> None:
    """Ask the servers and the runs they started to end; kill those that do not."""
    for ask in (_ask_server, _ask_all):
        with contextlib.suppress(KeyboardInterrupt):  # another Ctrl-C skips the wait
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
    """Interrupt the server alone: it ends its children in order, which is fastest."""
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
            # Each process leads a group of its own, which still holds the children it left.
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

"""Telling others how an evening ended: a command of the person's own, a ping to a monitor."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import IO
from urllib.parse import urlsplit

from hrvctl.errors import ExitCode, HrvctlError, Interrupted
from hrvctl.network.deadline import within
from hrvctl.settings import Settings
from hrvctl.store.home import Home, append_log
from hrvctl.usecases.workspace import Workspace

# How long a monitor or a command may hold up the evening, seconds (own choice).
PING_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 60.0
# The same for a ping once somebody asked for the end, seconds (own choice: a service manager that
# waits for two hears of the end in time); the command is then started and left to itself.
STOPPED_PING_S = 1.0
# What a monitor is sent of the log after a failure, bytes (healthchecks.io keeps 100 kB; own
# choice: the last run's lines fit).
TAIL_BYTES = 10_000
# Ways an evening ends that need nobody, and those that somebody asked for.
WELL = (ExitCode.DONE, ExitCode.NOTHING_NEW)
STOPPED = (ExitCode.INTERRUPTED, ExitCode.TERMINATED)


@dataclass
class Telling:
    """How the evening ended so far, and what went wrong in telling it.

    Attributes:
        was_terminated: Tells whether it was the system that asked for the end.
        code: Set it before the end; what is told.
        notes: For the person: a failing ping is never a failing evening.
        warnings: For the person even when quiet: nobody else says that their command failed.
    """

    was_terminated: Callable[[], bool] = lambda: False
    code: ExitCode = ExitCode.FAILED
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def take(self, error: BaseException) -> None:
        """Set the code an error ends with."""
        if isinstance(error, Interrupted | KeyboardInterrupt):
            self.code = STOPPED[self.was_terminated()]
        else:
            self.code = error.exit_code if isinstance(error, HrvctlError) else ExitCode.FAILED


@contextmanager
def telling(
    settings: Settings,
    workspace: Workspace,
    *,
    is_on: bool,
    was_terminated: Callable[[], bool] = lambda: False,
) -> Iterator[Telling]:
    """Ping at the start and at the end, and run the person's command, where they are configured.

    The monitor's protocol is that of healthchecks.io: ``URL/start``, then ``URL/<exit code>``, 0
    for an evening that needs nobody, with the tail of the log as the body of a failure.

    Args:
        settings: ``ping_url``, ``on_success`` and ``on_failure``, each empty when off.
        workspace: Whose log is sent, and where it is noted that telling failed.
        is_on: Whether this run is one to tell of; a rehearsal or a replay is not.
        was_terminated: Tells whether it was the system that asked for the end.
    """
    told = Telling(was_terminated)
    if not is_on:
        yield told
        return
    _ping(settings.ping_url, "start", b"", told)
    try:
        yield told
    except BaseException as error:
        told.take(error)
        raise
    finally:
        is_well = told.code in WELL
        body = b"" if is_well else _tail(workspace.home)
        _ping(settings.ping_url, str(0 if is_well else int(told.code)), body, told)
        which = "on_success" if is_well else "on_failure"
        _run(which, settings.text(which), told)
        _note(workspace, told)


def _ping(url: str, what: str, body: bytes, told: Telling) -> None:
    if not url:
        return
    import http.client
    import urllib.error

    limit_s = STOPPED_PING_S if told.code in STOPPED else PING_TIMEOUT_S
    try:
        within(time.monotonic() + limit_s, partial(_post, f"{url.rstrip('/')}/{what}", body))
    except (OSError, http.client.HTTPException, ValueError, HrvctlError) as error:
        # A monitor's address is a secret: only its host is told, and no words that may quote it.
        why = error if isinstance(error, OSError | HrvctlError) else type(error).__name__
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is the answer, and holds the connection
        told.notes.append(f"hrvctl: the ping to {urlsplit(url).hostname} failed: {why}")


def _post(place: str, body: bytes) -> None:
    import urllib.request

    # The setting is checked to be http or https.
    request = urllib.request.Request(place, data=body, method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=PING_TIMEOUT_S):  # noqa: S310
        pass


def _run(name: str, command: str, told: Telling) -> None:
    if not command:
        return
    import tempfile

    # A file and no pipe: what a command leaves at work would hold a pipe open.
    with tempfile.TemporaryFile() as said:
        try:
            process = _start(command, said, told.code)
            if told.code in STOPPED:
                return
            returned = process.wait(COMMAND_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            _end(process)
            told.warnings.append(
                f"hrvctl: {name} was not done in {COMMAND_TIMEOUT_S:.0f} seconds and was ended"
            )
            return
        except KeyboardInterrupt:
            _end(process)
            raise
        except OSError as error:
            told.warnings.append(f"hrvctl: {name} could not be run: {error}")
            return
        if returned:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            why = lines[-1] if lines else "it gave no reason"
            told.warnings.append(f"hrvctl: {name} ended with {returned}: {why}")


def _start(command: str, said: IO[bytes], code: ExitCode) -> "subprocess.Popen[bytes]":
    # The person's own words from their own config, for their own shell.
    return subprocess.Popen(  # noqa: S602
        command,
        shell=True,
        # Not named HRVCTL_: a command that calls hrvctl again would have an unknown setting.
        env={**os.environ, "HRV_EXIT_CODE": str(int(code))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        # So that all it starts can be ended with it.
        start_new_session=True,
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _note(workspace: Workspace, told: Telling) -> None:
    """Under a schedule the log is all there is; what a command said may be a secret of its own."""
    if not workspace.home.exists():  # a folder that is no home gets no log
        return
    at = workspace.clock().isoformat(" ", "seconds")
    notes = [note.removeprefix("hrvctl: ") for note in told.notes]
    notes += [warning.removeprefix("hrvctl: ").partition(":")[0] for warning in told.warnings]
    for note in notes:
        append_log(workspace.home, f"{at} WARNING {note}\n")


def _tail(home: Home) -> bytes:
    try:
        with home.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(log.tell() - TAIL_BYTES, 0))
            return log.read()
    except OSError:
        return b""

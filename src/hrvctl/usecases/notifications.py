"""Notify a monitor and the person's own commands of how an evening's run ended."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from hrvctl.blas_threads import environment_without_limit
from hrvctl.errors import ExitCode, HrvctlError, Interrupted
from hrvctl.network.http import HttpClient, RequestFailed, host_of
from hrvctl.settings import Settings
from hrvctl.store.home import Home, log_line
from hrvctl.usecases.log_redaction import redacted_log
from hrvctl.usecases.witness import ledger_head
from hrvctl.usecases.workspace import Workspace

# Longest that a ping and a command may delay the end of the run, seconds (own choice).
PING_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 60.0
# The same for a ping after Ctrl-C or SIGTERM, seconds (own choice: a service manager that waits two
# seconds before it kills still gets the ping sent); a command is then started and not waited for.
STOPPED_PING_S = 1.0
# Lines of the redacted log that a monitor is sent after a failure (healthchecks.io keeps 100 kB;
# own choice: the last run's lines fit).
TAIL_LINES = 100
# Exit codes that count as success, and those after a request to stop.
SUCCESS = (ExitCode.DONE, ExitCode.NOTHING_NEW)
STOPPED = (ExitCode.INTERRUPTED, ExitCode.TERMINATED)


@dataclass
class Notifier:
    """The exit code to notify of, and what went wrong in notifying.

    Attributes:
        was_terminated: Whether SIGTERM was received.
        code: The exit code; set it before the run ends.
        notes: Failed pings, for stderr unless quiet: a failed ping is not a failed run.
        warnings: Failed commands, for stderr even when quiet: nothing else reports them.
    """

    was_terminated: Callable[[], bool] = lambda: False
    code: ExitCode = ExitCode.FAILED
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def record_error(self, error: BaseException) -> None:
        """Set the exit code that an error leads to."""
        if isinstance(error, Interrupted | KeyboardInterrupt):
            self.code = STOPPED[self.was_terminated()]
        else:
            self.code = error.exit_code if isinstance(error, HrvctlError) else ExitCode.FAILED


@contextmanager
def notify_around(
    settings: Settings,
    workspace: Workspace,
    *,
    is_on: bool,
    was_terminated: Callable[[], bool] = lambda: False,
    log_names: Callable[[], frozenset[str]] = frozenset,
) -> Iterator[Notifier]:
    """Ping at the start and the end of a run, and run the person's command after it.

    The protocol is that of healthchecks.io: POST to ``URL/start``, then to ``URL/<exit code>``, 0
    for success. The body has the ledger's length and last hash, which witness that it was not
    rewritten since; after a failure the end of the log, redacted: a traceback may quote a value.

    Args:
        settings: The subject, and ``ping_url``, ``on_success`` and ``on_failure``, each empty when
            off.
        workspace: Its log is sent, and failed notifications are written to it.
        is_on: Whether to notify at all; off for rehearsals and replays.
        was_terminated: Whether SIGTERM was received.
        log_names: Names of jobs, ops and events that may be shown of a line of the log.
    """
    notifier = Notifier(was_terminated)
    if not is_on:
        yield notifier
        return
    _ping(settings.ping_url, "start", b"", notifier)
    try:
        yield notifier
    except BaseException as error:
        notifier.record_error(error)
        raise
    finally:
        is_success = notifier.code in SUCCESS
        name = "on_success" if is_success else "on_failure"
        command = settings.on_success if is_success else settings.on_failure
        if settings.ping_url or command:
            n_rows, head = ledger_head(workspace.home)
            body = f"ledger {n_rows} {head}".encode()
            if not is_success:
                body = _log_tail(workspace.home, log_names) if settings.ping_url else b""
            code = 0 if is_success else int(notifier.code)
            _ping(settings.ping_url, str(code), body, notifier)
            variables = {
                "HRV_SUBJECT": settings.subject,
                "HRV_LEDGER_ROWS": str(n_rows),
                "HRV_LEDGER_HEAD": head,
            }
            _run_command(name, command, notifier, variables)
        _log_failures(workspace, notifier)


def _ping(url: str, event: str, body: bytes, notifier: Notifier) -> None:
    if not url:
        return
    limit_s = STOPPED_PING_S if notifier.code in STOPPED else PING_TIMEOUT_S
    monitor = HttpClient(allowed=[url], pauses_s=())
    try:
        monitor.post(f"{url.rstrip('/')}/{event}", body, deadline=time.monotonic() + limit_s)
    except RequestFailed as error:
        # The address of a check is a secret: only its host is shown.
        notifier.notes.append(f"hrvctl: the ping to {host_of(url)} failed: {error.message}")


def _run_command(name: str, command: str, notifier: Notifier, variables: Mapping[str, str]) -> None:
    if not command:
        return
    # A file and not a pipe: a process the command leaves running would hold a pipe open.
    with tempfile.TemporaryFile() as stderr:
        try:
            process = _start(
                command, stderr, {**variables, "HRV_EXIT_CODE": str(int(notifier.code))}
            )
            if notifier.code in STOPPED:
                return
            status = process.wait(COMMAND_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            _kill(process)
            notifier.warnings.append(
                f"hrvctl: {name} ran longer than {COMMAND_TIMEOUT_S:.0f} seconds and was stopped"
            )
            return
        except KeyboardInterrupt:
            _kill(process)
            raise
        except OSError as error:
            notifier.warnings.append(f"hrvctl: {name} could not be run: {error}")
            return
        if status:
            stderr.seek(0)
            lines = stderr.read().decode(errors="replace").strip().splitlines()
            reason = lines[-1] if lines else "it printed no reason"
            notifier.warnings.append(f"hrvctl: {name} ended with {status}: {reason}")


def _start(
    command: str, stderr: IO[bytes], variables: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    # The command comes from the person's own configuration and runs in their own shell.
    return subprocess.Popen(  # noqa: S602
        command,
        shell=True,
        # Not named HRVCTL_: a command that calls hrvctl again would have an unknown setting.
        env={**environment_without_limit(), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        # So that all processes it starts can be killed with it.
        start_new_session=True,
    )


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _log_failures(workspace: Workspace, notifier: Notifier) -> None:
    """Log failed notifications without the output of a command, which may contain a secret."""
    if not workspace.home.exists():  # a folder that is not a home gets no log
        return
    at = workspace.clock()
    lines = [note.removeprefix("hrvctl: ") for note in notifier.notes]
    lines += [warning.removeprefix("hrvctl: ").partition(":")[0] for warning in notifier.warnings]
    for line in lines:
        log_line(workspace.home, at, "WARNING", line)


def _log_tail(home: Home, log_names: Callable[[], frozenset[str]]) -> bytes:
    try:
        return "\n".join(redacted_log(home.log, n=TAIL_LINES, names=log_names())).encode()
    except OSError:
        return b""

"""Entry point: run a command, print its result or error, and exit with its code."""

import contextlib
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from hrvctl.blas_threads import limit_blas_threads
from hrvctl.cli import output
from hrvctl.cli.app import make_app
from hrvctl.cli.options import today_of
from hrvctl.cli.session import CommandResult, Session, error_detail, error_lines, system_clock
from hrvctl.cli.signals import watch_signals
from hrvctl.errors import (
    ExitCode,
    HomeError,
    HrvctlError,
    Interrupted,
    OutputLost,
    Terminated,
    UsageError,
    exception_chain,
)
from hrvctl.store.home import Home, log_line, private_files

if TYPE_CHECKING:
    from hrvctl.usecases.workspace import Clock

# Raised when a key of the envelope changes its meaning.
ENVELOPE_SCHEMA = 1
# The environment variable by which a shell's completion calls the program.
COMPLETION = "_HRVCTL_COMPLETE"
# Written without allocating anything.
NO_MEMORY = b"hrvctl: there is not enough memory for this command\n"


def main() -> None:
    """Run the program with the arguments it was called with."""
    limit_blas_threads()
    with watch_signals() as was_terminated:
        try:
            code = run(sys.argv[1:], was_terminated=was_terminated)
        except MemoryError:  # met again while it was reported
            os.write(2, NO_MEMORY)
            _leave_now(ExitCode.FAILED)
        if code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
            _leave_now(code)
    gc.freeze()  # a collection at interpreter exit is not worth its time either
    sys.exit(code)


def _leave_now(code: int) -> None:
    """Exit without Python's own shutdown, which waits for threads and for child processes.

    After Ctrl-C nobody waits for an import that goes on in a child process; our own files and
    connections were closed on the way here.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed by the caller
            stream.flush()
    os._exit(code)


def run(
    argv: Sequence[str],
    *,
    clock: "Clock" = system_clock,
    was_terminated: Callable[[], bool] = lambda: False,
) -> int:
    """Run one command.

    Returns:
        The exit code.
    """
    # Read before the arguments are parsed, so that a usage error is printed as JSON too.
    session = Session(clock=clock, json="--json" in argv, was_terminated=was_terminated)
    today_of.set(session.today)
    with private_files():
        try:
            _check_encoding(argv)
            returned = make_app(_words(argv))(
                list(argv), obj=session, standalone_mode=False, prog_name="hrvctl"
            )
            if isinstance(returned, CommandResult):
                return _finish(session, returned)
        except Interrupted as error:
            return _fail(session, _stopped(session, error))
        except KeyboardInterrupt:  # outside of a command Typer does not catch it
            return _fail(session, _stopped(session, Interrupted("stopped")))
        except Exception as error:  # noqa: BLE001 - the last place that can report it
            return _fail(session, error)
    # Typer's own exits: 0 after --help, 130 after Ctrl-C.
    code = ExitCode(returned or 0)
    if code is ExitCode.INTERRUPTED:
        return _fail(session, _stopped(session, Interrupted("stopped")))
    return code


def _words(argv: Sequence[str]) -> frozenset[str] | None:
    """The words that may name a command; ``None`` where the shell asks what can be completed."""
    return None if COMPLETION in os.environ else frozenset(word.lower() for word in argv)


def _stopped(session: Session, error: Interrupted) -> Interrupted:
    if not session.was_terminated():
        return error
    return Terminated(error.message, hint=error.hint, problems=error.problems)


def _check_encoding(argv: Sequence[str]) -> None:
    # Bytes that are not UTF-8 arrive as surrogates, which no file of ours can store.
    for word in argv:
        if any("\ud800" <= char <= "\udfff" for char in word):
            raise UsageError(f"{word!r} is not UTF-8 text", hint="retype it, or rename the file")


def _finish(session: Session, result: CommandResult) -> int:
    if result.during is None:
        return _print_result(session, result)
    with result.during as start:
        code = _print_result(session, result)
        session.json = False  # only one envelope is printed; later errors are printed as text
        start()
    return code


def _print_result(session: Session, result: CommandResult) -> int:
    # What needs a person is printed even when quiet.
    needs_person = result.code not in (ExitCode.DONE, ExitCode.NOTHING_NEW)
    if session.json:
        _print_envelope(session, result.code, result.data, result.errors)
    elif needs_person or not session.quiet:
        if result.text:
            output.out(result.text)
        for note in result.notes:
            output.err(note)
    for warning in result.warnings:
        output.err(warning)
    return result.code


def _fail(session: Session, error: Exception) -> int:
    reported = _reported(session, error)
    if not isinstance(reported, HomeError) and not isinstance(
        error, HrvctlError | typer.TyperException | typer.Abort
    ):
        _log_bug(session, error)
    if session.json and not isinstance(reported, OutputLost):
        _print_envelope(session, reported.exit_code, {}, (error_detail(reported),))
    else:
        for line in error_lines(reported):
            output.err_line(line)
    if session.verbose:
        output.err_traceback(error)
    return reported.exit_code


def _reported(session: Session, error: Exception) -> HrvctlError:
    if isinstance(error, HrvctlError):
        return error
    from hrvctl.store.damage import damaged_home
    from hrvctl.store.disk import disk_error
    from hrvctl.store.memory import is_out_of_memory

    with contextlib.suppress(HrvctlError):
        if fault := disk_error(_home(session).root, error):
            return fault
    if isinstance(error, typer.Abort):
        return Interrupted("stopped")
    if isinstance(error, typer.TyperException):
        return _usage(error)
    if any(map(is_out_of_memory, exception_chain(error))):
        return HrvctlError(
            "there is not enough memory for this command",
            hint="close other programs, or raise the limit: ulimit -v unlimited",
        )
    with contextlib.suppress(HrvctlError):
        if damaged := damaged_home(_home(session), error):
            return damaged
    return HrvctlError(
        f"a bug: {type(error).__name__}: {error}",
        hint="run it again with -v before the command for the traceback, and report it",
    )


def _usage(error: typer.TyperException) -> UsageError:
    from hrvctl.cli.values import plain_fault

    context = getattr(error, "ctx", None)
    command = context.command_path if context else "hrvctl"
    # Typer prints the help by itself when there is no argument, and its message is empty then.
    message = plain_fault(error.format_message()) or "missing command"
    return UsageError(message, hint=f"try `{command} --help`")


def _log_bug(session: Session, error: Exception) -> None:
    trace = "".join(traceback.format_exception(error)).rstrip()
    # Without a home there is no log; the error is printed all the same.
    with contextlib.suppress(HrvctlError, OSError):
        log_line(_home(session), session.clock(), "ERROR", trace)


def _home(session: Session) -> Home:
    """The home, with nothing else of the settings.

    Raises:
        ConfigError: It cannot be found.
    """
    from hrvctl.settings import find_home

    return Home(Path(find_home(session.home).value))


def _print_envelope(
    session: Session,
    code: ExitCode,
    data: Mapping[str, object],
    errors: Sequence[Mapping[str, object]],
) -> None:
    from hrvctl.store.json_values import plain

    envelope = {
        "schema": ENVELOPE_SCHEMA,
        "command": session.command,
        "status": code.name.lower(),
        "data": data,
        "errors": list(errors),
    }
    # ASCII only, so that the JSON is the same whatever the terminal's encoding.
    output.out(json.dumps(plain(envelope), indent=2, allow_nan=False), is_data=True)

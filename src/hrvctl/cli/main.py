"""The one boundary: prints what a command returned, says what went wrong, and exits."""

import contextlib
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from hrvctl.cli.app import app
from hrvctl.cli.session import CommandResult, Session, system_clock
from hrvctl.cli.signals import watch_signals
from hrvctl.errors import (
    ExitCode,
    HomeError,
    HrvctlError,
    Interrupted,
    OutputLost,
    Terminated,
    UsageError,
)
from hrvctl.settings import find_home
from hrvctl.store.artifacts import plain
from hrvctl.store.disk import unwritable
from hrvctl.store.home import Home, append_log, private_files
from hrvctl.usecases.workspace import Clock

# Raised when a key of the envelope changes its meaning.
ENVELOPE_SCHEMA = 1
# Environment variables that set the threads of NumPy's linear algebra, read when it is imported.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Run the program on the words it was called with."""
    # A command is short-lived: looking for garbage among a thousand modules costs it more time
    # than all the memory it could give back is worth.
    gc.disable()
    # Matrices here are small: more threads do not make them faster, and wait for each other on a
    # busy machine (a quarter of the time of a run, measured with two cores).
    for name in BLAS_THREADS:
        os.environ.setdefault(name, "1")
    with watch_signals() as was_terminated:
        code = run(sys.argv[1:], was_terminated=was_terminated)
        if code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
            _leave_now(code)
    gc.freeze()  # nor is it worth looking through them all at the end
    sys.exit(code)


def _leave_now(code: int) -> None:
    """Leave without Python's own clearing up, which waits for threads and for processes.

    Whoever asked for the end does not wait for an import that goes on in another process; what is
    ours was closed on the way here.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed by the caller
            stream.flush()
    os._exit(code)


def run(
    argv: Sequence[str],
    *,
    clock: Clock = system_clock,
    was_terminated: Callable[[], bool] = lambda: False,
) -> int:
    """Run one command.

    Args:
        argv: The words after ``hrvctl``.
        clock: Tells now.
        was_terminated: Tells whether it was the system that stopped the program.

    Returns:
        The exit code.
    """
    # Known before anything is parsed, so that a usage error comes as asked for too.
    session = Session(clock=clock, json="--json" in argv, was_terminated=was_terminated)
    with private_files():
        try:
            _check_words(argv)
            returned = app(list(argv), obj=session, standalone_mode=False, prog_name="hrvctl")
            if isinstance(returned, CommandResult):
                return _finish(session, returned)
        except Interrupted as error:
            return _fail(session, _stopped(session, error))
        except KeyboardInterrupt:  # outside of a command Typer does not see it
            return _fail(session, _stopped(session, Interrupted("stopped")))
        except Exception as error:  # noqa: BLE001 - the last place that can tell the person
            return _fail(session, error)
    # Typer's own exits: 0 after --help, 130 after Ctrl-C.
    code = ExitCode(returned or 0)
    if code is ExitCode.INTERRUPTED:
        return _fail(session, _stopped(session, Interrupted("stopped")))
    return code


def _stopped(session: Session, error: Interrupted) -> Interrupted:
    return Terminated(error.message, hint=error.hint) if session.was_terminated() else error


def _check_words(argv: Sequence[str]) -> None:
    # The system hands bytes that are no text over as surrogates, which no file of ours can hold.
    for word in argv:
        if any("\ud800" <= sign <= "\udfff" for sign in word):
            raise UsageError(f"{word!r} is not UTF-8 text", hint="retype it, or rename the file")


def _finish(session: Session, result: CommandResult) -> int:
    if result.during is None:
        return _say(session, result)
    with result.during as go_on:
        code = _say(session, result)
        session.json = False  # one envelope is all; what goes wrong from here on is told in words
        go_on()
    return code


def _say(session: Session, result: CommandResult) -> int:
    # What needs a person is said even when quiet.
    needs_person = result.code not in (ExitCode.DONE, ExitCode.NOTHING_NEW)
    if session.json:
        _print_envelope(session, result.code, result.data, result.errors)
    elif needs_person or not session.quiet:
        if result.text:
            _print(result.text)
        for note in result.notes:
            typer.echo(note, err=True)
    for warning in result.warnings:
        typer.echo(warning, err=True)
    return result.code


def _fail(session: Session, error: Exception) -> int:
    known = _known(session, error)
    if not isinstance(known, HomeError) and not isinstance(
        error, HrvctlError | typer.TyperException | typer.Abort
    ):
        _log_bug(session, error)
    if session.json and not isinstance(known, OutputLost):
        detail = {
            "code": known.code,
            "message": known.message,
            "hint": known.hint,
            "problems": known.problems,
            "stage": known.stage,
        }
        _print_envelope(session, known.exit_code, {}, (detail,))
    else:
        is_named = not known.stage or known.message.startswith(known.stage)
        stage = "" if is_named else f"{known.stage}: "
        typer.echo(f"hrvctl: {stage}{known.message}", err=True)
        for problem in known.problems:
            typer.echo(f"  {problem}", err=True)
        if known.hint:
            typer.echo(f"  {known.hint}", err=True)
    if session.verbose:
        traceback.print_exception(error)
    return known.exit_code


def _known(session: Session, error: Exception) -> HrvctlError:
    if isinstance(error, HrvctlError):
        return error
    with contextlib.suppress(HrvctlError):
        if fault := unwritable(Path(find_home(session.home).value), error):
            return fault
    if isinstance(error, typer.Abort):
        return Interrupted("stopped")
    if isinstance(error, typer.TyperException):
        return _usage(error)
    return HrvctlError(
        f"a bug: {type(error).__name__}: {error}",
        hint="run it again with -v before the command for the traceback, and report it",
    )


def _usage(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    words = context.command_path if context else "hrvctl"
    # Typer prints the help by itself when there is no word at all, and has nothing to add.
    message = error.format_message() or "say what to do"
    return UsageError(message, hint=f"try `{words} --help`")


def _log_bug(session: Session, error: Exception) -> None:
    trace = "".join(traceback.format_exception(error))
    # Without a home there is no log, and the person is told of the bug all the same.
    with contextlib.suppress(HrvctlError, OSError):
        home = Home(Path(find_home(session.home).value))
        append_log(home, f"{session.clock().isoformat(' ', 'seconds')} ERROR {trace}")


def _print_envelope(
    session: Session, code: ExitCode, data: dict[str, Any], errors: Sequence[dict[str, Any]]
) -> None:
    envelope = {
        "schema": ENVELOPE_SCHEMA,
        "command": session.command,
        "status": code.name.lower(),
        "data": data,
        "errors": list(errors),
    }
    # ASCII alone, so that it is the same JSON whatever the terminal can show.
    _print(json.dumps(plain(envelope), indent=2, allow_nan=False))


def _print(text: str) -> None:
    if sys.stdout is None:  # closed by the caller (`>&-`), who wants the exit code alone
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        typer.echo(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        # Keep Python from trying again, and complaining, at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # The reader may have seen enough (`| head`).
        if not isinstance(error, BrokenPipeError):
            raise OutputLost(
                f"it was done, but stdout could not take the result: {error.strerror}"
            ) from error

"""Stop on SIGINT and SIGTERM alike, and know which came: they have different exit codes."""

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

# Delay before an interrupt that Python ignored is raised again, seconds (own choice: longer than
# the finaliser that ignored it takes, shorter than a person notices).
AGAIN_S = 0.05


class Stopped(KeyboardInterrupt):
    """SIGINT or SIGTERM was received.

    A class of its own: a bare ``KeyboardInterrupt`` that passed through an ``exec`` (dataclasses
    use one) counts as uncaught for CPython, which then ends ``python -m`` by a signal instead of
    the exit code, even though it was caught later (CPython, ``Py_RunMain``).
    """


@contextlib.contextmanager
def watch_signals() -> Iterator[Callable[[], bool]]:
    """Let SIGTERM stop the program as Ctrl-C does, and record that it was received.

    Dagster replaces the handlers while a job runs, so the record is Python's wakeup pipe, which
    gets the number of every signal whatever its handler.

    Yields:
        A function that returns whether SIGTERM has been received.
    """
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    seen = bytearray()

    def was_terminated() -> bool:
        with contextlib.suppress(BlockingIOError):
            seen.extend(os.read(reading, 4096))
        return signal.SIGTERM in seen

    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        with _repeat_ignored():
            yield was_terminated
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


@contextlib.contextmanager
def _repeat_ignored() -> Iterator[None]:
    """Interrupt again when an interrupt was raised where Python ignores exceptions.

    A signal may arrive in a finaliser or in a callback of the import system; an exception raised
    there is only reported, and the run would continue.
    """
    before = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        if issubclass(unraisable.exc_type, Exception | GeneratorExit | SystemExit):
            before(unraisable)
            return
        again = threading.Timer(AGAIN_S, _thread.interrupt_main)
        again.daemon = True
        again.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before

"""Which signal asked the program to stop: Ctrl-C and a service manager want different codes."""

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

# How long after an interrupt that nobody could catch the next comes, seconds (own choice: longer
# than what swallowed it takes, shorter than a person notices).
AGAIN_S = 0.05


class Stopped(KeyboardInterrupt):
    """A signal asked the program to stop.

    A class of its own: of a bare ``KeyboardInterrupt`` that passed through an ``exec`` (every
    dataclass is made by one) CPython remembers that nobody caught it, and kills ``python -m`` at
    its end in place of the exit code (CPython, ``Py_RunMain``).
    """


@contextlib.contextmanager
def watch_signals() -> Iterator[Callable[[], bool]]:
    """Let SIGTERM stop the program as Ctrl-C does, and remember that it came.

    Whoever runs a job may put handlers of their own in place (Dagster does); the pipe that Python
    itself writes the number of every caught signal to sees them all.

    Yields:
        Tells whether SIGTERM has come.
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
        with _never_lost():
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
def _never_lost() -> Iterator[None]:
    """Interrupt again when an interrupt was raised where Python can only pass over it.

    A signal may come in a finaliser or in one of the import system's own callbacks; what is raised
    there ends nothing, and the run would go on to its end.
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

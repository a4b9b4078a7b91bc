"""Which signal asked the program to stop: Ctrl-C and a service manager want different codes."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator


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

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield was_terminated
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGTERM, before)
        os.close(reading)
        os.close(writing)

"""Run a blocking call with a deadline."""

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class DeadlinePassed(Exception):
    """The call had not returned at its deadline."""


def call_with_deadline(work: Callable[[], T], *, deadline: float) -> T:
    """Call a function that may block for ever, and stop waiting for it at the deadline.

    No socket timeout does this: the system's resolver may look up a name for minutes, and a server
    that sends one byte a second never lets a socket time out.

    Args:
        work: Runs in a daemon thread of its own. When it is late it is left there, and its result
            is dropped.
        deadline: On the clock of ``time.monotonic``, seconds.

    Raises:
        DeadlinePassed: It did not return in time.
        Exception: Whatever ``work`` raised.
    """
    results: queue.SimpleQueue[tuple[T] | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((work(),))
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
            results.put(error)

    # A daemon, so that the program can end while the call still blocks.
    threading.Thread(target=run, daemon=True).start()
    try:
        result = results.get(timeout=max(deadline - time.monotonic(), 0.0))
    except queue.Empty:
        raise DeadlinePassed from None
    if isinstance(result, Exception):
        raise result
    return result[0]

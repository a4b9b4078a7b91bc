"""Waiting for a stranger no longer than was said."""

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from hrvctl.errors import HrvctlError

T = TypeVar("T")


class Unanswered(HrvctlError):
    """The endpoint gave nothing that can be used.

    Args:
        message: Why.
        status: The HTTP status it answered with; ``None`` without one.
        may_pass: Whether the same question may be answered a little later.
        wait_s: How long it asks to be left alone, seconds.
        hint: What to do about it.
    """

    code = "unanswered"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        may_pass: bool = False,
        wait_s: float = 0.0,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.may_pass = may_pass
        self.wait_s = wait_s


def within(deadline: float, work: Callable[[], T]) -> T:
    """Do what may take for ever, and stop waiting for it at the deadline.

    No timeout of a socket does this: a name may be looked up for minutes, and a server that sends
    one byte a second is never late.

    Args:
        deadline: By ``time.monotonic``.
        work: Goes on in its own thread when it is late; nobody looks at what comes of it then.

    Raises:
        Unanswered: It was late.
        Exception: Whatever ``work`` raised.
    """
    box: queue.SimpleQueue[tuple[T] | Exception] = queue.SimpleQueue()

    def do() -> None:
        try:
            box.put((work(),))
        except Exception as error:  # noqa: BLE001 - handed over to who waits
            box.put(error)

    # A daemon, so that the program can end while it hangs.
    threading.Thread(target=do, daemon=True).start()
    try:
        came = box.get(timeout=max(deadline - time.monotonic(), 0.0))
    except queue.Empty:
        raise Unanswered("no whole answer in the time it was given") from None
    if isinstance(came, Exception):
        raise came
    return came[0]

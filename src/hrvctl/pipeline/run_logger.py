"""Our own Dagster logger: silent on the terminal, it feeds progress and the log file."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TextIO, cast

import dagster as dg

# How Dagster begins to say that it could not write an event (dagster._core.instance.types).
ECHO = "Exception while writing logger call to event log"

# The name a run's config asks for this logger by.
CONSOLE = "hrvctl"


@dataclass
class Feed:
    """What a run says while it runs.

    Attributes:
        on_stage: Told the name of every stage that starts.
        log: Where every line goes.
        failures: Events of the stages that failed, the first of them first.
        run_id: The run that is led here, when Dagster chose its name.
    """

    on_stage: Callable[[str], None]
    log: logging.Logger
    failures: list[dg.DagsterEvent] = field(default_factory=list)
    run_id: str = ""

    def hear(self, event: dg.DagsterEvent) -> None:
        """Take in an event, from wherever it came."""
        if event.is_step_start and event.step_key:
            self.on_stage(event.step_key)
        if event.is_step_failure:
            self.failures.append(event)

    @property
    def failed_stage(self) -> str:
        """The stage that failed first; empty when none did."""
        return (self.failures[0].step_key or "") if self.failures else ""


# Dagster makes the logger itself, so this is how a run's own feed reaches it.
feed: ContextVar[Feed | None] = ContextVar("feed", default=None)


class _FeedHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        listener = feed.get()
        if listener is None:
            return
        event = getattr(record, "dagster_event", None)
        if event is not None:
            listener.hear(event)
        listener.log.log(record.levelno, record.getMessage())


@dg.logger(config_schema={})
def hrvctl_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """A logger that is not registered anywhere, so that no other handler hears it."""
    logger = logging.Logger("hrvctl.run", logging.DEBUG)
    logger.addHandler(_FeedHandler())
    return logger


class _Deaf:
    """A stream without one kind of line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return len(text) if text.startswith(ECHO) else self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextmanager
def without_echo() -> Iterator[None]:
    """Keep Dagster from saying on stderr, statement by statement, that its history is not written.

    The run fails with that very error, and it is told once, in words.
    """
    before = sys.stderr
    if before is None:  # closed by the caller (`2>&-`)
        yield
        return
    sys.stderr = cast(TextIO, _Deaf(before))
    try:
        yield
    finally:
        sys.stderr = before

"""The Dagster logger of a run: silent on the terminal, it feeds progress line and log file."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TextIO, cast

import dagster as dg

from hrvctl.pipeline.dagster_private import EVENT_ATTRIBUTE, EVENT_NOT_WRITTEN

# The logger's name in run config (``loggers: {hrvctl: {}}``).
RUN_LOGGER = "hrvctl"


@dataclass
class RunListener:
    """Receives the events of a run while it runs.

    Attributes:
        on_stage: Called with the name of every stage that starts.
        log: The log file.
        on_progress: Called with how far a long stage is.
        summary: What the run came to, of a job that says so.
        failures: Events of the failed stages, in order.
        run_id: Id of the run; the executor sets it where Dagster chose it.
    """

    on_stage: Callable[[str], None]
    log: logging.Logger
    on_progress: Callable[[Any], None] = lambda _: None
    summary: Any = None
    failures: list[dg.DagsterEvent] = field(default_factory=list)
    run_id: str = ""

    def on_event(self, event: dg.DagsterEvent) -> None:
        """Report a stage that starts, and remember one that fails."""
        if event.is_step_start and event.step_key:
            self.on_stage(event.step_key)
        if event.is_step_failure:
            self.failures.append(event)

    @property
    def failed_stage(self) -> str:
        """The stage that failed first; empty when none did."""
        return (self.failures[0].step_key or "") if self.failures else ""


# Dagster builds the logger itself, so the listener of the run reaches it by this variable.
active_listener: ContextVar[RunListener | None] = ContextVar("active_listener", default=None)


class _ListenerHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        listener = active_listener.get()
        if listener is None:
            return
        event = getattr(record, EVENT_ATTRIBUTE, None)
        if event is not None:
            listener.on_event(event)
        listener.log.log(record.levelno, record.getMessage())


@dg.logger(config_schema={})
def hrvctl_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """Build a logger outside of the logging hierarchy, which no other handler sees."""
    logger = logging.Logger("hrvctl.run", logging.DEBUG)
    logger.addHandler(_ListenerHandler())
    return logger


class FilteredStream:
    """A text stream that drops the lines starting with ``EVENT_NOT_WRITTEN``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, unless it is such a line."""
        return len(text) if text.startswith(EVENT_NOT_WRITTEN) else self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextmanager
def filtered_stderr() -> Iterator[None]:
    """Drop Dagster's own reports, one per statement, that its run history cannot be written.

    The run fails with that very error, which is reported once, by the command.
    """
    before = sys.stderr
    if before is None:  # closed by the caller (`2>&-`)
        yield
        return
    sys.stderr = cast(TextIO, FilteredStream(before))
    try:
        yield
    finally:
        sys.stderr = before

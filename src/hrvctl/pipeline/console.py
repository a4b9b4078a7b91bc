"""Our own Dagster logger: silent on the terminal, it feeds progress and the log file."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

import dagster as dg

# The name a run's config asks for this logger by.
CONSOLE = "hrvctl"


@dataclass
class Feed:
    """What a run says while it runs.

    Attributes:
        on_stage: Told the name of every stage that starts.
        log: Where every line goes.
        failed: Names of the stages that failed.
    """

    on_stage: Callable[[str], None]
    log: logging.Logger
    failed: list[str] = field(default_factory=list)


# Dagster makes the logger itself, so this is how a run's own feed reaches it.
feed: ContextVar[Feed | None] = ContextVar("feed", default=None)


class _FeedHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        listener = feed.get()
        if listener is None:
            return
        event = getattr(record, "dagster_event", None)
        if event is not None and event.is_step_start:
            listener.on_stage(event.step_key)
        if event is not None and event.is_step_failure:
            listener.failed.append(event.step_key)
        listener.log.log(record.levelno, record.getMessage())


@dg.logger(config_schema={})
def hrvctl_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """A logger that is not registered anywhere, so that no other handler hears it."""
    logger = logging.Logger("hrvctl.run", logging.DEBUG)
    logger.addHandler(_FeedHandler())
    return logger

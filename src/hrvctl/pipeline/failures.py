"""What becomes of a fault in an op: said clearly first, tried again only where that can help."""

import errno
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from hrvctl.errors import HrvctlError, RunFailed, behind

# A file that a backup, a synchroniser or a network drive holds on to is free again within moments
# (own choice: twice, after 0.2 and 0.4 s, so that a person does not notice). No op carries this as
# its policy: Dagster would take Ctrl-C in an op for a fault too, and try the op again.
RETRY = dg.RetryPolicy(max_retries=2, delay=0.2, backoff=dg.Backoff.EXPONENTIAL)

# Faults of a file system that pass by themselves (POSIX, errno.h); a missing file or a full disk
# does not.
PASSING = frozenset({errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT})


def stage(work: Callable[..., Any]) -> dg.OpDefinition:
    """Make an op whose fault says first what is wrong, on Dagster's pages as on the terminal.

    Args:
        work: Takes the op's context first.
    """

    @functools.wraps(work)
    def guarded(context: dg.OpExecutionContext, *given: object, **named: object) -> object:
        try:
            return work(context, *given, **named)
        except Exception as error:
            n_tried = _tried(context)
            if n_tried is None:
                raise
            # After the last try Dagster would speak of its tries, and not of the fault.
            if n_tried < RETRY.max_retries and may_pass(error):
                raise dg.RetryRequested(
                    max_retries=RETRY.max_retries,
                    seconds_to_wait=RETRY.calculate_delay(n_tried + 1),
                ) from error
            raise _failure(error) from error

    op: dg.OpDefinition = dg.op(guarded)
    return op


def _tried(context: dg.OpExecutionContext) -> int | None:
    """How often the op was tried before; ``None`` where it is called by itself, in no run."""
    try:
        return context.retry_number
    except AttributeError:
        return None


def may_pass(error: BaseException) -> bool:
    """Whether trying again can help: somewhere behind it is a file that was only busy."""
    return any(isinstance(e, OSError) and e.errno in PASSING for e in behind(error))


def cause_of(error: Exception, event: dg.DagsterEvent | None) -> tuple[str, Exception | None]:
    """What went wrong in an op, without Dagster's wrapping.

    Args:
        error: What the run raised.
        event: The first failed stage's event, if there was one.

    Returns:
        The fault in words, ``Class: message``, and the fault itself: as it was raised where the op
        ran in this process, made anew where it ran in another, ``None`` where it cannot be.
    """
    if isinstance(error, dg.Failure) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    elif event is not None and not isinstance(error, HrvctlError):
        return _told_by(event)
    return f"{type(error).__name__}: {error}", error


def run_failed(name: str, stage: str, words: str, log: object) -> RunFailed:
    """What a person is told of a bug.

    Args:
        name: The job.
        stage: Where; empty when it was in none.
        words: What, ``Class: message``.
        log: Where the traceback is.
    """
    return RunFailed(
        f"{stage or name} failed: {words}", hint=f"this is a bug; {log} has the details"
    )


def _failure(error: Exception) -> dg.Failure:
    metadata: dict[str, str] = {"error": type(error).__name__}
    description = f"{type(error).__name__}: {error}"
    if isinstance(error, HrvctlError):
        description = error.message
        metadata |= {"what to do": error.hint} if error.hint else {}
        metadata |= {"problems": json.dumps(error.problems)} if error.problems else {}
    return dg.Failure(description, metadata=metadata)


def _told_by(event: dg.DagsterEvent) -> tuple[str, Exception | None]:
    data = event.step_failure_data
    told = data.user_failure_data
    if told is None:  # no op said so: its process died
        return (data.error.message.strip() if data.error else "its process died"), None
    said = {key: str(value.value) for key, value in (told.metadata or {}).items()}
    message = told.description or ""
    if (kind := _kinds().get(said["error"])) is None:
        return message, None
    # Each kind takes words of its own; all are told by these three.
    fault = kind.__new__(kind)
    HrvctlError.__init__(
        fault,
        message,
        hint=said.get("what to do", ""),
        problems=json.loads(said.get("problems", "[]")),
    )
    return f"{said['error']}: {message}", fault


def _kinds() -> dict[str, type[HrvctlError]]:
    def below(kind: type[HrvctlError]) -> Iterator[type[HrvctlError]]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    return {kind.__name__: kind for kind in below(HrvctlError)}

"""Turn op exceptions into Dagster failures with a clear message; retry transient ones."""

import errno
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from hrvctl.errors import HrvctlError, RunFailed, exception_chain

# A file locked by a backup, a synchroniser or a network drive is free again within moments (own
# choice: retry after 0.2 and 0.4 s, which nobody notices). It is not set as the ops' own
# ``retry_policy``: Dagster would then retry an op that Ctrl-C interrupted.
RETRY = dg.RetryPolicy(max_retries=2, delay=0.2, backoff=dg.Backoff.EXPONENTIAL)

# File-system errors that pass by themselves (POSIX, errno.h); unlike a missing file or a full disk.
TRANSIENT = frozenset({errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT})


def hrv_op(work: Callable[..., Any]) -> dg.OpDefinition:
    """Define an op, as ``dg.op`` does, whose failure starts with a clear message.

    An exception becomes a ``dg.Failure`` with the message of an ``HrvctlError`` as its description,
    on Dagster's pages as on the terminal. A transient one is retried by ``RETRY``.

    Args:
        work: The op's function; the op's context is its first argument.
    """

    @functools.wraps(work)
    def guarded(context: dg.OpExecutionContext, *given: object, **named: object) -> object:
        try:
            return work(context, *given, **named)
        except Exception as error:
            n_retries = _retry_number(context)
            if n_retries is None:
                raise
            # After the last retry Dagster would report the retries, not the error.
            if n_retries < RETRY.max_retries and is_transient(error):
                raise dg.RetryRequested(
                    max_retries=RETRY.max_retries,
                    seconds_to_wait=RETRY.calculate_delay(n_retries + 1),
                ) from error
            raise _failure(error) from error

    # Dagster's pages show the docstring as it is, and one backtick is code there.
    guarded.__doc__ = (work.__doc__ or "").replace("``", "`")
    op: dg.OpDefinition = dg.op(guarded)
    return op


def _retry_number(context: dg.OpExecutionContext) -> int | None:
    """How often the op was retried; ``None`` where it is called as a function, outside of a run."""
    try:
        return context.retry_number
    except AttributeError:
        return None


def is_transient(error: BaseException) -> bool:
    """Whether a retry can help: a file that is only busy is among the causes."""
    return any(isinstance(e, OSError) and e.errno in TRANSIENT for e in exception_chain(error))


def cause_of(error: Exception, event: dg.DagsterEvent | None) -> tuple[str, Exception | None]:
    """Find the exception of an op below Dagster's wrapping.

    Args:
        error: What the run raised.
        event: The failure event of the first failed stage, if there was one.

    Returns:
        The error as text, ``Class: message``, and the exception: the original where the op ran in
        this process, rebuilt where it ran in another, ``None`` where it cannot be rebuilt.
    """
    if isinstance(error, dg.Failure) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    elif event is not None and not isinstance(error, HrvctlError):
        return _failure_of(event)
    return f"{type(error).__name__}: {error}", error


def run_failed(name: str, stage: str, words: str, log: object) -> RunFailed:
    """Build the error a person sees of a bug."""
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


def _failure_of(event: dg.DagsterEvent) -> tuple[str, Exception | None]:
    data = event.step_failure_data
    failure = data.user_failure_data
    if failure is None:  # no op raised it: its process died
        return (data.error.message.strip() if data.error else "its process died"), None
    metadata = {key: str(value.value) for key, value in (failure.metadata or {}).items()}
    message = failure.description or ""
    if (kind := _error_classes().get(metadata["error"])) is None:
        return message, None
    # The classes differ in their arguments; message, hint and problems are common to all.
    rebuilt = kind.__new__(kind)
    HrvctlError.__init__(
        rebuilt,
        message,
        hint=metadata.get("what to do", ""),
        problems=json.loads(metadata.get("problems", "[]")),
    )
    return f"{metadata['error']}: {message}", rebuilt


def _error_classes() -> dict[str, type[HrvctlError]]:
    def below(kind: type[HrvctlError]) -> Iterator[type[HrvctlError]]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    return {kind.__name__: kind for kind in below(HrvctlError)}

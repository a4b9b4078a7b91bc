"""Errors that a person can act on, and the exit codes they lead to."""

from collections.abc import Iterator, Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the program; documented, and tested one by one."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    NOTHING_NEW = 4
    STALE = 5
    SIGN_IN = 6
    HOME = 10
    LOCKED = 11
    CONFIG = 12
    INTERRUPTED = 130
    TERMINATED = 143


class HrvctlError(Exception):
    """An error a person can act on: what is wrong, each problem found, and what to do.

    Args:
        message: What is wrong, with the file, line and value where there are any.
        hint: What to do about it.
        problems: Every fault, when there are several.
    """

    code = "failed"
    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)
        self.stage = ""


class UsageError(HrvctlError):
    """The command line is wrong."""

    code = "usage"
    exit_code = ExitCode.USAGE


class DataError(HrvctlError):
    """An input file or value is not valid."""

    code = "bad_data"


class NotRecognised(DataError):
    """A file has an unknown format; in the folder of an export such files are passed over.

    Args:
        message: What is wrong.
        hint: What to do about it.
        has_hrv: Whether the file names an HRV, so that of a folder it is the one to show.
    """

    def __init__(self, message: str, *, hint: str = "", has_hrv: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.has_hrv = has_hrv


class NotEnoughData(DataError):
    """There are fewer nights than needed; the message says how many there are and are needed."""

    code = "not_enough_data"


class SealRefused(DataError):
    """A forecast or guess was made after its morning began or its outcome was known."""

    code = "seal_refused"


class LedgerBroken(HrvctlError):
    """The ledger does not verify: a row was changed, removed or inserted from outside."""

    code = "ledger_broken"


class SignInNeeded(HrvctlError):
    """A vendor does not accept a key or tokens any more; only the person can help."""

    code = "sign_in"
    exit_code = ExitCode.SIGN_IN


class ConfigError(HrvctlError):
    """The configuration has faults; all of them are listed."""

    code = "bad_config"
    exit_code = ExitCode.CONFIG


class HomeError(HrvctlError):
    """The home cannot be used: permissions, a foreign file, or a wrong schema number."""

    code = "bad_home"
    exit_code = ExitCode.HOME


class OldSchema(HomeError):
    """The database is of an older version, and is not opened for writing, which updates it."""


class Locked(HrvctlError):
    """Another run is at work in this home."""

    code = "locked"
    exit_code = ExitCode.LOCKED


class SealedByAnother(Locked):
    """Another run sealed the same evening of a cohort first; its seal stands."""

    code = "sealed_by_another"


class RunFailed(HrvctlError):
    """A stage of the job failed for a reason other than its data."""

    code = "run_failed"


class OutputLost(HrvctlError):
    """The command succeeded, but its result could not be written to stdout."""

    code = "output_lost"


class Interrupted(HrvctlError):
    """The person stopped the program (Ctrl-C)."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED


class Terminated(Interrupted):
    """The system stopped the program (SIGTERM)."""

    code = "terminated"
    exit_code = ExitCode.TERMINATED


def exception_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and the errors it was raised from, the newest first."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def count(n: int, one: str, many: str = "") -> str:
    """Word a number with its noun, the plural with ``s`` unless given: ``1 row``, ``3 days``."""
    return f"{n} {one if n == 1 else many or one + 's'}"

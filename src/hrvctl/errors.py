"""Everything that can go wrong in a way a person can mend, and the exit code it ends with."""

from collections.abc import Iterator, Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller; documented in the README and tested one by one."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    NOTHING_NEW = 4
    STALE = 5
    HOME = 10
    LOCKED = 11
    CONFIG = 12
    INTERRUPTED = 130
    TERMINATED = 143


class HrvctlError(Exception):
    """A fault a person can act on: what is wrong, each problem found, and what to do.

    Args:
        message: What is wrong, with the file, line and value where there are any.
        hint: What to do about it.
        problems: Every single fault, when there are several.
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
    """The words of the command do not make sense."""

    code = "usage"
    exit_code = ExitCode.USAGE


class DataError(HrvctlError):
    """A file or a value given to us is not what it should be."""

    code = "bad_data"


class NotRecognised(DataError):
    """A file is of no format we know; in an export's folder that is no fault."""


class NotEnoughData(DataError):
    """There are fewer nights than the question needs; the message says have and need."""

    code = "not_enough_data"


class SealRefused(DataError):
    """A forecast or guess came after its morning had begun or its outcome was known."""

    code = "seal_refused"


class LedgerBroken(HrvctlError):
    """The ledger does not verify: a row was changed, removed or inserted behind its back."""

    code = "ledger_broken"


class ConfigError(HrvctlError):
    """The configuration has faults; all of them are named at once."""

    code = "bad_config"
    exit_code = ExitCode.CONFIG


class HomeError(HrvctlError):
    """The home cannot be used: permissions, a foreign file, or a wrong schema number."""

    code = "bad_home"
    exit_code = ExitCode.HOME


class Locked(HrvctlError):
    """Another run is at work in this home."""

    code = "locked"
    exit_code = ExitCode.LOCKED


class RunFailed(HrvctlError):
    """A stage of the job failed for a reason that is not the data's."""

    code = "run_failed"


class OutputLost(HrvctlError):
    """The work was done, but what came of it could not be written to stdout."""

    code = "output_lost"


class Interrupted(HrvctlError):
    """The person asked us to stop (Ctrl-C)."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED


class Terminated(Interrupted):
    """The system asked us to stop (SIGTERM)."""

    code = "terminated"
    exit_code = ExitCode.TERMINATED


def exception_chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it was raised from, the newest first."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__

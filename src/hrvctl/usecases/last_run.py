"""Log how each evening's run ended, and find the last of those lines."""

import contextlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hrvctl.errors import ExitCode
from hrvctl.files import read_file
from hrvctl.store.home import Home, log_line
from hrvctl.usecases.workspace import Workspace

if TYPE_CHECKING:
    from hrvctl.usecases.notifications import Notifier

LINE = re.compile(
    rb"^(?P<at>\d{4}-\S+ \S+) INFO daily of (?P<subject>\S+) ended with (?P<code>\d+)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class LastRun:
    """An evening's run that ended.

    Attributes:
        at: When it ended, aware.
        code: Its exit code.
    """

    at: datetime
    code: ExitCode

    @property
    def code_words(self) -> str:
        """The exit code in words."""
        return self.code.name.lower().replace("_", " ")


@contextmanager
def log_end(
    workspace: Workspace, subject: str, notifier: "Notifier", *, is_on: bool
) -> Iterator[None]:
    """Log the exit code of an evening's run, and nothing of the person's.

    Args:
        workspace: Its log and its clock.
        subject: Whose evening.
        notifier: Has the exit code; set here when the run fails.
        is_on: Whether to log this run; off for rehearsals and replays.
    """
    try:
        yield
    except BaseException as error:
        notifier.record_error(error)
        raise
    finally:
        if is_on:
            code = ExitCode(notifier.code)
            words = f"daily of {subject} ended with {code.value} ({code.name.lower()})"
            log_line(workspace.home, workspace.clock(), "INFO", words)


def find_last_run(home: Home, subject: str) -> LastRun | None:
    """Find the latest run that was not locked out; ``None`` when the log has none."""
    # With many subjects the log of one evening fills more than one file; the newest come first.
    for log in (home.log, *sorted(home.root.glob(f"{home.log.name}.[0-9]"))):
        try:
            content = read_file(log)
        except OSError:
            continue
        for found in reversed(list(LINE.finditer(content))):
            code = int(found["code"])
            if found["subject"] == subject.encode() and code != ExitCode.LOCKED:
                with contextlib.suppress(ValueError):  # a line that was damaged
                    return LastRun(datetime.fromisoformat(found["at"].decode()), ExitCode(code))
    return None

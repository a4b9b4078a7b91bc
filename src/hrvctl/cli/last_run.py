"""How the last evening's run ended: one line in the home's log, read back by those who ask."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from hrvctl.cli.notifications import Telling
from hrvctl.errors import ExitCode
from hrvctl.store.home import Home, append_log
from hrvctl.usecases.workspace import Workspace

LINE = re.compile(
    rb"^(?P<at>\d{4}-\S+ \S+) INFO daily of (?P<subject>\S+) ended with (?P<code>\d+)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class LastRun:
    """An evening's run that came to an end, well or not.

    Attributes:
        at: When it ended, aware.
        code: How.
    """

    at: datetime
    code: ExitCode

    @property
    def said(self) -> str:
        """How it ended, in words."""
        return self.code.name.lower().replace("_", " ")


@contextmanager
def noting_end(workspace: Workspace, subject: str, told: Telling, *, is_on: bool) -> Iterator[None]:
    """Note in the log how an evening ends; codes and instants only, nothing of the person.

    Args:
        workspace: Whose log, and the clock.
        subject: Whose evening.
        told: Knows the code; set here when the evening fails.
        is_on: Whether this run is one to note; a rehearsal or a replay is not.
    """
    try:
        yield
    except BaseException as error:
        told.take(error)
        raise
    finally:
        if is_on:
            at = workspace.clock().isoformat(" ", "seconds")
            code = ExitCode(told.code)
            append_log(
                workspace.home,
                f"{at} INFO daily of {subject} ended with {code.value} ({code.name.lower()})\n",
            )


def find_last_run(home: Home, subject: str) -> LastRun | None:
    """The latest run that had the home to itself; ``None`` where the log knows of none."""
    for log in (home.log, home.log.with_name(f"{home.log.name}.1")):
        try:
            content = log.read_bytes()
        except OSError:
            continue
        for found in reversed(list(LINE.finditer(content))):
            code = int(found["code"])
            if found["subject"] == subject.encode() and code != ExitCode.LOCKED:
                return LastRun(datetime.fromisoformat(found["at"].decode()), ExitCode(code))
    return None

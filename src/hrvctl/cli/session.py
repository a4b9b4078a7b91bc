"""The session of one call: options before the command, clock and settings; command results."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hrvctl.errors import ConfigError, ExitCode, HrvctlError
from hrvctl.store.home import Home, check_home, check_not_lost

if TYPE_CHECKING:
    from hrvctl.settings import Settings
    from hrvctl.usecases.workspace import Clock, Workspace


def system_clock() -> datetime:
    """The current time in this machine's zone; nothing else in the program reads the clock."""
    try:
        return datetime.now().astimezone()
    except ValueError as error:
        raise ConfigError(
            f"TZ={os.environ.get('TZ', '')!r} is not a time zone: {error}",
            hint="set TZ to a zone such as Europe/Berlin, or unset it",
        ) from error


@dataclass
class Session:
    """The options before the command (three of them may also follow it).

    Attributes:
        clock: Returns the current time; only a test can pass another.
        home: ``--home``, when given.
        subject: ``--subject``, when given.
        json: One JSON envelope on stdout instead of text.
        quiet: No text on stdout; errors are still printed.
        verbose: Tracebacks on stderr.
        command: Its full name, such as ``journal add``.
        was_terminated: Whether SIGTERM was received.
    """

    clock: "Clock" = system_clock
    home: Path | None = None
    subject: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    command: str = ""
    was_terminated: Callable[[], bool] = lambda: False

    def settings(self, **options: str | None) -> "Settings":
        """Load the settings; an error names every fault in them."""
        from hrvctl.settings import load_settings

        return load_settings(home=self.home, options={"subject": self.subject, **options})

    def sound_settings(self) -> "Settings":
        """Load the settings of file and environment, leaving out faulty ones."""
        from hrvctl.settings import load_with_faults

        return load_with_faults(home=self.home, options={"subject": self.subject})[0]

    def workspace(self, *, is_restore: bool = False) -> "Workspace":
        """The home and the clock for the use cases.

        Args:
            is_restore: Whether the command can put back a database that is gone.

        Raises:
            HomeError: The folder contains something else than a home, or its database is gone.
        """
        from hrvctl.usecases.workspace import Retention, Workspace

        settings = self.settings()
        home = Home(settings.home_path)
        check_home(home)
        if not is_restore:
            check_not_lost(home)
        retention = Retention(evenings=settings.keep_runs, days=settings.keep_days)
        return Workspace(
            home, self.clock, retention=retention, day_starts_at=settings.day_starts_at
        )

    def today(self) -> date:
        """Today in the person's zone: until ``day_starts_at`` the date of the evening before."""
        from hrvctl.records import day_at

        return day_at(self.clock(), self.sound_settings().day_starts_at)

    def late_notes(self) -> tuple[str, ...]:
        """A line for a person who writes after midnight: which evening it belongs to."""
        now, today = self.clock(), self.today()
        if now.date() == today:
            return ()
        starts_at = self.sound_settings().text("day_starts_at")
        return (
            f"hrvctl: it is {now:%H:%M}, which belongs to the evening of {today};"
            f" a day starts at {starts_at} (setting day_starts_at)",
        )

    def stranger_notes(self) -> tuple[str, ...]:
        """Say that nothing is stored of the ``--subject`` yet, where it is of others: a slip?"""
        if self.subject is None:
            return ()
        from hrvctl.settings import check_subject
        from hrvctl.store.database import open_store
        from hrvctl.store.subjects import load_subjects

        if check_subject(self.subject):
            return ()
        try:
            with open_store(Home(self.sound_settings().home_path), write=False) as store:
                known = load_subjects(store)
        except HrvctlError:  # no home yet, or a damaged one: the command reports that itself
            return ()
        if not known or self.subject in known:
            return ()
        return (f"Nothing is stored of {self.subject} yet; this home has {', '.join(known)}.",)


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """What a command returns, for ``main`` to print and to exit with.

    Attributes:
        data: The envelope's ``data`` with ``--json``; its keys do not change.
        text: Printed on stdout without ``--json``.
        notes: Printed on stderr, unless quiet.
        warnings: Printed on stderr, even when quiet.
        code: The exit code.
        errors: What failed while the rest succeeded.
        during: Entered before the result is printed; the function it yields is called after that.
    """

    data: Mapping[str, object]
    text: str = ""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    code: ExitCode = ExitCode.DONE
    errors: tuple[Mapping[str, object], ...] = ()
    during: AbstractContextManager[Callable[[], None]] | None = None


def error_detail(error: HrvctlError) -> dict[str, object]:
    """An error as one of the envelope's ``errors``."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "problems": error.problems,
        "stage": error.stage,
    }


def error_line(error: HrvctlError) -> str:
    """An error's message, behind the stage that failed where the message does not name it."""
    from hrvctl.cli.stages import stage_words

    is_named = not error.stage or error.message.startswith(error.stage)
    return error.message if is_named else f"{stage_words(error.stage)}: {error.message}"


def error_lines(error: HrvctlError) -> list[str]:
    """An error as it is printed: its message, then its problems and the hint."""
    more = (*error.problems, *([error.hint] if error.hint else []))
    return [f"hrvctl: {error_line(error)}", *(f"  {line}" for line in more)]


@contextmanager
def rehearsal(workspace: "Workspace", *, dry_run: bool) -> Iterator["Workspace"]:
    """Yield the workspace of a run: for a dry run a temporary copy, deleted afterwards."""
    if not dry_run:
        yield workspace
        return
    from hrvctl.store.database import copy_database
    from hrvctl.store.temp_files import scratch_folder

    with scratch_folder("dry-run") as scratch:
        yield replace(workspace, home=copy_database(workspace.home, Home(scratch / "home")))

"""What one call of the program knows: the options before the command, the clock, the settings."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hrvctl.errors import ExitCode, UsageError
from hrvctl.records import FIRST_PLAUSIBLE_DAY
from hrvctl.settings import Settings, load_settings, load_with_faults
from hrvctl.store.database import copy_database
from hrvctl.store.home import Home, check_home
from hrvctl.store.temp_files import scratch_folder
from hrvctl.usecases.workspace import Clock, Retention, Workspace


def system_clock() -> datetime:
    """Now, in the zone this machine is set to; the only place that asks."""
    return datetime.now().astimezone()


@dataclass
class Session:
    """The options that stand before the command (two of them after it as well).

    Attributes:
        clock: Tells now; a test passes its own, no flag or variable can.
        home: ``--home``, when given.
        subject: ``--subject``, when given.
        json: One JSON envelope on stdout instead of text.
        quiet: No text on stdout; errors still speak.
        verbose: Tracebacks on stderr.
        was_terminated: Tells whether the system asked for the end (SIGTERM).
    """

    clock: Clock = system_clock
    home: Path | None = None
    subject: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    command: str = ""
    was_terminated: Callable[[], bool] = lambda: False

    def settings(self, **options: str | None) -> Settings:
        """The settings in force, every fault of them named at once."""
        return load_settings(home=self.home, options={"subject": self.subject, **options})

    def sound_settings(self) -> Settings:
        """The settings of the file and the surroundings without what is faulty in them."""
        return load_with_faults(home=self.home, options={"subject": self.subject})[0]

    def workspace(self) -> Workspace:
        """The home and the clock, for whatever does the work.

        Raises:
            HomeError: Something else stands where the home should be.
        """
        settings = self.settings()
        home = Home(settings.home_path)
        check_home(home)
        retention = Retention(runs=settings.keep_runs, days=settings.keep_days)
        return Workspace(home, self.clock, retention=retention)

    def today(self) -> date:
        """The date on the person's calendar."""
        return self.clock().date()


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """What a command returns; one place prints it, one place exits.

    Attributes:
        data: For ``--json``; its keys are a promise.
        text: For a person, on stdout.
        notes: For a person, on stderr.
        warnings: For a person, on stderr, even when quiet.
        code: How it ended.
        errors: What failed although the rest was done.
        during: Entered before anything is said and left at the end; gives what to do in between.
    """

    data: dict[str, Any]
    text: str = ""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    code: ExitCode = ExitCode.DONE
    errors: tuple[dict[str, Any], ...] = ()
    during: AbstractContextManager[Callable[[], None]] | None = None


def parse_day(text: str) -> date:
    """Read a day from the command line.

    Raises:
        UsageError: It is no date, or lies before any wearable.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a date", hint="write it as YYYY-MM-DD, for example 2026-11-22"
        ) from error
    if day < FIRST_PLAUSIBLE_DAY:
        raise UsageError(f"{day} lies before any wearable", hint="check the year")
    return day


@contextmanager
def rehearsal(workspace: Workspace, *, dry_run: bool) -> Iterator[Workspace]:
    """The workspace a run works in: for a dry run a copy that is thrown away."""
    if not dry_run:
        yield workspace
        return
    with scratch_folder("dry-run") as scratch:
        yield replace(workspace, home=copy_database(workspace.home, Home(scratch / "home")))

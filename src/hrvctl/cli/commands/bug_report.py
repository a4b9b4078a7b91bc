"""``hrvctl bug-report``: what a report needs, and nothing of the person's health or secrets."""

import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.commands.checks import ADDRESSES, shown
from hrvctl.cli.commands.doctor import versions
from hrvctl.cli.redaction import redacted_log
from hrvctl.cli.registration import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ConfigError, DataError, HrvctlError
from hrvctl.settings import KEYS, Settings, as_text, find_home
from hrvctl.store.artifacts import export_bytes
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.inspection import count_rows
from hrvctl.store.schema import SCHEMA
from hrvctl.usecases.workspace import Workspace

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="A new file (default: one in the current folder)."),
]

# Settings whose every value is a word or a number of ours; of the others only whether they are set.
PLAIN = ("model", "profile", "agent", "llm_timeout_s", "keep_runs", "keep_days")
# Lines of the log that go along, and runs (own choice: the last few evenings).
LOG_LINES, RUNS = 200, 20


def bug_report(
    session: Session, file: FileArgument = None, dry_run: DryRunOption = False
) -> CommandResult:
    """Write down what a bug report needs: read it, then send it yourself.

    It holds versions, settings without secrets, how many rows each table has, and the log without
    its words. No measurement, answer, note, name or path of yours is in it.
    """
    workspace = Workspace(Home(Path(find_home(session.home).value)), session.clock)
    content = report(session, workspace)
    target = file or Path(f"hrvctl-bug-report-{session.clock():%Y%m%dT%H%M%S}.txt")
    if target.exists():
        raise DataError(f"{target} exists", hint="name a new file")
    if not dry_run:
        export_bytes(target, content.encode("utf-8", "backslashreplace"))
    said = "would be written" if dry_run else "written; read it before you send it"
    return CommandResult(
        data={"file": target, "content": content, "is_dry_run": dry_run},
        text=f"{content}\n{target}: {said}." if dry_run else f"{target}: {said}.",
    )


def report(session: Session, workspace: Workspace) -> str:
    """The whole report; a part that cannot be made says which kind of error kept it."""
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "Versions": _versions,
        "Settings": lambda: _settings(session),
        "Home": lambda: _home(workspace),
        "Database": lambda: _database(workspace),
        "Runs": lambda: _runs(workspace),
        "Log, without its words": lambda: redacted_log(workspace.home.log, n=LOG_LINES),
    }
    lines = [f"hrvctl bug report, {session.clock().isoformat(timespec='seconds')}"]
    for title, part in parts.items():
        lines += ["", title, *(f"  {line}" for line in _guarded(part))]
    return "\n".join([*lines, ""])


def _guarded(part: Callable[[], Iterator[str]]) -> list[str]:
    # An error's words may quote what it was about; its kind is enough to know where to look.
    try:
        return list(part())
    except HrvctlError as error:
        return [f"could not be told: {error.code}"]
    except Exception as error:  # noqa: BLE001 - a report of a bug must not end in one
        return [f"could not be told: {type(error).__name__}"]


def _versions() -> Iterator[str]:
    yield f"python {platform.python_version()} ({platform.python_implementation()})"
    yield f"{platform.system()} {platform.release()} {platform.machine()}"
    yield versions()
    yield f"encoding {sys.stdout.encoding if sys.stdout else 'none'}"


def _settings(session: Session) -> Iterator[str]:
    try:
        settings = session.settings()
    except ConfigError as error:
        # The faults quote what stands in the file.
        yield f"{len(error.problems)} faults in the configuration"
        return
    yield f"home: from {settings.home.origin}"
    for key in KEYS:
        yield f"{key}: {_value(settings, key)} (from {settings.values[key].origin})"


def _value(settings: Settings, key: str) -> str:
    if key in PLAIN:
        return settings.text(key)
    if settings.text(key) == as_text(KEYS[key].default):
        return "default"
    return shown(settings, key) if key in ADDRESSES else "set"


def _home(workspace: Workspace) -> Iterator[str]:
    places = {
        "home": workspace.home.root,
        "database": workspace.home.database,
        "log": workspace.home.log,
    }
    for name, path in places.items():
        if not path.exists():
            yield f"{name}: not there"
            continue
        state = path.stat()
        size = "" if path.is_dir() else f", {state.st_size} bytes"
        yield f"{name}: mode {state.st_mode & 0o777:o}{size}"
    n_waiting = (
        sum(1 for _ in workspace.home.inbox.iterdir()) if workspace.home.inbox.is_dir() else 0
    )
    yield f"inbox: {max(n_waiting - workspace.home.done.is_dir(), 0)} waiting"


def _database(workspace: Workspace) -> Iterator[str]:
    with open_store(workspace.home, write=False) as store:
        yield f"schema {SCHEMA}"
        for table, n in count_rows(store).items():
            yield f"{table}: {n} rows"


def _runs(workspace: Workspace) -> Iterator[str]:
    if not (workspace.home.dagster / "history").is_dir():
        return
    from hrvctl.pipeline.runner import list_runs

    for run in list_runs(workspace, limit=RUNS):
        yield f"{run['job']}: {run['status']}, {run['seconds']} s"

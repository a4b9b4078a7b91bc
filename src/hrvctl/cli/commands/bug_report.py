"""``hrvctl bug-report``: write what a bug report needs to a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import DataError
from hrvctl.settings import find_home
from hrvctl.store.artifacts import export_bytes
from hrvctl.store.home import Home

if TYPE_CHECKING:
    from hrvctl.usecases.workspace import Workspace

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="A new file (default: one in the current folder)."),
]

# Runs that are listed (own choice: the last few evenings).
RUNS = 20


def bug_report(
    session: Session, file: FileArgument = None, dry_run: DryRunOption = False
) -> CommandResult:
    """Write a file for a bug report, without health data; read it, then send it yourself.

    It contains versions, settings without secrets, how many rows each table has, and the log
    without its words. No measurement, answer, note, name or path of yours is in it.
    """
    from hrvctl.usecases.bug_report import Sources, write_report
    from hrvctl.usecases.workspace import Workspace

    target = file or Path(f"hrvctl-bug-report-{session.clock():%Y%m%dT%H%M%S}.txt")
    if target.exists():
        raise DataError(f"{target} exists", hint="choose a new file")
    # The home is not taken from the settings: the report is written with faulty ones too.
    workspace = Workspace(Home(Path(find_home(session.home).value)), session.clock)
    sources = Sources(
        settings=session.settings, runs=lambda: _runs(workspace), log_names=_log_names
    )
    content = write_report(workspace, sources)
    if not dry_run:
        export_bytes(target, content.encode("utf-8", "backslashreplace"))
    done = "would be written" if dry_run else "written; read it before you send it"
    return CommandResult(
        data={"file": target, "content": content, "is_dry_run": dry_run},
        text=f"{content}\n{target}: {done}." if dry_run else f"{target}: {done}.",
    )


def _runs(workspace: "Workspace") -> Iterator[str]:
    from hrvctl.pipeline.run_history import list_runs

    for run in list_runs(workspace, limit=RUNS):
        yield f"{run.job}: {run.status}, {run.seconds} s"


def _log_names() -> frozenset[str]:
    from hrvctl.pipeline.jobs import log_names

    return log_names()

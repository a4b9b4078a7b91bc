"""``hrvctl runs``: the latest runs and how they ended."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.session import CommandResult, Session

LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")]
HEADER = ("started", "job", "ended as", "seconds", "subject", "run")


def runs(session: Session, limit: LimitOption = 10) -> CommandResult:
    """List the latest runs: when, which job, how it ended, how long it took."""
    workspace = session.workspace()
    if not workspace.home.has_runs():
        return CommandResult(data={"runs": []}, text="No run yet.")
    from hrvctl.pipeline.run_history import list_runs

    found = list_runs(workspace, limit=limit)
    rows = [
        (
            _local_time(run.started_at),
            run.job,
            run.status,
            run.seconds,
            run.tags.get("hrvctl/subject", "-"),
            run.run_id[:8],
        )
        for run in found
    ]
    text = render.columns(rows, header=HEADER) if rows else "No run yet."
    return CommandResult(data={"runs": [asdict(run) for run in found]}, text=text)


def _local_time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).astimezone().isoformat(" ", "seconds")

"""``hrvctl fork``: run one evening in several ways and compare them to the base."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.fork_report import (
    changed_drivers,
    exit_code,
    fork_defaults,
    no_nights,
    notes_of,
    signed_ms,
)
from hrvctl.cli.options import DRY_RUN, DryRunOption, day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import check_choices
from hrvctl.errors import ExitCode
from hrvctl.store.json_values import plain

if TYPE_CHECKING:
    from hrvctl.domain.artifacts.fork import BranchFailure, BranchResult
    from hrvctl.domain.scenarios.branches import Branch
    from hrvctl.usecases.fork import Checkpoint
    from hrvctl.usecases.workspace import Workspace

AsOfOption = Annotated[
    date | None,
    day_option("--as-of", "Fork that evening (default: today's)."),
]
BranchOption = Annotated[
    list[str],
    typer.Option(
        "--branch",
        metavar="NAME:CHANGE[,CHANGE]...",
        help="For example dry:alcohol=0, ses:model=ses, late:bedtime=01:30; give it several times.",
    ),
]


def fork(
    session: Session,
    branch: BranchOption,
    as_of: AsOfOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Run one evening in several variants and compare them; nothing is sealed.

    A CHANGE is model=NAME, agent=NAME, profile=NAME, window=DAYS or bedtime=HH:MM;
    a measurement of the day: strain=12, sleep_min=480, rhr=52, hrv=60; or an
    answer of the journal: alcohol=3, caffeine=no, sick=none (unanswered).

    Every branch is held against the branch `base`, in which nothing is changed.
    """
    from hrvctl.domain.scenarios.branches import parse_branches
    from hrvctl.usecases.fork import take_checkpoint

    branches = parse_branches(branch)
    check_choices(branches)
    workspace, settings = session.workspace(), session.settings()
    subject = settings.subject
    if not workspace.home.exists():
        return no_nights(subject)
    checkpoint = take_checkpoint(workspace, subject, as_of, fork_defaults(settings))
    if not checkpoint.n_nights:
        return no_nights(subject, as_of)
    if dry_run:
        return _rehearse(checkpoint, branches)
    return _run(session, workspace, checkpoint, branch)


def _run(
    session: Session, workspace: "Workspace", checkpoint: "Checkpoint", texts: Sequence[str]
) -> CommandResult:
    from hrvctl.domain.artifacts.fork import ForkComparison
    from hrvctl.pipeline.run_tags import evening_tags
    from hrvctl.pipeline.runner import run_job
    from hrvctl.usecases.fork import fork_folder

    evening, defaults = checkpoint.evening, checkpoint.defaults
    config = {
        "subject": evening.subject,
        "as_of": evening.as_of.isoformat(),
        "branches": tuple(texts),
        "model": defaults.model,
        "profile": defaults.profile,
        "agent": defaults.agent.agent,
        "llm_url": defaults.agent.url,
        "llm_model": defaults.agent.model,
        "llm_timeout_s": defaults.agent.timeout_s,
    }
    with render.progress(is_quiet=session.quiet) as on_stage:
        run_id = run_job(
            "fork_compare_job",
            workspace,
            ops={"load_checkpoint_op": {"config": config}},
            tags=evening_tags(evening, mode="fork"),
            on_stage=on_stage,
        )
    folder = fork_folder(workspace, evening)
    found = workspace.load(evening, ForkComparison, folder=folder)
    data = {
        "run_id": run_id,
        "subject": evening.subject,
        "as_of": evening.as_of,
        "is_dry_run": False,
        "branches": found.branches,
        "failed": found.failed,
        "note": found.note,
        "artifacts": folder,
    }
    text = "\n".join([*_table(found.branches, checkpoint), f"Artifacts: {folder}"])
    code = _code(exit_code(found.branches[0]), found.failed, n_asked=len(texts))
    return _result(data, text, found.failed, code)


def _rehearse(checkpoint: "Checkpoint", branches: "Sequence[Branch]") -> CommandResult:
    """List the branches that would run, and those whose faults show without running them."""
    from hrvctl.usecases.fork import check_branches

    sound, failed = check_branches(checkpoint, branches)
    evening = checkpoint.evening
    data = {
        "run_id": None,
        "subject": evening.subject,
        "as_of": evening.as_of,
        "is_dry_run": True,
        "branches": [{"name": branch.name, "changes": branch.changes} for branch in sound],
        "failed": failed,
        "note": "",
        "artifacts": None,
    }
    rows = [(each.name, ", ".join(each.changes) or "nothing changed") for each in sound]
    lines = [
        f"Would fork the evening of {render.day_name(evening.as_of)},"
        f" {checkpoint.n_nights} nights:",
        render.columns(rows, header=("branch", "changes")),
        DRY_RUN,
    ]
    code = _code(ExitCode.DONE, failed, n_asked=len(branches) - 1)
    return _result(data, "\n".join(lines), failed, code)


def _code(sound: ExitCode, failed: "Sequence[BranchFailure]", *, n_asked: int) -> ExitCode:
    """The exit code, given that of the branches that did not fail."""
    if not failed:
        return sound
    return ExitCode.FAILED if len(failed) >= n_asked else ExitCode.PARTIAL


def _result(
    data: Mapping[str, object], text: str, failed: "Sequence[BranchFailure]", code: ExitCode
) -> CommandResult:
    return CommandResult(
        data=data,
        text=text,
        notes=tuple(_failed_line(each) for each in failed),
        code=code,
        errors=tuple(plain(each) for each in failed),
    )


def _failed_line(failure: "BranchFailure") -> str:
    head = f"hrvctl: branch {failure.branch}: {failure.message}"
    return "\n  ".join(line for line in (head, *failure.problems, failure.hint) if line)


def _table(branches: "Sequence[BranchResult]", checkpoint: "Checkpoint") -> list[str]:
    evening = checkpoint.evening
    lines = [f"The evening of {render.day_name(evening.as_of)}, {checkpoint.n_nights} nights:"]
    header = ("branch", "HRV", "against base", "intervals", "model", "normal range", "drivers")
    lines.append(render.columns([_row(b) for b in branches], header=header, to_right=header[1:3]))
    for branch in branches:
        lines += [f"Note ({branch.name}): {note}." for note in notes_of(branch, branches[0])]
    return lines


def _row(branch: "BranchResult") -> tuple[str | None, ...]:
    forecast, difference, normal = branch.forecast, branch.difference, branch.normal_range
    has_range = normal.low_ms is not None and normal.high_ms is not None
    return (
        branch.name,
        None if forecast is None else render.ms(forecast.mean_ms),
        None if difference is None or not branch.changes else signed_ms(difference.total_ms),
        None if forecast is None else render.intervals(forecast) or None,
        branch.model.name or None,
        f"{normal.low_ms:.0f} to {normal.high_ms:.0f} ms" if has_range else None,
        changed_drivers(difference) or None,
    )

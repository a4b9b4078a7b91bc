"""``hrvctl fork``: one evening in several ways, each run to its end and held against the base."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrvctl.cli import render
from hrvctl.cli.registration import DRY_RUN, DryRunOption
from hrvctl.cli.session import CommandResult, Session, parse_day
from hrvctl.errors import ExitCode, HrvctlError
from hrvctl.settings import Settings
from hrvctl.store.artifacts import load_json
from hrvctl.usecases.workspace import Workspace

if TYPE_CHECKING:
    from hrvctl.domain.scenarios.branches import Branch
    from hrvctl.usecases.fork import Checkpoint, Choices

AsOfOption = Annotated[
    str | None, typer.Option(metavar="DATE", help="Fork that evening (default: today's).")
]
BranchOption = Annotated[
    list[str],
    typer.Option(
        "--branch",
        metavar="NAME:CHANGE[,CHANGE]...",
        help="For example dry:alcohol=0, ses:model=ses, late:bedtime=01:30; give it several times.",
    ),
]

# Drivers named in one cell of the table; the file has them all.
SHOWN_DRIVERS = 3
# Effects that round to nothing before a person, ms.
NOTHING_MS = 0.05


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

    if as_of is not None:
        parse_day(as_of)
    branches = parse_branches(branch)
    workspace, settings = session.workspace(), session.settings()
    subject = settings.subject
    if not workspace.home.exists():
        return nothing_yet(subject)
    checkpoint = take_checkpoint(workspace, subject, as_of or "", choices(settings))
    if not checkpoint.n_nights:
        return nothing_yet(subject, as_of)
    if dry_run:
        return _rehearse(checkpoint, branches)
    return _run(session, workspace, checkpoint, branch)


def choices(settings: Settings) -> "Choices":
    """What the settings say of whatever a branch leaves open.

    Raises:
        ConfigError: The llm is the agent and not configured.
    """
    from hrvctl.usecases.agent import choice_from
    from hrvctl.usecases.fork import Choices

    return Choices(
        model=settings.model.value, profile=settings.profile.value, speaker=choice_from(settings)
    )


def nothing_yet(subject: str, as_of: str | None = None) -> CommandResult:
    """What a person without a night is told, or without one up to the evening they asked of."""
    what = f"have 0 nights up to {as_of}" if as_of else "have 0 nights"
    return CommandResult(
        data={"subject": subject, "branches": [], "failed": []},
        text=f"{subject}: {what}, need 1. Import an export: hrvctl import FILE",
        code=ExitCode.NOTHING_NEW,
    )


def code_of(branches: Sequence[Mapping[str, Any]]) -> ExitCode:
    """How it ended when no branch failed: by the base, as `daily` ends."""
    base = branches[0]
    is_stale = base["forecast"] is None or base["stale_days"]
    return ExitCode.STALE if is_stale else ExitCode.DONE


def moved(difference: Mapping[str, Any] | None) -> str:
    """The drivers that changed, largest first."""
    if difference is None:
        return ""
    parts = [(d["name"], d["difference_ms"]) for d in difference["drivers"]]
    # Without drivers there is nothing the rest could be set against.
    parts = [*parts[:SHOWN_DRIVERS], ("the rest", _rest(difference))] if parts else []
    return ", ".join(f"{name} {ms:+.1f}" for name, ms in parts if abs(ms) >= NOTHING_MS)


def signed_ms(difference: float) -> str:
    """A difference between two forecasts; none has no sign."""
    return f"{difference:+.1f} ms" if abs(difference) >= NOTHING_MS else "0.0 ms"


def notes_of(branch: Mapping[str, Any], base: Mapping[str, Any]) -> list[str]:
    """What limits a branch and not the base as well."""
    return [note for note in branch["notes"] if note not in base["notes"] or branch is base]


def _rest(difference: Mapping[str, Any]) -> float:
    unnamed = difference["drivers"][SHOWN_DRIVERS:]
    return float(difference["other_ms"] + sum(d["difference_ms"] for d in unnamed))


def _run(
    session: Session, workspace: Workspace, checkpoint: "Checkpoint", texts: Sequence[str]
) -> CommandResult:
    from hrvctl.pipeline.fork_ops import COMPARISON, fork_folder
    from hrvctl.pipeline.runner import run_job

    evening, chosen = checkpoint.evening, checkpoint.choices
    config = {
        "subject": evening.subject,
        "as_of": evening.as_of.isoformat(),
        "branches": tuple(texts),
        "model": chosen.model,
        "profile": chosen.profile,
        "agent": chosen.speaker.agent,
        "llm_url": chosen.speaker.url,
        "llm_model": chosen.speaker.model,
        "llm_timeout_s": chosen.speaker.timeout_s,
    }
    tags = {
        "hrvctl/subject": evening.subject,
        "hrvctl/as_of": evening.as_of.isoformat(),
        "hrvctl/mode": "fork",
    }
    with render.progress(is_quiet=session.quiet) as on_stage:
        run_id = run_job(
            "fork_compare_job",
            workspace,
            ops={"load_checkpoint_op": {"config": config}},
            tags=tags,
            on_stage=on_stage,
        )
    folder = fork_folder(workspace, evening)
    found = load_json(folder / f"{COMPARISON}.json")
    names = ("branches", "failed", "note")
    data = {
        "run_id": run_id,
        "subject": evening.subject,
        "as_of": evening.as_of,
        "is_dry_run": False,
        **{name: found[name] for name in names},
        "artifacts": folder,
    }
    text = "\n".join([*_table(found["branches"], checkpoint), f"Artifacts: {folder}"])
    return _outcome(data, text, n_asked=len(texts))


def _rehearse(checkpoint: "Checkpoint", branches: "Sequence[Branch]") -> CommandResult:
    """Say what would run, and which branches would fail for what can be seen beforehand."""
    from hrvctl.domain.scenarios.comparison import failure
    from hrvctl.usecases.fork import check_branch

    sound: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for branch in branches:
        try:
            check_branch(checkpoint, branch)
            sound.append({"name": branch.name, "changes": list(branch.changes)})
        except HrvctlError as error:
            failed.append(failure(branch, error, stage=""))
    evening = checkpoint.evening
    data = {
        "run_id": None,
        "subject": evening.subject,
        "as_of": evening.as_of,
        "is_dry_run": True,
        "branches": sound,
        "failed": failed,
        "note": "",
        "artifacts": None,
    }
    rows = [(row["name"], ", ".join(row["changes"]) or "nothing changed") for row in sound]
    lines = [
        f"Would fork the evening of {render.day_name(evening.as_of)},"
        f" {checkpoint.n_nights} nights:",
        render.columns(rows, header=("branch", "changes")),
        DRY_RUN,
    ]
    return _outcome(data, "\n".join(lines), n_asked=len(branches) - 1)


def _outcome(data: dict[str, Any], text: str, *, n_asked: int) -> CommandResult:
    failed = data["failed"]
    if not failed:
        code = ExitCode.DONE if data["is_dry_run"] else code_of(data["branches"])
    else:
        code = ExitCode.FAILED if len(failed) >= n_asked else ExitCode.PARTIAL
    return CommandResult(
        data=data,
        text=text,
        notes=tuple(_failed_line(row) for row in failed),
        code=code,
        errors=tuple(failed),
    )


def _failed_line(row: Mapping[str, Any]) -> str:
    lines = [f"hrvctl: branch {row['branch']}: {row['message']}", *row["problems"], row["hint"]]
    return "\n  ".join(line for line in lines if line)


def _table(branches: Sequence[Mapping[str, Any]], checkpoint: "Checkpoint") -> list[str]:
    evening = checkpoint.evening
    lines = [f"The evening of {render.day_name(evening.as_of)}, {checkpoint.n_nights} nights:"]
    header = ("branch", "HRV", "against base", "intervals", "model", "normal range", "drivers")
    lines.append(render.columns([_row(b) for b in branches], header=header, to_right=header[1:3]))
    for branch in branches:
        lines += [f"Note ({branch['name']}): {note}." for note in notes_of(branch, branches[0])]
    return lines


def _row(branch: Mapping[str, Any]) -> tuple[str | None, ...]:
    forecast, difference, normal = (
        branch[name] for name in ("forecast", "difference", "normal_range")
    )
    low, high = normal["low_ms"], normal["high_ms"]
    return (
        branch["name"],
        None if forecast is None else render.ms(forecast["mean_ms"]),
        None if difference is None or not branch["changes"] else signed_ms(difference["total_ms"]),
        None if forecast is None else render.intervals(forecast["quantiles_ms"]) or None,
        branch["model"]["name"] or None,
        None if low is None else f"{low:.0f} to {high:.0f} ms",
        moved(difference) or None,
    )

"""``hrvctl daily``: the evening's run."""

import contextlib
import json
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrvctl.cli import render
from hrvctl.cli.all_subjects import run_all
from hrvctl.cli.commands.demo import DEMO_DAYS, DEMO_SEED
from hrvctl.cli.evening_outcome import evening_outcome
from hrvctl.cli.options import DryRunOption, day_option
from hrvctl.cli.session import CommandResult, Session, rehearsal
from hrvctl.cli.values import parse_clock, parse_export, parse_ms
from hrvctl.errors import ConfigError, HomeError, HrvctlError, UsageError
from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.settings import Settings
from hrvctl.store.connections import list_connections
from hrvctl.store.home import Home

if TYPE_CHECKING:
    from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
    from hrvctl.pipeline import Config
    from hrvctl.usecases.agent import AgentSettings
    from hrvctl.usecases.notifications import Notifier
    from hrvctl.usecases.workspace import Evening, Workspace

ImportOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--import",
        parser=parse_export,
        metavar="PATH",
        help="Also import this file, folder or zip.",
    ),
]
AsOfOption = Annotated[
    date | None,
    day_option("--as-of", "Replay that evening: seals nothing, writes to a folder of its own."),
]
GuessOption = Annotated[
    float | None,
    typer.Option(parser=parse_ms, metavar="MS", help="Your own guess for tomorrow, ms."),
]
ModelOption = Annotated[
    Model | None, typer.Option(help="Serve this model instead of the best one.")
]
BedtimeOption = Annotated[
    str | None,
    typer.Option(
        parser=parse_clock,
        metavar="HH:MM",
        help="When you mean to sleep; counts once today's strain and heart rate are in.",
    ),
]
ProfileOption = Annotated[Profile | None, typer.Option(help="How the normal range is computed.")]
AgentOption = Annotated[
    Agent | None, typer.Option(help="What makes the final forecast: rules or llm.")
]
ShowPromptOption = Annotated[
    bool,
    typer.Option(
        "--show-prompt", help="Show what would be sent to the llm agent; send and write nothing."
    ),
]
DemoOption = Annotated[
    bool, typer.Option("--demo", help="Use a made-up person in a throw-away home.")
]

CatchUpOption = Annotated[
    bool,
    typer.Option(
        "--catch-up", help="Also list the mornings that have no forecast because nothing ran."
    ),
]

AllSubjectsOption = Annotated[
    bool,
    typer.Option("--all-subjects", help="Run the evening of everybody in this home, one by one."),
]

PullOption = Annotated[
    bool | None,
    typer.Option(
        "--pull/--no-pull",
        help="Pull from vendors first: those of the setting pull, else all that are connected.",
    ),
]

ExecutorOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="in-process (default), or multiprocess: one process per step."
    ),
]
MaxConcurrentOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Processes at once with multiprocess (default: all)."),
]
EXECUTORS = ("in-process", "multiprocess")


def daily(
    session: Session,
    imports: ImportOption = None,
    as_of: AsOfOption = None,
    guess: GuessOption = None,
    model: ModelOption = None,
    profile: ProfileOption = None,
    bedtime: BedtimeOption = None,
    agent: AgentOption = None,
    show_prompt: ShowPromptOption = False,
    demo: DemoOption = False,
    catch_up: CatchUpOption = False,
    all_subjects: AllSubjectsOption = False,
    pull: PullOption = None,
    executor: ExecutorOption = None,
    max_concurrent: MaxConcurrentOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Forecast tomorrow's HRV, seal the forecast, and compare yesterday's with its outcome.

    Imports what is new in the inbox first. Run it in the evening, by hand or from cron.
    """
    n_processes = _processes(executor, max_concurrent)
    from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
    from hrvctl.domain.journal import check_guess
    from hrvctl.usecases.agent import agent_settings
    from hrvctl.usecases.clock import seal_warnings
    from hrvctl.usecases.evening import load_result
    from hrvctl.usecases.last_run import log_end

    if all_subjects:
        of_one_person = {
            "--subject": session.subject,
            "--import": imports,
            "--guess": guess,
            "--bedtime": bedtime,
            "--show-prompt": show_prompt,
            "--demo": demo,
            "--executor": n_processes,
        }
        _refuse_for_all(
            [name for name, value in of_one_person.items() if value not in (None, False)]
        )
    if guess is not None and as_of:
        raise UsageError("a guess belongs to tonight", hint="leave out --guess or --as-of")
    if guess is not None:
        check_guess(guess)
    is_rehearsal = dry_run or show_prompt
    is_real = not (is_rehearsal or demo or as_of)
    try:
        settings = session.settings(model=model, profile=profile, agent=agent)
        chosen = agent_settings(settings, may_send=not is_rehearsal)
        workspace = session.workspace()
    except (ConfigError, HomeError) as error:
        _notify_failed_start(session, error, is_on=is_real and not (model or profile or agent))
        raise
    notes: tuple[str, ...] = ()
    if demo:
        workspace, notes = _demo_workspace(session)
    late = () if as_of else session.late_notes()
    clock = () if as_of else seal_warnings(workspace)
    config = partial(_ops, workspace, as_of=as_of, pull=pull, may_send=not is_rehearsal, demo=demo)
    if all_subjects:
        everybody = run_all(
            session,
            settings,
            workspace,
            ops_of=config,
            notify=partial(_notify_around, session, workspace=workspace, is_on=is_real),
            as_of=as_of,
            is_dry=dry_run,
            is_real=is_real,
            names_missed=catch_up,
        )
        return replace(
            everybody,
            notes=(*late, *everybody.notes),
            warnings=(*clock, *everybody.warnings),
        )
    ops = config(settings)
    ops["ingest_op"]["config"]["paths"] = tuple(str(path.absolute()) for path in imports or [])
    ops["journal_op"]["config"]["guess_ms"] = guess
    ops["training_op"]["config"]["bedtime"] = bedtime or ""
    with (
        _notify_around(session, settings, workspace=workspace, is_on=is_real) as notifier,
        log_end(workspace, settings.subject, notifier, is_on=is_real),
        rehearsal(workspace, dry_run=is_rehearsal) as workspace,
    ):
        evening = workspace.evening(settings.subject, as_of)
        run_id = _run(session, workspace, evening, ops, n_processes)
        if show_prompt:
            return _show_prompt(workspace.load(evening, IntelligenceSummary), chosen)
        outcome = evening_outcome(
            workspace,
            load_result(workspace, evening, run_id),
            is_dry=dry_run,
            names_missed=catch_up,
        )
        if model and is_real:
            notes += (f"It counts now. Only to look: hrvctl what-if model={model}",)
        notifier.code = outcome.code
    return replace(
        outcome,
        notes=(*late, *outcome.notes, *notes, *notifier.notes),
        warnings=(*clock, *notifier.warnings),
    )


def _refuse_for_all(given: Sequence[str]) -> None:
    if given:
        raise UsageError(
            f"{given[0]} is of one person, --all-subjects of everybody",
            hint=f"leave out {given[0]}",
        )


def _ops(
    workspace: "Workspace",
    settings: Settings,
    *,
    as_of: date | None,
    pull: bool | None,
    may_send: bool,
    demo: bool,
) -> dict[str, dict[str, dict[str, Any]]]:
    """The run config of an evening, as Dagster's ``ops``."""
    from hrvctl.pipeline.run_config import evening_config

    ops = evening_config(settings, may_send=may_send, demo=demo)
    config = ops["ingest_op"]["config"]
    config["as_of"] = as_of.isoformat() if as_of else ""
    if pull is False or as_of:
        config["pull"] = []
    elif pull and may_send and not demo and not settings.pull:
        config["pull"] = _connected(workspace, settings.subject)
    return ops


def _connected(workspace: "Workspace", subject: str) -> list[str]:
    return [file.vendor.value for file in list_connections(workspace.home, subject)]


def _notify_around(
    session: Session, settings: Settings, *, workspace: "Workspace", is_on: bool
) -> "AbstractContextManager[Notifier]":
    from hrvctl.usecases.notifications import notify_around

    return notify_around(
        settings,
        workspace,
        is_on=is_on,
        was_terminated=session.was_terminated,
        log_names=_log_names,
    )


def _log_names() -> frozenset[str]:
    from hrvctl.pipeline.jobs import log_names

    return log_names()


def _notify_failed_start(session: Session, error: HrvctlError, *, is_on: bool) -> None:
    """Notify of an evening that could not begin, by the sound part of the configuration.

    A scheduled evening has no other witness: a monitor would still show the evening before. Faults
    in the options that a person just typed are not sent.
    """
    from hrvctl.usecases.last_run import log_end
    from hrvctl.usecases.workspace import Workspace

    settings = session.sound_settings()
    workspace = Workspace(Home(settings.home_path), session.clock)
    has_log = workspace.home.exists()  # a folder that is not a home gets no log
    with (
        contextlib.suppress(type(error)),
        _notify_around(session, settings, workspace=workspace, is_on=is_on) as notifier,
        log_end(workspace, settings.subject, notifier, is_on=is_on and has_log),
    ):
        raise error


def _processes(executor: str | None, max_concurrent: int | None) -> int | None:
    """Number of processes at once; ``None`` to run in this one.

    Dagster's own spelling, ``in_process``, is accepted too.
    """
    if executor is not None and executor.replace("_", "-") not in EXECUTORS:
        raise UsageError(f"no executor {executor!r}", hint=f"use one of: {', '.join(EXECUTORS)}")
    if executor == "multiprocess":
        from hrvctl.pipeline.multiprocess.forkserver import start_importing

        start_importing()
        return max_concurrent or os.cpu_count() or 1
    if max_concurrent is not None:
        raise UsageError("--max-concurrent belongs to --executor multiprocess")
    return None


def _run(
    session: Session,
    workspace: "Workspace",
    evening: "Evening",
    ops: "Config",
    n_processes: int | None,
) -> str:
    from hrvctl.pipeline.run_tags import evening_tags
    from hrvctl.pipeline.runner import run_job

    with render.progress(is_quiet=session.quiet) as on_stage:
        return run_job(
            "hrv_daily_job",
            workspace,
            ops=ops,
            tags=evening_tags(evening),
            on_stage=on_stage,
            n_processes=n_processes,
        )


def _demo_workspace(session: Session) -> "tuple[Workspace, tuple[str, ...]]":
    from hrvctl.usecases.demo import make_demo_home

    subject = session.settings().subject
    workspace = make_demo_home(session.clock, subject, n_days=DEMO_DAYS, seed=DEMO_SEED)
    root = workspace.home.root
    return workspace, (
        f"A made-up person, kept in {root} (delete it when done).",
        f"Look around with: hrvctl --home {root} status",
        *([f"Your own home {session.home} was not used."] if session.home else []),
    )


def _show_prompt(summary: "IntelligenceSummary", chosen: "AgentSettings") -> CommandResult:
    """Show address and body exactly as they would be sent, without the key."""
    from hrvctl.usecases.agent import prompt

    if summary.forecast is None:
        return CommandResult(
            data={"url": None, "body": None, "withheld": summary.withheld},
            text=f"Nothing would be sent, there is no forecast: {summary.withheld}.",
        )
    sent = prompt(summary, chosen)
    body = json.dumps(sent.body, indent=2, ensure_ascii=False)
    notes = () if chosen.model else ("llm_model is not set: hrvctl config set llm_model NAME",)
    return CommandResult(
        data={"url": sent.url, "body": sent.body, "withheld": ""},
        text=f"POST {sent.url}\n{body}",
        notes=notes,
    )

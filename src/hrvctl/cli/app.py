"""The command line: every command, and the options before and after it.

A call loads the modules of the commands that it names; the help lists the others by their
summaries.
"""

import inspect
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from hrvctl.cli.deferred import (
    Deferred,
    backtest,
    backup,
    bug_report,
    cohort_backtest,
    cohort_import,
    cohort_records,
    cohort_research,
    cohort_run,
    cohort_show,
    config,
    connect,
    daily,
    data,
    demo,
    doctor,
    effects,
    explain,
    export,
    forget,
    fork,
    guess,
    imports,
    journal,
    journal_list,
    ledger,
    morning,
    prune,
    pull,
    rebuild,
    receive,
    reconcile,
    report,
    runs,
    schedule,
    score,
    show,
    sources,
    status,
    subjects,
    ui,
    what_if,
)
from hrvctl.cli.help import Command as HelpfulCommand
from hrvctl.cli.help import Group
from hrvctl.cli.options import (
    HomeOption,
    JsonOption,
    QuietOption,
    SubjectOption,
    VerboseOption,
)
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.summaries import SUMMARIES
from hrvctl.errors import HrvctlError, UsageError

HELP = """Forecast tomorrow morning's HRV from your wearable, and keep an honest score.

Start with `hrvctl daily --demo` to see it on a made-up person, or
`hrvctl import EXPORT` and then `hrvctl daily` with your own.
"""

# The headings of the commands in `hrvctl --help`, in this order.
EVERY_DAY = "Every day"
DATA = "Your data"
FORECASTS = "Forecasts and what explains them"
COHORTS = "More than one person"
SETTINGS = "Settings and schedule"
UPKEEP = "Upkeep"

_SHARED = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, default, annotation in (
        ("as_json", False, JsonOption),
        ("be_quiet", False, QuietOption),
        ("of_subject", None, SubjectOption),
        ("in_home", None, HomeOption),
        ("be_verbose", False, VerboseOption),
    )
)


def register(
    app: typer.Typer,
    function: Callable[..., CommandResult],
    name: str,
    *,
    panel: str | None = None,
) -> None:
    """Add a command to an app.

    Args:
        app: The app, or one of its groups.
        function: Takes the session first, then its own options; returns a result.
        name: The command's name.
        panel: The heading it is listed under in the help.
    """
    own = list(inspect.signature(function).parameters.values())[1:]

    def call(context: typer.Context, **given: Any) -> CommandResult:  # noqa: ANN401 - Typer checks them
        session: Session = context.obj
        # The session's own is a guess from the bare words, for errors before this point.
        session.json = given.pop("as_json") or context.find_root().params["as_json"]
        session.quiet = given.pop("be_quiet") or session.quiet
        session.verbose = given.pop("be_verbose") or session.verbose
        del given["in_home"]  # its callback has set it, before any other option was parsed
        if (subject := given.pop("of_subject")) is not None:
            session.subject = subject
        stranger = session.stranger_notes()
        try:
            result = function(session, **given)
        except HrvctlError as error:
            error.problems = (*error.problems, *stranger)
            raise
        return replace(result, notes=(*result.notes, *stranger))

    context = inspect.Parameter(
        "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    parameters = [context, *(p.replace(kind=p.KEYWORD_ONLY) for p in own), *_SHARED]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    app.command(name, cls=HelpfulCommand, help=inspect.getdoc(function), rich_help_panel=panel)(
        call
    )


def options(
    context: typer.Context,
    home: HomeOption = None,  # noqa: ARG001 - its callback sets it
    subject: SubjectOption = None,
    # `register` joins it with the one after the command.
    as_json: JsonOption = False,  # noqa: ARG001
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version and exit.")
    ] = False,
) -> CommandResult | None:
    """Take the options that stand before the command; without one show the morning."""
    session: Session = context.obj
    session.quiet, session.verbose, session.subject = quiet, verbose, subject
    if version:
        return _version(context.invoked_subcommand)
    if context.invoked_subcommand is not None:
        return None
    if not session.workspace().home.exists():
        return CommandResult(data={}, text="" if session.json else context.get_help())
    return morning.show_morning.load()(session)


def _version(command: str | None) -> CommandResult:
    from importlib.metadata import version

    if command is not None:
        raise UsageError("--version stands alone", hint="hrvctl --version")
    number = version("hrvctl")
    return CommandResult(data={"version": number}, text=f"hrvctl {number}")


@dataclass(frozen=True, slots=True)
class _Listed:
    """Commands of the table: of a group with its name and help, or of the root with neither."""

    panel: str
    commands: Mapping[str, Deferred]
    group: str = ""
    help: str = ""


_TABLE: list[_Listed] = []


def _group(name: str, help_text: str, panel: str, **commands: Deferred) -> None:
    """List a group; a trailing _ in a command's name is for names that Python reserves."""
    _TABLE.append(_Listed(panel, commands, name, help_text))


def _commands(panel: str, **commands: Deferred) -> None:
    _TABLE.append(_Listed(panel, commands))


def make_app(words: AbstractSet[str] | None = None) -> typer.Typer:
    """Make the command line.

    Args:
        words: Of a call, in lower case: the commands that none of them names can be listed, and
            cannot be called. ``None`` loads all.
    """
    app = typer.Typer(
        cls=Group,
        help=HELP,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for listed in _TABLE:
        to, panel = app, listed.panel or None
        if listed.group:
            to, panel = typer.Typer(cls=Group, help=listed.help), None
            app.add_typer(to, name=listed.group, rich_help_panel=listed.panel)
        for key, function in listed.commands.items():
            name = key.rstrip("_").replace("_", "-")
            summary = SUMMARIES.get(f"{listed.group} {name}".strip())
            path = {*listed.group.split(), name}
            if words is None or path <= words or summary is None:
                register(to, function.load(), name, panel=panel)
            else:
                to.command(name, help=summary, rich_help_panel=panel)(_not_loaded)
    return app


def _not_loaded() -> None:
    raise AssertionError("a command that no word of the call names was called")


def __getattr__(name: str) -> typer.Typer:
    """``app``: the whole command line."""
    if name != "app":
        raise AttributeError(name)
    return make_app()


_commands(
    EVERY_DAY,
    morning=morning.morning,
    daily=daily.daily,
    guess=guess.guess,
    status=status.status,
    report=report.report,
    reconcile=reconcile.reconcile,
)
_group(
    "journal",
    "Write down what you did; it can change tomorrow's HRV.",
    EVERY_DAY,
    add=journal.add,
    edit=journal.edit,
    remove=journal.remove,
    undo=journal.undo,
    list=journal_list.list_entries,
)
_group(
    "show",
    "Show the results of the last run.",
    EVERY_DAY,
    forecast=show.forecast,
    ledger=show.sealed,
    metrics=show.metrics,
    trend=show.trend,
)

_group(
    "connect",
    "Sign in to a vendor, so that its data can be pulled.",
    DATA,
    intervals=connect.intervals,
    oura=connect.oura,
    whoop=connect.whoop,
    garmin=connect.garmin,
    polar=connect.polar,
    google=connect.google,
    withings=connect.withings,
    list=connect.list_connected,
    test=connect.test,
    forget=connect.forget,
)
_commands(DATA, pull=pull.pull, receive=receive.receive)
_commands(DATA, import_=imports.import_files, export=export.export, demo=demo.demo)
_group(
    "data",
    "Choose the series that counts, leave days out, trace values to their file, forget them.",
    DATA,
    list=data.list_series,
    prefer=data.prefer,
    exclude=data.exclude,
    include=data.include,
    days=data.days,
    why=data.why,
    imports=data.imports,
    forget=forget.forget,
)
_commands(DATA, subjects=subjects.subjects)
_group(
    "sources",
    "List the exports that can be imported, and how to get them.",
    DATA,
    list=sources.list_sources,
    show=sources.show_source,
)

_commands(
    FORECASTS,
    score=score.score,
    backtest=backtest.backtest,
    effects=effects.effects,
    what_if=what_if.what_if,
    fork=fork.fork,
    explain=explain.explain,
)
_group(
    "ledger",
    "Verify the sealed record of every forecast, and make it again.",
    FORECASTS,
    verify=ledger.verify,
    anchor=ledger.anchor,
    exclude=ledger.exclude,
    include=ledger.include,
    reproduce=ledger.reproduce,
)

_group(
    "cohort",
    "Forecast many people at once: a team, a study.",
    COHORTS,
    import_=cohort_import.import_nights,
    run=cohort_run.run,
    show=cohort_show.show,
    score=cohort_records.score,
    verify=cohort_records.verify,
    proof=cohort_records.proof,
    why=cohort_records.why,
    withdraw=cohort_records.withdraw,
    effects=cohort_research.effects,
    learn_prior=cohort_research.learn_prior,
    export=cohort_research.export,
    backtest=cohort_backtest.backtest,
    chunk=cohort_run.chunk,
    warm=cohort_run.warm,
)

_group(
    "config",
    "Show, change and check the settings.",
    SETTINGS,
    show=config.show,
    get=config.get,
    set=config.set_value,
    unset=config.unset,
    edit=config.edit,
    check=config.check,
    path=config.path,
)
_group(
    "schedule",
    "Let cron, systemd or launchd run the evening, the morning and the report.",
    SETTINGS,
    install=schedule.install,
    show=schedule.show,
    remove=schedule.remove,
)
_commands(SETTINGS, env=config.env)

_commands(
    UPKEEP,
    doctor=doctor.doctor,
    backup=backup.backup,
    restore=backup.restore,
    runs=runs.runs,
    prune=prune.prune,
    rebuild=rebuild.rebuild,
    ui=ui.ui,
    bug_report=bug_report.bug_report,
)

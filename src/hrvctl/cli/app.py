"""The program's words: every command, and the options that stand before it."""

from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.commands import (
    backtest,
    backup,
    bug_report,
    config,
    daily,
    data,
    demo,
    doctor,
    effects,
    explain,
    exports,
    fork,
    guess,
    imports,
    journal,
    journal_list,
    ledger,
    prune,
    rebuild,
    reconcile,
    runs,
    schedule,
    score,
    show,
    sources,
    status,
    ui,
    what_if,
)
from hrvctl.cli.registration import QuietOption, SubjectOption, register
from hrvctl.cli.session import Session
from hrvctl.errors import UsageError

HELP = """Forecast tomorrow morning's HRV from your wearable, and keep an honest score.

Start with `hrvctl daily --demo` to see it on a made-up person, or
`hrvctl import EXPORT` and then `hrvctl daily` with your own.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"hrvctl {version('hrvctl')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[
        str | None, typer.Option("--home", metavar="FOLDER", help="Where everything is kept.")
    ] = None,
    subject: SubjectOption = None,
    as_json: Annotated[  # noqa: ARG001 - `register` joins it with the one after the command
        bool, typer.Option("--json", help="Print one JSON envelope on stdout.")
    ] = False,
    quiet: QuietOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show tracebacks.")] = False,
    version: Annotated[  # noqa: ARG001 - its callback prints and exits
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Take the options that stand before the command."""
    session: Session = context.obj
    session.quiet, session.verbose = quiet, verbose
    if home == "":  # as a path it would be the current folder
        raise UsageError("--home is empty", hint="name a folder, or leave the option out")
    session.home, session.subject = None if home is None else Path(home), subject


def _group(name: str, help_text: str) -> typer.Typer:
    group = typer.Typer(help=help_text)
    app.add_typer(group, name=name)
    return group


register(app, daily.daily, "daily")
register(app, reconcile.reconcile, "reconcile")
register(app, imports.import_files, "import")
register(app, exports.export, "export")
register(app, guess.guess, "guess")
register(app, status.status, "status")
register(app, score.score, "score")
register(app, backtest.backtest, "backtest")
register(app, effects.effects, "effects")
register(app, explain.explain, "explain")
register(app, fork.fork, "fork")
register(app, what_if.what_if, "what-if")
register(app, runs.runs, "runs")
register(app, ui.ui, "ui")
register(app, backup.backup, "backup")
register(app, backup.restore, "restore")
register(app, prune.prune, "prune")
register(app, rebuild.rebuild, "rebuild")
register(app, doctor.doctor, "doctor")
register(app, bug_report.bug_report, "bug-report")
register(app, demo.demo, "demo")
register(app, config.env, "env")

_journal = _group("journal", "Write down what you did; it can change tomorrow's HRV.")
register(_journal, journal.add, "add", group="journal")
register(_journal, journal.edit, "edit", group="journal")
register(_journal, journal.undo, "undo", group="journal")
register(_journal, journal_list.list_entries, "list", group="journal")

_data = _group("data", "Which series counts, what is left out, and where a value came from.")
register(_data, data.list_series, "list", group="data")
register(_data, data.prefer, "prefer", group="data")
register(_data, data.exclude, "exclude", group="data")
register(_data, data.include, "include", group="data")
register(_data, data.days, "days", group="data")
register(_data, data.why, "why", group="data")

_sources = _group("sources", "Which exports are read, and how to get one.")
register(_sources, sources.list_sources, "list", group="sources")
register(_sources, sources.show_source, "show", group="sources")

_show = _group("show", "Show what the last run found.")
register(_show, show.forecast, "forecast", group="show")
register(_show, show.sealed, "ledger", group="show")
register(_show, show.metrics, "metrics", group="show")

_ledger = _group("ledger", "The sealed record of every forecast.")
register(_ledger, ledger.verify, "verify", group="ledger")

_schedule = _group("schedule", "Let the system run the evening by itself.")
register(_schedule, schedule.install, "install", group="schedule")
register(_schedule, schedule.show, "show", group="schedule")
register(_schedule, schedule.remove, "remove", group="schedule")

_config = _group("config", "What is configured, and where each value comes from.")
register(_config, config.show, "show", group="config")
register(_config, config.set_value, "set", group="config")
register(_config, config.get, "get", group="config")
register(_config, config.unset, "unset", group="config")
register(_config, config.edit, "edit", group="config")
register(_config, config.check, "check", group="config")
register(_config, config.path, "path", group="config")

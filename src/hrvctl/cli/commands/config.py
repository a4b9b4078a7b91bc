"""``hrvctl config`` and ``hrvctl env``: the settings, and the variables Dagster's tools need."""

import shlex
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.editor import edit_text
from hrvctl.cli.options import DRY_RUN, DryRunOption, dry_note
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode
from hrvctl.safe_text import one_line
from hrvctl.settings import KEYS, Setting, config_path, find_home, find_key

KeyArgument = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help=f"One of: {', '.join(KEYS)}.", autocompletion=lambda: list(KEYS)
    ),
]
ValueArgument = Annotated[str, typer.Argument(metavar="VALUE", help="The value from now on.")]


def show(session: Session) -> CommandResult:
    """Show every setting, its value and where it comes from."""
    settings = session.settings()
    rows = [settings.home, *settings.values.values()]
    return CommandResult(
        data={row.key: _origin(row) for row in rows},
        text=render.columns([_row(row) for row in rows], header=("key", "value", "from", "")),
    )


def get(session: Session, key: KeyArgument) -> CommandResult:
    """Print the value of one setting."""
    settings = session.settings()
    found = settings.home if key == "home" else settings.values[find_key(key).name]
    return CommandResult(data={"key": found.key, **_origin(found)}, text=found.value)


def set_value(
    session: Session, key: KeyArgument, value: ValueArgument, dry_run: DryRunOption = False
) -> CommandResult:
    """Set a value in the config file; everything else in the file stays as it is."""
    from hrvctl.usecases.configuration import set_key

    done = set_key(session.home, key, value, dry_run=dry_run)
    return CommandResult(
        data={"key": key, "value": done.value, "path": done.path, "is_dry_run": dry_run},
        text="\n".join(
            [one_line(f"{key} = {done.value or 'empty'} in {done.path}"), *dry_note(dry_run)]
        ),
    )


def unset(session: Session, key: KeyArgument, dry_run: DryRunOption = False) -> CommandResult:
    """Remove a value from the config file, so that the default is used again."""
    from hrvctl.usecases.configuration import unset_key

    done = unset_key(session.home, key, dry_run=dry_run)
    data = {"key": key, "value": done.value, "path": done.path, "is_dry_run": dry_run}
    if not done.is_done:
        text = f"{key} is not set in {done.path}; nothing to do."
        return CommandResult(data=data, text=text, code=ExitCode.NOTHING_NEW)
    text = f"{key} is no longer set in {done.path}; the default is {done.value or 'empty'}"
    return CommandResult(data=data, text="\n".join([text, *dry_note(dry_run)]))


def edit(session: Session, dry_run: DryRunOption = False) -> CommandResult:
    """Open the config file in your editor, and check it when you save.

    The editor is the one in VISUAL or EDITOR. A file with faults is saved as you wrote it, and
    every fault is named. Where there is no file yet, the editor shows every setting as a comment.
    """
    from hrvctl.usecases.configuration import edit_file

    path, is_changed = edit_file(
        session.home, lambda text: edit_text(text, suffix=".toml"), dry_run=dry_run
    )
    data = {"path": path, "is_dry_run": dry_run}
    if not is_changed:
        return CommandResult(data=data, text=f"{path}: unchanged.", code=ExitCode.NOTHING_NEW)
    return CommandResult(data=data, text=DRY_RUN if dry_run else f"Saved {path}.")


def check(session: Session) -> CommandResult:
    """Check the config file, the environment, and that what they refer to exists."""
    from hrvctl.usecases.configuration import check_all

    path = check_all(session.home, session.subject)
    return CommandResult(data={"path": path}, text=f"No faults in {path} or the environment.")


def path(session: Session) -> CommandResult:
    """Print the path of the config file (the file need not exist)."""
    found = config_path(find_home(session.home))
    return CommandResult(data={"path": found}, text=str(found))


def env(session: Session) -> CommandResult:
    """Print the export lines that point Dagster's own tools at this home.

    Use it as: eval "$(hrvctl env)"
    """
    home = session.workspace().home
    variables = {"DAGSTER_HOME": home.dagster}
    # A home that was named brings its own config file; the default one must stay unnamed.
    if session.settings().home.origin != "default":
        variables = {"HRVCTL_HOME": home.root, **variables}
    lines = [f"export {name}={shlex.quote(str(path))}" for name, path in variables.items()]
    return CommandResult(data=dict(variables), text="\n".join(lines))


def _origin(setting: Setting) -> dict[str, str]:
    return {"value": setting.value, "origin": setting.origin, "where": setting.where}


def _row(setting: Setting) -> tuple[str, str, str, str]:
    return setting.key, setting.value, setting.origin, setting.where

"""``hrvctl config`` and ``hrvctl env``: what is set, where from, and for Dagster's own tools."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.registration import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ConfigError
from hrvctl.settings import KEYS, Setting, check_value, config_path, find_home
from hrvctl.store.artifacts import save_text
from hrvctl.store.home import Home, check_home

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help=f"One of: {', '.join(KEYS)}.")]
ValueArgument = Annotated[str, typer.Argument(metavar="VALUE", help="The value from now on.")]

# Settings that name a file or a folder.
PLACES = ("journal_folder", "vocabulary")


def show(session: Session) -> CommandResult:
    """Show every setting, its value and where it comes from."""
    settings = session.settings()
    rows = [settings.home, *settings.values.values()]
    return CommandResult(
        data={
            row.key: {"value": row.value, "origin": row.origin, "where": row.where} for row in rows
        },
        text=render.columns([_row(row) for row in rows], header=("key", "value", "from", "")),
    )


def set_value(
    session: Session, key: KeyArgument, value: ValueArgument, dry_run: DryRunOption = False
) -> CommandResult:
    """Set a value in the config file, keeping what else stands in it."""
    import tomlkit

    if fault := check_value(key, value):
        raise ConfigError(f"{key} = {value!r}: {fault}", hint="`hrvctl config show` lists the keys")
    if key in PLACES and value and not value.startswith("~"):
        # The person means a place seen from where they are; the file is read from anywhere.
        value = str(Path(value).absolute())
    home = find_home(session.home)
    check_home(Home(Path(home.value)))
    path = config_path(home)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}", hint="mend the file by hand first") from error
    document = tomlkit.document() if document is None else document
    document[key] = value
    if not dry_run:
        save_text(path, tomlkit.dumps(document))
    return CommandResult(
        data={"key": key, "value": value, "path": path, "is_dry_run": dry_run},
        text=f"{key} = {value} in {path}",
    )


def path(session: Session) -> CommandResult:
    """Say where the config file is (it need not exist)."""
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


def _row(setting: Setting) -> tuple[str, str, str, str]:
    return setting.key, setting.value, setting.origin, setting.where

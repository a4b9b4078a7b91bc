"""Register a command, with the options that every command takes."""

import inspect
from collections.abc import Callable
from typing import Any

import typer

from hrvctl.cli.options import JsonOption, QuietOption, SubjectOption
from hrvctl.cli.session import CommandResult, Session

_SHARED = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, default, annotation in (
        ("as_json", False, JsonOption),
        ("be_quiet", False, QuietOption),
        ("of_subject", None, SubjectOption),
    )
)


def register(
    app: typer.Typer,
    function: Callable[..., CommandResult],
    name: str,
    *,
    group: str = "",
    panel: str | None = None,
) -> None:
    """Add a command to an app.

    Args:
        app: The app, or one of its groups.
        function: Takes the session first, then its own options; returns a result.
        name: The command's name.
        group: The name of the group it belongs to.
        panel: The heading it is listed under in the help.
    """
    own = list(inspect.signature(function).parameters.values())[1:]
    full_name = f"{group} {name}".strip()

    def call(context: typer.Context, **given: Any) -> CommandResult:  # noqa: ANN401 - Typer checks them
        session: Session = context.obj
        session.command = full_name
        # The session's own is a guess from the bare words, for errors before this point.
        session.json = given.pop("as_json") or context.find_root().params["as_json"]
        session.quiet = given.pop("be_quiet") or session.quiet
        if (subject := given.pop("of_subject")) is not None:
            session.subject = subject
        return function(session, **given)

    context = inspect.Parameter(
        "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    parameters = [context, *(p.replace(kind=p.KEYWORD_ONLY) for p in own), *_SHARED]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    app.command(name, help=inspect.getdoc(function), rich_help_panel=panel)(call)

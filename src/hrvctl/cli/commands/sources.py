"""``hrvctl sources``: list the supported exports, and show how to get one."""

import difflib
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.completion import sources
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import UsageError

SourceArgument = Annotated[
    str, typer.Argument(metavar="NAME", autocompletion=sources, help="A source's name.")
]


def list_sources(session: Session) -> CommandResult:  # noqa: ARG001 - same for all
    """List every export that can be imported."""
    from hrvctl.sources.registry import SOURCES

    rows = [(source.name, source.title) for source in SOURCES]
    return CommandResult(
        data={"sources": [{"name": name, "title": title} for name, title in rows]},
        text=render.columns(rows, header=("source", "reads"))
        + "\n\n`hrvctl sources show NAME` shows how to get the export.",
    )


def show_source(session: Session, name: SourceArgument) -> CommandResult:  # noqa: ARG001 - same for all
    """Show how to get one vendor's export, step by step."""
    from hrvctl.sources.registry import SOURCES

    by_name = {source.name: source for source in SOURCES}
    if name not in by_name:
        near = difflib.get_close_matches(name, by_name, n=1)
        raise UsageError(
            f"no source is called {name!r}" + (f", did you mean {near[0]!r}?" if near else ""),
            hint=f"choose from: {', '.join(by_name)}",
        )
    source = by_name[name]
    steps = [f"  {n}. {step}" for n, step in enumerate(source.steps, 1)]
    return CommandResult(
        data={"name": source.name, "title": source.title, "steps": list(source.steps)},
        text="\n".join([render.bold(source.title), *steps]),
    )

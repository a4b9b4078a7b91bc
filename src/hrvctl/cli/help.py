"""The help of commands: an example in each, and the commands for words that people try."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from hrvctl.cli import output
from hrvctl.cli.typer_private import load_renderer
from hrvctl.errors import UsageError

# Words that other programs use for what a command does, and what to type instead.
MEANT: Mapping[str, str] = {
    "add": "journal add",
    "calendar": "data days",
    "chart": "ui",
    "check": "doctor",
    "clean": "prune",
    "compare": "fork",
    "correct": "reconcile",
    "cron": "schedule install",
    "dry-run": "daily --dry-run",
    "evening": "daily",
    "fetch": "pull",
    "forecast": "show forecast",
    "graph": "ui",
    "hrv": "morning",
    "import-data": "import",
    "info": "status",
    "init": "import",
    "install": "schedule install",
    "load": "import",
    "log": "journal add",
    "login": "connect",
    "metrics": "show metrics",
    "note": "journal add",
    "now": "morning",
    "plot": "ui",
    "predict": "daily",
    "result": "morning",
    "results": "morning",
    "run": "daily",
    "settings": "config show",
    "setup": "import",
    "start": "daily",
    "sync": "pull",
    "tag": "journal add",
    "today": "morning",
    "tomorrow": "show forecast",
    "train": "daily",
    "undo": "journal undo",
    "update": "pull",
    "verify": "ledger verify",
    "version": "--version",
    "web": "ui",
    "whatif": "what-if",
    "why": "data why",
    "write": "journal add",
    "yesterday": "reconcile",
}


def examples(command: str) -> list[str]:
    """What a person types, for one command; empty for a command that is not known."""
    import tomllib
    from importlib.resources import files

    text = (files("hrvctl.cli") / "examples.toml").read_text(encoding="utf-8")
    listed: list[str] = tomllib.loads(text).get(command, [])
    return listed


class Command(TyperCommand):
    """A command that names itself in the session before its words are parsed."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's own
        """Name the command in the session."""
        _, _, ctx.obj.command = ctx.command_path.partition(" ")
        _take_text_as_it_is(self, ctx)
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401
        """``PATH...`` for what must be given, ``[TOPIC]`` for what may be left out."""
        pieces = ["[OPTIONS]"]
        for param in self.get_params(ctx):
            if isinstance(param, TyperArgument):
                name = param.metavar or (param.name or "").upper()
                name += "" if param.nargs == 1 else "..."
                pieces.append(name if param.required else f"[{name}]")
        return pieces

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Show the help, and what a person types."""
        _, _, name = ctx.command_path.partition(" ")
        self.epilog = _epilog(examples(name))
        _hide_types(self, ctx)
        load_renderer()
        super().format_help(ctx, formatter)


class Group(TyperGroup):
    """A group that answers ``help``, and words people try instead of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Parse the options before the command."""
        _take_text_as_it_is(self, ctx)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Find the command.

        Raises:
            UsageError: Another program would call it so; the hint is what to type here.
        """
        word = args[0].lower()
        if word in self.commands or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        if word == "help":
            if not args[1:]:
                output.out(ctx.get_help())
                raise typer.Exit
            return super().resolve_command(ctx, [*args[1:], "--help"])
        if ctx.parent is None and word in MEANT:
            raise UsageError(f"no command is called {word!r}", hint=f"try `hrvctl {MEANT[word]}`")
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Show the help, and what a person types first."""
        _, _, name = ctx.command_path.partition(" ")
        if name:
            self.epilog = _epilog(
                [line for one in self.commands for line in examples(f"{name} {one}")[:1]]
            )
        _hide_types(self, ctx)
        load_renderer()
        super().format_help(ctx, formatter)


def _epilog(lines: list[str]) -> str:
    return "\n".join(["For example:", *(f"  {line}" for line in lines)]) if lines else ""


def _take_text_as_it_is(command: TyperCommand | TyperGroup, ctx: Any) -> None:  # noqa: ANN401
    """Spare Typer the conversion of an option that is not given, or is any text.

    For it Typer loads Pydantic, which takes a fifth of the time of a light command.
    """
    for param in command.get_params(ctx):
        if param.nargs == 1 and not param.multiple and not param.required:
            vars(param)["process_value"] = partial(_processed, param.process_value, param)


def _processed(process: Callable[..., Any], param: Any, ctx: Any, value: Any) -> Any:  # noqa: ANN401
    kind = getattr(param, "type_descriptor", None)  # older versions of Typer have none
    is_text = kind is not None and kind.annotation is str and kind.parameter_info.parser is None
    if value is None or (is_text and isinstance(value, str)):
        return param.callback(ctx, param, value) if param.callback else value
    return process(ctx, value)


def _hide_types(command: TyperCommand | TyperGroup, ctx: Any) -> None:  # noqa: ANN401
    """Show of a value what it stands for, or its choices; never the name of a Python type."""
    for param in command.get_params(ctx):
        typed = getattr(type(param), "display_type_rich", None)
        if typed is not None:  # older versions of Typer have no such method
            vars(param)["display_type_rich"] = partial(_shown_type, typed, param)


def _shown_type(typed: Callable[..., str | None], param: object, ctx: object) -> str:
    text = typed(param, ctx=ctx) or ""
    if not text.startswith("<"):
        return text
    return text.replace("list[", "").replace("]", "") if "|" in text else ""

"""The manual page, made from the command table: ``python -m hrvctl.cli.manual > man/hrvctl.1``."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import typer.main

from hrvctl.cli import output
from hrvctl.cli.app import app
from hrvctl.cli.help import examples
from hrvctl.cli.options import EVERYWHERE
from hrvctl.errors import ExitCode

# What each exit code means; docs/exit-codes-and-json.md says more.
CODES = {
    ExitCode.DONE: "Done.",
    ExitCode.FAILED: "Failed.",
    ExitCode.USAGE: "The command was not understood.",
    ExitCode.PARTIAL: "Partly done: some files were refused or some branches failed.",
    ExitCode.NOTHING_NEW: "Nothing new, nothing done.",
    ExitCode.STALE: "Stale data: the forecast is withheld, or wider.",
    ExitCode.SIGN_IN: "A vendor no longer accepts the key or sign-in.",
    ExitCode.HOME: "The home cannot be used, or its schema is another.",
    ExitCode.LOCKED: "Another run is at work in this home.",
    ExitCode.CONFIG: "The configuration has faults.",
    ExitCode.INTERRUPTED: "Interrupted.",
    ExitCode.TERMINATED: "Stopped by the system.",
}
HEAD = """.\\" Made by `python -m hrvctl.cli.manual`.
.TH HRVCTL 1
.SH NAME
hrvctl \\- forecast tomorrow morning's HRV from your wearable, and keep an honest score
.SH SYNOPSIS
.B hrvctl
.RI [ OPTION ]...
.RI [ COMMAND ]...
"""
TAIL = """.SH ENVIRONMENT
.TP
.B HRVCTL_HOME
The home, where
.B \\-\\-home
is not given. Each setting can be given as
.BI HRVCTL_ KEY
too.
.TP
.B NO_COLOR
No colours.
.TP
.BR VISUAL ", " EDITOR
The editor of the journal and of the configuration.
.SH FILES
.TP
.I hrvctl.db
In the home: the only file that cannot be made again.
.B hrvctl config path
prints where the configuration is.
"""


def manual_page() -> str:
    """The page in the macros of man(7)."""
    group = typer.main.get_command(app)
    return "".join(
        [
            HEAD,
            ".SH DESCRIPTION\n",
            *_paragraphs(group.help or ""),
            ".SH OPTIONS\n",
            "These stand before or after the command.\n",
            *_options(_shared(group)),
            ".SH COMMANDS\n",
            *_commands(group, "hrvctl"),
            ".SH EXIT STATUS\n",
            *(f".TP\n.B {code.value}\n{_text(CODES[code])}\n" for code in ExitCode),
            TAIL,
        ]
    )


def _shared(group: Any) -> list[Any]:  # noqa: ANN401 - Typer's own
    """The options that every command has; the first command's are as good as any."""
    first = next(iter(group.commands.values()))
    return [one for one in first.params if _panel(one) == EVERYWHERE]


def _commands(group: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield from _command(command, f"{path} {name}")


def _command(command: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one not in arguments and _panel(one) != EVERYWHERE]
    usage = [_argument(one) for one in arguments]
    yield f".SS {_text(' '.join([path, *usage]))}\n"
    yield from _paragraphs(command.help or "")
    for one in arguments:
        yield f".TP\n.I {_text(one.metavar or one.name.upper())}\n{_text(one.help or '')}\n"
    yield from _options(options)
    if lines := examples(path.removeprefix("hrvctl ")):
        yield ".PP\nFor example:\n.PP\n.nf\n.RS\n"
        yield from (f"{_text(line)}\n" for line in lines)
        yield ".RE\n.fi\n"


def _argument(one: Any) -> str:  # noqa: ANN401
    name = (one.metavar or one.name.upper()) + ("" if one.nargs == 1 else "...")
    return name if one.required else f"[{name}]"


def _options(options: Iterable[Any]) -> Iterator[str]:
    for one in options:
        value = "" if one.is_flag else f" {one.metavar or _choices(one)}".rstrip()
        yield f".TP\n.B {_text(', '.join(one.opts))}{_text(value)}\n{_text(one.help or '')}\n"


def _choices(one: Any) -> str:  # noqa: ANN401
    typed = getattr(one, "display_type_rich", None)  # versions before 0.29 keep them elsewhere
    if typed is not None:
        return str(typed(ctx=None) or "").strip("<>")
    return "|".join(map(str, getattr(one.type, "choices", ())))


def _panel(one: Any) -> str | None:  # noqa: ANN401
    panel: str | None = getattr(one, "rich_help_panel", None)
    return panel


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield f".PP\n{_text(' '.join(paragraph.split()))}\n"


def _text(text: str) -> str:
    """A line of text for roff: backslashes, dashes, and a dot or an apostrophe at its start."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\`")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped


if __name__ == "__main__":
    output.out(manual_page().rstrip("\n"), is_data=True)

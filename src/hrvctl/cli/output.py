"""The one place that writes text to stdout and stderr: nothing in it can act on a terminal.

Emphasis is marked with noncharacters, which no text in Unicode may have, and becomes an escape
sequence here; every other control or format character is shown as an escape, also in a pipe.
On a terminal, lines are wrapped at words; in a pipe they stay as they are.
"""

import contextlib
import os
import re
import shutil
import sys
import textwrap
import traceback
from typing import TextIO

from hrvctl.errors import OutputLost
from hrvctl.safe_text import one_line, printable

# Marks of emphasis and the sequences they become (ECMA-48, 8.3.117 SGR).
BOLD, GREEN, YELLOW, RED, END = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4"
_STYLES = {BOLD: "\x1b[1m", GREEN: "\x1b[32m", YELLOW: "\x1b[33m", RED: "\x1b[31m", END: "\x1b[0m"}
# Begins a line that is never wrapped: one to copy, or the content of a file.
VERBATIM = "\ufdd5"
# The blank between a number and its unit, where no line ends; and what holds its place meanwhile.
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:ms|bpm|rpm|%)(?!\w))")
NO_BREAK = "\ufdd6"
_AS_STYLES = str.maketrans(_STYLES | {VERBATIM: ""})
_WITHOUT_STYLES = str.maketrans(dict.fromkeys((*_STYLES, VERBATIM)))


def out(text: str, *, is_data: bool = False) -> None:
    """Print a result on stdout.

    Args:
        text: For a person, unless
        is_data: It is for a program, and no line of it is wrapped.

    Raises:
        OutputLost: It could not be written, for example on a full disk.
    """
    if sys.stdout is None:  # closed by the caller (`>&-`), who wants only the exit code
        return
    try:
        _write(text, sys.stdout, width=None if is_data else terminal_width())
    except OSError as error:
        # Keep Python from flushing again at exit, and failing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # A reader that has enough (`| head`) is not an error.
        if not isinstance(error, BrokenPipeError):
            raise OutputLost(
                "the command succeeded, but its result could not be written to stdout:"
                f" {error.strerror}"
            ) from error


def err(text: str) -> None:
    """Print lines on stderr."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):  # nowhere is left to report it
            _write(text, sys.stderr, width=terminal_width(sys.stderr))


def err_line(text: str) -> None:
    """Print one line on stderr; a line end in it, for example of a file's name, is a space."""
    err(one_line(text))


def err_traceback(error: BaseException) -> None:
    """Print a traceback on stderr."""
    err(verbatim("".join(traceback.format_exception(error)).rstrip("\n")))


def plain(text: str) -> str:
    """The text without the marks of this module, for a program."""
    return printable(text).translate(_WITHOUT_STYLES)


def verbatim(text: str) -> str:
    """Mark lines that are never wrapped: to copy, or the content of a file."""
    return "\n".join(f"{VERBATIM}{line}" for line in text.split("\n"))


def terminal_width(stream: TextIO | None = None) -> int | None:
    """Columns of the terminal that a stream (stdout) is; ``None`` where it is none."""
    if not is_terminal(stream or sys.stdout):
        return None
    return shutil.get_terminal_size().columns


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; one that the caller closed (`2>&-`) is ``None``."""
    return stream is not None and stream.isatty()


def has_colours(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal whose owner wants colours (https://no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def can_show(signs: str) -> bool:
    """Whether the encoding of stdout has these signs."""
    try:
        signs.encode((sys.stdout and sys.stdout.encoding) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _write(text: str, stream: TextIO, *, width: int | None) -> None:
    encoding = stream.encoding or "utf-8"
    if width:
        text = "\n".join(_wrapped(line, width) for line in text.split("\n"))
    safe = printable(text).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(safe.translate(_AS_STYLES if has_colours(stream) else _WITHOUT_STYLES) + "\n")
    stream.flush()


def _wrapped(line: str, width: int) -> str:
    """A line in as many as it needs, the later ones indented; a unit stays at its number."""
    if len(line) <= width or line.startswith(VERBATIM):
        return line
    indent = len(line) - len(line.lstrip(" ")) + 2
    wrapped = textwrap.fill(
        _BEFORE_UNIT.sub(NO_BREAK, line),
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped.replace(NO_BREAK, " ")

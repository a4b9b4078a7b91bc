"""The help is rendered without the parts of Rich that it does not show, and looks the same."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

from hrvctl.cli import typer_private

pytestmark = pytest.mark.slow

# Prints the help of the program, of a group and of a command; with a word, all of Rich is there.
HELP = """
import sys
if len(sys.argv) > 1:
    import rich.markdown, rich.traceback
from hrvctl.cli.main import run
for words in ("--help", "config --help", "journal add --help"):
    assert run(words.split()) == 0
assert ("rich.markdown" in sys.modules) == ("rich.traceback" in sys.modules) == (len(sys.argv) > 1)
"""
# Uses what the help does not.
USED = """
from hrvctl.cli.typer_private import load_renderer
load_renderer()
from typer import rich_utils
print(type(rich_utils.Markdown("text")).__module__)
error = ValueError("x")
print(type(rich_utils.Traceback.from_exception(ValueError, error, None)).__module__)
"""


def test_what_the_renderer_imports_is_there() -> None:
    """In the installed version of Typer."""
    renderer = import_module(typer_private.RENDERER)
    for module, name in typer_private.NOT_SHOWN.items():
        assert hasattr(renderer, name), module


@pytest.mark.parametrize("colours", [{}, {"FORCE_COLOR": "1"}])
def test_the_help_looks_the_same(colours: dict[str, str]) -> None:
    """With colours and without."""
    plain, whole = (
        subprocess.run(
            [sys.executable, "-c", HELP, *words],
            env={**os.environ, **colours, "COLUMNS": "100"},
            capture_output=True,
            check=True,
        ).stdout
        for words in ((), ("whole",))
    )
    assert plain == whole
    assert (b"\x1b[" in plain) == bool(colours)
    assert b"Options of every command" in plain


def test_what_the_help_does_not_show_works_all_the_same() -> None:
    """It is loaded when it is used."""
    done = subprocess.run([sys.executable, "-c", USED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["rich.markdown", "rich.traceback"]

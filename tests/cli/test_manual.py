"""The manual page is made from the command table, and comes with the package."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from hrvctl.cli.manual import manual_page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "man" / "hrvctl.1"


def test_the_page_is_that_of_the_present_commands() -> None:
    """After a change of a command: python -m hrvctl.cli.manual > man/hrvctl.1."""
    assert PAGE.read_text(encoding="utf-8") == manual_page()


def test_the_page_is_installed() -> None:
    """Where `man` looks for it, beside the program."""
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert built["targets"]["wheel"]["shared-data"] == {"man": "share/man/man1"}


def test_every_line_that_begins_with_a_dot_is_a_macro_of_man() -> None:
    """No text of ours is taken for one, whatever it begins with."""
    macros = {
        "TH",
        "SH",
        "SS",
        "PP",
        "TP",
        "B",
        "I",
        "BI",
        "BR",
        "RI",
        "nf",
        "fi",
        "RS",
        "RE",
        '\\"',
    }
    found = {
        re.split(r"\s", line[1:])[0]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith((".", "'"))
    }
    assert found <= macros


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_groff_finds_no_fault() -> None:
    """With every warning on."""
    done = subprocess.run(
        ["groff", "-man", "-ww", "-z", str(PAGE)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

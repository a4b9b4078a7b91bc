"""Text fits the terminal: no line is too long, no word is broken, no table falls apart."""

import re
from collections.abc import Callable

import pytest

from conftest import Result
from hrvctl.cli import output, render

Hrvctl = Callable[..., Result]

COMMANDS = (
    "status",
    "morning",
    "daily",
    "score",
    "score --full",
    "backtest",
    "backtest --full",
    "reconcile --full",
    "effects",
    "show forecast",
    "show metrics",
    "show ledger",
    "journal list",
    "data days",
    "data list",
    "data imports",
    "subjects",
    "doctor",
    "sources",
    "runs",
)


@pytest.mark.usefixtures("home_with_two_runs")
@pytest.mark.parametrize("words", COMMANDS)
def test_every_line_fits_and_no_word_is_broken(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """At 60, 80 and 120 columns the words of the pipe, each line within the width."""
    piped = hrvctl(*words.split())
    for width in (60, 80, 120):
        monkeypatch.setattr(output, "terminal_width", lambda _=None, width=width: width)
        shown = hrvctl(*words.split())
        lines = (shown.out + shown.err).splitlines()
        assert [line for line in lines if len(line) > width and " " in line.strip()] == [], width
        if words not in {"daily", "runs", "doctor"}:  # each run has another id
            assert set(shown.out.split()) == set(piped.out.split()), width


@pytest.mark.usefixtures("home_with_two_runs")
def test_no_line_ends_between_a_number_and_its_unit(
    hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any width: "-0.1" at the end of a line and "ms" on the next are read twice."""
    for width in range(50, 90):
        monkeypatch.setattr(output, "terminal_width", lambda _=None, width=width: width)
        shown = hrvctl("show", "forecast").out + hrvctl("status").out
        assert not re.search(r"\d\n *(?:ms|bpm|rpm|%)(?!\w)", shown), width


def test_a_table_too_wide_goes_on_below_with_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell is there once, under its own header."""
    monkeypatch.setattr(output, "terminal_width", lambda: 24)
    table = render.columns(
        [("ma7", 84, 11.3, 0.8), ("naive", 85, 14.4, 1.0)], header=("", "mornings", "MAE", "ratio")
    )
    assert table.splitlines() == [
        "       mornings   MAE",
        "ma7          84  11.3",
        "naive        85  14.4",
        "",
        "       ratio",
        "ma7      0.8",
        "naive    1.0",
    ]


def test_lines_to_copy_are_not_wrapped(hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of a crontab with a break in it would not run."""
    monkeypatch.setattr(output, "terminal_width", lambda _=None: 40)
    done = hrvctl("schedule", "install", "--with", "systemd", "--dry-run")
    assert [line for line in done.out.splitlines() if len(line) > 40 and " daily" in line]


def test_json_is_not_wrapped(hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for a program, also on a terminal."""
    piped = hrvctl("explain", "score", "--json").out
    monkeypatch.setattr(output, "terminal_width", lambda _=None: 40)
    assert hrvctl("explain", "score", "--json").out == piped

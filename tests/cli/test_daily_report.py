"""What `hrvctl daily` says of an evening, where a figure could be told wrong."""

import re
from collections.abc import Callable

import pytest

from conftest import Result
from hrvctl.cli.daily_report import off_by
from hrvctl.store.home import Home


@pytest.mark.parametrize(
    ("error_ms", "said"),
    [
        (3.4, "3 ms less than forecast"),
        (-12.6, "13 ms more than forecast"),
        (0.3, "off by less than 1 ms"),
        (-0.4, "off by less than 1 ms"),
    ],
)
def test_an_error_is_told_with_its_unit_and_never_as_minus_nought(
    error_ms: float, said: str
) -> None:
    """Whole ms; a forecast that was too high is one the value lay below."""
    assert off_by(error_ms) == said


def test_last_forecast_is_set_beside_what_came_true(
    home_with_two_runs: Home, hrvctl: Callable[..., Result]
) -> None:
    """One line: the morning, both values, how far off, and whether the interval held it."""
    assert home_with_two_runs.exists()
    (line,) = (line for line in hrvctl("daily").out.splitlines() if line.startswith("Tue 10 Mar"))
    expected = (
        r"Tue 10 Mar 2026 was \d+ ms: forecast \d+ ms,"
        r" (\d+ ms (more|less) than forecast|off by less than 1 ms),"
        r" (inside the|outside the|without an) 80 % interval"
    )
    assert re.fullmatch(expected, line)

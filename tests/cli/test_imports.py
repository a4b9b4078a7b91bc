"""A call loads its own command and nothing that it does not use: modules are counted, not time."""

import json
import subprocess
import sys

import pytest

from hrvctl.store.home import Home

pytestmark = pytest.mark.slow

# Prints the modules that a call has loaded. The call's own output goes nowhere.
PROBE = """
import contextlib, io, json, sys
from datetime import datetime, timezone
from hrvctl.cli.main import run
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = run(sys.argv[1:], clock=lambda: datetime(2026, 3, 10, 21, tzinfo=timezone.utc))
print(json.dumps([code, sorted(sys.modules)]))
"""
# Of each call, the commands it loads, and the modules of hrvctl it may load, with some room.
ALLOWED: dict[str, tuple[set[str], int]] = {
    "--version": (set(), 24),
    "--help": (set(), 24),
    "status": ({"status", "morning"}, 76),
    "show forecast": ({"show"}, 56),
    "": ({"morning"}, 72),
}
# What no light call needs: Typer's conversions, what its help can show and ours does not, the
# network, what computes.
NEVER = {
    "pydantic",
    "rich.markdown",
    "rich.traceback",
    "pygments",
    "hrvctl.network",
    "http.client",
    "ssl",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "dagster",
}
# What only cohorts need. (pandas itself loads pyarrow where it is installed.)
OF_COHORTS = {"numba", "llvmlite", "distributed"}


@pytest.mark.parametrize("call", ALLOWED)
def test_light_call_loads_little(home_with_two_runs: Home, call: str) -> None:
    """Neither the other commands nor the libraries of the evening."""
    words = ["--home", str(home_with_two_runs.root), *call.split()]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True
    )
    code, loaded = json.loads(done.stdout)
    assert code == 0
    assert not (NEVER | OF_COHORTS | {"pyarrow", "fsspec"}).intersection(loaded)
    assert "rich" not in loaded or call == "--help"
    commands, n_modules = ALLOWED[call]
    before = "hrvctl.cli.commands."
    assert {name.removeprefix(before) for name in loaded if name.startswith(before)} == commands
    own = [name for name in loaded if name.split(".")[0] == "hrvctl"]
    assert len(own) <= n_modules, own


def test_an_evening_loads_nothing_of_the_cohorts(home_with_two_runs: Home) -> None:
    """One person's forecasts are made by the loops as written, never by compiled ones."""
    words = ["--home", str(home_with_two_runs.root), "daily", "--as-of", "2026-03-08"]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True
    )
    code, loaded = json.loads(done.stdout)
    assert code == 0
    assert "hrvctl.domain.forecast.ridge" in loaded
    assert not OF_COHORTS.intersection(loaded)
    assert not any(name.startswith("hrvctl.domain.cohort") for name in loaded)
    assert "hrvctl.domain.forecast.compilation" not in loaded

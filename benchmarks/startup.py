"""How long commands take to start, against the least that what they stand on would take.

    python benchmarks/startup.py [-n RUNS] [--years YEARS]

Every figure is the median of whole processes, wall clock. The two sides of a ratio are run in
turns, so that a busy moment of the machine hits both.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hrvctl.pipeline.instance import DAGSTER_YAML
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export

Words = Sequence[str]

# A ratio to stay at or below.
AIM = 3.0
SEED = 5
DAYS_A_YEAR = 365

TYPER = (sys.executable, "-c", "import typer")

# What any evening stands on: Dagster imported, a persistent run history, six ops that do nothing.
# It spares the disk syncs as we do, or a slow disk would make us look good.
BARE_RUN = """
import sys
import dagster as dg
import sqlalchemy

@sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
def relax(connection, _):
    connection.execute("PRAGMA synchronous = OFF")

def make(i):
    @dg.op(name=f"op_{i}")
    def nothing(before: int) -> int:
        return before
    return nothing

@dg.op
def op_0() -> int:
    return 0

@dg.job(logger_defs={"console": dg.colored_console_logger})
def six():
    key = op_0()
    for i in range(1, 6):
        key = make(i)(key)

quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    assert six.execute_in_process(instance=instance, run_config=quiet).success
"""


@dataclass(frozen=True)
class Race:
    """A command of ours and what it is measured against."""

    name: str
    ours: Words
    against: str
    theirs: Words
    codes: tuple[int, ...] = (0,)


def main() -> None:
    """Measure everything and print a line for each."""
    parser = argparse.ArgumentParser(description="How long commands take to start.")
    parser.add_argument("-n", type=int, default=7, metavar="RUNS", help="runs a side (default 7)")
    parser.add_argument("--years", type=int, default=5, help="years of history (default 5)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hrvctl-startup-") as scratch:
        folder = Path(scratch)
        home = make_home(folder, years=given.years)
        print(
            f"median of {given.n} runs each in turns, wall seconds; {given.years} years of history"
        )
        for race in races(home, make_bare_home(folder)):
            print(line(race, *medians(race, given.n)), flush=True)


def races(home: Path, bare_home: Path) -> list[Race]:
    """What is measured, against what."""
    hrvctl = (sys.executable, "-m", "hrvctl", "--home", str(home))
    bare = (sys.executable, "-c", BARE_RUN, str(bare_home))
    return [
        Race("hrvctl --help", (*hrvctl, "--help"), "import typer", TYPER),
        Race("hrvctl status", (*hrvctl, "status"), "import typer", TYPER),
        Race("hrvctl show forecast", (*hrvctl, "show", "forecast"), "import typer", TYPER),
        # The evening's second run seals nothing new: 4.
        Race("hrvctl daily", (*hrvctl, "daily"), "six empty ops", bare, codes=(0, 4, 5)),
    ]


def make_home(folder: Path, *, years: int) -> Path:
    """A home with a made-up person's years, up to today, and an evening behind it."""
    # One day more than is known: the export of an evening ends with that day's open cycle.
    last = date.today()  # noqa: DTZ011 - the commands go by the machine's own clock
    person = simulate_until(
        Traits(long_gaps_per_year=0.0, gap_probability=0.0),
        last_day=last + timedelta(days=1),
        n_days=years * DAYS_A_YEAR,
        seed=SEED,
    )
    write_export(person, folder / "export", as_of=last)
    home = folder / "home"
    for words in (("import", str(folder / "export")), ("daily",)):
        call = [sys.executable, "-m", "hrvctl", "--home", str(home), "--quiet", *words]
        subprocess.run(call, check=True)
    shutil.rmtree(folder / "export")
    return home


def make_bare_home(folder: Path) -> Path:
    """A run history with the same settings as ours and nothing of ours in it."""
    home = folder / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    return home


def medians(race: Race, n: int) -> tuple[float, float]:
    """Run both sides in turns, once to warm up and then ``n`` times; median seconds of each."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(n + 1):
        for side, words, codes in ((0, race.ours, race.codes), (1, race.theirs, (0,))):
            began = time.perf_counter()
            done = subprocess.run(words, capture_output=True, check=False)
            took = time.perf_counter() - began
            if done.returncode not in codes:
                sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr.decode()}")
            if turn:
                seconds[side].append(took)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def line(race: Race, ours: float, theirs: float) -> str:
    """One race for a person to read."""
    ratio = ours / theirs
    verdict = "reached" if ratio <= AIM else "MISSED"
    return (
        f"{race.name:<21} {ours:6.3f}   {race.against:<13} {theirs:6.3f}"
        f"   ratio {ratio:5.2f}   aim {AIM:g} or less: {verdict}"
    )


if __name__ == "__main__":
    main()

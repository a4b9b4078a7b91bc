"""How long commands take to start, against the least that what they stand on would take.

    python benchmarks/startup.py [-n RUNS] [--years YEARS] [--before CHECKOUT]

Every figure is the median of whole processes: wall clock, and processor seconds in brackets. All
sides of a ratio are run in turns, so that a busy moment of the machine hits each. With a checkout
of another commit the same commands are run from it as well. Every side has its bytecode kept, as an
installation has. At the end, what the imports of a command cost, by package.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hrvctl.pipeline.instance import DAGSTER_YAML
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export

Words = Sequence[str]

# Ratios to stay at or below: of a light command, and of an evening.
AIM_LIGHT, AIM_DAILY = 2.2, 1.5
# A line of `python -X importtime`: microseconds of its own, and the module.
IMPORTED = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")
# Packages listed by what their imports cost.
N_PACKAGES = 8
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
    aim: float = AIM_LIGHT


def main() -> None:
    """Measure everything and print a line for each."""
    parser = argparse.ArgumentParser(description="How long commands take to start.")
    parser.add_argument("-n", type=int, default=7, metavar="RUNS", help="runs a side (default 7)")
    parser.add_argument("--years", type=int, default=5, help="years of history (default 5)")
    parser.add_argument("--before", metavar="CHECKOUT", help="another commit, to compare with")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hrvctl-startup-") as scratch:
        folder = Path(scratch)
        os.environ |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        home = make_home(folder, years=given.years)
        print(
            f"median of {given.n} runs each in turns, wall seconds (and the processor's);"
            f" {given.years} years of history"
        )
        for race in races(home, make_bare_home(folder)):
            print(line(race, *medians(race, given.n, given.before)), flush=True)
        for race in races(home, make_bare_home(folder)):
            print(import_line(race), flush=True)


def races(home: Path, bare_home: Path) -> list[Race]:
    """What is measured, against what."""
    hrvctl = (sys.executable, "-m", "hrvctl", "--home", str(home))
    bare = (sys.executable, "-c", BARE_RUN, str(bare_home))
    return [
        Race("hrvctl", hrvctl, "import typer", TYPER, codes=(0, 4)),
        Race("hrvctl --help", (*hrvctl, "--help"), "import typer", TYPER),
        Race("hrvctl status", (*hrvctl, "status"), "import typer", TYPER),
        Race("hrvctl show forecast", (*hrvctl, "show", "forecast"), "import typer", TYPER),
        # The evening's second run seals nothing new: 4.
        Race(
            "hrvctl daily",
            (*hrvctl, "daily"),
            "six empty ops",
            bare,
            codes=(0, 4, 5),
            aim=AIM_DAILY,
        ),
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
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    return home


def medians(race: Race, n: int, before: str | None) -> list[tuple[float, float]]:
    """Run all sides in turns, once to warm up and then ``n`` times.

    Returns:
        Median wall and processor seconds: ours, theirs, and ours from another checkout.
    """
    sides: list[tuple[Words, tuple[int, ...], Mapping[str, str]]] = [
        (race.ours, race.codes, {}),
        (race.theirs, (0,), {}),
    ]
    if before:
        sides.append((race.ours, race.codes, {"PYTHONPATH": f"{before}/src"}))
    seconds: list[list[tuple[float, float]]] = [[] for _ in sides]
    for turn in range(n + 1):
        for taken, (words, codes, environment) in zip(seconds, sides, strict=True):
            began, used = time.perf_counter(), _used()
            done = subprocess.run(
                words, capture_output=True, check=False, env=os.environ | environment
            )
            took = time.perf_counter() - began, _used() - used
            if done.returncode not in codes:
                sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr.decode()}")
            if turn:
                taken.append(took)
    return [
        (statistics.median(wall for wall, _ in side), statistics.median(cpu for _, cpu in side))
        for side in seconds
    ]


def _used() -> float:
    """Processor seconds of all child processes so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def line(
    race: Race, ours: tuple[float, float], theirs: tuple[float, float], *before: tuple[float, float]
) -> str:
    """One race for a person to read."""
    ratio, of_cpu = ours[0] / theirs[0], ours[1] / theirs[1]
    verdict = "reached" if ratio <= race.aim else "MISSED"
    text = (
        f"{race.name:<21} {ours[0]:6.3f} ({ours[1]:.3f})   {race.against:<13} {theirs[0]:6.3f}"
        f" ({theirs[1]:.3f})   ratio {ratio:.2f} ({of_cpu:.2f})"
    )
    for wall, cpu in before:
        text += f"   before {wall / theirs[0]:.2f} ({cpu / theirs[1]:.2f})"
    return f"{text}   aim {race.aim:g} or less: {verdict}"


def import_line(race: Race) -> str:
    """The packages whose imports cost a command most, milliseconds of their own modules."""
    words = [race.ours[0], "-X", "importtime", *race.ours[1:]]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    cost: Counter[str] = Counter()
    found = IMPORTED.findall(done.stderr)
    for microseconds, module in found:
        cost[module.split(".")[0]] += int(microseconds)
    listed = ", ".join(f"{name} {us / 1000:.0f}" for name, us in cost.most_common(N_PACKAGES))
    return f"{race.name}: {len(found)} modules, {cost.total() / 1000:.0f} ms; {listed}"


if __name__ == "__main__":
    main()

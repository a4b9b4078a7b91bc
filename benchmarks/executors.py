"""Compare the daily run in one process with one process per op: artifacts and times.

    python benchmarks/executors.py [-n PEOPLE] [--days DAYS]

Every made-up person lives one evening; then the next is run in two copies of the home, whole
processes in turns so that a busy moment of the machine hits both. Exit code 1 when the artifacts
differ in anything but times, run ids and hashes of these.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from hrvctl.cli.main import run
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.home import Home

SEED = 4
EXECUTORS = ("in-process", "multiprocess")

# What differs from one run of the same evening to the next.
OF_THE_RUN = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b\d{4}-\d\d-\d\dT[0-9:.]+\+\d\d:\d\d\b"
    r"|\b[0-9a-f]{64}\b"
)


def live(root: Path, number: int, n_days: int) -> tuple[Home, Path]:
    """The home of a person after yesterday's evening, and today's export."""
    now = datetime.now().astimezone()
    traits = draw_people(number + 1, SEED)[number]
    person = simulate_until(traits, last_day=now.date(), n_days=n_days, seed=SEED + number)
    yesterday = now.date() - timedelta(days=1)
    for day in (yesterday, now.date()):
        write_export(person, root / f"export-{day}", as_of=day)
    at = datetime.combine(yesterday, time_of_day(21), tzinfo=now.tzinfo)
    words = ["--home", str(root / "home"), "--quiet", "daily"]
    run([*words, "--import", str(root / f"export-{yesterday}")], clock=lambda: at)
    return Home(root / "home"), root / f"export-{now.date()}"


def evening(home: Home, export: Path, executor: str) -> float:
    """Run the evening in a process of its own; how long it took, s."""
    words = ["--home", str(home.root), "--quiet", "daily", "--import", str(export)]
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "hrvctl", *words, "--executor", executor],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 4, 5):
        sys.exit(done.stderr)
    return time.perf_counter() - begun


def artifacts(home: Home) -> dict[str, str]:
    """Every artifact, without what differs from run to run."""
    return {
        path.name: OF_THE_RUN.sub("", path.read_text(encoding="utf-8"))
        for path in sorted(home.artifacts("me").iterdir())
        if path.is_file()
    }


def main() -> None:
    """Run all of it and print a line a person."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=5, help="how many people")
    parser.add_argument("--days", type=int, default=365, help="how long each has lived, days")
    asked = parser.parse_args()
    seconds: dict[str, list[float]] = {executor: [] for executor in EXECUTORS}
    differing = []
    print(f"{'person':>6}  {'in-process':>10}  {'multiprocess':>12}  artifacts")
    for number in range(asked.n):
        with tempfile.TemporaryDirectory(prefix="hrvctl-bench-") as scratch:
            home, export = live(Path(scratch), number, asked.days)
            found = {}
            # The first one has the colder disk: each executor is it in its turn.
            for executor in EXECUTORS if number % 2 else reversed(EXECUTORS):
                copy = Home(Path(scratch) / executor)
                shutil.copytree(home.root, copy.root)
                seconds[executor].append(evening(copy, export, executor))
                found[executor] = artifacts(copy)
        same, spread = (found[executor] for executor in EXECUTORS)
        differing += [name for name in same.keys() | spread.keys() if same[name] != spread[name]]
        times = [seconds[executor][-1] for executor in EXECUTORS]
        verdict = "the same" if same == spread else "differ"
        print(f"{number + 1:>6}  {times[0]:>8.2f} s  {times[1]:>10.2f} s  {len(same)}, {verdict}")
    medians = [statistics.median(seconds[executor]) for executor in EXECUTORS]
    print(f"{'median':>6}  {medians[0]:>8.2f} s  {medians[1]:>10.2f} s")
    print(f"multiprocess takes {medians[1] / medians[0]:.1f} times as long")
    if differing:
        sys.exit(f"these differ: {', '.join(sorted(set(differing)))}")


if __name__ == "__main__":
    main()

"""Run eight processes on one home at once, and check that no write is lost.

    python benchmarks/hammer.py [--seconds 60] [--workers 8]

First all of them run `daily` at once in a home that does not exist; then each runs one command
after the other: `daily`, `journal add`, `guess`, `status`. The writes of every command that ended
with 0 must be in the database once; allowed exit codes are 0 (done), 4 (nothing new) and 11
(another run is active; short writes wait 15 seconds for it).
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from invariants import column, faults_of, temp_file_names

from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export

ALLOWED = (0, 4, 11)
# A person whose last night was measured, so that no forecast is stale.
SEED = 4
# Relative frequency of the commands; a daily run takes longest.
MIX = (
    "daily",
    "daily",
    "journal",
    "journal",
    "journal",
    "guess",
    "guess",
    "guess",
    "status",
    "status",
    "status",
)


@dataclass
class Results:
    """The results of the commands.

    Attributes:
        codes: How often each command ended in each way.
        took: Seconds each call took, by command.
        faults: Calls with another exit code, or a message about a locked database.
        notes: Notes reported as stored.
        guesses: Guesses reported as stored, ms.
    """

    codes: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    guesses: list[float] = field(default_factory=list)


def call(home: Path, results: Results, *words: str) -> int:
    """Run one command and record its result."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "hrvctl", "--home", str(home), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    results.took[words[0]].append(time.monotonic() - started)
    results.codes[words[0]][done.returncode] += 1
    if done.returncode not in ALLOWED or "database is locked" in done.stdout + done.stderr:
        results.faults.append(f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.returncode


def hammer(home: Path, results: Results, worker: int, until: float) -> None:
    """Run random commands one after the other until the time is up."""
    draw = random.Random(SEED + worker)  # noqa: S311 - no secret
    n = 0
    while time.monotonic() < until:
        n += 1
        what = draw.choice(MIX)
        if what == "journal":
            text = f"two beers, token w{worker}n{n}"
            if call(home, results, "journal", "add", text) == 0:
                results.notes.append(text)
        elif what == "guess":
            ms = 40 + worker + n / 1024
            if call(home, results, "guess", repr(ms)) == 0:
                results.guesses.append(ms)
        else:
            call(home, results, what)


def lost(home: Path, results: Results) -> list[str]:
    """List notes and guesses that were reported as stored and are not there exactly once."""
    notes, guesses = (
        Counter(column(home, "notes", "text")),
        Counter(column(home, "guesses", "hrv_ms")),
    )
    faults = [
        f"note {text!r} is there {notes[text]} times" for text in results.notes if notes[text] != 1
    ]
    faults += [
        f"guess {ms} is there {guesses[ms]} times" for ms in results.guesses if guesses[ms] != 1
    ]
    return faults


def main() -> int:
    """Run the workers, check the home, print; returns 1 when there are faults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=8)
    options = parser.parse_args()
    results, first = Results(), Results()
    with tempfile.TemporaryDirectory(prefix="hammer-") as scratch:
        home, export = Path(scratch) / "home", Path(scratch) / "export"
        (traits,) = draw_people(1, SEED)
        today = date.today()  # noqa: DTZ011 - the person's own
        write_export(simulate_until(traits, last_day=today, n_days=40, seed=SEED), export)
        with ThreadPoolExecutor(options.workers) as pool:
            words = ("daily", "--import", str(export))
            list(pool.map(lambda _: call(home, first, *words), range(options.workers)))
            until = time.monotonic() + options.seconds
            list(pool.map(lambda w: hammer(home, results, w, until), range(options.workers)))
        call(home, results, "daily")
        faults = [*first.faults, *results.faults, *lost(home, results), *faults_of(home)]
        faults += [f"left over: {name}" for name in temp_file_names(home)]
    if not first.codes["daily"][0]:
        faults.append("of the first runs in a new home none was done")
    print(f"first in a new home, {options.workers} at once: {dict(first.codes['daily'])}")
    for name, codes in sorted(results.codes.items()):
        took = results.took[name]
        print(
            f"{name:8} {sum(codes.values()):5} calls, ended with {dict(codes)},"
            f" median {statistics.median(took):.2f} s, longest {max(took):.2f} s"
        )
    print(f"acknowledged: {len(results.notes)} notes, {len(results.guesses)} guesses")
    print("\n".join(faults) if faults else "nothing lost, nothing twice, no database locked")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

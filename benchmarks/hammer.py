"""Eight processes on one home at once: nothing is lost, nobody trips over another's lock.

    python benchmarks/hammer.py [--seconds 60] [--workers 8]

First all of them run `daily` at once in a home that does not exist; then each gives one command
after the other: `daily`, `journal add`, `guess`, `status`. Whatever ended with 0 must be in the
database afterwards, once; the only ways to end are 0 (done), 4 (nothing new) and 11 (another run
is at work, after 15 seconds of waiting for it where a short write waits).
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

from invariants import column, faults_of, leftovers

from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export

ALLOWED = (0, 4, 11)
# A person whose last night was measured, so that no forecast is stale.
SEED = 4
# Of eleven commands so many are each; a daily run takes longest, and the others come in between.
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
class Said:
    """What the commands told their callers.

    Attributes:
        codes: How often each command ended in each way.
        took: Seconds each call took, by command.
        strange: Calls that ended in no allowed way, or spoke of a locked database.
        notes: Words acknowledged.
        guesses: Guesses acknowledged, ms.
    """

    codes: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    strange: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    guesses: list[float] = field(default_factory=list)


def call(home: Path, said: Said, *words: str) -> int:
    """Give one command and note how it ended."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "hrvctl", "--home", str(home), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    said.took[words[0]].append(time.monotonic() - started)
    said.codes[words[0]][done.returncode] += 1
    if done.returncode not in ALLOWED or "database is locked" in done.stdout + done.stderr:
        said.strange.append(f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.returncode


def hammer(home: Path, said: Said, worker: int, until: float) -> None:
    """One process after the other until the time is up."""
    draw = random.Random(SEED + worker)  # noqa: S311 - no secret
    n = 0
    while time.monotonic() < until:
        n += 1
        what = draw.choice(MIX)
        if what == "journal":
            text = f"two beers, token w{worker}n{n}"
            if call(home, said, "journal", "add", text) == 0:
                said.notes.append(text)
        elif what == "guess":
            ms = 40 + worker + n / 1024
            if call(home, said, "guess", repr(ms)) == 0:
                said.guesses.append(ms)
        else:
            call(home, said, what)


def lost(home: Path, said: Said) -> list[str]:
    """What was acknowledged and is not there, or is there more than once."""
    notes, guesses = (
        Counter(column(home, "notes", "text")),
        Counter(column(home, "guesses", "hrv_ms")),
    )
    faults = [
        f"note {text!r} is there {notes[text]} times" for text in said.notes if notes[text] != 1
    ]
    faults += [
        f"guess {ms} is there {guesses[ms]} times" for ms in said.guesses if guesses[ms] != 1
    ]
    return faults


def main() -> int:
    """Hammer, check, print; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=8)
    options = parser.parse_args()
    said, first = Said(), Said()
    with tempfile.TemporaryDirectory(prefix="hammer-") as scratch:
        home, export = Path(scratch) / "home", Path(scratch) / "export"
        (traits,) = draw_people(1, SEED)
        today = date.today()  # noqa: DTZ011 - the person's own
        write_export(simulate_until(traits, last_day=today, n_days=40, seed=SEED), export)
        with ThreadPoolExecutor(options.workers) as pool:
            words = ("daily", "--import", str(export))
            list(pool.map(lambda _: call(home, first, *words), range(options.workers)))
            until = time.monotonic() + options.seconds
            list(pool.map(lambda w: hammer(home, said, w, until), range(options.workers)))
        call(home, said, "daily")
        faults = [*first.strange, *said.strange, *lost(home, said), *faults_of(home)]
        faults += [f"left over: {name}" for name in leftovers(home)]
    if not first.codes["daily"][0]:
        faults.append("of the first runs in a new home none was done")
    print(f"first in a new home, {options.workers} at once: {dict(first.codes['daily'])}")
    for name, codes in sorted(said.codes.items()):
        took = said.took[name]
        print(
            f"{name:8} {sum(codes.values()):5} calls, ended with {dict(codes)},"
            f" median {statistics.median(took):.2f} s, longest {max(took):.2f} s"
        )
    print(f"acknowledged: {len(said.notes)} notes, {len(said.guesses)} guesses")
    print("\n".join(faults) if faults else "nothing lost, nothing twice, no database locked")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

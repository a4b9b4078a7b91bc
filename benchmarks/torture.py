"""Kill hrvctl at random instants, hundreds of times, and see that nothing it reported is lost.

    python benchmarks/torture.py [--kills 500] [--workers 2] [--seed 1]

Each round gives one command on a simulated person's home and sends SIGKILL somewhere in it: most
are forked from a process that has imported everything, so that the kill hits the work and not the
imports; every fifteenth is a program of its own. Then, without any of hrvctl's own code: the
database, the chain and every file are sound; whatever a command that ended with 0 said it stored is
there, once; the next `daily` ends with 0 or 4, closes the dead run with its reason, and leaves no
file half-written and no scratch folder.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from contextlib import suppress
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

from invariants import faults_of, temp_file_names
from promises import Commands, badly_closed_runs, unfinished_runs

from hrvctl.cli.main import main as hrvctl
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export

# A person whose last night was measured, so that no forecast is stale.
PERSON_SEED = 4
# Enough for every model and an 80 % interval.
N_DAYS = 30
# Every so many commands one is a program of its own and not a fork.
FRESH_EVERY = 15
# Kills fall evenly up to this many times what the command takes, so that its very end is hit too.
BEYOND = 1.1
# What a command takes is the median of its latest so many calls that ended.
LATEST = 5
# Guessed for a command that has not come to its end yet, seconds.
FIRST_GUESS_S = 0.3
FRESH = [sys.executable, "-m", "hrvctl"]


class Patient:
    """One home, and what was promised in it."""

    def __init__(
        self,
        root: Path,
        export: Path,
        seed: int,
        *,
        fresh_every: int = FRESH_EVERY,
        talk: Path | None = None,
    ) -> None:
        self.fresh_every = fresh_every
        self.root, self.home, self.scratch = root, root / "home", root / "tmp"
        self.talk = talk or root
        self.draw = random.Random(seed)  # noqa: S311 - no secret
        self.commands = Commands(self.home, root, self.draw)
        self.took: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LATEST))
        self.ended: Counter[str] = Counter()
        self.n_started = 0
        self.scratch.mkdir(parents=True)
        for words in (
            ["import", str(export)],
            ["data", "prefer", "whoop"],
            ["config", "set", "keep_runs", "5"],
            ["daily"],
        ):
            if self.finish(words):
                raise SystemExit(f"{words}: {self.said()}")

    def start(self, words: list[str]) -> int:
        """Start a command in a process of its own; returns its number."""
        self.n_started += 1
        words = ["--home", str(self.home), "--json", *words]
        if self.fresh_every and self.n_started % self.fresh_every == 0:
            with (self.talk / "out").open("w") as out, (self.talk / "err").open("w") as err:
                surroundings = {**os.environ, "TMPDIR": str(self.scratch)}
                process = subprocess.Popen(
                    [*FRESH, *words], stdout=out, stderr=err, env=surroundings
                )
            process.returncode = 0  # waited for below, by its number
            return process.pid
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            self.become(words)
        return pid

    def become(self, words: list[str]) -> None:
        """Be the program, in a process that was forked, and end."""
        code = 99
        try:
            for name, handle in (("out", 1), ("err", 2)):
                file = os.open(self.talk / name, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
                os.dup2(file, handle)
            os.environ["TMPDIR"] = tempfile.tempdir = str(self.scratch)
            sys.argv = ["hrvctl", *words]
            hrvctl()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            with suppress(OSError):
                sys.stdout.flush()
            os._exit(code)

    def finish(self, words: list[str]) -> int:
        """Give a command and wait for its end; returns how it ended."""
        started = time.monotonic()
        _, status = os.waitpid(self.start(words), 0)
        self.took[words[0]].append(time.monotonic() - started)
        return os.waitstatus_to_exitcode(status)

    def kill(self, words: list[str]) -> int:
        """Give a command and kill it somewhere; returns how it ended."""
        started = time.monotonic()
        pid = self.start(words)
        until = started + self.draw.uniform(0, self.usual(words) * BEYOND)
        ended, status = 0, 0
        while not ended and time.monotonic() < until:
            time.sleep(0.002)
            ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            self.took[words[0]].append(time.monotonic() - started)
        else:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status)

    def usual(self, words: list[str]) -> float:
        """How long such a command takes, seconds."""
        return statistics.median(self.took[words[0]] or [FIRST_GUESS_S])

    def keep(self, what: str, words: list[str]) -> None:
        """Hold the command that has just ended well to what it said."""
        self.commands.keep(what, words, json.loads((self.talk / "out").read_text())["data"])

    def said(self) -> str:
        """What the last command said."""
        return (self.talk / "out").read_text() + (self.talk / "err").read_text()

    def round(self) -> tuple[bool, list[str]]:
        """One command, one kill, every check; tells whether the kill came before the end."""
        what, words = self.commands.draw()
        code = self.kill(words)
        was_killed = code == -signal.SIGKILL
        self.ended[f"{what} {'killed' if was_killed else code}"] += 1
        faults = [] if was_killed or code in (0, 4) else [f"ended with {code}: {self.said()}"]
        if code == 0:
            self.keep(what, words)
        elif was_killed and what == "restore":
            self.commands.may_be_restored()
        faults += [*faults_of(self.home), *self.commands.missing()]
        dead = unfinished_runs(self.home)
        if (after := self.finish(["daily", "--catch-up"])) not in (0, 4):
            faults.append(f"the next daily ended with {after}: {self.said()}")
        self.commands.settle()
        faults += [
            *faults_of(self.home),
            *self.commands.missing(),
            *badly_closed_runs(self.home, dead),
        ]
        faults += [f"left over: {name}" for name in temp_file_names(self.home)]
        faults += [f"scratch left: {path.name}" for path in self.scratch.iterdir()]
        return was_killed, [f"{' '.join(words)}: {fault}" for fault in faults]


def torture(root: Path, export: Path, n_kills: int, seed: int) -> tuple[Counter[str], list[str]]:
    """So many kills in one home; stops at the first round that is not well, and keeps the home."""
    patient = Patient(root, export, seed)
    n = 0
    while n < n_kills:
        was_killed, faults = patient.round()
        n += was_killed
        if faults:
            return patient.ended, [f"kill {n}, seed {seed}: {fault}" for fault in faults]
    return patient.ended, []


def preload(root: Path, export: Path) -> None:
    """Import everything that an evening imports, by asking a process that had one."""
    ask = (
        "import json, sys; from hrvctl.cli.main import run;"
        f"run(['--home', {str(root / 'warm')!r}, '-q', 'daily', '--import', {str(export)!r}]);"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    for name in json.loads(done.stdout.splitlines()[-1]):
        if name.split(".")[0] not in ("__main__", "__mp_main__"):
            with suppress(Exception):  # names that are made up by lazy modules
                import_module(name)


def main() -> int:
    """Torture, check, print; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.monotonic()
    root = Path(tempfile.mkdtemp(prefix="torture-"))
    (traits,) = draw_people(1, PERSON_SEED)
    # About noon, so that the day of the runs is that of the calendar, and no run passes midnight.
    os.environ["TZ"] = f"NOON{datetime.now(UTC).hour - 12:+d}"
    time.tzset()
    today = date.today()  # noqa: DTZ011 - the person's own
    person = simulate_until(traits, last_day=today, n_days=N_DAYS, seed=PERSON_SEED)
    write_export(person, root / "export")
    preload(root, root / "export")
    shares = [
        (
            root / f"patient-{i}",
            root / "export",
            options.kills // options.workers + (i < options.kills % options.workers),
            options.seed + i,
        )
        for i in range(options.workers)
    ]
    with multiprocessing.get_context("fork").Pool(options.workers) as pool:
        done = pool.starmap(torture, shares)
    ended = sum((counts for counts, _ in done), Counter())
    faults = [fault for _, found in done for fault in found]
    n_killed = sum(n for name, n in ended.items() if name.endswith("killed"))
    print(f"{n_killed} kills in {time.monotonic() - started:.0f} s: {dict(sorted(ended.items()))}")
    if faults:
        print("\n".join(faults), f"\nkept for a look: {root}")
        return 1
    shutil.rmtree(root)
    print("nothing lost, nothing twice, nothing half; every next run ended well by itself")
    return 0


if __name__ == "__main__":
    sys.exit(main())

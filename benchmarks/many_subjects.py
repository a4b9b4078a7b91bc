"""The evening of every subject of one home: processor seconds a person, and where they go.

    python benchmarks/many_subjects.py [-n PEOPLE] [--days DAYS] [--evenings EVENINGS] [--profile]

Made-up people are imported by library calls; then `daily --all-subjects` is a program of its own on
each of the evenings, by a clock that is handed in, with last night's export imported before. The
processor's seconds and the largest memory are of that program alone, its start included. With
`--profile` the last evening also runs under the profiler, and its functions are listed by their own
time.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from commands import PROGRAM

from hrvctl.samples.days import Person
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.home import Home
from hrvctl.usecases.ingest import import_files
from hrvctl.usecases.workspace import Workspace

SEED = 11
FIRST_DAY = date(2025, 1, 6)
ZONE = timezone(timedelta(hours=1))
# Processor seconds an evening may take a person.
AIM_S = 1.5
# Functions listed with --profile.
N_FUNCTIONS = 40


def at(day: date) -> datetime:
    """The hour of the evening."""
    return datetime(day.year, day.month, day.day, 21, 30, tzinfo=ZONE)


def import_days(home: Home, name: str, person: Person, folder: Path, day: date) -> None:
    """Import everybody's export as it is on an evening."""
    workspace = Workspace(home, lambda: at(day))
    write_export(person, folder / name, as_of=day)
    done = import_files(workspace, workspace.evening(name), [folder / name])
    if done.failed:
        sys.exit(f"{name}: {done.failed[0].message}")


def evening(home: Home, day: date, profile: Path | None = None) -> tuple[float, float]:
    """Run everybody's evening as a program.

    Returns:
        Processor seconds, and the largest memory of any evening so far, MB.
    """
    watched = ["-m", "cProfile", "-o", str(profile)] if profile else []
    program = home.root.parent / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    words = [str(program), at(day).isoformat(), "--home", str(home.root), "--quiet"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *watched, *words, "daily", "--all-subjects"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HRVCTL_SUBJECT": "p000"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 4, 5):
        sys.exit(f"{day}: ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, after.ru_maxrss / 1024


def main() -> int:
    """Live the evenings and print a line for each; 1 when one takes too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=200, help="people (default 200)")
    parser.add_argument("--days", type=int, default=365, help="days of each (default 365)")
    parser.add_argument("--evenings", type=int, default=2, help="evenings (default 2)")
    parser.add_argument("--profile", action="store_true", help="profile one more evening")
    given = parser.parse_args()
    n_evenings = given.evenings + given.profile
    first = FIRST_DAY + timedelta(days=given.days - 1)
    people = {
        f"p{number:03}": simulate(
            traits, first_day=FIRST_DAY, n_days=given.days + n_evenings, seed=SEED + number
        )
        for number, traits in enumerate(draw_people(given.n, SEED))
    }
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="many-") as scratch:
        folder = Path(scratch)
        home = Home(folder / "home")
        for n in range(n_evenings):
            day = first + timedelta(days=n)
            for name, person in people.items():
                import_days(home, name, person, folder / "exports", day)
            profile = folder / "profile" if given.profile and n == n_evenings - 1 else None
            used, memory = evening(home, day, profile)
            print(
                f"evening {n + 1}: {used / given.n:.2f} s a person ({used:.0f} s for {given.n}),"
                f" {memory:.0f} MB{', under the profiler' if profile else ''}",
                flush=True,
            )
            if profile:
                import pstats

                pstats.Stats(str(profile)).sort_stats("tottime").print_stats(N_FUNCTIONS)
            else:
                worst = max(worst, used / given.n)
    print(f"aim {AIM_S:g} s or less: {'reached' if worst <= AIM_S else 'MISSED'}")
    return int(worst > AIM_S)


if __name__ == "__main__":
    sys.exit(main())

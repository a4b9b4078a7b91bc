"""A thousand evenings in a row: neither the run history nor the time of a run grows.

    python benchmarks/years.py [--days 1000] [--before 365]

A simulated person's evenings, one `daily --catch-up` each, by a clock that is handed in: the ten
around the tenth and the last ten as programs of their own, as cron starts them, the others in one
process. The person has a year of nights before the first evening, as most who begin have, so that
the first runs fit the same models as the last. Times are the processor's, so that a busy machine
does not count. Every tenth evening a line: how long a run takes, how large the home is.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from commands import run_at

from hrvctl.samples.days import Person
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate

SEED = 4
FIRST_DAY = date(2021, 1, 4)
ZONE = timezone(timedelta(hours=1))
# Runs whose median stands for one: around the tenth, and the last ones.
AROUND = 5
# What the last runs may take of the tenth's.
AIM = 1.3
# Size of the run history at the end, of what it is once old runs leave.
FLAT = 1.1
# Evenings until old runs leave: 60 are kept, and they leave in batches of 10.
SETTLED = 80
MB = 1e6
PROGRAM = """
import sys
from datetime import datetime
from hrvctl.cli.main import run
sys.exit(run(sys.argv[2:], clock=lambda: datetime.fromisoformat(sys.argv[1])))
"""


def size(folder: Path) -> float:
    """Megabytes of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MB


def write_days(person: Person, path: Path, first: date, last: date) -> None:
    """The nights of some days, as a table of the person's own."""
    rows = ["date,hrv_ms,resting_hr_bpm,strain"]
    for day in person.days:
        if first <= day.day <= last and day.hrv_ms is not None:
            rows.append(f"{day.day},{day.hrv_ms},{day.vitals.resting_hr},{day.strain:.1f}")
    if len(rows) > 1:
        path.write_text("\n".join(rows) + "\n")


def speak(home: Path, day: date, *words: str) -> tuple[int, str]:
    """Give a command on an evening."""
    now = datetime(day.year, day.month, day.day, 21, 30, tzinfo=ZONE)
    code, out, err = run_at(home, now, *words)
    return code, out + err


def start(home: Path, day: date, *words: str) -> tuple[int, str, float]:
    """Give a command on an evening as a program of its own; its code, words and seconds."""
    now = datetime(day.year, day.month, day.day, 21, 30, tzinfo=ZONE)
    argv = ["--home", str(home), *words]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, now.isoformat(), *argv],
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.returncode, done.stdout + done.stderr, took


def main() -> int:
    """Live the evenings, print; 1 when something grows or an evening fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--before", type=int, default=365)
    options = parser.parse_args()
    (traits,) = draw_people(1, SEED)
    n_days = options.before + options.days
    person = simulate(traits, first_day=FIRST_DAY, n_days=n_days, seed=SEED)
    took: list[float] = []
    alone: list[float] = []
    sizes: list[float] = []
    odd: dict[int, int] = {}
    with tempfile.TemporaryDirectory(prefix="years-") as scratch:
        home = Path(scratch) / "home"
        begin = FIRST_DAY + timedelta(days=options.before)
        write_days(person, Path(scratch) / "past.csv", FIRST_DAY, begin - timedelta(days=1))
        speak(home, begin, "import", str(Path(scratch) / "past.csv"))
        for n in range(options.days):
            day = begin + timedelta(days=n)
            write_days(person, home / "inbox" / f"{day}.csv", day, day)
            speak(home, day, "journal", "add", f"{n % 4} beers, slept badly")
            if abs(n + 0.5 - 10) < AROUND or n >= options.days - 2 * AROUND:
                code, said, seconds = start(home, day, "daily", "--catch-up")
                alone.append(seconds)
            else:
                began = time.process_time()
                code, said = speak(home, day, "daily", "--catch-up")
                took.append(time.process_time() - began)
            sizes.append(size(home / "dagster"))
            odd[code] = odd.get(code, 0) + 1
            if code not in (0, 4, 5):
                print(f"{day}: ended with {code}: {said}")
                return 1
            if n % 10 == 9:
                usual = statistics.median(took[-10:])
                print(f"{n + 1:5} evenings: {usual:.2f} s, history {sizes[-1]:.1f} MB,", end=" ")
                print(f"home {size(home):.1f} MB", flush=True)
        verified, _ = speak(home, day, "ledger", "verify")
    tenth = statistics.median(alone[: 2 * AROUND])
    last = statistics.median(alone[2 * AROUND :])
    settled = max(sizes[SETTLED : 2 * SETTLED], default=sizes[-1])
    print(f"ended with: {odd}; ledger verify: {verified}")
    print(f"the tenth run took {tenth:.2f} s, the last {last:.2f} s: {last / tenth:.2f}x")
    print(f"history: {settled:.1f} MB when old runs begin to leave, {sizes[-1]:.1f} MB at the end")
    return int(verified != 0 or last > AIM * tenth or sizes[-1] > FLAT * settled)


if __name__ == "__main__":
    sys.exit(main())

"""A thousand evenings in a row: neither the run history nor the time of a run grows.

    python benchmarks/years.py [--days 1000] [--before 365]

A simulated person's evenings, one `daily --catch-up` each, through the real commands in one
process, by a clock that is handed in. The person has a year of nights before the first evening, as
most who begin have, so that the first runs fit the same models as the last. Times are the
processor's, so that a busy machine does not count. Every tenth evening a line: how long a run
takes, how large the home is.
"""

import argparse
import io
import statistics
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from hrvctl.cli.main import run
from hrvctl.samples.days import Person
from hrvctl.samples.people import people
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
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = run(["--home", str(home), *words], clock=lambda: now)
    return code, said.getvalue()


def main() -> int:
    """Live the evenings, print; 1 when something grows or an evening fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--before", type=int, default=365)
    options = parser.parse_args()
    (traits,) = people(1, SEED)
    n_days = options.before + options.days
    person = simulate(traits, first_day=FIRST_DAY, n_days=n_days, seed=SEED)
    took: list[float] = []
    sizes: list[float] = []
    odd: dict[int, int] = {}
    with tempfile.TemporaryDirectory(prefix="years-") as scratch:
        home = Path(scratch) / "home"
        start = FIRST_DAY + timedelta(days=options.before)
        write_days(person, Path(scratch) / "past.csv", FIRST_DAY, start - timedelta(days=1))
        speak(home, start, "import", str(Path(scratch) / "past.csv"))
        for n in range(options.days):
            day = start + timedelta(days=n)
            write_days(person, home / "inbox" / f"{day}.csv", day, day)
            speak(home, day, "journal", "add", f"{n % 4} beers, slept badly")
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
    tenth = statistics.median(took[10 - AROUND : 10 + AROUND])
    last = statistics.median(took[-2 * AROUND :])
    settled = max(sizes[SETTLED : 2 * SETTLED], default=sizes[-1])
    print(f"ended with: {odd}; ledger verify: {verified}")
    print(f"the tenth run took {tenth:.2f} s, the last {last:.2f} s: {last / tenth:.2f}x")
    print(f"history: {settled:.1f} MB when old runs begin to leave, {sizes[-1]:.1f} MB at the end")
    return int(verified != 0 or last > AIM * tenth or sizes[-1] > FLAT * settled)


if __name__ == "__main__":
    sys.exit(main())

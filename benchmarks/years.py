"""A thousand evenings in a row: neither the run history nor the time of a run grows.

    python benchmarks/years.py [--days 1000] [--before 365]
    python benchmarks/years.py --rows 20000 [-n 3]

A simulated person's evenings, one `daily --catch-up` each, by a clock that is handed in: the ten
around the tenth and the last ten as programs of their own, as cron starts them, the others in one
process. The person has a year of nights before the first evening, as most who begin have, so that
the first runs fit the same models as the last. Times are the processor's, so that a busy machine
does not count. Every tenth evening a line: how long a run takes, how large the home is.

With `--rows` one evening is timed instead, in a home whose ledger has that many rows against one of
200, in turns; all else in them is the same.
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from commands import PROGRAM, run_at

from hrvctl.samples.days import Person
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.ledger import append_sealed, load_head, load_sealed

SEED = 4
FIRST_DAY = date(2021, 1, 4)
ZONE = timezone(timedelta(hours=1))
# Runs whose median stands for one: around the tenth, and the last ones.
AROUND = 5
# What the last runs may take of the tenth's, and an evening with a long ledger of one with a short.
AIM, AIM_ROWS = 1.3, 1.3
# A short ledger.
FEW_ROWS = 200
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


def make_ledger(home: Home, evening: Home, past: Path, day: date, n_rows: int) -> None:
    """A home with a past, and that many rows sealed on the evenings before a day.

    Args:
        home: To make.
        evening: A home with one evening, whose rows are sealed again, each time a day later.
        past: The person's days.
        day: The last evening, whose run is behind it.
        n_rows: At least so many.
    """
    with open_store(evening, write=False) as store:
        rows = load_sealed(store, of_tomorrow=False)
    create_home(home)
    with open_store(home, write=True) as store, store.transaction():
        for n in range(-(-n_rows // len(rows)), 0, -1):
            ago = timedelta(days=n)
            for row in rows:
                seq, head = load_head(store)
                draft = replace(
                    row,
                    seq=seq + 1,
                    forecast=replace(row.forecast, target=row.forecast.target - ago),
                    as_of=row.as_of - ago,
                    created_at=row.created_at - ago,
                    prev_hash=head,
                )
                append_sealed(store, [replace(draft, hash=draft.computed_hash())])
    for words in (("import", str(past)), ("daily",)):
        speak(home.root, day, *words)


def compare_ledgers(n_rows: int, n_runs: int) -> int:
    """Time an evening with a short and with a long ledger; 1 when it grows too much."""
    (traits,) = draw_people(1, SEED)
    # Two nights more than the evenings that a long ledger has, at twenty rows each.
    n_days = n_rows // 20 + 100
    person = simulate(traits, first_day=FIRST_DAY, n_days=n_days, seed=SEED)
    day = FIRST_DAY + timedelta(days=n_days - 2)
    took: dict[int, list[float]] = {FEW_ROWS: [], n_rows: []}
    with tempfile.TemporaryDirectory(prefix="years-") as scratch:
        folder = Path(scratch)
        write_days(person, folder / "past.csv", FIRST_DAY, day)
        for words in (("import", str(folder / "past.csv")), ("daily",)):
            speak(folder / "evening", day, *words)
        for n in took:
            home, evening = Home(folder / f"home-{n}"), Home(folder / "evening")
            make_ledger(home, evening, folder / "past.csv", day, n)
        for _ in range(n_runs):
            for n, seconds in took.items():
                home = folder / "used"
                shutil.copytree(folder / f"home-{n}", home)
                next_day = day + timedelta(days=1)
                write_days(person, home / "inbox" / "night.csv", next_day, next_day)
                code, said, used = start(home, next_day, "daily")
                if code not in (0, 5):
                    print(f"ended with {code}: {said}")
                    return 1
                seconds.append(used)
                shutil.rmtree(home)
    few, many = (statistics.median(seconds) for seconds in took.values())
    print(f"{FEW_ROWS} rows: {few:.2f} s, {n_rows} rows: {many:.2f} s: {many / few:.2f}x")
    return int(many > AIM_ROWS * few)


def main() -> int:
    """Live the evenings, print; 1 when something grows or an evening fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--before", type=int, default=365)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("-n", type=int, default=3, metavar="RUNS", help="with --rows, a side")
    options = parser.parse_args()
    if options.rows:
        return compare_ledgers(options.rows, options.n)
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

"""How much an evening of many people takes: time by engine, memory, and what faults cost.

    python benchmarks/cohort.py [--people 2000] [--days 365] [--rows 200000]

A made-up cohort is made of windows of 60 simulated people, written as a cohort keeps its nights.
Processor and wall seconds are of whole processes, their start and the loading of compiled loops
included; the loops are compiled before. The default takes some minutes.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hrvctl.domain.cohorts.people import split_people
from hrvctl.domain.forecast import compilation
from hrvctl.domain.forecast.registry import find_forecaster
from hrvctl.domain.loops import compiler
from hrvctl.domain.training import train
from hrvctl.errors import ExitCode
from hrvctl.samples.days import Day, Wear
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.cohorts.evenings import failures_folder
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings, load_cohort, save_cohort
from hrvctl.store.cohorts.nights import bucket_of, list_files, load_nights, save_nights
from hrvctl.usecases.cohorts.chunks import loops_folder
from hrvctl.usecases.cohorts.imports import DEFAULT_MODELS

# Aims: people-years a processor second from end to end, and nights a second in the loops.
AIM_YEARS, AIM_NIGHTS = 250.0, 400_000.0
N_SIMULATED, SEED = 60, 11
# Days by which the windows of a simulated person may be shifted.
SHIFT_DAYS = 120
ATHLETES, DAYS_A_YEAR = 200, 365
# One in so many people has a fault in the run with faults.
FAULTY = 100
# Runs of which the median counts, of what takes seconds.
RUNS = 3
# People in whose histories the loops themselves are timed.
N_TIMED = 300
# An RMSSD that no heart has, ms.
IMPLAUSIBLE_MS = 4000.0
MB = 1024.0

# The program, whose worker is killed at one person.
POISONED = """
import os, signal
from hrvctl.usecases.cohorts import chunks

forecast = chunks.forecast_person

def forecast_or_die(person, **given):
    if person.subject == {subject!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    return forecast(person, **given)

chunks.forecast_person = forecast_or_die
if __name__ == "__main__":
    from hrvctl.cli.main import main
    main()
"""


@dataclass(frozen=True)
class Used:
    """What a process and all it started took."""

    wall_s: float
    cpu_s: float
    rss_mb: float  # of the largest process
    code: int
    out: str

    def __str__(self) -> str:
        return f"{self.wall_s:6.1f} s wall, {self.cpu_s:6.1f} s processor, {self.rss_mb:4.0f} MB"


def main() -> None:
    """Measure everything and print a line for each."""
    parser = argparse.ArgumentParser(description="How much an evening of many people takes.")
    parser.add_argument("--people", type=int, default=2000, help="of the cohort (default 2000)")
    parser.add_argument("--days", type=int, default=DAYS_A_YEAR, help="of each (default 365)")
    parser.add_argument("--rows", type=int, default=200_000, help="a chunk (default 200000)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hrvctl-cohort-") as scratch:
        measure(Path(scratch), n_people=given.people, n_days=given.days, n_rows=given.rows)


def measure(scratch: Path, *, n_people: int, n_days: int, n_rows: int) -> None:
    """Make the cohorts in a folder and measure."""
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{scratch}/bytecode"}
    compilation.warm(loops_folder())
    say(f"{os.cpu_count()} cores; {n_people:,} people of {n_days} days, {n_rows:,} rows a chunk")
    windows = simulate_windows(n_days)
    run = partial(run_cohort, scratch)
    one_day = timed_days(scratch)
    team = make_cohort(scratch / "team", windows, n_people=ATHLETES, n_rows=n_rows)
    evenings = [run(copy_of(team)) for _ in range(RUNS)]
    say(f"{ATHLETES} athletes:             {median_of(evenings)}")
    say(f"hrvctl daily of one person: {one_day}")
    time_loops(team)
    everybody = make_cohort(scratch / "everybody", windows, n_people=n_people, n_rows=n_rows)
    years = n_people * n_days / DAYS_A_YEAR
    for engine in ("loop", "pool", "dask"):
        words = () if engine == "loop" else ("--workers", "2")
        used = run(copy_of(everybody), "--engine", engine, *words)
        a_second = years / used.cpu_s
        say(
            f"{engine:<4} of {words[-1] if words else 1}:                {used};"
            f" {a_second:.0f} people-years a processor second{verdict(a_second, AIM_YEARS)};"
            f" {one_day.cpu_s * n_people / used.cpu_s:.0f} times as many people as hrvctl daily"
        )
    with_faults(scratch, everybody)


def with_faults(scratch: Path, everybody: CohortFolder) -> None:
    """One person in a hundred is faulty, and one chunk kills its worker each time."""
    folder = copy_of(everybody)
    buckets = load_cohort(folder).buckets
    for bucket in range(buckets):
        (path,) = list_files(folder, bucket)
        nights = load_nights(folder, [path]).to_pandas()
        is_faulty = nights["subject"].str[1:].astype(int) % FAULTY == 0
        nights.loc[is_faulty, "hrv_rmssd_ms"] = IMPLAUSIBLE_MS
        folder.delete([path])
        save_nights(folder, bucket, nights.drop(columns="ingested_at"), at=datetime.now(UTC))
    poisoned = load_nights(folder, list_files(folder, buckets - 1))["subject"][0].as_py()
    program = scratch / "poisoned.py"
    program.write_text(POISONED.format(subject=poisoned))
    used = run_cohort(scratch, folder, "--engine", "pool", "--workers", "2", program=[program])
    say(f"with faults, pool of 2:     {used}; exit code {used.code}: {used.out.splitlines()[0]}")
    if used.code != ExitCode.PARTIAL:
        sys.exit("MISSED: the exit code is not 3")


def simulate_windows(n_days: int) -> list[pd.DataFrame]:
    """The nights of some simulated people, the last one today in the zone that is furthest on."""
    people = []
    for number, traits in enumerate(draw_people(N_SIMULATED, SEED)):
        person = simulate_until(
            traits, last_day=today(), n_days=n_days + SHIFT_DAYS, seed=SEED + number
        )
        people.append(pd.DataFrame([row for day in person.days if (row := row_of(day))]))
    return people


def row_of(day: Day) -> dict[str, Any] | None:
    """What a strap and a journal keep of a day; ``None`` where it was not worn."""
    if day.wear is Wear.OFF:
        return None
    return {
        "day": day.day,
        "hrv_rmssd_ms": day.hrv_ms,
        "resting_hr_bpm": day.vitals.resting_hr,
        "respiratory_rate_rpm": day.vitals.respiratory_rate,
        "skin_temp_c": day.vitals.skin_temp_c,
        "spo2_pct": day.vitals.spo2_pct,
        "strain": day.strain,
        **{f"tag:{tag}": float(answer) for tag, answer in day.answers.items()},
    }


def make_cohort(
    root: Path, windows: Sequence[pd.DataFrame], *, n_people: int, n_rows: int
) -> CohortFolder:
    """Write a cohort of as many people, each with a window of a simulated person's nights."""
    folder = CohortFolder(str(root))
    n_buckets = max(ceil(n_people * len(windows[0]) / n_rows), 1)
    settings = CohortSettings(
        name=root.name,
        zone="UTC",
        buckets=n_buckets,
        day_starts_at="04:00",
        profile="robust60",
        models=DEFAULT_MODELS,
    )
    save_cohort(folder, settings)
    shifts = np.random.default_rng(SEED).integers(SHIFT_DAYS, size=n_people)
    members: dict[int, list[int]] = {}
    for number in range(n_people):
        members.setdefault(bucket_of(f"p{number:06d}", n_buckets), []).append(number)
    for bucket, numbers in members.items():
        people = []
        for number in numbers:
            nights = windows[number % len(windows)]
            shift = timedelta(days=int(shifts[number]))
            nights = nights.assign(
                subject=f"p{number:06d}", source="simulated", day=nights["day"] + shift
            )
            people.append(nights[nights["day"] <= today()])
        save_nights(folder, bucket, pd.concat(people), at=datetime.now(UTC))
    return folder


def copy_of(cohort: CohortFolder) -> CohortFolder:
    """The cohort without its evenings, beside it."""
    copy = Path(f"{cohort.address}-{time.monotonic_ns()}")
    shutil.copytree(cohort.address, copy, copy_function=os.link)
    return CohortFolder(str(copy))


def run_cohort(
    scratch: Path,
    cohort: CohortFolder,
    *words: str,
    program: Sequence[object] = ("-m", "hrvctl"),
) -> Used:
    """Run the evening of a cohort, which is sealed."""
    command = [*program, "--home", scratch / "home", "cohort", "run", cohort.address, *words]
    used = run_process(command, codes=(ExitCode.DONE, ExitCode.PARTIAL))
    failures = Path(cohort.address) / failures_folder(today())
    if (used.code == ExitCode.PARTIAL) != failures.exists():
        sys.exit(f"exit code {used.code} and failures do not agree")
    return used


def timed_days(scratch: Path) -> Used:
    """Today's evening of one person, as `hrvctl daily` makes it; the median of some."""
    (traits,) = draw_people(1, SEED)
    person = simulate_until(
        traits, last_day=today() + timedelta(days=1), n_days=DAYS_A_YEAR, seed=SEED
    )
    write_export(person, scratch / "export", as_of=today())
    taken = []
    for number in range(RUNS):
        home = ("-m", "hrvctl", "--home", scratch / f"home-{number}")
        run_process([*home, "import", scratch / "export"], codes=(ExitCode.DONE,))
        taken.append(run_process([*home, "daily"], codes=(ExitCode.DONE, ExitCode.STALE)))
    return median_of(taken)


def time_loops(cohort: CohortFolder) -> None:
    """Nights a processor second inside the compiled loops, called from Python as they are."""
    nights = load_nights(cohort, list_files(cohort, 0))
    people = [person.history(today()) for person in split_people(nights)][:N_TIMED]
    forecasters = tuple(find_forecaster(name) for name in DEFAULT_MODELS)
    inside = 0.0

    def timed(loop: Any) -> Callable[..., Any]:  # noqa: ANN401 - a private class
        compiled = compilation._compiled(loop)

        def call(*arguments: object, **named: object) -> object:
            nonlocal inside
            began = time.perf_counter()
            try:
                return compiled(*arguments, **named)
            finally:
                inside += time.perf_counter() - began

        return call

    with compilation.compiled_loops(loops_folder()):
        token = compiler.set(timed)
        for _ in range(2):  # the first one loads the loops
            inside, began = 0.0, time.process_time()
            n_nights = 0
            for history in people:
                train(history, forecasters=forecasters)
                n_nights += int(np.isfinite(history.hrv).sum())
            seconds = time.process_time() - began
        compiler.reset(token)
    rate = n_nights / inside
    say(
        f"inside the compiled loops:  {rate:,.0f} nights a second{verdict(rate, AIM_NIGHTS)};"
        f" {n_nights / seconds:,.0f} with all of a forecast that is around them"
    )


def run_process(words: Sequence[object], *, codes: Sequence[int]) -> Used:
    """Run Python to its end; the processes it waits for are counted with it."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            [sys.executable, *map(str, words)], stdout=out, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode not in codes:
        sys.exit(f"{' '.join(map(str, words))} ended with {process.returncode}:\n{text}")
    return Used(
        wall_s=time.perf_counter() - began,
        cpu_s=usage.ru_utime + usage.ru_stime,
        rss_mb=usage.ru_maxrss / MB,
        code=process.returncode,
        out=text,
    )


def median_of(runs: Sequence[Used]) -> Used:
    """The run of median processor seconds."""
    middle = statistics.median_low(each.cpu_s for each in runs)
    return next(each for each in runs if each.cpu_s == middle)


def today() -> date:
    """The evening of the made-up cohorts: their zone is UTC, where a day begins at 04:00."""
    return (datetime.now(UTC) - timedelta(hours=4)).date()


def verdict(found: float, aim: float) -> str:
    """Whether an aim was reached."""
    return f" (aim {aim:,.0f}: {'reached' if found >= aim else 'MISSED'})"


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    main()

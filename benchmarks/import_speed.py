"""How long importing takes: Apple Health beside a bare scan, WHOOP, a Takeout, Health Connect.

    python benchmarks/import_speed.py [--apple-mb MB] [-n RUNS] [--years YEARS] [--takeout-days N]

Apple: the file is read by Expat with nothing done about what it says, and by us, in turns; the
ratio is what reading costs beyond parsing at all. Each run is a process of its own, whose largest
memory is told beside it. WHOOP: `hrvctl import` of made-up years into an empty home, from the
start of the process to its end, and the part of it that imports. Fitbit: `hrvctl import` of a
Takeout with a heart rate every five seconds, and of a database of Health Connect with all years
that there is one, once, with the largest memory, beside the bare parsing of its JSON or the bare
reading of its rows.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from apple_export import write_apple_export
from health_connect import write_health_connect
from takeout import write_takeout

from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export

# Bars to stay at or below.
AIM_RATIO = 2.0
AIM_MB = 200
AIM_SECONDS = 1.0
AIM_TAKEOUT_S_A_YEAR = 60.0
AIM_TAKEOUT_MB = 300
AIM_CONNECT_S_A_YEAR = 1.0
CONNECT_YEARS = 4  # Health Connect came in 2022
SEED = 5
DAYS_A_YEAR = 365

# Each prints its seconds and its largest memory, in bytes, as JSON. ru_maxrss counts KiB on Linux
# and bytes on macOS.
MEASURED = """
import json, resource, sys, time
from pathlib import Path
path = Path(sys.argv[1])
{setup}
began = time.perf_counter()
{work}
took = time.perf_counter() - began
unit = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(json.dumps([took, peak]))
"""
BARE = MEASURED.format(
    setup="from xml.parsers import expat",
    work="with path.open('rb') as file: expat.ParserCreate().ParseFile(file)",
)
OURS = MEASURED.format(
    setup="""
from datetime import date
from hrvctl.sources import registry
from hrvctl.sources.kit.documents import open_documents
""",
    work="""
reading, = registry.read_all(open_documents(path), today=date(2045, 1, 1)).readings
assert reading.measurements and not reading.problems
""",
)
BARE_TAKEOUT = MEASURED.format(
    setup="import zipfile",
    work="""
with zipfile.ZipFile(path) as archive:
    for name in archive.namelist():
        if "heart_rate" in name:
            json.loads(archive.read(name))
""",
)
BARE_CONNECT = MEASURED.format(
    setup="import sqlite3",
    work="""
database = sqlite3.connect(path)
for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
    database.execute(f"SELECT * FROM {table}").fetchall()
""",
)
# The import alone, without the start of Python and of the command, which leaves garbage alone.
IMPORT = MEASURED.format(
    setup="""
import gc
gc.disable()
from hrvctl.cli.main import run
from hrvctl.cli.session import system_clock
import hrvctl.usecases.ingest
home, path = sys.argv[2], str(path)
import contextlib, io
""",
    work="""
with contextlib.redirect_stdout(io.StringIO()):
    assert run(["--home", home, "import", path], clock=system_clock) == 0
""",
)


def main() -> None:
    """Measure both and print a line for each figure."""
    parser = argparse.ArgumentParser(description="How long importing takes.")
    parser.add_argument("--apple-mb", type=int, default=200, help="size of the export (200)")
    parser.add_argument("-n", type=int, default=3, metavar="RUNS", help="runs a side (default 3)")
    parser.add_argument("--years", type=int, default=10, help="years of WHOOP (default 10)")
    parser.add_argument(
        "--takeout-days", type=int, default=365, help="days of heart rate (default 365, 600 MB)"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hrvctl-import-") as scratch:
        measure_apple(Path(scratch), given.apple_mb, given.n)
        measure_whoop(Path(scratch), given.years, given.n)
        measure_takeout(Path(scratch), given.takeout_days)
        measure_health_connect(Path(scratch), CONNECT_YEARS)


def measure_apple(folder: Path, n_mb: int, n_runs: int) -> None:
    """Scan and read one made-up export in turns."""
    path = folder / "export.xml"
    n_days = write_apple_export(path, n_mb * 1_000_000)
    print(f"Apple export of {path.stat().st_size / 1e6:,.0f} MB, {n_days} days; {n_runs} runs each")
    bare: list[tuple[float, float]] = []
    ours: list[tuple[float, float]] = []
    for turn in range(n_runs + 1):
        for side, code in ((bare, BARE), (ours, OURS)):
            figures = measured(code, path)
            if turn:  # the first warms up
                side.append(figures)
    scan, read = (statistics.median(seconds for seconds, _ in side) for side in (bare, ours))
    peak_mb = max(peak for _, peak in ours) / 1e6
    print(f"  bare Expat scan  {scan:7.2f} s")
    ratio = read / scan
    print(f"  our read         {read:7.2f} s   ratio {ratio:.2f}   {aim(ratio, AIM_RATIO)}")
    print(f"  peak memory      {peak_mb:7.1f} MB   {aim(peak_mb, AIM_MB)}", flush=True)
    path.unlink()


def measure_whoop(folder: Path, n_years: int, n_runs: int) -> None:
    """Import made-up years into an empty home, again and again."""
    last = date.today()  # noqa: DTZ011 - the command goes by the machine's own clock
    person = simulate_until(Traits(), last_day=last, n_days=n_years * DAYS_A_YEAR, seed=SEED)
    write_export(person, folder / "whoop", as_of=last)
    alone: list[float] = []
    whole: list[float] = []
    for turn in range(n_runs + 1):
        seconds, _ = measured(IMPORT, folder / "whoop", str(folder / f"alone{turn}"))
        words = ["--home", str(folder / f"whole{turn}"), "--quiet", "import", str(folder / "whoop")]
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "hrvctl", *words], check=True)
        if turn:
            whole.append(time.perf_counter() - began)
            alone.append(seconds)
    print(f"WHOOP export of {n_years} years; {n_runs} runs each")
    for name, runs in (("import alone", alone), ("whole process", whole)):
        seconds = statistics.median(runs)
        print(f"  {name:<16} {seconds:7.2f} s   {aim(seconds, AIM_SECONDS)}")


def measure_takeout(folder: Path, n_days: int) -> None:
    """Import a Takeout into an empty home."""
    path = folder / "takeout.zip"
    n_bytes = write_takeout(path, n_days)
    print(f"Takeout of {n_days} days, {n_bytes / 1e6:,.0f} MB of heart rates")
    bare, _ = measured(BARE_TAKEOUT, path)
    seconds, peak = measured(IMPORT, path, str(folder / "fitbit"))
    a_year = seconds * DAYS_A_YEAR / n_days
    print(f"  bare parsing     {bare:7.2f} s")
    print(f"  import           {seconds:7.2f} s")
    print(f"  a year of it     {a_year:7.2f} s   {aim(a_year, AIM_TAKEOUT_S_A_YEAR)}")
    print(f"  peak memory      {peak / 1e6:7.1f} MB   {aim(peak / 1e6, AIM_TAKEOUT_MB)}")


def measure_health_connect(folder: Path, n_years: int) -> None:
    """Import a database into an empty home."""
    path = folder / "health_connect_export.db"
    n_rows = write_health_connect(path, n_years * DAYS_A_YEAR)
    print(f"Health Connect of {n_years} years, {n_rows:,} samples and stages")
    bare, _ = measured(BARE_CONNECT, path)
    seconds, peak = measured(IMPORT, path, str(folder / "connect"))
    a_year = seconds / n_years
    print(f"  bare rows        {bare:7.2f} s")
    print(f"  import           {seconds:7.2f} s")
    print(f"  a year of it     {a_year:7.2f} s   {aim(a_year, AIM_CONNECT_S_A_YEAR)}")
    print(f"  peak memory      {peak / 1e6:7.1f} MB   {aim(peak / 1e6, AIM_TAKEOUT_MB)}")


def measured(code: str, *words: object) -> tuple[float, float]:
    """Seconds and bytes that a process of its own tells."""
    call = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(call, check=True, capture_output=True, text=True)
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def aim(figure: float, most: float) -> str:
    """Whether a figure is where it should be."""
    return f"aim {most:g} or less: {'reached' if figure <= most else 'MISSED'}"


if __name__ == "__main__":
    main()

"""Live many evenings as the owner of a WHOOP would; compare what is claimed with what came.

    python benchmarks/live_evenings.py [--exports DIR] [--people P01,P02] [--evenings 60]

DIR holds one folder a person with WHOOP's CSV files; without it two simulated people are lived.
Each evening gets the export as WHOOP would have made it at 22:30, the running cycle open and the
day's questions not asked yet; then `hrvctl import` and `hrvctl daily`, by a clock that is handed
in. A line a person:

    claimed    mean error that the evenings quoted of the model served, on past mornings, ms
    lived      mean error of the sealed forecasts, ms
    ratio      lived / claimed
    last       mean error of the last value, ms
    held       how often the sealed 80 % and 95 % intervals did
    replayed   largest difference between sealed forecasts of the main model and their replay, ms
    again      sealed rows that `ledger reproduce` makes again

Exit code 1 if a replay differs.
"""

import argparse
import csv
import json
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from commands import run_at

from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate
from hrvctl.samples.whoop_export import write_export

CYCLES, JOURNAL = "physiological_cycles.csv", "journal_entries.csv"
# What WHOOP leaves blank in the row of the running cycle.
OPEN = ("cycle_end_time", "day_strain", "energy_burned_cal", "max_hr_bpm", "average_hr_bpm")
WAKE, HRV = "wake_onset", "heart_rate_variability_ms"
FIRST_SIMULATED_DAY, SIMULATED_DAYS = date(2024, 1, 1), 300
DAY = timedelta(days=1)
# Larger differences between a sealed forecast and its replay are no round-off, ms.
ROUND_OFF_MS = 1e-6

Row = list[str]


@dataclass
class Lived:
    """The evenings of one person: a number each, and one each of the mornings that came."""

    claimed: list[float] = field(default_factory=list)
    lived: list[float] = field(default_factory=list)
    last_value: list[float] = field(default_factory=list)
    in_80: list[bool] = field(default_factory=list)
    in_95: list[bool] = field(default_factory=list)
    replayed: float = 0.0
    again: str = ""

    def line(self, name: str) -> str:
        """What is printed of it."""
        ratio = statistics.fmean(self.lived) / statistics.fmean(self.claimed)
        return (
            f"{name:10}{len(self.lived):5d}{statistics.fmean(self.claimed):9.2f}"
            f"{statistics.fmean(self.lived):8.2f}{ratio:7.3f}{statistics.fmean(self.last_value):8.2f}"
            f"{statistics.fmean(self.in_80):8.1%}{statistics.fmean(self.in_95):8.1%}"
            f"{self.replayed:10.1g}  {self.again}"
        )


@dataclass(frozen=True)
class Export:
    """A person's whole export, row by row."""

    head: Row
    cycles: list[Row]
    journal: list[Row]

    def cell(self, row: Row, name: str) -> str:
        """A cell of a cycle by its plain name; empty where the export lacks the column."""
        return row[self.columns[name]] if name in self.columns else ""

    @property
    def columns(self) -> dict[str, int]:
        """Plain name to number of each column of the cycles."""
        return {
            re.sub(r"[^a-z0-9]+", "_", k.lower()).strip("_"): i for i, k in enumerate(self.head)
        }

    def nights(self) -> dict[date, float]:
        """Wake date to HRV, ms."""
        return {
            date.fromisoformat(self.cell(row, WAKE)[:10]): float(self.cell(row, HRV))
            for row in self.cycles
            if self.cell(row, WAKE) and self.cell(row, HRV)
        }

    def write(self, folder: Path, evening: date) -> None:
        """Write the export as it was on an evening."""
        folder.mkdir(exist_ok=True)
        kept = []
        for row in self.cycles:
            woke = self.cell(row, WAKE)[:10]
            if not woke or woke > evening.isoformat():
                continue
            if woke == evening.isoformat():
                blank = {self.columns[name] for name in OPEN if name in self.columns}
                row = ["" if i in blank else cell for i, cell in enumerate(row)]
            kept.append(row)
        kept.sort(key=lambda row: row[0], reverse=True)
        save(folder / CYCLES, [self.head, *kept])
        if self.journal:
            # A day's answers stand with the cycle that begins the night after it.
            begun = {row[0] for row in kept}
            told = [row for row in self.journal[1:] if row[0] in begun]
            save(folder / JOURNAL, [self.journal[0], *told])


def load(folder: Path) -> Export:
    """Read an export's cycles and journal."""
    head, *cycles = read(folder / CYCLES)
    journal = read(folder / JOURNAL) if (folder / JOURNAL).exists() else []
    return Export(head, cycles, journal)


def read(path: Path) -> list[Row]:
    """All rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def save(path: Path, rows: Sequence[Row]) -> None:
    """Write all rows of a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def speak(home: Path, now: datetime, *words: str) -> dict[str, object]:
    """Give a command at an instant; its data."""
    code, out, err = run_at(home, now, "--json", *words)
    envelope = json.loads(out)
    if code not in (0, 3, 4, 5):
        raise SystemExit(f"{words}: {code} {envelope['errors']} {err}")
    data: dict[str, object] = envelope["data"]
    return data


def at_night(day: date) -> datetime:
    """22:30 of a day."""
    return datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC)


def live(export: Export, n: int, folder: Path) -> Lived:
    """Live the last evenings of a person in a new home."""
    hrv, home, found = export.nights(), folder / "home", Lived()
    evenings = sorted(hrv)[-n - 1 : -1]
    sealed: dict[str, float] = {}
    for evening in evenings:
        now = at_night(evening)
        export.write(folder / "export", evening)
        speak(home, now, "import", str(folder / "export"))
        data: dict = speak(home, now, "daily")  # type: ignore[type-arg]
        made, morning = data["agent"]["forecast"], evening + DAY
        if not made or not data["model"]["backtest"]:
            continue
        if data["model"]["name"] == "hierarchical":
            sealed[morning.isoformat()] = made["mean_ms"]
        if (actual := hrv.get(morning)) is not None:
            found.claimed.append(data["model"]["backtest"]["mae_ms"])
            found.lived.append(abs(made["mean_ms"] - actual))
            found.last_value.append(abs(hrv[evening] - actual))
            found.in_80.append(made["low_80_ms"] <= actual <= made["high_80_ms"])
            found.in_95.append(made["low_95_ms"] <= actual <= made["high_95_ms"])
    export.write(folder / "export", evenings[-1] + DAY)
    now = at_night(evenings[-1] + DAY)
    speak(home, now, "import", str(folder / "export"))
    replay = folder / "replay.csv"
    speak(home, now, "backtest", "--models", "hierarchical", "--csv", str(replay))
    rows = list(csv.DictReader((folder / "replay.hierarchical_evening.csv").open()))
    gaps = [abs(float(row["mean"]) - sealed[row["date"]]) for row in rows if row["date"] in sealed]
    found.replayed = max(gaps, default=0.0)
    again: dict = speak(home, now, "ledger", "reproduce")  # type: ignore[type-arg]
    found.again = json.dumps({k: v for k, v in again.items() if isinstance(v, int)})
    return found


def people(exports: Path | None, names: Sequence[str], scratch: Path) -> Iterator[tuple[str, Path]]:
    """Name and export folder of everyone to live."""
    if exports is not None:
        for folder in sorted(exports.iterdir()):
            if (folder / CYCLES).exists() and (not names or folder.name in names):
                yield folder.name, folder
        return
    for number, traits in enumerate(draw_people(2, 1), start=1):
        person = simulate(traits, first_day=FIRST_SIMULATED_DAY, n_days=SIMULATED_DAYS, seed=number)
        folder = scratch / f"P{number:02d}"
        write_export(person, folder)
        yield folder.name, folder


def main() -> int:
    """Live everyone, and print a line each and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--exports", type=Path)
    parser.add_argument("--people", default="")
    parser.add_argument("--evenings", type=int, default=60)
    given = parser.parse_args()
    print(f"{'person':10}{'n':>5}{'claimed':>9}{'lived':>8}{'ratio':>7}{'last':>8}"
          f"{'80 %':>8}{'95 %':>8}{'replayed':>10}  made again")  # fmt: skip
    total, fine = Lived(), True
    with tempfile.TemporaryDirectory() as scratch:
        names = [name for name in given.people.split(",") if name]
        for name, folder in people(given.exports, names, Path(scratch)):
            place = Path(scratch) / f"of-{name}"
            place.mkdir()
            found = live(load(folder), given.evenings, place)
            print(found.line(name), flush=True)
            fine &= found.replayed < ROUND_OFF_MS
            for own, all_ in zip(vars(found).values(), vars(total).values(), strict=True):
                if isinstance(all_, list):
                    all_ += own
    print(total.line("all"))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())

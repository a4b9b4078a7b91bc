"""Time one pass of the main model: the forecast and its whole walk-forward replay.

    python benchmarks/forecast_speed.py [--repeats 7]

The median of the repeats, on a simulated person with a journal.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from people import simulate_people

from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.series import History

# Days of history to milliseconds a pass may take on two slow cores.
GOALS_MS = {60: 15.0, 365: 80.0, 1800: 300.0}


def time_pass(history: History, repeats: int) -> float:
    """Median time of one replay over the whole history, ms."""
    model = Hierarchical()
    took = []
    for _ in range(repeats + 1):
        start = perf_counter()
        model.replay(history, first_origin=1)
        took.append(1000 * (perf_counter() - start))
    return median(took[1:])  # the first one also loads the prior


def main() -> int:
    """Print one line a length; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        (person,) = simulate_people(1, max(GOALS_MS), 7, Path(folder)).values()
    fine = True
    for days, goal in GOALS_MS.items():
        took = time_pass(person.until(person.day(days - 1)), repeats)
        fine &= took <= goal
        print(f"{days:5d} days  {took:7.1f} ms  (goal {goal:.0f} ms)")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())

"""Time the main model: the forecast of tomorrow with its whole walk-forward past.

Where numba is installed, also a whole evening of a person in a cohort, whose loops are compiled:
its processor time, the part inside the loops, and the nights of all three targets they take in a
second.

    python benchmarks/forecast_speed.py [--repeats 7] [--arima-days 60 365]

The median of the repeats, on a simulated person with a journal. Where statsforecast is installed
(``pip install '.[bench]'``) its AutoARIMA forecasts the same series once, refitted every day as
the main model is, and the ratio is printed.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, thread_time

import pandas as pd
from people import simulate_people

from hrvctl.domain.forecast.compilation import can_compile, compiled_loops, warm
from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.naive import MovingAverage, Naive
from hrvctl.domain.loops import Loop, compiler
from hrvctl.domain.series import History
from hrvctl.domain.training import train

# Days of history to milliseconds allowed on two slow cores.
GOALS_MS = {60: 15.0, 365: 80.0, 1800: 300.0}

# AutoARIMA needs a fortnight to fit two weekly seasons.
WARM_UP_DAYS = 14


def time_pass(history: History, repeats: int) -> float:
    """Median time of all forecasts over the whole history, ms."""
    model = Hierarchical()
    took = []
    for _ in range(repeats + 1):
        start = perf_counter()
        model.rolling_forecasts(history, first_origin=1)
        took.append(1000 * (perf_counter() - start))
    return median(took[1:])  # the first one also loads the prior


def time_compiled(history: History, repeats: int, folder: Path) -> tuple[float, float]:
    """Median time of an evening with compiled loops, and of it inside the loops, ms of processor.

    With the last value and the 7-day mean beside the main model, and the vital signs.
    """
    models = (Naive(), MovingAverage(), Hierarchical())
    took, inside = [], []
    with compiled_loops(folder):
        for _ in range(repeats + 1):
            start = process_time()
            train(history, forecasters=models)
            took.append(1000 * (process_time() - start))
        compiled = compiler.get()
        spent = [0.0]

        def timed(loop: Loop[..., object]) -> Callable[..., object]:
            def run(*args: object, **kwargs: object) -> object:
                start = thread_time()
                found = compiled(loop)(*args, **kwargs)
                spent[0] += thread_time() - start
                return found

            return run

        token = compiler.set(timed)
        for _ in range(repeats + 1):
            spent[0] = 0.0
            train(history, forecasters=models)
            inside.append(1000 * spent[0])
        compiler.reset(token)
    return median(took[1:]), median(inside[1:])


def time_arima(history: History) -> float | None:
    """Time of AutoARIMA's cross-validation over the same days, ms; ``None`` without the package."""
    try:
        from statsforecast import StatsForecast
        from statsforecast.models import AutoARIMA
    except ImportError:
        return None
    days = pd.date_range(history.first, periods=len(history), freq="D")
    # It takes no missing values; filling with the last value is the fastest case for it.
    values = pd.Series(history.hrv).ffill()
    series = pd.DataFrame({"unique_id": "person", "ds": days, "y": values})
    machine = StatsForecast(models=[AutoARIMA(season_length=7)], freq="D", n_jobs=1)
    machine.cross_validation(df=series.head(30), h=1, step_size=1, n_windows=1)  # compiles
    start = perf_counter()
    machine.cross_validation(df=series, h=1, step_size=1, n_windows=len(series) - WARM_UP_DAYS)
    return 1000 * (perf_counter() - start)


def print_compiled(person: History, repeats: int, folder: Path) -> None:
    """Print a line per length for compiled loops; nothing where numba is not installed."""
    if not can_compile():
        return
    start = process_time()
    warm(folder)
    print(f"loops compiled in {process_time() - start:.1f} s", flush=True)
    for days in GOALS_MS:
        history = person.until(person.day(days - 1))
        took, inside = time_compiled(history, repeats, folder)
        print(
            f"{days:5d} days  {took:7.1f} ms compiled, {inside:.1f} ms in the loops:"
            f" {1000 * days / inside:,.0f} nights a second",
            flush=True,
        )


def main() -> int:
    """Print one line per length; returns 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--arima-days", type=int, nargs="*", default=[60, 365])
    words = parser.parse_args()
    repeats = words.repeats
    with tempfile.TemporaryDirectory() as folder:
        (person,) = simulate_people(1, max(GOALS_MS), 7, Path(folder)).values()
        print_compiled(person, repeats, Path(folder))
    fine = True
    for days, goal in GOALS_MS.items():
        history = person.until(person.day(days - 1))
        took = time_pass(history, repeats)
        fine &= took <= goal
        line = f"{days:5d} days  {took:7.1f} ms  (goal {goal:.0f} ms)"
        arima = time_arima(history) if days in words.arima_days else None
        if arima is not None:
            line += f"  AutoARIMA {arima:9.0f} ms, {arima / took:7.0f} times as long"
        print(line, flush=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())

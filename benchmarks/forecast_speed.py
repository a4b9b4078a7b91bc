"""Time the main model: the forecast of tomorrow with its whole walk-forward past.

    python benchmarks/forecast_speed.py [--repeats 7] [--arima-days 60 365]

The median of the repeats, on a simulated person with a journal. Where statsforecast is installed
(``pip install '.[bench]'``) its AutoARIMA forecasts the same series once, refitted every day as
the main model is, and the ratio is printed.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import pandas as pd
from people import simulate_people

from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.series import History

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


def main() -> int:
    """Print one line per length; returns 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--arima-days", type=int, nargs="*", default=[60, 365])
    words = parser.parse_args()
    repeats = words.repeats
    with tempfile.TemporaryDirectory() as folder:
        (person,) = simulate_people(1, max(GOALS_MS), 7, Path(folder)).values()
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

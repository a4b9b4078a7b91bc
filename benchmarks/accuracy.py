"""Measure the accuracy of the forecasts, in a table with other forecasters.

    python benchmarks/accuracy.py --exports DIR [--csv FORECASTS.csv] [--leave-one-out]
    python benchmarks/accuracy.py                        (simulated people and regimes)

DIR holds one folder or zip a person; a folder ``peers`` next to it may have other forecasters'
CSV files (subject,date,mean,p10,p90,p2_5,p97_5). With ``--leave-one-out`` each person is forecast
with a prior learned on all others; else with the one that ships.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from learn_prior import learn
from people import read_people, simulate_people
from regimes import REGIMES, simulate_regime
from scoring import score

from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.prior import Prior, parse_prior
from hrvctl.domain.forecast.targets import HRV
from hrvctl.domain.series import History
from hrvctl.records import Metric

LEAST_NIGHTS = (14, 30, 60)
KINDS: Mapping[str, Sequence[str] | None] = {
    "history only": HRV.patterns[:1],
    "+ strain": HRV.patterns[:2],
    "+ heart rate": (HRV.patterns[0], "evening_hr"),
    "hrvctl": None,
    "+ bedtime": (*HRV.patterns, *HRV.with_bedtime),
}
SIMULATED_PEOPLE, SIMULATED_DAYS, SEED = 8, 400, 1
STANDARD_ERRORS = 3.0  # that a coverage may be off by chance
# Errors of neighbouring nights are alike, and the widths are estimated: own choice.
SLACK = 0.02


def forecasts(people: Mapping[str, History], models: Mapping[str, Hierarchical]) -> pd.DataFrame:
    """One row a person and morning with an HRV, forecast on the evening before."""
    frames = []
    for name, history in people.items():
        quantiles = models[name].forecast_quantiles(history)
        n = len(history)
        known = ~np.isnan(np.array(history.hrv)) & ~np.isnan(quantiles[:n, 0, 0])
        columns = dict(
            zip(("p2_5", "p10", "mean", "p90", "p97_5"), quantiles[:n, 0].T, strict=True)
        )
        frame = pd.DataFrame(
            {"subject": name, "date": [history.day(i) for i in range(n)], **columns}
        )
        frames.append(frame.loc[known, ["subject", "date", "mean", "p10", "p90", "p2_5", "p97_5"]])
    table: pd.DataFrame = pd.concat(frames)
    return table


def priors(people: Mapping[str, History], *, leave_one_out: bool) -> dict[str, Prior | None]:
    """The prior each person is forecast with; ``None`` is the one that ships."""
    if not leave_one_out:
        return dict.fromkeys(people)
    names = (*HRV.patterns, *HRV.with_bedtime)
    found: dict[str, Prior | None] = {}
    for name in people:
        others = [history for other, history in people.items() if other != name]
        found[name] = parse_prior({"patterns": learn(others, names)})
    return found


def measure(exports: Path, csv: Path | None, *, leave_one_out: bool) -> None:
    """Print the table for real people, and write the forecasts."""
    people = read_people(exports)
    truth = {name: observed(history) for name, history in people.items()}
    nights = sum(map(len, truth.values()))
    prior = "of the others" if leave_one_out else "as shipped"
    print(f"{len(people)} people, {nights} nights, prior {prior}")
    starts = "".join(f"  {f'from {least} nights':>34}" for least in LEAST_NIGHTS)
    print(f"{'relative to ma7':18}{starts}")
    print(
        f"{'':18}"
        + f"  {'MAE':>5} {'pinball':>8} {'80 %':>6} {'95 %':>6} {'wins':>5}" * len(LEAST_NIGHTS)
    )
    chosen = priors(people, leave_one_out=leave_one_out)
    for kind, patterns in KINDS.items():
        models = {
            name: Hierarchical(prior=prior, patterns=patterns) for name, prior in chosen.items()
        }
        table = forecasts(people, models)
        print_row(kind, table, truth)
        if csv and kind == "hrvctl":
            table.round(3).to_csv(csv, index=False)
    for path in sorted(exports.parent.glob("peers/*.csv")):
        table = pd.read_csv(path, parse_dates=["date"])
        table["date"] = table["date"].dt.date
        print_row(path.stem, table, truth)
    print_journal(people, truth, chosen)


def print_journal(
    people: Mapping[str, History],
    truth: Mapping[str, Mapping[date, float]],
    chosen: Mapping[str, Prior | None],
) -> None:
    """For everyone who keeps a journal: the error with its answers and without them."""
    print(f"\n{'MAE relative to ma7':24}{'answers':>8}{'with':>8}{'without':>9}  (the journal)")
    for name, history in people.items():
        answers = sum(not math.isnan(v) for row in history.journal.values() for v in row)
        if not answers:
            continue
        found = [
            score(
                forecasts({name: history}, {name: Hierarchical(prior=chosen[name], journal=used)}),
                {name: truth[name]},
                least_nights=LEAST_NIGHTS[0],
            ).mae
            for used in (True, False)
        ]
        print(f"{name:24}{answers:8d}{found[0]:8.3f}{found[1]:9.3f}")


def print_row(name: str, table: pd.DataFrame, truth: Mapping[str, Mapping[date, float]]) -> None:
    """One forecaster's line: macro means over people, and how many of them it beats ma7 for."""
    cells = []
    for least in LEAST_NIGHTS:
        s = score(table, truth, least_nights=least)
        covered = f"{s.coverage_80:6.1%} {s.coverage_95:6.1%}"
        cells.append(f"  {s.mae:5.3f} {s.pinball:8.3f} {covered} {s.wins:3d}/{s.people}")
    print(f"{name:18}" + "".join(cells))


def observed(history: History) -> dict[date, float]:
    """Day to HRV, only where there was a night."""
    return {
        d: v
        for d, v in zip(map(history.day, range(len(history))), history.hrv, strict=True)
        if not math.isnan(v)
    }


def check_simulated() -> bool:
    """Coverage on simulated people and regimes, against what chance allows."""
    with tempfile.TemporaryDirectory() as folder:
        found = simulate_people(SIMULATED_PEOPLE, SIMULATED_DAYS, SEED, Path(folder))
    groups: dict[str, dict[str, History]] = {"people": found}
    for regime in REGIMES:
        groups[regime] = {
            f"{regime}-{seed}": regime_history(regime, seed) for seed in range(SIMULATED_PEOPLE)
        }
    fine = True
    print(f"{'simulated':16}{'nights':>8}{'MAE/ma7':>9}{'80 %':>8}{'95 %':>8}")
    for name, people in groups.items():
        truth = {person: observed(history) for person, history in people.items()}
        table = forecasts(people, dict.fromkeys(people, Hierarchical()))
        s = score(table, truth, least_nights=30)
        words = {verdict(0.8, s.coverage_80, s.nights), verdict(0.95, s.coverage_95, s.nights)}
        fine &= "short" not in words
        covered = f"{s.coverage_80:8.1%}{s.coverage_95:8.1%}"
        print(f"{name:16}{s.nights:8d}{s.mae:9.3f}{covered}  {' '.join(sorted(words - {''}))}")
    return fine


def verdict(level: float, rate: float, nights: int) -> str:
    """Whether coverage is at its level: ``short`` below it, ``wide`` above it, else empty.

    Too wide is allowed: a random walk, which HRV is not, gets wider intervals than it needs.
    """
    allowed = STANDARD_ERRORS * math.sqrt(level * (1 - level) / nights) + SLACK
    if abs(rate - level) <= allowed:
        return ""
    return "short" if rate < level else "wide"


def regime_history(name: str, seed: int) -> History:
    """A simulated series without any other input."""
    series = simulate_regime(name, n_days=SIMULATED_DAYS, seed=seed)
    return History(
        first=date(2022, 1, 3),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="simulated",
        hrv=tuple(series.hrv_ms.tolist()),
        measured={},
        journal={},
    )


def main() -> int:
    """Measure real people where exports are given, simulated ones otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--exports", type=Path)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--leave-one-out", action="store_true")
    arguments = parser.parse_args()
    if arguments.exports is None:
        return 0 if check_simulated() else 1
    measure(arguments.exports, arguments.csv, leave_one_out=arguments.leave_one_out)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure the accuracy of the forecasts, in a table with other forecasters.

    python benchmarks/accuracy.py --exports DIR [--others TABLE.csv] [--csv FORECASTS.csv]
                                  [--leave-one-out | --prior FILE]
    python benchmarks/accuracy.py                        (simulated people and regimes)

DIR holds one folder or zip a person; a folder ``peers`` next to it may have other forecasters'
CSV files (subject,date,mean,p10,p90,p2_5,p97_5). TABLE holds people with other devices
(``people.read_table``). With ``--leave-one-out`` each person of DIR is forecast with a prior
learned on all others of DIR, with ``--prior`` with a file's HRV patterns; else with the prior that
ships.
"""

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from people import read_people, read_table, simulate_people
from regimes import REGIMES, simulate_regime
from scoring import score

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.hierarchical import MAIN, Hierarchical
from hrvctl.domain.forecast.learned_prior import has_day_inputs, learn
from hrvctl.domain.forecast.prior import Prior, parse_prior
from hrvctl.domain.forecast.protocol import SHOWN_HORIZONS
from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.domain.forecast.targets import HRV
from hrvctl.domain.series import History
from hrvctl.domain.training import SELECTION_DAYS, is_clearly_better
from hrvctl.records import Metric

Truth = Mapping[str, Mapping[date, float]]

LEAST_NIGHTS = (14, 30, 60)
ENDS = ("p2_5", "p10", "mean", "p90", "p97_5")  # in the order of the model's levels
COLUMNS = ["subject", "date", "mean", "p10", "p90", "p2_5", "p97_5"]
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


def forecasts(
    people: Mapping[str, History], models: Mapping[str, Hierarchical], lead: int = 1
) -> pd.DataFrame:
    """One row a person and morning with an HRV, forecast ``lead`` evenings before."""
    frames = []
    for name, history in people.items():
        n = len(history)
        rows = models[name].forecast_quantiles(history)[:, lead - 1].T
        columns = {end: made_ahead(row, n, lead) for end, row in zip(ENDS, rows, strict=True)}
        known = ~np.isnan(np.array(history.hrv)) & ~np.isnan(columns["mean"])
        frame = pd.DataFrame(
            {"subject": name, "date": [history.day(i) for i in range(n)], **columns},
        )
        frames.append(frame.loc[known, COLUMNS])
    table: pd.DataFrame = pd.concat(frames)
    return table


def made_ahead(made: Floats, n: int, lead: int) -> Floats:
    """The forecasts made so many evenings before each of n mornings; NaN where none was."""
    out = np.full(n, np.nan)
    out[lead - 1 :] = made[: n - lead + 1]
    return out


@dataclass(frozen=True, slots=True)
class Priors:
    """What people are forecast with: the shipped prior, a file's, or one learned on the others."""

    file: Path | None
    leave_one_out: bool

    @property
    def shared(self) -> Prior | None:
        """The file's; ``None`` is the one that ships."""
        return parse_prior(json.loads(self.file.read_bytes())) if self.file else None

    @property
    def title(self) -> str:
        """What the table says of it."""
        if self.leave_one_out:
            return "of the others"
        return str(self.file) if self.file else "as shipped (in sample for those it is made from)"

    def of(self, people: Mapping[str, History]) -> Mapping[str, Prior | None]:
        """The prior of each person."""
        if not self.leave_one_out:
            return dict.fromkeys(people, self.shared)
        names = (*HRV.patterns, *HRV.with_bedtime)
        return {
            name: parse_prior(
                {"patterns": learn([h for other, h in people.items() if other != name], names)}
            )
            for name in people
        }


def measure(exports: Path, csv: Path | None, priors: Priors) -> None:
    """Print the tables for people with a WHOOP, and write the forecasts."""
    people = read_people(exports)
    truth = {name: observed(history) for name, history in people.items()}
    found = priors.of(people)
    print_head(f"{len(people)} people with a WHOOP", truth, priors.title)
    tables = {}
    for kind, patterns in KINDS.items():
        models = {
            name: Hierarchical(prior=prior, patterns=patterns, day_closed=True)
            for name, prior in found.items()
        }
        tables[kind] = forecasts(people, models)
        print_row(kind, tables[kind], truth)
    # Tonight's day is open, so that every past evening is forecast as it knew it.
    open_days = {name: history.with_open_day() for name, history in people.items()}
    models = {name: Hierarchical(prior=prior) for name, prior in found.items()}
    evening = forecasts(open_days, models)
    print_row("as the evening knew", evening, truth)
    if csv:
        tables["hrvctl"].round(3).to_csv(csv, index=False)
    for path in sorted(exports.parent.glob("peers/*.csv")):
        table = pd.read_csv(path, parse_dates=["date"])
        table["date"] = table["date"].dt.date
        print_row(path.stem, table, truth)
    print_where({"hrvctl": tables["hrvctl"], "as the evening knew": evening}, people, truth)
    closed = {n: Hierarchical(prior=p, day_closed=True) for n, p in found.items()}
    print_leads(people, closed)
    print_served(people, closed)
    print_wild_start(people, closed)
    print_journal(people, truth, found)


def measure_others(path: Path, priors: Priors) -> None:
    """Print the table for people with other devices, from the nights alone."""
    people = {
        name: history
        for name, history in read_table(path).items()
        if history.metric is Metric.HRV_RMSSD_MS and not has_day_inputs(history)
    }
    truth = {name: observed(history) for name, history in people.items()}
    print()
    print_head(
        f"{len(people)} series of other devices",
        truth,
        Priors(priors.file, leave_one_out=False).title,
    )
    models = {name: Hierarchical(prior=priors.shared) for name in people}
    table = forecasts(people, models)
    print_row("hrvctl", table, truth)
    print_where({"hrvctl": table}, people, truth)
    print_leads(people, models)
    print_served(people, models)
    print_wild_start(people, models)


def print_head(people: str, truth: Truth, prior: str) -> None:
    """The heading of a table of forecasters."""
    print(f"{people}, {sum(map(len, truth.values()))} nights, prior {prior}")
    starts = "".join(f"  {f'from {least} nights':>34}" for least in LEAST_NIGHTS)
    print(f"{'relative to ma7':20}{starts}")
    print(
        f"{'':20}"
        + f"  {'MAE':>5} {'pinball':>8} {'80 %':>6} {'95 %':>6} {'wins':>5}" * len(LEAST_NIGHTS)
    )


def print_where(
    tables: Mapping[str, pd.DataFrame], people: Mapping[str, History], truth: Truth
) -> None:
    """Coverage where it is hardest: after alcohol, with few nights, after a missing night."""
    kinds = {
        "after alcohol": after_alcohol,
        "nights 7 to 13": few_nights_before,
        "no night before": no_night_before,
    }
    print(f"\n{'80 % / 95 % held':20}" + "".join(f"{kind:>26}" for kind in kinds))
    for name, table in tables.items():
        cells = []
        for chosen in kinds.values():
            rows = [
                (row.p10 <= actual <= row.p90, row.p2_5 <= actual <= row.p97_5)
                for subject, own in table.groupby("subject")
                for days in [chosen(people[str(subject)])]
                for row in own.itertuples()
                if row.date in days and (actual := truth[str(subject)][row.date])
            ]
            held = np.mean(rows, axis=0) if rows else (math.nan, math.nan)
            cells.append(f"{held[0]:10.1%} {held[1]:6.1%} ({len(rows):5d})")
        print(f"{name:20}" + "".join(f"{cell:>26}" for cell in cells))


def after_alcohol(history: History) -> set[date]:
    """Mornings after a day with alcohol."""
    answers = history.journal.get("alcohol", ())
    return {history.day(i + 1) for i, value in enumerate(answers) if value > 0}


def few_nights_before(history: History) -> set[date]:
    """Mornings before which 7 to 13 nights are known."""
    return set(history.observed[7:14])


def no_night_before(history: History) -> set[date]:
    """Mornings with a night, whose night before is missing, from the 14th night on."""
    nights = set(history.observed)
    return {day for day in history.observed[14:] if day - timedelta(days=1) not in nights}


def print_leads(people: Mapping[str, History], models: Mapping[str, Hierarchical]) -> None:
    """Each of the seven mornings ahead: error against ma7 at the same lead, and coverage."""
    truth = {name: observed(history) for name, history in people.items()}
    print(f"\n{'from 14 nights':20}{'MAE/ma7':>9}{'80 %':>8}{'95 %':>8}")
    for lead in range(1, SHOWN_HORIZONS + 1):
        own = forecasts(people, models, lead)
        s = score(own, truth, least_nights=LEAST_NIGHTS[0], lead=lead)
        print(f"lead {lead:<15}{s.mae:9.3f}{s.coverage_80:8.1%}{s.coverage_95:8.1%}")


def print_served(people: Mapping[str, History], models: Mapping[str, Hierarchical]) -> None:
    """The error of what the serving rule serves over that of the main model, macro mean."""
    ratios, switched = [], 0
    for name, history in people.items():
        actual = np.array(history.hrv)
        rivals = (*(m for m in CANDIDATES if m.name != MAIN), models[name])
        points = [m.rolling_forecasts(history, first_origin=1).point[:-1, 0] for m in rivals]
        errors = np.abs(np.array(points) - actual)
        errors = errors[:, ~np.isnan(errors).any(axis=0)]
        served = []
        for now in range(LEAST_NIGHTS[0], errors.shape[1]):
            window = errors[:, max(now - SELECTION_DAYS, 0) : now]
            better = [i for i, e in enumerate(window[:-1]) if is_clearly_better(window[-1] - e)]
            chosen = min(better, key=lambda i: float(window[i].sum()), default=-1)
            served.append(errors[chosen, now])
            switched += chosen >= 0
        if served:
            ratios.append(np.sum(served) / np.sum(errors[-1, LEAST_NIGHTS[0] :]))
    print(f"\nserved / hierarchical {np.mean(ratios):.4f}; another model on {switched} mornings")


def print_wild_start(people: Mapping[str, History], models: Mapping[str, Hierarchical]) -> None:
    """The error on nights 7 to 59 with the first value halved, over the error without."""
    ratios = []
    for name, history in people.items():
        wild = replace(history, hrv=(history.hrv[0] / 2, *history.hrv[1:]))
        days = set(history.observed[7:60])
        truth = {day: value for day, value in observed(history).items() if day in days}
        halved, usual = (
            np.mean(
                [abs(row.mean - truth[row.date]) for row in table.itertuples() if row.date in days]
            )
            for table in (forecasts({name: h}, {name: models[name]}) for h in (wild, history))
        )
        ratios.append(halved / usual)
    print(f"first value halved / not, nights 7 to 59: {np.mean(ratios):.4f}")


def print_journal(
    people: Mapping[str, History],
    truth: Truth,
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
                forecasts(
                    {name: history},
                    {name: Hierarchical(prior=chosen[name], journal=used, day_closed=True)},
                ),
                {name: truth[name]},
                least_nights=LEAST_NIGHTS[0],
            ).mae
            for used in (True, False)
        ]
        print(f"{name:24}{answers:8d}{found[0]:8.3f}{found[1]:9.3f}")


def print_row(name: str, table: pd.DataFrame, truth: Truth) -> None:
    """One forecaster's line: macro means over people, and how many of them it beats ma7 for."""
    cells = []
    for least in LEAST_NIGHTS:
        s = score(table, truth, least_nights=least)
        covered = f"{s.coverage_80:6.1%} {s.coverage_95:6.1%}"
        cells.append(f"  {s.mae:5.3f} {s.pinball:8.3f} {covered} {s.wins:3d}/{s.people}")
    print(f"{name:20}" + "".join(cells))


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
    parser.add_argument("--others", type=Path)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--leave-one-out", action="store_true")
    which.add_argument("--prior", type=Path)
    arguments = parser.parse_args()
    priors = Priors(arguments.prior, arguments.leave_one_out)
    if arguments.exports is not None:
        measure(arguments.exports, arguments.csv, priors)
    if arguments.others is not None:
        measure_others(arguments.others, priors)
    if (arguments.exports, arguments.others) == (None, None):
        return 0 if check_simulated() else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

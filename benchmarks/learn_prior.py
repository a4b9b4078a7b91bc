"""Learn the pooled prior of the hierarchical ridge from people's exports.

    python benchmarks/learn_prior.py --exports DIR [--others TABLE.csv] [--out prior.json]
                                     [--against OTHER.json]

DIR holds one folder (or zip) a person; TABLE.csv has one row a night (see ``people.read_table``).
Patterns that need nothing but past nights are learned from all of them, patterns with inputs of
the day from those whose device measures the day. The output has averages
over all people alone: coefficients, their spread between people, and 200 quantiles of pooled
errors.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from learn_spread import N_ATOMS, N_CONDITIONS, SKIP_NIGHTS, learn_spread, rounded
from people import has_day_inputs, read_people, read_table

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.features import WEEKDAYS, build_frame
from hrvctl.domain.forecast.prior import Pattern
from hrvctl.domain.forecast.protocol import MAX_LEAD
from hrvctl.domain.forecast.targets import TARGETS, Target
from hrvctl.domain.series import History
from hrvctl.records import Metric

ROUNDS = 60  # of the EM; more rounds change no coefficient by more than its rounding
START_VARIANCE = 0.05  # between people, to start the EM with
LEAST_VARIANCE = 1e-4
HUBER = 1.75  # errors beyond so many noise sds lose weight in the EM
RECENT = ("one", "l0", "h-", "h+", "r1.5", "r4", "r12")
STRAIN = ("x:rhr", "x5:rhr", "x:strain", "x5:strain")
EVENING = (*STRAIN, "x:wakehr", "x:kcal_h", "wk*st", "wk*we", "wk+", "wk-", "wk1")
# Target of each pattern, and its inputs besides the recent nights and the weekday.
PATTERNS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "hrvonly": ("hrv", ()),
    "evening_strain": ("hrv", STRAIN),
    "evening_hr": ("hrv", ("x:wakehr", "wk*we", "wk1")),
    "evening": ("hrv", EVENING),
    "bedtime": ("hrv", (*EVENING, "x:cyc_h", "x:asleep")),
    "rhr_history": ("rhr", ()),
    "rhr_evening": ("rhr", ("x:hrv", "x:strain", "x5:strain", "x:wakehr", "x:kcal_h")),
    "resp_history": ("resp", ()),
    "resp_evening": (
        "resp",
        ("x:rhr", "x:hrv", "x:strain", "x5:strain", "x:wakehr", "x:temp"),
    ),
}


# The Fitbit wearers among the other devices are students of LifeSnaps.
NOTE = (
    "pooled averages; no value of any one person. History patterns from all, patterns with inputs "
    "of the day from people who wore a WHOOP. Fitbit: LifeSnaps (Yfantidou et al. 2022, Scientific "
    "Data 9:663)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The pooled coefficients estimated by the EM.

    Attributes:
        mean: Shape (p,), the coefficients of an average person.
        spread: Shape (p,), sd between people.
        noise: Mean over people of the robust noise variance.
    """

    mean: Floats
    spread: Floats
    noise: float


def learn(
    people: Sequence[History],
    names: Sequence[str] = tuple(PATTERNS),
    *,
    others: Sequence[History] = (),
) -> dict[str, Any]:
    """Learn the named patterns; the entries of the prior file's ``patterns``.

    Args:
        people: Those whose device measures the day.
        names: Keys of ``PATTERNS``, each target's history pattern before its others.
        others: Those with nights alone; they teach the history patterns.
    """
    entries: dict[str, Any] = {}
    for name in names:
        target_name, extra = PATTERNS[name]
        target = TARGETS[target_name]
        features = (*RECENT, *extra, *WEEKDAYS)
        teachers = [*people, *others] if not extra else people
        pooled = pool([examples(person, target, features) for person in teachers])
        entry: dict[str, Any] = {
            "target": target_name,
            "scale": "sqrt" if target.log_scale is None else "log",
            "b0": dict(zip(features, rounded(pooled.mean), strict=True)),
            "between_sd": dict(zip(features, rounded(pooled.spread), strict=True)),
            "noise_var": round(pooled.noise, 3),
        }
        start = Pattern(
            features=features,
            coefficients=pooled.mean,
            spread_centre=np.zeros(N_CONDITIONS),
            spread_coefficients=np.zeros(N_CONDITIONS),
            atoms=np.zeros(N_ATOMS),
            growth=np.ones(MAX_LEAD),
        )
        first = entries.get(target.patterns[0])
        history_only = start if first is None else Pattern.parse(first)
        entry |= learn_spread(teachers, target, start, history_only)
        entries[name] = entry
    return entries


def examples(person: History, target: Target, features: tuple[str, ...]) -> tuple[Floats, Floats]:
    """One person's inputs, shape (k, p), and targets, shape (k,), after the first nights.

    An input that is missing stands at its average, 0, in the learning alone: every person then
    speaks with all their nights. Forecasts never do so; they use a pattern without that input.
    """
    frame = build_frame(person, target, journal=False)
    inputs = np.nan_to_num(frame.matrix(features))
    rows = (frame.nights > SKIP_NIGHTS) & ~np.isnan(frame.z)
    return inputs[rows], frame.z[rows]


def pool(data: Sequence[tuple[Floats, Floats]]) -> Pooled:
    """EM for z = x'b_i + noise_i, b_i ~ N(b0, diag T), with Huber weights; people weigh the same.

    Laird and Ware (1982) give the EM of the random-effects model, Huber (1964) the weights.
    """
    data = [(x, z) for x, z in data if len(z)]
    p = data[0][0].shape[1]
    mean, between = np.zeros(p), np.full(p, START_VARIANCE)
    own = np.zeros((len(data), p))
    noise = np.full(len(data), 0.6)
    for _ in range(ROUNDS):
        uncertain = []
        for i, (x, z) in enumerate(data):
            error = np.maximum(np.abs(z - x @ own[i]), 1e-9)
            weighted = x.T * np.minimum(1.0, HUBER * np.sqrt(noise[i]) / error)
            covariance = np.linalg.inv(weighted @ x / noise[i] + np.diag(1 / between))
            own[i] = covariance @ (weighted @ z / noise[i] + mean / between)
            uncertain.append(np.diag(covariance))
            error = np.maximum(np.abs(z - x @ own[i]), 1e-9)
            weights = np.minimum(1.0, HUBER * np.sqrt(noise[i]) / error)
            noise[i] = np.sum(weights * error**2) / np.sum(weights)
        mean = own.mean(axis=0)
        between = ((own - mean) ** 2).mean(axis=0) + np.mean(uncertain, axis=0)
        between = np.maximum(between, LEAST_VARIANCE)
    return Pooled(mean=mean, spread=np.sqrt(between), noise=float(noise.mean()))


def document(people: Sequence[History], others: Sequence[History], day: date) -> dict[str, Any]:
    """The contents of the prior file, with its origin."""
    return {
        "schema": 1,
        "learned": {
            "people": len(people) + len(others),
            "days": sum(len(person) for person in (*people, *others)),
            "nights": sum(len(person.observed) for person in (*people, *others)),
            "whoop_people": len(people),
            "whoop_nights": sum(len(person.observed) for person in people),
            "other_people": len(others),
            "other_nights": sum(len(person.observed) for person in others),
            "script": "benchmarks/learn_prior.py",
            "date": day.isoformat(),
            "note": NOTE,
        },
        "patterns": learn(people, others=others),
    }


def report(learned: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Print how far the coefficients are from another prior's."""
    for name, entry in learned.items():
        if name in other:
            differences = {
                feature: value - other[name]["b0"][feature]
                for feature, value in entry["b0"].items()
            }
            worst = max(differences, key=lambda feature: abs(differences[feature]))
            mean = np.mean(np.abs(list(differences.values())))
            print(f"{name:15} mean {mean:.3f}, most {differences[worst]:+.3f} ({worst})")


def main() -> None:
    """Read the exports, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--exports", type=Path, required=True)
    parser.add_argument("--others", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--date", type=date.fromisoformat, default=date.today())  # noqa: DTZ011
    arguments = parser.parse_args()
    people = list(read_people(arguments.exports).values())
    others: list[History] = []
    for history in (read_table(arguments.others) if arguments.others else {}).values():
        if has_day_inputs(history):
            people.append(history)
        elif history.metric is Metric.HRV_RMSSD_MS:  # SDNN is another quantity
            others.append(history)
    learned = document(people, others, arguments.date)
    print(json.dumps(learned["learned"]))
    if arguments.against:
        other = json.loads(arguments.against.read_text(encoding="utf-8"))
        report(learned["patterns"], other.get("patterns", other))
    if arguments.out:
        text = json.dumps(learned, indent=1)
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

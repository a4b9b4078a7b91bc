"""Learn the pooled prior from many people: what ``prior.json`` holds, as a document.

Patterns that need nothing but past nights are learned from all people, patterns with inputs of the
day from those whose device measures the day. A document has averages over all people alone:
coefficients, their spread between people, and 200 quantiles of pooled errors.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.features import PAST_NIGHTS, WEEKDAYS, build_frame
from hrvctl.domain.forecast.learned_spread import (
    N_ATOMS,
    N_CONDITIONS,
    SKIP_NIGHTS,
    learn_spread,
    rounded,
)
from hrvctl.domain.forecast.prior import Pattern, Prior
from hrvctl.domain.forecast.protocol import MAX_LEAD
from hrvctl.domain.forecast.targets import HRV, TARGETS, Target
from hrvctl.domain.series import History
from hrvctl.errors import NotEnoughData
from hrvctl.records import Metric

# Version of the document's format.
SCHEMA = 1
# Averages over fewer people could reveal one of them; a person with fewer nights has too few left
# after the first ``SKIP_NIGHTS`` (own choices).
MIN_PEOPLE, MIN_NIGHTS = 10, 30
ROUNDS = 60  # of the EM; more rounds change no coefficient by more than its rounding
START_VARIANCE = 0.05  # between people, to start the EM with
LEAST_VARIANCE = 1e-4
HUBER = 1.75  # errors beyond so many noise sds lose weight in the EM
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
    least_people: int = 1,
) -> dict[str, Any]:
    """Learn the named patterns; the entries of the prior file's ``patterns``.

    A pattern for which fewer people have examples is left out.

    Args:
        people: Those whose device measures the day.
        names: Keys of ``PATTERNS``, each target's history pattern before its others.
        others: Those with nights alone; they teach the history patterns.
        least_people: Fewest people to learn a pattern from.
    """
    entries: dict[str, Any] = {}
    for name in names:
        target_name, extra = PATTERNS[name]
        target = TARGETS[target_name]
        features = features_of(name)
        taught = [
            (person, found)
            for person in ([*people, *others] if not extra else people)
            if len((found := examples(person, target, features))[1])
        ]
        if len(taught) < least_people:
            continue
        teachers = [person for person, _ in taught]
        pooled = pool([found for _, found in taught])
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


def features_of(name: str) -> tuple[str, ...]:
    """The inputs of a pattern; a ``KeyError`` where there is none of that name."""
    return (*PAST_NIGHTS, *PATTERNS[name][1], *WEEKDAYS)


def check_patterns(prior: Prior) -> None:
    """Check that a prior's patterns are those that are learned here.

    Raises:
        ValueError: One is not, lacks an input, or has a number too few or that is not finite; or
            there is none of HRV alone, which every person has.
    """
    if HRV.patterns[0] not in prior:
        raise ValueError(f"the pattern {HRV.patterns[0]} is missing")
    for name, pattern in prior.items():
        if name not in PATTERNS or pattern.features != features_of(name):
            raise ValueError(f"the inputs of {name} are others")
        shaped = (
            (pattern.coefficients, len(pattern.features)),
            (pattern.spread_centre, N_CONDITIONS),
            (pattern.spread_coefficients, N_CONDITIONS),
            (pattern.atoms, N_ATOMS),
            (pattern.growth, MAX_LEAD),
        )
        if not all(each.shape == (n,) and np.isfinite(each).all() for each, n in shaped):
            raise ValueError(f"numbers of {name} are missing")


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


def teachers_of(histories: Iterable[History]) -> tuple[list[History], list[History]]:
    """The people to learn from: those whose device measures the day, and those with nights alone.

    SDNN is another quantity, and a person with few nights would speak as loud as the others: both
    are left out.
    """
    people: list[History] = []
    others: list[History] = []
    for history in histories:
        if history.metric is Metric.HRV_RMSSD_MS and len(history.observed) >= MIN_NIGHTS:
            (people if has_day_inputs(history) else others).append(history)
    return people, others


def has_day_inputs(history: History) -> bool:
    """Whether the device measures the day as well: WHOOP's average heart rate of a cycle."""
    return Metric.AVERAGE_HR_BPM in history.measured


def document(
    people: Sequence[History],
    others: Sequence[History],
    *,
    day: date,
    made_by: str,
    note: str,
    least_people: int = MIN_PEOPLE,
) -> dict[str, Any]:
    """The contents of a prior file, with its origin.

    Args:
        people: Those whose device measures the day.
        others: Those with nights alone.
        day: When it is learned.
        made_by: The program or command that learns it.
        note: Where the people are from.
        least_people: Fewest people to learn a pattern from.

    Raises:
        NotEnoughData: There are fewer people.
    """
    everybody = [*people, *others]
    if len(everybody) < least_people:
        raise NotEnoughData(
            f"have {len(everybody)} people with {MIN_NIGHTS} nights of RMSSD, need {least_people}"
        )
    return {
        "schema": SCHEMA,
        "learned": {
            "people": len(everybody),
            "days": sum(map(len, everybody)),
            "nights": sum(len(person.observed) for person in everybody),
            "people_with_day": len(people),
            "nights_with_day": sum(len(person.observed) for person in people),
            "script": made_by,
            "date": day.isoformat(),
            "note": note,
        },
        "patterns": learn(people, others=others, least_people=least_people),
    }

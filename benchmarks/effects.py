"""Check the effects of journal answers where the truth is known, and time them.

    python benchmarks/effects.py [--people 300] [--days 365]
    python benchmarks/effects.py --exports DIR           (real people: verdicts on screen alone)

People simulated with an alcohol effect of -20 % give the coverage of the 95 % interval; people
simulated without any effect give the rate of false "credible" verdicts. DIR holds one folder or
zip per person.
"""

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from people import FIRST_SIMULATED_DAY, read_people

from hrvctl.domain.arrays import Floats
from hrvctl.domain.effects import Effects, QuestionEffect, measure_effects
from hrvctl.domain.series import NAN, History
from hrvctl.records import Metric
from hrvctl.samples.days import Person, Wear
from hrvctl.samples.people import SOCIAL_DRINKER, Traits, draw_people
from hrvctl.samples.simulation import simulate

PEOPLE, DAYS, SEED = 300, 365, 7
TRUE_EFFECT = -0.20
# How far the coverage of 95 % may be off, the share of people who may get a false verdict, and the
# standard errors by which a share of fewer people may be off by chance.
COVERAGE_SLACK, MAX_MISLED, STANDARD_ERRORS = 0.03, 0.10, 3.0
# Days of history to milliseconds that twenty questions may take (own choice).
GOALS_MS = {60: 300.0, 365: 400.0, 1800: 1000.0}
QUESTIONS_TIMED, REPEATS = 20, 5


def recorded_history(person: Person, extra: Mapping[str, Floats] | None = None) -> History:
    """The history a strap and a journal record of a person, with extra journal questions."""
    worn = [day.wear is not Wear.OFF for day in person.days]
    tags = sorted({tag for day in person.days for tag in day.answers})
    journal = {
        tag: tuple(float(day.answers[tag]) if tag in day.answers else NAN for day in person.days)
        for tag in tags
    }
    return History(
        first=person.days[0].day,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="simulated",
        hrv=tuple(NAN if day.hrv_ms is None else float(day.hrv_ms) for day in person.days),
        measured={
            Metric.STRAIN: tuple(
                day.strain if on else NAN for day, on in zip(person.days, worn, strict=True)
            )
        },
        journal=journal | {tag: tuple(v.tolist()) for tag, v in (extra or {}).items()},
    )


def population(n: int, **traits: float) -> list[Traits]:
    """Draw people who all drink at times and keep a journal, with some traits fixed."""
    usual = Traits()
    return [
        replace(
            person,
            journal_probability=person.journal_probability or usual.journal_probability,
            alcohol_probability=person.alcohol_probability
            if any(person.alcohol_probability)
            else SOCIAL_DRINKER,
            **traits,
        )
        for person in draw_people(n, SEED)
    ]


def habits(person: Person, seed: int) -> dict[str, Floats]:
    """Six answers without effect: random, in runs, correlated with strain or with the morning."""
    rng = np.random.default_rng(seed)
    n = len(person.days)
    strain = np.array([day.strain for day in person.days])
    morning = np.log([day.expected_hrv_ms for day in person.days]) + [
        day.truth.noise for day in person.days
    ]
    answers = {
        "often": rng.random(n) < 0.5,
        "seldom": rng.random(n) < 0.15,
        "spells": _runs(rng, n, mean_days=8),
        "seasons": _runs(rng, n, mean_days=40),
        "hard_days": strain + rng.normal(0, strain.std(), n) > strain.mean(),
        "felt_recovered": morning + rng.normal(0, morning.std(), n) > morning.mean(),
    }
    said = rng.random(n) < person.traits.journal_probability
    return {tag: np.where(said, yes, np.nan) for tag, yes in answers.items()}


def _runs(rng: np.random.Generator, n: int, *, mean_days: float) -> NDArray[np.bool_]:
    turns = rng.random(n) < 1 / mean_days
    return (np.cumsum(turns) + rng.integers(2)) % 2 == 1


def check_coverage(n: int, days: int) -> bool:
    """Whether the 95 % interval of alcohol has its nominal coverage."""
    found = []
    for i, traits in enumerate(population(n, alcohol_effect=TRUE_EFFECT)):
        person = simulate(traits, first_day=FIRST_SIMULATED_DAY, n_days=days, seed=1000 + i)
        found += [
            q
            for q in measure_effects(recorded_history(person)).tested
            if q.tag == "alcohol" and q.effect
        ]
    truth = 100 * TRUE_EFFECT
    changes = [q.effect for q in found if q.effect]
    rate = fmean(c.pct_low <= truth <= c.pct_high for c in changes)
    by_chance = STANDARD_ERRORS * math.sqrt(0.95 * 0.05 / len(changes)) * (n < PEOPLE)
    allowed = max(COVERAGE_SLACK, by_chance)
    print(f"alcohol at {truth:g} %, {days} days: {len(changes)} of {n} people tested")
    print(f"  95 % interval holds it for {rate:.1%} of them (95 +- {100 * allowed:.1f} %)")
    print(f"  mean estimate {fmean(c.pct for c in changes):.1f} %", end=", ")
    print(f"median width {median(c.pct_high - c.pct_low for c in changes):.1f} points")
    print(f"  {verdicts(found)}")
    return abs(rate - 0.95) <= allowed


def check_nothing(n: int, days: int) -> bool:
    """Whether few enough people get a credible verdict where there is no effect."""
    found: list[Effects] = []
    for i, traits in enumerate(
        population(n, alcohol_effect=0.0, stress_effect=0.0, illness_effect=0.0)
    ):
        person = simulate(traits, first_day=FIRST_SIMULATED_DAY, n_days=days, seed=5000 + i)
        found.append(measure_effects(recorded_history(person, habits(person, i))))
    asked = max(len(effects.tested) for effects in found)
    misled = fmean(any(q.verdict == "credible" for q in e.tested) for e in found)
    allowed = MAX_MISLED + STANDARD_ERRORS * math.sqrt(0.09 / n) * (n < PEOPLE)
    print(f"nothing has an effect, {asked} questions, {days} days: {n} people")
    print(f"  something credible for {misled:.1%} of them (at most {allowed:.0%})")
    questions = [q for effects in found for q in effects.tested if q.effect]
    print(f"  {verdicts(questions)}")
    corrected = fmean(any(q.q is not None and q.q < 0.1 for q in e.tested) for e in found)
    print(f"  by Benjamini-Hochberg alone it would be {corrected:.1%} of people")
    holds = [q.effect.pct_low <= 0 <= q.effect.pct_high for q in questions if q.effect]
    print(f"  95 % interval holds 0 for {fmean(holds):.1%} of questions")
    return misled <= allowed


def verdicts(found: Iterable[QuestionEffect]) -> str:
    """Format the share of each verdict."""
    counts = Counter(q.verdict for q in found)
    total = sum(counts.values())
    return ", ".join(f"{name} {n / total:.1%}" for name, n in counts.most_common())


def check_speed() -> bool:
    """Whether twenty questions take no longer than their goal."""
    fine = True
    for days, goal in GOALS_MS.items():
        person = simulate(Traits(), first_day=FIRST_SIMULATED_DAY, n_days=days, seed=1)
        rng = np.random.default_rng(1)
        extra = {f"q{i}": (rng.random(days) < 0.4).astype(float) for i in range(16)}
        history = recorded_history(person, extra)
        took = []
        for _ in range(REPEATS):
            start = perf_counter()
            effects = measure_effects(history)
            took.append(1000 * (perf_counter() - start))
        fine &= median(took) <= goal
        print(f"{days:5d} days, {len(effects.tested)} questions: {median(took):6.1f} ms", end="")
        print(f" (goal {goal:g})")
    return fine


def show_real(exports: Path) -> None:
    """Print each person's alcohol effect and the share of each verdict."""
    for name, history in read_people(exports).items():
        effects = measure_effects(history)
        print(f"{name}: {effects.n_tested} of {len(effects.tested)} questions tested", end="; ")
        print(verdicts(effects.tested) or "no journal")
        for q in effects.tested:
            if q.tag == "alcohol":
                c = q.effect
                change = f"{c.pct:+.0f} % ({c.pct_low:+.0f} to {c.pct_high:+.0f})" if c else ""
                print(f"  alcohol: {q.verdict} {change} {q.missing} {'; '.join(q.limits)}")


def main() -> int:
    """Check simulated people, or show real ones; returns 1 when a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--exports", type=Path)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--days", type=int, default=DAYS)
    arguments = parser.parse_args()
    if arguments.exports is not None:
        show_real(arguments.exports)
        return 0
    n, days = arguments.people, arguments.days
    return 0 if all([check_coverage(n, days), check_nothing(n, days), check_speed()]) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Simulate a person day by day, with a known true HRV; reproducible from its seed."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from math import cos, exp, log, log1p, pi

import numpy as np

from hrvctl.samples.behaviour import Behaviour, autoregress, simulate_behaviour
from hrvctl.samples.days import Day, Person, Truth, Wear
from hrvctl.samples.draws import Draw, Draws, Floats, draw_uniforms
from hrvctl.samples.habits import simulate_journal, simulate_naps, simulate_workouts
from hrvctl.samples.nights import simulate_sleep
from hrvctl.samples.people import Traits
from hrvctl.samples.vitals import simulate_vitals

# RMSSD is kept within what exports have shown, ms (6 to 314 in 8,051 cycles).
HRV_BOUNDS_MS = (6, 314)


def simulate(
    traits: Traits,
    *,
    first_day: date,
    n_days: int,
    seed: int,
    alcohol_on: Mapping[date, bool] | None = None,
) -> Person:
    """Simulate ``n_days`` days from ``first_day`` on.

    The HRV of a morning is lognormal about ``Day.expected_hrv_ms``, which is the level with its
    slow drift, the weekly rhythm, and what the *day before* brought: strain, drinks, stress,
    illness and tension. Nothing done on day D affects the HRV of D. A longer simulation from the
    same first day and seed begins with the days of a shorter one, to the last digit.

    Args:
        traits: The person.
        first_day: Wake date of the first night.
        n_days: Number of days, at least 1.
        seed: 0 or above; the same seed always gives the same days.
        alcohol_on: Days with alcohol forced on or off; every other random number stays the same,
            so that two simulations can be compared that differ in alcohol alone.

    Raises:
        ValueError: ``n_days`` below 1.
    """
    if n_days < 1:
        raise ValueError(f"n_days is {n_days}, need 1 or more")
    draws = draw_uniforms(n_days + 1, seed)
    behaviour = simulate_behaviour(traits, draws, first_day=first_day, alcohol_on=alcohol_on or {})
    nights = simulate_sleep(traits, draws, behaviour, first_day=first_day)
    truths = simulate_hrv(traits, draws, behaviour, first_day=first_day)
    starts = [
        _midnight(night.wake_at) if wear is Wear.NO_SLEEP else night.onset_at
        for night, wear in zip(nights, behaviour.wear, strict=True)
    ]
    vitals = simulate_vitals(traits, draws, behaviour, nights=nights, truths=truths, starts=starts)
    journal = simulate_journal(traits, draws, behaviour)
    naps = simulate_naps(traits, draws, nights=nights, starts=starts)
    activities = simulate_workouts(draws, behaviour, nights=nights, starts=starts, vitals=vitals)
    days = [
        Day(
            day=first_day + timedelta(days=i),
            zone=behaviour.zones[i],
            wear=behaviour.wear[i],
            sleep=nights[i],
            cycle_start_at=starts[i],
            cycle_end_at=starts[i + 1],
            hrv_ms=measured_hrv_ms(truths[i]) if behaviour.wear[i] is Wear.NIGHT else None,
            truth=truths[i],
            vitals=vitals[i],
            strain=float(behaviour.strain[i + 1]),
            alcohol=bool(behaviour.alcohol[i + 1]),
            caffeine=bool(behaviour.caffeine[i + 1]),
            stress=bool(behaviour.stress[i + 1]),
            sick=bool(behaviour.illness[i + 1] > 0),
            answers=journal[i + 1][0],
            note=journal[i + 1][1],
            naps=naps[i],
            activities=activities[i],
        )
        for i in range(n_days)
    ]
    return Person(traits=traits, seed=seed, days=tuple(days))


def simulate_until(traits: Traits, *, last_day: date, n_days: int, seed: int) -> Person:
    """Simulate ``n_days`` days of which ``last_day`` is the last; see ``simulate``.

    One day more that ends one day later extends the same person by a day.
    """
    first_day = last_day - timedelta(days=n_days - 1)
    return simulate(traits, first_day=first_day, n_days=n_days, seed=seed)


def _midnight(wake_at: datetime) -> datetime:
    return datetime.combine(wake_at.date(), time(), tzinfo=wake_at.tzinfo)


def simulate_hrv(
    traits: Traits, draws: Draws, behaviour: Behaviour, *, first_day: date
) -> tuple[Truth, ...]:
    """Simulate the true HRV of each morning and the parts that add up to it.

    ln HRV = level + drift + weekly rhythm + effects of the day before + the night's noise; RMSSD
    is near lognormal within a person, hence the ln scale (Plews et al. 2013, Sports Medicine 43).

    Args:
        traits: The person.
        draws: Random numbers.
        behaviour: Row r is the day before the morning of row r.
        first_day: Morning of row 0.

    Returns:
        One truth per row.
    """
    parts = {
        "level": log(traits.level_ms)
        + traits.drift_sd * autoregress(draws.normal(Draw.DRIFT), traits.drift_phi),
        "weekly": _weekly(traits, len(behaviour.strain), first_day),
        "strain": traits.strain_effect * (behaviour.strain - traits.strain_mean) / traits.strain_sd,
        "alcohol": log1p(traits.alcohol_effect) * behaviour.alcohol + 0.0,
        "stress": log1p(traits.stress_effect) * behaviour.stress + 0.0,
        "illness": log1p(traits.illness_effect) * behaviour.illness + 0.0,
        "arousal": -traits.arousal_sd * behaviour.arousal,
    }
    noise = traits.noise_sd * draws.normal(Draw.NIGHT_NOISE)
    rows = zip(*(values.tolist() for values in parts.values()), noise.tolist(), strict=True)
    names = (*parts, "noise")
    return tuple(
        Truth(**dict(zip(names, row, strict=True)), expected_hrv_ms=exp(sum(row[:-1])))
        for row in rows
    )


def measured_hrv_ms(truth: Truth) -> int:
    """The RMSSD the strap exports for a night: whole ms within HRV_BOUNDS_MS."""
    low, high = HRV_BOUNDS_MS
    return min(max(round(truth.expected_hrv_ms * exp(truth.noise)), low), high)


def _weekly(traits: Traits, n_rows: int, first_day: date) -> Floats:
    start = (first_day - timedelta(days=traits.weekly_peak)).weekday()
    week = np.array([traits.weekly_amplitude * cos(2 * pi * d / 7) for d in range(7)])
    return week[(np.arange(n_rows) + start) % 7]

"""Simulate the HRV of each morning from its causes; the only place that turns them into ms."""

from datetime import date, timedelta
from math import cos, exp, log, log1p, pi

import numpy as np

from hrvctl.samples.behaviour import Behaviour, autoregress
from hrvctl.samples.days import Truth
from hrvctl.samples.draws import Draw, Draws, Floats
from hrvctl.samples.people import Traits

# RMSSD is kept within what exports have shown, ms (6 to 314 in 8,051 cycles).
HRV_BOUNDS_MS = (6, 314)


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

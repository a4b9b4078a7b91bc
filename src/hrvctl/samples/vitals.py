"""Simulate the vitals recorded with HRV: heart rates, respiration, temperature, SpO2, energy."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import log
from statistics import NormalDist
from typing import NamedTuple

from hrvctl.samples.behaviour import Behaviour
from hrvctl.samples.days import Night, Truth, Vitals
from hrvctl.samples.draws import Draw, Draws, Floats
from hrvctl.samples.people import Traits

HOUR = timedelta(hours=1)
# Resting HR per unit of ln HRV, bpm, and its own noise: gives the within-person correlation of
# about -0.75 that exports show.
RESTING_PER_LN_HRV = -17.0
RESTING_NOISE_SD = 2.0
RESTING_BOUNDS = (30.0, 120.0)
# Waking heart rate: bpm per point of strain, for alcohol, for stress, at the worst of an illness,
# per sd of tension; and its noise. Chosen so that it correlates with the next morning's HRV at
# about -0.3 to -0.45, as exports show.
AWAKE_PER_STRAIN = 0.6
AWAKE_ALCOHOL = 4.0
AWAKE_STRESS = 2.0
AWAKE_ILL = 7.0
AWAKE_PER_AROUSAL = 3.2
AWAKE_NOISE_SD = 4.8
# After a bad night, heart rate awake is still this far above that night's resting HR, bpm.
AWAKE_LEAST_RISE = 6.0
# Mean heart rate over the time in bed, as a multiple of resting HR.
IN_BED_OVER_RESTING = 1.06
# Highest heart rate: at strain 0, per point of strain, noise sd, the least above HR awake, top.
MAX_HR_AT_REST = 112.0
MAX_HR_PER_STRAIN = 4.0
MAX_HR_NOISE_SD = 8.0
MAX_HR_ABOVE_AWAKE = 15.0
MAX_HR_TOP = 205.0
# Energy per hour and point of strain, its noise and its least, kcal.
ENERGY_PER_STRAIN = 3.8
ENERGY_NOISE_SD = 5.0
ENERGY_FLOOR = 30.0
SPO2_MEAN_PCT = 96.2


class Spread(NamedTuple):
    """Night-to-night sd of a vital sign, what the worst of an illness adds, and its bounds."""

    sd: float
    ill: float
    low: float
    high: float


# Breaths a minute, Celsius, percent: bounds as exports show them.
BREATH = Spread(0.5, 1.0, 11.3, 21.1)
SKIN = Spread(0.6, 0.7, 30.5, 37.6)
SPO2 = Spread(1.1, -1.0, 84.5, 100.0)
# Sd of ln HRV against the level that takes the recovery score from 50 to 84 %.
RECOVERY_SD = 0.22
COLUMNS = (
    Draw.RESTING_HR,
    Draw.RESPIRATION,
    Draw.SKIN_TEMP,
    Draw.SPO2,
    Draw.MAX_HR,
    Draw.ENERGY,
)


def simulate_vitals(
    traits: Traits,
    draws: Draws,
    behaviour: Behaviour,
    *,
    nights: Sequence[Night],
    truths: Sequence[Truth],
    starts: Sequence[datetime],
) -> tuple[Vitals, ...]:
    """Simulate the vitals of each cycle.

    Args:
        traits: The person.
        draws: Random numbers.
        behaviour: n + 1 rows; the day that follows night i is row i + 1.
        nights: n + 1 nights.
        truths: n + 1 mornings.
        starts: n + 1 starts of cycles; cycle i ends where i + 1 starts.

    Returns:
        n vitals: the last night only ends the cycle before it.
    """
    normals = {column: draws.normal(column).tolist() for column in COLUMNS}
    hr_awake = _hr_awake(traits, behaviour, draws.normal(Draw.WAKING_HR)).tolist()
    vitals = []
    for i, night in enumerate(nights[: len(starts) - 1]):
        ln_hrv = log(truths[i].expected_hrv_ms) + truths[i].noise
        resting = _resting(traits, ln_hrv, normals[Draw.RESTING_HR][i])
        cycle_h = (starts[i + 1] - starts[i]) / HOUR
        in_bed_h = (night.wake_at - starts[i]) / HOUR
        awake = max(hr_awake[i + 1], resting + AWAKE_LEAST_RISE)
        strain = float(behaviour.strain[i + 1])
        bed_beats = IN_BED_OVER_RESTING * resting * in_bed_h
        highest = (
            MAX_HR_AT_REST
            + MAX_HR_PER_STRAIN * strain
            + MAX_HR_NOISE_SD * normals[Draw.MAX_HR][i + 1]
        )
        hourly = ENERGY_PER_STRAIN * strain + ENERGY_NOISE_SD * normals[Draw.ENERGY][i + 1]
        ill = float(behaviour.illness[i])
        breath = _reading(traits.respiratory_rate, BREATH, normals[Draw.RESPIRATION][i], ill)
        skin = _reading(traits.skin_temp_c, SKIN, normals[Draw.SKIN_TEMP][i], ill)
        oxygen = _reading(SPO2_MEAN_PCT, SPO2, normals[Draw.SPO2][i], ill)
        vitals.append(
            Vitals(
                resting_hr=resting,
                respiratory_rate=round(breath, 1),
                skin_temp_c=round(skin, 2) if traits.has_sensors else None,
                spo2_pct=round(oxygen, 2) if traits.has_sensors else None,
                recovery_pct=_recovery(ln_hrv - truths[i].level),
                energy_kcal=round(max(traits.energy_kcal_h + hourly, ENERGY_FLOOR) * cycle_h),
                average_hr=round((bed_beats + awake * (cycle_h - in_bed_h)) / cycle_h),
                max_hr=round(min(max(highest, awake + MAX_HR_ABOVE_AWAKE), MAX_HR_TOP)),
            )
        )
    return tuple(vitals)


def _hr_awake(traits: Traits, behaviour: Behaviour, noise: Floats) -> Floats:
    """Mean heart rate awake of each row's day, bpm."""
    rate: Floats = (
        traits.resting_hr
        + traits.waking_hr_rise
        + AWAKE_PER_STRAIN * (behaviour.strain - traits.strain_mean)
        + AWAKE_ALCOHOL * behaviour.alcohol
        + AWAKE_STRESS * behaviour.stress
        + AWAKE_ILL * behaviour.illness
        + AWAKE_PER_AROUSAL * behaviour.arousal
        + AWAKE_NOISE_SD * noise
    )
    return rate


def _resting(traits: Traits, ln_hrv: float, z: float) -> int:
    deviation = ln_hrv - log(traits.level_ms)
    low, high = RESTING_BOUNDS
    value = traits.resting_hr + RESTING_PER_LN_HRV * deviation + RESTING_NOISE_SD * z
    return round(min(max(value, low), high))


def _reading(mean: float, spread: Spread, z: float, ill: float) -> float:
    return min(max(mean + spread.sd * z + spread.ill * ill, spread.low), spread.high)


def _recovery(deviation: float) -> int:
    """Where the night lies among the person's own, 1 to 99 percent."""
    return min(max(round(100 * NormalDist(0, RECOVERY_SD).cdf(deviation)), 1), 99)

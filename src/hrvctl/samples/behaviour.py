"""Simulate a person's behaviour: alcohol, caffeine, stress, illness, strain, travel, missed nights.

Arrays have one row per day and the night after it: row r is day r - 1 from waking on, and the night
that ends on day r, where day 0 is the first. So row 0 begins on the day before the first one; of
the last row only its day and the hour of its sleep onset are used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import log

import numpy as np
from numpy.typing import NDArray

from hrvctl.samples.days import Wear
from hrvctl.samples.draws import Draw, Draws, Floats
from hrvctl.samples.people import Traits

Flags = NDArray[np.bool_]

DAYS_PER_YEAR = 365.25
# Strain points lost at the worst of an illness, and the bounds of day strain in real exports
# (0 to 20.7 over 8,051 WHOOP cycles).
STRAIN_LOST_ILL = 5.0
STRAIN_BOUNDS = (0.4, 20.7)
# Strain of each weekday against the mean, in sd, Monday first: a rest day and a long one at the
# weekend (own choice).
STRAIN_RHYTHM = (-0.3, 0.2, 0.0, 0.2, -0.2, 0.5, -0.4)
# Share of single missing nights whose day is recorded all the same.
NO_SLEEP_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a person did on each day; rows as in the module docstring, arrays of shape (n_rows,).

    Attributes:
        alcohol: Whether alcohol was drunk.
        caffeine: Whether caffeine was had.
        stress: Whether the day was stressful.
        illness: Severity, 0 (well) to 1 (worst).
        arousal: Tension carried through the day, in sd.
        strain: Day strain, 0 to 21, one decimal.
        zones: IANA name of the time zone of the night.
        wear: What the strap recorded of the night.
    """

    alcohol: Flags
    caffeine: Flags
    stress: Flags
    illness: Floats
    arousal: Floats
    strain: Floats
    zones: tuple[str, ...]
    wear: tuple[Wear, ...]


def simulate_behaviour(
    traits: Traits, draws: Draws, *, first_day: date, alcohol_on: Mapping[date, bool]
) -> Behaviour:
    """Simulate row by row, never looking ahead, so that a longer simulation extends a shorter one.

    Args:
        traits: The person.
        draws: Random numbers; its number of rows is the number of rows simulated.
        first_day: Wake date of the night in row 0; its behaviour is in row 1.
        alcohol_on: Days with alcohol forced on or off.
    """
    eve = first_day - timedelta(days=1)
    n = len(draws.table)
    weekday = (np.arange(n) + eve.weekday()) % 7
    alcohol = draws.uniform(Draw.ALCOHOL) < np.array(traits.alcohol_probability)[weekday]
    for day, drinks in alcohol_on.items():
        row = (day - eve).days
        if 0 <= row < n:
            alcohol[row] = drinks
    illness = _episodes(
        draws.uniform(Draw.ILLNESS_START),
        draws.uniform(Draw.ILLNESS_LENGTH),
        per_year=traits.illness_per_year,
        mean_days=traits.illness_days,
    )
    strain: Floats = (
        traits.strain_mean
        + traits.strain_sd * (np.array(STRAIN_RHYTHM)[weekday] + draws.normal(Draw.STRAIN))
        - STRAIN_LOST_ILL * illness
    )
    return Behaviour(
        alcohol=alcohol,
        caffeine=draws.uniform(Draw.CAFFEINE) < traits.caffeine_probability,
        stress=draws.uniform(Draw.STRESS) < traits.stress_probability,
        illness=illness,
        arousal=autoregress(draws.normal(Draw.AROUSAL), traits.arousal_phi),
        strain=strain.clip(*STRAIN_BOUNDS).round(1),
        zones=_zones(traits, draws),
        wear=_wear(traits, draws),
    )


def autoregress(normals: Floats, phi: float) -> Floats:
    """A stationary AR(1) of unit variance from white noise; shape kept."""
    values = np.empty_like(normals)
    state = float(normals[0])
    gain = (1 - phi * phi) ** 0.5
    values[0] = state
    for i, z in enumerate(normals[1:].tolist(), start=1):
        state = phi * state + gain * z
        values[i] = state
    return values


def _episodes(start: Floats, length: Floats, *, per_year: float, mean_days: float) -> Floats:
    """Severity of each row: 1 on an episode's first day, fading evenly to 0 after its last."""
    severity = np.zeros(len(start))
    left = total = 0
    for i, (u, v) in enumerate(zip(start.tolist(), length.tolist(), strict=True)):
        if left == 0 and u < per_year / DAYS_PER_YEAR:
            left = total = _days(v, mean_days)
        if left:
            severity[i] = left / total
            left -= 1
    return severity


def _days(u: float, mean: float) -> int:
    """A length of at least one day with the given mean: a geometric by inversion."""
    return 1 if mean <= 1 else 1 + int(log(u) / log(1 - 1 / mean))


def _zones(traits: Traits, draws: Draws) -> tuple[str, ...]:
    if not traits.trip_zones:
        return (traits.home_zone,) * len(draws.table)
    away = _episodes(
        draws.uniform(Draw.TRIP_START),
        draws.uniform(Draw.TRIP_LENGTH),
        per_year=traits.trips_per_year,
        mean_days=traits.trip_days,
    )
    zones = []
    destination = traits.home_zone
    previous = 0.0
    for severity, u in zip(away.tolist(), draws.uniform(Draw.TRIP_ZONE).tolist(), strict=True):
        # The destination is drawn on a trip's first day (severity 1), and only after a night at
        # home: a trip that follows another at once keeps its destination.
        if severity == 1.0 and previous == 0.0:
            destination = traits.trip_zones[int(u * len(traits.trip_zones))]
        zones.append(destination if severity else traits.home_zone)
        previous = severity
    return tuple(zones)


def _wear(traits: Traits, draws: Draws) -> tuple[Wear, ...]:
    off = _episodes(
        draws.uniform(Draw.LONG_GAP_START),
        draws.uniform(Draw.LONG_GAP_LENGTH),
        per_year=traits.long_gaps_per_year,
        mean_days=traits.long_gap_days,
    )
    single = draws.uniform(Draw.GAP) < traits.gap_probability
    day_kept = draws.uniform(Draw.GAP_KIND) < NO_SLEEP_SHARE
    return tuple(
        Wear.OFF if severity or (missing and not kept) else Wear.NO_SLEEP if missing else Wear.NIGHT
        for severity, missing, kept in zip(off.tolist(), single, day_kept, strict=True)
    )

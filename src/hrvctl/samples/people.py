"""Traits of a simulated person, and a population to draw people from."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp, log
from statistics import NormalDist
from zoneinfo import ZoneInfo

from hrvctl.samples.draws import draw_uniforms

# Largest clock shift of a trip, hours: beyond it a whole calendar day could be lost.
MAX_SHIFT_H = 9.0
# Chance of a drink by weekday, Monday first: most drinking is at the weekend (own choice).
SOCIAL_DRINKER = (0.04, 0.05, 0.08, 0.12, 0.35, 0.45, 0.10)

# Where people live and where they go, IANA names: both hemispheres, half an hour, no DST, UTC.
TRIPS_FROM = {
    "Europe/Berlin": ("America/New_York", "Europe/London", "Asia/Tokyo"),
    "Europe/London": ("Europe/Berlin", "America/New_York", "America/Los_Angeles"),
    "America/New_York": ("America/Los_Angeles", "Europe/London"),
    "America/Los_Angeles": ("America/New_York", "Europe/London"),
    "Asia/Tokyo": ("Asia/Kolkata", "Australia/Sydney"),
    "Australia/Sydney": ("Asia/Tokyo", "Asia/Kolkata"),
    "America/Sao_Paulo": ("America/New_York", "Europe/London"),
    "Asia/Kolkata": ("Europe/London", "Asia/Tokyo"),
    "Atlantic/Reykjavik": ("Europe/Berlin", "America/New_York"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """The parameters of a person; the defaults are an average one.

    Effects on HRV are on the ln scale unless called a fraction: -0.20 as a fraction means a fifth
    lower. Behaviour on day D affects the HRV of D + 1.

    Attributes:
        level_ms: Median RMSSD of a morning after a sober, well, average day, ms.
        noise_sd: Night-to-night noise, sd of ln HRV, white.
        drift_sd: Slow wandering of the level, stationary sd of ln HRV.
        drift_phi: Its AR(1) coefficient per day.
        arousal_sd: Tension carried through the day, as sd of the ln HRV it costs; visible in the
            waking heart rate of that day.
        arousal_phi: Its AR(1) coefficient per day.
        weekly_amplitude: Amplitude of a seven-day cosine in ln HRV.
        weekly_peak: Weekday of its top, Monday 0.
        strain_effect: ln HRV per sd of the day's strain.
        strain_mean: Mean day strain, 0 to 21.
        strain_sd: Its sd from day to day.
        alcohol_effect: Fraction.
        alcohol_probability: Probability by weekday, Monday first.
        caffeine_probability: Probability per day; caffeine has no effect at all.
        stress_effect: Fraction.
        stress_probability: Probability per day.
        illness_per_year: Episodes per year.
        illness_effect: Fraction on the worst day; it fades over the episode.
        illness_days: Mean length.
        gap_probability: Probability that a single night is not recorded.
        long_gaps_per_year: Periods without the strap, per year.
        long_gap_days: Their mean length.
        trips_per_year: Trips to another time zone, per year.
        trip_days: Mean length.
        trip_zones: Destinations, IANA names.
        home_zone: IANA name.
        resting_hr: Resting heart rate at ``level_ms``, bpm.
        waking_hr_rise: Mean heart rate awake above resting, bpm.
        respiratory_rate: Breaths a minute asleep.
        skin_temp_c: Mean skin temperature asleep, Celsius.
        has_sensors: The strap measures skin temperature and SpO2.
        energy_kcal_h: Energy an hour at strain 0, kcal.
        bedtime_h: Mean sleep onset, hours after midnight of the wake date.
        in_bed_h: Mean time in bed, hours.
        journal_probability: Probability that a day's journal is filled in.
        nap_probability: Probability of a nap per day.

    Raises:
        ValueError: A probability outside 0 to 1, a fraction of -1 or less, a level or strain sd
            not above 0, or a trip over more than MAX_SHIFT_H hours.
    """

    level_ms: float = 65.0
    noise_sd: float = 0.14
    drift_sd: float = 0.09
    drift_phi: float = 0.97
    arousal_sd: float = 0.09
    arousal_phi: float = 0.4
    weekly_amplitude: float = 0.03
    weekly_peak: int = 2
    strain_effect: float = -0.04
    strain_mean: float = 11.0
    strain_sd: float = 3.5
    alcohol_effect: float = -0.20
    alcohol_probability: tuple[float, ...] = SOCIAL_DRINKER
    caffeine_probability: float = 0.7
    stress_effect: float = -0.06
    stress_probability: float = 0.15
    illness_per_year: float = 2.5
    illness_effect: float = -0.35
    illness_days: float = 5.0
    gap_probability: float = 0.03
    long_gaps_per_year: float = 0.7
    long_gap_days: float = 8.0
    trips_per_year: float = 2.0
    trip_days: float = 7.0
    trip_zones: tuple[str, ...] = TRIPS_FROM["Europe/Berlin"]
    home_zone: str = "Europe/Berlin"
    resting_hr: float = 56.0
    waking_hr_rise: float = 22.0
    respiratory_rate: float = 15.0
    skin_temp_c: float = 33.8
    has_sensors: bool = True
    energy_kcal_h: float = 55.0
    bedtime_h: float = -0.3
    in_bed_h: float = 7.7
    journal_probability: float = 0.85
    nap_probability: float = 0.04

    def __post_init__(self) -> None:
        chances = (
            *self.alcohol_probability,
            self.caffeine_probability,
            self.stress_probability,
            self.gap_probability,
            self.journal_probability,
            self.nap_probability,
        )
        if len(self.alcohol_probability) != 7 or not all(0 <= p <= 1 for p in chances):
            raise ValueError("chances lie in 0 to 1, and alcohol has one a weekday")
        if min(self.alcohol_effect, self.stress_effect, self.illness_effect) <= -1:
            raise ValueError("a fraction of -1 or less leaves no HRV")
        if not (0 <= self.drift_phi < 1 and 0 <= self.arousal_phi < 1):
            raise ValueError("AR(1) coefficients lie in 0 to below 1")
        if self.level_ms <= 0 or self.strain_sd <= 0:
            raise ValueError("level_ms and strain_sd are above 0")
        for zone in self.trip_zones:
            if abs(_hours_apart(self.home_zone, zone)) > MAX_SHIFT_H:
                raise ValueError(f"{zone} is more than {MAX_SHIFT_H:g} h from {self.home_zone}")


def draw_people(n: int, seed: int) -> tuple[Traits, ...]:
    """Draw people from a population that varies as much as the wearers seen in exports.

    Ranges are chosen to span what exports show: median RMSSD 65 ms with an ln sd of 0.45, resting
    HR falling with HRV, night noise 0.10 to 0.22, alcohol costing 5 to 40 %, one person in five
    with an old strap, some who never drink and some who never write (own choice of shapes).

    Args:
        n: Number of people.
        seed: The same seed gives the same people; a larger n begins with those of a smaller.

    Returns:
        n traits.
    """
    return tuple(_person(row) for row in draw_uniforms(n, seed).table.tolist())


def _person(u: list[float]) -> Traits:
    def between(column: int, low: float, high: float) -> float:
        return round(low + (high - low) * u[column], 4)

    home = tuple(TRIPS_FROM)[int(u[0] * len(TRIPS_FROM))]
    level_z = NormalDist().inv_cdf(u[1])
    drinks = 0.0 if u[2] < 0.2 else between(2, 0.3, 1.6)
    return Traits(
        level_ms=round(min(max(65.0 * exp(0.45 * level_z), 15.0), 190.0), 2),
        noise_sd=between(3, 0.10, 0.22),
        drift_sd=between(4, 0.04, 0.14),
        drift_phi=between(5, 0.93, 0.99),
        arousal_sd=between(6, 0.05, 0.14),
        arousal_phi=between(7, 0.2, 0.6),
        weekly_amplitude=between(8, 0.0, 0.07),
        weekly_peak=int(u[9] * 7),
        strain_effect=between(10, -0.08, 0.0),
        strain_mean=between(11, 7.0, 15.0),
        strain_sd=between(12, 3.0, 4.2),
        alcohol_effect=between(13, -0.40, -0.05),
        alcohol_probability=tuple(round(min(p * drinks, 1.0), 4) for p in SOCIAL_DRINKER),
        caffeine_probability=between(14, 0.0, 1.0),
        stress_effect=between(15, -0.12, 0.0),
        stress_probability=between(16, 0.05, 0.3),
        illness_per_year=between(17, 0.5, 5.0),
        illness_effect=between(18, -0.5, -0.15),
        illness_days=between(19, 3.0, 8.0),
        gap_probability=round(min(-0.03 * log(u[20]), 0.12), 4),
        long_gaps_per_year=between(21, 0.0, 2.0),
        long_gap_days=between(22, 3.0, 20.0),
        trips_per_year=between(23, 0.0, 5.0),
        trip_days=between(24, 3.0, 12.0),
        trip_zones=TRIPS_FROM[home],
        home_zone=home,
        resting_hr=round(56.0 - 6.0 * level_z + 5.0 * NormalDist().inv_cdf(u[25]), 2),
        waking_hr_rise=between(26, 16.0, 28.0),
        respiratory_rate=between(27, 13.0, 17.5),
        skin_temp_c=between(28, 33.0, 34.8),
        has_sensors=u[29] > 0.2,
        energy_kcal_h=between(30, 40.0, 80.0),
        bedtime_h=between(31, -1.5, 1.5),
        in_bed_h=between(32, 6.8, 8.5),
        journal_probability=0.0 if u[33] < 0.15 else between(33, 0.5, 1.0),
        nap_probability=between(34, 0.0, 0.12),
    )


def _hours_apart(home: str, away: str) -> float:
    """Largest difference of the two zones' clocks over the seasons, hours; east is above 0."""
    apart = []
    for month in range(1, 13):
        noon = datetime(2024, month, 15, 12, tzinfo=UTC)
        here, there = (noon.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) for zone in (home, away))
        apart.append((there - here) / timedelta(hours=1))
    return max(apart, key=abs)

"""Records of a simulated person: one per calendar day, with the true parts of its HRV."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hrvctl.samples.people import Traits


class Wear(StrEnum):
    """What the strap recorded: the night, the day without its night, or nothing."""

    NIGHT = "night"
    NO_SLEEP = "no_sleep"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The parts of a morning's HRV, in ln ms; all but the noise add up to the expected value.

    Attributes:
        level: Level and its slow drift.
        weekly: Weekly rhythm.
        strain: Strain of the day before.
        alcohol: Drinks of the day before.
        stress: Stress of the day before.
        illness: Illness on the day before.
        arousal: Tension of the day before, visible in its waking heart rate.
        noise: Unforecastable noise of the night, not part of the expected value.
        expected_hrv_ms: Noise-free median RMSSD, ms.
    """

    level: float
    weekly: float
    strain: float
    alcohol: float
    stress: float
    illness: float
    arousal: float
    noise: float
    expected_hrv_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The main sleep; instants in the fixed offset of the place and hour of waking.

    Attributes:
        onset_at: Sleep onset.
        wake_at: Wake onset; its local date is the day.
        in_bed_min: Onset to waking; light, deep, REM and awake add up to it.
        need_min: Sleep need as a vendor states it.
        debt_min: The part of it owed from earlier nights.
    """

    onset_at: datetime
    wake_at: datetime
    in_bed_min: int
    asleep_min: int
    light_min: int
    deep_min: int
    rem_min: int
    awake_min: int
    need_min: int
    debt_min: int
    efficiency_pct: int
    performance_pct: int
    consistency_pct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Nap:
    """A short sleep by day."""

    start_at: datetime
    end_at: datetime
    asleep_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A workout: strain 0 to 21, energy in kcal, heart rates in bpm."""

    start_at: datetime
    end_at: datetime
    name: str
    strain: float
    energy_kcal: int
    average_hr: int
    max_hr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """The vitals recorded with HRV: those of the night, then those of the whole cycle.

    Attributes:
        resting_hr: bpm.
        respiratory_rate: Breaths a minute.
        skin_temp_c: Celsius; ``None`` with an old strap.
        spo2_pct: Percent; ``None`` with an old strap.
        recovery_pct: 1 to 99.
        energy_kcal: Over the cycle.
        average_hr: Over the cycle, bpm.
        max_hr: Over the cycle, bpm.
    """

    resting_hr: int
    respiratory_rate: float
    skin_temp_c: float | None
    spo2_pct: float | None
    recovery_pct: int
    energy_kcal: int
    average_hr: int
    max_hr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One calendar day: the night that ends on it, then the behaviour until the next sleep.

    ``wear`` is how much of it the strap recorded.

    Attributes:
        day: Local date of waking.
        zone: IANA name of where the person woke.
        wear: ``night`` recorded, ``no_sleep`` (the day without its night), or ``off``.
        sleep: The night that ends on ``day``.
        cycle_start_at: Sleep onset, or midnight of ``day`` where no sleep was recorded.
        cycle_end_at: Start of the next cycle.
        hrv_ms: RMSSD in whole ms; ``None`` unless ``wear`` is ``night``.
        truth: The parts of the HRV, and its noise-free conditional median.
        vitals: Heart rates, respiration, temperature, SpO2 and energy.
        strain: Day strain from waking to the next sleep, 0 to 21.
        alcohol: Drank on this day.
        caffeine: Had caffeine on this day.
        stress: Had stress on this day.
        sick: Was ill on this day.
        answers: Journal answers about this day, by tag; a question not asked is absent.
        note: The note of the alcohol answer, mostly empty.
        naps: Of this day.
        activities: Of this day.
    """

    day: date
    zone: str
    wear: Wear
    sleep: Night
    cycle_start_at: datetime
    cycle_end_at: datetime
    hrv_ms: int | None
    truth: Truth
    vitals: Vitals
    strain: float
    alcohol: bool
    caffeine: bool
    stress: bool
    sick: bool
    answers: Mapping[str, bool]
    note: str
    naps: tuple[Nap, ...]
    activities: tuple[Activity, ...]

    @property
    def onset_at(self) -> datetime:
        """When the night that ends on this day began."""
        return self.sleep.onset_at

    @property
    def wake_at(self) -> datetime:
        """When that night ended; on ``day`` by the local clock."""
        return self.sleep.wake_at

    @property
    def expected_hrv_ms(self) -> float:
        """The best possible forecast from the evening before, ms: the noise-free median."""
        return self.truth.expected_hrv_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A simulated person and their days.

    Attributes:
        traits: The person's parameters.
        seed: With the traits and the first day it reproduces the days.
        days: One per calendar day, oldest first, without gaps.
    """

    traits: Traits
    seed: int
    days: tuple[Day, ...]

    @property
    def truth(self) -> tuple[float, ...]:
        """Expected HRV of each day, ms, also where the night was not recorded."""
        return tuple(day.expected_hrv_ms for day in self.days)

    def on(self, day: date) -> Day:
        """The record of one day.

        Raises:
            KeyError: The day was not simulated.
        """
        position = (day - self.days[0].day).days
        if not 0 <= position < len(self.days):
            raise KeyError(day)
        return self.days[position]

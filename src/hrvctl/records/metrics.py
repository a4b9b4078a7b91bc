"""The measured quantities: names, units and plausible ranges."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Metric(StrEnum):
    """A measured quantity; the unit is part of the name. RMSSD and SDNN are never mixed.

    Resting heart rate is the vendor's own; ``NIGHT_HR`` is the mean over the sleep, ``MORNING_HR``
    that of a measurement awake, ``AVERAGE_HR`` that of the whole day. ``WAKING_HR`` is the
    mean from waking to the last sample of the day, ``EVENING_HR`` that of the three hours before
    it; both end at that sample, so the value of a running day is that of the hour it was read at.
    ``STRESS_LEVEL`` is a vendor's own score of the day.
    A skin temperature is absolute, its deviation is from the vendor's own baseline.
    """

    HRV_RMSSD_MS = "hrv_rmssd_ms"
    HRV_SDNN_MS = "hrv_sdnn_ms"
    RESTING_HR_BPM = "resting_hr_bpm"
    RESPIRATORY_RATE_RPM = "respiratory_rate_rpm"
    SKIN_TEMP_C = "skin_temp_c"
    SPO2_PCT = "spo2_pct"
    RECOVERY_PCT = "recovery_pct"
    STRAIN = "strain"
    ENERGY_KCAL = "energy_kcal"
    AVERAGE_HR_BPM = "average_hr_bpm"
    WAKING_HR_BPM = "waking_hr_bpm"
    EVENING_HR_BPM = "evening_hr_bpm"
    MAX_HR_BPM = "max_hr_bpm"
    CYCLE_MIN = "cycle_min"
    ASLEEP_MIN = "asleep_min"
    IN_BED_MIN = "in_bed_min"
    LIGHT_MIN = "light_min"
    DEEP_MIN = "deep_min"
    REM_MIN = "rem_min"
    AWAKE_MIN = "awake_min"
    SLEEP_NEED_MIN = "sleep_need_min"
    SLEEP_DEBT_MIN = "sleep_debt_min"
    SLEEP_EFFICIENCY_PCT = "sleep_efficiency_pct"
    SLEEP_PERFORMANCE_PCT = "sleep_performance_pct"
    SLEEP_CONSISTENCY_PCT = "sleep_consistency_pct"
    NAP_MIN = "nap_min"
    SKIN_TEMP_DEVIATION_C = "skin_temp_deviation_c"
    NIGHT_HR_BPM = "night_hr_bpm"
    MORNING_HR_BPM = "morning_hr_bpm"
    PNN50_PCT = "pnn50_pct"
    ARTEFACT_PCT = "artefact_pct"
    STEPS = "steps"
    STRESS_LEVEL = "stress_level"

    @property
    def unit(self) -> str:
        """Its unit, the last word of its name; ``strain`` and ``steps`` are their own."""
        return self.value.rpartition("_")[2]


HRV_METRICS = (Metric.HRV_RMSSD_MS, Metric.HRV_SDNN_MS)
# Those that are forecast, and so have outcomes.
FORECAST_METRICS = (*HRV_METRICS, Metric.RESTING_HR_BPM, Metric.RESPIRATORY_RATE_RPM)
# Totals and means of a whole day: in the evening they are missing, or grow still.
WHOLE_DAY = frozenset(
    {
        Metric.STRAIN,
        Metric.ENERGY_KCAL,
        Metric.AVERAGE_HR_BPM,
        Metric.MAX_HR_BPM,
        Metric.CYCLE_MIN,
        Metric.STEPS,
        Metric.STRESS_LEVEL,
    }
)


class Range(NamedTuple):
    """Closed range of plausible values, in the metric's unit."""

    low: float
    high: float


# The ranges seen in 8,051 exported WHOOP cycles (HRV 6-314 ms, resting HR 29-120 bpm, strain
# 0-20.7, cycles 5.4-52.8 h and so on), widened to what vendors document.
PLAUSIBLE: Mapping[Metric, Range] = {
    Metric.HRV_RMSSD_MS: Range(1, 400),
    Metric.HRV_SDNN_MS: Range(1, 400),
    Metric.RESTING_HR_BPM: Range(25, 150),
    Metric.RESPIRATORY_RATE_RPM: Range(4, 40),
    Metric.SKIN_TEMP_C: Range(20, 45),
    Metric.SPO2_PCT: Range(50, 100),
    Metric.SKIN_TEMP_DEVIATION_C: Range(-10, 10),
    Metric.NIGHT_HR_BPM: Range(25, 180),
    Metric.MORNING_HR_BPM: Range(25, 180),
    Metric.STEPS: Range(0, 200_000),
    Metric.STRESS_LEVEL: Range(0, 100),  # Garmin's scale
    Metric.STRAIN: Range(0, 21),
    Metric.ENERGY_KCAL: Range(0, 20_000),
    Metric.AVERAGE_HR_BPM: Range(25, 220),
    # A mean over hours awake outside this is that of a sensor not worn (own choice).
    Metric.WAKING_HR_BPM: Range(40, 150),
    Metric.EVENING_HR_BPM: Range(30, 200),
    Metric.MAX_HR_BPM: Range(25, 250),
    Metric.CYCLE_MIN: Range(1, 96 * 60),
    **{m: Range(0, 24 * 60) for m in Metric if m.endswith("_min") and m is not Metric.CYCLE_MIN},
    **{m: Range(0, 100) for m in Metric if m.endswith("_pct") and m is not Metric.SPO2_PCT},
}

# No wearable measured overnight HRV before; an earlier date comes from a wrong clock.
FIRST_PLAUSIBLE_DAY = date(2005, 1, 1)

"""What each measured quantity is, in a sentence: for codebooks and catalogues."""

from collections.abc import Mapping

from hrvctl.records.metrics import Metric

DEFINITIONS: Mapping[Metric, str] = {
    Metric.HRV_RMSSD_MS: "Heart-rate variability: root mean square of successive differences of"
    " the intervals between heartbeats, of the night or on waking, as the source measures it",
    Metric.HRV_SDNN_MS: "Heart-rate variability: standard deviation of the intervals between"
    " heartbeats, as the source measures it; not comparable with RMSSD",
    Metric.RESTING_HR_BPM: "Resting heart rate by the vendor's own definition",
    Metric.RESPIRATORY_RATE_RPM: "Breaths a minute during sleep",
    Metric.SKIN_TEMP_C: "Skin temperature during sleep, absolute",
    Metric.SPO2_PCT: "Oxygen saturation of the blood during sleep",
    Metric.RECOVERY_PCT: "The vendor's own score of recovery on waking",
    Metric.STRAIN: "WHOOP's strain of the day, 0 to 21",
    Metric.ENERGY_KCAL: "Energy spent in the day",
    Metric.AVERAGE_HR_BPM: "Mean heart rate of the whole day",
    Metric.WAKING_HR_BPM: "Mean heart rate from waking to the last sample of the day",
    Metric.EVENING_HR_BPM: "Mean heart rate of the three hours before the last sample of the day",
    Metric.MAX_HR_BPM: "Highest heart rate of the day",
    Metric.CYCLE_MIN: "Length of the day from one sleep to the next",
    Metric.ASLEEP_MIN: "Time asleep",
    Metric.IN_BED_MIN: "Time in bed",
    Metric.LIGHT_MIN: "Time in light sleep",
    Metric.DEEP_MIN: "Time in deep (slow-wave) sleep",
    Metric.REM_MIN: "Time in REM sleep",
    Metric.AWAKE_MIN: "Time awake between falling asleep and getting up",
    Metric.SLEEP_NEED_MIN: "Sleep that the vendor says was needed",
    Metric.SLEEP_DEBT_MIN: "Sleep that the vendor says was lacking",
    Metric.SLEEP_EFFICIENCY_PCT: "Share of the time in bed spent asleep",
    Metric.SLEEP_PERFORMANCE_PCT: "Sleep as a share of the sleep needed, by the vendor",
    Metric.SLEEP_CONSISTENCY_PCT: "Regularity of bed and wake times, by the vendor",
    Metric.NAP_MIN: "Time asleep in naps",
    Metric.SKIN_TEMP_DEVIATION_C: "Skin temperature during sleep, less the vendor's own baseline",
    Metric.NIGHT_HR_BPM: "Mean heart rate over the sleep",
    Metric.MORNING_HR_BPM: "Mean heart rate of a measurement awake in the morning",
    Metric.PNN50_PCT: "Share of successive intervals between heartbeats that differ by over 50 ms",
    Metric.ARTEFACT_PCT: "Share of the heartbeats that were corrected or left out as artefacts",
    Metric.STEPS: "Steps of the day",
    Metric.STRESS_LEVEL: "The vendor's own score of stress of the day",
}

"""The columns and keys of Oura's files, and how each kind is recognised."""

import re
from collections.abc import Mapping

from hrvctl.records import HRV_METRICS, Metric
from hrvctl.sources.kit.record_reader import Column
from hrvctl.sources.oura.tags import AROUND, OLD_MARKS, OLD_TAG, TAG, TAG_MARKS

# Oura gives durations in seconds (API v2 reference, "sleep").
MINUTE = 1 / 60

# API v2 and the account export. The lowest heart rate is what Oura's app calls the resting one;
# the readiness contributors are scores from 0 to 100, neither heart rate nor HRV.
SLEEP = (
    Column("average_hrv", Metric.HRV_RMSSD_MS),
    Column("lowest_heart_rate", Metric.RESTING_HR_BPM),
    Column("average_heart_rate", Metric.NIGHT_HR_BPM),
    Column("average_breath", Metric.RESPIRATORY_RATE_RPM),
    Column("total_sleep_duration", Metric.ASLEEP_MIN, MINUTE),
    Column("time_in_bed", Metric.IN_BED_MIN, MINUTE),
    Column("deep_sleep_duration", Metric.DEEP_MIN, MINUTE),
    Column("light_sleep_duration", Metric.LIGHT_MIN, MINUTE),
    Column("rem_sleep_duration", Metric.REM_MIN, MINUTE),
    Column("awake_time", Metric.AWAKE_MIN, MINUTE),
    Column("efficiency", Metric.SLEEP_EFFICIENCY_PCT),
    Column("readiness.temperature_deviation", Metric.SKIN_TEMP_DEVIATION_C),
)
# API v1, ended in January 2024.
SLEEP_V1 = (
    Column("rmssd", Metric.HRV_RMSSD_MS),
    Column("hr_lowest", Metric.RESTING_HR_BPM),
    Column("hr_average", Metric.NIGHT_HR_BPM),
    Column("breath_average", Metric.RESPIRATORY_RATE_RPM),
    Column("total", Metric.ASLEEP_MIN, MINUTE),
    Column("duration", Metric.IN_BED_MIN, MINUTE),
    Column("deep", Metric.DEEP_MIN, MINUTE),
    Column("light", Metric.LIGHT_MIN, MINUTE),
    Column("rem", Metric.REM_MIN, MINUTE),
    Column("awake", Metric.AWAKE_MIN, MINUTE),
    Column("efficiency", Metric.SLEEP_EFFICIENCY_PCT),
    Column("temperature_delta", Metric.SKIN_TEMP_DEVIATION_C),
)
# A table joined of several answers; its resting heart rate, temperature and efficiency are scores.
COMBINED = (
    Column("nocturnal_hrv", Metric.HRV_RMSSD_MS),
    *(column for column in SLEEP if column.path not in ("average_hrv", "efficiency")),
)
DAILY: Mapping[str, tuple[Column, ...]] = {
    "readiness": (Column("temperature_deviation", Metric.SKIN_TEMP_DEVIATION_C),),
    "spo2": (Column("spo2_percentage.average", Metric.SPO2_PCT),),
    "activity": (
        Column("steps", Metric.STEPS),
        Column("total_calories", Metric.ENERGY_KCAL),
    ),
}
# Oura on the Web, Trends; the person chooses which of these columns a file has.
TRENDS = (
    Column("average_hrv", Metric.HRV_RMSSD_MS),
    Column("lowest_resting_heart_rate", Metric.RESTING_HR_BPM),
    Column("average_resting_heart_rate", Metric.NIGHT_HR_BPM),
    Column("respiratory_rate", Metric.RESPIRATORY_RATE_RPM),
    Column("temperature_deviation_c", Metric.SKIN_TEMP_DEVIATION_C),
    Column("total_sleep_time", Metric.ASLEEP_MIN, MINUTE),
    Column("total_sleep_duration", Metric.ASLEEP_MIN, MINUTE),
    Column("total_bedtime", Metric.IN_BED_MIN, MINUTE),
    Column("awake_time", Metric.AWAKE_MIN, MINUTE),
    Column("deep_sleep_time", Metric.DEEP_MIN, MINUTE),
    Column("deep_sleep_duration", Metric.DEEP_MIN, MINUTE),
    Column("light_sleep_time", Metric.LIGHT_MIN, MINUTE),
    Column("light_sleep_duration", Metric.LIGHT_MIN, MINUTE),
    Column("rem_sleep_time", Metric.REM_MIN, MINUTE),
    Column("rem_sleep_duration", Metric.REM_MIN, MINUTE),
    Column("sleep_efficiency", Metric.SLEEP_EFFICIENCY_PCT),
)
TRENDS_DAILY = (Column("steps", Metric.STEPS),)
TRENDS_SCORES = ("readiness_score", "sleep_score", "activity_score")

# The keys by which an object, or a CSV's header, is recognised.
MARKS: Mapping[str, frozenset[str]] = {
    "combined": frozenset({"nocturnal_hrv", "day"}),
    TAG: TAG_MARKS,
    "sleep": frozenset({"average_hrv", "bedtime_end", "day"}),
    "sleep_v1": frozenset({"rmssd", "bedtime_end", "summary_date"}),
    "readiness": frozenset({"temperature_deviation", "contributors", "day"}),
    "spo2": frozenset({"spo2_percentage", "day"}),
    "activity": frozenset({"steps", "equivalent_walking_distance", "day"}),
    # As programs save it that drop the day: it is the date on which the bedtime ended.
    "sleep_undated": frozenset({"average_hrv", "bedtime_end"}),
    # Every five minutes or less: years of them are read as a stream.
    "heart_rate": frozenset({"timestamp", "bpm", "source"}),
}
HEART_RATE = "heart_rate"
# Lists with names that only Oura's export has, one of which comes first in its single JSON file.
OWN_LISTS = frozenset(
    {"daily_activity", "daily_cardiovascular_age", "daily_readiness", "daily_resilience",
     "daily_sleep", "daily_spo2", "daily_stress", "enhanced_tag", "rest_mode_period",
     "ring_configuration", "vo2_max"}
)  # fmt: skip
READ_LISTS = (
    "sleep", "daily_readiness", "daily_spo2", "daily_activity", "heartrate", "heart_rate",
    "enhanced_tag", "tag",
)  # fmt: skip
FIRST_LIST = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*\{\s*"([A-Za-z0-9_]+)"\s*:\s*[\[{]')
# A person's own table may have Oura's scores as well as our own columns; it is not Oura's.
OUR_OWN = frozenset({*HRV_METRICS, "hrv_ms", "rmssd_ms", "sdnn_ms"})
# A diary can have a single one of the column names of Trends.
MIN_TRENDS = 2
# Sleeps that did not happen: the person deleted them, or marked them as rest.
NO_SLEEP = frozenset({"deleted", "rest"})
NAPS = frozenset({"late_nap", "short_sleep"})
NIGHT = "long_sleep"


def kind_of(keys: frozenset[str]) -> str | None:
    """Name the kind of an object or a table by its keys; ``None`` if it is not Oura's."""
    if OLD_MARKS <= keys <= OLD_MARKS | AROUND:
        return OLD_TAG
    return next((kind for kind, marks in MARKS.items() if marks <= keys), None)

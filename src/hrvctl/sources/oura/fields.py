"""What Oura calls things: fields by file, and how each kind of file is known."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hrvctl.records import HRV_METRICS, Metric
from hrvctl.sources.kit.json_records import Entry


class Field(NamedTuple):
    """Where a value stands, what it is, and the factor from the file's unit to the metric's."""

    path: str
    metric: Metric
    scale: float = 1.0


# Oura gives durations in seconds (API v2 reference, "sleep").
MINUTE = 1 / 60

# API v2 and the account export. The lowest heart rate is what Oura's app calls the resting one;
# the readiness contributors are scores from 0 to 100 and no heart rate or HRV at all.
SLEEP = (
    Field("average_hrv", Metric.HRV_RMSSD_MS),
    Field("lowest_heart_rate", Metric.RESTING_HR_BPM),
    Field("average_heart_rate", Metric.NIGHT_HR_BPM),
    Field("average_breath", Metric.RESPIRATORY_RATE_RPM),
    Field("total_sleep_duration", Metric.ASLEEP_MIN, MINUTE),
    Field("time_in_bed", Metric.IN_BED_MIN, MINUTE),
    Field("deep_sleep_duration", Metric.DEEP_MIN, MINUTE),
    Field("light_sleep_duration", Metric.LIGHT_MIN, MINUTE),
    Field("rem_sleep_duration", Metric.REM_MIN, MINUTE),
    Field("awake_time", Metric.AWAKE_MIN, MINUTE),
    Field("efficiency", Metric.SLEEP_EFFICIENCY_PCT),
    Field("readiness.temperature_deviation", Metric.SKIN_TEMP_DEVIATION_C),
)
# API v1, ended in January 2024.
SLEEP_V1 = (
    Field("rmssd", Metric.HRV_RMSSD_MS),
    Field("hr_lowest", Metric.RESTING_HR_BPM),
    Field("hr_average", Metric.NIGHT_HR_BPM),
    Field("breath_average", Metric.RESPIRATORY_RATE_RPM),
    Field("total", Metric.ASLEEP_MIN, MINUTE),
    Field("duration", Metric.IN_BED_MIN, MINUTE),
    Field("deep", Metric.DEEP_MIN, MINUTE),
    Field("light", Metric.LIGHT_MIN, MINUTE),
    Field("rem", Metric.REM_MIN, MINUTE),
    Field("awake", Metric.AWAKE_MIN, MINUTE),
    Field("efficiency", Metric.SLEEP_EFFICIENCY_PCT),
    Field("temperature_delta", Metric.SKIN_TEMP_DEVIATION_C),
)
DAILY: Mapping[str, tuple[Field, ...]] = {
    "readiness": (Field("temperature_deviation", Metric.SKIN_TEMP_DEVIATION_C),),
    "spo2": (Field("spo2_percentage.average", Metric.SPO2_PCT),),
    "activity": (
        Field("steps", Metric.STEPS),
        Field("total_calories", Metric.ENERGY_KCAL),
    ),
}
# Oura on the Web, Trends; which of them a file has, the person ticks.
TRENDS = (
    Field("average_hrv", Metric.HRV_RMSSD_MS),
    Field("lowest_resting_heart_rate", Metric.RESTING_HR_BPM),
    Field("average_resting_heart_rate", Metric.NIGHT_HR_BPM),
    Field("respiratory_rate", Metric.RESPIRATORY_RATE_RPM),
    Field("temperature_deviation_c", Metric.SKIN_TEMP_DEVIATION_C),
    Field("total_sleep_time", Metric.ASLEEP_MIN, MINUTE),
    Field("total_sleep_duration", Metric.ASLEEP_MIN, MINUTE),
    Field("total_bedtime", Metric.IN_BED_MIN, MINUTE),
    Field("awake_time", Metric.AWAKE_MIN, MINUTE),
    Field("deep_sleep_time", Metric.DEEP_MIN, MINUTE),
    Field("deep_sleep_duration", Metric.DEEP_MIN, MINUTE),
    Field("light_sleep_time", Metric.LIGHT_MIN, MINUTE),
    Field("light_sleep_duration", Metric.LIGHT_MIN, MINUTE),
    Field("rem_sleep_time", Metric.REM_MIN, MINUTE),
    Field("rem_sleep_duration", Metric.REM_MIN, MINUTE),
    Field("sleep_efficiency", Metric.SLEEP_EFFICIENCY_PCT),
)
TRENDS_DAILY = (Field("steps", Metric.STEPS),)
TRENDS_SCORES = ("readiness_score", "sleep_score", "activity_score")

# The keys by which an object, or a CSV's header, gives itself away.
MARKS: Mapping[str, frozenset[str]] = {
    "sleep": frozenset({"average_hrv", "bedtime_end", "day"}),
    "sleep_v1": frozenset({"rmssd", "bedtime_end", "summary_date"}),
    "readiness": frozenset({"temperature_deviation", "contributors", "day"}),
    "spo2": frozenset({"spo2_percentage", "day"}),
    "activity": frozenset({"steps", "equivalent_walking_distance", "day"}),
}
# Lists of the account's export as one JSON file; those with names only Oura has come first.
OWN_LISTS = (
    "daily_activity",
    "daily_cardiovascular_age",
    "daily_readiness",
    "daily_resilience",
    "daily_sleep",
    "daily_spo2",
    "daily_stress",
    "enhanced_tag",
    "rest_mode_period",
    "ring_configuration",
    "vo2_max",
)
READ_LISTS = ("sleep", "daily_readiness", "daily_spo2", "daily_activity")
# A table of the person's own may have Oura's scores beside our own columns; it is theirs.
OUR_OWN = frozenset({*HRV_METRICS, "hrv_ms", "rmssd_ms", "sdnn_ms"})
# Fewer of the names of Trends can stand in a diary as well.
MIN_TRENDS = 2


def kind_of(keys: frozenset[str]) -> str | None:
    """Name what an object with these keys is."""
    return next((kind for kind, marks in MARKS.items() if marks <= keys), None)


def is_trends(columns: Sequence[str]) -> bool:
    """Whether a header is that of a Trends download."""
    found = set(columns)
    names = {field.path for field in TRENDS} | set(TRENDS_SCORES)
    return "date" in found and len(found & names) >= MIN_TRENDS and not found & OUR_OWN


def unfold(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Each object, and in place of an export as a whole the objects of its lists."""
    for entry in entries:
        lists = {name: _items(entry.content.get(name)) for name in READ_LISTS}
        if not any(lists.values()):
            yield entry
        for name, items in lists.items():
            for number, item in enumerate(items, 1):
                yield Entry(number, name, item)


def _items(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list, or of a page that holds one under ``data``."""
    inner = value.get("data") if isinstance(value, Mapping) else value
    return [item for item in inner if isinstance(item, Mapping)] if isinstance(inner, list) else []

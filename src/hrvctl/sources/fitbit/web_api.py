"""Answers of Fitbit's Web API, which ended in September 2026, as people saved them.

An answer has its list under one name; many answers may be in a list, in lines, or under dates. All
its times are by the clock of the account (Fitbit Web API reference).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import fsum

from hrvctl.records import Metric
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

SLEEPS, HRV, HEART, SPO2 = "sleep", "hrv", "activities-heart", "spo2"
# The list of each kind of answer, and what a day of it has; the HRV of deep sleep is not read. A
# breathing rate has another place where that of each stage was asked for.
LISTS: Mapping[str, tuple[Column, ...]] = {
    SLEEPS: (),
    HRV: (Column("value.dailyRmssd", Metric.HRV_RMSSD_MS),),
    HEART: (Column("value.restingHeartRate", Metric.RESTING_HR_BPM),),
    "br": (
        Column("value.fullSleepSummary.breathingRate", Metric.RESPIRATORY_RATE_RPM),
        Column("value.breathingRate", Metric.RESPIRATORY_RATE_RPM),
    ),
    "tempSkin": (Column("value.nightlyRelative", Metric.SKIN_TEMP_DEVIATION_C),),
    SPO2: (Column("value.avg", Metric.SPO2_PCT),),
}
# What an object of each kind has where its list has no name: that of oxygen saturations never has
# one, and some programs save the others without it.
KEYS: Mapping[str, str] = {
    "dailyRmssd": HRV,
    "restingHeartRate": HEART,
    "breathingRate": "br",
    "fullSleepSummary": "br",
    "nightlyRelative": "tempSkin",
    "avg": SPO2,
}
# The keys by which each kind is recognised.
MARKS: Mapping[str, frozenset[str]] = {
    "api_hrv": frozenset({"dateTime", "dailyRmssd"}),
    "api_hrv_minutes": frozenset({"dateTime", "minutes", "minute", "rmssd"}),
    "api_sleep": frozenset({"dateOfSleep", "isMainSleep"}),
    "api_heart": frozenset({HEART, "dateTime"}),
    "api_breathing": frozenset({"dateTime", "breathingRate"}),
    "api_skin_temperature": frozenset({"dateTime", "nightlyRelative"}),
    "api_spo2": frozenset({"dateTime", "value", "avg", "min", "max"}),
}
DAY = "dateTime"
# What Fitbit writes where no oxygen saturation could be measured.
SPO2_INVALID = 50.0
MEAN_OF_MINUTES = (
    "its HRV is the mean of the values of five minutes; Fitbit's own of the night is another, in"
    " its answers by day"
)


def unfold(answers: Sequence[Record]) -> list[Record]:
    """Return the days and sleeps of answers, each with the name of its list as its group."""
    found = [item for answer in answers for item in _items(answer)]
    return [Record(number, group, item) for number, (group, item) in enumerate(found, 1)]


def _items(answer: Record) -> Iterator[tuple[str, Mapping[str, object]]]:
    if answer.group in LISTS:
        yield answer.group, answer.content
        return
    value = answer.content.get("value")
    names = [KEYS[key] for key in value if key in KEYS] if isinstance(value, Mapping) else []
    if "dateOfSleep" in answer.content:
        names.append(SLEEPS)
    elif isinstance(answer.content.get("minutes"), list):
        names.append(HRV)
    for name in names[:1]:
        yield name, answer.content
    for name in LISTS:
        items = answer.content.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, Mapping):
                yield name, item


def read_day(file: RecordReader, record: Record) -> dict[tuple[date, Metric], float]:
    """Read what an answer has of one day, the date on which the night ended."""
    day = file.required_day(record, DAY)
    values = file.values(record, LISTS[record.group])
    if values.get(Metric.SPO2_PCT) == SPO2_INVALID:
        file.skipped["oxygen saturation of exactly 50, which means none"] += 1
        return {}
    return {(day, metric): value for metric, value in values.items()} if day else {}


def read_minutes(file: RecordReader, record: Record) -> dict[date, float] | None:
    """Average the values of five minutes of a night, which Fitbit measures in the sleep alone.

    Returns:
        By the date on which the night ended; ``None`` for any other record.
    """
    minutes = record.content.get("minutes")
    day = file.day(record, DAY)
    if record.group != HRV or not isinstance(minutes, list) or day is None:
        return None
    own = [Record(record.number, HRV, one) for one in minutes if isinstance(one, Mapping)]
    values = [file.sample(one, "value.rmssd", Metric.HRV_RMSSD_MS) for one in own]
    known = [value for value in values if value is not None]
    return {day: fsum(known) / len(known)} if known else {}

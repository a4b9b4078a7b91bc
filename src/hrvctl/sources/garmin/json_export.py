"""Garmin's JSON: the account's export, files of garminconnect, and the Health API's messages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from hrvctl.records import PLAUSIBLE, Metric, Reading
from hrvctl.sources.kit import cell_values, written_dates
from hrvctl.sources.kit.day_heart_rate import HeartRates
from hrvctl.sources.kit.json_records import open_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_nights
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

MINUTES_PER_S = 1 / 60
# The keys of each kind of file; the first that fits.
KINDS: Mapping[str, frozenset[str]] = {
    "hrv_day": frozenset({"hrvSummary"}),
    "hrv_range": frozenset({"hrvSummaries", "lastNightAvg"}),
    "sleep_range": frozenset({"calendarDate", "values", "avgOvernightHrv"}),
    "sleep_day": frozenset({"dailySleepDTO"}),
    "hrv_push": frozenset({"lastNightAvg", "startTimeInSeconds", "calendarDate"}),
    "hrv_summary": frozenset({"calendarDate", "lastNightAvg", "weeklyAvg"}),
    "health_status": frozenset({"calendarDate", "metrics", "type"}),
    "sleep_data": frozenset({"calendarDate", "sleepStartTimestampGMT"}),
    "daily_summary": frozenset({"calendarDate", "restingHeartRate", "totalSteps"}),
    "daily_heart_rate": frozenset({"calendarDate", "heartRateValues"}),
}
# Overnight figures. `HR` is the mean heart rate asleep, not the resting one; the temperature is
# the deviation from the person's own.
HEALTH: Mapping[str, Metric] = {
    "HRV": Metric.HRV_RMSSD_MS,
    "HR": Metric.NIGHT_HR_BPM,
    "SPO2": Metric.SPO2_PCT,
    "SKIN_TEMP_C": Metric.SKIN_TEMP_DEVIATION_C,
    "RESPIRATION": Metric.RESPIRATORY_RATE_RPM,
}
INVALID_FROM = 65535 // 128  # ms
NOT_MEASURED = frozenset({"UNKNOWN", "ONBOARDING", "NONE"})

STAGES = (
    Column("deepSleepSeconds", Metric.DEEP_MIN, MINUTES_PER_S),
    Column("lightSleepSeconds", Metric.LIGHT_MIN, MINUTES_PER_S),
    Column("remSleepSeconds", Metric.REM_MIN, MINUTES_PER_S),
    Column("awakeSleepSeconds", Metric.AWAKE_MIN, MINUTES_PER_S),
)
SLEEP_DATA = (
    *STAGES,
    Column("averageRespiration", Metric.RESPIRATORY_RATE_RPM),
    Column("spo2SleepSummary.averageSPO2", Metric.SPO2_PCT),
)
DTO = "dailySleepDTO"
SLEEP_DAY = (
    *(column._replace(path=f"{DTO}.{column.path}") for column in STAGES),
    Column(f"{DTO}.sleepTimeSeconds", Metric.ASLEEP_MIN, MINUTES_PER_S),
    Column(f"{DTO}.averageRespirationValue", Metric.RESPIRATORY_RATE_RPM),
    Column(f"{DTO}.averageSpO2Value", Metric.SPO2_PCT),
    Column("avgSkinTempDeviationC", Metric.SKIN_TEMP_DEVIATION_C),
    Column("restingHeartRate", Metric.RESTING_HR_BPM),
    Column("avgOvernightHrv", Metric.HRV_RMSSD_MS),
)
DAILY = (
    Column("restingHeartRate", Metric.RESTING_HR_BPM),
    Column("totalSteps", Metric.STEPS),
)
# Where the account's export has the day's stress; Connect's summary has a field of its own.
TOTALS = "allDayStress.aggregatorList"
# The mean of the night; `weeklyAvg` in the same object is of seven nights.
HRV_DAY = (Column("hrvSummary.lastNightAvg", Metric.HRV_RMSSD_MS),)
HRV_PUSH = (Column("lastNightAvg", Metric.HRV_RMSSD_MS),)


@dataclass(frozen=True, slots=True)
class _Layout:
    columns: tuple[Column, ...]
    day: str = "calendarDate"
    # Fields of the window's start and end, in UTC and in local time.
    gmt: tuple[str, str] = ("", "")
    local: tuple[str, str] = ("", "")


# Of a range of nights: lengths in seconds, and both clocks in ms.
SLEEP_RANGE = (
    Column("values.deepTime", Metric.DEEP_MIN, MINUTES_PER_S),
    Column("values.lightTime", Metric.LIGHT_MIN, MINUTES_PER_S),
    Column("values.remTime", Metric.REM_MIN, MINUTES_PER_S),
    Column("values.awakeTime", Metric.AWAKE_MIN, MINUTES_PER_S),
    Column("values.totalSleepTimeInSeconds", Metric.ASLEEP_MIN, MINUTES_PER_S),
    Column("values.respiration", Metric.RESPIRATORY_RATE_RPM),
    Column("values.spO2", Metric.SPO2_PCT),
    Column("values.restingHeartRate", Metric.RESTING_HR_BPM),
    Column("values.avgOvernightHrv", Metric.HRV_RMSSD_MS),
)

LAYOUTS: Mapping[str, _Layout] = {
    "hrv_range": _Layout(HRV_PUSH),
    "hrv_summary": _Layout(HRV_PUSH),
    "sleep_range": _Layout(
        SLEEP_RANGE,
        gmt=("values.gmtSleepStartTimeInMillis", "values.gmtSleepEndTimeInMillis"),
        local=("values.localSleepStartTimeInMillis", "values.localSleepEndTimeInMillis"),
    ),
    "hrv_day": _Layout(
        HRV_DAY,
        "hrvSummary.calendarDate",
        ("startTimestampGMT", "endTimestampGMT"),
        ("startTimestampLocal", "endTimestampLocal"),
    ),
    "sleep_day": _Layout(
        SLEEP_DAY,
        f"{DTO}.calendarDate",
        (f"{DTO}.sleepStartTimestampGMT", f"{DTO}.sleepEndTimestampGMT"),
        (f"{DTO}.sleepStartTimestampLocal", f"{DTO}.sleepEndTimestampLocal"),
    ),
    "hrv_push": _Layout(HRV_PUSH),
    "health_status": _Layout(()),
    "sleep_data": _Layout(SLEEP_DATA),
    "daily_summary": _Layout(DAILY),
    "daily_heart_rate": _Layout(DAILY[:1]),
}

# Where the answers for a range have their days.
RANGES = (
    ("hrvSummaries",),
    ("data", "heartRateVariabilityScalar", "hrvSummaries"),
    ("heartRateVariabilityScalar", "hrvSummaries"),
    ("individualStats",),
)
# Garmin's spelling of every key that is read, by the key without underscores in lower case.
KEYS: Mapping[str, str] = {
    name.casefold(): name
    for name in (
        *(key for signs in KINDS.values() for key in signs),
        *(name for path in RANGES for name in path),
        *(
            name
            for layout in LAYOUTS.values()
            for path in (layout.day, *layout.gmt, *layout.local, *(c.path for c in layout.columns))
            for name in path.split(".")
        ),
    )
    if name
}


def kind_of(keys: frozenset[str]) -> str | None:
    """Name the kind of a file with these keys."""
    named = {_camel(key) for key in keys}
    return next((kind for kind, signs in KINDS.items() if signs <= named), None)


def read_json(
    document: Document, kind: str, source: str, *, today: date, rates: HeartRates
) -> Reading:
    """Read a file for which ``kind_of`` named a kind; the day is Garmin's.

    Heart rates of the day are added to ``rates``.
    """
    file = open_json(document, today=today)
    file.records = [
        Record(record.number, record.group, content)
        for record in file.records
        for content in _in_range(_in_camel_case(record.content))
    ]
    file.n_rows = len(file.records)
    for record in file.records:
        _add_rates(file, record, rates)
    nights = main_sleeps(_sleeps(file, _newest_last(file.records), kind))
    return file.reading(source, kind, measurements=measure_nights(nights, source))


def _camel(key: str) -> str:
    """Spell a key as Garmin does: ``last_night_avg`` is written by clients of Python."""
    return KEYS.get(key.replace("_", "").casefold(), key) if "_" in key else key


def _in_camel_case(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {_camel(str(key)): _in_camel_case(inner) for key, inner in value.items()}
    if isinstance(value, list) and all(isinstance(inner, Mapping) for inner in value):
        return [_in_camel_case(inner) for inner in value]
    return value


def _in_range(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the days of an answer for a range, or the object itself."""
    for path in RANGES:
        value: Any = content
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, list):
            return [day for day in value if isinstance(day, Mapping)]
    return [content]


def _add_rates(file: RecordReader, record: Record, rates: HeartRates) -> None:
    """Add pairs of a time in ms since 1970 and a heart rate, by the places a list names."""
    rows, named = (
        record.content.get(name) for name in ("heartRateValues", "heartRateValueDescriptors")
    )
    if not isinstance(rows, list):
        return
    places = {"timestamp": 0, "heartrate": 1}
    for one in named if isinstance(named, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("index"), int):
            places[str(one.get("key"))] = one["index"]
    at, bpm = places["timestamp"], places["heartrate"]
    for row in rows:
        try:
            if row[bpm] is not None:
                rates.add(int(row[at]) // 1000, float(row[bpm]))
        except (IndexError, KeyError, TypeError, ValueError, OverflowError):
            file.skipped["heart rate that cannot be read"] += 1


def _stress(file: RecordReader, record: Record) -> float | None:
    """Read the mean stress of a day; less than 0 means none."""
    raw = record.content.get("averageStressLevel")
    totals = file.get(record, TOTALS)
    for one in totals if isinstance(totals, list) else []:
        if isinstance(one, Mapping) and one.get("type") == "TOTAL":
            raw = one.get("averageStressLevel")
    level = cell_values.number_or_nan(str(raw))
    low, high = PLAUSIBLE[Metric.STRESS_LEVEL]
    return level if low <= level <= high else None


def _newest_last(records: Iterable[Record]) -> list[Record]:
    """Sort so that of two records of one day the one updated last counts."""
    return sorted(records, key=lambda e: str(e.content.get("updateTimestampUTC") or ""))


def _sleeps(file: RecordReader, records: Iterable[Record], kind: str) -> Iterator[SleepPeriod]:
    layout = LAYOUTS[kind]
    days: set[date] = set()
    for record in records:
        day = _day(file, record, layout.day)
        if day is None:
            file.skipped["record without a date"] += 1
            continue
        values = _values(file, record, layout.columns)
        if kind == "health_status":
            values = _health(file, record)
        if kind == "daily_summary" and (stress := _stress(file, record)) is not None:
            values[Metric.STRESS_LEVEL] = stress
        if not values:
            file.skipped["day without a value"] += kind != "daily_heart_rate"
            continue
        if day in days:
            file.skipped["repeated day"] += 1
        days.add(day)
        start, end = _pushed(file, record) if kind == "hrv_push" else _window(file, record, layout)
        yield SleepPeriod(
            day=day,
            asleep_min=values.get(Metric.ASLEEP_MIN, 0.0),
            values=values,
            start_at=start if start and end and start < end else None,
            end_at=end if start and end and start < end else None,
        )


def _day(file: RecordReader, record: Record, path: str) -> date | None:
    """Read ``calendarDate``: text, ``{"date": "Jan 5, 2021 12:00:00 AM"}``, or ms since 1970."""
    raw = file.get(record, path)
    if isinstance(raw, Mapping):
        text = str(raw.get("date"))
        words = written_dates.resolve([" ".join(text.split()[:3])], date.max)
        if isinstance(words[0], date):
            return words[0] if file.is_possible(record, path, words[0]) else None
        file.problem(record, path, words[0])
        return None
    if isinstance(raw, int):
        moment = _instant(raw, UTC)
        if moment is None:
            file.problem(record, path, "not a time in ms since 1970")
            return None
        return moment.date() if file.is_possible(record, path, moment.date()) else None
    return file.day(record, path)


def _values(file: RecordReader, record: Record, columns: tuple[Column, ...]) -> dict[Metric, float]:
    found = file.values(
        record, [c for c in columns if not _is_invalid_hrv(c.metric, file.get(record, c.path))]
    )
    stages = [found.get(m) for m in (Metric.DEEP_MIN, Metric.LIGHT_MIN, Metric.REM_MIN)]
    if known := [minutes for minutes in stages if minutes is not None]:
        found.setdefault(Metric.ASLEEP_MIN, sum(known))
    return found


def _health(file: RecordReader, record: Record) -> dict[Metric, float]:
    items = record.content.get("metrics")
    found: dict[Metric, float] = {}
    for item in items if isinstance(items, list) else []:
        name = str(item.get("type")) if isinstance(item, Mapping) else ""
        metric = HEALTH.get(name)
        if metric is None or is_invalid(item.get("value")):
            continue
        # A deviation can truly be 0; its status says whether it was measured.
        is_measured = str(item.get("status")).upper() not in NOT_MEASURED
        if (
            metric is Metric.SKIN_TEMP_DEVIATION_C
            and is_zero(item.get("value"))
            and not is_measured
        ):
            continue
        single = Record(record.number, "", {name: item.get("value")})
        if (value := file.value(single, name, metric)) is not None:
            found[metric] = value
    return found


def _is_invalid_hrv(metric: Metric, raw: object) -> bool:
    return metric is Metric.HRV_RMSSD_MS and is_invalid(raw)


def is_invalid(raw: object) -> bool:
    """Whether an HRV is 65535 / 128, the largest number a watch can write, which means none.

    FIT marks an invalid field by it; clients pass it on, rounded down or not.
    """
    return INVALID_FROM <= cell_values.number_or_nan(str(raw)) < INVALID_FROM + 1


def is_zero(raw: object) -> bool:
    """Whether a number is zero, in any notation."""
    return cell_values.number_or_nan(str(raw)) == 0


def _pushed(file: RecordReader, record: Record) -> tuple[datetime | None, datetime | None]:
    """Read the window of a Health API message, in the zone of its offset in seconds."""
    begin, length, offset = (
        file.get(record, path)
        for path in ("startTimeInSeconds", "durationInSeconds", "startTimeOffsetInSeconds")
    )
    if not all(isinstance(raw, int) for raw in (begin, length, offset)):
        return None, None
    zone = cell_values.zone_at(offset)
    if zone is None:
        return None, None
    return _instant(begin * 1000, zone), _instant((begin + length) * 1000, zone)


def _window(
    file: RecordReader, record: Record, layout: _Layout
) -> tuple[datetime | None, datetime | None]:
    """Read the window where it has UTC and local times: their difference is the zone."""
    found: list[datetime | None] = []
    for gmt_path, local_path in zip(layout.gmt, layout.local, strict=True):
        gmt, local = (
            _utc(file.get(record, path)) if path else None for path in (gmt_path, local_path)
        )
        zone = cell_values.zone_at((local - gmt).total_seconds()) if gmt and local else None
        found.append(gmt.astimezone(zone) if gmt and zone else None)
    return found[0], found[1]


def _utc(raw: object) -> datetime | None:
    if isinstance(raw, int):
        return _instant(raw, UTC)
    try:
        return cell_values.stamp(str(raw)).replace(tzinfo=UTC)
    except ValueError:
        return None


def _instant(ms: int, zone: tzinfo) -> datetime | None:
    try:
        return datetime.fromtimestamp(ms / 1000, zone)
    except (OverflowError, OSError, ValueError):
        return None

"""Garmin's JSON: the account's export, what garminconnect saves, and the Health API's messages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

from hrvctl.records import Metric, Reading
from hrvctl.sources.garmin import dates
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry, load_entries
from hrvctl.sources.kit.main_sleep import Sleep, main_sleeps, measure_nights
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries

MINUTES_PER_S = 1 / 60
# Which keys make a file which kind; the first that fits.
KINDS: Mapping[str, frozenset[str]] = {
    "hrv_day": frozenset({"hrvSummary"}),
    "sleep_day": frozenset({"dailySleepDTO"}),
    "hrv_push": frozenset({"lastNightAvg", "startTimeInSeconds", "calendarDate"}),
    "health_status": frozenset({"calendarDate", "metrics", "type"}),
    "sleep_data": frozenset({"calendarDate", "sleepStartTimestampGMT"}),
    "daily_summary": frozenset({"calendarDate", "restingHeartRate", "totalSteps"}),
}
# Overnight figures. `HR` is the mean heart rate asleep, not the resting one; the temperature is
# how far the night was from the person's own.
HEALTH: Mapping[str, Metric] = {
    "HRV": Metric.HRV_RMSSD_MS,
    "HR": Metric.NIGHT_HR_BPM,
    "SPO2": Metric.SPO2_PCT,
    "SKIN_TEMP_C": Metric.SKIN_TEMP_DEVIATION_C,
    "RESPIRATION": Metric.RESPIRATORY_RATE_RPM,
}
INVALID_FROM = 65535 // 128  # ms
NOT_MEASURED = frozenset({"UNKNOWN", "ONBOARDING", "NONE"})

Paths = Mapping[Metric, tuple[str, float]]
STAGES: Paths = {
    Metric.DEEP_MIN: ("deepSleepSeconds", MINUTES_PER_S),
    Metric.LIGHT_MIN: ("lightSleepSeconds", MINUTES_PER_S),
    Metric.REM_MIN: ("remSleepSeconds", MINUTES_PER_S),
    Metric.AWAKE_MIN: ("awakeSleepSeconds", MINUTES_PER_S),
}
SLEEP_DATA: Paths = {
    **STAGES,
    Metric.RESPIRATORY_RATE_RPM: ("averageRespiration", 1.0),
    Metric.SPO2_PCT: ("spo2SleepSummary.averageSPO2", 1.0),
}
SLEEP_DAY: Paths = {
    **{metric: (f"dailySleepDTO.{path}", scale) for metric, (path, scale) in STAGES.items()},
    Metric.ASLEEP_MIN: ("dailySleepDTO.sleepTimeSeconds", MINUTES_PER_S),
    Metric.RESPIRATORY_RATE_RPM: ("dailySleepDTO.averageRespirationValue", 1.0),
    Metric.SPO2_PCT: ("dailySleepDTO.averageSpO2Value", 1.0),
    Metric.SKIN_TEMP_DEVIATION_C: ("avgSkinTempDeviationC", 1.0),
    Metric.RESTING_HR_BPM: ("restingHeartRate", 1.0),
    Metric.HRV_RMSSD_MS: ("avgOvernightHrv", 1.0),
}
DAILY: Paths = {
    Metric.RESTING_HR_BPM: ("restingHeartRate", 1.0),
    Metric.STEPS: ("totalSteps", 1.0),
}
# The mean of the night; `weeklyAvg` beside it is of seven.
HRV_DAY: Paths = {Metric.HRV_RMSSD_MS: ("hrvSummary.lastNightAvg", 1.0)}
HRV_PUSH: Paths = {Metric.HRV_RMSSD_MS: ("lastNightAvg", 1.0)}


@dataclass(frozen=True, slots=True)
class _Layout:
    paths: Paths
    day: str = "calendarDate"
    # Where the window's begin and end stand as UTC and as local time.
    gmt: tuple[str, str] = ("", "")
    local: tuple[str, str] = ("", "")


DTO = "dailySleepDTO"
LAYOUTS: Mapping[str, _Layout] = {
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
    "health_status": _Layout({}),
    "sleep_data": _Layout(SLEEP_DATA),
    "daily_summary": _Layout(DAILY),
}


def kind_of(keys: frozenset[str]) -> str | None:
    """Name the kind of a file with these keys."""
    return next((kind for kind, signs in KINDS.items() if signs <= keys), None)


def read_json(document: Document, kind: str, source: str, *, today: date) -> Reading:
    """Read a file for whose keys ``kind_of`` named a kind; the day is the one Garmin gives."""
    found, problems = load_entries(document)
    file = Entries(document.name, found, today=today, problems=problems)
    nights = main_sleeps(_sleeps(file, _newest_last(found), kind))
    return file.reading(source, kind, measurements=tuple(measure_nights(nights, source)))


def _newest_last(entries: Iterable[Entry]) -> list[Entry]:
    """Of two entries of one day the one updated last counts; of equals ``main_sleeps`` too."""
    return sorted(entries, key=lambda e: str(e.content.get("updateTimestampUTC") or ""))


def _sleeps(file: Entries, entries: Iterable[Entry], kind: str) -> Iterator[Sleep]:
    layout = LAYOUTS[kind]
    days: set[date] = set()
    for entry in entries:
        day = _day(file, entry, layout.day)
        if day is None:
            file.skipped["no date"] += 1
            continue
        values = _values(file, entry, layout.paths)
        if kind == "health_status":
            values = _health(file, entry)
        if not values:
            file.skipped["day without a value"] += 1
            continue
        if day in days:
            file.skipped["repeated day"] += 1
        days.add(day)
        start, end = _pushed(file, entry) if kind == "hrv_push" else _window(file, entry, layout)
        yield Sleep(
            day=day,
            asleep_min=values.get(Metric.ASLEEP_MIN, 0.0),
            values=values,
            start_at=start if start and end and start < end else None,
            end_at=end if start and end and start < end else None,
        )


def _day(file: Entries, entry: Entry, path: str) -> date | None:
    """Read ``calendarDate``: text, ``{"date": "Jan 5, 2021 12:00:00 AM"}``, or ms since 1970."""
    raw = file.get(entry, path)
    if isinstance(raw, Mapping):
        text = str(raw.get("date"))
        words = dates.resolve([" ".join(text.split()[:3])], date.max)
        if isinstance(words[0], date):
            return words[0] if file.is_possible(entry, path, words[0]) else None
        file.problem(entry, path, words[0])
        return None
    if isinstance(raw, int):
        moment = _instant(raw, UTC)
        if moment is None:
            file.problem(entry, path, "not a time in ms since 1970")
            return None
        return moment.date() if file.is_possible(entry, path, moment.date()) else None
    return file.day(entry, path)


def _values(file: Entries, entry: Entry, paths: Paths) -> dict[Metric, float]:
    found = {}
    for metric, (path, scale) in paths.items():
        if metric is Metric.HRV_RMSSD_MS and is_invalid(file.get(entry, path)):
            continue
        if (value := file.value(entry, path, metric, scale=scale)) is not None:
            found[metric] = value
    stages = [found.get(m) for m in (Metric.DEEP_MIN, Metric.LIGHT_MIN, Metric.REM_MIN)]
    known = [minutes for minutes in stages if minutes is not None]
    if known:
        found.setdefault(Metric.ASLEEP_MIN, sum(known))
    return found


def _health(file: Entries, entry: Entry) -> dict[Metric, float]:
    items = entry.content.get("metrics")
    found: dict[Metric, float] = {}
    for item in items if isinstance(items, list) else []:
        name = str(item.get("type")) if isinstance(item, Mapping) else ""
        metric = HEALTH.get(name)
        if metric is None or is_invalid(item.get("value")):
            continue
        if is_zero(item.get("value")) and _is_none(item, metric):
            continue
        value = file.value(Entry(entry.number, "", {name: item.get("value")}), name, metric)
        if value is not None:
            found[metric] = value
    return found


def _is_none(item: Mapping[str, Any], metric: Metric) -> bool:
    """Whether a zero says that nothing was measured; only a deviation can truly be zero."""
    is_deviation = metric is Metric.SKIN_TEMP_DEVIATION_C
    return not is_deviation or str(item.get("status")).upper() in NOT_MEASURED


def is_invalid(raw: object) -> bool:
    """Whether an HRV is the largest number a watch can write, 65535 / 128, which stands for none.

    That is how FIT marks an invalid field; clients pass it on, rounded down or not.
    """
    try:
        return INVALID_FROM <= cell_values.number(str(raw)) < INVALID_FROM + 1
    except ValueError:
        return False


def is_zero(raw: object) -> bool:
    """Whether a number is zero, however it is written."""
    try:
        return cell_values.number(str(raw)) == 0
    except ValueError:
        return False


def _pushed(file: Entries, entry: Entry) -> tuple[datetime | None, datetime | None]:
    """The window of a Health API message, in the zone it names by its offset in seconds."""
    begin, length, offset = (
        file.get(entry, path)
        for path in ("startTimeInSeconds", "durationInSeconds", "startTimeOffsetInSeconds")
    )
    if not all(isinstance(raw, int) for raw in (begin, length, offset)):
        return None, None
    zone = _zone(timedelta(seconds=offset)) if abs(offset) < 86_400 else None
    if zone is None:
        return None, None
    return _instant(begin * 1000, zone), _instant((begin + length) * 1000, zone)


def _window(
    file: Entries, entry: Entry, layout: _Layout
) -> tuple[datetime | None, datetime | None]:
    """The window, where both its UTC and its local times stand: their difference is the zone."""
    found: list[datetime | None] = []
    for gmt_path, local_path in zip(layout.gmt, layout.local, strict=True):
        gmt, local = (
            _utc(file.get(entry, path)) if path else None for path in (gmt_path, local_path)
        )
        zone = _zone(local - gmt) if gmt and local else None
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


def _zone(offset: timedelta) -> tzinfo | None:
    is_zone = cell_values.FIRST_ZONE <= offset <= cell_values.LAST_ZONE
    return timezone(offset) if is_zone else None

"""Nights of a made-up traveller, by the clocks on the walls, as sleep trackers export them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hrvctl.records import Metric
from hrvctl.sources.kit.protocol import Document
from sources import apple_tags
from sources.exports import document_of
from sources.whoop_rows import HEADER, cycle

BERLIN = ZoneInfo("Europe/Berlin")
FULL, ISO = "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"
HOUR = timedelta(hours=1)


class Night(NamedTuple):
    """A sleep, and the morning after it.

    Attributes:
        onset, wake: Instants, each with the offset that the person's clock then had.
        hrv: The HRV, ms; no two nights of a journey have the same.
        zones: Names of the zones of falling asleep and of waking.
    """

    onset: datetime
    wake: datetime
    hrv: int
    zones: tuple[str, str]

    @property
    def day(self) -> date:
        """The wake date."""
        return self.wake.date()

    @property
    def asleep_min(self) -> int:
        """How long it lasted by a stopwatch."""
        return (self.wake - self.onset) // timedelta(minutes=1)

    @property
    def measured(self) -> datetime:
        """When a recording awake of this morning begins."""
        return self.wake + timedelta(minutes=5)


class Format(NamedTuple):
    """One export format.

    Attributes:
        source: Who reads it.
        make: Writes the files of some nights.
        metric: What to look at.
        kept: What the reader keeps of the hours: ``window``, ``start``, or nothing.
        has_zone: Whether the format tells the zone or the day.
        has_length: Whether it tells which of two sleeps of a day is the longer.
        is_parted: Whether it tells one sleep of a day from another at all.
    """

    source: str
    make: Callable[[Sequence[Night]], list[Document]]
    metric: Metric = Metric.HRV_RMSSD_MS
    kept: str = ""
    has_zone: bool = True
    has_length: bool = False
    is_parted: bool = True


def at(wall: str, zone: str) -> datetime:
    """The instant a clock in a zone shows; with a fixed offset, so that differences are true."""
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(timezone(moment.utcoffset() or timedelta()))


def night(onset: str, wake: str, zone: str, hrv: int = 50, wake_zone: str = "") -> Night:
    """Make a night from what the clocks on the walls said."""
    zones = zone, wake_zone or zone
    return Night(at(onset, zone), at(wake, zones[1]), hrv, zones)


def offset(moment: datetime) -> str:
    """Write an offset, ``+02:00``."""
    return moment.isoformat()[-len("+02:00") :]


def utc(moment: datetime, form: str = ISO) -> str:
    """Write an instant in UTC."""
    return moment.astimezone(UTC).strftime(form)


def ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def text(lines: Iterable[str], name: str = "export.csv") -> list[Document]:
    """One file of these lines."""
    return [document_of("\n".join([*lines, ""]), name)]


def dump(content: object, name: str = "export.json") -> list[Document]:
    """One JSON file."""
    return [document_of(json.dumps(content), name)]


def by_date(nights: Sequence[Night]) -> Mapping[date, Night]:
    """What an export with a row a date keeps: the last night of each."""
    return {night.day: night for night in nights}


def listed(make: Callable[[Night], object]) -> Callable[[Sequence[Night]], list[Document]]:
    """A JSON list, an object a night."""
    return lambda nights: dump([make(night) for night in nights])


def rows(header: str, make: Callable[[Night], str]) -> Callable[[Sequence[Night]], list[Document]]:
    """A table with a row a night."""
    return lambda nights: text([header, *map(make, nights)])


def days(header: str, make: Callable[[Night], str]) -> Callable[[Sequence[Night]], list[Document]]:
    """A table with a row a date."""
    return lambda nights: text([header, *map(make, by_date(nights).values())])


def whoop(nights: Sequence[Night]) -> list[Document]:
    """WHOOP's cycles, newest first; a row has one zone for all of its clocks."""
    found = [HEADER]
    for n in reversed(nights):
        walls = [m.astimezone(n.wake.tzinfo).strftime(FULL) for m in (n.onset, n.wake)]
        zone = f"UTC{offset(n.wake)}"
        found.append(cycle(*walls, end="", zone=zone, hrv=str(n.hrv), asleep=str(n.asleep_min)))
    return text(found)


def whoop_api(with_sleeps: bool, with_cycles: bool) -> Callable[[Sequence[Night]], list[Document]]:
    """WHOOP's API: recoveries, and what else was saved of it."""

    def make(nights: Sequence[Night]) -> list[Document]:
        found: list[dict[str, Any]] = []
        for i, n in enumerate(nights):
            own = {"timezone_offset": offset(n.wake), "score_state": "SCORED"}
            score = {"score_state": "SCORED", "score": {"hrv_rmssd_milli": n.hrv}}
            written = {"created_at": f"{utc(n.wake)}Z"}
            found.append({"cycle_id": i, "sleep_id": f"s{i}", **written, **score})
            stages = {"total_light_sleep_time_milli": n.asleep_min * 60_000}
            start = {"start": f"{utc(n.onset)}Z"}
            if with_sleeps:
                found.append({"id": f"s{i}", "cycle_id": i, "end": f"{utc(n.wake)}Z", "nap": False,
                              **start, **own, "score": {"stage_summary": stages}})  # fmt: skip
            if with_cycles:
                found.append({"id": i, "end": None, **start, **own, "score": {"strain": 1.0}})
        return dump(found)

    return make


def whoop_day(n: Night) -> object:
    """A day of WHOOP's private API, which spoke in seconds."""
    during = {"lower": f"{utc(n.onset)}.000Z", "upper": f"{utc(n.wake)}.000Z"}
    sleeps = [{"during": during, "timezoneOffset": f"{n.wake:%z}", "isNap": False}]
    recovery = {"heartRateVariabilityRmssd": n.hrv / 1000, "restingHeartRate": 50}
    sleep = {"qualityDuration": n.asleep_min * 60_000, "sleeps": sleeps}
    whole = during | {"upper": None}
    return {"days": [str(n.onset.date())], "during": whole, "sleep": sleep, "recovery": recovery}


def oura(n: Night) -> dict[str, Any]:
    """A sleep of Oura's API, version 2; an offset on each edge."""
    return {"average_hrv": n.hrv, "bedtime_start": n.onset.isoformat(), "day": str(n.day),
            "bedtime_end": n.wake.isoformat(), "total_sleep_duration": n.asleep_min * 60,
            "type": "long_sleep"}  # fmt: skip


def oura_v1(n: Night) -> object:
    """A sleep of version 1, which names the evening before."""
    old = {"rmssd": n.hrv, "summary_date": str(n.day - timedelta(days=1)), "is_longest": 1}
    return {**oura(n), **old, "total": n.asleep_min * 60}


def fitbit_sleep(n: Night) -> object:
    """A sleep of Fitbit's: local clocks without their zone."""
    return {"logId": ms(n.onset), "dateOfSleep": str(n.day), "minutesAsleep": n.asleep_min,
            "startTime": n.onset.strftime(ISO), "endTime": n.wake.strftime(ISO),
            "mainSleep": True}  # fmt: skip


def apple(
    *, zoned: bool, with_sleep: bool = True
) -> Callable[[Sequence[Night]], list[Document]]:  # fmt: skip
    """Apple's records: by the clock of Berlin, where they were exported, where a zone is beside."""

    def write(moment: datetime) -> str:
        return (moment.astimezone(BERLIN) if zoned else moment).strftime(f"{FULL} %z")

    def make(nights: Sequence[Night]) -> list[Document]:
        found = []
        for n in nights:
            first, last = n.zones if zoned else ("", "")
            middle = n.onset + HOUR * 2
            if with_sleep:
                found.append(apple_tags.sleep(write(n.onset), write(middle), zone=first))
                found.append(apple_tags.sleep(write(middle), write(n.wake), zone=last))
            for hours in (1, 2):
                inside = apple_tags.zoned(last) if zoned else ""
                found.append(apple_tags.hrv(write(n.wake - HOUR * hours), n.hrv, inside=inside))
        return [document_of(apple_tags.export(found), "export.xml")]

    return make


def auto_export(nights: Sequence[Night]) -> list[Document]:
    """Health Auto Export by day: HRV of the calendar day, and each night's sleep."""
    last = by_date(nights).values()
    hrv = [{"date": f"{n.day} 00:00:00 {n.wake:%z}", "qty": n.hrv} for n in last]
    sleeps = [{"date": f"{n.day} 00:00:00 {n.wake:%z}", "totalSleep": n.asleep_min / 60,
               "sleepStart": n.onset.strftime(f"{FULL} %z"),
               "sleepEnd": n.wake.strftime(f"{FULL} %z")} for n in nights]  # fmt: skip
    lists = {"heart_rate_variability": ("ms", hrv), "sleep_analysis": ("hr", sleeps)}
    metrics = [{"name": name, "units": u, "data": data} for name, (u, data) in lists.items()]
    return dump({"data": {"metrics": metrics}})


def polar(nights: Sequence[Night]) -> list[Document]:
    """Polar Flow's account export: the recovery, and the sleep that tells its hours."""
    recovery = [{"night": str(n.day), "meanNightlyRecoveryRmssd": n.hrv} for n in nights]
    sleeps = [{"night": str(n.day), "evaluation": {"asleepDuration": f"PT{n.asleep_min}M"},
               "sleepResult": {"hypnogram": {"sleepStart": n.onset.isoformat(),
                                             "sleepEnd": n.wake.isoformat()}}}
              for n in nights]  # fmt: skip
    return dump(recovery, "nightly_recovery.json") + dump(sleeps, "sleep_result.json")


def accesslink(nights: Sequence[Night]) -> list[Document]:
    """Polar's AccessLink, version 3."""
    recharges = [{"date": str(n.day), "ans_charge": 1.0, "heart_rate_variability_avg": n.hrv}
                 for n in nights]  # fmt: skip
    sleeps = [{"date": str(n.day), "sleep_start_time": n.onset.isoformat(), "continuity": 2.1,
               "sleep_end_time": n.wake.isoformat(), "light_sleep": n.asleep_min * 60}
              for n in nights]  # fmt: skip
    return dump({"recharges": recharges}, "recharge.json") + dump({"nights": sleeps}, "sleep.json")


def samsung(nights: Sequence[Night]) -> list[Document]:
    """Samsung Health: tables in UTC with an offset a row, the values in files beside them."""
    head = "start_time,end_time,time_offset"
    hrv = ["com.samsung.health.hrv,6001,4", f"{head},binning_data"]
    sleeps = ["com.samsung.shealth.sleep,84,1", f"{head},efficiency"]
    found = []
    for i, n in enumerate(nights):
        row = f"{utc(n.onset, FULL)}.000,{utc(n.wake, FULL)}.000,UTC{n.wake:%z}"
        hrv.append(f"{row},a{i}.binning_data.json,")
        sleeps.append(f"{row},93,")
        edges = {"start_time": ms(n.onset + HOUR), "end_time": ms(n.onset + HOUR * 1.1)}
        found += dump([{**edges, "rmssd": n.hrv, "sdnn": 60}], f"a{i}.binning_data.json")
    return [*text(hrv, "com.samsung.health.hrv.csv"), *text(sleeps, "sleep.csv"), *found]


def oura_table(n: Night) -> str:
    """A line of the account's export."""
    o = oura(n)
    asleep = o["total_sleep_duration"]
    return f"s;{n.hrv};{o['bedtime_end']};{o['bedtime_start']};{n.day};{asleep};long_sleep"


def own_row(n: Night) -> str:
    """A line of our own export."""
    window = f"{n.onset.isoformat()},{n.wake.isoformat()}"
    return f"{n.day},hrv_rmssd_ms,whoop,{n.hrv},{window},1,2025-12-31T21:00:00+01:00,"


def eight_sleep(n: Night) -> Mapping[str, Any]:
    """Write a day of Eight Sleep, with its hours in UTC."""
    return {
        "day": str(n.day),
        "sleepDuration": n.asleep_min * 60,
        "sleepStart": utc(n.onset, ISO + ".000Z"),
        "sleepEnd": utc(n.wake, ISO + ".000Z"),
        "sleepQualityScore": {"hrv": {"score": 88, "current": n.hrv, "average": 44.0}},
    }


def withings(n: Night) -> Mapping[str, Any]:
    """Write a sleep of Withings, with its instants since 1970 and the zone of waking."""
    return {
        "id": n.hrv,
        "timezone": n.zones[1],
        "startdate": ms(n.onset) // 1000,
        "enddate": ms(n.wake) // 1000,
        "date": str(n.day),
        "data": {
            "total_sleep_time": n.asleep_min * 60,
            "rmssd_start_avg": n.hrv - 5,
            "rmssd_end_avg": n.hrv + 5,
        },
    }


def autosleep(n: Night) -> str:
    """Write a row of AutoSleep, which names the date of waking by an evening."""
    hours, minutes = divmod(n.asleep_min, 60)
    words = f'"{n.onset:%A, %b %d, %Y}","{n.wake:%A, %b %d, %Y}"'
    return f"{n.day}T20:00:00+02:00,{words},{n.wake:{FULL}},{hours}:{minutes:02}:00,55,90,{n.hrv}"


def ultrahuman_items(n: Night) -> list[Mapping[str, Any]]:
    """Write the items of a day of Ultrahuman."""
    edges = {"bedtime_start": ms(n.onset) // 1000, "bedtime_end": ms(n.wake) // 1000}
    return [
        {"type": "avg_sleep_hrv", "object": {"value": n.hrv}},
        {"type": "Sleep", "object": {**edges, "total_sleep": {"minutes": n.asleep_min}}},
    ]


def ultrahuman(nights: Sequence[Night]) -> list[Document]:
    """Write an answer of Ultrahuman by date."""
    by_day = {str(n.day): ultrahuman_items(n) for n in by_date(nights).values()}
    return dump({"data": {"metrics": by_day}})


def zepp(nights: Sequence[Night]) -> list[Document]:
    """Write the readiness of Zepp at waking, in UTC and without the day."""
    value = [
        {"eventType": "readiness", "timestamp": ms(n.wake) + 1, "value": {"sleepHRV": n.hrv}}
        for n in nights
    ]
    return text([json.dumps({"items": value})])


def zepp_sleep(n: Night) -> str:
    """Write a row of Zepp's sleeps, whose times are in UTC."""
    return f"{n.day},0,{n.asleep_min},0,{utc(n.onset, FULL)}+0000,{utc(n.wake, FULL)}+0000"

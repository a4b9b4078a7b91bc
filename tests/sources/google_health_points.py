"""Answers of the Google Health API about made-up people."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from hrvctl.sources.kit.protocol import Document
from sources.health_connect_rows import seconds
from sources.nights_abroad import ISO, Night, dump, utc

RMSSD = "rootMeanSquareOfSuccessiveDifferencesMilliseconds"
AVERAGE = "averageHeartRateVariabilityMilliseconds"
Point = Mapping[str, Any]


def day_of(day: date) -> Mapping[str, int]:
    """Write a date in three numbers."""
    return {"year": day.year, "month": day.month, "day": day.day}


def point(payload: Mapping[str, Any], platform: str = "FITBIT", **source: object) -> Point:
    """Make a point."""
    return {"dataSource": {"platform": platform, **source}, **payload}


def daily(day: date, hrv: float, platform: str = "FITBIT") -> Point:
    """Make the HRV of a day; that of the deep sleep is higher."""
    deep = {"deepSleepRootMeanSquareOfSuccessiveDifferencesMilliseconds": hrv + 3}
    payload = {"date": day_of(day), AVERAGE: hrv, "nonRemHeartRateBeatsPerMinute": "52", **deep}
    return point({"dailyHeartRateVariability": payload}, platform)


def sample(at: datetime, rmssd: float, *, zone: bool = True, device: str = "Band") -> Point:
    """Make the RMSSD of five minutes."""
    when = {"physicalTime": utc(at, ISO + "Z")}
    when |= {"utcOffset": f"{seconds(at)}s"} if zone else {}
    payload = {"sampleTime": when, RMSSD: rmssd, "standardDeviationMilliseconds": rmssd + 20}
    return point({"heartRateVariability": payload}, device={"displayName": device})


def sleep(start: datetime, end: datetime, *, zone: bool = True, nap: bool = False) -> Point:
    """Make a sleep."""
    window = {"startTime": utc(start, ISO + "Z"), "endTime": utc(end, ISO + "Z")}
    if zone:
        window |= {"startUtcOffset": f"{seconds(start)}s", "endUtcOffset": f"{seconds(end)}s"}
    minutes = round((end - start).total_seconds() / 60)
    payload = {
        "interval": window,
        "type": "STAGES",
        "summary": {
            "minutesAsleep": str(minutes),
            "stagesSummary": [{"type": "DEEP", "minutes": "60", "count": "4"}],
        },
        "metadata": {"nap": True} if nap else {},
    }
    return point({"sleep": payload})


def answer(points: Sequence[Point], name: str = "points.json") -> list[Document]:
    """Make one answer."""
    return dump({"dataPoints": points, "nextPageToken": ""}, name)


def days(nights: Sequence[Night]) -> list[Document]:
    """Write the days; each has one value."""
    return answer([daily(day, n.hrv) for day, n in {n.day: n for n in nights}.items()])


def nights(zone: bool) -> Callable[[Sequence[Night]], list[Document]]:
    """Write sleeps and samples, each kind in its file."""

    def make(slept: Sequence[Night]) -> list[Document]:
        samples = [
            sample(at, n.hrv + change, zone=zone)
            for n in slept
            for at, change in ((n.onset, -5), (n.onset + (n.wake - n.onset) / 2, 5))
        ]
        sleeps = [sleep(n.onset, n.wake, zone=zone) for n in slept]
        return answer(samples, "hrv.json") + answer(sleeps, "sleep.json")

    return make

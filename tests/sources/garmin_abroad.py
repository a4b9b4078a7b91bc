"""The traveller's nights as Garmin tells them."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from garmin_fit_sdk import Encoder, Profile

from hrvctl.sources.fit.file import EPOCH
from hrvctl.sources.kit.protocol import Document
from sources.exports import document_of
from sources.nights_abroad import ISO, Night, ms, text, utc

NUMBERS: Mapping[str, int] = Profile["mesg_num"]


def garmin_day(n: Night) -> object:
    """An answer of get_hrv_data."""
    clocks = {}
    for name, moment in (("start", n.onset), ("end", n.wake)):
        clocks[f"{name}TimestampGMT"] = utc(moment)
        clocks[f"{name}TimestampLocal"] = moment.strftime(ISO)
    summary = {"calendarDate": str(n.day), "weeklyAvg": 55, "lastNightAvg": n.hrv}
    return {"hrvSummary": summary, "hrvReadings": [], **clocks}


def garmin_sleep(n: Night) -> object:
    """An answer of get_sleep_data, whose local times are shifted milliseconds."""
    clocks = {}
    for name, moment in (("Start", n.onset), ("End", n.wake)):
        clocks[f"sleep{name}TimestampGMT"] = ms(moment)
        clocks[f"sleep{name}TimestampLocal"] = ms(moment.replace(tzinfo=UTC))
    dto = {"calendarDate": str(n.day), "sleepTimeSeconds": n.asleep_min * 60, **clocks}
    return {"dailySleepDTO": dto, "avgOvernightHrv": n.hrv}


def garmin_push(n: Night) -> object:
    """A message of Garmin's Health API; it has one offset."""
    offset = n.wake.utcoffset() or timedelta()
    window = {"startTimeInSeconds": ms(n.onset) // 1000, "durationInSeconds": n.asleep_min * 60}
    zone = {"startTimeOffsetInSeconds": int(offset.total_seconds())}
    return {"calendarDate": str(n.day), "lastNightAvg": n.hrv, **window, **zone}


def garmin_health(n: Night) -> object:
    """A day of Garmin's account export; its stamps are in UTC."""
    metric = {"type": "HRV", "value": n.hrv, "status": "IN_RANGE"}
    return {"calendarDate": str(n.day), "updateTimestampUTC": utc(n.wake), "metrics": [metric]}


def garmin_db(nights: Sequence[Night]) -> list[Document]:
    """GarminDB, version 4."""
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE hrv_status_summary (day DATETIME, last_night FLOAT)")
        values = [(f"{n.day} 00:00:00.000000", n.hrv) for n in nights]
        db.executemany("INSERT INTO hrv_status_summary VALUES (?, ?)", values)
        db.commit()
        content = db.serialize()
    db.close()
    return [document_of(content, "garmin_hrv.db")]


def garmin_report(nights: Sequence[Night]) -> list[Document]:
    """Connect's HRV report: newest first, no year."""
    lines = [f"{n.day:%b} {n.day.day},{n.hrv}ms,49ms - 68ms,57ms" for n in reversed(nights)]
    return text(["Date,Overnight HRV,Baseline,7d Avg", *lines])


def garmin_one_night(nights: Sequence[Night]) -> list[Document]:
    """Connect's report of a single night."""
    return [
        document_of(f"Sleep Score 1 Day,\nDate,{n.day}\nAvg Overnight HRV,{n.hrv} ms\n", f"{i}.csv")
        for i, n in enumerate(nights)
    ]


def clock(encoder: Encoder, message: str, moment: datetime) -> None:
    """Say the moment by both clocks of the watch."""
    offset = moment.utcoffset() or timedelta()
    local = int((moment - EPOCH + offset).total_seconds())
    fields = {"timestamp": moment.astimezone(UTC), "local_timestamp": local}
    encoder.on_mesg(NUMBERS[message], fields)


def fit(*clocks: str) -> Callable[[Sequence[Night]], list[Document]]:
    """A watch's own file a night; ``clocks`` says at which edges it notes the local time."""

    def one(n: Night) -> bytes:
        encoder = Encoder()
        encoder.on_mesg(NUMBERS["FILE_ID"], {"type": 68, "manufacturer": "garmin"})
        for edge in clocks:
            clock(encoder, "MONITORING_INFO", getattr(n, edge))
        for moment in (n.onset, n.wake):
            fields: dict[str, Any] = {"timestamp": moment.astimezone(UTC), "value": float(n.hrv)}
            encoder.on_mesg(NUMBERS["HRV_VALUE"], fields)
        fields = {"timestamp": n.wake.astimezone(UTC), "last_night_average": float(n.hrv)}
        encoder.on_mesg(NUMBERS["HRV_STATUS_SUMMARY"], fields)
        return bytes(encoder.close())

    return lambda nights: [document_of(one(n), f"{i}.fit") for i, n in enumerate(nights)]
